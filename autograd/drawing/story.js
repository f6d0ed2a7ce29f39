// What each step says

/** A step in words: its phase, the rule, and the numbers put in. */
function told([phase, i, ...more]) {
  const node = nodes[i];
  if (phase === 0) {
    const made = node.folded ? [`: ${node.folded}`] : node.op ? [" = ", formulaOf(i)] : [];
    const put = node.op ? workedOut(i) : ["input: "];
    return [FORWARD, [node.folded ? node.label : node.term, ...made], [...put, bold(arrayOf(node.value))]];
  }
  if (phase === 1) return [SEED, [`${by(i)} = `, slope(more[0])], ["the backward pass starts at ", node.label]];
  const [place, g, local, gain, was, now] = more;
  const [source] = node.edges[place];
  const product = local == null ? sharedOut(i, place, g) : [number(g), " × ", number(local), " = "];
  const isFirst = isZero(was) && matrix(now) !== null;
  return [
    BACKWARD,
    [`${by(source)} += ${ruleOf(i, place)}`],
    [...product, bold(arrayOf(gain, true)), " ", make("span", { className: "then" }, "was ", arrayOf(was), ", now ", isFirst ? "this" : arrayOf(now, true))],
  ];
}

/** The names and numbers of the operands of a node, also of those that are folded in boxes. */
function operandsOf(i) {
  const { operands, edges } = nodes[i];
  return operands?.map(([term, value]) => ({ term, value })) ?? edges.map(([source]) => nodes[source]);
}

/** A formula with something in place of the operands of a node and of itself. */
function written(i, formula, write) {
  const operands = operandsOf(i);
  return formulas[formula].replace(/\b_(\d+|z)_\b/g, (_, k) => write(k === "z" ? nodes[i] : operands[k]));
}

function formulaOf(i) {
  return written(i, nodes[i].formula, ({ term }) => term);
}

/** The formula of a node with numbers in it; negative ones are in brackets where they must be. */
function numbersOf(i) {
  const put = ({ value }) => texts(value)[1].replace(/^−.*/, "($&)");
  const text = written(i, nodes[i].formula, put).replaceAll(" · ", " × ");
  return text.replace(/(?<!−)\((−[\d.e−]+)\)(?![*²-⁹])/g, "$1");
}

const isZero = (n) => texts(n)[1].startsWith("zeros"); // of an array

/** A number, a small array as a matrix, or a larger one in words. */
function arrayOf(n, isSlope = false) {
  const shown = texts(n)[0][0] === "[" && !isZero(n) ? matrix(n, isSlope) : null;
  return shown ?? (isSlope ? slope(n) : number(n));
}

/** What a value is computed from, in numbers. */
function workedOut(i) {
  const { mute, formula, shape } = nodes[i];
  if (!mute) return [numbersOf(i), " = "];
  const parts = shape && formula ? inMatrices(i, formula) : null;
  return parts ? [...parts, " = "] : [];
}

const bold = (child) => make("b", null, child);

/** How a derivative is written, of the root by a node. */
function by(i) {
  return `∂${of}/∂${nodes[i].term}`;
}

/** What a step multiplies the gradient of a result by, or does to it, to get its share. */
function ruleOf(i, place) {
  const [source, , , , isShare] = nodes[i].edges[place];
  const rule = derivativeOf(i, place);
  if (isShare && rule) return `${rule}, where g is ${by(i)}`;
  const factor = !rule ? `∂${nodes[i].term}/∂${nodes[source].term}` : isSum(rule) ? `(${rule})` : rule;
  return `${by(i)} · ${factor}`;
}

/** Whether a formula needs brackets as a factor. */
function isSum(rule) {
  return /[ −]/.test(rule.replace(/\([^()]*\)|^−[^ ]*$/g, ""));
}

function derivativeOf(i, place) {
  return written(i, nodes[i].edges[place][3], ({ term }) => term);
}

// The story of a node

function choose(i) {
  if (chosen != null) drawn[chosen].setAttribute("aria-pressed", "false");
  chosen = i;
  if (i != null) {
    drawn[i].setAttribute("aria-pressed", "true");
    follow(isReady(), i);
  }
  tell();
  outline();
  address();
}

function to(i, label = nodes[i].label) {
  return make("button", { type: "button", className: "link", onclick: () => choose(i) }, label);
}

function section(title, ...children) {
  const found = children.filter(Boolean);
  return found.length ? [make("h3", null, title), ...found] : [];
}

function tell() {
  const story = $("story");
  story.scrollTop = 0;
  if (chosen == null) {
    story.replaceChildren();
    return overview();
  }
  const node = nodes[chosen];
  const worked = node.op ? workedOut(chosen) : [];
  const users = [];
  nodes.forEach((other, j) => other.edges.forEach(([source]) => source === chosen && !users.includes(j) && users.push(j)));
  story.replaceChildren(
    make("button", { type: "button", className: "close", "aria-label": "Close the story", onclick: () => choose(null) }, "×"),
    make("h2", { tabIndex: -1 }, node.label),
    make("p", { className: "what" }, whatIs(chosen)),
    ...(node.folded ? [opener(chosen)] : []),
    make(
      "dl", { className: "facts" },
      make("dt", null, "Value"), make("dd", { id: "value" }),
      make("dt", null, "Gradient"), make("dd", { id: "gradient" }),
    ),
    make("p", { id: "flags", className: "note" }),
    ...section("How it is computed", node.op && !node.folded && make("p", { className: "formula" }, `${node.term} = ${formulaOf(chosen)}`), worked.length > 0 && make("p", null, ...worked, arrayOf(node.value)), node.constants && make("p", { className: "note" }, node.constants)),
    ...section("Local derivatives", !node.folded && node.edges.length > 0 && derivatives(chosen)),
    ...section("What its gradient is made of", gains[chosen].length ? contributions() : make("p", null, "Nothing: the backward pass does not come here.")),
    ...section("Held against differences", check(computation && (pass || !node.check) ? difference(chosen) : node.check)),
    ...section("Used by", users.length > 0 && make("p", null, ...users.flatMap((j, k) => (k ? [", ", to(j)] : [to(j)])))),
    ...section("Where it was made", node.line && make("p", { className: "exact" }, node.line)),
  );
  refresh();
}

function derivatives(i) {
  const rows = nodes[i].edges.map(([source, , n, , isShare], place) =>
    make("tr", null,
      make("td", null, "by ", to(source)),
      make("td", null, derivativeOf(i, place), isShare && " of the gradient g"),
      make("td", { className: "number" }, n == null ? "" : number(n))));
  return make("table", null, make("tbody", null, ...rows));
}

function contributions() {
  const rows = gains[chosen].map(([k]) => {
    const [phase, i, place, g, local, share, , now] = steps[k];
    const link = make("a", { href: `#step=${k + 1}` }, phase === 1 ? "seed" : `from ${nodes[i].label}`);
    const row = phase === 1
      ? [make("td", null, link), make("td", null), make("td", { className: "number" }, slope(place))]
      : [make("td", null, link),
         make("td", null, ...(local == null ? [brief(share)] : [number(g), " × ", number(local), " = ", slope(share)])),
         make("td", { className: "number" }, local == null ? brief(now) : slope(now))];
    return make("tr", { "data-step": k }, ...row);
  });
  const head = ["Contribution", "Share", "Sum"].map((text, j) => make("th", { scope: "col", className: j === 2 ? "number" : "" }, text));
  return make("table", null, make("thead", null, make("tr", null, ...head)), make("tbody", null, ...rows));
}

const SIGNS = { agrees: "✓", differs: "≠" };

/** A number without the shape of its array, which all in a list have in common. */
function brief(n) {
  const [exact, shown] = texts(n);
  return make("span", { title: exact, className: `brief ${signOf(shown)}` }, shown.replace(/ \(.*\)$/, ""));
}

function check(found) {
  if (!found) return make("p", { className: "note" }, `Not checked: ${nodes[chosen].folded ? "it is several nodes" : unchecked}.`);
  const [analytic, numeric, bound, verdict, words] = found;
  const row = (name, ...cells) => make("tr", null, make("td", null, name), make("td", { className: "number exact" }, ...cells));
  return make("div", null,
    make("table", null, make("tbody", null,
      row("analytic", texts(analytic)[0]),
      row("numeric", texts(numeric)[0]),
      row("error of that, at most", number(bound)))),
    make("p", { className: "note" }, make("span", { className: "verdict" }, SIGNS[verdict] ?? "?", " ", verdict), words ? `: ${words}` : ""));
}

function whatIs(i) {
  const { op, folded } = nodes[i];
  const word = folded ? `${folded}, folded` : op ? `result of ${op}` : "input";
  return i === root ? `${word}, which is differentiated` : word;
}

/** Bring the story to the step. */
function refresh() {
  if (chosen == null) return overview();
  const n = gradientAt(chosen, step);
  const drawnArray = (...about) => (shapes[chosen] ? pictureOf(chosen, ...about) : []);
  $("value").replaceChildren(...drawnArray(nodes[chosen].value, false), full(nodes[chosen].value, ""));
  $("gradient").replaceChildren(...(n === undefined ? [make("span", { className: "pending" }, "— not yet")] : [...drawnArray(n, true), full(n, signOf(texts(n)[1]))]));
  const flags = (gains[chosen].at(-1)?.[0] ?? 0) <= step ? flagsOf(chosen) : NONE;
  $("flags").textContent = flags.map((word) => `⚠ ${word}`).join(" ");
  for (const row of $("story").querySelectorAll("[data-step]")) {
    if (+row.dataset.step === step) row.setAttribute("aria-current", "step");
    else row.removeAttribute("aria-current");
  }
}

/** A number with all of its digits, an array with all that was embedded. */
function full(n, sign) {
  const [exact] = texts(n);
  if (exact.includes("[")) return make("pre", { className: "exact", tabIndex: 0 }, exact);
  return make("span", { className: `exact ${sign}` }, exact.replace("-", "−"));
}

const MOST_INPUTS = 200; // that have rows

/** Whether a box is one node, whose numbers are its own. */
const isAlone = (i) => !nodes[inner[i].box].folded;

/** Whether the backward pass gives a box nothing more. */
const isThrough = (box, k) => gains[box].at(-1)?.[0] <= k;

/** The gradient by a node that is folded in a box, where it can be computed. */
function foldedGradient(i) {
  if (!computation || unknown.has(i) || !computed()) return "—";
  return span([...computation.gradient(i)], inner[i].shape);
}

/** Numbers that are in no list of them. */
function span(xs, shape) {
  const [exact, shown] = shape ? arrayTexts(xs, shape) : [exactly(xs[0]), sixDigits(xs[0])];
  return make("span", { title: exact, className: `brief ${signOf(shown)}` }, shown.replace(/ \(.*\)$/, ""));
}

/** When no node is chosen: the inputs, with their gradients so far. */
function overview() {
  const story = $("story");
  if (!story.childElementCount) {
    const inputs = inner.flatMap(({ op }, i) => (op ? [] : [i]));
    const place = (i) => boxes[inner[i].box];
    inputs.sort((i, j) => place(i).y - place(j).y || place(i).x - place(j).x || i - j);
    const more = inputs.splice(MOST_INPUTS).length;
    const head = ["Input", "Value", "Gradient"].map((text, j) => make("th", { scope: "col", className: j ? "number" : "" }, text));
    const gradient = (i) => make("td", { className: "number", "data-node": i });
    const value = (i) => (isAlone(i) ? number(nodes[inner[i].box].value) : span(elements(i), inner[i].shape));
    const rows = inputs.flatMap((i) => movable.has(i) ? inputRows(i, gradient(i)) : [
      make("tr", null, make("td", null, to(inner[i].box, inner[i].label)), make("td", { className: "number" }, value(i)), gradient(i)),
    ]);
    story.append(...[
      make("h2", null, "Inputs"),
      make("p", { className: "what" }, `and the gradient of ${of} by them, so far`),
      make("table", { className: "inputs" }, make("thead", null, make("tr", null, ...head)), make("tbody", null, ...rows)),
      more > 0 && make("p", { className: "note" }, `And ${more.toLocaleString("en")} more${movable.size ? ", which descend all the same" : ""}.`),
      ...(movable.size ? descent() : []),
      make("p", { className: "note" }, "Choose a node, here or in the graph, for its story."),
      still && make("p", { className: "note" }, still),
    ].filter(Boolean));
    drawLosses();
  }
  for (const cell of story.querySelectorAll("[data-node]")) {
    const i = +cell.dataset.node;
    const n = isAlone(i) ? gradientAt(inner[i].box, step) : isThrough(inner[i].box, step) || undefined;
    if (cell.n === n && cell.pass === pass && cell.childElementCount) continue;
    [cell.n, cell.pass] = [n, pass];
    const found = n === undefined ? make("span", { className: "pending" }, "—") : isAlone(i) ? brief(n) : foldedGradient(i);
    cell.replaceChildren(found);
  }
}

/** The step before or after this one that gives the chosen node a share. */
function contribution(direction) {
  const found = gains[chosen ?? reaches(steps[step])].map(([k]) => k);
  const k = direction > 0 ? found.find((each) => each > step) : found.findLast((each) => each < step);
  if (k !== undefined) go(k);
}
