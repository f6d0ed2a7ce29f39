// What the page was told, with all that follows from it

const data = JSON.parse(document.getElementById("data").textContent);
const { numbers, formulas, root, of, unchecked, still, fixed } = data;
let nameless = 0;
const nodes = data.nodes.map(([told, op, value, links, formula, rest], i) => {
  const label = told === 0 ? `v${++nameless}` : told;
  const edges = links.map(([source, ...more], k) => [source, ...(typeof more[0] === "string" ? more : [`n${source}_n${i}_${k}`, ...more])]);
  return { label, term: label, id: `n${i}`, op, value, edges, formula, ...rest };
});
/** The nodes that are computed anew: those of the page, or where it is folded those in its boxes. */
const inner = unfolded();
const steps = [...nodes.map((_, i) => [0, i]), ...backwardSteps()];

function unfolded() {
  if (!data.inner) return nodes.map(({ label, op, shape, edges, infinite }, box) => ({ label, op, shape, infinite, box, id: `n${box}`, parents: edges.map(([source]) => source) }));
  let nameless = 0;
  return data.inner.map(([told, op, box, parents, shape, infinite], i) => ({ label: told === 0 ? `v${++nameless}` : told, op, shape: shape || undefined, infinite, box, id: `n${i}`, parents }));
}

function numberAt(n) {
  const x = numbers[n];
  return typeof x === "number" ? x : Number(x.replace("inf", "Infinity"));
}

/** The steps of the backward pass, with the numbers that are left out where they follow. */
function backwardSteps() {
  const [seed, ...others] = data.steps;
  const sums = new Map([[seed[1], seed[2]]]);
  const place = (x) => numbers.push(x) - 1;
  const whole = (step) => {
    if (step.length === 8) return step;
    const [i, k] = step;
    const [source, , slope] = nodes[i].edges[k];
    const [gradient, before] = [sums.get(i), sums.get(source) ?? data.zero];
    let [, , share, after] = step;
    if (share === undefined) {
      const x = numberAt(gradient) * numberAt(slope);
      share = place(x);
      const sum = numberAt(before) + x;
      after = Object.is(sum, x) ? share : place(sum);
    }
    return [2, i, k, gradient, slope, share, before, after];
  };
  return [seed, ...others.map((step) => {
    const found = whole(step);
    sums.set(nodes[found[1]].edges[found[2]][0], found[7]);
    return found;
  })];
}
