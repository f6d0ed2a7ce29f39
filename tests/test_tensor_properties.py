"""Every operation of the table, on drawn shapes, dtypes and layouts of memory.

Its value is NumPy's. Its gradient is what differences of NumPy's values give, within the error that
they estimate, and what forward mode gives; its second derivative is what differences of the
gradient give. Whatever it is given is left as it was.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

import autograd as ag
from autograd import Tensor
from autograd.checking.differences import derivative
from autograd.tensors.protocols import NUMPY
from benchmarks import compare
from benchmarks.compare_frameworks import ours
from benchmarks.compare_points import POINTS
from tests.slopes import slope
from tests.tensor_table import (
    OPERATIONS,
    PLAIN,
    Operation,
    Ours,
    Source,
    parameters,
    seeded,
)

pytestmark = pytest.mark.both

EXAMPLES = settings().max_examples  # of the profile
SEED = 0 if settings().derandomize else int(np.random.SeedSequence().generate_state(1)[0])
RAISED = (ValueError, IndexError, TypeError)  # by NumPy, of what it does not do


# Layouts of memory, each with the array whose memory it is


def contiguous(x: Any) -> tuple[Any, Any]:
    x = x.copy()
    return x, x


def columns_first(x: Any) -> tuple[Any, Any]:
    x = np.asfortranarray(x).copy("F")
    return x, x


def read_only(x: Any) -> tuple[Any, Any]:
    x = x.copy()
    x.flags.writeable = False
    return x, x


def strided(x: Any) -> tuple[Any, Any]:
    """Every other element, along every axis, of a larger array."""
    base = np.full([2 * n + 1 for n in x.shape], 777.0, x.dtype)
    view = base[(slice(1, None, 2),) * x.ndim]
    view[...] = x
    return view, base


def reversed_view(x: Any) -> tuple[Any, Any]:
    base = np.flip(x).copy()
    return np.flip(base), base


def broadcast(x: Any) -> tuple[Any, Any]:
    """One element along the last axis, as many times as it is long; read-only."""
    base = x[..., :1].copy()
    return np.broadcast_to(base, x.shape), base


LAYOUTS: list[Callable[[Any], tuple[Any, Any]]] = [
    contiguous, columns_first, read_only, strided, reversed_view,
]  # fmt: skip


class Call:
    """An operation with operands: as arrays and, the variables among them, as Tensors."""

    def __init__(self, operation: Operation, d: Source) -> None:
        self.example = operation.example(d)
        rng = d.rng()
        exact = self.example.arrays(rng)
        self.road = d.choice(*operation.roads)
        self.dtypes = d.choice([np.float64], [np.float64], [np.float32], [np.float64, np.float32])
        self.arrays, self.bases = [], []
        for k, x in enumerate(exact):
            layout = d.choice(*LAYOUTS, *[broadcast] * operation.repeats)
            x = x.astype(self.dtypes[k % len(self.dtypes)])
            view, base = (layout if x.ndim else contiguous)(x)
            self.arrays.append(view)
            self.bases.append((base, base.copy()))
        self.is_variable = [d.choice(True, True, False) for _ in exact]
        self.is_variable[0 if operation.writes else d.integer(0, len(exact) - 1)] = True
        self.weight_of, self.directions = (
            rng,
            [np.asarray(rng.uniform(-1, 1, x.shape)) for x in exact],
        )

    def __repr__(self) -> str:
        arrays = [
            f"{x.dtype}{x.shape} with strides {x.strides}{'' if v else ', constant'}"
            for x, v in zip(self.arrays, self.is_variable)
        ]
        closed = self.example.f.__closure__ or ()
        options = {
            name: cell.cell_contents
            for name, cell in zip(self.example.f.__code__.co_freevars, closed)
        }
        return f"{options} of {'; '.join(arrays)}, by {self.road}"

    def of_arrays(self, *arrays: Any) -> Any:
        """NumPy's value."""
        with warnings.catch_warnings(action="ignore"):
            return self.example.f(PLAIN, *arrays)

    def of_tensors(self, *variables: Any) -> Any:
        """Ours; the operands that are not variables are given as arrays."""
        given = iter(variables)
        operands = [next(given) if v else x for x, v in zip(self.arrays, self.is_variable)]
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # NumPy's own
            return self.example.f(Ours(self.road), *operands)

    @property
    def variables(self) -> list[Any]:
        """The arrays of the variables."""
        return [x for x, v in zip(self.arrays, self.is_variable) if v]

    def leaves(self) -> list[Tensor]:
        """Tensors of the variables that hold the very arrays, in their layouts."""
        found = [Tensor(x) for x in self.variables]
        for leaf, x in zip(found, self.variables):
            leaf.data = x
            assert leaf.data is x
        return found

    def along(self, t: float) -> list[Any]:
        """All operands in float64, the variables moved by t in their direction."""
        return [
            np.asarray(x.astype(np.float64) + (t * v if variable else 0))
            for x, v, variable in zip(self.arrays, self.directions, self.is_variable)
        ]

    @property
    def moving(self) -> list[Any]:
        """The directions of the variables."""
        return [v for v, variable in zip(self.directions, self.is_variable) if variable]

    def weights(self, z: Any) -> Any:
        """Weights for a sum of all elements of the result."""
        return np.asarray(self.weight_of.uniform(0.5, 1.5, np.shape(z)), z.dtype)

    @property
    def is_exact(self) -> bool:
        """Whether all is in float64."""
        return all(x.dtype == np.float64 for x in self.arrays)

    def check_unchanged(self) -> None:
        """All that was given is what it was."""
        for base, copy in self.bases:
            np.testing.assert_array_equal(base, copy)


def close(found: Any, expected: Any, exact: bool, size: float = 1.0) -> None:
    """Equal up to rounding, relative to the largest of the elements."""
    top = float(np.max(np.abs(expected), initial=size, where=np.isfinite(expected)))
    precision = 1e-11 if exact else 1e-5
    np.testing.assert_allclose(found, expected, rtol=precision, atol=precision * top)


def agrees(found: float, f: Callable[[float], float], size: float) -> None:
    """It is the derivative of f at 0, so far as differences can tell, and they can tell much."""
    with np.errstate(all="ignore"):
        if abs(found - slope(f)) <= 1e-8 * max(size, 1e-3):
            return
        estimate = derivative(f, 0.0)  # beside kinks, and where the curvature is large
    scale = max(size, abs(estimate.derivative), 1e-3 * abs(f(0.0)), 1e-6)
    assert estimate.bound <= 1e-4 * scale, estimate
    assert abs(found - estimate.derivative) <= 4 * estimate.bound + 1e-10 * scale, (found, estimate)


def agrees_roughly(found: float, f: Callable[[float], float], size: float) -> None:
    """The same for what was found in float32."""
    with np.errstate(all="ignore"):
        if abs(found - slope(f)) <= 1e-4 * max(size, 0.1):
            return
        expected = derivative(f, 0.0).derivative
    assert abs(found - expected) <= 1e-3 * max(size, abs(expected), 0.1), (found, expected)


def product(xs: list[Any], ys: list[Any]) -> float:
    """The sum of all products."""
    return float(sum(np.sum(np.multiply(x, y, dtype=np.float64)) for x, y in zip(xs, ys)))


WAYS = ("weighted", "transposed", "plain", "seed", "twice", "masked")


def total(z: Any, weights: Any, way: str) -> Any:
    """A weighted sum; `way` says how, and so what the gradient of z looks like in memory."""
    if way == "transposed":
        return ag.sum(z.T * weights.T)
    if way == "plain":
        return ag.sum(z)
    if way == "masked":  # weights of 0 that are untaken branches instead
        return ag.sum(ag.where(weights != 0, z, 0.0) * weights)
    return ag.sum(z * weights)


def tried(check: Callable[[Call, Source], None], operation: Operation, count: int) -> None:
    """Hold so many calls to a check; a failure tells of which it is.

    By Hypothesis each number drawn takes a hundred times as long, which was half of what a test took;
    as axes are short, there is little to make simpler.
    """
    for k in range(count * operation.tries):
        d = seeded(np.random.default_rng([SEED, k, *operation.name.encode()]), odd=True)
        call = Call(operation, d)
        try:
            check(call, d)
        except BaseException as error:
            error.add_note(f"number {k} of the seed {SEED}: {call}")
            raise


every_operation = pytest.mark.parametrize("operation", parameters(OPERATIONS.values()))


@every_operation
def test_values_and_gradients(operation: Operation) -> None:
    tried(check_first, operation, max(1, EXAMPLES // 5))


def check_first(call: Call, d: Source) -> None:
    try:
        expected = call.of_arrays(*call.arrays)
    except RAISED:
        with pytest.raises(RAISED):
            call.of_tensors(*call.leaves())
        return
    is_exact = expected.dtype == np.float64 and call.is_exact
    leaves = call.leaves()
    z = call.of_tensors(*leaves)
    if call.road == "package":  # its functions take arrays too
        with warnings.catch_warnings(action="ignore"):
            same = call.example.f(Ours("package"), *call.arrays)
        assert (np.shape(same), same.dtype) == (np.shape(expected), expected.dtype)
        close(same, expected, is_exact)
    assert type(z) is Tensor
    assert (z.shape, z.dtype) == (np.shape(expected), expected.dtype)
    close(z.data, expected, is_exact)
    if not np.all(np.isfinite(expected)):
        return

    way = d.choice(*WAYS)
    weights = np.ones_like(expected) if way == "plain" else call.weights(expected)
    if way == "masked":
        weights = weights * (weights > 1)
    before = weights.copy()
    if way == "seed":
        slopes = ag.gradients(z, leaves, seed=weights)
    else:
        y = total(z, weights, way)
        if way == "twice":  # what is handed back is added to, and must not be anybody else's
            y = y + sum(ag.sum(x * v) for x, v in zip(leaves, call.moving))
        slopes = ag.gradients(y, leaves)
    for leaf, g in zip(leaves, slopes):
        assert (g.shape, g.dtype) == (leaf.shape, leaf.dtype)
    found = product(slopes, call.moving)
    if way == "twice":
        found -= product(call.moving, call.moving)
    size = sum(float(np.sum(np.abs(g * v))) for g, v in zip(slopes, call.moving))
    exact = weights.astype(np.float64)

    # Differences tell the size of their rounding from that of what they are given, so this must not
    # be small where its terms are large
    far = float(np.sum((1 + 2 * np.abs(expected)) * exact))

    def along(t: float) -> float:
        return far + float(np.sum(call.of_arrays(*call.along(t)) * exact))

    (agrees if call.is_exact else agrees_roughly)(found, along, size)

    value, rates = ag.jvp(call.of_tensors, call.variables, call.moving)
    close(value, expected, is_exact)
    assert np.shape(rates) == z.shape
    if z.ndim:
        assert rates.dtype == z.dtype
    forward = float(np.sum(np.asarray(rates, np.float64) * exact))
    if way != "twice":
        precision = 1e-10 if call.is_exact else 1e-3
        assert abs(found - forward) <= precision * max(size, abs(forward), 0.1)
    call.check_unchanged()
    np.testing.assert_array_equal(weights, before)


@pytest.mark.once  # test_tensor_graphs.py has those of the twin
@every_operation
def test_second_derivatives(operation: Operation) -> None:
    if operation.orders > 1:
        tried(check_second, operation, max(1, EXAMPLES // 10))


def check_second(call: Call, d: Source) -> None:
    try:
        z = call.of_arrays(*call.arrays)
    except RAISED:
        return
    if not np.all(np.isfinite(z)):
        return
    weights = call.weights(z)
    kept = weights > d.choice(0.0, 0.0, 1.0)

    def energy(xs: Any) -> Any:  # not linear, so that what is linear has a second derivative too
        z = call.of_tensors(*xs)
        z = z if np.all(kept) else ag.where(kept, z, 0.0)
        return ag.sum(weights * (z + 0.5 * z * z))

    slope_of, direction = ag.grad(energy), [np.asarray(np.cos(7 * v)) for v in call.moving]
    with np.errstate(all="ignore"):
        seconds = ag.hvp(energy)(call.variables, call.moving)
    for x, second in zip(call.variables, seconds):
        assert (second.shape, second.dtype) == (x.shape, x.dtype)
    found = product(seconds, direction)
    size = sum(float(np.sum(np.abs(h * u))) for h, u in zip(seconds, direction))
    far = float(sum(np.sum(1 + 2 * np.abs(g)) for g in slope_of(call.variables)))

    def along(t: float) -> float:
        moved = [np.asarray(x + t * v) for x, v in zip(call.variables, call.moving)]
        return far + product(slope_of(moved), direction)

    judged = agrees if call.is_exact else agrees_roughly
    call.arrays = [x.astype(np.float64) for x in call.arrays]
    judged(found, along, size)
    call.check_unchanged()


NOT_IN_THE_TABLE = {
    "argmax argmin argsort any all count_nonzero shape ndim size isclose allclose array_equal nonzero"
    " flatnonzero argwhere searchsorted may_share_memory shares_memory result_type iscomplexobj"
    " isnan isinf isfinite signbit"
    " isrealobj array_equiv isin argpartition digitize lexsort"
    " histogram2d histogram_bin_edges histogramdd intersect1d setdiff1d setxor1d union1d unique"
    " unique_all unique_counts unique_inverse unique_values array2string array_repr array_str"
    " can_cast common_type diag_indices_from min_scalar_type nanargmax nanargmin tril_indices_from"
    " triu_indices_from": "there is nothing to differentiate",
    "zeros_like ones_like empty_like full_like": "they use only the shape",
    "dropout": "it is random",
    "array": "it makes Tensors",
    "copy amax amin matrix_transpose": "other names of what is there",
    "Value Tensor Drawing GradientCheckError GradientCheckWarning GradientReport"
    " LostGradientWarning": "classes",
    "checking fft linalg core": "no functions",
    "conjugate": "tests/test_complex.py has it",
    "matrix_rank": "a number without a derivative",
    "funm": "what it computes is a function of its user",
    "campaign checkpoint compile contributions custom_vjp derivative detect_anomaly draw elementary elementwise_grad explain explain_nan grad gradcheck gradients hessian"
    " hvp jacobian jvp multistart no_grad record_lines scope stop_gradient taylor value_and_grad vjp": "no operations",
}  # fmt: skip


class Recorder:
    """NumPy's names, and which of them are looked up."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.names.add(name)
        return getattr(PLAIN, name)


@pytest.mark.once
def test_the_table_has_every_operation() -> None:
    left_out = set(" ".join(NOT_IN_THE_TABLE).split())
    taught = {f.__name__ for f in NUMPY if "fft" not in f.__module__}  # which has tests of its own
    wanted = taught | set(ag.__all__) | set(ag.linalg.__all__)
    m = Recorder()
    for seed in range(30):  # until all names have been drawn
        for operation in OPERATIONS.values():
            rng = np.random.default_rng(seed)
            example = operation.example(seeded(rng))
            with warnings.catch_warnings(action="ignore"), contextlib.suppress(*RAISED):
                example.f(m, *example.arrays(rng))
        if wanted - m.names <= left_out:
            break
    assert wanted - m.names == left_out & wanted


@pytest.mark.once
def test_the_page_of_conventions_is_current() -> None:
    """As for our own column; the others need the peers: python -m benchmarks.compare --write."""
    us, rows = ours(), set()
    for line in compare.PAGE.read_text().splitlines():
        if line.startswith("| ") and line.count(" | ") == 4:
            what, mine, *_ = line.removeprefix("| ").split(" | ")
            rows.add((what, mine))
    for points in POINTS.values():
        for point in points:
            with warnings.catch_warnings(action="ignore"):
                found = point.found(us).words
            wanted = (point.what, found)
            assert wanted in rows or point.digits > 15, wanted  # the last digit may be a machine's
