// Inputs that are moved: all is computed anew, by the rows of the graph printed as JavaScript

const movable = new Set(computation?.inputs);
const start = new Map([...movable].map((i) => [i, computation.value(i)[0]]));
const descending = new Set(movable);
let stopped = null; // why nothing is computed
let losses = [];
let running = 0;
let resting = 0;
let wantedRate = "0.05";

/** Have each number of the nodes and steps in a place of its own, which is written anew. */
function settle() {
  if (pass) return;
  numbers.length = 0;
  const place = () => numbers.push(0) - 1;
  for (const node of nodes) {
    node.value = place();
    node.edges.forEach((edge) => (edge[2] = place()));
    delete node.check;
  }
  steps.forEach((each, k) => {
    if (each[0] === 1) each[2] = place();
    if (each[0] === 2) steps[k] = [...each.slice(0, 3), place(), nodes[each[1]].edges[each[2]][2], place(), place(), place()];
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
  nodes.forEach((node, i) => (numbers[node.value] = computation.value(i)[0]));
  for (const [phase, i, place, g, slope, share, was, now] of steps) {
    if (phase === 1) numbers[place] = 1;
    if (phase !== 2) continue;
    const found = computation.contribution(i, place);
    numbers[g] = computation.gradient(i)[0];
    numbers[slope] = found.partial;
    numbers[share] = found.share[0];
    numbers[was] = found.before[0];
    numbers[now] = found.after[0];
  }
  return null;
}

/** The derivative by a node as differences find it, in the form of those that Python has checked. */
function difference(i) {
  const n = gains[i].at(-1)?.[1];
  if (n === undefined) return undefined;
  if (!pass && !computation.forward()) computation.backward();
  const analytic = computation.gradient(i)[0];
  const { numeric, bound } = computation.difference(i);
  const place = (x) => numbers.push(x) - 1;
  const isNear = Math.abs(analytic - numeric) <= 8 * bound + 1e-8 * Math.abs(analytic);
  const words = isNear ? ["agrees", ""] : ["unresolved", "rounding, a kink or the edge of the domain may hide it"];
  return [n, place(numeric), place(bound), ...words];
}

/** Change inputs, and show what follows; the first time all steps are gone through. */
function move(changes) {
  const before = [...changes.keys()].map((i) => [i, computation.value(i)[0]]);
  for (const [i, x] of changes) computation.set(i, x);
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

function repaint() {
  if (pass === 1) step = steps.length - 1;
  show(step, false, true);
  if (chosen != null) tell();
  clearTimeout(resting);
  resting = setTimeout(() => fill(step), 150);
}

/** Say which comparison flips, and where; the graph belongs to the other side. */
function explainStop(stop, before, changes) {
  const names = [...changes.keys()].map((i) => nodes[i].label);
  let words = "A row of many operands takes another way here, which the drawn graph does not have.";
  if ("guard" in stop) {
    const { op, sides, expected } = computation.guard(stop.guard);
    const signs = { lt: "<", le: "≤", gt: ">", ge: "≥", eq: "=", ne: "≠" };
    const text = signs[op] ? `${sixDigits(sides[0])} ${signs[op]} ${sixDigits(sides[1])}` : `${op}(${sixDigits(sides[0])})`;
    words = `The comparison ${text} is ${expected ? "false" : "true"} here, and was ${expected ? "true" : "false"} when the graph was drawn.`;
  }
  for (const [i, x] of before) computation.set(i, x);
  let where = "";
  if (changes.size === 1 && !computation.forward()) {
    const [[i, x]] = changes;
    const at = computation.flip(i, x);
    if (at !== null) where = ` It flips at ${names[0]} = ${sixDigits(at)}.`;
  }
  for (const [i, x] of stopped?.last ?? before) computation.set(i, x);
  stopped = { last: stopped?.last ?? before };
  $("stopped").hidden = false;
  $("stopped").textContent = `${words}${where} The drawn graph belongs to the other side, and its numbers stay as they were.`;
  $("graph").classList.add("stopped");
}

// Fields and sliders

const fields = new Map();

function inputRows(i, gradient) {
  const { label } = nodes[i];
  const x = computation.value(i)[0];
  const reach = 2 * Math.max(1, Math.abs(Number.isFinite(x) ? x : 0));
  const slider = make("input", { type: "range", min: x - reach, max: x + reach, step: reach / 200, "aria-label": `${label}, slider` });
  slider.value = x;
  const field = make("input", { type: "text", inputMode: "decimal", value: exactly(x), "aria-label": `${label}, value`, autocomplete: "off", spellcheck: false });
  const descends = make("input", { type: "checkbox", checked: descending.has(i), "aria-label": `Descend by ${label}`, title: "descends" });
  slider.addEventListener("input", () => (halt(), move(new Map([[i, +slider.value]]))));
  field.addEventListener("change", () => {
    const text = field.value.trim().replace("−", "-").replace(/inf(inity)?$/i, "Infinity");
    const wanted = text === "" ? NaN : Number(text);
    const isNumber = !Number.isNaN(wanted) || /^nan$/i.test(text);
    field.setAttribute("aria-invalid", String(!isNumber));
    if (isNumber) halt(), move(new Map([[i, wanted]]));
  });
  descends.addEventListener("change", () => (descends.checked ? descending.add(i) : descending.delete(i)));
  fields.set(i, [slider, field]);
  return [
    make("tr", { className: "upper" }, make("td", null, to(i)), make("td", { className: "number" }, field), gradient),
    make("tr", { className: "lower" }, make("td", null, descends), make("td", { colSpan: 2 }, slider)),
  ];
}

function showInput(i, x) {
  const [slider, field] = fields.get(i) ?? [];
  if (!slider) return;
  if (document.activeElement !== slider) slider.value = x;
  if (document.activeElement !== field) field.value = exactly(x);
  field.setAttribute("aria-invalid", "false");
}

// Gradient descent

function descent() {
  const rate = make("input", { type: "text", inputMode: "decimal", value: wantedRate, id: "rate", size: 6, onchange: () => (wantedRate = rate.value) });
  const button = (text, act) => make("button", { type: "button", onclick: act }, text);
  const run = button("Run", () => (running ? halt() : begin()));
  run.id = "run";
  return [
    make("h3", null, "Gradient descent"),
    make("p", { className: "note" }, `Each checked input goes against its gradient, so that ${of} falls.`),
    make("p", { className: "descent" }, make("label", null, "Rate ", rate), button("Step", () => (halt(), descend())), run, button("Reset", reset)),
    curve(),
    make("p", { id: "fallen", className: "note" }),
  ];
}

/** One step of gradient descent; returns whether there is another. */
function descend(isShown = true) {
  const rate = Number($("rate").value);
  if (!pass && compute()) return false;
  if (!losses.length) losses.push(computation.value(root)[0]);
  const changes = new Map([...descending].map((i) => [i, computation.value(i)[0] - rate * computation.gradient(i)[0]]));
  if (!changes.size || !Number.isFinite(rate) || [...changes.values()].some((x) => !Number.isFinite(x))) {
    $("fallen").textContent = changes.size ? `The rate ${$("rate").value} leads to numbers that are not finite.` : "No input is checked.";
    return false;
  }
  const isGone = isShown ? move(changes) : advance(changes);
  if (!isGone) return false;
  const [last, now] = [losses.at(-1), computation.value(root)[0]];
  losses.push(now);
  drawLosses();
  return Number.isFinite(now) && losses.length < 20_000 && Math.abs(now - last) > 1e-12 * Math.max(Math.abs(now), 1e-3);
}

/** As `move`, without a picture in between; false where a comparison flips. */
function advance(changes) {
  const before = [...changes.keys()].map((i) => [i, computation.value(i)[0]]);
  for (const [i, x] of changes) computation.set(i, x);
  if (!computation.forward()) {
    computation.backward();
    return true;
  }
  for (const [i, x] of before) computation.set(i, x);
  return move(changes);
}

function begin() {
  $("run").textContent = "Stop";
  const frame = () => {
    const until = performance.now() + 8;
    let goes = true;
    while (goes && performance.now() < until) goes = descend(false);
    if (!stopped) move(new Map([...descending].map((i) => [i, computation.value(i)[0]])));
    if (!goes) {
      halt();
      if (!stopped) $("fallen").append(" It has settled.");
    } else running = requestAnimationFrame(frame);
  };
  running = requestAnimationFrame(frame);
}

function halt() {
  cancelAnimationFrame(running);
  running = 0;
  if ($("run")) $("run").textContent = "Run";
}

function reset() {
  halt();
  losses = [];
  move(new Map(start));
  drawLosses();
}

function curve() {
  const plot = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ id: "curve", viewBox: "0 0 320 90", role: "img", "aria-label": `${of} by steps` })) plot.setAttribute(name, value);
  plot.append(document.createElementNS(SVG, "polyline"));
  return plot;
}

function drawLosses() {
  if (!$("curve")) return;
  const finite = losses.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const every = Math.max(1, Math.floor(losses.length / 300));
  const points = losses.flatMap((y, k) => !Number.isFinite(y) || (k % every && k < losses.length - 1) ? [] :
    [`${(4 + (312 * k) / Math.max(losses.length - 1, 1)).toFixed(1)},${(84 - (78 * (y - low)) / (high - low || 1)).toFixed(1)}`]);
  $("curve").firstChild.setAttribute("points", points.join(" "));
  $("fallen").textContent = losses.length ? `${losses.length - 1} steps, from ${sixDigits(losses[0])} to ${sixDigits(losses.at(-1))}.` : "";
}
