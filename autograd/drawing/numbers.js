// Numbers as Python writes them

/** Digits and exponent of a number, rounded to so many digits; a tie goes to the even one. */
function rounded(x, digits) {
  const [text, power] = Math.abs(x).toExponential(digits - 1).split("e");
  const exact = Math.abs(x).toExponential(100).split("e")[0];
  const rest = exact.slice(digits + 1 + (digits === 1));
  return /^50*$/.test(rest) && exact[digits === 1 ? 0 : digits] % 2 === 0
    ? [exact.slice(0, digits + (digits > 1)), +power]
    : [text, +power];
}

function special(x) {
  return Number.isNaN(x) ? "nan" : x < 0 ? "-inf" : "inf";
}

const signed = (x) => (x < 0 || Object.is(x, -0) ? "-" : "");

function scientific(x, digits, power) {
  return `${signed(x)}${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

/** A number with so many digits, without zeros at the end: the "g" of Python's formats. */
function general(x, digits) {
  if (!Number.isFinite(x)) return special(x);
  const [text, power] = rounded(x, digits);
  const trimmed = (s) => (s.includes(".") ? s.replace(/\.?0+$/, "") : s);
  if (power < -4 || power >= digits) return scientific(x, trimmed(text), power);
  return signed(x) + trimmed(Number(`${text}e${power}`).toFixed(Math.max(digits - 1 - power, 0)));
}

/** All the digits that a number has. */
function exactly(x) {
  if (!Number.isFinite(x)) return special(x);
  if (Object.is(x, -0)) return "-0.0";
  const [text, power] = Math.abs(x).toExponential().split("e");
  if (x !== 0 && (power < -4 || power >= 16)) return scientific(x, text, +power);
  const plain = String(x);
  return plain.includes(".") ? plain : `${plain}.0`;
}

const sixDigits = (x) => general(x, 6).replaceAll("-", "−");

/** A number as pictures have it, with a sign for those of gradients. */
function drawnNumber(x, sign = "") {
  if (x === 0) return "0";
  const plus = x < 0 || Number.isNaN(x) ? "" : sign;
  const size = Math.abs(x);
  if (!(size >= 1e-3 && size < 1e5)) return plus + general(x, 4);
  const [text, power] = rounded(x, Math.floor(Math.log10(size) + 1e-9) + 5);
  return plus + signed(x) + Number(`${text}e${power}`).toFixed(4);
}
