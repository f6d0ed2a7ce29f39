"""Forms of arguments: which numbers go in, and what is static and makes another signature."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.arithmetic.standing import StandIn
from autograd.tensors.tensor import Tensor
from autograd.value import Value, shown

FLOATS = {float}
DOUBLE = np.dtype(np.float64)
Form = tuple[Any, ...]
"""Form of an argument: a tag, and what it has; equal forms share their programs."""


class Static:
    """Object in a form: equal to another of its type that is equal, a NumPy array included."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        x: Any = self.value
        y: Any = other.value if isinstance(other, Static) else other
        if x is y:
            return True
        if type(x) is not type(y):
            return False
        if isinstance(x, np.ndarray):
            return x.dtype == y.dtype and np.array_equal(x, y)
        try:
            return bool(x == y)
        except Exception:  # of an object that has no one answer
            return False

    def __hash__(self) -> int:
        try:
            return hash(self.value)
        except TypeError:
            return hash(type(self.value))

    def copied(self) -> Any:
        """Return the object, or a copy of one that may change: that can't be hashed."""
        try:
            hash(self.value)
        except TypeError:
            with contextlib.suppress(Exception):  # of an object that can't be copied
                return copy.deepcopy(self.value)
        return self.value


class Nodes(Exception):  # noqa: N818  # a way out, and no error
    """Values or Tensors among the arguments, with which a function is called as it is."""


def kept(form: Any) -> Any:
    """Return a form with copies of what its caller may change."""
    if isinstance(form, Static):
        return Static(form.copied())
    return tuple([kept(each) for each in form]) if type(form) is tuple else form


def form_of(x: Any, inputs: list[float]) -> Form:
    """Return the form of an argument, and add its numbers to the inputs."""
    kind = type(x)
    if kind is float or kind is np.float64:
        inputs.append(float(x))
        return ("float",)
    if x is None or isinstance(x, (bool, int, str)):
        return ("static", Static(x))
    if kind is list or kind is tuple:
        if {*map(type, x)} == FLOATS:
            inputs += x
            return (kind, len(x))
        return (kind, *[form_of(each, inputs) for each in x])
    if isinstance(x, (Value, Tensor, StandIn)):
        raise Nodes
    if isinstance(x, np.ndarray):
        if kind is not np.ndarray and kind is not np.memmap:
            got = f"{kind.__name__}, whose operations may be others"
            raise TypeError(f"compile: got {got} than those of arrays; it needs np.asarray of it")
        return _form_of_array(x, inputs)
    if isinstance(x, tuple) and hasattr(kind, "_make"):
        return ("named", kind, *[form_of(each, inputs) for each in x])
    if isinstance(x, dict) and kind is dict:
        return ("dict", tuple(x), *[form_of(each, inputs) for each in x.values()])
    if isinstance(x, (complex, np.complexfloating, np.floating)):
        raise TypeError(f"compile: got {shown(x)}; numbers to compile are floats of 64 bits")
    if hasattr(kind, "__next__"):
        raise TypeError(f"compile: got {shown(x)}, which can be gone through once; it needs a list")
    return ("static", Static(x))


def _form_of_array(x: Any, inputs: list[float]) -> Form:
    if x.dtype == DOUBLE:
        inputs += x.ravel().tolist()
        return ("array", x.shape)
    if x.dtype == np.dtype(object):
        if any(isinstance(each, (Value, Tensor)) for each in x.flat):
            raise Nodes
        return ("objects", x.shape, *[form_of(each, inputs) for each in x.flat])
    if x.dtype.kind in "fc":
        raise TypeError(f"compile: got an array of {x.dtype}; it is for arrays of float64")
    return ("static", Static(x))


def has_floats(form: Any) -> bool:
    """Return whether there are floats in a form, beside the elements of arrays."""
    if type(form) is not tuple or not form:
        return False
    is_list = form[0] in (list, tuple) and len(form) == 2 and type(form[1]) is int
    return form[0] == "float" or is_list or any(map(has_floats, form))


def layout(x: Any) -> Any:
    """Return the strides of an array, as far as they matter."""
    if x.flags.c_contiguous:
        return None
    return tuple([step for step, size in zip(x.strides, x.shape) if size > 1])


def outline(x: Any) -> Form:
    """Return the form of a result: equal forms have the same leaves, with arrays laid out alike."""
    kind = type(x)
    if isinstance(x, np.ndarray) and x.dtype != object:
        return ("array", kind, x.dtype, x.shape, layout(x))
    if isinstance(x, (bool, int, float, complex, np.generic)):
        return ("number", kind)
    if isinstance(x, dict):
        return (kind, tuple(x), *map(outline, x.values()))
    if isinstance(x, (list, tuple)):
        return (kind, *map(outline, x))
    return ("static", Static(x))


def in_floats(x: Any) -> Any:
    """Return a result with floats for the ints that NumPy puts into arrays of objects.

    It puts them there as zeros and ones, where arrays of float64 get floats.
    """
    if isinstance(x, np.ndarray) and x.dtype == np.dtype(object):
        if all(isinstance(each, (Value, int, float, np.integer, np.floating)) for each in x.flat):
            numbers = np.empty(x.shape, object)
            for i, each in enumerate(x.flat):
                numbers.flat[i] = each if type(each) is Value else float(each)
            return numbers
    elif isinstance(x, dict):
        return {key: in_floats(each) for key, each in x.items()}
    elif isinstance(x, (list, tuple)):
        make = getattr(type(x), "_make", list if isinstance(x, list) else tuple)
        return make(map(in_floats, x))
    return x


def rebuilt(form: Form, leaves: Iterator[Any], kind: Any = object) -> Any:
    """Return an argument of a form, with leaves in the places of its numbers.

    Arrays of them are of a kind.
    """
    tag, *rest = form
    if tag in ("float", "whole", "number"):
        return next(leaves)
    if tag == "static":
        return rest[0].copied()
    if tag in (list, tuple):
        if rest and type(rest[0]) is int:
            return tag([next(leaves) for _ in range(rest[0])])
        return tag([rebuilt(each, leaves, kind) for each in rest])
    if tag == "dict":
        return {key: rebuilt(each, leaves, kind) for key, each in zip(rest[0], rest[1:])}
    if tag == "named":
        return rest[0]._make([rebuilt(each, leaves, kind) for each in rest[1:]])
    shape = rest[0]
    array = np.empty(shape, kind if tag == "array" else object)
    if tag == "array":
        rest = [("float",)] * (1 + array.size)
    for i, each in enumerate(rest[1:]):
        array.flat[i] = rebuilt(each, leaves, kind)
    return array
