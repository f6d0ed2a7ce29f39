// What boxes have of the nodes in them: one node each, or several where the graph is folded

/** Lists of the steps of the backward pass along each link: the nodes that give, and to which parent. */
const links = nodes.map(({ edges }) => edges.map(() => []));
/** The nodes of each box that others use, and the root: their numbers are those of the box. */
const results = nodes.map(() => []);
sortOut();

function sortOut() {
  const last = inner.length - 1;
  const isUsed = inner.map((_, i) => i === last);
  const linked = inner.map(({ box, parents }) => {
    const met = new Map(); // how often a node has had each other as a parent
    return parents.map((parent) => {
      const source = inner[parent].box;
      if (source === box && data.inner) return null;
      isUsed[parent] = true;
      const found = nodes[box].edges.flatMap(([from], k) => (from === source ? [k] : []));
      const times = met.get(parent) ?? 0;
      met.set(parent, times + 1);
      return found[Math.min(times, found.length - 1)];
    });
  });
  inner.forEach(({ box }, i) => isUsed[i] && results[box].push(i));
  for (const i of computation?.order ?? [])
    linked[i].forEach((k, place) => k !== null && links[inner[i].box][k].push([i, place]));
}

const sizes = results.map((own) => own.map((i) => (inner[i].shape ?? []).reduce((size, n) => size * n, 1)));
const shapes = results.map((own, k) => (own.length === 1 ? inner[own[0]].shape : [sizes[k].reduce((sum, n) => sum + n, 0)]));
const joined = (parts) => (parts.length === 1 ? parts[0] : Float64Array.from(parts.flatMap((xs) => [...xs])));
const valueOf = (k) => joined(results[k].map((i) => computation.value(i)));
const gradientOf = (k) => joined(results[k].map((i) => computation.gradient(i)));

/** The gradient by the box of the root when the backward pass starts. */
const seedOf = (k) => joined(results[k].map((i, j) => (i === inner.length - 1 ? computation.gradient(i).slice() : new Float64Array(sizes[k][j]))));

/** What a box gives along a link, as `computation` has it of a node; `sums` are those so far. */
function contributionOf(k, place, sums) {
  const [source] = nodes[k].edges[place];
  const given = links[k][place];
  if (!data.inner) return computation.contribution(...given[0]);
  const before = sums[source] ?? new Float64Array(sizes[source].reduce((sum, n) => sum + n, 0));
  const share = new Float64Array(before.length);
  let partial = null;
  for (const [i, of] of given) {
    const found = computation.contribution(i, of);
    const at = results[source].indexOf(inner[i].parents[of]);
    const start = sizes[source].slice(0, at).reduce((sum, n) => sum + n, 0);
    found.share.forEach((x, j) => (share[start + j] += x));
    partial = found.partial;
  }
  return { partial, share, before, after: before.map((x, j) => x + share[j]) };
}
