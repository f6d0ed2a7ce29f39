"""Roots of polynomials, by the implicit function theorem."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.rules.structural import structural


def _roots(p: Any) -> Any:
    z = np.roots(p)
    if np.iscomplexobj(z) and np.any(z.imag):
        raise TypeError("roots: got a polynomial with complex roots; it needs one with real roots")
    return np.asarray(z.real, p.dtype)


def _roots_share(g: Any, z: Any, p: Any) -> Any:
    """A root r of sum p[k] r**(n-k) moves by -r**(n-k) / p'(r) for p[k]: not if it is double."""
    count = p.shape[0]
    exponents = np.arange(count - 1, -1, -1)
    slope = (p[:-1] * exponents[:-1] * z[:, None] ** exponents[1:]).sum(1)
    share = -((g / slope)[:, None] * z[:, None] ** exponents).sum(0)
    return share.astype(g.dtype)


roots = structural(
    "roots",
    _roots,
    _roots_share,
    needs="coefficients in one axis",
    doc="Real roots of a polynomial, whose coefficients begin with that of the highest power.",
)
