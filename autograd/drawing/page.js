// Steps

let step = -1;
let chosen = null;
let focused = null;
let timer = 0;
let addressing = 0;

function show(k, isRead = true, isMoved = false) {
  k = within(k);
  const forwards = k === step + 1;
  step = k;
  const [phase, i, place] = steps[k];
  const [word, rule, sum] = told(steps[k]);
  $("phase").textContent = word;
  $("count").textContent = `${(k + 1).toLocaleString("en")} of ${steps.length.toLocaleString("en")}`;
  $("count").href = `#step=${k + 1}`;
  $("rule").replaceChildren(...rule);
  $("sum").replaceChildren(...sum);
  $("slider").value = k + 1;
  $("slider").setAttribute("aria-valuetext", `Step ${k + 1} of ${steps.length}, ${word.toLowerCase()}`);
  fill(k, isMoved || !isReady() ? inSight() : undefined);
  document.querySelectorAll("#graph .now").forEach((edge) => edge.classList.remove("now"));
  const lit = (phase === 0 ? edges[i] : phase === 2 ? [edges[i][place]] : []).filter(Boolean);
  lit.forEach((edge) => edge.classList.add("now"));
  outline();
  const paths = lit.map((edge) => (edge.localName === "path" ? edge : edge.querySelector("path"))).filter(Boolean);
  pulse(forwards ? paths : [], phase === 2, Math.min(600, pause() * 0.7));
  if (isReady()) follow(isRead, reaches(steps[k]), i);
  if (chosen != null || !$("story").childElementCount) refresh();
  else overview();
  markTape();
  clearTimeout(addressing);
  addressing = setTimeout(address, 150); // browsers limit how often the address may change
}

function address() {
  const node = chosen == null ? "" : `&node=${nodes[chosen].id}`;
  const hash = `#step=${step + 1}${node}${addressOfMoved()}`;
  const framed = location.protocol === "about:"; // in a notebook, where there is no address to keep
  if (!framed && location.hash !== hash) history.replaceState(null, "", hash);
}

/** Frames around the nodes of this step, the chosen one, and that which has the focus. */
function outline() {
  marks.querySelectorAll("rect").forEach((rect) => rect.remove());
  const [phase, i] = steps[step];
  const now = reaches(steps[step]);
  drawn.forEach((group, j) => {
    if (j === now) group.setAttribute("aria-current", "step");
    else group.removeAttribute("aria-current");
  });
  if (phase === 2 && i !== now) mark("giver", i);
  mark("current", now);
  if (focused != null) mark("focus", focused);
}

const pause = () => 1400 / $("speed").value;

function play(on) {
  clearTimeout(timer);
  timer = 0;
  if (on && step === steps.length - 1) show(0);
  if (on) timer = setTimeout(tick, pause());
  $("play").setAttribute("aria-label", on ? "Pause" : "Play");
  $("play-shape").setAttribute("d", on ? "M5 3v10M11 3v10" : "M5 3l8 5-8 5z");
}

function tick() {
  show(step + 1);
  if (step < steps.length - 1) timer = setTimeout(tick, pause());
  else play(false);
}

function go(k, isRead = true) {
  play(false);
  show(k, isRead);
}

const isReady = () => "ready" in document.documentElement.dataset;

// All steps, as a list

function fillTape() {
  const list = $("tape").querySelector("ol");
  if (list.childElementCount) return;
  list.append(...steps.map((each, k) => {
    const [, rule, sum] = told(each);
    return make("li", null, make("span", { className: "index" }, (k + 1).toLocaleString("en")), " ", make("a", { href: `#step=${k + 1}` }, ...rule), ": ", ...sum);
  }));
  markTape();
}

/** Write the list anew where inputs were moved, and say so above it. */
function renewTape() {
  $("tape").querySelector("ol").replaceChildren();
  $("moved").textContent = movedInputs().length ? ", at the inputs as they were moved" : "";
  if ($("tape").open) fillTape();
}

function markTape() {
  const list = $("tape").querySelector("ol");
  list.querySelector("[aria-current]")?.removeAttribute("aria-current");
  list.children[step]?.setAttribute("aria-current", "step");
}

// What people do

function within(k) {
  return Math.max(0, Math.min(steps.length - 1, k));
}

/** The step that the address asks for. */
function addressed(asked) {
  const k = Number.parseInt(asked.get("step"), 10);
  return within(Number.isNaN(k) ? step : k - 1);
}

/** The part of an address behind the "#". */
function asking(url) {
  return new URLSearchParams(new URL(url).hash.slice(1));
}

function fromAddress(asked) {
  moveTo(asked);
  go(addressed(asked));
  const i = nodes.findIndex(({ id }) => id === asked.get("node"));
  if (i >= 0 && i !== chosen) choose(i);
}

function focusNode(i) {
  if (i == null) return;
  drawn.forEach((group, j) => group.setAttribute("tabindex", i === j ? 0 : -1));
  drawn[i].focus({ preventScroll: true });
  follow(true, i);
}

/** The nearest node in a direction; nodes straight ahead count as nearer. */
function neighbour(i, x, y) {
  const centre = (b) => [b.x + b.width / 2, b.y + b.height / 2];
  const [cx, cy] = centre(boxes[i]);
  let [best, found] = [Infinity, null];
  boxes.forEach((box, j) => {
    const [dx, dy] = [centre(box)[0] - cx, centre(box)[1] - cy];
    const [along, across] = x ? [dx * x, Math.abs(dy)] : [dy * y, Math.abs(dx)];
    const far = along + 2 * across;
    if (along > 1 && far < best) [best, found] = [far, j];
  });
  return found;
}

const WALK = {
  ArrowLeft: (i) => neighbour(i, -1, 0),
  ArrowRight: (i) => neighbour(i, 1, 0),
  ArrowUp: (i) => neighbour(i, 0, -1),
  ArrowDown: (i) => neighbour(i, 0, 1),
  PageUp: (i) => Math.max(i - 1, 0),
  PageDown: (i) => Math.min(i + 1, nodes.length - 1),
};

const KEYS = {
  ArrowRight: () => go(step + 1),
  ArrowLeft: () => go(step - 1),
  ".": () => go(step + 1),
  ",": () => go(step - 1),
  Home: () => go(0),
  End: () => go(steps.length - 1),
  " ": () => play(!timer),
  "+": () => zoom(1.25),
  "=": () => zoom(1.25),
  "-": () => zoom(0.8),
  0: whole,
  n: () => contribution(1),
  p: () => contribution(-1),
  "/": () => $("search").focus(),
  "?": () => $("help").showModal(),
  Escape: () => chosen != null && choose(null),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const { target, key } = event;
  const i = drawn.indexOf(target);
  if (i >= 0 && WALK[key]) focusNode(WALK[key](i));
  else if (i >= 0 && (key === "Enter" || key === " ")) choose(i);
  else if (target.matches("input:not(#slider), select")) return;
  else if (target.matches("button, summary, a") && (key === " " || key === "Enter")) return;
  else if (KEYS[key.length === 1 ? key.toLowerCase() : key]) KEYS[key.length === 1 ? key.toLowerCase() : key]();
  else return;
  event.preventDefault();
});

$("graph").addEventListener("focusin", ({ target }) => {
  focused = target.matches(":focus-visible") ? drawn.indexOf(target) : null;
  if (focused === -1) focused = null;
  outline();
});
$("graph").addEventListener("focusout", () => {
  focused = null;
  outline();
});

const held = new Map();
let dragged = 0;
picture.addEventListener("pointerdown", (event) => {
  held.set(event.pointerId, event);
  dragged = 0;
});
picture.addEventListener("mousedown", (event) => event.preventDefault()); // arrows go on stepping
picture.addEventListener("pointermove", (event) => {
  const before = held.get(event.pointerId);
  if (!before) return;
  const [other] = [...held.values()].filter((each) => each.pointerId !== event.pointerId);
  const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
  dragged += Math.abs(dx) + Math.abs(dy);
  if (dragged > 4 && !picture.hasPointerCapture(event.pointerId)) picture.setPointerCapture(event.pointerId);
  held.set(event.pointerId, event);
  if (other) {
    const apart = (each) => Math.hypot(each.clientX - other.clientX, each.clientY - other.clientY);
    zoom(apart(event) / Math.max(apart(before), 1));
  } else look({ x: view.x - dx / view.scale, y: view.y - dy / view.scale });
});
for (const end of ["pointerup", "pointercancel"]) picture.addEventListener(end, (event) => held.delete(event.pointerId));
picture.addEventListener("click", ({ target }) => {
  const i = drawn.indexOf(target.closest(".node"));
  if (i >= 0 && dragged < 5) choose(i === chosen ? null : i);
});
picture.addEventListener("wheel", (event) => {
  if (!event.ctrlKey) return;
  event.preventDefault();
  const { left, top } = picture.getBoundingClientRect();
  const { x, y } = picture.viewBox.baseVal;
  zoom(Math.exp(-event.deltaY / 200), { x: x + (event.clientX - left) / view.scale, y: y + (event.clientY - top) / view.scale });
}, { passive: false });

for (const [id, act] of Object.entries({
  first: KEYS.Home, last: KEYS.End, previous: KEYS.ArrowLeft, next: KEYS.ArrowRight,
  play: KEYS[" "], closer: KEYS["+"], farther: KEYS["-"], whole, ask: KEYS["?"],
})) $(id).addEventListener("click", act);
$("slider").max = steps.length;
const turn = steps.findIndex(([phase]) => phase === 1);
$("passes").append(...[["forward", 0, turn], ["backward", turn, steps.length]].map(([word, from, to]) => {
  const part = make("span", null, to - from > 1 ? word : "");
  part.style.flexGrow = to - from;
  return part;
}));
$("slider").addEventListener("input", () => go($("slider").value - 1, false));
/** Boxes, and nodes that are folded in them. */
const findable = [...nodes.map((node, box) => ({ ...node, box })), ...inner.filter(({ box }) => nodes[box].folded)];
$("find").addEventListener("submit", (event) => event.preventDefault());
$("search").addEventListener("change", () => {
  const wanted = $("search").value.trim().toLowerCase();
  const names = findable.map(({ label, op }) => [label.toLowerCase(), `${label} ${op}`.toLowerCase()]);
  const exact = names.findIndex(([label, longer]) => label === wanted || longer === wanted);
  const i = exact >= 0 ? exact : names.findIndex(([, longer]) => longer.includes(wanted));
  if (wanted && i >= 0) choose(findable[i].box);
});
$("found").append(...findable.map(({ label, op }) => make("option", { value: op ? `${label} ${op}` : label })));
$("tape").addEventListener("toggle", fillTape);
let isPrinting = false; // when the window has the size of paper
addEventListener("afterprint", () => {
  isPrinting = false;
  picture.style.maxWidth = "";
  lookFirst();
});
addEventListener("beforeprint", () => {
  isPrinting = true;
  fillTape();
  $("tape").open = true;
  onPaper();
});
/** The whole graph as wide as the paper, and as high as it must be. */
function onPaper() {
  picture.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
  picture.style.maxWidth = `${size.width}px`;
}
// not location, which may have been set to the step before in the meantime
addEventListener("hashchange", (event) => fromAddress(asking(event.newURL)));
let first; // what is seen at first, as long as nobody moved it
function lookFirst() {
  look(opening());
  first = view;
}

prepare();
lookFirst();
// Not the window's resize: a frame of JupyterLab, whose size is 0 at first, is not told of it
new ResizeObserver(() => isPrinting ? onPaper() : (view === first || !picture.classList.contains("moved") ? lookFirst() : look({}))).observe($("graph"));
fromAddress(asking(location));
document.documentElement.dataset.ready = "";
setTimeout(() => fill(step), 150);
if (location.hash) follow(false, chosen ?? reaches(steps[step]));
