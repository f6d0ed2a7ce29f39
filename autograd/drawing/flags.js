// Flags: what is nan, infinite, dead or vanishing, by the rules that pictures have (origins.py has that of nan and inf)

const NONE = [];
const BORDERS = { nan: [4, ""], inf: [2, ""], "dead ReLU": [2, "5,2"], vanishing: [2, "2,3"] };
const TINY = 1e-6; // a gradient beside 1 and the largest, and what nearly equal numbers leave
const drawnFlags = cells.map(({ flags }) => (flags.length ? flags.map(([, full]) => full.slice(2)) : NONE));
let flagged = drawnFlags;
let flagPass = 0; // when they were found

const flagsOf = (i) => (flagPass === pass ? flagged[i] : NONE);

/** Find them anew, for the numbers that were computed here. */
function reflag() {
  const most = (xs) => xs.reduce((size, x) => (Math.abs(x) > size || Number.isNaN(x) ? Math.abs(x) : size), 0);
  const values = inner.map((_, i) => most(computation.value(i)));
  const gradients = inner.map((_, i) => (unknown.has(i) ? 0 : most(computation.gradient(i))));
  const largest = Math.min(1, Math.max(0, ...gradients.filter(Number.isFinite)));
  const cancelled = inner.map(({ op, parents }, i) => /^(add|sub|sum|mean)$/.test(op) && values[i] < TINY * Math.max(0, ...parents.map((parent) => values[parent])));
  const settled = new Set();
  for (let i = inner.length - 1; i >= 0; i--)
    if (settled.has(i) || inner[i].parents.some((parent) => cancelled[parent])) inner[i].parents.forEach((parent) => settled.add(parent));
  const isDead = (i) => computation.value(inner[i].parents[0]).every((x) => x <= 0);
  const isInfinite = (x) => Math.abs(x) === Infinity;
  const isFine = (i) => Number.isFinite(values[i]);
  const isNewNan = (i) => Number.isNaN(values[i]) && !inner[i].parents.some((parent) => Number.isNaN(values[parent]));
  const isNewInfinite = (i) => !isFine(i) && inner[i].op && !inner[i].infinite && inner[i].parents.every(isFine) && computation.value(i).some(isInfinite);
  const members = nodes.map(() => []);
  inner.forEach(({ box }, i) => members[box].push(i));
  flagged = members.map((some, k) => {
    const has = (arises, is) => some.some((i) => arises(i) || (gradients[i] !== 0 && computation.gradient(i).some(is)));
    const relus = some.filter((i) => inner[i].op === "relu");
    const largestOf = (sizes) => results[k].reduce((size, i) => Math.max(size, sizes[i]), 0);
    const size = largestOf(gradients) * Math.max(largestOf(values), 1);
    const found = [
      has(isNewNan, Number.isNaN) && "nan",
      has(isNewInfinite, isInfinite) && "inf",
      relus.length > 0 && relus.every(isDead) && "dead ReLU",
      size > 0 && size < TINY * largest && !results[k].every((i) => settled.has(i)) && "vanishing",
    ].filter(Boolean);
    return found.length ? found : NONE;
  });
  flagPass = pass;
}

/** Show the flags of a node: in its lines for them, and those that have none above it. */
function showFlags(i, words) {
  const { flags } = cells[i];
  for (const [text, full] of flags) text.textContent = words.includes(full.slice(2)) ? full : "";
  const rest = words.filter((word) => !flags.some(([, full]) => full.slice(2) === word));
  let above = ids.querySelector(`[data-flag="${i}"]`);
  if (rest.length && !above) {
    above = document.createElementNS(SVG, "text");
    for (const [name, value] of Object.entries({ "data-flag": i, class: "flag", x: boxes[i].x + boxes[i].width, y: boxes[i].y - 4 })) above.setAttribute(name, value);
    ids.append(above);
  }
  if (above) above.textContent = rest.map((word) => `⚠ ${word}`).join(" ");
  if (!pass && !flags.length) return; // its border is plain
  const [width, dashes] = BORDERS[words[0]] ?? [1, ""];
  const border = drawn[i].querySelector("path");
  border.setAttribute("stroke-width", width);
  border.setAttribute("stroke-dasharray", dashes || "none");
}
