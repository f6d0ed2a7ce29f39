"""Many rows at once by compiled functions: each row as a call of its own."""

from __future__ import annotations

import importlib.util
import warnings
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd.compiling import functions, machines, row_runs
from autograd.compiling.program import Instruction, Program
from autograd.trees import flatten

pytestmark = pytest.mark.both

Pair = namedtuple("Pair", "a b")
MACHINES = ["python"] if ag.core == "python" else ["tape", "python"]
HAS_LLVM = ag.core == "c" and importlib.util.find_spec("llvmlite") is not None
EDGES = (0.0, -0.0, 1.0, -1.0, 2.0, 0.5, np.inf, -np.inf, np.nan, 1e308, 5e-324)


def stacked(results: list[Any]) -> list[np.ndarray]:
    """The leaves of results, one array each, with the rows in front."""
    return [np.array(leaves, np.float64) for leaves in zip(*[flatten(x)[0] for x in results])]


def alike(found: Any, results: list[Any]) -> None:
    """Rows have the bits of results one by one; one nan is like another."""
    leaves, expected = flatten(found)[0], stacked(results)
    assert [x.shape for x in leaves] == [x.shape for x in expected]
    for x, y in zip(leaves, expected):
        assert np.array_equal(x, y, equal_nan=True)
        assert np.array_equal(np.signbit(x), np.signbit(y)) or np.isnan(x).any()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "branches": lambda x, y: ag.exp(x) * y if x < y else (x - y if x > 0 else y * y),
    "ties": lambda x, y: x * 2 if x == y else y,
    "choices": lambda x, y: ag.maximum(x, y) * ag.where(x > 0, y, x),
    "several": lambda x, y: {"sum": x + y, "one": 1.0, "pair": (x, Pair(y * y, x))},
    "a constant": lambda x, y: 3.0,
    "many ways": lambda x, y: sum([(k * x if y > k else y) for k in range(4)]),
}
TRANSFORMS: dict[str, Callable[..., Any]] = {
    "values": lambda f: f,
    "gradients": lambda f: ag.value_and_grad(f, argnums=(0, 1)),
    "hvp": lambda f: ag.hvp(f),
}
numbers = st.one_of(st.sampled_from(EDGES), st.floats(-3, 3))


@given(
    st.sampled_from(list(FUNCTIONS)),
    st.sampled_from(list(TRANSFORMS)),
    st.sampled_from(MACHINES),
    st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=1, max_size=20),
)
def test_rows_are_calls_one_by_one(
    name: str, transform: str, machine: str, rows: list[tuple[float, ...]]
) -> None:
    f = FUNCTIONS[name]
    if transform != "values" and name == "several":
        return
    made = TRANSFORMS[transform](f)
    if transform == "hvp":
        made = lambda x, y, v, w: ag.hvp(lambda p: f(*p))([x, y], [v, w])  # noqa: E731
    columns = [*zip(*rows)][: 4 if transform == "hvp" else 2]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled = ag.compile(made, machine=machine)
        found = compiled.rows(*map(np.array, columns))
        again = compiled.rows(*map(list, columns))
        expected = [ag.compile(made, machine=machine)(*each) for each in zip(*columns)]
        alike(found, expected)
        alike(again, expected)
        alike(found, [compiled(*each) for each in zip(*columns)])


@pytest.mark.parametrize("machine", MACHINES)
def test_forms(machine: str) -> None:
    """Arrays, trees of arrays, what is static, keywords, and how they lie in memory."""

    def f(p: Any, v: Any, n: int, *, mode: str = "sum", bias: float = 0.0) -> Any:
        terms = [p["w"] * x**n + p["more"][0][0] + p["more"][1].b for x in v]
        return (sum(terms) if mode == "sum" else terms[0]) + bias

    compiled = ag.compile(ag.value_and_grad(f, argnums=(0, 1)), machine=machine)
    r = np.random.default_rng(0)
    w, a, b = r.normal(size=(3, 5))
    more = np.stack([a, a], 1)
    for v in (
        r.normal(size=(5, 3)),
        r.normal(size=(3, 5)).T,
        r.normal(size=(10, 9))[::-2, 1::3],
        r.normal(size=(5, 3)).astype(">f8"),
        r.normal(size=(5, 3)).astype("f4"),
        r.integers(-3, 3, (5, 3)),
        r.normal(size=(5, 3)).tolist(),
    ):
        p = {"w": w, "more": (more, Pair(a, b))}
        found = compiled.rows(p, v, 2, mode="sum", bias=b)
        x = np.asarray(v, np.float64)
        alike(found, [
            compiled({"w": w[i], "more": (more[i], Pair(a[i], b[i]))}, x[i], 2, mode="sum", bias=b[i])
            for i in range(5)
        ])  # fmt: skip
        assert found[1][0]["more"][0].shape == (5, 2)
        assert type(found[1][0]["more"][1]) is Pair
        assert found[1][1].dtype == np.float64


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("count", [1, 2, 9, 300])
def test_gradients_by_what_is_shared_are_sums(machine: str, count: int) -> None:
    """Of the rows of all programs; other results are there for each row."""

    def loss(w: Any, x: Any, y: Any, scale: Any = 1.0) -> Any:
        z = w["k"][0] * x[0] + w["k"][1] * x[1] + w["b"]
        return (z - y) ** 2 * scale if z > 0 else 3.0 * z + w["b"]

    r = np.random.default_rng(1)
    x, y = r.normal(size=(count, 2)), r.normal(size=count)
    w = {"k": np.array([0.5, -1.0]), "b": 0.1}
    both = ag.compile(ag.value_and_grad(loss, argnums=(0, 1)), machine=machine)
    value, (by_w, by_x) = both.rows(w, x, y, shared="w")
    expected = [both(w, x[i], float(y[i])) for i in range(count)]
    assert np.array_equal(value, [each[0] for each in expected])
    assert np.array_equal(by_x, [each[1][1] for each in expected])
    assert by_w["k"].shape == (2,)
    np.testing.assert_allclose(by_w["k"], sum(g["k"] for _, (g, _) in expected), 1e-12, 1e-12)
    np.testing.assert_allclose(by_w["b"], sum(g["b"] for _, (g, _) in expected), 1e-12, 1e-12)
    for argnums in ({"argnames": "w"}, {"argnums": -4}, {}):
        one = ag.compile(ag.grad(loss, **argnums), machine=machine)
        found = one.rows(w, x, y, 1.0, shared=["w", "scale"])
        assert np.array_equal(found["k"], by_w["k"])
    by_scale = ag.compile(ag.grad(loss, argnums=(3, 2)), machine=machine)
    scales, by_y = by_scale.rows(w, x, y, 2.0, shared=("w", "scale"))
    assert scales.shape == ()
    assert by_y.shape == (count,)
    jacobian = ag.compile(ag.jacobian(lambda w, x: [w * x, w]), machine=machine)
    assert np.array_equal(jacobian.rows(2.0, x[:, 0], shared="w")[0], x[:, 0])


@pytest.mark.parametrize("machine", MACHINES)
def test_has_aux_and_results_that_are_constant_or_no_floats(machine: str) -> None:
    f = lambda w, x: (w * 2.0 + x, {"is": bool(x > 0), "n": 2, "x": [x, 1], "none": None})  # noqa: E731
    x = np.array([1.0, -1.0, 2.0])
    compiled = ag.compile(ag.grad(f, has_aux=True), machine=machine)
    slope, aux = compiled.rows(0.5, x, shared="w")
    assert slope == 6.0
    assert aux["is"].dtype == bool
    assert aux["is"].tolist() == [True, False, True]
    assert aux["n"].dtype.kind == "i"
    assert aux["n"].tolist() == [2, 2, 2]
    assert aux["x"][0].tolist() == x.tolist()
    assert aux["none"] is None
    pair = ag.compile(lambda x: np.array([x * x, 1], object), machine=machine)
    assert pair.rows(x).tolist() == [[1.0, 1.0], [1.0, 1.0], [4.0, 1.0]]
    mixed = ag.compile(lambda x: x if x > 0 else 0, machine=machine)
    assert mixed.rows(x).tolist() == [1.0, 0.0, 2.0]


@pytest.mark.parametrize("machine", MACHINES)
def test_too_many_ways_run_as_they_are(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(functions, "MOST_RECORDINGS", 10)

    def f(x: Any, w: Any) -> Any:
        k = 0
        while x > k:
            k += 1
        return k * x * w

    made = ag.value_and_grad(f, argnums=(0, 1))
    compiled = ag.compile(made, machine=machine)
    x = np.arange(30.0)[::-1] - 0.5
    with pytest.warns(RuntimeWarning, match="10 ways") as told:
        value, (by_x, by_w) = compiled.rows(x, 2.0, shared="w")
    assert len(told) == 1
    assert told[0].filename == __file__
    assert len(compiled.report().programs) <= 8
    expected = [made(each, 2.0) for each in x.tolist()]
    assert value.tolist() == [each[0] for each in expected]
    assert by_x.tolist() == [each[1][0] for each in expected]
    np.testing.assert_allclose(by_w, sum(each[1][1] for each in expected))
    assert compiled.rows(x, 2.0, shared="w")[0].tolist() == value.tolist()


@pytest.mark.parametrize("machine", MACHINES)
def test_near(machine: str) -> None:
    """Rows at a guard may be on either side where they are not exact; each gets an answer."""
    compiled = ag.compile(lambda x: ag.exp(x) if ag.exp(x) * x > ag.exp(x * 1) * x - 0.0 else -x)
    x = np.linspace(-2, 2, 501)
    exact, near = compiled.rows(x), compiled.rows(x, exact=False)
    np.testing.assert_allclose(near, exact, 1e-14)
    tied = ag.compile(lambda x: 1.0 if ag.exp(x) * ag.exp(-x) == 1.0 else 0.0, machine=machine)
    assert set(tied.rows(x, exact=False).tolist()) <= {0.0, 1.0}


@pytest.mark.skipif(not HAS_LLVM, reason="it needs llvmlite and the C core")
def test_llvm_gives_the_bits_of_the_tape() -> None:
    """While it is compiled the tape runs; programs of two sides, and sums of each."""
    f = ag.value_and_grad(lambda w, x: ag.exp(w * x) if x > 0 else ag.tanh(x) * w)
    x = np.linspace(-2, 2, 45)
    tape, llvm = (ag.compile(f, machine=machine, wait=True) for machine in ("tape", "llvm"))
    soon = ag.compile(f, machine="llvm")
    for exact in (True, False):
        expected = tape.rows(1.5, x, shared="w", exact=exact)
        for found in (llvm, soon, soon):
            value, slope = found.rows(1.5, x, shared="w", exact=exact)
            assert value.tobytes() == expected[0].tobytes()
            assert slope == expected[1]
    for version in llvm._versions():
        for known in version.rows.values():
            assert known.task.reason is None


@pytest.mark.skipif(not HAS_LLVM, reason="it needs llvmlite and the C core")
def test_llvm_takes_over_after_as_many_rows_as_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself, counted over all calls; at once where one waits; and no bit changes."""
    monkeypatch.setattr(row_runs, "rows_that_pay", lambda *_: 100)
    x = np.linspace(-2, 2, 60)
    tape, own = (ag.compile(lambda x: ag.tanh(x) * x, machine=m) for m in ("tape", None))
    expected = tape.rows(x).tobytes()
    for _ in range(2):
        assert own.rows(x).tobytes() == expected
        (row,) = own.report().programs
        assert row.row_machines == ("tape",)
    (run,) = own._versions()[0].rows.values()
    assert run.task.wait(60)
    assert run.task.reason is None
    assert own.rows(x).tobytes() == expected
    assert "; rows: llvm" in str(own.report())
    waited = ag.compile(lambda x: ag.tanh(x) * x, wait=True)
    assert waited.rows(x).tobytes() == expected
    assert waited.report().programs[0].row_machines == ("llvm",)
    assert tape.report().programs[0].row_machines == ("tape",)


def test_what_pays_for_many_rows() -> None:
    """Where the C library computes much, nothing does; larger programs pay sooner, to a limit."""
    sums, calls = (
        Program(1, (), tuple([Instruction(op, (k,)) for k in range(50)]), (50,))
        for op in ("neg", "exp")
    )
    assert machines.rows_that_pay(calls, exact=True) == 0
    assert machines.rows_that_pay(calls, exact=False) == machines.rows_that_pay(sums, exact=True)
    assert 10**6 < machines.rows_that_pay(sums, exact=True) < 10**8
    assert machines.rows_that_pay(sums._replace(code=sums.code * 1000), exact=True) == 0


def test_no_rows() -> None:
    compiled = ag.compile(ag.value_and_grad(lambda w, v: w * v[0] * v[1]))
    with pytest.raises(ValueError, match=r"no rows, and .* is not known"):
        compiled.rows(2.0, np.zeros((0, 2)), shared="w")
    assert compiled(2.0, np.array([3.0, 4.0]))[0] == 24.0
    value, slope = compiled.rows(2.0, np.zeros((0, 2)), shared="w")
    assert value.shape == (0,)
    assert slope == 0.0
    value, slope = compiled.rows(np.zeros(0), np.zeros((0, 2)))
    assert slope.shape == (0,)


@pytest.mark.parametrize("shared", [3, None, 1.5])
def test_what_is_shared_is_named(shared: Any) -> None:
    with pytest.raises(TypeError, match=r"^rows: got shared=.*; it needs names of arguments, as "):
        ag.compile(lambda x, y: x * y).rows(np.ones(2), 2.0, shared=shared)


def test_inputs_are_not_changed_and_results_are_new() -> None:
    x = np.arange(3.0)
    x.flags.writeable = False
    compiled = ag.compile(lambda x: x)
    first = compiled.rows(x)
    first[:] = 7
    assert compiled.rows(x).tolist() == [0, 1, 2]


WRONG: list[tuple[Callable[[Any], Any], type[Exception], str]] = [
    (lambda f: f.rows(np.zeros(3), np.zeros(2)), ValueError, "got 3 rows of x and 2 of w"),
    (lambda f: f.rows(1.0, np.zeros(2)), ValueError, r"got float 1.0 for x, .*shared=\('x',\)"),
    (lambda f: f.rows(np.array(1.0), np.zeros(2)), ValueError, "without axes for x"),
    (lambda f: f.rows(np.zeros(3), 1.0, shared="q"), ValueError, "shared='q'; the arguments are x, w"),
    (lambda f: f.rows(1.0, 2.0, shared=("x", "w")), ValueError, "no argument that has rows"),
    (lambda f: f.rows(np.zeros(3, complex), np.zeros(3)), TypeError, "array of complex128 for x"),
    (lambda f: f.rows(np.array(["a"]), np.zeros(1)), TypeError, "array of <U1 for x"),
    (lambda f: f.rows(np.array([None]), np.zeros(1)), TypeError, "array of object for x"),
    (lambda f: f.rows([[1.0], [1.0, 2.0]], np.zeros(2)), ValueError, "several lengths for x"),
    (lambda f: f.rows(ag.Tensor([1.0]), np.zeros(1)), TypeError, "Tensor.*for x; .*ag.vectorize"),
    (lambda f: f.rows(np.zeros(1), ag.Value(1.0), shared="w"), TypeError, "for w; .*ag.vectorize"),
    (lambda f: ag.compile(lambda x: "s").rows([1.0]), TypeError, "it must return numbers"),
    (lambda f: ag.compile(lambda x: 2**60).rows([1.0]), TypeError, "it must return numbers"),
    (lambda f: ag.compile(lambda x: [x] if x > 0 else x).rows([1.0, -1.0]), ValueError, "one form"),
]  # fmt: skip


@pytest.mark.parametrize("wrong", range(len(WRONG)))
def test_what_does_not_fit_is_refused_in_one_line(wrong: int) -> None:
    call, error, message = WRONG[wrong]
    with pytest.raises(error, match=message) as raised:
        call(ag.compile(lambda x, w: x * w))
    assert "\n" not in str(raised.value)
