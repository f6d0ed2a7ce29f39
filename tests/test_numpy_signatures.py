"""Every option of every signature of NumPy's, read from NumPy: values, types, shapes, derivatives.

tests/signatures.py draws the calls. What is refused stands in REFUSED, with the reason.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor
from autograd.rules.complexes import is_complex
from autograd.rules.elementary import TABLE
from tests.signatures import (
    CLASSIFIED,
    METHODS,
    OUT_ARRAY,
    OUT_TENSOR,
    WRITING,
    Call,
    Out,
    calls,
    known,
    leaves,
    mapped,
    method_calls,
    numpys,
    ufunc_calls,
)

FUNCTIONS, UFUNCS = known("functions"), known("ufuncs")
BINARY = [name for name in UFUNCS if (numpys(name).nin, numpys(name).nout) == (2, 1)]
NOT_REDUCED = ("ldexp", "power", "arctan2")
"""Ufuncs without these methods, and those of which NumPy's are wrong: power.reduce([a, b, c]) is
a**c where its loop is vectorized."""
BINARY = [name for name in BINARY if numpys(name).signature is None and name not in NOT_REDUCED]
REFUSED: list[tuple[Callable[[Call], bool], str, str]] = [
    (
        lambda call: (
            int in (call.options.get("dtype"), *filter(is_type, call.operands[1:2]))
            and not call.name.endswith("_like")  # which give arrays then
        ),
        "a Tensor needs a floating type",
        "a Tensor holds floating numbers; a result of integers has no derivative",
    ),
    (
        lambda call: call.options.get("out") == OUT_ARRAY,
        "got an array to write into, which would drop the gradient",
        "the array can't remember how its numbers were computed",
    ),
    (
        lambda call: call.name in UFUNCS and is_mask(call) and call.options.get("out") != OUT_TENSOR,
        "got where= without out=",
        "elements where it does not hold would be whatever is in memory",
    ),
    (
        lambda call: call.name == "clip" and "where" in call.options,
        "got where=",
        "np.where says it as well",
    ),
    (
        lambda call: call.name == "pad" and callable(call.options.get("mode")),
        "got a function as mode=",
        "such a function writes into plain arrays",
    ),
]  # fmt: skip
"""What is refused: in which calls, in which words, and why."""
RAISED = (TypeError, ValueError, IndexError, np.linalg.LinAlgError)
PLAIN = ("average", "linalg.slogdet")
"""Functions with results of floats without a derivative: the sum of weights, a sign."""
IN_PLACE = ("sort", "partition", "put")
"""Methods that write into the array, whose functions do not or give nothing back."""


def is_type(x: Any) -> bool:
    return isinstance(x, type)


def is_mask(call: Call) -> bool:
    return isinstance(call.options.get("where"), np.ndarray)


ABSENT = {
    "resize": "changes the shape in place",
    **dict.fromkeys(
        ("byteswap", "getfield", "setfield", "view"), "other numbers in the same bytes"
    ),
    **dict.fromkeys(("base", "ctypes", "flags", "setflags", "strides"), "memory: of t.data"),
    **dict.fromkeys(("dump", "dumps", "tobytes", "tofile", "tostring"), "bytes: of t.data"),
    **dict.fromkeys(("itemset", "newbyteorder", "ptp"), "NumPy 2 has taken them away"),
    **dict.fromkeys(("itemsize", "nbytes", "flat", "device", "to_device"), "of t.data"),
}
"""Methods and attributes of NumPy's arrays that Tensors do not have, and why."""

# Calling


def function_of(name: str, module: Any = np) -> Callable[..., Any]:
    """A function that gives what NumPy's of this name gives, or writes into its first operand."""
    function = numpys(name) if module is np else getattr(module, name)
    if name not in WRITING:
        return function  # type: ignore[no-any-return]

    def written(x: Any, *operands: Any, **options: Any) -> Any:
        x = x.copy()
        function(x, *operands, **options)
        return x

    return written


def method_of(name: str) -> Callable[..., Any]:
    """A function that calls the method of this name."""

    def called(x: Any, *operands: Any, **options: Any) -> Any:
        if name not in IN_PLACE:
            return getattr(x, name)(*operands, **options)
        x = x.copy()
        getattr(x, name)(*operands, **options)
        return x

    return called


def is_operand(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def copied(x: Any) -> Any:
    return x.copy() if isinstance(x, np.ndarray) else x


def outcome(call: Call, function: Callable[..., Any]) -> Any:
    """What NumPy answers, or the error that it raises."""
    options = {name: x for name, x in call.options.items() if not isinstance(x, Out)}
    call = call._replace(operands=mapped(copied, call.operands))  # nan_to_num may write into them
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        try:
            if call.name in UFUNCS and is_mask(call):
                whole = function(*call.operands, **{**options, "where": True})
                outs = tuple(
                    np.full_like(z, 7.0) for z in (whole if isinstance(whole, tuple) else [whole])
                )
                return function(*call.operands, **options, out=outs)
            return function(*call.operands, **options)
        except RAISED as error:
            return error


def ours(call: Call, function: Callable[..., Any], operands: Sequence[Any], like: Any) -> Any:
    """What a function gives of Tensors; it must give the `out` that it got."""
    options, out = dict(call.options), call.options.get("out")
    if isinstance(out, Out):
        made = tuple(np.full_like(z, 7) for z in leaves(like))
        made = tuple(Tensor(z) if out.is_tensor and z.dtype.kind in "fc" else z for z in made)
        options["out"] = made if len(made) > 1 else made[0]
    with warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
        found = function(*operands, **options)
    if isinstance(out, Out):
        assert all(a is b for a, b in zip(leaves(found), made, strict=True)), call
    return found


def tensors(call: Call) -> tuple[Any, ...]:
    """The operands, those of numbers as Tensors."""
    return mapped(lambda x: Tensor(x) if is_operand(x) else x, call.operands)  # type: ignore[no-any-return]


def refusal(call: Call) -> str:
    """The words by which a call is refused, if it is."""
    return next((words for refuses, words, _ in REFUSED if refuses(call)), "")


def check(call: Call, road: Callable[..., Any], numpys_road: Callable[..., Any]) -> None:
    """Hold a call of Tensors by some road against NumPy's of arrays."""
    expected = outcome(call, numpys_road)
    words = refusal(call)
    if not any(map(is_operand, leaves(call.operands))):
        return
    if isinstance(expected, BaseException) or words:
        is_wrong = isinstance(expected, BaseException)
        try:
            found = ours(call, road, tensors(call), 0.0 if is_wrong else expected)
        except (*RAISED, AttributeError) as error:
            said = str(error)
        else:
            raise AssertionError(f"{call}: {found!r}, not refused; {expected!r}")
        if not is_wrong:
            assert words in said, call
            assert call.name.split(".")[-1] in said, call
            assert "\n" not in said, call
        return
    found = ours(call, road, tensors(call), expected)
    for z, right in zip(leaves(found), leaves(expected), strict=True):
        is_number = np.asarray(right).dtype.kind in "fc"
        is_plain = call.name in PLAIN and not isinstance(z, Tensor)
        assert isinstance(z, Tensor) == is_number or is_plain, f"{call}: {type(z)} for {right!r}"
        z = z.data if isinstance(z, Tensor) else np.asarray(z)
        assert (z.shape, z.dtype) == (np.shape(right), np.asarray(right).dtype), call
        kinds = {z.dtype.name, *(x.dtype.name for x in leaves(call.operands) if is_operand(x))}
        rtol = 4e-3 if "float16" in kinds else 2e-6 if "float32" in kinds else 1e-12
        if not np.array_equal(z, right):
            np.testing.assert_allclose(z, right, rtol=rtol, atol=rtol, err_msg=repr(call))


def in_reals(found: Any) -> list[Any]:
    """The numbers of a result, of complex ones both parts."""
    several = [(z.real, z.imag) if is_complex(z) else (z,) for z in leaves(found)]
    return [part for parts in several for part in parts]


def check_derivatives(drawn: Sequence[Call], function: Callable[..., Any]) -> None:
    """Hold derivatives along lines against differences, and a third of them against forward mode.

    That takes three times as long, and what it adds to reverse mode does not look at options.
    """
    for k, call in enumerate(drawn):
        check_derivative(call, function, k % 3 == 0)


def check_derivative(call: Call, function: Callable[..., Any], in_both_modes: bool) -> None:
    """Hold the derivative along a line against differences and, where asked, that of forward mode."""
    expected = outcome(call, function)
    if isinstance(expected, BaseException) or refusal(call):
        return
    if not all(np.all(np.isfinite(z)) for z in leaves(expected)):
        return
    rng = np.random.default_rng(3)
    xs = [x for x in leaves(call.operands) if is_operand(x)]
    if not all(np.all(np.isfinite(x)) for x in xs):
        return
    if not xs or not any(map(is_operand, map(np.asarray, in_reals(expected)))):
        return
    vs = [rng.uniform(-1, 1, x.shape) for x in xs]
    us = [rng.uniform(-1, 1, np.shape(z)) for z in in_reals(expected)]

    def program(*given: Any) -> list[Any]:
        left = iter(given)
        operands = mapped(lambda x: next(left) if is_operand(x) else x, call.operands)
        if isinstance(given[0], Tensor):
            found = ours(call, function, operands, expected)
        else:
            found = outcome(Call(call.name, operands, call.options), function)
        return in_reals(found)

    def along(zs: Sequence[Any]) -> Any:
        return sum(
            np.sum(u * z)
            for u, z in zip(us, zs)
            if np.asarray(getattr(z, "data", z)).dtype.kind == "f"
        )

    nodes = [Tensor(x) for x in xs]
    gradients = ag.gradients(along(program(*nodes)), nodes)
    reverse = sum(np.sum(g * v) for g, v in zip(gradients, vs))
    kinds = {np.asarray(z).dtype for z in in_reals(expected)}
    is_exact = {*kinds} <= {np.dtype(float), np.dtype(int)} and "dtype" not in call.options
    if in_both_modes or not is_exact:
        with warnings.catch_warnings(action="ignore"):  # of constants, as full_like gives
            _, rates = ag.jvp(program, tuple(xs), tuple(vs))
        forward = float(np.asarray(along([np.asarray(rate) for rate in rates])))
        tolerance = 1e-9 if is_exact else 1e-2
        assert abs(reverse - forward) <= tolerance * (1 + abs(forward)), call
    if is_exact and call.name != "trim_zeros":  # which has another shape beside zeros
        h = 1e-6
        ends = [along(program(*[x + s * h * v for x, v in zip(xs, vs)])) for s in (1, -1)]
        difference = (ends[0] - ends[1]) / (2 * h)
        assert abs(difference - reverse) <= 1e-6 * (10 + abs(reverse)), (call, difference, reverse)


# The tests


@pytest.mark.parametrize("name", FUNCTIONS)
def test_options_of_functions(name: str) -> None:
    function = function_of(name)
    drawn = list(calls(name))
    for call in drawn:
        check(call, function, function)
        check(call.of_singles(), function, function)
    check_derivatives(drawn, function)


@pytest.mark.parametrize("name", UFUNCS)
def test_options_of_ufuncs(name: str) -> None:
    drawn = list(ufunc_calls(name))
    for call in drawn:
        check(call, numpys(name), numpys(name))
        check(call.of_singles(), numpys(name), numpys(name))
    check_derivatives(drawn, numpys(name))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", BINARY)
def test_options_of_methods_of_ufuncs(name: str, method: str) -> None:
    function = getattr(numpys(name), method)
    drawn = list(method_calls(name, method))
    for call in drawn:
        check(call, function, function)
    check_derivatives(drawn, function)


@pytest.mark.parametrize(
    "name", [name for name in FUNCTIONS if hasattr(np.ndarray, name) and name not in ABSENT]
)
def test_methods_of_arrays_have_their_options(name: str) -> None:
    for call in calls(name):
        if not is_operand(call.operands[0]):
            continue
        if not isinstance(outcome(call, method_of(name)), Exception):
            check(call, method_of(name), method_of(name))


@pytest.mark.parametrize(
    "name", [name for name in FUNCTIONS if hasattr(ag, name) and name not in TABLE]
)
def test_functions_of_the_package_have_their_options(name: str) -> None:
    for call in calls(name):
        check(call, function_of(name, ag), function_of(name))


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name.startswith("fft.")])
def test_functions_of_the_room_of_fft_have_their_options(name: str) -> None:
    ours = getattr(ag.fft, name.removeprefix("fft."))
    for call in calls(name):
        check(call, ours, numpys(name))


# The classification


def dispatching() -> dict[str, set[str]]:
    """Names of NumPy's functions and ufuncs that others' arrays can answer."""
    found: dict[str, set[str]] = {"functions": set(), "ufuncs": set()}
    for module, prefix in ((np, ""), (np.linalg, "linalg."), (np.fft, "fft.")):
        for name in dir(module):
            each = getattr(module, name)
            if isinstance(each, np.ufunc):
                found["ufuncs"].add(each.__name__)
            elif hasattr(each, "_implementation") and not name.startswith("_"):
                found["functions"].add(prefix + name)
    return found


@pytest.mark.parametrize("kind", ["functions", "ufuncs"])
def test_all_that_numpy_has_is_classified(kind: str) -> None:
    classes = CLASSIFIED[kind]
    texts = [classes["with_derivative"], classes["without"], *classes["out_of_scope"].values()]
    names = " ".join(texts).split()
    assert len(names) == len({*names})
    aliases = {"concat", "permute_dims", "in1d"}
    left = dispatching()[kind] - {*names} - aliases
    assert not {name for name in left if getattr(numpys(name), "__name__", "") == name}


def test_nearly_all_are_tried() -> None:
    """Also where rooms are entered when they are first asked for."""
    for kind, names in (("functions", FUNCTIONS), ("ufuncs", UFUNCS)):
        classified = CLASSIFIED[kind]["with_derivative"].split()
        there = [x for x in classified if numpys(x) is not None and x[:4] != "fft."]
        assert len(names) > 0.95 * len(there), kind


def test_methods_of_arrays_are_there() -> None:
    names = {name for name in dir(np.ndarray) if not name.startswith("_")}
    assert {name for name in names if not hasattr(Tensor, name)} == names & {*ABSENT}
