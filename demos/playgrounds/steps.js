const errors = plot("Error against the step h, powers of 10", [["one", "(f(x + h) − f(x)) / h"], ["two", "(f(x + h) − f(x − h)) / 2h"]]);
const POWERS = between(-16, 0, 129);

function refresh() {
  const program = programs.get(expression.value);
  const f = (t) => program([t])[0];
  const [y, slope] = program([x.value]);
  const error = (difference) => POWERS.map((power) => {
    const h = 10 ** power;
    return [power, Math.log10(Math.abs(difference(h) - slope) || 1e-17)];
  });
  const one = error((h) => (f(x.value + h) - y) / h);
  const two = error((h) => (f(x.value + h) - f(x.value - h)) / (2 * h));
  errors([-16, 0], [-17, 1], { one, two }, [["one", power.value, at(one)], ["two", power.value, at(two)]], true);
  const best = (found) => found.reduce((low, each) => (each[1] < low[1] ? each : low));
  const told = (found) => `10^${short(best(found)[0])}`;
  $("said").textContent = Number.isFinite(slope)
    ? `f′(x) = ${short(slope)}. At h = 10^${short(power.value)} the errors are ${short(10 ** at(one))} and ${short(10 ** at(two))}. The best steps here are ${told(one)} and ${told(two)}.`
    : "The expression has no slope here.";
}

const at = (found) => found.reduce((near, each) => (Math.abs(each[0] - power.value) < Math.abs(near[0] - power.value) ? each : near))[1];
const expression = choice("expression", [...programs.keys()], refresh);
const x = slider("x", -2.5, 2.5, 0.05, 0.7, refresh);
const power = slider("h, a power of 10", -16, 0, 0.125, -5, refresh);
refresh();
document.documentElement.dataset.ready = "";
