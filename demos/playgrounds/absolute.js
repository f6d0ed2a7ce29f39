const curves = plot("Network and |x|", [["one", "network"], ["two", "|x|"]]);
const history = plot("Cost by steps", [["one", "mean of (y − |x|)² / 2"]]);
const XS = between(-2.5, 2.5);
let costs = [];

const weights = () => sliders.map((each) => each.value);
let exact = [...data.start];

function refresh() {
  curves([-2.5, 2.5], [-1, 3], {
    one: XS.map((x) => [x, programs.get("network")([...exact, x])[0]]),
    two: XS.map((x) => [x, Math.abs(x)]),
  });
  const [cost, ...slopes] = programs.get("cost")(exact);
  if (!costs.length) costs = [cost];
  history([0, Math.max(costs.length - 1, 10)], [0, Math.max(...costs, 1e-9)], { one: costs.map((y, k) => [k, y]) });
  $("said").textContent = `Cost ${short(cost)} after ${costs.length - 1} steps. Gradient: ${data.names.map((name, k) => `${name} ${short(slopes[k])}`).join(", ")}.`;
}

function descend() {
  const [before, ...slopes] = programs.get("cost")(exact);
  exact = exact.map((w, k) => w - rate.value * slopes[k]);
  sliders.forEach((each, k) => (each.value = exact[k]));
  const [now] = programs.get("cost")(exact);
  costs.push(now);
  refresh();
  return Number.isFinite(now) && costs.length < 5000 && Math.abs(before - now) > 1e-10;
}

const moved = () => {
  stop();
  exact = weights();
  costs = [];
  refresh();
};
const sliders = data.names.map((name, k) => slider(name, -2, 2, 0.01, data.start[k], moved));
const rate = slider("learning rate", 0.01, 1, 0.01, 0.3, () => {});
button("Step", descend);
const stop = runner(descend);
const back = (start) => () => {
  stop();
  exact = [...start];
  sliders.forEach((each, k) => (each.value = exact[k]));
  costs = [];
  refresh();
};
button("Start again", back(data.start));
button("Exact weights", back([1, -1, 0, 0, 1, 1, 0]));
refresh();
document.documentElement.dataset.ready = "";
