const outputs = plot("Output after so many steps", [["one", "quadratic"], ["two", "cross-entropy"]]);
const slopes = plot("Slope ∂L/∂w", [["one", "quadratic"], ["two", "cross-entropy"]]);
const STEPS = 300;

function run(name) {
  let [w, b] = [weight.value, bias.value];
  const found = [];
  for (let k = 0; k <= STEPS; k++) {
    const [, dw, db] = programs.get(name)([w, b]);
    found.push([k, programs.get("output")([w, b])[0], dw]);
    [w, b] = [w - rate.value * dw, b - rate.value * db];
  }
  return found;
}

function refresh() {
  const [one, two] = [run("quadratic"), run("entropy")];
  const pick = (runs, j) => runs.map((each) => [each[0], each[j]]);
  outputs([0, STEPS], [0, 1], { one: pick(one, 1), two: pick(two, 1) });
  const high = Math.max(...[...one, ...two].map((each) => each[2]), 0.1);
  slopes([0, STEPS], [0, high], { one: pick(one, 2), two: pick(two, 2) });
  const below = (runs) => runs.findIndex((each) => each[1] < 0.5);
  const words = [one, two].map((runs) => (below(runs) < 0 ? `not within ${STEPS} steps` : `after ${below(runs)} steps`));
  $("said").textContent = `The output is below ½ with quadratic cost ${words[0]}, with cross-entropy ${words[1]}.`;
}

const weight = slider("weight at the start", -4, 6, 0.1, 2, refresh);
const bias = slider("bias at the start", -4, 6, 0.1, 2, refresh);
const rate = slider("learning rate", 0.01, 1, 0.01, 0.15, refresh);
refresh();
document.documentElement.dataset.ready = "";
