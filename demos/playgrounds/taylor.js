const curves = plot("Expression and polynomial", [["two", "expression"], ["one", "polynomial"]]);
const errors = plot("Difference of the two, as a power of 10", [["one", "|expression − polynomial|"]]);
const XS = between(-3, 3);

function refresh() {
  const program = programs.get(expression.value);
  let factorial = 1;
  const terms = program([a.value]).slice(0, order.value + 1).map((d, k) => d / (factorial *= k || 1));
  const polynomial = (x) => terms.reduceRight((sum, c) => sum * (x - a.value) + c, 0);
  const exact = XS.map((x) => [x, program([x])[0]]);
  const finite = exact.map(([, y]) => y).filter((y) => Number.isFinite(y) && Math.abs(y) < 20);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const room = 0.5 * (high - low) || 1;
  curves([-3, 3], [low - room, high + room], { two: exact, one: XS.map((x) => [x, polynomial(x)]) }, [["one", a.value, terms[0]]]);
  const far = exact.map(([x, y]) => [x, Math.log10(Math.abs(y - polynomial(x)) || 1e-17)]);
  errors([-3, 3], [-17, 3], { one: far });
  const words = terms.map((c, k) => `${short(c)}${k ? ` (x − a)${k > 1 ? [..."⁰¹²³⁴⁵⁶⁷⁸⁹"][k] : ""}` : ""}`);
  $("said").textContent = terms.every(Number.isFinite) ? `T(x) = ${words.join(" + ").replaceAll("+ −", "− ")}` : "The expression has no such derivatives here.";
}

const expression = choice("expression", [...programs.keys()], refresh);
const a = slider("a", -2.5, 2.5, 0.05, 0.5, refresh);
const order = slider("order", 0, data.order, 1, 3, refresh);
refresh();
document.documentElement.dataset.ready = "";
