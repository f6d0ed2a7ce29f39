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

/** The texts of a number or an array: all digits, six of them, and as the picture has it. */
function texts(n) {
  const found = numbers[n];
  if (Array.isArray(found)) return found;
  if (found.shape) return (numbers[n] = arrayTexts(found.numbers, found.shape));
  const x = numberAt(n);
  return (numbers[n] = [exactly(x), sixDigits(x), drawnNumber(x, "+")]);
}

/** A number as Python has rounded it; all of its digits are in the tooltip. */
function number(n, className = "") {
  const [exact, shown] = texts(n);
  return make("span", { className, title: exact }, shown);
}

/** The same of a gradient, coloured by its sign. */
function slope(n) {
  return number(n, signOf(texts(n)[1]));
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

function recount() {
  gains.forEach((each) => (each.length = 0));
  steps.forEach(([phase, i, ...more], k) => {
    if (phase === 0) born[i] = k;
    else gains[reaches(steps[k])].push([k, more.at(-1)]);
  });
}
recount();

function gradientAt(i, k) {
  return gains[i].findLast(([step]) => step <= k)?.[1];
}

// The picture

const picture = $("graph").querySelector("svg");
for (const [groups, known] of [[".node:not([id])", nodes.map(({ id }) => id)], [".edges > path", nodes.flatMap((node) => node.edges.map(([, id]) => id))]])
  picture.querySelectorAll(groups).forEach((group, k) => (group.id = known[k]));
const drawn = nodes.map(({ id }) => document.getElementById(id));
const edges = nodes.map((node) => node.edges.map(([, id]) => document.getElementById(id)));
const boxes = drawn.map((group) => around(group.querySelector("path")));
const marks = document.createElementNS(SVG, "g");
marks.id = "marks";
const heads = document.createElementNS(SVG, "defs");
for (const id of ["head", "head-now"]) {
  const head = document.createElementNS(SVG, "marker");
  for (const [name, value] of Object.entries({ id, viewBox: "0 0 7 7", refX: 7, refY: 3.5, markerWidth: 7, markerHeight: 7, markerUnits: "userSpaceOnUse", orient: "auto" })) head.setAttribute(name, value);
  head.append(document.createElementNS(SVG, "path"));
  head.firstChild.setAttribute("d", "M0,0L7,3.5L0,7z");
  heads.append(head);
}
picture.prepend(heads);
const ids = document.createElementNS(SVG, "g");
ids.id = "ids";
drawn[0].parentNode.append(marks, ids);

/** The texts of a node that change, the cell of its gradient, and its matrices and maps. */
function partsOf(group) {
  const children = [...group.children];
  const texts = children.filter(({ localName }) => localName === "text");
  const cells = children.filter(({ localName }) => localName === "path").map((cell) => [cell, around(cell)]);
  const gradient = texts.find((text) => /^grad( |$)/.test(text.textContent));
  const found = new Map(texts.map((text) => [text, roomOf(text, cells)]));
  const before = texts.slice(0, texts.indexOf(gradient)).filter((text) => !text.classList.contains("b"));
  const arrays = children.filter(({ localName }) => localName === "g").map((array) => {
    const label = array.classList.contains("numbers") ? array.previousElementSibling : null;
    return { array, isSlope: label === gradient, frame: label ? null : around(array.nextElementSibling) };
  });
  const maps = arrays.filter(({ frame }) => frame); // that of a gradient is the second, if it has one
  if (maps.length > 1) maps[1].isSlope = true;
  return {
    rooms: [...texts.map((text) => [text, found.get(text)[1]]), ...arrays.flatMap(({ array, frame }) => (frame ? [] : roomsOf(array, found.get(gradient)[1])))],
    gradient,
    cell: arrays.some(({ isSlope, frame }) => isSlope && !frame) ? null : found.get(gradient)[0],
    values: before.map((text) => [text, text.textContent, found.get(text)[0]]),
    flags: texts.slice(texts.indexOf(gradient) + 1).map((text) => [text, text.textContent]),
    arrays,
  };
}
const cells = drawn.map(partsOf);

/** The room of each number of a matrix: as far as to the middle of the next column, or all. */
function roomsOf(array, all) {
  const [texts, xs] = [[...array.children], [...array.children].map((text) => +text.getAttribute("x"))];
  const places = [...new Set(xs)].sort((x, y) => x - y);
  const apart = places.map((x, k) => Math.min(...[places[k - 1], places[k + 1]].map((other) => Math.abs(x - (other ?? Infinity))), all));
  return texts.map((text, j) => [text, apart[places.indexOf(xs[j])] - 3]);
}

/** The smallest cell around a text, and how wide it is. */
function roomOf(text, cells) {
  const [x, y] = [+text.getAttribute("x"), +text.getAttribute("y")];
  const [cell, { width }] = cells
    .filter(([, b]) => b.x <= x && x <= b.x + b.width && b.y <= y && y <= b.y + b.height)
    .sort(([, a], [, b]) => a.width * a.height - b.width * b.height)[0];
  return [cell, width - 6];
}

/** The place of a rectangle, from its path: asking the browser takes long. */
function around(path) {
  const [x, y, width, height] = path.getAttribute("d").match(/[-\d.]+/g).map(Number);
  return { x, y, width, height };
}

const pen = document.createElement("canvas").getContext("2d");
const rooms = new Map(cells.flatMap((each) => each.rooms));
const { fontFamily, fontSize } = getComputedStyle(cells[0].gradient);

/** Make a text as narrow as its cell, whatever the font; the layout was made for another. */
function fit(text) {
  pen.font = `${text.classList.contains("b") ? "bold" : "normal"} ${fontSize} ${fontFamily}`;
  if (pen.measureText(text.textContent).width <= rooms.get(text)) return text.removeAttribute("textLength");
  text.setAttribute("textLength", rooms.get(text));
  text.setAttribute("lengthAdjust", "spacingAndGlyphs");
}

function prepare() {
  picture.setAttribute("role", "group");
  picture.setAttribute("aria-label", "Computation graph; arrow keys move among its nodes, Enter tells the story of one");
  for (const text of rooms.keys()) if (text.classList.contains("b")) fit(text);
  pen.font = `${fontSize} ${fontFamily}`;
  const titles = [...picture.querySelectorAll(".cluster text")].map((text) => {
    const [x, half] = [+text.getAttribute("x"), pen.measureText(text.textContent).width / 2];
    return { left: x - half, right: x + half, y: +text.getAttribute("y") };
  });
  drawn.forEach((group, i) => {
    group.setAttribute("role", "button");
    group.setAttribute("tabindex", i === root ? 0 : -1);
    const title = document.createElementNS(SVG, "title");
    title.textContent = nodes[i].label;
    group.prepend(title);
    if (nodes[i].named) return;
    const id = document.createElementNS(SVG, "text");
    const { x, y, width, height } = boxes[i];
    const isTitled = titles.some((title) => x < title.right && x + 6 * nodes[i].label.length > title.left && y > title.y - 8 && y < title.y + 14);
    id.setAttribute("x", isTitled ? x + width - 1 : x + 1);
    id.setAttribute("y", isTitled ? y + height + 8 : y - 4);
    if (isTitled) id.style.textAnchor = "end";
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
let pass = 0; // how often the numbers were computed here

/** Bring the texts of the nodes to a step: at once, or those in sight first and the rest later. */
function fill(k, inSight = () => true) {
  const changed = [];
  nodes.forEach((node, i) => inSight(i) && bring(i, k, changed));
  changed.forEach(fit);
}

/** Bring the texts of one node to a step. */
function bring(i, k, changed) {
  const [node, state] = [nodes[i], known[i]];
  const here = born[i] <= k;
  const n = gradientAt(i, k);
  const flags = here && (gains[i].at(-1)?.[0] ?? 0) <= k ? flagsOf(i) : NONE;
  if (state.here === here && state.n === n && state.pass === pass && state.flags === flags) return;
  if (state.here !== here || state.pass !== pass) {
    drawn[i].classList.toggle("waiting", !here);
    writeValue(cells[i], here ? texts(node.value) : null, here, changed);
  }
  writeGradient(cells[i], n === undefined ? null : texts(n), changed);
  for (const each of cells[i].arrays) showArray(each, i, each.isSlope ? n : here ? node.value : undefined, changed);
  showFlags(i, flags);
  known[i] = { here, n, pass, flags };
  const said = here ? `value ${texts(node.value)[1]}` : "no value yet";
  const slope = n === undefined ? "no gradient yet" : `gradient ${texts(n)[1]}`;
  drawn[i].setAttribute("aria-label", `${node.label}, ${[node.op || "input", said, slope, ...flags].join(", ")}`);
}

/** Write the value of a box in its lines, or that it has none yet. */
function writeValue({ values }, told, here, changed) {
  for (const [text, full, room] of values) {
    const isMoved = pass && /^(value|mean|all) /.test(full);
    text.textContent = here ? (isMoved ? drawnValue(told) : full) : "—";
    paint(room, isBad(text.textContent) ? "bad" : "");
    text.classList.toggle("pending", !here);
    changed.push(text);
  }
}

/** The same of the gradient by it. */
function writeGradient({ gradient, cell }, told, changed) {
  const shown = told ? told[2] : "—";
  if (!cell) return; // the numbers are beside
  gradient.textContent = `grad ${shown}`;
  gradient.setAttribute("class", !told ? "pending" : isBad(shown) ? "" : signsOf(shown));
  paint(cell, isBad(shown) ? "bad" : signsOf(shown));
  changed.push(gradient);
}

const isBad = (text) => /nan|inf/.test(text);

/** Give a cell the colour of a class, and take that which it had. */
function paint(cell, name) {
  cell.setAttribute("class", name || cell.getAttribute("class")?.replace(/^(pos\d?|neg\d?|both\d?|bad)$/, "") || "plain");
}

/** The line of a value in the picture; an array has one of its own. */
function drawnValue([, , drawn, line]) {
  return line ?? `value ${drawn.replace("+", "")}`;
}

/** Whether a node is in the part of the picture that is seen, and its texts can be read. */
function inSight() {
  if (picture.classList.contains("far")) return () => false;
  const { x, y, width, height } = picture.viewBox.baseVal;
  const [dx, dy] = drawnOffset();
  return (i) => {
    const b = boxes[i];
    return b.x + dx < x + width && b.x + dx + b.width > x && b.y + dy < y + height && b.y + dy + b.height > y;
  };
}

// The part of the picture that is seen: its centre, and pixels for each of its units

const all = picture.viewBox.baseVal;
const size = { width: all.width, height: all.height };
const LEGIBLE = 0.8; // the scale from which on texts are read
const TOP = 56; // pixels that the buttons take
const BOTTOM = 12;
let view = { x: size.width / 2, y: size.height / 2, scale: 1 };
let moving = 0;
let isFar = false; // as those who look at it want it

function room() {
  const { clientWidth, clientHeight } = $("graph");
  return { width: Math.max(clientWidth, 1), height: Math.max(clientHeight, 1) };
}

function fitting() {
  const { width, height } = room();
  const high = Math.max(height - TOP - BOTTOM, 1);
  return Math.min(Math.max(width - 24, 1) / size.width, high / size.height, 2);
}

function look(to) {
  view = { ...view, ...to };
  const { width, height } = room();
  const [w, h] = [width / view.scale, height / view.scale];
  picture.setAttribute("viewBox", `${view.x - w / 2} ${view.y - h / 2} ${w} ${h}`);
  picture.classList.toggle("moved", view.scale > fitting() * 1.01);
  picture.classList.toggle("far", view.scale < 0.3);
}

/** Where all is seen. */
function fitted() {
  const scale = fitting();
  return { x: size.width / 2, y: size.height / 2 - (TOP - BOTTOM) / 2 / scale, scale };
}

/** What is seen first: all where something can be made out of it, else a part with the result. */
function opening() {
  const found = fitted();
  if (found.scale >= 0.35) return found;
  const { width, height } = room();
  const scale = Math.min(Math.max((width - 24) / size.width, 0.35), 1);
  const [dx, dy] = drawnOffset();
  const centre = (from, span, place, before = 12, after = 12) => {
    const [low, high] = [(span / 2 - before) / scale, from - (span / 2 - after) / scale];
    return low > high ? (low + high) / 2 : Math.min(Math.max(place, low), high);
  };
  const { x, y, width: w, height: h } = boxes[root];
  return { x: centre(size.width, width, x + w / 2 + dx), y: centre(size.height, height, y + h / 2 + dy, TOP, BOTTOM), scale };
}

/** The same, in a quarter of a second. */
function glide(to) {
  cancelAnimationFrame(moving);
  if (calm.matches || !isReady()) return look(to);
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
  isFar = true;
  glide(fitted());
}

function zoom(factor, at = view) {
  const scale = Math.min(Math.max(view.scale * factor, fitting() / 2, 0.02), 8);
  const rest = view.scale / scale;
  isFar = scale < LEGIBLE;
  look({ scale, x: at.x + (view.x - at.x) * rest, y: at.y + (view.y - at.y) * rest });
}

/** Bring nodes into sight, and near if they are to be read; else the picture does not move. */
function follow(isRead, ...places) {
  const [dx, dy] = drawnOffset();
  const found = places.map((i) => boxes[i]);
  const low = { x: Math.min(...found.map((b) => b.x)) + dx, y: Math.min(...found.map((b) => b.y)) + dy };
  const high = { x: Math.max(...found.map((b) => b.x + b.width)) + dx, y: Math.max(...found.map((b) => b.y + b.height)) + dy };
  const { width, height } = room();
  const scale = isRead && !isFar && view.scale < LEGIBLE ? LEGIBLE : view.scale;
  const to = scale === view.scale ? {} : { scale };
  const first = boxes[places[0]];
  for (const [axis, span, start, offset, from, until] of [["x", "width", first.x, dx, 12, width - 12], ["y", "height", first.y, dy, TOP, height - BOTTOM]]) {
    const at = (place) => (place - view[axis]) * scale + (axis === "x" ? width : height) / 2;
    if (at(low[axis]) >= from && at(high[axis]) <= until) continue;
    const shift = ((axis === "x" ? width : height) - from - until) / 2 / scale;
    const isTooWide = (high[axis] - low[axis]) * scale > until - from;
    to[axis] = shift + (isTooWide ? start + offset + first[span] / 2 : (low[axis] + high[axis]) / 2);
  }
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
