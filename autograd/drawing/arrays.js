// Arrays, where a graph has some: their texts, and the matrices of a step

/** An array in brackets, with all digits; of one of more than 200 numbers the ends of each axis. */
function bracketed(xs, shape) {
  const isCut = xs.length > 200;
  const write = (axis, start, count) => {
    if (axis === shape.length) return exactly(xs[start]);
    const [n, stride] = [shape[axis], count / (shape[axis] || 1)];
    const places = isCut && n > 6 ? [0, 1, 2, null, n - 3, n - 2, n - 1] : [...Array(n).keys()];
    const parts = places.map((k) => (k === null ? "..." : write(axis + 1, start + k * stride, stride)));
    return `[${parts.join(axis === shape.length - 1 ? ", " : `,\n${" ".repeat(axis + 1)}`)}]`;
  };
  return write(0, 0, xs.length);
}

/** The texts of an array: its numbers, what it is as a value or a share, and both in the picture. */
function arrayTexts(xs, shape) {
  const exact = bracketed(xs, shape);
  if (xs.length === 1) return [exact, sixDigits(xs[0]), drawnNumber(xs[0], "+"), `value ${drawnNumber(xs[0])}`];
  const of = ` (${shape.join("×")})`;
  if (!xs.length) return [exact, `zeros${of}`, "empty", ""];
  const norm = Math.sqrt(xs.reduce((sum, x) => sum + x * x, 0));
  const [low, high, mean] = [Math.min(...xs), Math.max(...xs), xs.reduce((sum, x) => sum + x, 0) / xs.length];
  const ends = (sign) => `${drawnNumber(low, sign)} … ${drawnNumber(high, sign)}`;
  return [
    exact,
    (xs.every((x) => x === 0) ? "zeros" : `norm ${sixDigits(norm)}`) + of,
    `norm ${drawnNumber(norm)}, ${ends("+")}`,
    low === high ? `all ${drawnNumber(low)}` : `mean ${drawnNumber(mean)}, ${ends("")}`,
  ];
}

const MOST_ROWS = 4;
const MOST_COLUMNS = 5;

/** The rows of an array's numbers, from its text; none of complex numbers. */
function rowsOf(exact) {
  return exact.includes("j") ? [] : (exact.match(/\[[^[\]]+\]/g) ?? []).map((row) => row.slice(1, -1).split(",").map((x) => Number(x.replace("inf", "Infinity"))));
}

/** A small array as a matrix; null for any other, and for a number. */
function matrix(n, isSlope = false) {
  const [exact] = texts(n);
  const rows = rowsOf(exact);
  const isSmall = rows.length && rows.length <= MOST_ROWS && rows[0].length <= MOST_COLUMNS;
  if (!isSmall || exact.startsWith("[[[")) return null;
  const found = make("span", { className: "matrix", role: "img", "aria-label": exact, title: exact });
  found.style.gridTemplateColumns = `repeat(${rows[0].length}, auto)`;
  found.append(...rows.flat().map((x) => {
    const text = general(x, 4).replaceAll("-", "−");
    return make("span", { className: isSlope ? signOf(text) : "" }, text);
  }));
  return found;
}

/** A formula with matrices and numbers in place of what it is of; null where all are large. */
function inMatrices(i, formula, g) {
  const { arrays = {}, value } = nodes[i];
  const operands = operandsOf(i);
  const numberOf = (name) => name === "g" ? g : name === "_z_" ? value : arrays[name] ?? operands[name.slice(1, -1)]?.value;
  let isWorked = false;
  const parts = formulas[formula].split(/\b(_(?:\d+|z)_|g|c\d+)\b/).flatMap((part, k) => {
    const n = k % 2 ? numberOf(part) : undefined;
    if (n === undefined) return [part.replace(/^\.m?T\b/, "ᵀ")];
    const isNumber = !texts(n)[0].includes("[");
    const shown = isNumber ? texts(n)[1].replace(/^−.*/, "($&)") : matrix(n);
    isWorked ||= shown !== null;
    return [shown ?? (part[0] === "_" ? (part === "_z_" ? nodes[i] : operands[part.slice(1, -1)]).term : part)];
  });
  return isWorked ? parts : null;
}

/** What the share of an operand is computed from, in matrices. */
function sharedOut(i, place, g) {
  const [source, , , rule, isShare] = nodes[i].edges[place];
  const found = rule ? inMatrices(i, rule, isShare ? g : undefined) : null;
  if (isShare) return found ? [...found, " = "] : [];
  const seed = matrix(g) ?? (texts(g)[0].includes("[") ? null : texts(g)[1]);
  if (!rule || !seed) return [];
  const parts = found ?? [derivativeOf(i, place)];
  const isSummed = String(nodes[source].shape ?? []) !== String(nodes[i].shape ?? []);
  const factor = isSum(formulas[rule]) ? ["(", ...parts, ")"] : parts;
  return [seed, " · ", ...factor, isSummed ? ", summed to its shape = " : " = "];
}

const MOST_PIXELS = [24, 32];

/** The shades of an array, or of the means of blocks of a large one: rows of classes. */
function shadesOf(xs, shape, most) {
  const columns = shape.at(-1) ?? 1;
  const rows = xs.length / columns;
  const [high, wide] = [Math.min(rows, most[0]), Math.min(columns, most[1])];
  const start = (k, most, count) => Math.floor((k * count) / most);
  const largest = (some) => some.reduce((size, x) => (Number.isFinite(x) ? Math.max(size, Math.abs(x)) : size), 0) || 1;
  const unit = largest(xs);
  const means = Array.from({ length: high * wide }, (_, k) => {
    const [row, column] = [Math.floor(k / wide), k % wide];
    let [sum, count] = [0, 0];
    for (let i = start(row, high, rows); i < start(row + 1, high, rows); i++)
      for (let j = start(column, wide, columns); j < start(column + 1, wide, columns); j++, count++) sum += xs[i * columns + j] / unit;
    return sum / count;
  });
  const top = largest(means);
  const names = means.map((x) => {
    const level = Math.ceil((Math.abs(x) / top) * 5);
    return !Number.isFinite(x) ? "bad" : level ? `${x > 0 ? "pos" : "neg"}${level}` : "none";
  });
  return Array.from({ length: high }, (_, row) => names.slice(row * wide, (row + 1) * wide));
}

/** A path for each shade, of squares of so many units from a corner. */
function squares(rows, x, y, unit) {
  const places = new Map();
  rows.forEach((row, k) => row.forEach((name, j) => places.set(name, `${places.get(name) ?? ""}M${x + j * unit},${y + k * unit}h${unit}v${unit}h-${unit}z`)));
  return [...places].map(([name, d]) => {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", name);
    path.setAttribute("d", d);
    return path;
  });
}

/** A map of an array, of a large one by the means of blocks. */
function heat(xs, shape) {
  const rows = shadesOf(xs, shape, MOST_PIXELS);
  const map = document.createElementNS(SVG, "svg");
  const about = `Map of ${shape.join("×")} numbers, ${xs.length > rows.length * rows[0].length ? "by means of blocks" : "each a square"}: orange is positive, blue negative, red no finite number`;
  for (const [name, value] of Object.entries({ class: "chainrule heatmap", viewBox: `0 0 ${rows[0].length} ${rows.length}`, width: 12 * rows[0].length, role: "img", "aria-label": about })) map.setAttribute(name, value);
  map.append(...squares(rows, 0, 0, 1));
  return map;
}

const DRAWN_PIXELS = [6, 12]; // in boxes of the picture, each of 8 units

/** Show the numbers of an array in its box, as a matrix or a map, which are empty until they are known. */
function showArray({ array, isSlope, frame }, k, n, changed) {
  const isWhole = !frame || !isSlope || n === gains[k].at(-1)?.[1];
  const isKnown = n !== undefined && isWhole && texts(n) !== UNKNOWN;
  if (frame) array.classList.toggle("hidden", !isKnown);
  else if (!isKnown) for (const text of array.children) writeNumber(text, "—", "pending");
  if (isKnown && !frame) fillArray(array, isSlope, frame, rowsOf(texts(n)[0]).flat());
  if (!frame) changed.push(...array.children);
  else if (isKnown && pass) fillArray(array, isSlope, frame, isSlope ? gradientOf(k) : valueOf(k), shapes[k]);
}

function writeNumber(text, shown, className) {
  text.textContent = shown;
  text.setAttribute("class", className);
}

/** Write numbers into a matrix, or draw them in the frame of a map. */
function fillArray(array, isSlope, frame, xs, shape) {
  if (frame) return array.replaceChildren(...squares(shadesOf(xs, shape, DRAWN_PIXELS), frame.x, frame.y, 8));
  [...array.children].forEach((text, j) => {
    const shown = general(xs[j] || (Number.isNaN(xs[j]) ? NaN : 0), 3);
    writeNumber(text, shown, !Number.isFinite(xs[j]) ? "bad" : isSlope ? signOf(shown.replace("-", "−")) : "");
  });
}

/** The array of a node, or the gradient by it, as a matrix or as a map; nothing for a number. */
function pictureOf(i, n, isSlope) {
  const shape = shapes[i];
  if (!shape || texts(n)[0][0] !== "[") return [];
  const small = matrix(n, isSlope);
  if (small) return [small];
  const isWhole = !isSlope || (n === gains[i].at(-1)?.[1] && !isUnknown[i]);
  if (!computation || !isWhole || !computed()) return [];
  const xs = isSlope ? gradientOf(i) : valueOf(i);
  return xs.length > 1 ? [heat(xs, shape)] : [];
}
