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
// A product and what its rounding left out (Dekker, Numerische Mathematik 18, 1971)
const exactHalves = (x) => {
  const high = x * 134217729 - (x * 134217729 - x);
  return [high, x - high];
};
const exactProduct = (x, y) => {
  const [z, [a, b], [c, d]] = [x * y, exactHalves(x), exactHalves(y)];
  return [z, b * d - (z - a * c - b * c - a * d)];
};
// That of C: of 1, and of -1 to an infinity, it is 1, where that of JavaScript is nan. To large
// exponents that of engines has lost digits; there it is exp(y * log(x)), in two parts
const pow = (x, y) => {
  if (x === 1 || (x === -1 && isinf(y))) return 1;
  const rest = abs(x) - 1;
  const isRough = abs(y) > 2 ** 31 && abs(y) < 2 ** 64 && abs(rest) < 2 ** -20 && rest !== 0;
  if (!isRough || (x < 0 && !Number.isInteger(y))) return x ** y;
  const [high, low] = exactProduct(y, rest);
  const first = exp(high);
  if (first === 0 || first === Infinity) return x ** y;
  const more = low + y * (rest * rest * (rest * (1 / 3 - rest / 4) - 0.5));
  const result = first + first * expm1(more);
  return x < 0 && y % 2 !== 0 ? -result : result;
};
const EVEN = 2 ** 52; // from here on all numbers are integers; below, a sum with it rounds to one
const rint = (x) => (abs(x) < EVEN ? copysign(abs(x) + EVEN - EVEN, x) : x);

// erf(x) / x - 1 for x * x up to 1/4, by powers: interpolated at Chebyshev's nodes
const ERF_NEAR = [
  0.1283791670955126, -0.3761263890318375, 0.1128379167095487, -0.02686617064499972,
  0.0052239776220169365, -0.0008548326510724796, 0.00012055286202005714,
  -1.4923003368152099e-05, 1.637123442577e-06, -1.462091340945175e-07,
];
// (1 + 2 x) exp(x * x) erfc(x) for x from 1/2, in Chebyshev's polynomials of 1 - 8.5 / (x + 3.75):
// the form of Shepherd and Laframboise (Mathematics of Computation 36, 1981), computed by mpmath
const ERFC_FAR = [
  1.209553534186438, -0.07449995301009735, -0.01989843161011852, 0.019905393893364882,
  -0.009002331393380927, 0.002942133407309639, -0.0007508778230431329, 0.00014982479112138588,
  -2.2031234655936493e-05, 1.8855545928961662e-06, 6.060729559673998e-08,
  -4.563538388649774e-08, 5.162357979173963e-09, 3.47221966254329e-10, -1.575268436129396e-10,
  7.129201208528781e-12, 3.3790897880065413e-12, -4.440652602469761e-13, -6.43625459109831e-14,
  1.6260780477370676e-14, 1.1690084467834413e-15, -5.415558885519268e-16,
  -2.1849878520778407e-17, 1.8089668415515608e-17,
];
const powerSum = (coefficients, x) => coefficients.reduceRight((sum, c) => sum * x + c, 0);
const chebyshevSum = (coefficients, x) => {
  let [before, sum] = [0, 0];
  for (let k = coefficients.length - 1; k > 0; k--)
    [before, sum] = [sum, 2 * x * sum - before + coefficients[k]];
  return x * sum - before + coefficients[0];
};
// erfc(x) for x from 1/2; x * x is rounded, so that its exponential is that of two parts
const erfcTail = (x) => {
  const high = Math.fround(x);
  const first = exp(-high * high);
  const both = first + first * expm1((high - x) * (high + x));
  return x > 28 ? 0 : both * (chebyshevSum(ERFC_FAR, 1 - 8.5 / (x + 3.75)) / (1 + 2 * x));
};
const erf = (x) => {
  if (abs(x) < 0.5) return x + x * powerSum(ERF_NEAR, x * x);
  return isnan(x) ? x : x < 0 ? erfcTail(-x) - 1 : 1 - erfcTail(x);
};
const erfc = (x) => {
  if (x < -0.5) return 2 - erfcTail(-x);
  if (x < 0.25) return 1 - erf(x);
  return x < 0.5 ? 0.5 - (x - 0.5 + x * powerSum(ERF_NEAR, x * x)) : isnan(x) ? x : erfcTail(x);
};
