"""Graphs and programs in JavaScript, run by Node beside Python."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import autograd as ag
import nn
from autograd.arithmetic.floats import PRIMITIVES as FUNCTIONS
from autograd.arithmetic.floats import evaluate
from autograd.compiling.comparisons import compared
from autograd.compiling.javascript import computation, library
from autograd.compiling.javascript.kernels import ARRANGED, Kernels, arranged, slope_programs
from autograd.compiling.javascript.printing import functions
from autograd.compiling.primitives import PRIMITIVES
from autograd.explaining.ledger import ledger
from autograd.rules.elementary import TABLE
from autograd.rules.nary import NARY
from tests.compiling.javascript import (
    EXACT,
    NODE,
    ULPS,
    bounded,
    differences,
    node,
    numbers_of,
    random_ones,
    text_of,
    ulps,
)
from tests.compiling.programs import EDGES, bits

pytestmark = pytest.mark.skipif(NODE is None, reason="there is no node")


def result(script: str) -> Any:
    """Value that a script calls `result`, of finite numbers, strings, null and lists of them."""
    return json.loads(node(f"{script}\nconsole.log(JSON.stringify(result));"))


# Operations


def points(rng: np.random.Generator, arity: int, n: int = 60) -> Any:
    """Numbers of all sizes, and all edges beside one another."""
    sizes = np.exp(rng.uniform(-700, 700, (n, arity))) * rng.choice([-1, 1], (n, arity))
    near_one = 1 + rng.normal(size=(n, arity)) * np.exp(rng.uniform(-30, 0, (n, arity)))
    edges = np.array(np.meshgrid(*[[*EDGES, 28.0, 2.5, -2.5, 1e16]] * arity)).reshape(arity, -1).T
    usual = rng.normal(size=(n, arity)) * rng.choice([1, 20], (n, 1))
    return np.concatenate([sizes, near_one, edges, usual, rng.uniform(-1, 1, (n, arity))])


def test_functions_have_the_numbers_of_python() -> None:
    rng = np.random.default_rng(0)
    given = {name: points(rng, PRIMITIVES[name].arity) for name in FUNCTIONS}
    huge = np.stack([1 + rng.normal(size=40) * 1e-8, rng.normal(size=40) * 1e10], 1)
    given["pow"] = np.concatenate([given["pow"], huge])  # where engines of JavaScript lose digits
    calls = [
        f"for (let i = 0, x = {text_of(xs.ravel())}; i < x.length; i += {xs.shape[1]})"
        f" found.push({name}(x[i], x[i + 1]));"
        for name, xs in given.items()
    ]
    script = f"const found = [];{''.join(calls)}const result = Float64Array.from(found);"
    found = iter(numbers_of(functions() + script).tolist())
    for name, xs in given.items():
        most = 0.0 if name in EXACT else ULPS
        for point in xs.tolist():
            if name == "copysign" and math.isnan(point[1]):
                next(found)  # a nan has no sign here
                continue
            x, y = PRIMITIVES[name].compute(*point), next(found)
            assert ulps(x, y) <= most, (name, point, x, y)


def test_erf_is_that_of_its_definition() -> None:
    mpmath = pytest.importorskip("mpmath")
    xs = np.linspace(-6, 27, 400)
    script = (
        f"const x = {text_of(xs)};const result = Float64Array.of(...x.map(erf), ...x.map(erfc));"
    )
    found = numbers_of(functions() + script).tolist()
    expected = [float(f(x)) for f in (mpmath.erf, mpmath.erfc) for x in xs]
    assert max(map(ulps, found, expected)) <= ULPS


def operands(r: random.Random, row: Any) -> tuple[list[float], tuple[int, ...]]:
    """Operands of a row, mostly inside its domain, and its options."""
    n = len(row.operands) if row.name in TABLE else r.choice([2, 4])
    edges = (*EDGES, -3.0, 20.0)
    domain = row.domain if row.name in TABLE else ((-2.0, 2.0),) * n
    within = [(max(low, -20.0), min(high, 20.0)) for low, high in domain]
    xs = [r.uniform(*each) if r.random() < 0.8 else r.choice(edges) for each in within]
    options: tuple[int, ...] = (r.randrange(min(n, 2)),) if row.options else ()
    if row in ARRANGED:
        index = options if row.name != "std" else ()
        xs = arranged(row, xs, *index)
        options = (0,) if options else ()
    return xs, options


def test_rows_have_the_numbers_of_python() -> None:
    r, kernels = random.Random(0), Kernels()
    trials: list[tuple[Any, list[float], Any]] = []
    calls: list[str] = []
    for row in [*TABLE.values(), *NARY.values()]:
        for _ in range(12 if row.name != "where" else 0):
            xs, options = operands(r, row)
            z, slopes = evaluate(row, *xs, *options)
            kind = "v" * len(xs)
            value = kernels.value(row, xs, *options)
            slope = kernels.slopes(row, kind, xs, *options)
            program = next(slope_programs(row, kind, xs, options))
            bounds = bounded(program, [z, *xs])[1]
            bounds = [bounds[i] for i in program.outputs[: len(xs)]]
            trials.append((row, xs, [(z, None), *zip(slopes, bounds)]))
            calls.append(f"run({value}, {slope}, {text_of([z, *xs])});")
    script = f"""{functions()}
    const kernels = [{",".join(kernels.texts())}], found = [];
    const run = (value, slope, values) => {{
        const [z, n] = [values[0], values.length - 1];
        const c = {{ values, slopes: new Float64Array(n), flats: new Float64Array(n) }};
        const places = [...Array(n + 1).keys()];
        const tried = (kernel) => kernels[kernel].some((f) => !f(c, places));
        if (!tried(value)) throw Error("no side for " + values);
        found.push(values[0]);
        values[0] = z;
        if (!tried(slope)) throw Error("no side for " + values);
        found.push(...c.slopes);
    }};
    {"".join(calls)}
    const result = Float64Array.from(found);"""
    found = iter(numbers_of(script).tolist())
    for row, xs, expected in trials:
        for x, bound in expected:
            y = next(found)
            close = ulps(x, y) <= ULPS or x == y or (bound is not None and abs(x - y) <= bound)
            assert close, (row.name, xs, x, y)


def test_random_programs_are_within_their_bounds() -> None:
    wrong, decided = differences(random_ones(range(60)))
    assert not wrong
    assert decided > 40


# Graphs


def computed(root: Any, leaves: Sequence[Any], points: Sequence[Sequence[float]]) -> Any:
    """The root and gradients by the leaves at points, as JavaScript has them, in one array."""
    found = computation([root], leaves)
    assert not found.still
    script = f"""{library()}
    const c = {found.text};
    const found = [];
    for (const point of {json.dumps([*map(list, points)])}) {{
        for (const i of c.inputs) c.value(i).set(point.splice(0, c.value(i).length));
        if (c.forward()) throw Error("stopped at " + point);
        c.backward();
        found.push(...c.value(c.root), ...c.inputs.flatMap((i) => [...c.gradient(i)]));
    }}
    const result = Float64Array.from(found);"""
    return numbers_of(script).reshape(len(points), -1)


def expected(f: Callable[..., Any], shapes: Sequence[Any], point: Sequence[float]) -> Any:
    """The same of Python; leaves without a shape are Values."""
    leaves, rest = [], [*point]
    for shape in shapes:
        if shape is None:
            leaves.append(ag.Value(rest.pop(0)))
        else:
            size = math.prod(shape)
            leaves.append(ag.Tensor(np.reshape(rest[:size], shape)))
            del rest[:size]
    y = f(*leaves)
    total = ag.sum(y) if isinstance(y, ag.Tensor) else y
    total.backward()
    return np.concatenate([np.ravel(y.data), *[np.ravel(x.grad) for x in leaves]])


def test_a_graph_is_computed_anew_with_the_bits_of_python() -> None:
    def f(x: Any, y: Any) -> Any:
        return ag.relu(x * y + 2) * ag.sqrt(x * x + y) / (y - 3) + ag.max([x, y, x - y])

    places = [(0.5, 0.25), (-3.0, 2.0), (2.0, -1.5), (0.0, -0.0), (1e200, 1e200), (1.0, 3.0)]
    leaves = [ag.Value(0.5), ag.Value(0.25)]
    for point, row in zip(places, computed(f(*leaves), leaves, places)):
        assert bits(row + 0.0) == bits(expected(f, [None, None], point) + 0.0), point


NETWORK = nn.Sequential(nn.Linear(3, 4, "relu", rng=0), nn.Linear(4, 3, rng=1))
ARRAYS: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "layer": (lambda x, W, b: ag.sum(ag.tanh(x @ W + b) ** 2), [(4, 3), (3, 2), (2,)]),
    "choices": (lambda x: ag.max(x, axis=0) * ag.norm(x) + ag.std(x, axis=0), [(3, 2)]),
    "shapes": (lambda x: np.concatenate([x[1:].T, x[:2].T * 2], 1).reshape(-1)[::2], [(4, 3)]),
    "beside a Value": (lambda x, v: ag.softmax(x * v)[0], [(3, 3), None]),
    "logits": (lambda x: nn.cross_entropy(x, np.array([0, 2, 1])), [(3, 3)]),
    "chances": (lambda x: nn.bce(x, np.array([0.0, 1.0]), from_logits=True), [(2,)]),
    "left out": (lambda x: ag.sum(ag.sqrt(abs(x))[1:]), [(3,)]),
    "products": (lambda x, y: ag.einsum("ij,kj->ik", x, y) @ x[0], [(2, 2), (2, 2)]),
    "images": (lambda x, W: ag.conv2d(x, W, activation="relu"), [(1, 1, 3, 3), (2, 1, 2, 2)]),
    "network": (lambda x: NETWORK(x).sum(), [(2, 3)]),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_are_computed_number_by_number(name: str) -> None:
    f, shapes = ARRAYS[name]
    rng = np.random.default_rng(0)
    size = sum(math.prod(shape or ()) for shape in shapes)
    places = [*rng.normal(size=(3, size)), np.eye(1, size)[0]]
    leaves = [
        ag.Value(0.5) if shape is None else ag.Tensor(rng.normal(size=shape)) for shape in shapes
    ]
    if name == "layer":
        places.pop()
    for point, row in zip(places, computed(f(*leaves), leaves, places)):
        assert np.allclose(row, expected(f, shapes, point), 1e-12, 1e-14, equal_nan=True), point


def test_contributions_are_those_of_the_ledger() -> None:
    x, y = ag.Value(0.75, name="x"), ag.Value(-0.5, name="y")
    root = ag.relu(x * y) * ag.log(x - x) + ag.where(True, x, y) * x * y
    found = computation([root])
    script = f"""{library()}
    const c = {found.text};
    c.forward();
    c.backward();
    const found = [];
    for (const i of c.order)
        c.nodes[i][2].forEach((_, k) => {{
            const {{ partial, share, before, after }} = c.contribution(i, k);
            found.push(c.gradient(i)[0], partial, share[0], before[0], after[0]);
        }});
    const result = Float64Array.from(found);"""
    entries = ledger(root)
    numbers = [[e.adjoint, e.partial, e.share, e.before, e.after] for e in entries]
    assert bits(numbers_of(script)) == bits(np.ravel(numbers))


def test_the_comparisons_of_a_function_are_guards() -> None:
    x, t = ag.Value(2.0, name="x"), ag.Tensor([1.0, 2.0], name="t")

    def f() -> Any:
        return ag.sum(np.where(t > 0.5, t, 0.0)) * (x if x * x > 3.0 else -x)

    y, comparisons = compared(f)
    found = computation([y], [x, t], comparisons)
    i, j = found.inputs
    told = result(
        f"""{library()}
        const c = {found.text};
        const result = [c.forward(), c.flip({i}, 0.5), c.flip({i}, 3), c.value({i})[0]];
        c.set({j}, 0.25, 1);
        const stop = c.forward();
        result.push(stop, c.guard(stop.guard));"""
    )
    assert told[0] is None
    assert told[2] is None
    assert told[3] == 2.0
    assert 1.7320508 < told[1] < 1.7320509
    of = [[j, 1], None]
    guard = {"op": "gt", "sides": [0.25, 0.5], "of": of, "expected": True, "holds": False}
    assert told[4:] == [{"guard": 1}, guard]


def test_the_guards_of_a_compiled_function_are_those_of_its_program() -> None:
    @ag.compile
    def f(x: float, y: float) -> Any:
        return ag.floor(x) * y if x > 2 * y else x - y

    assert f(1.5, 0.125) == 0.125
    told = result(
        f"""{library()}
        const c = {computation(f).text};
        const result = [c.forward(), c.guard(0), ...c.nodes.map((_, i) => c.value(i)[0])];"""
    )
    of = told[1].pop("of")
    guard = {"op": "gt", "sides": [1.5, 0.25], "expected": True, "holds": True}
    assert told[:2] == [None, guard]
    assert [place for _, place in of] == [0, 0]
    assert sorted(told[2:]) == [0.125, 0.125, 0.25, 1.0, 1.0, 1.5]


def test_what_only_python_computes_stays_and_so_do_its_inputs() -> None:
    @ag.custom_vjp(lambda g, z, x: g * 2 * x)
    def square(x: Any) -> Any:
        return x * x

    x, y = ag.Value(3.0, name="x"), ag.Value(4.0, name="y")
    root = square(x) * y
    found = computation([root])
    assert [*found.still.values()] == ["square is computed in Python alone"]
    (i,) = found.inputs
    told = result(
        f"""{library()}
        const c = {found.text};
        c.set({i}, 5);
        c.forward();
        c.backward();
        const result = [c.value(c.root)[0], ...c.nodes.map((_, i) => c.gradient(i)[0])];"""
    )
    assert told[0] == 45.0
    assert sorted(told[1:]) == [1.0, 5.0, 9.0, 30.0]


def test_differences_agree_with_the_sweep() -> None:
    x, y = ag.Value(0.75, name="x"), ag.Value(-0.5, name="y")
    found = computation([ag.exp(x * y) / ag.cos(x - y)])
    told = result(
        f"""{library()}
        const c = {found.text};
        c.forward();
        c.backward();
        const result = c.nodes.map((_, i) => [c.gradient(i)[0], c.difference(i)]);"""
    )
    for gradient, difference in told:
        assert abs(gradient - difference["numeric"]) <= difference["bound"] < 1e-6


def test_no_name_is_in_the_text() -> None:
    x = ag.Value(1.0, name="</script>alert(1)")
    assert "alert" not in computation([ag.exp(x)]).text


def test_programs_of_all_branches_are_one_function() -> None:
    @ag.compile
    def f(x: float, y: float) -> Any:
        return {"sum": [x + y, x * 3]} if x > y else {"sum": [x - y, -x]}

    places = [(1.5, 0.25), (-3.0, 2.0)]
    values = [f(*point)["sum"] for point in places]
    text = f.source("javascript")
    assert result(f"{text}\nconst result = {json.dumps(places)}.map(program);") == values
