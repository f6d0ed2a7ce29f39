"""Gradients through complex numbers are PyTorch's, as are all options of its Fourier transforms."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag

torch = pytest.importorskip("torch", reason="PyTorch is not here: make test-interop")

_rng = np.random.default_rng(8)
Z, W = _rng.uniform(0.3, 0.9, (2, 3, 3)) + 1j * _rng.uniform(0.2, 0.8, (2, 3, 3))
R = _rng.uniform(0.5, 2.0, (3, 3))
NORMS = [None, "backward", "ortho", "forward"]

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{
        name: lambda m, z, w, r, name=name: getattr(m, name)(z)
        for name in (
            "exp expm1 exp2 log log2 log10 sqrt sin cos tan arcsin arccos arctan sinh cosh tanh arccosh"
            " arctanh square reciprocal abs angle real imag"
        ).split()
    },
    "arithmetic": lambda m, z, w, r: (z * w - w / z + 2j * r) ** 3 + r * (1 - z),
    "powers": lambda m, z, w, r: z**w + r**z + z**2.5 + z**r,
    "conj": lambda m, z, w, r: m.conj(z) * w,
    "matmul": lambda m, z, w, r: z @ w + (r + 0j) @ z,
    "einsum": lambda m, z, w, r: m.einsum("ij,kj,kl->il", z, w, r + 0j),
    "solve": lambda m, z, w, r: m.linalg.solve(z + m.eye(3) * 2, w),
    "inv": lambda m, z, w, r: m.linalg.inv(z + m.eye(3) * 2),
    "norm": lambda m, z, w, r: m.linalg.norm(z),
    "sums": lambda m, z, w, r: m.sum(z, 0) * m.mean(w, 1) + m.cumsum(z, 1)[0],
    "indices": lambda m, z, w, r: z[:, [0, 0, 2]] + w.T + m.reshape(z, (9,))[:3],
    "joined": lambda m, z, w, r: m.concatenate([z, w, r + 0 * z]),
    "where": lambda m, z, w, r: m.where(r > 1, z, w),
    "a real one beside": lambda m, z, w, r: m.exp(1j * r) / (r + z),
    **{
        f"{name}, norm={norm}": lambda m, z, w, r, name=name, norm=norm: getattr(m.fft, name)(
            r if name in ("rfft", "ihfft", "rfft2", "rfftn") else z, norm=norm
        )
        for name in (
            "fft ifft rfft irfft hfft ihfft fft2 ifft2 rfft2 irfft2 fftn ifftn rfftn irfftn"
        ).split()
        for norm in NORMS
    },
    **{
        f"{name} of {n}": lambda m, z, w, r, name=name, n=n: getattr(m.fft, name)(
            r if name == "rfft" else z, n
        )
        for name in ("fft", "ifft", "rfft", "irfft", "hfft")
        for n in (2, 4, 5)
    },
    "shifts": lambda m, z, w, r: m.fft.fftshift(z) + m.fft.ifftshift(w),
    "a filter": lambda m, z, w, r: m.fft.irfft(m.fft.rfft(r) * z[:, :2], 3),
}


def loss(m: Any, f: Callable[..., Any], *operands: Any) -> Any:
    y = f(m, *operands)
    y = m.reshape(y, (-1,)) * (1 + 0.5j)
    return m.sum(m.real(y) * m.imag(y) + m.real(y) ** 2)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradients_are_pytorchs(name: str) -> None:
    f = FUNCTIONS[name]
    found = ag.grad(lambda *xs: loss(np, f, *xs), (0, 1, 2))(Z, W, R)
    theirs = [torch.tensor(x, requires_grad=True) for x in (Z, W, R)]
    y = loss(torch, f, *theirs)
    expected = torch.autograd.grad(y, theirs, allow_unused=True, materialize_grads=True)
    for g, e in zip(found, expected):
        e = e.resolve_conj().numpy()
        assert g.dtype == e.dtype
        np.testing.assert_allclose(g, e, rtol=1e-12, atol=1e-12 * max(1.0, np.abs(e).max()))
