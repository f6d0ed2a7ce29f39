"""The argument at fault in a call that has failed, and what is needed of it."""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.arithmetic.standing import asarray
from autograd.names import unexpected, unknown
from autograd.rules.structural import bare
from autograd.tensors.node import TensorNode
from autograd.tensors.options import IN_C
from autograd.value import NUMBER, Value
from autograd.value import bare as number_of
from autograd.value import shown as described

AXES = ("axis", "axes", "axis1", "axis2", "axisa", "axisb", "axisc", "source", "destination")
SEVERAL = {
    "max": "ag.maximum(a, b)", "min": "ag.minimum(a, b)", "prod": "a * b", "sum": "ag.sum([a, b])",
    "mean": "ag.mean([a, b])",
}  # fmt: skip
"""Functions of two operands, to suggest where a reduction takes one and an axis."""


def found(
    function: Callable[..., Any],
    name: str,
    error: Exception,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> tuple[Exception, str]:
    """Return the error that says what is wrong with a call, and that in one line."""
    given = _named(function, args, kwargs)
    wrong = _of_call(function, name, str(error), args, given)
    if wrong is not None:
        return wrong, str(wrong)
    if not isinstance(error, np.exceptions.AxisError):  # which says all
        error = _numpys_error(function, given) or error
    text = _plain(name, error)
    for words, fits, needs in NEEDS:
        if re.search(words, text):
            for option, x in _suspects(given):
                if not fits(option, x):
                    both = SEVERAL.get(name) if option == "axis" else None
                    if both and isinstance(x, (float, Value, TensorNode)):
                        needs = f"of two operands it is {both}"
                    return error, f"{name}: got {_said(option, x)}; {needs}"
    got = ", ".join(_said(option, x) for option, x in given.items())
    return error, f"{name}: got {got}; {text}"


# The arguments of a call, by name; those that have no default are not named in a message


USUAL = {"keepdims": False, "where": True, "initial": np._NoValue, "ddof": 0}
"""Options as methods and functions of ours hand them on where they were not given."""


class Operand(str):
    """Name of a parameter without a default."""


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        known = [*inspect.signature(function).parameters.values()]
    except ValueError:  # of some in C, before NumPy 2.4, and of ufuncs
        by_place = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return [inspect.Parameter(name, by_place) for name in IN_C.get(function.__name__, [])]
    numpys = _numpys(function)
    kind = inspect.Parameter
    hands_on = {x.kind for x in known} >= {kind.VAR_KEYWORD, kind.VAR_POSITIONAL}
    return _parameters(numpys) if hands_on and numpys not in (None, function) else known


def _all_names(function: Callable[..., Any]) -> list[str]:
    """Return the names of the options, with those of NumPy's that a function hands on."""
    known = _parameters(function)
    if known and known[-1].kind is known[-1].VAR_KEYWORD:
        numpys = _numpys(function)
        known = [*(_parameters(numpys) if numpys else ()), *known]
    named = [x for x in known if x.kind not in (x.VAR_KEYWORD, x.VAR_POSITIONAL)]
    options = [x.name for x in named if x.default is not x.empty]
    return [*dict.fromkeys(options)] or [x.name for x in named]


def _numpys(function: Callable[..., Any]) -> Any:
    """Return the function of NumPy that a function is, or has the name of; None without."""
    home = getattr(function, "__module__", None) or "numpy"
    return function if home.startswith("numpy") else getattr(np, function.__name__, None)


def _named(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the arguments that a call was given, without those that are as by default."""
    known = _parameters(function)
    by_place = [x for x in known if x.kind in (x.POSITIONAL_ONLY, x.POSITIONAL_OR_KEYWORD)]
    required = {x.name for x in known if x.default is x.empty or x.kind is x.POSITIONAL_ONLY}
    given: dict[str, Any] = {}
    for i, x in enumerate(args):
        option = by_place[i].name if i < len(by_place) else f"operand {i}"
        given[Operand(option) if option in required or i >= len(by_place) else option] = x
    for option, x in kwargs.items():
        given[Operand(option) if option in required else option] = x
    defaults = {x.name: x.default for x in known}
    return {
        option: x
        for option, x in given.items()
        if isinstance(option, Operand)
        or not (option in defaults and (x is defaults[option] or x is USUAL.get(option, option)))
    }


def _of_call(
    function: Callable[..., Any],
    name: str,
    text: str,
    args: Sequence[Any],
    given: Mapping[str, Any],
) -> Exception | None:
    """Return the error for arguments that the function does not have, or that it misses."""
    known = _all_names(function)
    option = re.search(r"unexpected keyword argument '(\w+)'", text)
    if option and option[1] in given:
        every = [x.name for x in _parameters(function)]
        return unexpected(name, [option[1]], [*every, *known]) or unknown(name, [option[1]], known)
    if re.search(r"positional argument|multiple values for argument", text):
        got = f"{len(args)} argument{'s' * (len(args) != 1)}"
        return TypeError(f"{name}: got {got}; it has {', '.join(known)}")
    return None


def _numpys_error(function: Callable[..., Any], given: Mapping[str, Any]) -> Exception | None:
    """Return the error of NumPy's for the call with arrays, if there is one.

    A call with a function among its arguments is not made again.
    """
    numpys = _numpys(function)
    if numpys is None or any(callable(x) for x in given.values()):
        return None
    plain = {option: _copied(x) for option, x in given.items() if option != "out"}
    operands = [x for option, x in plain.items() if isinstance(option, Operand)]
    options = {option: x for option, x in plain.items() if not isinstance(option, Operand)}
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        try:
            numpys(*operands, **options)
        except Exception as error:
            return error
    return None


def _copied(x: Any) -> Any:
    """Return an argument with arrays for Tensors, which may be written into."""
    if isinstance(x, (list, tuple)) and type(x) in (list, tuple):
        return type(x)(map(_copied, x))
    x = number_of(bare(x))
    return x.copy() if isinstance(x, np.ndarray) else x


def _suspects(given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield arguments, those first that are likelier to be wrong."""
    rank = lambda option: (option not in AXES, isinstance(option, Operand))  # noqa: E731
    for option in sorted(given, key=rank):
        yield option, given[option]


# What is wrong with an argument


def _is_axis(option: str, x: Any) -> bool:
    """Return whether an argument may be axes, or is for something else."""
    if option not in AXES:
        return True
    if isinstance(x, (list, tuple)):
        return all(_is_axis(option, each) for each in x)
    return x is None or (hasattr(x, "__index__") and not isinstance(x, (*NODES, np.ndarray)))


def _is_index(option: str, x: Any) -> bool:
    """Return whether an argument may be integers, or is an operand of numbers."""
    if isinstance(x, (list, tuple)):
        return all(_is_index(option, each) for each in x)
    if isinstance(x, (TensorNode, np.ndarray)):
        return bool(x.ndim) and (isinstance(x, TensorNode) or x.dtype.kind in "biuf")
    return x is None or isinstance(x, slice) or (hasattr(x, "__index__") and type(x) is not Value)


def _is_real(option: str, x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return all(_is_real(option, each) for each in x)
    if isinstance(x, np.ndarray):
        return x.dtype.kind in "fbiuO"  # objects may be Values
    return isinstance(x, (*NODES, *NUMBER)) or not isinstance(option, Operand) or callable(x)


def _is_number(option: str, x: Any) -> bool:
    """Return whether an option may be numbers, or an argument is none."""
    return isinstance(option, Operand) or x is None or _is_real(Operand(option), x)


def _is_even(option: str, x: Any) -> bool:
    """Return whether a list has rows of equal lengths."""
    try:
        asarray(x)
    except ValueError:
        return False
    except TypeError:  # of Tensors
        pass
    return True


def _is_several(option: str, x: Any) -> bool:
    return not isinstance(option, Operand) or hasattr(x, "__len__")


def _is_several_axes(option: str, x: Any) -> bool:
    return option not in (*AXES, "s") or hasattr(x, "__len__")


def _has_shape(option: str, x: Any) -> bool:
    return option in AXES or callable(x) or isinstance(x, (TensorNode, np.ndarray))


def _is_mask(option: str, x: Any) -> bool:
    return option != "where" or bool(asarray(bare(x)).dtype.kind == "b")


def _is_type(option: str, x: Any) -> bool:
    if option != "dtype":
        return True
    try:
        return bool(np.dtype(x).kind == "f")
    except (TypeError, ValueError):
        return False


NODES = (TensorNode, Value)


def _is_array(option: str, x: Any) -> bool:
    """Return whether an argument may be an array, where it must be one."""
    return option not in ARRAYS or not isinstance(option, Operand) or _is_real(option, x)


NODES = (TensorNode, Value)


def _is_plain(option: str, x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return all(_is_plain(option, each) for each in x)
    return option in ARRAYS or not isinstance(x, NODES)


ARRAYS = (
    "a",
    "b",
    "x",
    "x1",
    "x2",
    "m",
    "arr",
    "array",
    "ary",
    "A",
    "f",
    "y",
    "p",
    "filt",
    "weight",
)
NEEDS: list[tuple[str, Callable[[str, Any], bool], str]] = [
    ("", _is_array, "it needs real numbers"),
    ("[Dd]ata type|[Dd][Tt]ype|loop|cast|type-tuple", _is_type, "a Tensor needs a floating type"),
    ("cast|resolved dtypes", _is_mask, "it needs booleans"),
    ("would drop", _is_plain, "it needs plain numbers, as t.data"),
    ("integer|scalar index|iter|literal|subscript", _is_axis, "axes are integers"),
    ("inhomogeneous", _is_even, "it needs rows of equal lengths"),
    (
        "loop|could not convert|not supported|unsupported|real number|[Cc]annot cast|DType"
        "|has no attribute|type .* doesn't|object array|promoted|numeric",
        _is_real,
        "it needs real numbers",
    ),
    ("loop|unhashable|not supported|[Cc]annot cast|real number", _is_number, "it needs a number"),
    ("integer|scalar index|literal|int\\(\\)", _is_index, "it needs integers"),
    ("iterable|len\\(", _is_several_axes, "it needs several of them"),
    ("no attribute|subscript|unhashable", _has_shape, "it needs an array"),
    ("iter|sequence|len\\(\\)|unsized", _is_several, "it needs a list or an array"),
    ("callable", lambda option, x: callable(x), "it needs a function"),
]
"""Words of NumPy's; what an argument must then be, and how that is said."""


def _plain(name: str, error: Exception) -> str:
    """Return what an error says, without the name of the function."""
    text = " ".join(str(error).split()).replace("`", "")
    text = re.sub(r"dtype\('([^']*)'\)", r"\1", text)
    return re.sub(rf"^({name}(: |\(\) ?))+", "", text)


# How an argument is shown


def _said(option: str, x: Any) -> str:
    if isinstance(option, Operand):
        return shown(x)
    if isinstance(x, (*NODES, np.ndarray)) or " at 0x" in repr(x):
        return f"{shown(x)} as {option}"
    text = " ".join(repr(x).split())
    return f"{option}={text if len(text) <= 40 else text[:37] + '...'}"


def shown(x: Any) -> str:
    """Return an argument for a message: an array by its shape."""
    if isinstance(x, TensorNode) or (isinstance(x, np.ndarray) and x.dtype.kind in "fbiu"):
        is_tensor = isinstance(x, TensorNode)
        of = "" if is_tensor or x.dtype.kind == "f" else f" of {x.dtype}"
        return f"{'a Tensor' if is_tensor else 'an array'}{of} of shape {x.shape}"
    if isinstance(x, Value):
        return "a Value"
    if isinstance(x, (list, tuple)):
        if not _is_even("", x):
            return "a ragged list"
        if any(isinstance(each, (TensorNode, np.ndarray)) or callable(each) for each in x):
            return f"[{', '.join(map(shown, x))}]"
    if callable(x):
        return getattr(x, "__name__", type(x).__name__)
    return repr(x) if isinstance(x, NUMBER) else described(x)
