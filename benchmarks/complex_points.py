"""Gradients by complex numbers beside PyTorch's and JAX's: the end of docs/conventions.md."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

TEXT = """
## Complex numbers

Of a real L and z = x + iy, `.grad`, `grad` and `vjp` have dL/dx + i dL/dy here and in PyTorch, so
that z - rate * grad descends. JAX and HIPS's autograd have the conjugate of that, dL/dx - i
dL/dy, for which rules of holomorphic functions need no conjugates; inside a sweep so do we, and
one function, `conjugated`, stands where gradients leave it. Seeds, and pullbacks of `custom_vjp`,
are as `.grad`. Rates of change (`jvp`) are no matter of convention. Real operands have real
gradients, whatever they meet. A complex result needs a seed, and `grad` refuses one; `jacobian`
and `hessian` are of real variables.

| what | ours | PyTorch | JAX | why ours is so |
|---|---|---|---|---|
"""


class Point(NamedTuple):
    """A real function of a complex number, of the names of any of the three, and where."""

    what: str
    f: Callable[[Any, Any], Any]
    z: complex
    why: str


UP = "The direction of ascent."
NONE = "There is no derivative, and nothing is made up."
POINTS = [
    Point("abs(z) ** 2 at 1 + 2i", lambda m, z: m.abs(z) ** 2, 1 + 2j, UP),
    Point("real(z * z) at 1 + 2i", lambda m, z: m.real(z * z), 1 + 2j, UP),
    Point("imag(exp(z)) at i", lambda m, z: m.imag(m.exp(z)), 1j, UP),
    Point("angle at 1 + i", lambda m, z: m.angle(z), 1 + 1j, UP),
    Point("abs at 0", lambda m, z: m.abs(z), 0j, "0 lies between all one-sided slopes."),
    Point("angle at 0", lambda m, z: m.angle(z), 0j, NONE),
    Point(
        "angle at -1, on its cut", lambda m, z: m.angle(z), -1 + 0j, "Smooth from the side of +0."
    ),
    Point("real(sqrt(z)) at 0", lambda m, z: m.real(m.sqrt(z)), 0j, NONE),
]


def _told(g: Any) -> str:
    re, im = (f"{x + 0.0:.6g}" for x in (complex(g).real, complex(g).imag))
    return f"{re} {'-' if im[0] == '-' else '+'} {im.lstrip('-')}i"


def _of_all(point: Point) -> list[Any]:
    ag, torch, jax = map(importlib.import_module, ("autograd", "torch", "jax"))
    jax.config.update("jax_enable_x64", True)
    z = torch.tensor(point.z, dtype=torch.complex128, requires_grad=True)
    point.f(torch, z).backward()
    return [
        ag.grad(lambda z: point.f(np, z))(point.z),
        z.grad.item(),
        jax.grad(lambda z: point.f(jax.numpy, z))(point.z).item(),
    ]


def section() -> str:
    """The section; in bold what differs from ours."""
    text = TEXT
    for point in POINTS:
        us, *others = map(_told, _of_all(point))
        cells = [us, *(x if x == us else f"**{x}**" for x in others)]
        text += f"| {point.what} | {' | '.join(cells)} | {point.why} |\n"
    return text


if __name__ == "__main__":
    print(section(), end="")
