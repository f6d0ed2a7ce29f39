"""Derivatives that SciPy, scikit-learn and statsmodels compute by formulas, and what is wrong there.

Run by `make test-interop`, in the environment of the peers. What was found to be wrong is kept with
the version that it was found in: it says nothing of others.
"""

import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
import scipy
from scipy import interpolate, special, stats
from scipy.optimize import rosen, rosen_der, rosen_hess, rosen_hess_prod
from scipy.spatial.distance import pdist, squareform

from autograd.checking import gradcheck

sklearn = pytest.importorskip("sklearn", reason="scikit-learn is not here: make test-interop")
sm = pytest.importorskip("statsmodels.api", reason="statsmodels is not here: make test-interop")

import statsmodels  # noqa: E402
from sklearn._loss import loss as losses  # noqa: E402
from sklearn.gaussian_process import GaussianProcessRegressor, kernels  # noqa: E402
from sklearn.linear_model._huber import _huber_loss_and_gradient  # noqa: E402
from sklearn.linear_model._linear_loss import LinearModelLoss  # noqa: E402
from sklearn.manifold._t_sne import _joint_probabilities, _kl_divergence  # noqa: E402
from sklearn.neighbors import NeighborhoodComponentsAnalysis  # noqa: E402
from statsmodels.discrete import conditional_models, truncated_model  # noqa: E402
from statsmodels.genmod.families import links  # noqa: E402
from statsmodels.othermod.betareg import BetaModel  # noqa: E402
from statsmodels.robust import norms  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


class Case(NamedTuple):
    """A function and its point, and its derivatives as gradcheck takes them."""

    f: Callable[..., Any]
    at: Any
    given: dict[str, Any]


def number(f: Callable[[float], Any]) -> Callable[[float], float]:
    return lambda x: float(np.ravel(f(x))[0])


def of_numbers(at: float, f: Any, *derivatives: Any) -> Case:
    return Case(number(f), at, dict(zip(("jac", "hess"), map(number, derivatives))))


RNG = np.random.default_rng(0)
N = 40
X = np.column_stack([np.ones(N), RNG.normal(size=(N, 2))])
BETA = np.array([0.1, 0.2, -0.3])
GROUPS = np.repeat(np.arange(10), 4)
Y = {
    "real": X @ [1.0, 2.0, 3.0] + RNG.normal(size=N),
    "binary": (RNG.logistic(size=N) + X[:, 1] > 0).astype(float),
    "count": RNG.poisson(np.exp(X @ [0.5, 0.3, -0.2])).astype(float),
    "positive": RNG.gamma(2.0, np.exp(X @ [0.1, 0.2, 0.3])),
    "share": RNG.beta(2, 3, N),
    "class": (np.arange(N) % 3).astype(float),
}
POINTS = RNG.normal(size=(8, 5))


def of_scipy() -> Iterator[tuple[str, Case]]:
    yield (
        "rosen",
        Case(rosen, X[:5, 1], {"jac": rosen_der, "hess": rosen_hess, "hessp": rosen_hess_prod}),
    )
    for x in (0.3, 1.7, 12.5):
        for kind in "jyik":
            f, slope = getattr(special, f"{kind}v"), getattr(special, f"{kind}vp")
            yield f"{kind}v", of_numbers(x, lambda z, f=f: f(2.5, z), lambda z, g=slope: g(2.5, z))
            f = getattr(special, f"spherical_{kind}n")
            yield (
                f"spherical_{kind}n",
                of_numbers(x, lambda z, f=f: f(3, z), lambda z, f=f: f(3, z, True)),
            )
        yield (
            "airy",
            Case(lambda z: special.airy(-z)[0], x, {"jac": lambda z: -special.airy(-z)[1]}),
        )
        yield "pbdv", Case(lambda z: special.pbdv(1.5, z), x, {"jac": True})

    def harmonic(x: Any) -> Any:
        return [np.stack([y.real, y.imag]) for y in special.sph_harm_y(3, 2, *x, diff_n=2)]

    both = {"jac": lambda x: harmonic(x)[1], "hess": lambda x: harmonic(x)[2]}
    yield "sph_harm_y", Case(lambda x: harmonic(x)[0], [0.7, 1.9], both)
    knots = np.linspace(0.0, 10.0, 12)
    for kind in (
        interpolate.CubicSpline,
        interpolate.PchipInterpolator,
        interpolate.Akima1DInterpolator,
    ):
        curve = kind(knots, np.sin(knots))
        yield kind.__name__, of_numbers(4.4, curve, curve.derivative(), curve.derivative(2))
    for name in ("gamma", "beta", "t", "weibull_min", "norm", "lognorm", "invgauss"):
        law = getattr(stats, name)(
            *{"gamma": (2.3,), "beta": (2.3, 0.7), "norm": ()}.get(name, (1.4,))
        )
        yield name, of_numbers(float(law.ppf(0.3)), law.cdf, law.pdf)


def of_sklearn() -> Iterator[tuple[str, Case]]:
    for kind, target, options in (
        (losses.HalfSquaredError, "real", {}),
        (losses.AbsoluteError, "real", {}),
        (losses.PinballLoss, "real", {"quantile": 0.3}),
        (losses.HalfPoissonLoss, "count", {}),
        (losses.HalfGammaLoss, "positive", {}),
        (losses.HalfTweedieLoss, "positive", {"power": 1.5}),
        (losses.HalfBinomialLoss, "binary", {}),
        (losses.ExponentialLoss, "binary", {}),
    ):
        loss, y = kind(**options), Y[target][:6]
        yield (
            kind.__name__,
            Case(
                lambda r, a=(loss, y): a[0].loss(y_true=a[1], raw_prediction=r),
                X[:6, 1].copy(),
                {
                    "vjp": lambda r, seed, a=(loss, y): (
                        seed * a[0].gradient(y_true=a[1], raw_prediction=r)
                    )
                },
            ),
        )
    for kind, target, options in (
        (losses.HalfSquaredError, "real", {}),
        (losses.HalfPoissonLoss, "count", {}),
        (losses.HalfBinomialLoss, "binary", {}),
        (losses.HalfMultinomialLoss, "class", {"n_classes": 3}),
    ):
        model = LinearModelLoss(base_loss=kind(**options), fit_intercept=True)
        data = {"X": X[:, 1:], "y": Y[target], "l2_reg_strength": 0.3}
        at = np.resize(BETA, 9 if options else 3)
        given: dict[str, Any] = {
            "hess": lambda w, m=model, d=data: m.gradient_hessian(w, **d)[1],
            "hessp": lambda w, v, m=model, d=data: m.gradient_hessian_product(w, **d)[1](v),
        }
        yield (
            f"linear {kind.__name__}",
            Case(lambda w, m=model, d=data: m.loss_gradient(w, **d), at, {"jac": True, **given}),
        )
    yield (
        "_huber_loss_and_gradient",
        Case(
            lambda w: _huber_loss_and_gradient(w, X[:, 1:], Y["real"], 1.35, 0.1, np.ones(N)),
            np.array([1.0, 2.0, 0.5, 1.5]),
            {"jac": True},
        ),
    )
    for kernel in (
        kernels.RBF([0.7, 1.9]),
        kernels.Matern([0.8, 1.3], nu=1.5),
        kernels.RationalQuadratic(0.9, 1.4) + kernels.WhiteKernel(0.2),
        2.0 * kernels.ExpSineSquared(1.1, 2.3) * kernels.DotProduct(0.8),
    ):
        process = GaussianProcessRegressor(kernel, alpha=1.0, optimizer=None).fit(
            X[:6, 1:], Y["real"][:6]
        )
        yield (
            str(kernel),
            Case(
                lambda theta, p=process: p.log_marginal_likelihood(theta, eval_gradient=True),
                kernel.theta.copy(),
                {"jac": True},
            ),
        )
    same = np.equal.outer(np.arange(8) % 2, np.arange(8) % 2)
    nearest = NeighborhoodComponentsAnalysis(2, random_state=0).fit(POINTS, np.arange(8) % 2)
    yield (
        "NCA",
        Case(
            lambda a: nearest._loss_grad_lbfgs(a, POINTS, same, -1.0),
            X[:10, 1].copy(),
            {"jac": True},
        ),
    )
    yield "t-SNE in the plane", embedding(2)


def embedding(dimensions: int) -> Case:
    """t-SNE's divergence, with the degrees of freedom that TSNE(n_components) takes."""
    near = _joint_probabilities(squareform(pdist(POINTS)).astype(np.float32), 2.0, 0)
    at = np.random.default_rng(1).normal(size=8 * dimensions)
    freedom = max(dimensions - 1, 1)
    return Case(
        lambda p: _kl_divergence(p, near.astype(float), freedom, 8, dimensions), at, {"jac": True}
    )


def likelihood(model: Any, at: Any, **options: Any) -> Case:
    if options:
        return Case(
            lambda params: model.loglike(params, **options),
            np.array(at),
            {
                "jac": lambda params: model.score(params, **options),
                "hess": lambda params: model.hessian(params, observed=True, **options),
            },
        )
    return Case(model.loglike, np.array(at), {"jac": model.score, "hess": model.hessian})


def of_statsmodels() -> Iterator[tuple[str, Case]]:
    count, binary = Y["count"], Y["binary"]
    models = {
        "Logit": sm.Logit(binary, X),
        "Probit": sm.Probit(binary, X),
        "Poisson": sm.Poisson(count, X, exposure=np.arange(1.0, N + 1)),
        "geometric": sm.NegativeBinomial(count, X, loglike_method="geometric"),
    }
    for name, model in models.items():
        yield name, likelihood(model, BETA)
    yield "NegativeBinomialP", likelihood(sm.NegativeBinomialP(count, X), [*BETA, 0.7])
    yield "GeneralizedPoisson", likelihood(sm.GeneralizedPoisson(count, X), [*BETA, 0.2])
    yield "MNLogit", likelihood(sm.MNLogit(Y["class"], X), [*BETA, *BETA])
    yield "Beta", likelihood(BetaModel(Y["share"], X), [*BETA, 1.5])
    family = sm.families
    for target, kind in (
        ("real", family.Gaussian()),
        ("binary", family.Binomial(links.CLogLog())),
        ("count", family.Poisson(links.Sqrt())),
        ("positive", family.Gamma(links.Log())),
        ("positive", family.InverseGaussian(links.Log())),
    ):
        yield (
            f"GLM {type(kind).__name__}",
            likelihood(sm.GLM(Y[target], X, family=kind), BETA + np.array([1, 0, 0]), scale=1.0),
        )
    for ties in ("breslow", "efron"):
        model = sm.PHReg(np.round(Y["positive"], 1) + 0.1, X[:, 1:], status=binary, ties=ties)
        yield f"PHReg {ties}", likelihood(model, BETA[1:])
    conditional = conditional_models.ConditionalLogit(binary, X[:, 1:], groups=GROUPS)
    yield "ConditionalLogit", Case(conditional.loglike, BETA[1:], {"jac": conditional.score})
    for kind in (
        links.Logit,
        links.Probit,
        links.Cauchy,
        links.CLogLog,
        links.LogLog,
        links.InverseSquared,
    ):
        link = kind()
        yield kind.__name__, of_numbers(0.3, link, link.deriv, link.deriv2)
        yield kind.__name__, of_numbers(0.6, link.inverse, link.inverse_deriv, link.inverse_deriv2)
    for kind in (norms.HuberT, norms.AndrewWave, norms.Hampel, norms.TukeyBiweight, norms.StudentT):
        norm = kind()
        of_array = [lambda x, f=f: f(np.array([x])) for f in (norm.rho, norm.psi, norm.psi_deriv)]
        yield kind.__name__, of_numbers(1.3, *of_array)


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    RIGHT = [*of_scipy(), *of_sklearn(), *of_statsmodels()]


def verdicts(case: Case, **other: Any) -> dict[str, str]:
    """The verdict on each derivative of a case."""
    f, at, given = case._replace(given={**case.given, **other})
    report = gradcheck(f, at, **given, raise_error=False)
    assert not report.problem, report
    several = len([x for x in given.values() if x is not None]) > 1
    words = [entry.name.split()[0] if several else next(iter(given)) for entry in report.entries]
    of_word = {w: [e.verdict for e, own in zip(report.entries, words) if own == w] for w in words}
    return {word: max(found, key=lambda v: v.rank) for word, found in of_word.items()}


@pytest.mark.parametrize(("name", "case"), RIGHT, ids=[name for name, _ in RIGHT])
def test_what_is_right(name: str, case: Case) -> None:
    assert set(verdicts(case).values()) == {"right"}


@pytest.mark.parametrize(("name", "case"), RIGHT[::3], ids=[name for name, _ in RIGHT[::3]])
def test_a_slip_in_each_is_found(name: str, case: Case) -> None:
    for word, given in case.given.items():
        if given is True:
            off = case._replace(f=lambda x: (case.f(x)[0], 1.003 * np.asarray(case.f(x)[1])))
            found = verdicts(off)
        else:
            found = verdicts(case, **{word: lambda *xs, g=given: 1.003 * np.asarray(g(*xs))})
        assert found[word] == "wrong"


# What was found to be wrong

AT_SCIPY = scipy.__version__ == "1.17.1"
AT_SKLEARN = sklearn.__version__ == "1.9.1"
AT_STATSMODELS = statsmodels.__version__ == "0.15.0"


@pytest.mark.skipif(not AT_SCIPY, reason="found in SciPy 1.17.1")
def test_wrong_in_scipy() -> None:
    """obl_rad2's derivative of its value, and itairy, which is no integral of Ai."""
    radial = Case(lambda x: special.obl_rad2(1, 2, 1.3, x), 1.0, {"jac": True})
    assert verdicts(radial) == {"jac": "wrong"}
    assert verdicts(radial._replace(at=2.2)) == {"jac": "right"}
    integral = Case(lambda x: special.itairy(x)[0], 8.3, {"jac": lambda x: special.airy(x)[0]})
    assert verdicts(integral) == {"jac": "wrong"}
    assert verdicts(integral._replace(at=1.3)) == {"jac": "right"}


@pytest.mark.skipif(not AT_SKLEARN, reason="found in scikit-learn 1.9.1")
def test_wrong_in_sklearn() -> None:
    """t-SNE's gradient in space, and kernels whose gradient is made of rough differences."""
    assert verdicts(embedding(3)) == {"jac": "wrong"}
    kernel = kernels.Matern(1.1, nu=1.0)
    report = gradcheck(
        lambda theta: np.sum(kernel.clone_with_theta(theta)(POINTS)),
        kernel.theta.copy(),
        derivative=lambda theta: kernel.clone_with_theta(theta)(POINTS, eval_gradient=True)[1].sum(
            (0, 1)
        ),
        raise_error=False,
    )
    (entry,) = report.entries  # right, inaccurate or wrong: it is off in the sixth digit
    assert 1e-8 < abs(entry.analytic / entry.numeric - 1) < 1e-4


@pytest.mark.skipif(not AT_STATSMODELS, reason="found in statsmodels 0.15.0")
def test_wrong_in_statsmodels() -> None:
    """A score and three Hessians, which standard errors are made of."""
    count = Y["count"]
    positive = count > 0
    truncated = truncated_model.TruncatedLFGeneralizedPoisson(count[positive], X[positive])
    assert verdicts(likelihood(truncated, [*BETA, 0.4]))["jac"] == "wrong"
    inflated = likelihood(sm.ZeroInflatedPoisson(count, X, exog_infl=X[:, :2]), [0.1, -0.2, *BETA])
    assert verdicts(inflated) == {"jac": "right", "hess": "wrong"}
    for method in ("nb1", "nb2"):
        model = sm.NegativeBinomial(count, X, loglike_method=method)
        assert verdicts(likelihood(model, [*BETA, 0.7])) == {"jac": "right", "hess": "wrong"}
