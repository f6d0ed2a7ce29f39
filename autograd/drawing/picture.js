"use strict";

const { nodes, steps, numbers, root, unchecked } = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const SVG = "http://www.w3.org/2000/svg";
const [FORWARD, SEED, BACKWARD] = ["Forward", "Seed", "Backward"];

/** An element; children are elements or text, and text is never read as markup. */
function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

/** A number as Python has rounded it; all of its digits are in the tooltip. */
function number(n, className = "") {
  const [exact, shown] = numbers[n];
  return make("span", { className, title: exact }, shown);
}

/** The same of a gradient, coloured by its sign. */
function slope(n) {
  return number(n, signOf(numbers[n][1]));
}

/** The sign of a number, and "both" for an array that has both. */
function signsOf(text) {
  const [some, others] = [/(^|\s)\+/.test(text), /(^|\s)-/.test(text)];
  return some && others ? "both" : some ? "pos" : others ? "neg" : "";
}

function signOf(text) {
  if (/^[−-]/.test(text)) return "neg";
  return /^\+?(\d|inf)/.test(text) && !/^\+?[0.]+$/.test(text) ? "pos" : "";
}

/** The node that a step gives its value, or a share of its gradient. */
function reaches([phase, i, place]) {
  return phase === 2 ? nodes[i].edges[place][0] : i;
}

// When each node gets its value, and its gradient

const born = new Array(nodes.length).fill(Infinity);
const gains = nodes.map(() => []);
steps.forEach(([phase, i, ...more], k) => {
  if (phase === 0) born[i] = k;
  else gains[reaches(steps[k])].push([k, more.at(-1)]);
});

function gradientAt(i, k) {
  return gains[i].findLast(([step]) => step <= k)?.[1];
}

// The picture

const picture = $("graph").querySelector("svg");
const drawn = nodes.map(({ id }) => document.getElementById(id));
const edges = nodes.map((node) => node.edges.map(([, id]) => document.getElementById(id)));
const boxes = drawn.map((group) => around(...group.querySelectorAll("polygon")));
const marks = document.createElementNS(SVG, "g");
marks.id = "marks";
const ids = document.createElementNS(SVG, "g");
ids.id = "ids";
drawn[0].parentNode.append(marks, ids);

/** The texts of a node that change, and the cell of its gradient. */
const cells = drawn.map((group) => {
  const texts = [...group.querySelectorAll("text")];
  const polygons = [...group.querySelectorAll("polygon")].map((polygon) => [polygon, around(polygon)]);
  const gradient = texts.find((text) => text.textContent.startsWith("grad "));
  const before = texts.slice(0, texts.indexOf(gradient)).filter((text) => !text.hasAttribute("font-weight"));
  return {
    rooms: texts.map((text) => [text, roomOf(text, polygons)[1]]),
    gradient,
    cell: roomOf(gradient, polygons)[0],
    values: before.map((text) => [text, text.textContent]),
    flags: texts.slice(texts.indexOf(gradient) + 1).map((text) => [text, text.textContent]),
  };
});

/** The smallest polygon around a text, and how wide it is. */
function roomOf(text, polygons) {
  const [x, y] = [+text.getAttribute("x"), +text.getAttribute("y")];
  const [polygon, { width }] = polygons
    .filter(([, b]) => b.x <= x && x <= b.x + b.width && b.y <= y && y <= b.y + b.height)
    .sort(([, a], [, b]) => a.width * a.height - b.width * b.height)[0];
  return [polygon, width - 6];
}

/** The box around polygons, from what is written in them: asking the browser takes long. */
function around(...polygons) {
  const points = polygons.flatMap((polygon) => polygon.getAttribute("points").trim().split(/[ ,]+/).map(Number));
  const [xs, ys] = [0, 1].map((odd) => points.filter((_, j) => j % 2 === odd));
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

const pen = document.createElement("canvas").getContext("2d");
const rooms = new Map(cells.flatMap((each) => each.rooms));
const { fontFamily, fontSize } = getComputedStyle(cells[0].gradient);

/** Make a text as narrow as its cell, whatever the font; the layout was made for another. */
function fit(text) {
  pen.font = `${text.getAttribute("font-weight") ?? "normal"} ${fontSize} ${fontFamily}`;
  if (pen.measureText(text.textContent).width <= rooms.get(text)) return text.removeAttribute("textLength");
  text.setAttribute("textLength", rooms.get(text));
  text.setAttribute("lengthAdjust", "spacingAndGlyphs");
}

function prepare() {
  picture.setAttribute("role", "group");
  picture.setAttribute("aria-label", "Computation graph; arrow keys move among its nodes, Enter tells the story of one");
  for (const text of rooms.keys()) fit(text);
  drawn.forEach((group, i) => {
    group.setAttribute("role", "button");
    group.setAttribute("tabindex", i === root ? 0 : -1);
    group.querySelector("title").textContent = nodes[i].label;
    if (nodes[i].named) return;
    const id = document.createElementNS(SVG, "text");
    id.setAttribute("x", boxes[i].x + 1);
    id.setAttribute("y", boxes[i].y - 4);
    id.textContent = nodes[i].label;
    ids.append(id);
  });
}

function mark(className, i) {
  const rect = document.createElementNS(SVG, "rect");
  const { x, y, width, height } = boxes[i];
  const margin = className === "focus" ? 6 : 3.5;
  for (const [name, value] of Object.entries({ class: className, x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin }))
    rect.setAttribute(name, value);
  marks.append(rect);
}

const known = nodes.map(() => ({}));

/** Bring the texts of the nodes to a step. */
function fill(k) {
  const changed = [];
  nodes.forEach((node, i) => {
    const state = known[i];
    const here = born[i] <= k;
    const n = gradientAt(i, k);
    if (state.here === here && state.n === n) return;
    const { values, gradient, cell, flags } = cells[i];
    if (state.here !== here) {
      drawn[i].classList.toggle("waiting", !here);
      for (const [text, full] of values) {
        text.textContent = here ? full : "—";
        text.classList.toggle("pending", !here);
        changed.push(text);
      }
    }
    const shown = n === undefined ? "—" : numbers[n][2];
    gradient.textContent = `grad ${shown}`;
    gradient.setAttribute("class", n === undefined ? "pending" : signsOf(shown));
    cell.setAttribute("class", signsOf(shown) || cell.getAttribute("class")?.replace(/^(pos|neg|both)\d?$/, "") || "plain");
    changed.push(gradient);
    for (const [text, full] of flags) text.textContent = here && (gains[i].at(-1)?.[0] ?? 0) <= k ? full : "";
    known[i] = { here, n };
    const said = here ? `value ${numbers[node.value][1]}` : "no value yet";
    const slope = n === undefined ? "no gradient yet" : `gradient ${numbers[n][1]}`;
    drawn[i].setAttribute("aria-label", `${node.label}, ${node.op || "input"}, ${said}, ${slope}`);
  });
  changed.forEach(fit);
}

// The part of the picture that is seen: its centre, and pixels for each of its units

const all = picture.viewBox.baseVal;
const size = { width: all.width, height: all.height };
const LEGIBLE = 1;
let view = { x: size.width / 2, y: size.height / 2, scale: 1 };
let moving = 0;

function room() {
  const { clientWidth, clientHeight } = $("graph");
  return { width: Math.max(clientWidth, 1), height: Math.max(clientHeight, 1) };
}

function fitting() {
  const { width, height } = room();
  return Math.min((width - 48) / size.width, (height - 72) / size.height, 2);
}

function look(to) {
  view = { ...view, ...to };
  const { width, height } = room();
  const [w, h] = [width / view.scale, height / view.scale];
  picture.setAttribute("viewBox", `${view.x - w / 2} ${view.y - h / 2} ${w} ${h}`);
  picture.classList.toggle("moved", view.scale > fitting() * 1.01);
}

/** The same, in a quarter of a second. */
function glide(to) {
  cancelAnimationFrame(moving);
  if (calm.matches || !("ready" in document.documentElement.dataset)) return look(to);
  const [from, start] = [view, performance.now()];
  const frame = (now) => {
    const t = Math.min((now - start) / 250, 1);
    const s = t * t * (3 - 2 * t);
    look(Object.fromEntries(Object.keys(to).map((name) => [name, from[name] + s * (to[name] - from[name])])));
    if (t < 1) moving = requestAnimationFrame(frame);
  };
  moving = requestAnimationFrame(frame);
}

function whole() {
  glide({ x: size.width / 2, y: size.height / 2, scale: fitting() });
}

function zoom(factor, at = view) {
  const scale = Math.min(Math.max(view.scale * factor, fitting() / 2, 0.02), 8);
  const rest = view.scale / scale;
  look({ scale, x: at.x + (view.x - at.x) * rest, y: at.y + (view.y - at.y) * rest });
}

/** Bring nodes into sight; the picture only moves if they are not in it. */
function follow(...places) {
  const { x: left, y: top } = picture.viewBox.baseVal;
  const [dx, dy] = [...drawnOffset()];
  const found = places.map((i) => boxes[i]);
  const low = { x: Math.min(...found.map((b) => b.x)) + dx, y: Math.min(...found.map((b) => b.y)) + dy };
  const high = { x: Math.max(...found.map((b) => b.x + b.width)) + dx, y: Math.max(...found.map((b) => b.y + b.height)) + dy };
  const { width, height } = room();
  const [w, h] = [width / view.scale, height / view.scale];
  const to = {};
  for (const [axis, start, span] of [["x", left, w], ["y", top, h]])
    if (low[axis] < start + 12 || high[axis] > start + span - 12)
      to[axis] = high[axis] - low[axis] > span ? (boxes[places[0]][axis] + (axis === "x" ? dx : dy) + 30) : (low[axis] + high[axis]) / 2;
  if (Object.keys(to).length) glide(to);
}

/** How far the nodes are moved inside the picture. */
function drawnOffset() {
  const { e, f } = drawn[0].parentNode.transform.baseVal.consolidate()?.matrix ?? { e: 0, f: 0 };
  return [e, f];
}

/** A dot that goes along the edges, the way the numbers go. */
let pulses = 0;
function pulse(paths, backwards, time) {
  cancelAnimationFrame(pulses);
  marks.querySelectorAll("circle").forEach((dot) => dot.remove());
  if (calm.matches || !paths.length) return;
  const dots = paths.map((path) => {
    const dot = document.createElementNS(SVG, "circle");
    dot.setAttribute("r", 5);
    marks.append(dot);
    return [dot, path, path.getTotalLength()];
  });
  const start = performance.now();
  const frame = (now) => {
    const t = Math.min((now - start) / time, 1);
    for (const [dot, path, length] of dots) {
      const { x, y } = path.getPointAtLength(length * (backwards ? 1 - t : t));
      dot.setAttribute("cx", x);
      dot.setAttribute("cy", y);
      if (t === 1) dot.remove();
    }
    if (t < 1) pulses = requestAnimationFrame(frame);
  };
  frame(start);
}
