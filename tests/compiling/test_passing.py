"""From arguments to inputs and from outputs to results: quick ways do what the general ones do."""

from __future__ import annotations

import copy
import itertools
from collections import namedtuple
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd import compiled as engine
from autograd.compiling import passing
from autograd.compiling.forms import form_of
from autograd.compiling.passing import finish_of, reader_of
from autograd.trees import flatten

pytestmark = pytest.mark.both

Pair = namedtuple("Pair", "a b")
floats = st.floats(-3, 3)
arrays = st.sampled_from([(), (1,), (3,), (2, 3), (0,), (2, 0)]).map(
    lambda shape: np.arange(1.0, 1 + np.prod(shape, dtype=int)).reshape(shape)
)
statics = st.sampled_from([3, True, False, 0, None, "s", np.float64(2.0), flatten, np.sin])


def trees(leaves: Any) -> Any:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=4),
            st.lists(inner, max_size=3).map(tuple),
            st.tuples(inner, inner).map(lambda both: Pair(*both)),
            st.dictionaries(st.sampled_from(["w", "b", 1]), inner, max_size=3),
            st.tuples(inner, st.integers(3, 5)).map(lambda one: [copy.deepcopy(one[0])] * one[1]),
        ),
        max_leaves=8,
    )


arguments = st.lists(trees(st.one_of(floats, arrays, statics)), max_size=3).map(tuple)


@given(arguments, st.dictionaries(st.sampled_from("xy"), trees(floats), max_size=2), arguments)
def test_a_reader_reads_what_has_its_form_and_nothing_else(
    args: tuple[Any, ...], kwargs: dict[str, Any], others: tuple[Any, ...]
) -> None:
    inputs: list[float] = []
    form = form_of(args, inputs)
    if kwargs:
        form = ("call", form, form_of(kwargs, inputs))
    read = reader_of(form)
    assert read is not None
    assert np.ravel(read(args, kwargs)).tolist() == inputs
    leaves, build = flatten(args)
    for i, new in itertools.product(
        range(len(leaves)), (1.5, 2, True, None, "s", np.ones(2), [1.0])
    ):
        changed = build([*leaves[:i], new, *leaves[i + 1 :]])
        agree(read, form, changed, kwargs)
    for given_, named in ((others, kwargs), (args, {}), (args, {"z": 1.0}), (args[1:], kwargs)):
        agree(read, form, given_, named)


def spread(form: Any) -> Any:
    """The form with each float of a list of floats alone, as one of np.float64 has it."""
    tag, *rest = form
    if tag in (list, tuple) and rest and type(rest[0]) is int:
        return (tag, *[("float",)] * rest[0])
    return (tag, *[spread(x) if type(x) is tuple and x and tag != "array" else x for x in rest])


def agree(read: Any, form: Any, args: Any, kwargs: Any) -> None:
    """Read what has the form, and give None for all else."""
    inputs: list[float] = []
    other = form_of(args, inputs)
    if kwargs:
        other = ("call", other, form_of(kwargs, inputs))
    found = read(args, kwargs)
    assert (found is not None) == (spread(other) == spread(form))
    if found is not None:
        assert np.ravel(found).tolist() == inputs


class Other(float):
    """A class of floats, which is no float alone."""


@pytest.mark.parametrize("odd", [1, True, Other(1.0), np.float64(1.0), None, "1", [1.0]])
def test_lists_of_floats_alone(odd: Any) -> None:
    for each in (passing.all_floats, passing._all_floats):
        assert each([1.0, 2.0])
        assert each((1.0,))
        assert not each([1.0, odd])
        assert not each((odd, 2.0))
    if engine.core == "c":
        assert not passing.all_floats(3.0)


@given(trees(st.one_of(floats, st.just(...), st.just(...), statics)), st.data())
def test_results_are_what_the_tree_gives(tree: Any, data: Any) -> None:
    """With outputs in the places of the leaves `...`; some trees are in arrays of objects."""
    for kind in ("alone", "all", "some"):
        result = tree
        if kind != "alone":
            more = [..., 1.0, ...] if kind == "some" else [...] * 4
            objects = np.array(more, object).reshape(-1, 1 + (kind == "all"))
            result = data.draw(
                st.sampled_from([[objects, tree], {"a": tree, "b": objects}, objects])
            )
        leaves, build = flatten(result)
        statics = [None if x is ... else x for x in leaves]
        outputs = [float(k) for k in range(sum(x is None for x in statics))]
        finish = finish_of(statics, build)
        for _ in range(2):  # what it gave once is not written on
            numbers = iter(outputs)
            expected = build([next(numbers) if x is None else x for x in statics])
            found = finish.make(finish.run(lambda x: (x, -1))([*outputs])[0])
            assert repr(found) == repr(expected)
            for x in flatten(found)[0]:
                if isinstance(x, np.ndarray):
                    x[...] = -1.0


def test_a_form_too_large_to_print_takes_the_general_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passing, "MOST_LINES", 5)
    compiled = ag.compile(lambda p: [{"a": [x * 2.0], "b": [x]} for (x,) in p["x"] + p["y"]])
    assert compiled({"x": [[1.0]], "y": [(2.0,)]}) == [
        {"a": [2.0], "b": [1.0]},
        {"a": [4.0], "b": [2.0]},
    ]
    assert compiled({"x": [[3.0]], "y": [(4.0,)]})[1] == {"a": [8.0], "b": [4.0]}


@pytest.mark.parametrize("machine", [None, "python"])
def test_arrays_of_any_layout_are_read(machine: Any) -> None:
    """In C's order, whatever theirs is; results are arrays of their own."""
    compiled = ag.compile(ag.grad(lambda a: np.sum(a * a * [[1.0, 2.0], [3.0, 4.0]])), machine)
    base = np.arange(16.0).reshape(4, 4)
    odd = np.frombuffer(b"\0" + np.arange(4.0).tobytes(), np.uint8)[1:].view(float).reshape(2, 2)
    layouts = (
        base[:2, :2],
        base[::2, ::2].T,
        base[::-2, ::2],
        np.asfortranarray(base[1:3, 1:3]),
        odd,
    )
    before = compiled(base[:2, :2])
    for x in layouts:
        assert compiled(x).tolist() == (2.0 * x * [[1.0, 2.0], [3.0, 4.0]]).tolist()
    assert len(compiled.report().programs) == 1
    assert before.tolist() == (2.0 * base[:2, :2] * [[1.0, 2.0], [3.0, 4.0]]).tolist()
