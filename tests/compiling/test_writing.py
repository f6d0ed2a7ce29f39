"""Graphs written down as programs: in Python and in the C core alike, and what the core refuses."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

import autograd as ag
from autograd import Value, compiled
from autograd.compiling import program, recording
from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Instruction, Program
from autograd.compiling.writing import Writer, template, writer
from autograd.rules.elementary import TABLE
from tests.compiling.programs import EDGES, bits, random_inputs

pytestmark = [
    pytest.mark.both,
    pytest.mark.skipif(compiled.core != "c", reason="it is a part of the C core"),
]

REFUSED = (ValueError, TypeError)


def shown(found: Program) -> tuple[Any, ...]:
    """All of a program; constants by their bits, which are in an order of their own."""
    first = found.inputs
    places = sorted(range(len(found.constants)), key=lambda i: bits([found.constants[i]]))
    new = {first + i: first + k for k, i in enumerate(places)}
    code = [(op, [new.get(i, i) for i in operands]) for op, operands in found.code]
    outputs = [new.get(i, i) for i in found.outputs]
    return first, bits([found.constants[i] for i in places]), code, outputs, found.guards


def test_builders_do_the_same_step_by_step() -> None:
    for seed in range(200):
        r = random.Random(seed)
        at = random_inputs(seed, 3)
        in_python, in_c = Writer(3, at), writer(at)
        known, conditions = [0, 1, 2], [in_c.constant(1.0)]
        for _ in range(60):
            if r.random() < 0.3:
                c = r.choice((*EDGES, r.gauss(0, 3)))
                known.append(in_c.constant(c))
                assert known[-1] == in_python.constant(c)
            op = r.choice([*PRIMITIVES])
            operands = [r.choice(known[-6:]) for _ in range(PRIMITIVES[op].arity)]
            if op in ("and", "or", "not"):
                operands = [r.choice(conditions) for _ in operands]
            elif op == "where":
                operands[0] = r.choice(conditions)
            found = in_c.emit(op, *operands)
            assert found == in_python.emit(op, *operands)
            (conditions if PRIMITIVES[op].is_condition else known).append(found)
            if PRIMITIVES[op].is_condition and r.random() < 0.3:
                in_c.guard(found, seed % 2 == 0)
                in_python.guard(found, seed % 2 == 0)
            elif not in_python.sees_signs:
                assert bits([in_c.value(found)]) == bits([float(in_python.value(found))])
        assert in_c.code == in_python.code
        assert bits(in_c.constants) == bits(in_python.constants)
        assert in_c.guards == in_python.guards
        assert in_c.size == in_python.size
        assert bool(in_c.sees_signs) == in_python.sees_signs
        outputs = r.sample(known, 5)
        one, other = in_c.program(outputs), in_python.program(outputs)
        assert one._replace(constants=()) == other._replace(constants=())
        assert bits(one.constants) == bits(other.constants)
        one.check()


def _chain(x: Any, y: Any) -> Any:
    for _ in range(5):
        x = ag.tanh(x * y + 0.5) - ag.sqrt(ag.exp(y) / (1 + x * x))
    return x


def _choices(x: Any, y: Any) -> Any:
    z = ag.relu(x - y) + ag.maximum(x, y) * ag.where(x > 0, y, 2.0) + abs(x) ** y
    return z * ag.logsumexp([x, y, z]) + ag.sum([x, x * y])


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "a chain": _chain,
    "choices": _choices,
    "one alone": lambda x, y: x,
    "a constant": lambda x, y: 2.0,
    "at an infinite slope": lambda x, y: ag.sqrt(x - x) * 0.0 + y,
    "a slope inside": lambda x, y: ag.grad(_chain)(x, y) * y,
}


def nested(f: Callable[..., Any]) -> Callable[..., Any]:
    def derivatives(x: Any, y: Any) -> Any:
        by_x = ag.value_and_grad(f)(x, y)
        of_all = ag.jacobian(lambda v: [f(*v), v[0] * v[1]])([x, y])
        along = ag.jvp(lambda x: f(x, y), [x], [1.0])
        return [by_x, of_all, along, ag.hessian(lambda v: f(*v))([x, y])]

    return derivatives


@pytest.mark.filterwarnings("ignore::autograd.LostGradientWarning")
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("point", [(0.7, 1.1), (1.1, 0.7), (2.0, 2.0), (0.5, -0.0)])
def test_functions_are_written_down_alike(
    name: str, point: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    f = nested(FUNCTIONS[name])
    in_c = ag.compile(f)
    assert type(writer([1.0])) is not Writer
    results = in_c(*point)
    monkeypatch.setattr(recording, "writer", lambda at: Writer(len(at), at))
    in_python = ag.compile(f)
    assert str(in_python(*point)) == str(results) == str(f(*point)), "and nan is like nan"
    one, other = (shown(each._versions()[0].program) for each in (in_c, in_python))
    assert one == other


@pytest.mark.parametrize("name", TABLE)
def test_every_row_is_written_down_alike(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of variables and constants in all places, with partials by those that count."""
    own, n = getattr(ag, name), len(TABLE[name].operands)

    def f(*given: Any) -> list[Any]:
        found = []
        for turn in range(1, 2**n):
            places = [i for i in range(n) if turn >> i & 1]
            operands = [given[i] if i in places else 0.25 + i for i in range(n)]
            found.append(own(*operands))
            for i in places:
                found += ag.value_and_grad(own, argnums=i)(*operands)
            slopes = ag.grad(own, argnums=tuple(range(n)))(*operands)
            found += slopes if n > 1 else [slopes]
        return found

    point = [0.3 + 0.2 * i for i in range(n)]
    in_c = ag.compile(f)
    results = in_c(*point)
    monkeypatch.setattr(recording, "writer", lambda at: Writer(len(at), at))
    in_python = ag.compile(f)
    assert str(in_python(*point)) == str(results)
    one, other = (shown(each._versions()[0].program) for each in (in_c, in_python))
    assert one == other


@pytest.mark.filterwarnings("ignore::autograd.LostGradientWarning")
def test_nan_is_met_among_any_number_of_slopes() -> None:
    """A sweep that meets nan goes once more without what was not chosen, and inf - inf does not."""
    r = random.Random(4)
    f = ag.value_and_grad(lambda v: ag.sum([ag.relu(x) * ag.sqrt(x * x) - 2.0 * x for x in v]))
    g = ag.grad(lambda v: ag.sum([ag.maximum(x, 1.0) * c for c, x in enumerate(v, -3)]))
    h = ag.grad(lambda v: ag.sum([ag.where(x > 0, ag.sqrt(x), x) * ag.relu(x) for x in v]))
    for n in range(1, 10):
        for _ in range(8):
            point = [r.choice((0.0, -0.0, 1.0, 2.0, -3.0, math.inf, -math.inf, math.nan))] * n
            point[r.randrange(n)] = r.choice((0.5, math.inf, -math.inf, 0.0))
            for each in (f, g, h):
                assert str(ag.compile(each)(point)) == str(each(point)), point


def test_what_the_core_refuses() -> None:
    b = writer([1.0, 2.0])
    x = Value(1.0) * 2.0
    wrong: list[Callable[[], Any]] = [
        lambda: b.emit("add", 0, 2),
        lambda: b.emit("add", 0, -4),
        lambda: b.emit("add", 0, 10**30),
        lambda: b.emit("add", 0, "0"),  # type: ignore[arg-type]
        lambda: b.emit("add", 0),
        lambda: b.emit("fma", 0, 0, 0),
        lambda: b.emit("gcd", 0, 0),
        lambda: b.emit(3, 0),  # type: ignore[arg-type]
        lambda: b.constant("1"),  # type: ignore[arg-type]
        lambda: b.value(2),
        lambda: b.guard(5, True),
        lambda: b.program([7]),
        lambda: b.program(3),  # type: ignore[arg-type]
        lambda: b.level(x),
        lambda: b.level(3.0),  # type: ignore[arg-type]
        lambda: b.know(x, 9, 0),
        lambda: b.know(3.0, 0, 0),  # type: ignore[arg-type]
        lambda: b.reference(3.0, len),  # type: ignore[arg-type]
        lambda: b.order([3.0]),  # type: ignore[list-item]
        lambda: b.sweep(True, (x,), {}, (), lambda *_: [], False),
        lambda: b.sweep(True, (), {x: 0}, (), lambda *_: [], False),
        lambda: b.begins_as(3, 1),  # type: ignore[arg-type]
    ]
    for call in wrong:
        with pytest.raises(REFUSED):
            call()
    assert b.size == 0
    assert compiled.library is not None
    for given in ((-1, (), 9), (1, (1.0, 2.0), 9), (1, ("x",), 9), (1, (), 2**40), (2**40, (), 9)):
        with pytest.raises(REFUSED):
            compiled.library.builder(*given)
    with pytest.raises(ValueError, match="point"):
        compiled.library.builder(1, (), 9).value(0)


def test_what_callbacks_may_do() -> None:
    """A function that is asked in the middle gives what it likes, or forgets all nodes."""
    row = ag.logsumexp([Value(1.0), Value(2.0)]) * 3.0
    for answer in (7, -9, "x", None, math.pi):
        b = writer([1.0])
        with pytest.raises(REFUSED):
            b.reference(row, lambda node, answer=answer: answer)
    leaf = Value(1.0)
    z = ag.logsumexp([leaf, leaf * 2.0]) * leaf

    def forgetting(node: Value) -> int:
        b.forget()
        return 0

    b = writer([1.0])
    b.know(leaf, 0, 1)
    assert b.reference(z, forgetting) < 2, "what was forgotten is written down once more"
    for edges in ([(leaf, 9)], [(leaf, "x")], [(Value(1.0), 0)], [3], 3, [(leaf,)]):
        b = writer([1.0])
        b.know(leaf, 0, 1)
        b.reference(z, lambda node: 0)
        with pytest.raises(REFUSED):
            b.sweep(True, b.order([z]), {z: -1}, (leaf,), lambda *_, edges=edges: edges, True)


def test_code_of_the_core_is_a_sequence() -> None:
    b = writer([1.0, 2.0])
    code = b.program([b.emit("sin", b.emit("mul", 0, 1))]).code
    as_tuple = (Instruction("mul", (0, 1)), Instruction("sin", (2,)))
    assert code == as_tuple
    assert as_tuple == code
    assert code != as_tuple[:1]
    assert code == b.program([3]).code != b.program([2]).code
    assert [*code] == [*as_tuple]
    assert code[-1].op == "sin"
    assert type(code[0]) is Instruction
    for i in (2, -3):
        with pytest.raises(IndexError):
            code[i]
    other = Program(2, (), code, (3,))
    assert compiled.library is not None
    run = compiled.library.tape(*other, True, None)
    assert run([2.0, 0.5]) == other.evaluate([2.0, 0.5])
    with pytest.raises(ValueError, match="known"):
        compiled.library.tape(*other._replace(inputs=1), True, None)
    with pytest.raises(TypeError, match="tuple"):
        compiled.library.tape(*other._replace(code=[*code]), True, None)


def test_a_template_is_a_program() -> None:
    for row in TABLE.values():
        for kind in ("", "v" * len(row.operands)):
            made = template(row, kind)
            if made is not None:
                inputs, constants, code, outputs, _ = made
                Program(inputs, constants, code, outputs).check()


def test_more_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "MOST", 1000)
    b = writer([1.0])
    x = 0
    for _ in range(1000):
        x = b.emit("sin", x)
    with pytest.raises(ValueError, match=r"^compile: got more than 1,000 primitives$"):
        b.emit("sin", x)
