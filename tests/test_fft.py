"""NumPy's Fourier transforms, each held against a complex matrix times a vector of real pairs."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from tests.pairs import Pair, moved, pair, weighted
from tests.test_complex import gradient_of
from tests.test_complex_programs import Program, check, near

pytestmark = pytest.mark.both

_rng = np.random.default_rng(6)
REAL = _rng.normal(size=(3, 5))
COMPLEX = REAL + 1j * _rng.normal(size=(3, 5))
SCALES: dict[str | None, tuple[float, float]] = {
    None: (0.0, 1.0), "backward": (0.0, 1.0), "ortho": (0.5, 0.5), "forward": (1.0, 0.0),
}  # fmt: skip
"""Powers of 1/n in the transform and in its inverse."""


def waves(rows: int, columns: int, n: int, sign: int, power: float) -> Any:
    """The matrix of exp(sign 2 pi i j k / n) / n**power."""
    turns = np.outer(np.arange(rows), np.arange(columns)) % n
    return np.exp(sign * 2j * np.pi * turns / n) / n**power


def fitted(x: Any, n: int, axis: int) -> Pair:
    """Elements along an axis, cut off or filled with zeros."""
    x = pair(x)
    size = x.shape[axis]
    if size >= n:
        return x[(slice(None),) * (axis % len(x.shape)) + (slice(n),)]
    widths = [(0, n - size if i == axis % len(x.shape) else 0) for i in range(len(x.shape))]
    return moved(np.pad)(x, widths)


def by_matrix(name: str, x: Any, n: int | None, axis: int, norm: str | None) -> Any:
    """A transform along one axis, by its definition."""
    size = pair(x).shape[axis]
    forward, inverse = SCALES[norm]
    match name:
        case "fft" | "ifft":
            n = size if n is None else n
            sign, power = (-1, forward) if name == "fft" else (1, inverse)
            return weighted(waves(n, n, n, sign, power), fitted(x, n, axis), axis)
        case "rfft":
            n = size if n is None else n
            return weighted(waves(n // 2 + 1, n, n, -1, forward), fitted(x, n, axis), axis)
        case "ihfft":
            n = size if n is None else n
            return weighted(waves(n // 2 + 1, n, n, 1, inverse), fitted(x, n, axis), axis)
    n = 2 * (size - 1) if n is None else n
    half = n // 2 + 1
    counts = np.where(2 * np.arange(half) % n == 0, 1.0, 2.0)  # the other half are conjugates
    sign, power = (1, inverse) if name == "irfft" else (-1, forward)
    return weighted(waves(n, half, n, sign, power) * counts, fitted(x, half, axis), axis).re


@pytest.mark.once  # neither engine knows of them; of the twin: programs of them, below
@pytest.mark.parametrize("norm", SCALES)
@pytest.mark.parametrize("name", ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"])
def test_a_transform_along_an_axis(name: str, norm: str | None) -> None:
    """Of lengths that cut off and fill up, odd and even, and of 1."""
    function = getattr(np.fft, name)
    for n, axis in ((None, -1), (None, 0), (1, -1), (2, 0), (4, 1), (6, -2), (7, 1), (8, -1)):
        for x in (REAL,) if name in ("rfft", "ihfft") else (REAL, COMPLEX):
            check(
                Program(
                    lambda x, n=n, axis=axis: function(x, n, axis, norm),
                    lambda x, n=n, axis=axis: by_matrix(name, x, n, axis, norm),
                    (x,),
                )
            )


CUBE = _rng.normal(size=(2, 3, 4))
LENGTHS: list[tuple[Any, tuple[int, ...]]] = [
    (None, (0, 1)), (None, (-1, 0)), ((4, 3), (0, 2)), ((2, 6), (-1, 1)), ((-1, 3), (1, 2)),
    ((3, 3), (1, 1)), (None, (2,)),
]  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize("norm", SCALES)
@pytest.mark.parametrize("name", ["fftn", "ifftn", "rfftn", "irfftn", "fft2", "ifft2", "irfft2"])
def test_a_transform_along_several_axes(name: str, norm: str | None) -> None:
    function, one = getattr(np.fft, name), name[:-1]
    inner, last = one.replace("r", ""), one
    for s, axes in LENGTHS:

        def by_matrices(x: Any, s: Any = s, axes: Any = axes) -> Any:
            shape = pair(x).shape
            sizes = [shape[a] for a in axes] if s is None else s
            each = [(shape[a] if n == -1 else n, a) for n, a in zip(sizes, axes)]
            if s is None and last == "irfft":
                each[-1] = (2 * (each[-1][0] - 1), each[-1][1])
            steps = [(inner, *pair_of) for pair_of in each[:-1]] + [(last, *each[-1])]
            for step, n, axis in steps if last == "irfft" else steps[::-1]:
                x = by_matrix(step, x, n, axis, norm)
            return x

        real = CUBE[..., :] if last == "rfft" else CUBE * (1 + 0.5j)
        check(Program(lambda x, s=s, axes=axes: function(x, s, axes, norm), by_matrices, (real,)))


@pytest.mark.parametrize("name", ["fftshift", "ifftshift"])
def test_shifts(name: str) -> None:
    function = getattr(np.fft, name)
    for axes in (None, 0, -1, (0, 1)):
        check(Program(lambda x: function(x, axes), moved(lambda x: function(x, axes)), (COMPLEX,)))  # noqa: B023


def test_programs() -> None:
    """A filter, a power spectrum, a derivative of waves, a product of polynomials."""
    k = np.fft.fftfreq(5, 1 / 5)
    check(
        Program(
            lambda x, y: np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(y), 5),
            lambda x, y: by_matrix(
                "irfft", by_matrix("rfft", x, None, -1, None) * by_matrix("rfft", y, None, -1, None),
                5, -1, None,
            ),
            (REAL, REAL[::-1].copy()),
        )
    )  # fmt: skip
    check(
        Program(
            lambda x: np.fft.ifft(1j * k * np.fft.fft(x)).real,
            lambda x: by_matrix("ifft", pair(1j * k) * by_matrix("fft", x, None, -1, None), None, -1, None).re,
            (REAL,),
        )
    )  # fmt: skip
    near(gradient_of(lambda x: np.sum(abs(np.fft.fft(x, norm="ortho")) ** 2), REAL), 2 * REAL)


def test_single_precision_stays_single() -> None:
    for dtype, wanted in ((np.float32, np.complex64), (np.complex64, np.complex64)):
        t = Tensor(COMPLEX.astype(dtype) if dtype == np.complex64 else REAL.astype(dtype))
        z = np.fft.fft(t)
        abs(z).sum().backward()
        assert (z.dtype, abs(z).dtype, t.grad.dtype) == (wanted, np.float32, dtype)
    assert np.fft.irfft(Tensor(COMPLEX.astype(np.complex64))).dtype == np.float32


def test_what_goes_nowhere_gets_nothing() -> None:
    """Not even nan from behind: of elements that were cut off, or not chosen."""
    with np.errstate(all="ignore"):
        found = gradient_of(lambda x: np.fft.rfft(np.sqrt(x), 2).real, np.array([1.0, 4.0, 0.0]))
        np.testing.assert_allclose(found, [1.0, 0.0, 0.0], atol=1e-15)
        rows = gradient_of(lambda x: np.fft.fft(np.sqrt(x))[0].real, np.array([[1.0, 4.0], [0, 0]]))
        np.testing.assert_allclose(rows, [[1.0, 0.0], [0.0, 0.0]], atol=1e-15)


def test_the_room_takes_lists_values_and_tensors() -> None:
    v = Value(2.0)
    z = ag.fft.rfft([v, 1.0, 0.0])
    assert isinstance(z, Tensor)
    np.sum(abs(z) ** 2).backward()
    assert v.grad == pytest.approx(2 * (3.0 + 2.0 - 0.5))
    assert isinstance(ag.fft.fft([1.0, 2.0]), np.ndarray)
    np.testing.assert_array_equal(ag.fft.fftfreq(4), np.fft.fftfreq(4))
    np.testing.assert_array_equal(ag.fft.rfftfreq(4, 0.5), np.fft.rfftfreq(4, 0.5))
    assert set(ag.fft.__all__) == {name for name in np.fft.__all__ if name != "test"}


def test_it_is_loaded_when_it_is_used() -> None:
    script = """
import sys
import numpy as np
import autograd as ag
assert not {"numpy.fft", "autograd.fft", "autograd.rules.fourier"} & {*sys.modules}
t = ag.Tensor([1.0, 2.0])
abs(np.fft.fft(t)).sum().backward()
assert "autograd.fft" in sys.modules
from autograd.fft import rfft
assert ag.fft.rfft is rfft
"""
    subprocess.run([sys.executable, "-c", script], check=True)


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: np.fft.fft(Tensor(np.zeros(0))), "fft: got 0 as the length; it needs 1 or more"),
    (lambda: np.fft.ifft(Tensor(REAL), 0), "ifft: got 0 as the length; it needs 1 or more"),
    (lambda: np.fft.irfft(Tensor([1.0])), "irfft: got 0 as the length"),
    (lambda: np.fft.fft(Tensor(REAL), norm="x"), "fft: got norm='x'; it needs \"backward\""),
    (lambda: np.fft.hfft(Tensor(REAL), norm="x"), "hfft: got norm='x'"),
    (lambda: np.fft.rfft(Tensor(COMPLEX)), "rfft: got complex numbers, of complex128"),
    (lambda: np.fft.ihfft(Tensor(COMPLEX)), "ihfft: got complex numbers, of complex128"),
    (lambda: np.fft.rfft2(Tensor(COMPLEX)), "rfft2: got complex numbers, of complex128"),
    (lambda: np.fft.fftn(Tensor(REAL), (1, 2), (0,)), "fftn: got 2 lengths for 1 axes"),
    (lambda: np.fft.rfftn(Tensor(1.0)), "rfftn: got no axes; it needs one or more"),
    (lambda: np.fft.fft(Tensor(REAL), out=np.zeros((3, 5), complex)), "fft: got an array to write into"),
    (lambda: np.fft.fft(Tensor(REAL), out=Tensor(REAL)), "fft: got out= of float64"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), REFUSED, ids=range(len(REFUSED)))
def test_refusals(call: Callable[[], Any], words: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)


def test_out_is_a_tracked_write() -> None:
    t, out = Tensor(REAL), Tensor(np.zeros((3, 5), complex))
    assert np.fft.fft(t, out=out) is out
    abs(out).sum().backward()
    near(t.grad, gradient_of(lambda x: abs(np.fft.fft(x)), REAL))
