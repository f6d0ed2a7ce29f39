// Flags: what is nan, infinite, dead or vanishing, by the rules that pictures have

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
  const values = nodes.map((_, i) => most(computation.value(i)));
  const gradients = nodes.map((_, i) => (gains[i].length && !unknown.has(i) ? most(computation.gradient(i)) : 0));
  const largest = Math.min(1, Math.max(0, ...gradients.filter(Number.isFinite)));
  const cancelled = nodes.map(({ op, edges }, i) => /^(add|sub|sum|mean)$/.test(op) && values[i] < TINY * Math.max(0, ...edges.map(([source]) => values[source])));
  const settled = new Set();
  for (let i = nodes.length - 1; i >= 0; i--)
    if (settled.has(i) || nodes[i].edges.some(([source]) => cancelled[source])) nodes[i].edges.forEach(([source]) => settled.add(source));
  flagged = nodes.map(({ op, edges }, i) => {
    const own = [computation.value(i), gradients[i] === 0 ? [] : computation.gradient(i)];
    const some = (has) => own.some((xs) => xs.some(has));
    const size = gradients[i] * Math.max(values[i], 1);
    const found = [
      some(Number.isNaN) && "nan",
      some((x) => Math.abs(x) === Infinity) && "inf",
      op === "relu" && computation.value(edges[0][0]).every((x) => x <= 0) && "dead ReLU",
      size > 0 && size < TINY * largest && !settled.has(i) && "vanishing",
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
  if (!pass) return;
  const [width, dashes] = BORDERS[words[0]] ?? [1, ""];
  const border = drawn[i].querySelector("path");
  border.setAttribute("stroke-width", width);
  border.setAttribute("stroke-dasharray", dashes || "none");
}
