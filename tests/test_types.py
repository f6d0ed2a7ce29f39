"""What type checkers see: the kind of the operands decides that of the result."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_type_hints

import pytest

import autograd as ag
from autograd import functions, shapes, signatures
from autograd.rules.elementary import BUILT_IN, CONDITION, TABLE

ROOT = Path(__file__).parent.parent
PROGRAM = """
from typing import Any, assert_type

import numpy as np
import numpy.typing as npt

import autograd as ag
from autograd import Tensor, Value

v, t, x, n = Value(2.0), Tensor([1.0]), 2.0, 3
a = np.ones(2)
Array = npt.NDArray[Any]

assert_type(ag.exp(v), Value)
assert_type(ag.exp(t), Tensor)
assert_type(ag.exp(x), float)
assert_type(ag.exp(n), float)
assert_type(ag.exp(np.float64(2.0)), float)
assert_type(ag.exp(a), Array)
assert_type(ag.exp([1.0, 2.0]), Any)
assert_type(ag.sqrt(ag.tanh(v)), Value)

assert_type(ag.hypot(v, v), Value)
assert_type(ag.hypot(v, x), Value)
assert_type(ag.hypot(n, v), Value)
assert_type(ag.hypot(t, v), Tensor)
assert_type(ag.hypot(x, t), Tensor)
assert_type(ag.hypot(a, t), Tensor)
assert_type(ag.hypot(v, a), Tensor)
assert_type(ag.hypot(a, v), Tensor)
assert_type(ag.hypot(x, n), float)
assert_type(ag.hypot(a, x), Array)
assert_type(ag.hypot(x, a), Array)

assert_type(ag.leaky_relu(v), Value)
assert_type(ag.leaky_relu(t, 0.1), Tensor)
assert_type(ag.step(x), float)
assert_type(ag.clip(v, 0.0, 1.0), Value)
assert_type(ag.clip(t, 0.0, v), Tensor)
assert_type(ag.where(True, t, x), Tensor)
assert_type(ag.where(t > 1, v, t), Tensor)
assert_type(ag.where(v > 1, v, 0.0), Value)

assert_type(ag.sum(t, axis=0), Tensor)
assert_type(ag.mean(v), Value)
assert_type(ag.max(t, keepdims=True), Tensor)
assert_type(ag.sum([v, v]), Any)
assert_type(ag.var(t, ddof=1), Tensor)
assert_type(ag.logsumexp(t, -1), Tensor)
assert_type(ag.softmax(t), Tensor)
assert_type(ag.softmax(a), Array)
assert_type(ag.dot(np.ones(1), t), Tensor)
assert_type(ag.matmul(t, t), Tensor)
assert_type(ag.reshape(t, (1, 1)), Tensor)
assert_type(ag.sort(t, axis=0), Tensor)
assert_type(ag.cumsum(t), Tensor)

assert_type(ag.exp(v) * 2 + v, Value)
assert_type(2 * ag.exp(t) @ t, Tensor)
ag.exp("text")  # type: ignore[call-overload]
ag.exp(v, v)  # type: ignore[call-overload]
"""


def test_mypy_sees_the_kind_of_a_result(tmp_path: Path) -> None:
    mypy = pytest.importorskip("mypy")
    assert mypy
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "mypy", "--strict", str(tmp_path / "program.py")]
    found = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert found.returncode == 0, found.stdout


def test_the_types_are_those_that_the_program_has() -> None:
    space: dict[str, object] = {}
    lines = [line for line in PROGRAM.splitlines() if "type: ignore" not in line]
    told = "def assert_type(x, kind): assert kind in (Any, Array) or type(x) is kind or kind is float and isinstance(x, float), (x, kind)"
    lines.insert(lines.index("Array = npt.NDArray[Any]") + 1, told)
    exec("\n".join(lines), space)


def test_every_row_has_a_type() -> None:
    """By the number of its operands; another row is another line of signatures.py."""
    hints: dict[str, Callable[..., object]] = get_type_hints(signatures)
    for name in BUILT_IN:
        row = TABLE[name]
        kind = {
            (1, 0): "_Unary",
            (2, 0): "_Binary",
            (2, 1): "_Shaped",
            (3, 0): "_Choice" if row.domain[0] is CONDITION else "_Ternary",
        }[len(row.operands), len(row.defaults)]
        assert hints.get(name) is getattr(signatures, kind), name


def test_the_functions_of_arrays_have_types() -> None:
    hints = get_type_hints(signatures)
    rest = {name for name in hints if name[0] != "_" and name not in BUILT_IN}
    own = {name for name, f in vars(functions).items() if getattr(f, "__module__", "") == functions.__name__ and name in ag.__all__}  # fmt: skip
    assert rest == {*shapes.__all__, *own} - {*TABLE, "elementary"}
