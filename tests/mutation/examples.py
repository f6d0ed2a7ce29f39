"""Examples of what tests/tensor_table.py seldom draws, or has no name for: graphs for pullbacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.rules import factors, linalg, matrix_functions
from autograd.rules.structural import call
from tests.tensor_table import ANY, Example, Operand


def _with_ties(x: Any) -> None:
    """Pairs of equal elements, which share: differences of either side meet in the middle."""
    x[..., 1] = x[..., 0]


def _as_drawn(*_: Any) -> None:
    pass


def _singular(x: Any, *_: Any) -> None:
    x[..., -1, :] = x[..., 0, :]


def _all_zeros(x: Any, *_: Any) -> None:
    x[...] = 0.0


def _with_a_zero_within(x: Any, *_: Any) -> None:
    """Matrices whose factors have numbers below 0 in the diagonal and zeros beside it."""
    x[...] = [[-9.0, 0.0, 0.5], [1.0, 0.0, 7.0], [0.25, -8.0, 1.5]]


def _far_from_singular(x: Any, *_: Any) -> None:
    """The first column of a Toeplitz matrix."""
    x[0] += 5.0


def _has_real_eigenvalues(x: Any) -> bool:
    return not np.any(np.imag(np.linalg.eigvals(x)))


def _with_zeros(x: Any, *_: Any) -> None:
    """Two factors that are 0, among others."""
    x[1::2] = 0.0


def _complex(m: Any, x: Any, y: Any) -> Any:
    z = x + np.complex64(1j) * y
    parts = np.abs(z) * np.angle(z + 20.0) + np.real(z * z) * np.imag(np.conj(z) * x)
    return parts + np.real(np.tanh(z)) + np.imag(np.abs(z * z) * np.tanh(z * x))


def _transformed(name: str, x: Any, n: int | None, norm: str) -> Any:
    z = getattr(np.fft, name)(x * x, n, 0, norm)
    return np.real(z) * np.imag(z * x[0]) if name != "irfft" else z


def _of(f: Callable[..., Any], *shapes: tuple[int, ...], **more: Any) -> Example:
    return Example(f, tuple(map(Operand, shapes)), **more)


TIES = {
    "max of ties": _of(lambda m, x: m.max(x, axis=-1), (3, 2), change=_with_ties),
    "min of ties": _of(lambda m, x: m.min(x, axis=-1), (3, 2), change=_with_ties),
    "nanmax of ties": _of(lambda m, x: m.nanmax(x, axis=-1), (3, 2), change=_with_ties),
    "nanmin of ties": _of(lambda m, x: m.nanmin(x, axis=-1), (3, 2), change=_with_ties),
    "max_pool2d of ties": _of(
        lambda m, x: m.max_pool2d(x, (2, 2), (2, 2)), (1, 1, 2, 2), change=_with_ties
    ),
    "svdvals of zeros": _of(lambda m, x: m.svdvals(x), (3, 2), change=_all_zeros),
}
ORTHOGONAL = np.array([[0.6, -0.8, 0.0], [0.8, 0.6, 0.0], [0.0, 0.0, 1.0]])
LABELS = np.array([2, 0, 1])
EXPONENTS = np.arange(9).reshape(3, 3) - 2
DECOMPOSED: dict[str, Callable[..., Any]] = {
    "eigvals": lambda m, x: m.eigvals(x),
    "eig": lambda m, x: m.square(m.eig(x)[1]),
    "lu_factor": lambda m, x: m.lu_factor(x)[0],
    "expm": lambda m, x: m.expm(x),
    "logm": lambda m, x: m.logm(x.astype(np.float64)),
}
NEARLY_LOWER = np.diag([1.0, 1.0, 2e-15])
MORE = {  # square ones, stacks, and what tests/tensor_table.py seldom draws
    "funm": _of(lambda m, x: m.funm((x + x.mT) / 2, np.exp), (3, 3)),
    "vector @ stack": _of(lambda m, x, y: x @ y, (3,), (2, 3, 2)),
    "stack @ vector": _of(lambda m, x, y: x @ y, (2, 2, 3), (3,)),
    "square @ square": _of(lambda m, x, y: x @ y, (3, 3), (3, 3)),
    "linear of squares": _of(lambda m, x, W, b: m.linear(x, W, b), (3, 3), (3, 3), (3,)),
    "linear to one": _of(lambda m, x, W, b: m.linear(x, W, b), (3, 3), (1, 3), (1,)),
    **{
        f"{name} of a linear square": _of(
            lambda m, x, W, b, name=name: m.linear(x, W, b, activation=name), (3, 3), (3, 3), (3,)
        )
        for name in ("relu", "sigmoid", "tanh")
    },
    "conv2d of squares": _of(
        lambda m, x, W, b: m.conv2d(x, W, b, activation="tanh"), (2, 1, 4, 4), (2, 1, 3, 3), (2,)
    ),
    "conv2d by squares": _of(
        lambda m, x, W, b: m.conv2d(x, W, b, padding=(1, 1)), (1, 2, 3, 3), (3, 2, 2, 2), (3,)
    ),
    "losses of squares": _of(
        lambda m, x, y: m.sigmoid_cross_entropy_sum(x, y, 2.5), (3, 3), (3, 3)
    ),
    "loss by labels of squares": _of(
        lambda m, x: m.softmax_cross_entropy_sum(x, LABELS, 2.5), (3, 3)
    ),
    "loss by probabilities of squares": _of(
        lambda m, x, y: m.softmax_cross_entropy_sum(x, y, 2.5), (3, 3), (3, 3)
    ),
    "tanh of a square": _of(lambda m, x: m.tanh(x), (3, 3)),
    "where of squares": _of(lambda m, x, y: m.where(ORTHOGONAL > 0, x, y), (3, 3), (3, 3)),
    "written with axes of size 1": _of(
        lambda m, x, v: m.written(x, slice(0, 2), v), (3, 2), (1, 1, 2, 2)
    ),
    "written with an axis of size 1": _of(
        lambda m, x, v: m.written(x, slice(0, 2), v), (3, 2), (1, 2, 2)
    ),
    "max_pool2d of one image": _of(lambda m, x: m.max_pool2d(x, (2, 1), (1, 1)), (4, 3)),
    "relu of a square": _of(lambda m, x: m.relu(x), (3, 3)),
    "sigmoid of a square": _of(lambda m, x: m.sigmoid(x), (3, 3)),
    "max and min of squares": _of(
        lambda m, x: m.max(x, axis=0) + m.min(x, axis=1) - m.max(x), (3, 3)
    ),
    "nanmax and nanmin of squares": _of(
        lambda m, x: m.nanmax(x, axis=0) + m.nanmin(x, axis=1) - m.nanmax(x), (3, 3)
    ),
    "ldexp of a square": _of(lambda m, x: m.ldexp(x, EXPONENTS), (3, 3)),
    "nextafter of squares": _of(lambda m, x, y: m.nextafter(x, y), (3, 3), (3, 3)),
    "logaddexp in turn": _of(
        lambda m, x: np.logaddexp.reduce(x, axis=0) + np.logaddexp2.reduce(x, axis=1), (3, 3)
    ),
    "squares of hypot in turn": _of(lambda m, x: np.hypot.reduce(x, axis=0) ** 2, (3, 3)),
    **{
        f"quotients and differences of {n} in turn": _of(
            lambda m, x: np.divide.reduce(x, axis=0) * np.subtract.reduce(x, axis=0), (n, 3)
        )
        for n in (3, 4)
    },
    "quotients and sums of powers in turn": _of(
        lambda m, x: np.divide.accumulate(x) + np.logaddexp2.accumulate(x).T, (3, 3)
    ),
    "accumulated differences": _of(
        lambda m, x: np.subtract.accumulate(x * x) * np.logaddexp.accumulate(x), (3, 3)
    ),
    "complex functions": _of(_complex, (3, 3), (3, 3)),
    **{
        f"{name} of {n} numbers, {norm}": _of(
            lambda m, x, name=name, n=n, norm=norm: _transformed(name, x, n, norm), (3, 3)
        )
        for name in ("fft", "ifft", "rfft", "irfft")
        for n, norm in ((None, "backward"), (2, "ortho"), (6, "forward"))
    },
    "logsumexp of a square": _of(
        lambda m, x: m.logsumexp(x, axis=0) + m.logsumexp(x, axis=1) * m.logsumexp(x), (3, 3)
    ),
    "written twice": _of(lambda m, x, v: m.written(x, np.array([[0, 2], [2, 0]]), v), (3,), (2, 2)),
    "solve of a stack": Example(
        lambda m, x, y: m.solve(x, y), (Operand((2, 3, 3), ANY, 4.0), Operand((2, 3, 3)))
    ),
    "solve of one vector": Example(
        lambda m, x, y: m.solve(x, y), (Operand((3, 3), ANY, 4.0), Operand((3,)))
    ),
    "solve of one vector by a stack": Example(
        lambda m, x, y: m.solve(x, y), (Operand((2, 3, 3), ANY, 4.0), Operand((3,)))
    ),
    "cholesky of the lower triangle": Example(
        lambda m, x: m.cholesky(x), (Operand((2, 3, 3), ANY, 9.0),)
    ),
    "cholesky of stacks": Example(lambda m, x: m.cholesky(x), (Operand((1, 2, 3, 3), ANY, 9.0),)),
    **{
        f"{name} of stacks": Example(f, (Operand((1, 2, 3, 3), ANY, 9.0),), _has_real_eigenvalues)
        for name, f in DECOMPOSED.items()
    },
    "lu_factor with zeros": _of(lambda m, x: m.lu_factor(x)[0], (3, 3), change=_with_a_zero_within),
    "lower part of lu_factor": Example(
        lambda m, x: m.tril(m.lu_factor(x)[0], -1), (Operand((3, 3), ANY, 4.0),)
    ),
    "lu_factor of small numbers": Example(
        lambda m, x: m.lu_factor(1e-30 * x.astype(np.float64))[0], (Operand((3, 3), ANY, 4.0),)
    ),
    **{
        f"complete qr of {n} matrices": _of(lambda m, x: m.qr(x, mode="complete")[0], (1, n, 4, 3))
        for n in (1, 5)
    },
    "pinv of lower rank": _of(
        lambda m, x, y: m.pinv(x.astype(np.float64) @ y, 1e-8), (3, 2), (2, 3)
    ),
    "lstsq of nearly lower rank": _of(
        lambda m, x, y: m.lstsq((8 + x)[:, None] * NEARLY_LOWER, y, 1e-8)[0], (3,), (3,)
    ),
    "toeplitz of squares": _of(
        lambda m, x, y: m.solve_toeplitz(x, y), (3,), (3, 3), change=_far_from_singular
    ),
    "powers of matrices": Example(
        lambda m, x: m.fractional_matrix_power(x.astype(np.float64), 0.5),
        (Operand((3, 3), ANY, 9.0),),
    ),
    "funm along two directions": _of(
        lambda m, *xs: call(matrix_functions.funm, *xs, lambda order, w: np.exp(w)),
        (3, 3),
        (3, 3),
        (3, 3),
    ),
    "det of stacks of singular matrices": _of(
        lambda m, x: m.det(x), (1, 2, 3, 3), change=_singular
    ),
    "det of singular matrices of four": _of(lambda m, x: m.det(x), (4, 4), change=_singular),
    "cumprod in a row": _of(lambda m, x: m.cumprod(x, axis=None), (2, 2)),
    **{
        f"{op.name} along {k} directions{change.__name__}": _of(
            lambda m, *xs, op=op: call(op, *xs),
            *[(n, 3)] * (1 + k + (op is factors.firsts_back)),
            change=change,
        )
        for op in (factors.others, factors.firsts, factors.firsts_back)
        for k in range(3)
        for n, change in ((3, _as_drawn), (5, _with_zeros))
    },
    **{
        f"cofactors along {k} directions of {n} rows{change.__name__}": _of(
            lambda m, *xs: call((linalg.cofactors, linalg.cofactors_along)[len(xs) - 1], *xs),
            *[(2, n, n)] * (1 + k),
            change=change,
        )
        for k in range(2)
        for n, change in ((2, _as_drawn), (3, _as_drawn), (3, _singular), (4, _as_drawn))
    },
}
