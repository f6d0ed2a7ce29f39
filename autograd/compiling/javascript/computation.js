// A graph that is computed anew from other inputs: values, contributions, gradients, guards.
class Computation {
  constructor(graph) {
    // Nodes are [slot, size], and of an operation [..., parents, edge, operations]; these are of
    // numbers: [value, slopes, places, targets], functions, slots and where shares go. A number from
    // others alone is [parents, value, slopes].
    Object.assign(this, graph, { nodes: [] });
    let [slot, next] = [0, 0];
    for (const node of graph.nodes) {
      const [parents, value, slopes] = node;
      const operation = () => [value, slopes, [slot, ...parents.map((k) => this.nodes[k][0])], parents.map((_, k) => ~(next + k))];
      const whole = Array.isArray(parents) ? [slot, 1, parents, next, [operation()]] : node;
      this.nodes.push(whole);
      slot += whole[1];
      for (const k of whole[2] ?? []) next += this.nodes[k][1];
    }
    const { size, edges } = graph;
    this.values = new Float64Array(size);
    this.sums = new Float64Array(size + edges); // adjoints of slots, then shares of edges
    this.reached = new Uint8Array(size + edges);
    for (const name of ["partials", "before", "after"]) this[name] = new Float64Array(edges);
    const widest = this.nodes.flatMap((node) => (node[4] ?? []).map((op) => op[3]?.length ?? 0));
    this.slopes = new Float64Array(Math.max(0, ...widest));
    this.flats = new Float64Array(this.slopes.length);
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
    return this.sums.subarray(first, first + size);
  }

  // What the k-th parent of a node got from it: a share, and its gradient before and after that;
  // of numbers also the partial derivative that the adjoint was multiplied by.
  contribution(i, k) {
    const [, , parents, edge] = this.nodes[i];
    let first = edge;
    for (let j = 0; j < k; j++) first += this.nodes[parents[j]][1];
    const last = first + this.nodes[parents[k]][1];
    const [before, after] = [this.before.subarray(first, last), this.after.subarray(first, last)];
    const share = this.sums.subarray(this.size + first, this.size + last);
    return { partial: this.isArray[i] ? null : this.partials[first], share, before, after };
  }

  // Change one number of an input.
  set(i, x, element = 0) {
    this.values[this.nodes[i][0] + element] = x;
  }

  // Compute all values. Returns null, or what has come out otherwise than when the graph was drawn:
  // { guard: k }, one inside a node with it, or { node: i } where that takes a way that was not met.
  forward() {
    for (let i = 0; i < this.nodes.length; i++) if (!this.compute(i)) return { node: i };
    for (let k = 0; k < this.guards.length; k++) {
      if (this.holds(k) === this.guards[k][3]) continue;
      const node = this.guards[k][4];
      return node < 0 ? { guard: k } : { guard: k, node };
    }
    return null;
  }

  compute(i) {
    for (const operation of this.nodes[i][4] ?? []) {
      if (operation.ranks) {
        if (!this.sort(operation)) return false;
        continue;
      }
      const [kernel, , places] = this.arranged(operation);
      if (!this.run(kernel, places)) return false;
    }
    return true;
  }

  // An operation with its operands as its functions take them: some want the largest first, or
  // the smallest, and then that of an index.
  arranged(operation) {
    if (operation.length < 5) return operation;
    const [kernels, slopes, [own, ...operands], targets, index, isLargest] = operation;
    const { values } = this;
    let first = 0;
    for (let k = 1; k < operands.length; k++) {
      const [x, y] = [values[operands[k]], values[operands[first]]];
      if (isLargest ? x > y : x < y) first = k;
    }
    const found = new Set([first, ...(index < 0 ? [] : [index]), ...operands.keys()]);
    const order = [...found];
    const which = index < 0 || index === first ? 0 : 1;
    const places = [own, ...order.map((k) => operands[k])];
    return [kernels[which], slopes[which], places, order.map((k) => targets[k])];
  }

  // The indices of a row in the order of its numbers, nan last; equal ones keep their order.
  inOrder({ of, falls }) {
    const xs = of.map((slot) => this.values[slot]);
    const after = (x, y) => (isnan(x) || isnan(y) ? isnan(x) - isnan(y) : falls ? y - x || 0 : x - y || 0);
    return [...of.keys()].sort((j, k) => after(xs[j], xs[k]));
  }

  // Write the numbers at some ranks; false where the ranks are those of another number of nan.
  sort(row) {
    const { of, to, ranks, nans } = row;
    const order = this.inOrder(row);
    to.forEach((slot, k) => (this.values[slot] = this.values[of[order[ranks[k]]]]));
    return of.filter((slot) => isnan(this.values[slot])).length === nans;
  }

  run(kernel, places) {
    for (const variant of this.kernels[kernel]) if (!variant(this, places)) return true;
    return false;
  }

  // A comparison: its words, the numbers on both sides, and whether it holds as it did.
  guard(k) {
    const [op, left, right, expected] = this.guards[k];
    const sides = [this.values[left], this.values[right]];
    const of = [left, right].map((slot) => this.element(slot));
    return { op, sides, of, expected, holds: this.holds(k) === expected };
  }

  // The node that has a slot, and the place of its number there; null of a constant.
  element(slot) {
    const node = this.nodes.findIndex(([first, size]) => first <= slot && slot < first + size);
    return node < 0 ? null : [node, slot - this.nodes[node][0]];
  }

  holds(k) {
    const [op, left, right] = this.guards[k];
    return COMPARISONS[op](this.values[left], this.values[right]);
  }

  // Compute all contributions and gradients, after `forward`.
  backward() {
    const { sums, reached, size } = this;
    sums.fill(0);
    sums.fill(-0, size); // so that the first share is what it is
    reached.fill(0);
    const [first, count] = this.nodes[this.root];
    sums.fill(1, first, first + count);
    reached.fill(1, first, first + count);
    for (const i of this.order) {
      const [, , parents, edge, operations] = this.nodes[i];
      for (let k = operations.length - 1; k >= 0; k--) this.pull(operations[k], i);
      if (!operations.length && !this.isArray[i]) this.keep(i);
      let e = edge;
      for (const parent of parents) {
        const [start, count] = this.nodes[parent];
        for (let m = start; m < start + count; m++, e++) {
          if (!reached[size + e]) sums[size + e] = 0;
          this.before[e] = sums[m];
          sums[m] += sums[size + e];
          this.after[e] = sums[m];
          reached[m] |= reached[size + e];
        }
      }
    }
  }

  // Give the operands of an operation their shares. What was not chosen gives nothing, and so does
  // what has none to give, not even 0 * inf.
  pull(operation, i) {
    const { sums, reached, slopes, flats, size } = this;
    if (operation.ranks) {
      const order = this.inOrder(operation);
      operation.to.forEach((own, k) => {
        const target = size + ~operation.targets[order[operation.ranks[k]]];
        if (reached[own]) sums[target] += sums[own];
        reached[target] |= reached[own];
      });
      return;
    }
    const [, kernel, places, targets] = this.arranged(operation);
    this.run(kernel, places);
    const own = places[0];
    for (let k = 0; k < targets.length; k++) {
      if (targets[k] === null) continue;
      const target = targets[k] < 0 ? size + ~targets[k] : targets[k];
      if (!this.isArray[i]) this.partials[~targets[k]] = slopes[k];
      if (!reached[own] || (flats[k] && slopes[k] === 0)) continue;
      sums[target] += sums[own] * slopes[k];
      reached[target] = 1;
    }
  }

  // Give the operands of a number that stays as it is their shares, by the partials it has.
  keep(i) {
    const [own, , parents, edge] = this.nodes[i];
    for (let e = edge; e < edge + parents.length && this.reached[own]; e++) {
      this.sums[this.size + e] = this.sums[own] * this.partials[e];
      this.reached[this.size + e] = 1;
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
    this.known = this.known ?? []; // by node
    if (!this.known[i]) {
      const found = new Set([i]);
      for (let j = i + 1; j < this.nodes.length; j++)
        if (this.nodes[j][2]?.some((parent) => found.has(parent))) found.add(j);
      found.delete(i);
      this.known[i] = [...found];
    }
    return this.known[i];
  }

  // The derivative by one number of a node, by differences alone: those of three steps, extrapolated
  // twice, and how far one of two steps and the rounding of the sum may be from that.
  difference(i, element = 0) {
    const x = this.values[this.nodes[i][0] + element];
    const step = 2 ** -9 * Math.max(2 ** floor(log2(abs(x) || 1)), 2 ** -20);
    const at = (k) => this.total(i, x + k * step, element);
    const [one, two, four] = [1, 2, 4].map((k) => (at(k) - at(-k)) / (2 * k * step));
    const [near, far] = [one + (one - two) / 3, two + (two - four) / 3];
    const numeric = near + (near - far) / 15;
    return { numeric, bound: abs(near - numeric) + (2 ** -49 * abs(at(0))) / step };
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
