"""Whatever can be checked: forms of derivatives, arrays, trees, orders, modules, custom rules."""

import json
import math
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.checking import GradientCheckError, gradcheck
from autograd.states import mutable_parts, put_back, states_of

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
    for _ in range(3):
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


def test_a_result_that_is_written_into_again_is_read_before() -> None:
    buffer = np.zeros(3)

    def f(x: Any) -> Any:
        return np.sin(x, out=buffer)

    x = np.array([0.1, 0.2, 0.3])
    report = gradcheck(f, x, derivative=lambda x: np.diag(np.cos(x)))
    assert [entry.numeric for entry in report.entries] == pytest.approx(np.cos(x))
    slip = np.array([1.0, 1.01, 1.0])
    report = gradcheck(f, x, derivative=lambda x: np.diag(slip * np.cos(x)), raise_error=False)
    assert [entry.verdict for entry in report.entries] == ["right", "wrong", "right"]


@pytest.mark.parametrize("shape", [(1,), (1, 1)])
def test_a_single_number_in_an_array_is_reported_as_it_is(shape: tuple[int, ...]) -> None:
    (entry,) = gradcheck(lambda x: np.reshape(x**2, shape), 1.0).entries
    assert (entry.analytic, entry.numeric) == (2.0, pytest.approx(2.0))


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


# Dicts are matched by their keys


PAIR = {"a": 1.0, "b": 2.0}


def weighted(p: Any) -> Any:
    return 3 * p["a"] + 5 * p["b"]


def test_derivatives_in_dicts_are_matched_by_key() -> None:
    assert gradcheck(weighted, PAIR, derivative=lambda p: {"b": 5.0, "a": 3.0}).verdict == "right"
    swapped = gradcheck(
        weighted, PAIR, derivative=lambda p: {"a": 5.0, "b": 3.0}, raise_error=False
    )
    assert swapped.count("wrong") == 2
    nested = {"n": {"a": 1.0}, "l": [{"b": 2.0}, None]}
    report = gradcheck(
        lambda q, x: q["n"]["a"] * x + q["l"][0]["b"], nested, 2.0,
        derivative=lambda q, x: ({"l": [{"b": 1.0}, None], "n": {"a": x}}, q["n"]["a"]),
    )  # fmt: skip
    assert report.count("right") == 3
    assert gradcheck(weighted, PAIR, vjp=lambda p, g: {"b": 5 * g, "a": 3 * g}).verdict == "right"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"b": 5.0, "aa": 3.0}, "the derivative returned the keys 'b', 'aa' for p; it needs 'a', 'b'"),
        ({"b": 5.0}, "the derivative returned the keys 'b' for p; it needs 'a', 'b'"),
        ({"a": 3.0, "b": 5.0, "c": 0.0}, "the keys 'a', 'b', 'c' for p; it needs 'a', 'b'"),
        ((3.0, 5.0), r"the derivative returned tuple .* for p; it needs a dict of 'a', 'b'"),
        ({}, "returned the keys none for p; it needs 'a', 'b'"),
    ],
)  # fmt: skip
def test_keys_that_do_not_fit(given: Any, told: str) -> None:
    with pytest.raises(GradientCheckError, match=told):
        gradcheck(lambda p: weighted(p), PAIR, derivative=lambda p: given)


def test_results_in_dicts_are_matched_by_key() -> None:
    def f(p: Any) -> Any:
        return {"u": p["a"] ** 2, "v": [p["b"] * p["a"]]}

    def rates(p: Any, t: Any) -> Any:
        return {"v": [t["b"] * p["a"] + p["b"] * t["a"]], "u": 2 * p["a"] * t["a"]}

    assert gradcheck(f, PAIR, jvp=rates).verdict == "right"
    with pytest.raises(GradientCheckError, match="jvp returned the keys 'u'; it needs 'u', 'v'"):
        gradcheck(f, PAIR, jvp=lambda p, t: {"u": 0.0})
    branching = gradcheck(
        lambda x: {"u": x * x, "v": 3 * x} if x > 1.0 else {"v": 3 * x, "u": x * x}, 1.0
    )
    assert branching.verdict == "right"


# What can't be checked is said


@pytest.mark.parametrize("x", [np.inf, -np.inf, np.nan])
def test_inputs_that_are_not_finite_are_unresolved(x: float) -> None:
    with pytest.warns(ag.checking.GradientCheckWarning, match=f"the input is {x}"):
        assert gradcheck(ag.tanh, x, strict=False).verdict == "unresolved"
    with pytest.warns(ag.checking.GradientCheckWarning):
        report = gradcheck(
            lambda x, y: ag.sum(x) * (ag.abs(y) < 1.0), np.full(20, 0.5), x, strict=False
        )
    assert (report.count("right"), report.count("unresolved")) == (20, 1)


def test_functions_of_math_are_named_with_a_remedy() -> None:
    report = gradcheck(math.sin, 1.0, raise_error=False)
    assert report.verdict == "failed"
    assert "math.sin takes no Values: use ag.sin" in str(report)


def test_functions_that_raise() -> None:
    def beyond(x: Any) -> Any:
        if x > 1.0:
            raise RuntimeError("too far")
        return x * x

    assert gradcheck(beyond, 0.5).verdict == "right"
    assert gradcheck(beyond, 1.0).verdict == "right"  # from below
    report = gradcheck(beyond, 2.0, raise_error=False)
    assert report.problem.startswith("the function raised RuntimeError: too far, at ")
    by_hand = gradcheck(beyond, 0.5, derivative=lambda x: 1 / 0, raise_error=False)
    assert by_hand.problem.startswith("the derivative raised ZeroDivisionError: division by zero")


def test_nothing_and_whole_numbers() -> None:
    assert gradcheck(ag.sum, np.zeros(0)).ok
    assert gradcheck(ag.sum, np.zeros((0, 3))).entries == ()
    assert gradcheck(lambda x: x * x, 3).entries[0].analytic == 6.0
    assert gradcheck(lambda x: ag.sum(x * x), np.arange(3)).count("right") == 3


# What a check moves is put back


class Counting(nn.Module):
    def __init__(self) -> None:
        self.norm = nn.BatchNorm(3)
        self.scale = ag.Tensor([2.0])
        self.rng, self.calls, self.seen = np.random.default_rng(3), 0, []
        self.total = np.zeros(3)

    def forward(self, x: Any) -> Any:
        self.calls += 1
        self.seen.append(self.calls)
        self.total += 1.0
        self.rng.uniform()
        return self.norm(x) * self.scale


@pytest.mark.parametrize("fails", [False, True])
def test_what_a_module_holds_is_put_back(fails: bool) -> None:
    model, x = Counting(), np.random.default_rng(0).normal(size=(4, 3))
    drawn = model.rng.bit_generator.state["state"]
    mean, weight = model.norm.running_mean, model.norm.weight
    numbers, weights = mean.copy(), weight.data.copy()

    def loss(x: Any) -> Any:
        y = model(x)
        if fails and model.calls > 5:
            raise KeyboardInterrupt
        return ag.sum(y * y * y)

    if fails:
        with pytest.raises(KeyboardInterrupt):
            gradcheck(loss, x, parameters=model)
    else:
        assert gradcheck(loss, x, parameters=model).ok
    assert model.norm.running_mean is mean
    np.testing.assert_array_equal(mean, numbers)
    np.testing.assert_array_equal(model.total, 0.0)
    np.testing.assert_array_equal(weight.data, weights)
    assert (model.calls, model.seen) == (0, [])
    assert model.rng.bit_generator.state["state"] == drawn
    assert not weight.has_grad


def test_parameters_that_the_function_writes_into_are_put_back() -> None:
    W, v = ag.Tensor([1.0, 2.0]), ag.Value(3.0)
    W.grad, data = np.array([0.5, 0.5]), W.data

    def f(x: Any) -> Any:
        y = ag.sum(W * x) * v
        y.backward()
        W.data[...] = 7.0
        v.data = 7.0
        return ag.sum(x * x)

    assert gradcheck(f, np.array([1.0, 2.0]), parameters=[W, v]).count("right") == 5
    np.testing.assert_array_equal(W.data, [1.0, 2.0])
    np.testing.assert_array_equal(W.grad, [0.5, 0.5])
    assert (W.data is data, v.data, v.has_grad) == (True, 3.0, False)


def test_masked_arrays_that_a_function_reaches_are_left_as_they_are() -> None:
    mask = np.ma.array([1.0, 2.0], mask=[False, True])
    before, parts = vars(mask).copy(), mutable_parts([lambda x: x * mask])
    assert any(part is mask for part in parts)
    with put_back(parts, states_of(parts)):
        mask[0] = 5.0
    assert vars(mask) == before
    assert mask[0] == 1.0
