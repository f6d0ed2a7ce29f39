"""Whatever can be checked: forms of derivatives, arrays, trees, orders, modules, custom rules."""

import json
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.checking import GradientCheckError, gradcheck

A = np.random.default_rng(0).normal(size=(30, 40)) / 6
X = np.random.default_rng(1).normal(size=40)


def slopes(x: Any) -> Any:
    return (1 - np.tanh(A @ x) ** 2)[:, None] * A


def f(x: Any) -> Any:
    return np.tanh(A @ x)


FORMS: dict[str, dict[str, Any]] = {
    "derivative": {"derivative": slopes},
    "jvp": {"jvp": lambda x, v: slopes(x) @ v},
    "vjp": {"vjp": lambda x, w: w @ slopes(x)},
}


def off(i: int, j: int) -> Any:
    def wrong(x: Any) -> Any:
        found = slopes(x)
        found[i, j] *= 1.01
        return found

    return wrong


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_jacobian(form: str) -> None:
    report = gradcheck(f, X, **FORMS[form])
    assert (report.verdict, report.count("right"), len(report.entries)) == ("right", 40, 1)


@pytest.mark.parametrize("form", ["derivative", "jvp", "vjp"])
def test_a_single_wrong_entry_is_found_and_located(form: str) -> None:
    wrong = off(7, 23)
    given = {
        "derivative": wrong,
        "jvp": lambda x, v: wrong(x) @ v,
        "vjp": lambda x, w: w @ wrong(x),
    }[form]
    report = gradcheck(f, X, raise_error=False, **{form: given})
    (entry,) = [entry for entry in report.entries if entry.verdict == "wrong"]
    assert (entry.name, entry.reason) == ("x[23]", "of the result's [7]")
    assert report.count("right") == 39


def test_one_projection_finds_any_entry() -> None:
    rng = np.random.default_rng(2)
    for _ in range(6):
        i, j = rng.integers(30), rng.integers(40)
        report = gradcheck(
            f, X, derivative=off(i, j), raise_error=False, seed=int(rng.integers(99))
        )
        assert not report.ok, (i, j)


def test_trees_of_inputs_are_named() -> None:
    def loss(p: Any, x: Any, *rest: Any) -> Any:
        return ag.sum(p["w"] * x) + p["b"][0] * rest[0]

    report = gradcheck(loss, {"w": np.array([1.0, 2.0]), "b": [3.0]}, 4.0, 5.0)
    names = ["p['w'][0]", "p['w'][1]", "p['b'][0]", "x", "rest[0]"]
    assert [entry.name for entry in report.entries] == names
    with pytest.raises(GradientCheckError, match=r"p\['w'\]\[1\] = 2: wrong"):
        gradcheck(
            lambda p: p["w"] @ np.array([1.0, 3.0]),
            {"w": np.array([1.0, 2.0])},
            derivative=lambda p: {"w": np.array([1.0, 2.0])},
        )


def test_results_in_lists() -> None:
    assert gradcheck(lambda x: [x * x, (ag.sin(x), 2.0)], 1.5).verdict == "right"
    assert gradcheck(lambda x: [x.sum(), x * x], np.ones((2, 2))).count("right") == 4


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_orders(order: int) -> None:
    assert gradcheck(lambda x: ag.exp(2 * x) * ag.sin(x), 0.7, order=order).verdict == "right"
    report = gradcheck(lambda x, y: ag.sum(ag.tanh(x * y[0]) * x), X[:3], [0.4], order=order)
    assert report.count("right") == 4


def test_a_second_derivative_that_is_wrong() -> None:
    good = ag.custom_vjp(lambda g, z, x: 2 * g * x)(lambda x: x * x)
    bad = ag.custom_vjp(lambda g, z, x: 2 * g * ag.stop_gradient(x))(lambda x: x * x)
    assert gradcheck(good, 1.5, order=2).verdict == "right"
    assert gradcheck(bad, 1.5).verdict == "right"
    assert gradcheck(bad, 1.5, order=2, raise_error=False).verdict == "wrong"


def test_a_module_is_checked_by_its_parameters_and_stays_as_it_is() -> None:
    rng = np.random.default_rng(3)
    for model, x in (
        (
            nn.Sequential(nn.Linear(3, 4, rng=rng), nn.Tanh(), nn.Linear(4, 2, rng=rng)),
            np.ones((2, 3)),
        ),
        (nn.MLP(2, [3, 1], rng=rng), [0.5, -1.0]),
    ):
        before = [np.array(p.data) for p in model.parameters()]
        report = gradcheck(model, x)
        assert report.count("right") == np.size(x) + model.num_parameters, str(report)
        for p, then in zip(model.parameters(), before):
            np.testing.assert_array_equal(p.data, then)
            assert not p.has_grad


def test_parameters_of_a_closure_get_their_data_back() -> None:
    layer, x = nn.Linear(3, 2, rng=np.random.default_rng(4)), np.ones((2, 3))
    before = layer.W.data.copy(), layer.W.dtype
    report = gradcheck(lambda x: nn.mse(layer(x), np.zeros((2, 2))), x, parameters=layer)
    assert {entry.name.partition("[")[0] for entry in report.entries} >= {"x", "W", "b"}
    np.testing.assert_array_equal(layer.W.data, before[0])
    assert layer.W.dtype == before[1]


def test_the_first_wrong_rule_is_named_with_its_line() -> None:
    ag.elementary("slow_sine", lambda m, x: m.sin(x), lambda m, x, z: (0.99 * m.cos(x),))
    from autograd import functions

    slow_sine = functions.function_of(functions.TABLE["slow_sine"])
    for start, kind in ((0.5, "Values"), (np.array([0.5, 1.0]), "Tensors")):
        with pytest.raises(GradientCheckError) as caught:
            gradcheck(
                lambda x: (
                    ag.sum(ag.exp(slow_sine(x) * 2.0)) if np.ndim(x) else ag.exp(slow_sine(x) * 2.0)
                ),
                start,
            )
        (note,) = caught.value.report.notes
        assert note.startswith("the first rule that is wrong is that of slow_sine(")
        assert f"of {kind}, made at " in note
        assert "test_subjects.py:" in note


def test_a_wrong_pullback_inside_a_graph_is_named() -> None:
    wrong = ag.custom_vjp(lambda g, z, x: 3.0 * g * x)(lambda x: x * x)
    with pytest.raises(GradientCheckError, match=r"wrong is that of <lambda>\(2\)|of <lambda>\("):
        gradcheck(lambda x: ag.exp(wrong(x) / 4.0), 2.0)


def test_reports_are_plain_data() -> None:
    report = gradcheck(f, X, derivative=off(7, 23), raise_error=False)
    told = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert (told["verdict"], told["ok"]) == ("wrong", False)
    assert told["counts"] == {"right": 39, "wrong": 1}
    assert {entry["name"] for entry in told["entries"] if entry["verdict"] == "wrong"} == {"x[23]"}


def test_gradients_that_others_wrote_by_hand() -> None:
    """SciPy's Rosenbrock function; scikit-learn's losses of linear models."""
    from scipy.optimize import rosen, rosen_der, rosen_hess, rosen_hess_prod
    from sklearn._loss import HalfBinomialLoss, HalfPoissonLoss, HuberLoss

    x = np.array([1.3, 0.7, 0.8, 1.9, 1.2])
    assert gradcheck(rosen, x, derivative=rosen_der).verdict == "right"
    assert gradcheck(rosen_der, x, derivative=rosen_hess).verdict == "right"
    assert gradcheck(rosen_der, x, jvp=rosen_hess_prod).verdict == "right"
    y = np.array([0.0, 1.0, 1.0, 0.0])
    for loss in (HalfBinomialLoss(), HalfPoissonLoss(), HuberLoss(delta=0.7)):

        def total(raw: Any, loss: Any = loss) -> Any:
            return loss.loss(y_true=y, raw_prediction=raw).sum()

        def slope(raw: Any, loss: Any = loss) -> Any:
            return loss.gradient(y_true=y, raw_prediction=raw)

        raw = np.array([0.3, -2.0, 5.0, 1.0])
        assert gradcheck(total, raw, derivative=slope).verdict == "right", loss
