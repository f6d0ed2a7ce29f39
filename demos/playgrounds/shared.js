// Controls and plots that the playgrounds share

const SVG = "http://www.w3.org/2000/svg";
const $ = (id) => document.getElementById(id);

function make(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) name in element ? (element[name] = value) : element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function drawn(tag, properties, parent) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties)) element.setAttribute(name, value);
  parent.append(element);
  return element;
}

const short = (x) => (Math.abs(x) >= 1e-3 && Math.abs(x) < 1e5) || x === 0 ? String(+x.toPrecision(4)).replace("-", "−") : x.toExponential(2).replaceAll("-", "−");

/** A slider with its number; `act` is called when it is moved. */
function slider(text, min, max, step, start, act) {
  const output = make("output", {}, short(start));
  const range = make("input", { type: "range", min, max, step, value: start });
  const show = () => (output.textContent = short(+range.value));
  range.addEventListener("input", () => (show(), act()));
  $("controls").append(make("label", {}, text, output, range));
  return { get value() { return +range.value; }, set value(x) { range.value = x; output.textContent = short(x); } };
}

function choice(text, options, act) {
  const select = make("select", {}, ...options.map((each) => make("option", { value: each }, each)));
  select.addEventListener("change", act);
  $("controls").append(make("label", {}, text, select));
  return select;
}

function button(text, act) {
  const made = make("button", { type: "button" }, text);
  made.addEventListener("click", act);
  $("controls").append(made);
  return made;
}

/** Call a function in every frame until it returns false, from the click on one button to the next. */
function runner(step) {
  let frame = 0;
  const stop = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    made.textContent = "Run";
  };
  const go = () => {
    if (step()) frame = requestAnimationFrame(go);
    else stop();
  };
  const made = button("Run", () => {
    if (frame) return stop();
    made.textContent = "Stop";
    frame = requestAnimationFrame(go);
  });
  return stop;
}

const [WIDTH, HEIGHT] = matchMedia("(max-width: 860px)").matches ? [400, 250] : [640, 330]; // letters stay legible
const [LEFT, LOW] = [56, 28];

/** Round numbers along an axis, at least `least` apart. */
function ticks([from, to], least = 0) {
  const most = (to - from) / 4;
  const unit = 10 ** Math.floor(Math.log10(most));
  const step = Math.max(least, unit * [5, 2, 1].find((k) => k * unit <= most));
  const [first, last] = [Math.ceil(from / step - 1e-9), Math.floor(to / step + 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, k) => (first + k) * step);
}

/** A plot; `draw` takes curves by their classes: lists of points, in the numbers of the axes. */
function plot(title, legend, parent = $("plots")) {
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title }, parent);
  const ground = drawn("g", {}, svg);
  const figure = make("figure", {});
  svg.replaceWith(figure);
  const words = legend.flatMap(([kind, word], k) => [k ? ", " : ": ", make("b", { className: kind }, `${{ one: "—", two: "- -", three: "···" }[kind]} ${word}`)]);
  figure.append(svg, make("figcaption", {}, title, ...words));
  const lines = Object.fromEntries(["three", "two", "one"].map((kind) => [kind, drawn("polyline", { class: kind }, svg)]));
  const dots = drawn("g", {}, svg);
  const place = ([x0, x1], [y0, y1]) => ([x, y]) => [
    LEFT + ((WIDTH - LEFT - 12) * (x - x0)) / (x1 - x0),
    HEIGHT - LOW - ((HEIGHT - LOW - 12) * (Math.min(Math.max(y, y0 - 9 * (y1 - y0)), y1 + 9 * (y1 - y0)) - y0)) / (y1 - y0),
  ];
  const shown = (at, points) => points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)).map((point) => at(point).map((z) => z.toFixed(1)).join(",")).join(" ");
  return function draw(xs, ys, curves, marks = [], power = false) {
    const at = place(xs, ys);
    ground.replaceChildren();
    const word = (z) => (power ? `1e${short(z)}` : short(z));
    for (const x of ticks(xs, +power)) {
      const [px] = at([x, ys[0]]);
      drawn("line", { class: "axis", x1: px, x2: px, y1: 12, y2: HEIGHT - LOW }, ground);
      drawn("text", { x: px, y: HEIGHT - 8, "text-anchor": px > WIDTH - 24 ? "end" : "middle" }, ground).textContent = word(x);
    }
    for (const y of ticks(ys, +power)) {
      const [, py] = at([xs[0], y]);
      drawn("line", { class: "axis", x1: LEFT, x2: WIDTH - 12, y1: py, y2: py }, ground);
      drawn("text", { x: LEFT - 6, y: py + 4, "text-anchor": "end" }, ground).textContent = word(y);
    }
    for (const [kind, line] of Object.entries(lines)) line.setAttribute("points", curves[kind] ? shown(at, curves[kind]) : "");
    dots.replaceChildren();
    for (const [kind, x, y] of marks) {
      const [cx, cy] = at([x, y]);
      drawn("circle", { class: kind, cx, cy, r: 5 }, dots);
    }
  };
}

/** So many numbers from one to another. */
const between = (from, to, count = 241) => Array.from({ length: count }, (_, k) => from + ((to - from) * k) / (count - 1));
