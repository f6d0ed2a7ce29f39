"""Whom gradcheck is compared with: what other libraries' checkers accept, for one number.

Each rule is written from the library's source, its defaults as they stand there.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Formula = Callable[[float], float]

STEP = 1e-6
"""torch's step, from which the points of a check in torch itself are made."""


def torch_rule(f: Formula, x: float, g: float) -> bool:
    """torch.autograd.gradcheck (torch 2.13, torch/autograd/gradcheck.py): eps, atol, rtol."""
    numeric = (f(x + STEP) - f(x - STEP)) / (2.0 * STEP)
    return _close(g, numeric, 1e-5, 1e-3)


def jax_rule(f: Formula, x: float, g: float) -> bool:
    """jax.test_util.check_grads in 64 bits (jax 0.10, jax/_src/public_test_util.py).

    Forwards and backwards, along a tangent and a cotangent that are the first two normal numbers
    of RandomState(0), as its seed is fixed.
    """
    tangent, cotangent, eps, tolerance = 1.764052345967664, 0.4001572083672233, 1e-4, 1e-5
    delta = tangent * eps
    numeric = (f(x + delta) - f(x - delta)) * (0.5 / eps)
    forwards = _close(g * tangent, numeric, tolerance, tolerance)
    backwards = _close(g * cotangent * tangent, numeric * cotangent, tolerance, tolerance)
    return forwards and backwards


def hips_rule(f: Formula, x: float, g: float) -> bool:
    """check_grads of HIPS's autograd 1.8 (autograd/test_util.py), its random factors left at 1."""
    eps, tolerance = 1e-6, 1e-6
    numeric = (f(x + eps / 2.0) - f(x - eps / 2.0)) / eps
    if abs(g - numeric) < tolerance:
        return True
    return bool(g + numeric) and abs(g - numeric) / abs(g + numeric) < tolerance


RULES: dict[str, Callable[[Formula, float, float], bool]] = {
    "torch": torch_rule,
    "JAX": jax_rule,
    "HIPS": hips_rule,
}


def accepts(rule: Callable[[Formula, float, float], bool], f: Formula, x: float, g: float) -> bool:
    """Return whether a rule accepts; a function that raises is a test that fails."""
    try:
        return rule(f, x, g)
    except (ArithmeticError, ValueError, TypeError):
        return False


def _close(g: float, numeric: float, atol: float, rtol: float) -> bool:
    if math.isfinite(numeric):
        return abs(g - numeric) <= atol + rtol * abs(numeric)
    return g == numeric
