"""Functions of scipy.special, whose derivatives are in its tables and handbooks."""

from __future__ import annotations

import math
from math import exp, log, pi, sqrt
from typing import Any

import mpmath
import numpy as np
from scipy import special as sp
from scipy import stats

from benchmarks.check_plain_making import between, normal, plain, sized

# A table reads best with its lines kept.
# fmt: off

F = "scipy.special"
D = "scipy.stats"

plain(F, "sp.gamma", sp.gamma, lambda x: [sp.gamma(x) * sp.digamma(x)], between(0.1, 20.0), 0.001, -1.5, 4.0, exact=mpmath.gamma)
plain(F, "sp.gammaln", sp.gammaln, lambda x: [sp.digamma(x)], sized(-3, 5), 1.4616, exact=mpmath.loggamma)
plain(F, "sp.rgamma", sp.rgamma, lambda x: [-sp.rgamma(x) * sp.digamma(x)], between(0.1, 12.0), 2.0, exact=mpmath.rgamma)
plain(F, "sp.digamma", sp.digamma, lambda x: [sp.polygamma(1, x)], sized(-3, 4), 1.4616321449683622, exact=mpmath.digamma)
plain(F, "sp.zeta of Hurwitz at 2", lambda x: sp.zeta(2.0, x), lambda x: [-2.0 * sp.zeta(3.0, x)], between(0.2, 20.0), 1.0, exact=lambda x: mpmath.zeta(2, x))
plain(F, "sp.betaln", sp.betaln, lambda a, b: [(sp.digamma(a) - sp.digamma(a + b), sp.digamma(b) - sp.digamma(a + b))], between(0.1, 10.0, 2), (0.5, 0.5), exact=lambda a, b: mpmath.log(mpmath.beta(a, b)))
plain(F, "sp.gammainc of 2.5", lambda x: sp.gammainc(2.5, x), lambda x: [exp(-x) * x**1.5 / sp.gamma(2.5)], between(0.01, 15.0), 2.5, 1e-4, exact=lambda x: mpmath.gammainc(2.5, 0, x, regularized=True))
plain(F, "sp.gammaincc of 3", lambda x: sp.gammaincc(3.0, x), lambda x: [-exp(-x) * x * x / 2.0], between(0.01, 30.0), 3.0, exact=lambda x: mpmath.gammainc(3, x, mpmath.inf, regularized=True))
plain(F, "sp.gammaincinv of 2", lambda p: sp.gammaincinv(2.0, p), lambda p: [exp(sp.gammaincinv(2.0, p)) / sp.gammaincinv(2.0, p)], between(0.02, 0.98), 0.5, exact=lambda p: mpmath.findroot(lambda x: mpmath.gammainc(2, 0, x, regularized=True) - p, sp.gammaincinv(2.0, float(p))))
plain(F, "sp.betainc of 2, 3.5", lambda x: sp.betainc(2.0, 3.5, x), lambda x: [x * (1.0 - x) ** 2.5 / sp.beta(2.0, 3.5)], between(0.01, 0.99), 0.999, exact=lambda x: mpmath.betainc(2, 3.5, 0, x, regularized=True))
plain(F, "sp.erf", sp.erf, lambda x: [2.0 * exp(-x * x) / sqrt(pi)], normal(1.5), 0.0, 4.0, exact=mpmath.erf)
plain(F, "sp.erfcx", sp.erfcx, lambda x: [2.0 * x * sp.erfcx(x) - 2.0 / sqrt(pi)], between(-3.0, 5.0), 0.5, exact=lambda x: mpmath.exp(x * x) * mpmath.erfc(x))
plain(F, "sp.erfinv", sp.erfinv, lambda x: [0.5 * sqrt(pi) * exp(sp.erfinv(x) ** 2)], between(-0.99, 0.99), 0.999999, 0.0, exact=mpmath.erfinv)
plain(F, "sp.dawsn", sp.dawsn, lambda x: [1.0, -2.0 * x * sp.dawsn(x)], normal(2.0), 0.5, exact=lambda x: mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(-x * x) * mpmath.erfi(x))
plain(F, "sp.ndtr", sp.ndtr, lambda x: [exp(-0.5 * x * x) / sqrt(2.0 * pi)], normal(2.0), -8.0, 0.0, exact=mpmath.ncdf)
plain(F, "sp.log_ndtr", sp.log_ndtr, lambda x: [exp(-0.5 * x * x - 0.5 * log(2.0 * pi) - sp.log_ndtr(x))], between(-20.0, 3.0), -1.0, exact=lambda x: mpmath.log(mpmath.ncdf(x)))
plain(F, "sp.ndtri", sp.ndtri, lambda p: [sqrt(2.0 * pi) * exp(0.5 * sp.ndtri(p) ** 2)], between(0.001, 0.999), 1e-6, 0.5, exact=lambda p: mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1))
plain(F, "sp.j0", sp.j0, lambda x: [-sp.j1(x)], between(-20.0, 20.0), 2.4048, 100.0, exact=lambda x: mpmath.besselj(0, x))
plain(F, "sp.j1", sp.j1, lambda x: [sp.j0(x), -sp.j1(x) / x], between(0.1, 20.0), 1.0, exact=lambda x: mpmath.besselj(1, x))
plain(F, "sp.jv of 2.5", lambda x: sp.jv(2.5, x), lambda x: [0.5 * sp.jv(1.5, x), -0.5 * sp.jv(3.5, x)], between(0.5, 20.0), 3.0, exact=lambda x: mpmath.besselj(2.5, x))
plain(F, "sp.y0", sp.y0, lambda x: [-sp.y1(x)], sized(-3, 1.3), 0.8936, exact=lambda x: mpmath.bessely(0, x))
plain(F, "sp.i0", sp.i0, lambda x: [sp.i1(x)], normal(3.0), 20.0, exact=lambda x: mpmath.besseli(0, x))
plain(F, "sp.i0e", sp.i0e, lambda x: [sp.i1e(x), -sp.i0e(x)], between(0.1, 30.0), 1.0, exact=lambda x: mpmath.exp(-x) * mpmath.besseli(0, x))
plain(F, "sp.k0", sp.k0, lambda x: [-sp.k1(x)], sized(-3, 1.5), 1.0, exact=lambda x: mpmath.besselk(0, x))
plain(F, "sp.airy", lambda x: sp.airy(x)[0], lambda x: [sp.airy(x)[1]], between(-10.0, 5.0), 0.0, exact=mpmath.airyai)
plain(F, "sp.ellipk", sp.ellipk, lambda m: [sp.ellipe(m) / (2.0 * m * (1.0 - m)), -sp.ellipk(m) / (2.0 * m)], between(0.1, 0.99), 0.5, 0.9999, exact=mpmath.ellipk)
plain(F, "sp.ellipe", sp.ellipe, lambda m: [(sp.ellipe(m) - sp.ellipk(m)) / (2.0 * m)], between(0.1, 0.99), 0.5, exact=mpmath.ellipe)
plain(F, "sp.expi", sp.expi, lambda x: [exp(x) / x], between(0.1, 10.0), 0.3725, exact=mpmath.ei)
plain(F, "sp.exp1", sp.exp1, lambda x: [-exp(-x) / x], sized(-4, 1), 1.0, exact=mpmath.e1)
plain(F, "sp.sici", lambda x: sp.sici(x)[0], lambda x: [math.sin(x) / x], between(0.1, 30.0), 3.0, exact=mpmath.si)
plain(F, "sp.fresnel", lambda x: sp.fresnel(x)[0], lambda x: [math.sin(0.5 * pi * x * x)], between(-4.0, 4.0), 1.0, exact=mpmath.fresnels)
plain(F, "sp.lambertw", lambda x: sp.lambertw(x).real, lambda x: [sp.lambertw(x).real / (x * (1.0 + sp.lambertw(x).real))], sized(-2, 3), 1.0, -0.3678, exact=lambda x: mpmath.lambertw(x).real)
plain(F, "sp.spence", sp.spence, lambda x: [log(x) / (1.0 - x)], sized(-2, 1), 0.5, exact=lambda x: mpmath.polylog(2, 1 - x).real)
plain(F, "sp.logit", sp.logit, lambda p: [1.0 / (p * (1.0 - p))], between(0.001, 0.999), 1e-6, 0.5, exact=lambda p: mpmath.log(p / (1 - p)))
plain(F, "sp.expit", sp.expit, lambda x: [sp.expit(x) * sp.expit(-x)], normal(5.0), 0.0, -40.0, exact=lambda x: 1 / (1 + mpmath.exp(-x)))
plain(F, "sp.xlogy", sp.xlogy, lambda x, y: [(log(y), x / y)], between(0.1, 5.0, 2), (2.0, 3.0), exact=lambda x, y: x * mpmath.log(y))
plain(F, "sp.eval_legendre of 7", lambda x: sp.eval_legendre(7, x), lambda x: [7.0 * (x * sp.eval_legendre(7, x) - sp.eval_legendre(6, x)) / (x * x - 1.0)], between(-0.95, 0.95), 0.0, exact=lambda x: mpmath.legendre(7, x))
plain(F, "sp.eval_chebyt of 9", lambda x: sp.eval_chebyt(9, x), lambda x: [9.0 * sp.eval_chebyu(8, x)], between(-1.0, 1.0), 1.0, exact=lambda x: mpmath.chebyt(9, x))
plain(F, "sp.eval_hermite of 5", lambda x: sp.eval_hermite(5, x), lambda x: [10.0 * sp.eval_hermite(4, x)], normal(2.0), 1.0, exact=lambda x: mpmath.hermite(5, x))
plain(F, "sp.hyp2f1", lambda x: sp.hyp2f1(0.5, 1.5, 2.5, x), lambda x: [0.3 * sp.hyp2f1(1.5, 2.5, 3.5, x)], between(-0.9, 0.9), 0.5, exact=lambda x: mpmath.hyp2f1(0.5, 1.5, 2.5, x))
plain(F, "sp.hyp1f1", lambda x: sp.hyp1f1(1.5, 2.5, x), lambda x: [0.6 * sp.hyp1f1(2.5, 3.5, x)], between(-5.0, 5.0), 1.0, exact=lambda x: mpmath.hyp1f1(1.5, 2.5, x))
plain(F, "sp.struve of 0", lambda x: sp.struve(0, x), lambda x: [2.0 / pi, -sp.struve(1, x)], between(0.2, 15.0), 2.0, exact=lambda x: mpmath.struveh(0, x))
plain(F, "np.sinc", lambda x: float(np.sinc(x)), lambda x: [math.cos(pi * x) / x, -math.sin(pi * x) / (pi * x * x)], between(0.2, 5.0), 0.5, exact=lambda x: mpmath.sin(mpmath.pi * x) / (mpmath.pi * x))
plain(F, "sp.boxcox of 0.3", lambda x: sp.boxcox(x, 0.3), lambda x: [x**-0.7], sized(-2, 2), 1.0, exact=lambda x: (x ** mpmath.mpf(0.3) - 1) / mpmath.mpf(0.3))
plain(F, "sp.kl_div", sp.kl_div, lambda x, y: [(log(x / y), 1.0 - x / y)], between(0.2, 3.0, 2), (1.0, 2.0), exact=lambda x, y: x * mpmath.log(x / y) - x + y)
plain(F, "sp.pseudo_huber", lambda r: sp.pseudo_huber(1.5, r), lambda r: [r / sqrt(1.0 + (r / 1.5) ** 2)], normal(3.0), 0.0, exact=lambda r: mpmath.mpf(2.25) * (mpmath.sqrt(1 + (r / 1.5) ** 2) - 1))

plain(D, "stats.norm.cdf", lambda x: float(stats.norm.cdf(x, 1.0, 2.0)), lambda x: [exp(-0.125 * (x - 1.0) ** 2) / sqrt(8.0 * pi)], normal(3.0), 1.0, exact=lambda x: mpmath.ncdf(x, 1, 2))
plain(D, "stats.gamma.pdf", lambda x: float(stats.gamma.pdf(x, 2.5)), lambda x: [1.5 * sqrt(x) * exp(-x) / sp.gamma(2.5), -(x**1.5) * exp(-x) / sp.gamma(2.5)], between(0.05, 10.0), 1.5, 1.0, exact=lambda x: x**1.5 * mpmath.exp(-x) / mpmath.gamma(2.5))
plain(D, "stats.t.logpdf of the degrees", lambda v: float(stats.t.logpdf(1.3, v)), lambda v: _student(v), between(1.0, 30.0), 4.0, exact=lambda v: mpmath.loggamma((v + 1) / 2) - mpmath.loggamma(v / 2) - mpmath.log(mpmath.pi * v) / 2 - (v + 1) / 2 * mpmath.log1p(mpmath.mpf(1.3) ** 2 / v))
plain(D, "stats.expon.sf", lambda x: float(stats.expon.sf(x, scale=2.0)), lambda x: [-0.5 * exp(-0.5 * x)], between(0.1, 20.0), 1.0, exact=lambda x: mpmath.exp(-x / 2))
plain(D, "stats.norm.ppf", lambda p: float(stats.norm.ppf(p)), lambda p: [sqrt(2.0 * pi) * exp(0.5 * sp.ndtri(p) ** 2)], between(0.01, 0.99), 0.975, exact=lambda p: mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1))


def _student(v: float) -> list[Any]:
    q = 1.3**2
    return [0.5 * sp.digamma((v + 1.0) / 2.0), -0.5 * sp.digamma(v / 2.0), -0.5 / v, -0.5 * math.log1p(q / v), 0.5 * (v + 1.0) * q / (v * v * (1.0 + q / v))]
