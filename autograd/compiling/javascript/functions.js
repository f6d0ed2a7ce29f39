// Primitives under the names that programs call them by.
const { abs, floor, ceil, trunc, sqrt, cbrt, hypot, exp, expm1, log, log1p, log2, log10 } = Math;
const { sin, cos, tan, asin, acos, atan, atan2, sinh, cosh, tanh, asinh, acosh, atanh } = Math;
const isnan = Number.isNaN;
const isfinite = Number.isFinite;
const isinf = (x) => abs(x) === Infinity;
const signbit = (x) => x < 0 || Object.is(x, -0);
const copysign = (x, y) => (signbit(y) ? -abs(x) : abs(x));
const fmod = (x, y) => x % y;
const exp2 = (x) => 2 ** x;
// C's power of 1, and of -1 to an infinity, is 1, where that of JavaScript is nan
const pow = (x, y) => (x === 1 || (x === -1 && isinf(y)) ? 1 : x ** y);
const EVEN = 2 ** 52; // from here on all numbers are integers; below, a sum with it rounds to one
const rint = (x) => (abs(x) < EVEN ? copysign(abs(x) + EVEN - EVEN, x) : x);
