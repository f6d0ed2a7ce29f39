const [XS, YS, FINE] = [[-1.6, 2.6], [-1.1, 1.6], 64];
const frame = make("div", { className: "surface" });
$("plots").append(frame);
const canvas = make("canvas", { width: FINE, height: FINE, "aria-hidden": "true" });
const surface = plot("What the network answers, and the points", [["one", "class 0"], ["two", "class 1"]], frame);
frame.querySelector("figure").prepend(canvas);
// where the axes are; percentages of margins are of the width
const [left, width] = [LEFT, WIDTH - LEFT - 12].map((x) => `${(100 * x) / WIDTH}%`);
Object.assign(canvas.style, { left, width, marginTop: `${1200 / WIDTH}%`, aspectRatio: (WIDTH - LEFT - 12) / (HEIGHT - LOW - 12) });
const history = plot("Mean cross-entropy by steps", [["one", "cost"]]);
let [weights, costs, seed] = [[], [], 1];

/** Numbers between −1 and 1, the same for the same seed. */
function random() {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 31 - 1;
}

/** The mean cost of all points, and its gradient. */
function gradient() {
  const sums = new Float64Array(data.count + 1);
  for (const point of data.points) programs.get("cost")([...weights, ...point]).forEach((x, k) => (sums[k] += x / data.points.length));
  return sums;
}

function paint() {
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(FINE, FINE);
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const [low, mid, high] = isDark ? [[97, 67, 18], [26, 29, 33], [37, 80, 140]] : [[246, 205, 160], [255, 255, 255], [170, 202, 246]];
  for (let k = 0; k < FINE * FINE; k++) {
    const [i, j] = [k % FINE, Math.floor(k / FINE)];
    const x = XS[0] + ((i + 0.5) / FINE) * (XS[1] - XS[0]);
    const y = YS[1] - ((j + 0.5) / FINE) * (YS[1] - YS[0]);
    const p = 1 / (1 + Math.exp(-programs.get("network")([...weights, x, y])[0]));
    const [end, t] = p < 0.5 ? [low, 1 - 2 * p] : [high, 2 * p - 1];
    mid.forEach((m, c) => (image.data[4 * k + c] = m + (end[c] - m) * t));
    image.data[4 * k + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
}

function refresh() {
  const right = data.points.filter(([x, y, t]) => programs.get("network")([...weights, x, y])[0] > 0 === (t > 0)).length;
  surface(XS, YS, {}, data.points.map(([x, y, t]) => [t ? "two" : "one", x, y]));
  history([0, Math.max(costs.length - 1, 10)], [0, Math.max(...costs)], { one: costs.map((y, k) => [k, y]) });
  paint();
  $("said").textContent = `After ${costs.length - 1} steps the cost is ${short(costs.at(-1))}, and ${right} of ${data.points.length} points are right.`;
}

function descend(count) {
  for (let k = 0; k < count; k++) {
    const [, ...slopes] = gradient();
    weights = weights.map((w, j) => w - rate.value * slopes[j]);
    costs.push(gradient()[0]);
  }
  refresh();
  return costs.length < 5000 && Number.isFinite(costs.at(-1));
}

function begin() {
  weights = Array.from({ length: data.count }, () => 0.8 * random());
  costs = [gradient()[0]];
  refresh();
}

const rate = slider("learning rate", 0.05, 2, 0.05, 0.5, () => {});
button("Step", () => descend(1));
const stop = runner(() => descend(4));
button("Other weights", () => (stop(), begin()));
begin();
document.documentElement.dataset.ready = "";
