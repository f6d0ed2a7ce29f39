// Inputs that are moved: all is computed anew, by the rows of the graph printed as JavaScript

// Nodes here are those of `inner`, unless they are called boxes

const movable = new Set(computation?.inputs);
const elements = (i) => [...computation.value(i)];
const put = (i, xs) => xs.forEach((x, k) => computation.set(i, x, k));
const start = new Map([...movable].map((i) => [i, elements(i)]));
let stopped = null; // why nothing is computed
let resting = 0;
let isMoved = false;

/** The nodes that some were computed from. */
function below(some) {
  const found = new Set();
  for (let i = inner.length - 1; i >= 0; i--)
    if (some.includes(i) || found.has(i)) inner[i].parents.forEach((parent) => found.add(parent));
  return found;
}

const unmoved = below(fixed); // there are no differences by these
const unknown = below(fixed.filter((i) => inner[i].shape)); // nor gradients: those arrays give none
const isUnknown = results.map((own) => own.some((i) => unknown.has(i)));
const UNKNOWN = ["not computed here", "—", "—"];

/** How one number of a node is called. */
function elementName(i, element) {
  const { label, shape = [] } = inner[i];
  const index = [];
  for (let axis = shape.length - 1, k = element; axis >= 0; axis--) {
    index.unshift(k % shape[axis]);
    k = Math.floor(k / shape[axis]);
  }
  return index.length ? `${label}[${index.join(", ")}]` : label;
}

/** The root, or the sum of its elements: what descends. */
function result() {
  return computation.value(inner.length - 1).reduce((sum, x) => sum + x);
}

/** Have each number of the nodes and steps in a place of its own, which is written anew. */
function settle() {
  if (pass) return;
  const constants = nodes.map(({ arrays = {} }) => Object.entries(arrays).map(([name, n]) => [name, texts(n)]));
  numbers.length = 0;
  const place = (x = 0) => numbers.push(x) - 1;
  constants.forEach((own, i) => own.forEach(([name, x]) => (nodes[i].arrays[name] = place(x))));
  for (const node of nodes) {
    node.value = place();
    node.operands?.forEach((operand) => (operand[1] = place()));
    node.edges.forEach((edge) => (edge[2] = edge[2] == null ? null : place()));
    delete node.check;
  }
  steps.forEach((each, k) => {
    if (each[0] === 1) each[2] = place();
    if (each[0] === 2) steps[k] = [...each.slice(0, 3), place(), each[4] == null ? null : nodes[each[1]].edges[each[2]][2], place(), place(), place()];
  });
  recount();
}

/** Compute forward, backward and all contributions; where a comparison comes out otherwise, stop. */
function compute() {
  const stop = computation.forward();
  if (stop) return stop;
  computation.backward();
  settle();
  pass += 1;
  const inFull = (xs, shape) => (shape ? { numbers: xs.slice(), shape } : xs[0]);
  const keep = (place, xs, k) => (numbers[place] = inFull(xs, shapes[k]));
  const keepGradient = (place, xs, k) => (isUnknown[k] ? (numbers[place] = UNKNOWN) : keep(place, xs, k));
  nodes.forEach((node, k) => {
    keep(node.value, valueOf(k), k);
    node.operands?.forEach(([, n], j) => {
      const parent = inner[results[k][0]].parents[j];
      numbers[n] = inFull(computation.value(parent), inner[parent].shape);
    });
  });
  const sums = [];
  for (const [phase, k, place, g, slope, share, was, now] of steps) {
    if (phase === 1) {
      sums[k] = seedOf(k);
      keep(place, sums[k], k);
    }
    if (phase !== 2) continue;
    const [source] = nodes[k].edges[place];
    const found = contributionOf(k, place, sums);
    keepGradient(g, gradientOf(k), k);
    if (slope !== null) numbers[slope] = found.partial;
    keepGradient(share, found.share, source);
    keepGradient(was, found.before, source);
    keepGradient(now, found.after, source);
    sums[source] = found.after;
  }
  return null;
}

/** Have the numbers in place that are computed at the inputs; false where a comparison stops that. */
let isComputed = false;
function computed() {
  if (pass || isComputed) return true;
  if (computation.forward()) return false;
  computation.backward();
  return (isComputed = true);
}

/** The derivative by a box, of an array the largest, as differences find it; in Python's form. */
function difference(k) {
  const n = gains[k].at(-1)?.[1];
  const [i] = results[k];
  if (n === undefined || nodes[k].folded || unmoved.has(i) || !computed()) return undefined;
  const gradient = computation.gradient(i);
  if (!gradient.length) return undefined;
  const element = gradient.reduce((most, x, k) => (Math.abs(x) > Math.abs(gradient[most]) ? k : most), 0);
  const analytic = gradient[element];
  const { numeric, bound } = computation.difference(i, element);
  const place = (x) => numbers.push(x) - 1;
  const isNear = Math.abs(analytic - numeric) <= 8 * bound + 1e-8 * Math.abs(analytic);
  const where = gradient.length > 1 ? `by ${elementName(i, element)}, by which it is largest` : "";
  const words = isNear ? ["agrees", where] : ["unresolved", `${where && `${where}; `}rounding, a kink or the edge of the domain may hide it`];
  return [place(analytic), place(numeric), place(bound), ...words];
}

/** Change all numbers of some inputs, and show what follows; the first time all steps are gone through. */
function move(changes) {
  const before = [...changes.keys()].map((i) => [i, elements(i)]);
  for (const [i, xs] of changes) put(i, xs);
  const stop = compute();
  if (stop) explainStop(stop, before, changes);
  else {
    stopped = null;
    $("stopped").hidden = true;
    $("graph").classList.remove("stopped");
  }
  for (const i of changes.keys()) showInput(i, changes.get(i));
  if (stop) return false;
  repaint();
  return true;
}

/** The inputs that are elsewhere than at the start. */
function movedInputs() {
  return [...start].filter(([i, xs]) => !xs.every((x, k) => Object.is(x, computation.value(i)[k])));
}

// The address has them too, so that a page that is loaded again shows what it showed

const MOST_TOLD = 2_000; // numbers; of more inputs the address would be too long

/** What the address says of them; nothing of more numbers than that. */
function addressOfMoved() {
  const moved = movedInputs();
  if (moved.reduce((sum, [, xs]) => sum + xs.length, 0) > MOST_TOLD) return "";
  return moved.map(([i]) => `&at.${inner[i].id}=${elements(i).map((x) => exactly(x).replace("+", "")).join(",")}`).join("");
}

/** Move inputs to where an address has them; what is no number, or not as many, is left out. */
function moveTo(asked) {
  const changes = new Map();
  for (const i of movable) {
    const xs = asked.get(`at.${inner[i].id}`)?.split(",").map(numberIn);
    if (xs?.length === elements(i).length && !xs.includes(null)) changes.set(i, xs);
  }
  if (changes.size) move(changes);
}

function repaint() {
  if (!isMoved) step = steps.length - 1;
  isMoved = true;
  show(step, false, true);
  if (chosen != null) tell();
  clearTimeout(resting);
  resting = setTimeout(() => {
    reflag();
    fill(step);
    refresh();
    renewTape();
  }, 150);
}

/** Say which comparison flips, and where; the graph belongs to the other side. */
function explainStop(stop, before, changes) {
  const inside = stop.node < inner.length ? inner[stop.node].label : "";
  let words = `${inside || "What is compared"} takes another way here, which the drawn graph does not have.`;
  if ("guard" in stop) {
    const { op, sides, of, expected } = computation.guard(stop.guard);
    const signs = { lt: "<", le: "≤", gt: ">", ge: "≥", eq: "=", ne: "≠" };
    const written = (each) => (signs[op] ? `${each[0]} ${signs[op]} ${each[1]}` : `${op}(${each[0]})`);
    const digits = sides.map(sixDigits);
    const names = of.map((at, k) => (at && at[0] < inner.length ? elementName(...at) : digits[k]));
    const text = written(names) === written(digits) ? written(digits) : `${written(names)}, which is ${written(digits)},`;
    words = `${inside ? `In ${inside}, the` : "The"} comparison ${text} is ${expected ? "false" : "true"} here, and was ${expected ? "true" : "false"} when the graph was drawn.`;
  }
  const moved = before.flatMap(([i, xs]) => xs.flatMap((x, k) => (Object.is(x, changes.get(i)[k]) ? [] : [[i, k]])));
  for (const [i, xs] of before) put(i, xs);
  let where = "";
  if (moved.length === 1 && !computation.forward()) {
    const [[i, k]] = moved;
    const at = computation.flip(i, changes.get(i)[k], k);
    if (at !== null) where = ` It flips at ${elementName(i, k)} = ${sixDigits(at)}.`;
  }
  for (const [i, xs] of stopped?.last ?? before) put(i, xs);
  stopped = { last: stopped?.last ?? before };
  $("stopped").hidden = false;
  $("stopped").textContent = `${words}${where} The drawn graph belongs to the other side, and its numbers stay as they were.`;
  $("graph").classList.add("stopped");
}

// Fields and sliders

const fields = new Map(); // of each input: its fields, its slider, and the element that this moves
const MOST_FIELDS = 48;

/** The rows of an input in the list: a field and a slider, or a grid of fields for an array. */
function inputRows(i, gradient) {
  const { label, shape = [], box } = inner[i];
  const xs = elements(i);
  const descends = make("input", { type: "checkbox", checked: descending.has(i), "aria-label": `Descend by ${label}`, title: "descends" });
  descends.addEventListener("change", () => (descends.checked ? descending.add(i) : descending.delete(i)));
  const upper = (middle) => make("tr", { className: "upper" }, make("td", null, to(box, label)), make("td", { className: "number" }, middle), gradient);
  const name = make("span", { className: "note" });
  const lower = (wide) => make("tr", { className: "lower" }, make("td", null, descends, name), make("td", { colSpan: 2 }, wide));
  if (xs.length > MOST_FIELDS || !xs.length) {
    fields.delete(i);
    return [upper(shape.join("×")), lower(make("span", { className: "note" }, xs.length ? "Too many numbers for fields; they descend." : "It has no numbers."))];
  }
  const slider = make("input", { type: "range" });
  const own = { slider, name, inputs: xs.map((_, k) => field(i, k, xs.length > 1)), element: 0 };
  fields.set(i, own);
  slider.addEventListener("input", () => (halt(), moveElement(i, own.element, +slider.value)));
  aim(i, 0);
  xs.forEach((x, k) => write(own.inputs[k], x));
  if (xs.length === 1) return [upper(own.inputs[0]), lower(slider)];
  const grid = make("div", { className: "grid", role: "group", "aria-label": `${label}, ${shape.join("×")}` }, ...own.inputs);
  const columns = shape.length > 1 ? shape.at(-1) : "auto-fill";
  grid.style.gridTemplateColumns = `repeat(${columns}, minmax(5.2em, 1fr))`;
  return [
    upper(shape.join("×")),
    make("tr", { className: "upper" }, make("td", { colSpan: 3 }, make("div", { className: "wide" }, grid))),
    lower(slider),
  ];
}

/** The number that a text says; null for none. */
function numberIn(text) {
  const plain = text.trim().replace("−", "-").replace(/inf(inity)?$/i, "Infinity");
  if (/^nan$/i.test(plain)) return NaN;
  return plain === "" || Number.isNaN(Number(plain)) ? null : Number(plain);
}

/** The field of one number; in a grid with few digits, until one is in it. */
function field(i, element, isShort) {
  const found = make("input", { type: "text", inputMode: "decimal", "aria-label": `${elementName(i, element)}, value`, autocomplete: "off", spellcheck: false });
  found.isShort = isShort;
  const take = () => {
    const wanted = numberIn(found.value);
    found.setAttribute("aria-invalid", String(wanted === null));
    if (wanted !== null) halt(), moveElement(i, element, wanted);
    found.taken = found.value;
  };
  // browsers tell no change of what a script wrote into the field since
  found.addEventListener("keydown", ({ key }) => key === "Enter" && found.value !== found.taken && take());
  found.addEventListener("focus", () => {
    if (!isShort || found.getAttribute("aria-invalid") === "true") return;
    aim(i, element);
    write(found, computation.value(i)[element]);
    found.select(); // as a tab to it does
  });
  found.addEventListener("blur", () => {
    if (found.value !== found.taken) take();
    if (found.getAttribute("aria-invalid") !== "true") write(found, computation.value(i)[element]);
  });
  return found;
}

function write(input, x) {
  const isInside = document.activeElement === input;
  input.value = input.taken = input.isShort && !isInside ? general(x, 3) : exactly(x);
  input.title = input.isShort ? exactly(x) : "";
}

/** Have the slider of an input move one of its numbers. */
function aim(i, element) {
  const own = fields.get(i);
  const { slider, name, inputs } = own;
  own.element = element;
  const x = computation.value(i)[element];
  const reach = 2 * Math.max(1, Math.abs(Number.isFinite(x) ? x : 0));
  Object.assign(slider, { min: x - reach, max: x + reach, step: reach / 200 });
  slider.value = x;
  slider.setAttribute("aria-label", `${elementName(i, element)}, slider`);
  name.textContent = name.title = inputs.length > 1 ? elementName(i, element) : "";
  inputs.forEach((input, k) => input.classList.toggle("aimed", inputs.length > 1 && k === element));
}

function moveElement(i, element, x) {
  const xs = elements(i);
  xs[element] = x;
  move(new Map([[i, xs]]));
}

function showInput(i, xs) {
  const { slider, inputs, element } = fields.get(i) ?? {};
  if (!slider) return;
  if (document.activeElement !== slider) slider.value = xs[element];
  inputs.forEach((input, k) => {
    if (document.activeElement !== input) write(input, xs[k]);
    input.setAttribute("aria-invalid", "false");
  });
}
