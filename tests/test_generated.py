"""Functions compiled from rows: debuggers, tracebacks and `record_lines` see them as any others."""

import ast
import gc
import inspect
import io
import itertools
import linecache
import math
import pdb
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, derivatives, value
from autograd.formulas import CompiledRows, generated
from autograd.formulas.generated import GENERATED, compile_function
from autograd.graph import below
from autograd.rules.elementary import TABLE, Elementary
from autograd.tensors import compiling, graphs
from tests import tensor_table
from tests.tensor_table import OPERATIONS, Operation, Ours, parameters, seeded

pytestmark = pytest.mark.both

ROOT = Path(__file__).parent.parent
CACHES: dict[str, tuple[CompiledRows, str]] = {  # and the kinds of operands of their functions
    "nodes of Values": (value.OPERATIONS, "vc"),
    "pullbacks as graphs of Values": (derivatives.PULLBACKS, "v"),
    "values of arrays": (compiling.VALUES, ""),
    "pullbacks of arrays": (compiling.PULLBACKS, "v"),
    "pullbacks as graphs of Tensors": (graphs.PULLBACKS, "v"),
}


def compiled(row: Elementary) -> list[Callable[..., Any]]:
    """What is compiled from a row, but for what C, NumPy or hand-written code does in its place."""
    found = [
        cache[row, "".join(kind)]
        for cache, kinds in CACHES.values()
        for kind in itertools.product(kinds, repeat=len(row.operands) if kinds else 0)
    ]
    return [f for f in found if inspect.isfunction(f) and is_generated(f.__code__.co_filename)]


def is_generated(file: str) -> bool:
    return file.endswith(GENERATED)


def files() -> set[str]:
    """The generated files that are known now, but for those that the next one takes away."""
    gc.collect()
    return {file for file in linecache.cache if is_generated(file)} - {*generated._ended}


def own(name: str = "own", factor: float = 2.0) -> Callable[..., Any]:
    """An operation as people define it, whose functions are Python in both engines."""
    return ag.elementary(
        name,
        lambda m, x, y: factor * m.exp(x) / y,
        lambda m, x, y, z: (z, -factor * m.exp(x) / (y * y)),
    )


@pytest.mark.once
def test_source_is_compiled_in_one_place() -> None:
    calls = {
        (file.relative_to(ROOT).as_posix(), node.func.id)
        for folder in ("autograd", "nn")
        for file in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    found = {call for call in calls if call[1] in ("compile", "eval", "exec")}
    tries = {(f"autograd/testing/{name}.py", "eval") for name in ("forms", "guessing")}
    """What `write-tests` writes, in names of the module that it has imported, is tried first."""
    assert found - tries == {
        ("autograd/formulas/generated.py", name) for name in ("compile", "exec")
    }


def test_inspect_shows_what_runs() -> None:
    own()
    functions = [f for row in TABLE.values() for f in compiled(row)]
    assert len(functions) > 3 * len(TABLE)
    linecache.checkcache()
    for f in functions:
        source = inspect.getsource(f)
        (code,) = [c for c in compile(source, "", "exec").co_consts if inspect.iscode(c)]
        assert (code.co_name, code.co_code) == (f.__name__, f.__code__.co_code)
        assert code.co_names == f.__code__.co_names
    of_a_file = {f.__code__.co_filename: f for f in functions}
    assert len(of_a_file) == len(functions)


def test_a_traceback_shows_the_line_and_its_function() -> None:
    own()
    for f in compiled(TABLE["own"]):
        nonsense: list[Any] = ["nonsense"] * len(inspect.signature(f).parameters)
        with pytest.raises((AttributeError, TypeError)) as caught:
            f(*nonsense)
        text = "".join(traceback.format_exception(caught.value))
        frame = next(f for f in traceback.extract_tb(caught.tb) if is_generated(f.filename))
        assert frame.line
        assert frame.line in inspect.getsource(f)
        assert (
            f'File "{frame.filename}", line {frame.lineno}, in {f.__name__}\n    {frame.line}\n'
            in text
        )


def test_a_debugger_stands_at_the_line() -> None:
    own()
    f, shown = value.OPERATIONS[TABLE["own"], "vv"], io.StringIO()
    debugger = pdb.Pdb(
        stdin=io.StringIO("next\nlist 1, 99\ncontinue\n"), stdout=shown, readrc=False
    )
    assert debugger.runcall(f, ag.Value(1.0), ag.Value(2.0)).data == math.e
    for line in inspect.getsource(f).splitlines():
        assert line in shown.getvalue()


def test_functions_of_one_name_show_their_own_source() -> None:
    several = [compile_function(f"def f(x):\n    return x + {i}\n", "f", {}) for i in range(5)]
    assert [f(0) for f in several] == [0, 1, 2, 3, 4]
    assert [inspect.getsource(f)[-2] for f in several] == [*"01234"]


def test_a_source_is_known_as_long_as_its_code_can_be_met() -> None:
    before = files()
    f = compile_function("def f(x):\n    return 1 / x\n", "f", {})
    try:
        f(0)
    except ZeroDivisionError as error:
        kept = error
    del f
    assert "return 1 / x" in "".join(traceback.format_exception(kept))
    del kept
    assert files() <= before


def test_rows_that_are_dropped_leave_no_source() -> None:
    def use(name: str, factor: float) -> None:
        f = own(name, factor)
        for x in (ag.Value(0.5), Tensor([0.5, 1.0])):
            (slope,) = ag.gradients(
                f(x, x).sum() if isinstance(x, Tensor) else f(x, x), [x], create_graph=True
            )
            slope.backward(np.ones(np.shape(slope.data)) if isinstance(slope, Tensor) else 1.0)
        del TABLE[name]

    use("first", 1.0)
    before = files()
    for i in range(20):
        use("first", float(i))
        use(f"of_{i}", 1.0)
    assert files() <= before


@pytest.mark.parametrize("name", "g z x0 t0 k0 dtype errstate constants lambda exp_ row".split())
@pytest.mark.parametrize("kind", [ag.Value, Tensor])
def test_an_operation_may_have_any_name(name: str, kind: type) -> None:
    """Also one that a variable, a keyword or a function of the generated code has."""
    f = ag.elementary(
        name,
        lambda m, x: m.exp(x) * m.sign(x),
        lambda m, x, z: (m.where(x > 0, getattr(m, name)(x), -m.exp(x)),),
    )
    x = kind(0.5)
    y = f(x)
    for _ in range(3):
        (y,) = ag.gradients(y, [x], create_graph=True)
        assert y.data == f(x).data


NODES: dict[str, Callable[[], Any]] = {
    "Values": lambda: ag.Value(0.7),
    "Tensors": lambda: Tensor([0.7, 0.4]),
}
PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "operators": lambda x: (2.0 * x - x / (1.0 + x)) ** 3 * x,
    "functions": lambda x: ag.sigmoid(ag.softplus(x)) * ag.hypot(x, ag.tanh(x)) + ag.gelu(x),
    "choices": lambda x: (
        ag.where(x > 0.5, ag.exp(x), x) * ag.maximum(x, 0.1) * ag.elu(x, 1.0) + ag.abs(x)
    ),
    "reductions": lambda x: ag.logsumexp(ag.stack([x, x * x])) * ag.norm(ag.stack([x, ag.cos(x)])),
    "an operation of one's own": lambda x: ag.exp(own()(x, x)),
}


@pytest.mark.parametrize("kind", NODES)
@pytest.mark.parametrize("program", PROGRAMS)
def test_nodes_of_every_order_are_made_at_the_users_line(kind: str, program: str) -> None:
    x = NODES[kind]()
    with ag.record_lines():
        y = PROGRAMS[program](x)
        assert {node.line[0] for node in below([y]) if node is not x} == {__file__}
        for _ in range(3):
            total = y if isinstance(y, ag.Value) else y.sum()
            known = set(below([total]))
            (y,) = ag.gradients(total, [x], create_graph=True)
            lines = {
                linecache.getline(*node.line).strip() for node in below([y]) if node not in known
            }
            assert lines == {"(y,) = ag.gradients(total, [x], create_graph=True)"}


TABLES = {tensor_table.__file__} | {
    str(file) for file in Path(tensor_table.__file__).with_name("table").glob("*.py")
}


@pytest.mark.parametrize("operation", parameters(OPERATIONS.values()))
def test_nodes_of_every_operation_of_arrays_are_made_at_the_users_line(
    operation: Operation,
) -> None:
    rng = np.random.default_rng(0)
    example = operation.example(seeded(rng))
    leaves = [Tensor(rng.uniform(0.2, 0.8, operand.shape)) for operand in example.operands]
    known = set(leaves)
    with np.errstate(all="ignore"), ag.record_lines():
        result = example.f(Ours(operation.roads[0]), *leaves)
        y = (result * result).sum()
        for _ in range(2):
            made = {node.line and node.line[0] for node in below([y]) if node not in known}
            assert made <= {__file__, *TABLES}
            slopes = ag.gradients(y, leaves, create_graph=True)
            y = sum([(slope * slope).sum() for slope in slopes], Tensor(0.0))
