// Gradient descent, by the inputs that are checked

const descending = new Set(movable);
let losses = [];
let running = 0;
let wantedRate = "0.05";

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

/** One step of gradient descent; returns null where there is another, else why there is none. */
function descend(isShown = true) {
  const rate = Number($("rate").value || NaN);
  if (!pass && compute()) return "";
  if (!losses.length) losses.push(result());
  const lower = (i) => elements(i).map((x, k) => x - rate * computation.gradient(i)[k]);
  const changes = new Map([...descending].map((i) => [i, lower(i)]));
  if (!changes.size || !Number.isFinite(rate) || ![...changes.values()].flat().every(Number.isFinite)) {
    const given = Number.isFinite(rate) ? `The rate ${$("rate").value} leads to numbers that are not finite.` : `The rate is no number: ${$("rate").value || "nothing is there"}.`;
    $("fallen").textContent = changes.size ? given : "No input is checked.";
    return "";
  }
  const isGone = isShown ? move(changes) : advance(changes);
  if (!isGone) return "";
  const [last, now] = [losses.at(-1), result()];
  losses.push(now);
  drawLosses();
  if (!Number.isFinite(now)) return "That is no finite number: a smaller rate may help.";
  if (Math.abs(now - last) <= 1e-12 * Math.max(Math.abs(now), 1e-3)) return "It has settled.";
  return losses.length < 20_000 ? null : "It has not settled.";
}

/** As `move`, without a picture in between; false where a comparison flips. */
function advance(changes) {
  const before = [...changes.keys()].map((i) => [i, elements(i)]);
  for (const [i, xs] of changes) put(i, xs);
  if (!computation.forward()) {
    computation.backward();
    return true;
  }
  for (const [i, xs] of before) put(i, xs);
  return move(changes);
}

function begin() {
  $("run").textContent = "Stop";
  const frame = () => {
    const until = performance.now() + 8;
    let end = null;
    while (end === null && performance.now() < until) end = descend(false);
    if (!stopped) move(new Map([...descending].map((i) => [i, elements(i)])));
    if (end !== null) {
      halt();
      if (!stopped && end) $("fallen").append(` ${end}`);
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
  const unit = Math.max(Math.abs(low), Math.abs(high)) || 1; // whose differences do not overflow
  const height = (y) => (78 * (y / unit - low / unit)) / (high / unit - low / unit || 1);
  const every = Math.max(1, Math.floor(losses.length / 300));
  const points = losses.flatMap((y, k) => !Number.isFinite(y) || (k % every && k < losses.length - 1) ? [] :
    [`${(4 + (312 * k) / Math.max(losses.length - 1, 1)).toFixed(1)},${(84 - height(y)).toFixed(1)}`]);
  $("curve").firstChild.setAttribute("points", points.join(" "));
  $("fallen").textContent = losses.length ? `${losses.length - 1} steps, from ${sixDigits(losses[0])} to ${sixDigits(losses.at(-1))}.` : "";
}
