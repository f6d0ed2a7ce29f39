"""Sets of SciPy's kind, and Jacobians that are sparse matrices or linear operators."""

from typing import Any

import numpy as np
import pytest
import scipy.sparse
from scipy.optimize import NonlinearConstraint, rosen, rosen_der, rosen_hess, rosen_hess_prod
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from autograd.checking import GradientCheckError, gradcheck

X = np.array([1.3, 0.7, 0.8, 1.9, 1.2])
N = 40
SLOPES = scipy.sparse.diags_array([np.ones(N - 1), -np.ones(N)], offsets=[1, 0]).tocsr()


def test_a_set_as_a_tuple_and_by_keywords() -> None:
    report = gradcheck((rosen, rosen_der, rosen_hess, rosen_hess_prod), X)
    assert (report.verdict, report.count("right")) == ("right", 15)
    assert [entry.name for entry in report.entries[::5]] == [
        "jac by x[0]",
        "hess by x[0]",
        "hessp by x[0]",
    ]
    again = gradcheck(rosen, [*X], jac=rosen_der, hess=rosen_hess, hessp=rosen_hess_prod)
    assert again.to_dict() == report.to_dict()
    assert gradcheck((rosen, rosen_der, None, rosen_hess_prod), X).count("right") == 10


@pytest.mark.parametrize("word", ["jac", "hess", "hessp"])
def test_the_wrong_one_of_a_set_is_named(word: str) -> None:
    functions: dict[str, Any] = {"jac": rosen_der, "hess": rosen_hess, "hessp": rosen_hess_prod}
    right = functions[word]

    def wrong(*given: Any) -> Any:
        found = right(*given)
        found[3] *= 1.01
        return found

    # the gradient of the gradient is another one, too
    report = gradcheck(rosen, X, **functions | {word: wrong}, raise_error=False)
    found = {entry.name.split()[0] for entry in report.entries if entry.verdict == "wrong"}
    assert found == ({"jac", "hess", "hessp"} if word == "jac" else {word})


def test_arguments_stand_behind_the_inputs_of_all() -> None:
    def fun(x: Any, a: Any, power: int) -> Any:
        return a * np.sum(x**power)

    def jac(x: Any, a: Any, power: int) -> Any:
        return a * power * x ** (power - 1)

    def hessp(x: Any, p: Any, a: Any, power: int) -> Any:
        return a * power * (power - 1) * x ** (power - 2) * p

    assert gradcheck((fun, jac, None, hessp), X, args=(2.0, 3)).count("right") == 10
    assert gradcheck(fun, X, derivative=jac, args=(2.0, 3)).count("right") == 5
    assert gradcheck(lambda x, a: a * x**3, 2.0, args=4.0).verdict == "right"
    with pytest.raises(ValueError, match="args and jvp, vjp"):
        gradcheck(fun, X, vjp=jac, args=(2.0, 3))


def test_a_function_that_returns_its_gradient_too() -> None:
    def pair(x: Any) -> Any:
        return np.sum(np.sin(x)), np.cos(x)

    assert gradcheck(pair, X, jac=True, hess=lambda x: np.diag(-np.sin(x))).count("right") == 10
    with pytest.raises(GradientCheckError, match="wrong"):
        gradcheck(lambda x: (pair(x)[0], 1.001 * pair(x)[1]), X, jac=True)


def test_methods_are_functions_and_stay_as_they_are() -> None:
    class Model:
        def value(self, w: Any) -> Any:
            return np.sum(w**3)

        def slope(self, x: Any) -> Any:
            return 3 * x**2

    def slope(x: Any) -> Any:
        return 3 * x**2

    model = Model()
    for jac in (model.slope, slope):
        assert gradcheck(model.value, X, jac=jac).entries[0].name == "w[0]"
        assert jac.__name__ == "slope"


def test_axes_of_one_are_free() -> None:
    """SciPy takes [y] for y, and [[g]] for [g]."""
    assert gradcheck(lambda x: np.sum(x**2, keepdims=True), X, jac=lambda x: 2 * x).ok
    assert gradcheck(lambda x: [np.sum(x**2)], X, jac=lambda x: 2 * x).ok
    assert gradcheck(lambda x: np.sum(x**2), X, jac=lambda x: 2 * x[None]).ok


def test_numbers_as_in_root_finding() -> None:
    report = gradcheck((lambda x: x**3 - 1, lambda x: 3 * x**2, lambda x: 6 * x), 2.0)
    assert [entry.name for entry in report.entries] == ["jac by x", "hess by x"]
    assert report.count("right") == 2


@pytest.mark.parametrize("factor", [1.0, 1.01])
@pytest.mark.parametrize("kind", [np.array, scipy.sparse.csr_array, aslinearoperator])
def test_a_constraint_with_the_sum_of_its_hessians(kind: Any, factor: float) -> None:
    def hess(x: Any, v: Any) -> Any:
        off, last = 2 * factor * v[0] * x[0], -v[1] * np.sin(x[1])
        return kind(np.array([[2 * v[0] * x[1], off], [off, last]]))

    constraint = NonlinearConstraint(
        lambda x: np.array([x[0] ** 2 * x[1], np.sin(x[1])]),
        0,
        1,
        jac=lambda x: kind(np.array([[2 * x[0] * x[1], x[0] ** 2], [0, np.cos(x[1])]])),
        hess=hess,
    )
    report = gradcheck(constraint, [1.0, 2.0], raise_error=False)
    assert report.count("right") == (4 if factor == 1.0 else 2)
    assert report.count("wrong") == (0 if factor == 1.0 else 2)


def differences(x: Any) -> Any:
    return SLOPES @ np.sin(x)


def jacobian(x: Any) -> Any:
    return SLOPES @ scipy.sparse.diags_array(np.cos(x))


@pytest.mark.parametrize(
    "kind",
    [
        scipy.sparse.csr_array,
        scipy.sparse.coo_array,
        scipy.sparse.csc_matrix,
        scipy.sparse.lil_array,
        scipy.sparse.dia_array,
        aslinearoperator,
    ],
)
def test_a_jacobian_that_is_no_array(kind: Any) -> None:
    x = np.linspace(0.0, 1.0, N)
    assert gradcheck(differences, x, derivative=lambda x: kind(jacobian(x))).count("right") == N
    off = jacobian(x).tolil()
    off[5, 6] *= 1.01
    report = gradcheck(differences, x, jac=lambda x: kind(off), raise_error=False)
    (entry,) = [entry for entry in report.entries if entry.verdict == "wrong"]
    assert (entry.name, entry.reason, report.notes) == ("x[6]", "of the result's [5]", ())


def test_what_a_pattern_misses_is_named() -> None:
    x = np.linspace(0.0, 1.0, N)

    def missing(x: Any) -> Any:
        found = jacobian(x).tolil()
        found[5, 6] = 0.0
        return found.tocsr()

    with pytest.raises(
        GradientCheckError, match=r"no entry for \[5\] of the result by x\[6\]"
    ) as caught:
        gradcheck(differences, x, derivative=missing)
    assert caught.value.report.count("wrong") == 1


def test_nothing_is_made_dense() -> None:
    n = 50_000
    report = gradcheck(np.sin, np.ones(n), jac=lambda x: scipy.sparse.diags_array(np.cos(x)))
    assert report.count("right") == n


def test_what_can_not_be_checked_is_said_in_a_line() -> None:
    with pytest.raises(TypeError, match="no derivative to check"):
        gradcheck(rosen, X, jac="2-point")
    with pytest.raises(ValueError, match="needs both"):
        gradcheck(rosen, X, hess=rosen_hess)
    with pytest.raises(ValueError, match="beside order"):
        gradcheck(rosen, X, jac=rosen_der, order=2)
    with pytest.raises(ValueError, match="a tuple of 1"):
        gradcheck((rosen,), X)
    with pytest.raises(ValueError, match="of one input"):
        gradcheck(lambda x, y: x * y, 1.0, 2.0, jac=lambda x, y: (y, x), hess=rosen_hess)
    report = gradcheck(differences, np.ones(N), jac=lambda x: SLOPES[:3], raise_error=False)
    assert "matrix of shape (3, 40) by x; it must be (40, 40)" in report.problem
    one_way = LinearOperator((N, N), matvec=lambda v: v)
    report = gradcheck(np.sin, np.ones(N), jac=lambda x: one_way, raise_error=False)
    assert "rmatvec" in report.problem
