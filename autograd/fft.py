"""Discrete Fourier transforms under NumPy's names, of arrays, lists, Values and Tensors.

This module is loaded when one of its names is first used, or when one of numpy.fft's functions gets
a Tensor. Options are as in NumPy.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np
from numpy.fft import fftfreq, rfftfreq

from autograd.arrays.row import implements
from autograd.rules import fourier
from autograd.rules.fourier import OPPOSITE, cut
from autograd.rules.structural import Structural
from autograd.tensors.complexes import OF_COMPLEX
from autograd.tensors.moving import moving
from autograd.tensors.operations import apply

Sizes = Sequence[int | None] | None


def _along(row: Structural, x: Any, n: int | None, axis: int, norm: str | None) -> Any:
    """Return a transform along one axis."""
    axis = np.lib.array_utils.normalize_axis_index(index(axis), x.ndim)
    count = x.shape[axis]
    if n is None:
        n = 2 * (count - 1) if row is fourier.irfft else count
    if index(n) < 1:
        raise ValueError(f"{row.name}: got {index(n)} as the length; it needs 1 or more")
    x = cut(x, n // 2 + 1 if row is fourier.irfft else n, axis)  # what it leaves out gets nothing
    return apply(row, x, index(n), axis, _placed(row.name, norm))


def _placed(name: str, norm: str | None) -> str:
    """Return where the factor 1/n stands."""
    place = "backward" if norm is None else norm
    if place not in OPPOSITE:
        raise ValueError(f'{name}: got norm={norm!r}; it needs "backward", "ortho" or "forward"')
    return place


def _lengths(
    name: str, x: Any, s: Sizes, axes: Sequence[int] | None, half: bool = False
) -> list[tuple[int | None, int]]:
    """Return the length and the axis of each of several transforms."""
    if axes is None:
        if s is not None:
            needs = "NumPy will need axes= beside it, as range(x.ndim)"
            warnings.warn(f"{name}: got s=; {needs}", DeprecationWarning, stacklevel=6)
        axes = range(-(x.ndim if s is None else len(s)), 0)
    if not axes and name in ("rfftn", "irfftn"):
        raise ValueError(f"{name}: got no axes; it needs one or more")
    if s is None:
        of_all: list[int | None] = [x.shape[axis] for axis in axes]
        return list(zip([*of_all[:-1], None] if half else of_all, axes))
    if len(s) != len(axes):
        raise ValueError(f"{name}: got {len(s)} lengths for {len(axes)} axes; it needs as many")
    if None in s:
        needs = "NumPy will need numbers there"
        warnings.warn(f"{name}: got None in s=; {needs}", DeprecationWarning, stacklevel=6)
    return [(x.shape[axis] if n == -1 else n, axis) for n, axis in zip(s, axes)]


def _along_each(
    row: Structural, x: Any, each: Sequence[tuple[int | None, int]], norm: str | None
) -> Any:
    """Return a transform along several axes, one after the other."""
    for n, axis in each:
        x = _along(row, x, n, axis, norm)
    return x


@implements(np.fft.fft)
def fft(
    a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None
) -> Any:
    """Return the discrete Fourier transform along an axis.

    >>> from autograd import Tensor
    >>> fft(Tensor([1.0, 2.0, 4.0, 0.0]))
    Tensor([ 7.+0.j, -3.-2.j,  3.+0.j, -3.+2.j])
    """
    return _along(fourier.fft, a, n, axis, norm)


@implements(np.fft.ifft)
def ifft(
    a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None
) -> Any:
    """Return the inverse of `fft`.

    >>> from autograd import Tensor
    >>> ifft(Tensor([7.0, -3.0 - 2.0j, 3.0, -3.0 + 2.0j]))
    Tensor([1.+0.j, 2.+0.j, 4.+0.j, 0.+0.j])
    """
    return _along(fourier.ifft, a, n, axis, norm)


@implements(np.fft.rfft)
def rfft(
    a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None
) -> Any:
    """Return the first half of the transform of real numbers; the other half are conjugates.

    >>> from autograd import Tensor
    >>> rfft(Tensor([1.0, 2.0, 4.0, 0.0]))
    Tensor([ 7.+0.j, -3.-2.j,  3.+0.j])
    """
    return _along(fourier.rfft, a, n, axis, norm)


@implements(np.fft.irfft)
def irfft(
    a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None
) -> Any:
    """Return the inverse of `rfft`: n real numbers, by default an even count.

    >>> from autograd import Tensor
    >>> irfft(Tensor([7.0, -3.0 - 2.0j, 3.0]))
    Tensor([1., 2., 4., 0.])
    """
    return _along(fourier.irfft, a, n, axis, norm)


@implements(np.fft.hfft)
def hfft(
    a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None
) -> Any:
    """Return the transform, which is real, of numbers whose second half are conjugates.

    >>> from autograd import Tensor
    >>> hfft(Tensor([1.0, 2.0 + 1.0j, 4.0]))
    Tensor([ 9., -1.,  1., -5.])
    """
    return _along(fourier.irfft, a.conj(), n, axis, OPPOSITE[_placed("hfft", norm)])


@implements(np.fft.ihfft)
def ihfft(
    a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None
) -> Any:
    """Return the inverse of `hfft`, of real numbers.

    >>> from autograd import Tensor
    >>> ihfft(Tensor([9.0, -1.0, 1.0, -5.0]))
    Tensor([1.-0.j, 2.+1.j, 4.-0.j])
    """
    return _along(fourier.rfft, a, n, axis, OPPOSITE[_placed("ihfft", norm)]).conj()


# Along several axes, in NumPy's order


@implements(np.fft.fftn)
def fftn(
    a: Any,
    s: Sizes = None,
    axes: Sequence[int] | None = None,
    norm: str | None = None,
    out: Any = None,
) -> Any:
    """Return the transform along several axes, or all.

    >>> from autograd import Tensor
    >>> fftn(Tensor([[1.0, 2.0], [3.0, 5.0]]))
    Tensor([[11.+0.j, -3.+0.j],
            [-5.+0.j,  1.+0.j]])
    """
    return _along_each(fourier.fft, a, _lengths("fftn", a, s, axes)[::-1], norm)


@implements(np.fft.ifftn)
def ifftn(
    a: Any,
    s: Sizes = None,
    axes: Sequence[int] | None = None,
    norm: str | None = None,
    out: Any = None,
) -> Any:
    """Return the inverse of `fftn`.

    >>> from autograd import Tensor
    >>> ifftn(Tensor([[11.0, -3.0], [-5.0, 1.0]]))
    Tensor([[1.+0.j, 2.+0.j],
            [3.+0.j, 5.+0.j]])
    """
    return _along_each(fourier.ifft, a, _lengths("ifftn", a, s, axes)[::-1], norm)


@implements(np.fft.rfftn)
def rfftn(
    a: Any,
    s: Sizes = None,
    axes: Sequence[int] | None = None,
    norm: str | None = None,
    out: Any = None,
) -> Any:
    """Return the transform of real numbers along several axes, of the last of which half.

    >>> from autograd import Tensor
    >>> rfftn(Tensor([[1.0, 2.0, 4.0], [3.0, 5.0, 0.0]])).shape
    (2, 2)
    """
    *others, last = _lengths("rfftn", a, s, axes)
    half = _along(fourier.rfft, a, *last, norm)
    return _along_each(fourier.fft, half, others[::-1], norm)


@implements(np.fft.irfftn)
def irfftn(
    a: Any,
    s: Sizes = None,
    axes: Sequence[int] | None = None,
    norm: str | None = None,
    out: Any = None,
) -> Any:
    """Return the inverse of `rfftn`.

    >>> from autograd import Tensor
    >>> irfftn(rfftn(Tensor([[1.0, 2.0], [3.0, 5.0]])))
    Tensor([[1., 2.],
            [3., 5.]])
    """
    *others, last = _lengths("irfftn", a, s, axes, half=True)
    return _along(fourier.irfft, _along_each(fourier.ifft, a, others, norm), *last, norm)


@implements(np.fft.fft2)
def fft2(
    a: Any, s: Sizes = None, axes: Sequence[int] = (-2, -1), norm: str | None = None,
    out: Any = None,
) -> Any:  # fmt: skip
    """Return the transform along two axes, as `fftn`."""
    return fftn(a, s, axes, norm)


@implements(np.fft.ifft2)
def ifft2(
    a: Any, s: Sizes = None, axes: Sequence[int] = (-2, -1), norm: str | None = None,
    out: Any = None,
) -> Any:  # fmt: skip
    """Return the inverse of `fft2`."""
    return ifftn(a, s, axes, norm)


@implements(np.fft.rfft2)
def rfft2(
    a: Any, s: Sizes = None, axes: Sequence[int] = (-2, -1), norm: str | None = None,
    out: Any = None,
) -> Any:  # fmt: skip
    """Return the transform of real numbers along two axes, as `rfftn`."""
    return rfftn(a, s, axes, norm)


@implements(np.fft.irfft2)
def irfft2(
    a: Any, s: Sizes = None, axes: Sequence[int] = (-2, -1), norm: str | None = None,
    out: Any = None,
) -> Any:  # fmt: skip
    """Return the inverse of `rfft2`."""
    return irfftn(a, s, axes, norm)


@implements(np.fft.fftshift)
def fftshift(x: Any, axes: Any = None) -> Any:
    """Return the elements with that of frequency 0 in the middle of each axis.

    >>> fftshift([0.0, 1.0, 2.0, -2.0, -1.0])
    array([-2., -1.,  0.,  1.,  2.])
    """
    return moving(np.fft.fftshift)(x, axes)


@implements(np.fft.ifftshift)
def ifftshift(x: Any, axes: Any = None) -> Any:
    """Return the elements as they were before `fftshift`.

    >>> ifftshift([-2.0, -1.0, 0.0, 1.0, 2.0])
    array([ 0.,  1.,  2., -2., -1.])
    """
    return moving(np.fft.ifftshift)(x, axes)


__all__ = [
    "fft",
    "fft2",
    "fftfreq",
    "fftn",
    "fftshift",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ifftshift",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftfreq",
    "rfftn",
]
OF_COMPLEX.update(getattr(np.fft, name) for name in __all__)
