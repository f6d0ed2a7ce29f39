"""Wrong arguments, by the signatures: every function refuses each in one line that names it.

A call that NumPy takes is made wrong in one place. What NumPy then refuses must be refused of
Tensors, in the same words from `np.f(t)`, `t.f()` and `ag.f(t)`. What NumPy itself says before it
asks a Tensor is not ours.
"""

import inspect
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.rules.elementary import TABLE
from tests.signatures import (
    Call,
    calls,
    known,
    leaves,
    mapped,
    numpys,
    ufunc_calls,
)

pytestmark = pytest.mark.both

FUNCTIONS, UFUNCS = known("functions"), known("ufuncs")
REFUSALS = (TypeError, ValueError, IndexError)
AXES = ("axis", "axes", "axis1", "axis2", "source", "destination", "axisa", "axisb", "axisc")
WRONG_AXES = [7, -9, "a", 1.5, (0, 0), (0, 5), Tensor(1.0), Value(1.0), np.array([1.5])]
WRONG_ARRAYS = [
    "text", None, {"a": 1.0}, np.ones((5, 7, 2)), [[1.0, 2.0], [3.0]], np.array(["a", "b"]),
    Value(2.0),
]  # fmt: skip
WRONG_OPTIONS = ["nonsense", 1.5, (4, 2, 9), -7, {"a": 1}, Tensor(1.5)]
WRONG_TYPES = ["nonsense", complex, int, str, object]
WORDS = ("order", "casting", "mode", "kind", "method", "trim", "indexing", "UPLO")
LEFT_OUT = ("device", "subok", "keepdims", "signature", "copy", "optimize", "rcond", "rtol", "tol")
"""Options that are taken for what they nearly are, or do nothing to a Tensor."""
INSIDE = re.compile(
    r"<lambda>|<locals>|\b_\w+|dtype\('|'O'|at 0x|\bloop\b|ufunc|NoneType|__|keyword"
    r"|has no attribute|not callable|not iterable|\bAg\b"
)
"""Words that tell of what is inside."""
TAKEN = {
    ("pad", "pad_width"): "a dict of axes is taken by newer NumPys",
    ("polymul", "a1"): "None is no polynomial, as an empty list",
    ("polymul", "a2"): "None is no polynomial, as an empty list",
    ("poly", "seq_of_zeros"): "a Value is a list of one zero, as a Tensor of it",
    ("roots", "p"): "a Value is a list of one coefficient",
    ("trapezoid", "y"): "a Value has no intervals, so that its integral is 0",
    ("linalg.tensorinv", "a"): "a Value is a tensor without axes",
    ("astype", "x"): "a Value has no type of its own",
    ("vecdot", "axes"): "a tuple is as good as a list",
}
"""What is taken although NumPy refuses it, and why."""
OTHER_WORDS = {
    "copyto": "a Value can't be written into, which is said first where all is plain",
    "place": "likewise", "put": "likewise", "put_along_axis": "likewise",
    "compress": "the method has its operands the other way round",
    "astype": "the method has options of its own",
    "transpose": "the method takes axes one by one",
    "clip": "the method calls its ends min and max",
    "einsum": "ag.einsum takes axes for subscripts, and NumPy finds operands among them",
    "insert": "an index that is a node has an error of its own",
    **dict.fromkeys(("fft.fftshift", "fft.ifftshift"), "axes that are nodes have an error of theirs"),
    "linalg.matrix_power": "the exponent is shown as it came",
}  # fmt: skip
"""Functions that may use other words along another road, and why."""


class Wrong(NamedTuple):
    """A call with a wrong argument: which it is, and the call."""

    what: str
    operands: tuple[Any, ...]
    options: dict[str, Any]


def is_operand(x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return any(map(is_operand, x))
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def parameters(function: Any) -> list[inspect.Parameter]:
    try:
        return [*inspect.signature(function).parameters.values()]
    except ValueError:
        return []


def wrong_calls(call: Call) -> Iterator[Wrong]:
    function, operands = numpys(call.name), call.operands
    known_names = parameters(function)
    yield Wrong("nonsense", operands, {"nonsense": 1})
    if not isinstance(function, np.ufunc):
        yield Wrong("dim", operands, {"dim": 0})
    for i, x in enumerate(operands):
        name = known_names[i].name if i < len(known_names) else f"operand {i}"
        for bad in WRONG_ARRAYS if is_operand(x) else WRONG_OPTIONS + WRONG_AXES:
            yield Wrong(name, (*operands[:i], bad, *operands[i + 1 :]), {})
    for each in known_names:
        if each.default is each.empty or each.name in LEFT_OUT:
            continue
        if each.name == "out":
            several = [np.ones((9, 9)), "text", Tensor(np.ones((9, 9)))]
        elif each.name in AXES:
            several = WRONG_AXES
        elif each.name == "dtype":
            several = WRONG_TYPES
        else:
            several = ["nonsense"] if each.name in WORDS else WRONG_OPTIONS
        for bad in several:
            yield Wrong(each.name, operands, {each.name: bad})


def error_of(call: Callable[[], Any]) -> Exception | None:
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        try:
            call()
        except Exception as error:
            return error
    return None


def is_right(call: Call) -> bool:
    return error_of(lambda: numpys(call.name)(*plain(call.operands), **call.options)) is None


def plain(tree: Any) -> Any:
    """Arrays and numbers for what is a node, and copies of arrays, which may be written into."""

    def bare(x: Any) -> Any:
        x = x.data if isinstance(x, (Tensor, Value)) else x
        return x.copy() if isinstance(x, np.ndarray) else x

    return mapped(bare, tree)


def is_numpys(error: Exception) -> bool:
    """Whether NumPy raised an error before it asked a Tensor."""
    place, asked = error.__traceback__, False
    while place is not None:
        asked |= (
            "array_" in place.tb_frame.f_code.co_name or place.tb_frame.f_code.co_name == "called"
        )
        place = place.tb_next
    return not asked


def roads(name: str, operands: Any, options: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the ways to call a function, and what each does."""
    function, short = numpys(name), name.rpartition(".")[2]
    if any(isinstance(x, Tensor) for x in leaves([operands, options])):
        yield "np", lambda: function(*operands, **options)
    room = {"linalg": ag.linalg, "fft": ag.fft}.get(name.partition(".")[0], ag)
    public = getattr(room, short, None)
    if public is not None and not (short in TABLE and options):  # which has no options
        yield "ag", lambda: public(*operands, **options)
    is_method = hasattr(np.ndarray, short) and "." not in name
    if is_method and isinstance(operands[0], Tensor) and short not in IN_PLACE:
        yield "t", lambda: getattr(operands[0], short)(*operands[1:], **options)


IN_PLACE = ("sort", "partition", "put", "resize", "real", "imag", "conjugate", "conj")
"""Methods that write, attributes, and methods without arguments."""


@pytest.mark.parametrize("name", [*FUNCTIONS, *UFUNCS])
def test_wrong_arguments_are_refused_in_one_line_of_the_same_words(name: str) -> None:
    several = calls(name) if name in FUNCTIONS else ufunc_calls(name)
    function, short = numpys(name), name.rpartition(".")[2]
    call = next(filter(is_right, several), None)
    if call is None:
        return
    for what, operands, options in wrong_calls(call):
        numpys_error = error_of(lambda: function(*plain(operands), **plain(options)))  # noqa: B023
        if numpys_error is None or (name, what) in TAKEN:
            continue
        nodes = mapped(lambda x: Tensor(x) if is_operand(x) else x, operands)
        told = set()
        for road, run in roads(name, nodes, options):
            error = error_of(run)
            where = (
                f"{road}: {short} with wrong {what}: {operands if what not in options else options}"
            )
            assert error is not None, f"{where}, {numpys_error}"
            if is_numpys(error) and road == "np":
                continue
            text = str(error)
            assert isinstance(error, REFUSALS), (where, error)
            assert re.match(rf"{short}: got \S.*; \S", text), (where, error)
            assert "\n" not in text, where
            assert len(text) < 300, where
            assert not INSIDE.search(text.partition(": ")[2]), (where, error)
            told.add(text)
        assert len(told) <= 1 or name in OTHER_WORDS, (what, told)


def test_what_is_left_out_is_there() -> None:
    assert {name for name, _ in TAKEN} | {*OTHER_WORDS} <= {*FUNCTIONS, *UFUNCS}
