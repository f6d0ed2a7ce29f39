"""The C core beside its Python twin: the same random programs, compared bit for bit."""

import copy
import importlib
import math
import os
import pickle
import struct
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple
from unittest import mock

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import autograd as ag
from autograd import derivatives
from autograd.rules.elementary import BUILT_IN, TABLE
from autograd.rules.nary import NARY

pytestmark = [
    pytest.mark.both,
    pytest.mark.skipif(ag.core != "c", reason="there is no C core to compare with"),
]


def imported_again() -> dict[str, ModuleType]:
    """The package once more, as it is without the core."""
    ours = {
        name: sys.modules.pop(name)
        for name in list(sys.modules)
        if name.split(".")[0] == "autograd"
    }
    try:
        with mock.patch.dict(
            os.environ, {"CHAINRULE_PURE_PYTHON": "1", "CHAINRULE_REQUIRE_C": "0"}
        ):
            importlib.import_module("autograd.checking")
            enter_rooms()
            return {
                name: sys.modules.pop(name)
                for name in list(sys.modules)
                if name.split(".")[0] == "autograd"
            }
    finally:
        sys.modules.update(ours)


def enter_rooms() -> None:
    """Enter the rooms that functions would enter later, when other modules have their names."""
    entered: set[str] = set()
    while new := {name for name in sys.modules if name.startswith("autograd")} - entered:
        for x in [x for name in new for x in vars(sys.modules[name]).values()]:
            if type(x).__name__ == "Later":
                _ = x.__wrapped__
        entered |= new


MODULES = imported_again()
TWIN: Any = MODULES["autograd"]
ENGINES: tuple[Any, Any] = ag, TWIN


def test_the_twin_is_another_engine() -> None:
    assert (ag.core, TWIN.core) == ("c", "python")
    assert TWIN.Value is not ag.Value
    assert sys.modules["autograd"] is ag


class Pair(NamedTuple):
    """A Value of each engine."""

    c: Any
    twin: Any


def bits(x: float) -> bytes:
    return b"nan" if math.isnan(x) else struct.pack("d", x)


def told(node: Any) -> tuple[Any, ...]:
    """All that can be seen of a node."""
    operands = [
        ("node", bits(x.data)) if hasattr(x, "data") else (type(x), bits(x)) for x in node.operands
    ]
    return (
        bits(node.data), bits(node.grad), node.has_grad, node.op, node.name, operands,
        [bits(p.data) for p in node.parents], [bits(d) for d in node.partials],
        repr(node), str(node), f"{node:.3e}", bool(node), len(node._prev), node._op,
    )  # fmt: skip


def outcome(f: Callable[..., Any], *operands: Any) -> Any:
    try:
        return f(*operands)
    except (TypeError, ValueError, OverflowError) as error:
        # What it got is told by a room that the engines share here, and which knows but one Value
        return f"{type(error).__name__}: {str(error).partition(': got ')[0]}"


def assert_same(found: Any, expected: Any) -> None:
    if isinstance(expected, TWIN.Value):
        assert type(found) is ag.Value
        assert told(found) == told(expected)
    elif isinstance(expected, (list, tuple)):
        assert len(found) == len(expected)
        for x, y in zip(found, expected):
            assert_same(x, y)
    else:
        assert type(found) is type(expected), (found, expected)
        assert (bits(found) == bits(expected)) if isinstance(expected, float) else found == expected


def softsign(engine: Any) -> Any:
    return engine.elementary(
        "softsign_of_the_twins",
        lambda m, x, y: x / (1 + m.abs(x)) * y,
        lambda m, x, y, z: (y * m.square(1 / (1 + m.abs(x))), x / (1 + m.abs(x))),
    )


ROWS = sorted(BUILT_IN - {"where"})
SPECIAL = (
    0.0,
    -0.0,
    1.0,
    -1.0,
    2.0,
    0.5,
    math.inf,
    -math.inf,
    math.nan,
    5e-324,
    1e-160,
    1e160,
    709.9,
)
HUGE = 10**400  # no float
NUMBERS = st.one_of(st.sampled_from(SPECIAL), st.floats(-4, 4), st.floats())
CONSTANTS = st.one_of(NUMBERS, st.integers(-3, 3), st.booleans(), st.just(HUGE))
PLACE = st.integers(0, 10**6)
OPERAND = st.one_of(PLACE.map(lambda i: ("node", i)), CONSTANTS.map(lambda c: ("constant", c)))
SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y,
    "/": lambda x, y: x / y, "%": lambda x, y: x % y, "**": lambda x, y: x**y,
    "<": lambda x, y: x < y, "<=": lambda x, y: x <= y, ">": lambda x, y: x > y,
    ">=": lambda x, y: x >= y, "==": lambda x, y: x == y, "!=": lambda x, y: x != y,
}  # fmt: skip


class Twins(RuleBasedStateMachine):
    """Random programs. A list holds the nodes, so that any of them can go at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[Pair] = []
        self.softsign = [softsign(engine) for engine in ENGINES]

    def teardown(self) -> None:
        for table in (TABLE, MODULES["autograd.rules.elementary"].TABLE):
            table.pop("softsign_of_the_twins", None)

    def of(self, operand: tuple[str, Any], side: int) -> Any:
        kind, x = operand
        if kind == "constant" or not self.nodes:
            return x if kind == "constant" else 1.5
        return self.nodes[x % len(self.nodes)][side]

    def both(self, f: Callable[[Any, int], Any], keep: bool = True) -> Any:
        """Do it with both engines, and compare; new Values are kept."""
        found, expected = (outcome(f, ENGINES[side], side) for side in (0, 1))
        assert_same(found, expected)
        if keep:
            pairs = zip(found, expected) if isinstance(found, list) else [(found, expected)]
            self.nodes += [Pair(*pair) for pair in pairs if isinstance(pair[0], ag.Value)]
        return found

    @rule(x=NUMBERS, name=st.none() | st.text(max_size=3))
    def leaf(self, x: float, name: str | None) -> None:
        self.both(lambda ag, side: ag.Value(x, name))

    @rule(name=st.sampled_from(ROWS), operands=st.lists(OPERAND, min_size=3, max_size=3))
    def elementary(self, name: str, operands: list[Any]) -> None:
        several = operands[: len(TABLE[name].operands)]
        numbers = [getattr(self.of(x, 0), "data", self.of(x, 0)) for x in several]
        made = self.both(lambda ag, side: getattr(ag, name)(*(self.of(x, side) for x in several)))
        if isinstance(made, ag.Value):  # the third witness: the row on numbers alone
            assert bits(made.data) == bits(getattr(ag, name)(*numbers))

    @rule(i=PLACE, name=st.sampled_from(["exp", "tanh", "relu", "sigmoid", "arcsin", "rint"]))
    def method(self, i: int, name: str) -> None:
        self.both(
            lambda ag, side: getattr(self.of(("node", i), side), name)() if self.nodes else None
        )

    @rule(sign=st.sampled_from(sorted(SIGNS)), x=OPERAND, y=OPERAND)
    def sign(self, sign: str, x: Any, y: Any) -> None:
        if "node" in (x[0], y[0]) and self.nodes:
            self.both(lambda ag, side: SIGNS[sign](self.of(x, side), self.of(y, side)))

    @rule(condition=OPERAND | st.booleans().map(lambda b: ("constant", b)), x=OPERAND, y=OPERAND)
    def where(self, condition: Any, x: Any, y: Any) -> None:
        self.both(lambda ag, side: ag.where(*(self.of(o, side) for o in (condition, x, y))))

    @precondition(lambda self: self.nodes)
    @rule(
        name=st.sampled_from(sorted(NARY)),
        i=PLACE,
        operands=st.lists(OPERAND, max_size=5),
        plain=st.booleans(),
    )
    def nary(self, name: str, i: int, operands: list[Any], plain: bool) -> None:
        def f(engine: Any, side: int) -> Any:
            xs = [self.of(("node", i), side), *(self.of(x, side) for x in operands)]
            if name == "dot":
                return engine.dot(xs[::2], xs[1::2])
            found = getattr(engine, name)(xs if plain else tuple(xs))
            return list(found) if "softmax" in name else found

        self.both(f)

    @rule(x=OPERAND, y=OPERAND)
    def of_the_user(self, x: Any, y: Any) -> None:
        self.both(lambda ag, side: self.softsign[side](self.of(x, side), self.of(y, side)))

    @precondition(lambda self: self.nodes)
    @rule(i=PLACE, x=CONSTANTS)
    def changed_data(self, i: int, x: float) -> None:
        self.both(lambda ag, side: setattr(self.of(("node", i), side), "data", x))

    @precondition(lambda self: self.nodes)
    @rule(i=PLACE, x=CONSTANTS)
    def changed_gradient(self, i: int, x: float) -> None:
        self.both(lambda ag, side: setattr(self.of(("node", i), side), "grad", x))

    @precondition(lambda self: self.nodes)
    @rule(i=PLACE, name=st.none() | st.text(max_size=2) | st.just(3))
    def renamed(self, i: int, name: Any) -> None:
        self.both(lambda ag, side: setattr(self.of(("node", i), side), "name", name))

    @precondition(lambda self: self.nodes)
    @rule(i=PLACE, seed=CONSTANTS, twice=st.booleans())
    def backward(self, i: int, seed: float, twice: bool) -> None:
        for _ in range(1 + twice):
            self.both(lambda ag, side: self.of(("node", i), side).backward(seed))

    @precondition(lambda self: self.nodes)
    @rule(i=PLACE)
    def zero_grad(self, i: int) -> None:
        self.both(lambda ag, side: self.of(("node", i), side).zero_grad())

    @precondition(lambda self: self.nodes)
    @rule(i=PLACE, several=st.lists(PLACE, max_size=3), seed=OPERAND, as_graph=st.booleans())
    def gradients(self, i: int, several: list[int], seed: Any, as_graph: bool) -> None:
        def f(engine: Any, side: int) -> Any:
            y, *xs = (self.of(("node", k), side) for k in (i, *several))
            return engine.gradients(y, xs, seed=self.of(seed, side), create_graph=as_graph)

        self.both(f)

    @precondition(lambda self: self.nodes)
    @rule(
        way=st.sampled_from(["reverse", "forward", "graph_gradients", "cut"]),
        ys=st.lists(PLACE, max_size=3),
        xs=st.lists(PLACE, max_size=3),
        numbers=st.lists(NUMBERS, min_size=6, max_size=6),
    )
    def many_by_many(self, way: str, ys: list[int], xs: list[int], numbers: list[float]) -> None:
        def f(engine: Any, side: int) -> Any:
            m = MODULES["autograd.derivatives"] if side else derivatives
            roots, nodes = ([self.of(("node", k), side) for k in some] for some in (ys, xs))
            if way in ("graph_gradients", "cut"):
                seeds = [*nodes[:1], *numbers][: len(roots)]
                return m.graph_gradients(roots, nodes, seeds, way == "cut")
            count = len(roots if way == "reverse" else nodes)
            return getattr(m, way)(roots, nodes, [numbers[:count], numbers[3 : 3 + count]])

        self.both(f)

    @precondition(lambda self: self.nodes)
    @rule(i=PLACE, c=NUMBERS)
    def transformed(self, i: int, c: float) -> None:
        def f(engine: Any, side: int) -> Any:
            x = self.of(("node", i), side)
            inner = engine.grad(lambda t: t * t * x + engine.sum([x, t]))
            return [inner(c), *engine.taylor(lambda t: engine.tanh(t * x) / t, c, 3)]

        self.both(f)

    @precondition(lambda self: self.nodes)
    @rule(i=PLACE, j=PLACE, c=NUMBERS)
    def not_recorded(self, i: int, j: int, c: float) -> None:
        def f(engine: Any, side: int) -> Any:
            x, y = (self.of(("node", k), side) for k in (i, j))
            with engine.no_grad():
                return [x * y + c, engine.sum([x, y, c]), engine.where(x < y, x, c), x.detach()]

        self.both(f)

    @precondition(lambda self: self.nodes)
    @rule(i=PLACE, way=st.sampled_from([copy.copy, copy.deepcopy, "pickle"]))
    def copied(self, i: int, way: Any) -> None:
        def f(engine: Any, side: int) -> Any:
            x = self.of(("node", i), side)
            if way != "pickle":
                return way(x)
            with mock.patch.dict(sys.modules, MODULES if side else {}):
                return pickle.loads(pickle.dumps(x))

        self.both(f)

    @precondition(lambda self: self.nodes)
    @rule(i=PLACE)
    def forgotten(self, i: int) -> None:
        del self.nodes[i % len(self.nodes)]

    @invariant()
    def all_the_same(self) -> None:
        for pair in self.nodes:
            assert told(pair.c) == told(pair.twin)


TestTwins: Any = Twins.TestCase
TestTwins.settings = settings(stateful_step_count=30, report_multiple_bugs=False)
