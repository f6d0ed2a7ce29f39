// A graph that is computed anew from other inputs: values, contributions, gradients, guards.
class Computation {
  constructor(graph) {
    // Nodes are [first, size], and of an operation [..., kernel, places, pullback, parents, edge].
    Object.assign(this, graph);
    const elements = graph.size;
    this.values = new Float64Array(elements);
    this.gradients = new Float64Array(elements);
    this.reached = new Uint8Array(elements);
    for (const name of ["partials", "flats", "shares", "before", "after"])
      this[name] = new Float64Array(graph.edges);
    for (const [first, numbers] of graph.numbers) this.values.set(numbers, first);
    for (const [first, numbers] of graph.kept) this.partials.set(numbers, first);
  }

  // The numbers of a node; of a Tensor in the order of its elements.
  value(i) {
    const [first, size] = this.nodes[i];
    return this.values.subarray(first, first + size);
  }

  // The derivative of the root by a node.
  gradient(i) {
    const [first, size] = this.nodes[i];
    return this.gradients.subarray(first, first + size);
  }

  // What the k-th parent of a node got from it: a share, and its gradient before and after that;
  // of numbers also the partial derivative that the adjoint was multiplied by.
  contribution(i, k) {
    const [, , , , , parents, edge] = this.nodes[i];
    let first = edge;
    for (let j = 0; j < k; j++) first += this.nodes[parents[j]][1];
    const last = first + this.nodes[parents[k]][1];
    const part = (name) => this[name].subarray(first, last);
    const partial = this.isArray[i] ? null : this.partials[first];
    return { partial, share: part("shares"), before: part("before"), after: part("after") };
  }

  // Change one number of an input.
  set(i, x, element = 0) {
    this.values[this.nodes[i][0] + element] = x;
  }

  // Compute all values. Returns null, or what has come out otherwise than when the graph was drawn:
  // { guard: k }, or { node: i } where a row of many operands takes a way that was not met.
  forward() {
    for (let i = 0; i < this.nodes.length; i++) if (!this.compute(i)) return { node: i };
    for (let k = 0; k < this.guards.length; k++) {
      if (this.holds(k) !== this.guards[k][3]) return { guard: k };
    }
    return null;
  }

  compute(i) {
    const [, , kernel, places] = this.nodes[i];
    return kernel === undefined || kernel < 0 || this.run(kernel, places, 0);
  }

  run(kernel, places, edge) {
    for (const variant of this.kernels[kernel]) if (!variant(this, places, edge)) return true;
    return false;
  }

  // A comparison: its words, the numbers on both sides, and whether it holds as it did.
  guard(k) {
    const [op, left, right, expected] = this.guards[k];
    const sides = [this.values[left], this.values[right]];
    return { op, sides, expected, holds: this.holds(k) === expected };
  }

  holds(k) {
    const [op, left, right] = this.guards[k];
    return COMPARISONS[op](this.values[left], this.values[right]);
  }

  // Compute all contributions and gradients, after `forward`.
  backward() {
    this.gradients.fill(0);
    this.reached.fill(0);
    const [first, size] = this.nodes[this.root];
    this.gradients.fill(1, first, first + size);
    this.reached.fill(1, first, first + size);
    for (const i of this.order) this.pull(i);
  }

  pull(i) {
    const [own, , , places, pullback, parents, edge] = this.nodes[i];
    if (pullback >= 0) this.run(pullback, places, edge);
    const isArray = this.isArray[i];
    let e = edge;
    for (const parent of parents) {
      const [first, size] = this.nodes[parent];
      for (let j = 0; j < size; j++, e++) {
        if (!isArray) {
          const partial = this.partials[e];
          // what was not chosen gives nothing, not even 0 * inf
          const counts = this.reached[own] && !(this.flats[e] && partial === 0);
          this.shares[e] = counts ? this.gradients[own] * partial : 0;
          if (counts) this.reached[first] = 1;
        } else this.reached[first + j] = 1;
        this.before[e] = this.gradients[first + j];
        this.gradients[first + j] += this.shares[e];
        this.after[e] = this.gradients[first + j];
      }
    }
  }

  // The sum of the root's elements with one number of a node at x; all else stays as it is.
  total(i, x, element = 0) {
    const values = this.values.slice();
    this.values[this.nodes[i][0] + element] = x;
    for (const j of this.users(i)) this.compute(j);
    const [first, size] = this.nodes[this.root];
    let sum = 0;
    for (let j = first; j < first + size; j++) sum += this.values[j];
    this.values.set(values);
    return sum;
  }

  // The nodes that were computed from a node, in order.
  users(i) {
    this.known ??= [];
    if (!this.known[i]) {
      const found = new Set([i]);
      for (let j = i + 1; j < this.nodes.length; j++)
        if (this.nodes[j][5]?.some((parent) => found.has(parent))) found.add(j);
      found.delete(i);
      this.known[i] = [...found];
    }
    return this.known[i];
  }

  // The derivative by one number of a node, by differences alone: four points, and how far those
  // of two points are from it.
  difference(i, element = 0) {
    const x = this.values[this.nodes[i][0] + element];
    const step = 2 ** -10 * Math.max(2 ** floor(log2(abs(x) || 1)), 2 ** -20);
    const at = (k) => this.total(i, x + k * step, element);
    const near = (at(1) - at(-1)) / (2 * step);
    const far = (at(2) - at(-2)) / (4 * step);
    const numeric = near + (near - far) / 3;
    return { numeric, bound: abs(near - numeric) + (2 ** -50 * abs(at(0))) / step };
  }

  // The number nearest to the present one, on the way to x, where `forward` finds something
  // otherwise; null where it finds nothing at x.
  flip(i, x, element = 0) {
    const place = this.nodes[i][0] + element;
    const start = this.values[place];
    const differs = (y) => {
      this.values[place] = y;
      return this.forward() !== null;
    };
    let [here, there] = [start, x];
    const found = differs(x);
    for (let k = 0; found && k < 64; k++) {
      const middle = here + (there - here) / 2;
      if (middle === here || middle === there) break;
      if (differs(middle)) there = middle;
      else here = middle;
    }
    this.values[place] = start;
    this.forward();
    return found ? there : null;
  }
}

const COMPARISONS = {
  lt: (x, y) => x < y,
  le: (x, y) => x <= y,
  gt: (x, y) => x > y,
  ge: (x, y) => x >= y,
  eq: (x, y) => x === y,
  ne: (x, y) => x !== y,
  isnan,
  isinf,
  isfinite,
  signbit,
};
