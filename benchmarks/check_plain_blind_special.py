"""Held out: functions of scipy.special and distributions of scipy.stats."""

from __future__ import annotations

import math
from math import cos, exp, log, log1p, pi, sin, sinh, sqrt
from typing import Any

import mpmath
from scipy import special as sp
from scipy import stats

from benchmarks.check_plain_making import between, normal, sized
from benchmarks.check_plain_making import held_out as plain

# A table reads best with its lines kept.
# fmt: off

F = "scipy.special"
D = "scipy.stats"
m = mpmath
mpf = mpmath.mpf


def _voigt_slope(x: float) -> float:
    """Of width 1 and 0.5, by w' = -2 z w + 2i / sqrt(pi)."""
    z = complex(x, 0.5) / sqrt(2.0)
    return float((-2.0 * z * sp.wofz(z) + 2j / sqrt(pi)).real) / (2.0 * sqrt(pi))


def _voigt_exact(x: Any) -> Any:
    z = m.mpc(x, 0.5) / m.sqrt(2)
    return (m.exp(-z * z) * m.erfc(m.mpc(0, -1) * z)).real / m.sqrt(2 * m.pi)


def _sn(u: float) -> tuple[Any, ...]:
    return tuple(map(float, sp.ellipj(u, 0.4)[:3]))


def _student_density(t: float, v: float) -> float:
    return float(exp(sp.gammaln(0.5 * v + 0.5) - sp.gammaln(0.5 * v)) / sqrt(v * pi) * (1.0 + t * t / v) ** (-0.5 * v - 0.5))


plain(F, "sp.erfi", sp.erfi, lambda x: [2.0 / sqrt(pi) * exp(x * x)], normal(1.0), exact=m.erfi)
plain(F, "sp.erfcinv", sp.erfcinv, lambda x: [-0.5 * sqrt(pi) * exp(sp.erfcinv(x) ** 2)], between(0.01, 1.99), exact=lambda x: m.erfinv(1 - x))
plain(F, "sp.voigt_profile", lambda x: float(sp.voigt_profile(x, 1.0, 0.5)), lambda x: [_voigt_slope(x)], normal(2.0), exact=_voigt_exact)
plain(F, "sp.y1", sp.y1, lambda x: [sp.y0(x), -sp.y1(x) / x], sized(-2, 1.3), exact=lambda x: m.bessely(1, x))
plain(F, "sp.kv of 0.75", lambda x: sp.kv(0.75, x), lambda x: [-0.5 * sp.kv(-0.25, x), -0.5 * sp.kv(1.75, x)], sized(-2, 1.3), exact=lambda x: m.besselk(0.75, x))
plain(F, "sp.iv of 1.5", lambda x: sp.iv(1.5, x), lambda x: [0.5 * sp.iv(0.5, x), 0.5 * sp.iv(2.5, x)], between(0.1, 12.0), exact=lambda x: m.besseli(1.5, x))
plain(F, "sp.i1e", sp.i1e, lambda x: [sp.i0e(x), -sp.i1e(x) / x, -sp.i1e(x)], between(0.2, 30.0), exact=lambda x: m.exp(-x) * m.besseli(1, x))
plain(F, "sp.spherical_jn of 2", lambda x: float(sp.spherical_jn(2, x)), lambda x: [float(sp.spherical_jn(1, x)), -3.0 / x * float(sp.spherical_jn(2, x))], between(0.5, 20.0), exact=lambda x: m.sqrt(m.pi / (2 * x)) * m.besselj(2.5, x))
plain(F, "sp.airy, the second", lambda x: sp.airy(x)[2], lambda x: [sp.airy(x)[3]], between(-8.0, 2.0), exact=m.airybi)
plain(F, "sp.ellipkinc of 0.6", lambda x: sp.ellipkinc(x, 0.6), lambda x: [1.0 / sqrt(1.0 - 0.6 * sin(x) ** 2)], between(-1.5, 1.5), exact=lambda x: m.ellipf(x, 0.6))
plain(F, "sp.ellipeinc of 0.9", lambda x: sp.ellipeinc(x, 0.9), lambda x: [sqrt(1.0 - 0.9 * sin(x) ** 2)], between(-1.5, 1.5), exact=lambda x: m.ellipe(x, 0.9))
plain(F, "sp.ellipj of 0.4", lambda x: _sn(x)[0], lambda x: [_sn(x)[1] * _sn(x)[2]], normal(2.0), exact=lambda x: m.ellipfun("sn", x, m=0.4).real)
plain(F, "sp.sici, the cosine's", lambda x: sp.sici(x)[1], lambda x: [cos(x) / x], sized(-2, 1.3), exact=m.ci)
plain(F, "sp.shichi", lambda x: sp.shichi(x)[0], lambda x: [sinh(x) / x], between(0.1, 10.0), exact=m.shi)
plain(F, "sp.fresnel, the cosine's", lambda x: sp.fresnel(x)[1], lambda x: [cos(0.5 * pi * x * x)], between(-4.0, 4.0), exact=m.fresnelc)
plain(F, "sp.zeta", sp.zeta, lambda x: [float(m.zeta(x, 1, 1))], between(1.2, 8.0), exact=m.zeta)
plain(F, "sp.polygamma of 1", lambda x: float(sp.polygamma(1, x)), lambda x: [float(sp.polygamma(2, x))], sized(-2, 2), exact=lambda x: m.psi(1, x))
plain(F, "sp.beta", sp.beta, lambda a, b: [(sp.beta(a, b) * sp.digamma(a), sp.beta(a, b) * sp.digamma(b)), (-sp.beta(a, b) * sp.digamma(a + b), -sp.beta(a, b) * sp.digamma(a + b))], between(0.2, 5.0, 2), exact=m.beta)
plain(F, "sp.binom of 3", lambda x: sp.binom(x, 3.0), lambda x: [0.5 * x * x, -x, 1.0 / 3.0], between(3.5, 20.0), exact=lambda x: x * (x - 1) * (x - 2) / 6)
plain(F, "sp.poch of 2.5", lambda x: sp.poch(x, 2.5), lambda x: [sp.poch(x, 2.5) * sp.digamma(x + 2.5), -sp.poch(x, 2.5) * sp.digamma(x)], between(0.2, 12.0), exact=lambda x: m.rf(x, 2.5))
plain(F, "sp.expn of 2", lambda x: sp.expn(2, x), lambda x: [-sp.expn(1, x)], sized(-2, 1), exact=lambda x: m.expint(2, x))
plain(F, "sp.stdtr of 5", lambda t: sp.stdtr(5.0, t), lambda t: [_student_density(t, 5.0)], between(0.1, 6.0), exact=lambda t: 1 - m.betainc(2.5, 0.5, 0, 5 / (5 + t * t), regularized=True) / 2)
plain(F, "sp.owens_t of 1.3", lambda a: float(sp.owens_t(1.3, a)), lambda a: [exp(-0.845 * (1.0 + a * a)) / (2.0 * pi * (1.0 + a * a))], between(-2.0, 2.0), exact=lambda a: m.quad(lambda t: m.exp(-(mpf(1.3) ** 2) / 2 * (1 + t * t)) / (1 + t * t), [0, a]) / (2 * m.pi))
plain(F, "sp.log_expit", sp.log_expit, lambda x: [sp.expit(-x)], normal(5.0), exact=lambda x: -m.log1p(m.exp(-x)))
plain(F, "sp.entr", sp.entr, lambda x: [-log(x), -1.0], sized(-4, 1), exact=lambda x: -x * m.log(x))
plain(F, "sp.rel_entr", sp.rel_entr, lambda x, y: [(log(x / y), -x / y), (1.0, 0.0)], between(0.1, 3.0, 2), exact=lambda x, y: x * m.log(x / y))
plain(F, "sp.exprel", sp.exprel, lambda x: [exp(x) / x, -math.expm1(x) / (x * x)], between(0.2, 6.0), exact=lambda x: m.expm1(x) / x)
plain(F, "sp.eval_laguerre of 6", lambda x: sp.eval_laguerre(6, x), lambda x: [-sp.eval_genlaguerre(5, 1.0, x)], between(0.0, 10.0), exact=lambda x: m.laguerre(6, 0, x))
plain(F, "sp.eval_jacobi of 4", lambda x: sp.eval_jacobi(4, 0.5, 1.5, x), lambda x: [3.5 * sp.eval_jacobi(3, 1.5, 2.5, x)], between(-0.99, 0.99), exact=lambda x: m.jacobi(4, 0.5, 1.5, x))
plain(F, "sp.hyp0f1 of 1.5", lambda x: sp.hyp0f1(1.5, x), lambda x: [sp.hyp0f1(2.5, x) / 1.5], normal(4.0), exact=lambda x: m.hyp0f1(1.5, x))
plain(F, "sp.ber", sp.ber, lambda x: [sp.berp(x)], between(0.2, 10.0), exact=lambda x: m.ber(0, x))
plain(F, "sp.wrightomega", sp.wrightomega, lambda x: [sp.wrightomega(x) / (1.0 + sp.wrightomega(x))], normal(3.0), exact=lambda x: m.lambertw(m.exp(x)).real)
plain(F, "sp.inv_boxcox of 0.3", lambda y: sp.inv_boxcox(y, 0.3), lambda y: [(0.3 * y + 1.0) ** (1.0 / 0.3 - 1.0)], between(-2.0, 6.0), exact=lambda y: (mpf(0.3) * y + 1) ** (1 / mpf(0.3)))
plain(F, "sp.xlog1py", sp.xlog1py, lambda x, y: [(log1p(y), x / (1.0 + y))], between(0.1, 5.0, 2), exact=lambda x, y: x * m.log1p(y))
plain(F, "sp.multigammaln of 3", lambda a: float(sp.multigammaln(a, 3)), lambda a: [sp.digamma(a), sp.digamma(a - 0.5), sp.digamma(a - 1.0)], between(1.2, 20.0), exact=lambda a: m.log(m.pi) * 1.5 + m.loggamma(a) + m.loggamma(a - 0.5) + m.loggamma(a - 1))

plain(D, "stats.beta.pdf", lambda x: float(stats.beta.pdf(x, 2.5, 4.0)), lambda x: [1.5 * x**0.5 * (1.0 - x) ** 3 / sp.beta(2.5, 4.0), -3.0 * x**1.5 * (1.0 - x) ** 2 / sp.beta(2.5, 4.0)], between(0.02, 0.98), exact=lambda x: x**1.5 * (1 - x) ** 3 / m.beta(2.5, 4))
plain(D, "stats.lognorm.cdf", lambda x: float(stats.lognorm.cdf(x, 0.6)), lambda x: [exp(-0.5 * (log(x) / 0.6) ** 2) / (0.6 * x * sqrt(2.0 * pi))], sized(-0.7, 0.7), exact=lambda x: m.ncdf(m.log(x) / mpf(0.6)))
plain(D, "stats.weibull_min.sf", lambda x: float(stats.weibull_min.sf(x, 1.7)), lambda x: [-1.7 * x**0.7 * exp(-(x**1.7))], between(0.05, 3.0), exact=lambda x: m.exp(-(x ** mpf(1.7))))
plain(D, "stats.gumbel_r.logpdf", lambda x: float(stats.gumbel_r.logpdf(x)), lambda x: [-1.0, exp(-x)], normal(2.0), exact=lambda x: -x - m.exp(-x))
plain(D, "stats.logistic.ppf", lambda p: float(stats.logistic.ppf(p)), lambda p: [1.0 / p, 1.0 / (1.0 - p)], between(0.01, 0.99), exact=lambda p: m.log(p / (1 - p)))
plain(D, "stats.chi2.cdf of 5", lambda x: float(stats.chi2.cdf(x, 5)), lambda x: [x**1.5 * exp(-0.5 * x) / (2.0**2.5 * sp.gamma(2.5))], between(0.2, 20.0), exact=lambda x: m.gammainc(2.5, 0, x / 2, regularized=True))
plain(D, "stats.cauchy.cdf", lambda x: float(stats.cauchy.cdf(x, 1.0, 0.5)), lambda x: [0.5 / (pi * (0.25 + (x - 1.0) ** 2))], normal(2.0), exact=lambda x: mpf(0.5) + m.atan(2 * (x - 1)) / m.pi)
plain(D, "stats.skewnorm.pdf", lambda x: float(stats.skewnorm.pdf(x, 3.0)), lambda x: [-2.0 * x * float(stats.norm.pdf(x)) * sp.ndtr(3.0 * x), 6.0 * float(stats.norm.pdf(x)) * float(stats.norm.pdf(3.0 * x))], normal(1.0), exact=lambda x: 2 * m.npdf(x) * m.ncdf(3 * x))
plain(D, "stats.norm.logpdf of the scale", lambda s: float(stats.norm.logpdf(1.5, 0.2, s)), lambda s: [-1.0 / s, 1.69 / s**3], sized(-0.5, 1), exact=lambda s: -m.log(s) - m.log(2 * m.pi) / 2 - (mpf(1.5) - mpf(0.2)) ** 2 / (2 * s * s))
plain(D, "stats.poisson.logpmf of the mean", lambda u: float(stats.poisson.logpmf(4, u)), lambda u: [4.0 / u, -1.0], between(0.3, 15.0), exact=lambda u: 4 * m.log(u) - u - m.log(24))
