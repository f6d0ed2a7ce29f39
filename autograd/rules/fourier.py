"""Rules of the discrete Fourier transforms along one axis; the others are made of them.

The matrix of a transform is symmetric, so that its transpose is the transform itself. An axis that
is shorter than the length n is filled with zeros, and its share is cut off. `norm` says where the
factor 1/n stands, as in NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.rules.complexes import conj
from autograd.rules.structural import Structural, call, structural

OPPOSITE = {"backward": "forward", "ortho": "ortho", "forward": "backward"}
"""Place of the factor 1/n in the inverse transform, if it stands there in the transform."""


def cut(x: Any, n: int, axis: int) -> Any:
    """Return the first n elements along an axis, or all."""
    return x[(slice(None),) * axis + (slice(n),)] if x.shape[axis] > n else x


def _reach(mask: Any, x: Any, n: int, axis: int, norm: str) -> list[Any]:
    return [np.broadcast_to(np.max(mask, axis, keepdims=True, initial=0.0), x.shape)]


def _transform(name: str, pullback: Callable[..., Any], doc: str) -> Structural:
    return structural(
        name,
        lambda x, n, axis, norm: getattr(np.fft, name)(x, n, axis, norm),
        lambda g, z, x, n, axis, norm: cut(pullback(g, n, axis, norm), x.shape[axis], axis),
        reach=_reach,
        takes_complex=name != "rfft",
        needs="a length of 1 or more, and the axis must exist",
        doc=doc,
    )


fft: Structural = _transform(
    "fft", lambda *given: call(fft, *given), "Discrete Fourier transform, along an axis."
)
ifft: Structural = _transform(
    "ifft", lambda *given: call(ifft, *given), "Inverse of the discrete Fourier transform."
)
rfft: Structural = _transform(  # a part of fft, of real numbers: its share is the real part of this
    "rfft", lambda *given: call(fft, *given), "First half of the transform of real numbers."
)


def _of_half(g: Any, n: int, axis: int, norm: str) -> Any:
    """Return the share of half a transform, whose other half are the conjugates."""
    once = 2 * np.arange(n // 2 + 1) % n == 0  # at 0 and, of an even n, at n / 2
    weights = np.where(once, 1, 2).astype(g.dtype).reshape((-1,) + (1,) * (g.ndim - axis - 1))
    return call(conj, call(rfft, g, n, axis, OPPOSITE[norm])) * weights


irfft = _transform("irfft", _of_half, "Inverse of rfft: n real numbers from half of a transform.")
