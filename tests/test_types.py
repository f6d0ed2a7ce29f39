"""What type checkers see: the kind of the operands decides that of the result."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import get_type_hints

import autograd as ag
from autograd import functions, shapes, signatures
from autograd.rules.elementary import BUILT_IN, CONDITION, TABLE

ROOT = Path(__file__).parent.parent
PROGRAM = (ROOT / "tests/types_of_results.py").read_text()


def test_type_checkers_read_the_program() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "tests.types_of_results" in project["tool"]["mypy"]["modules"]


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
