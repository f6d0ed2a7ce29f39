"""Functions of each element that are no rows."""

from typing import Any

import numpy as np

from tests.tensor_table import ANY, PLUS, Example, Operand, Source, of, operation


def _apart(x: Any) -> Any:
    """Whether numbers are well away from integers."""
    return bool(np.all(np.abs(np.sin(np.pi * x)) > 0.03))


@operation("divmod", roads=("package", "numpy"))
def _(d: Source) -> Example:
    one, other = d.together(2)

    def f(m: Any, x: Any, y: Any) -> Any:
        quotient, rest = m.divmod(x, y)
        return quotient + 2 * rest

    return Example(f, (Operand(one), Operand(other)), lambda x, y: _apart(x / y))


@operation("modf", roads=("package", "numpy"))
def _(d: Source) -> Example:
    def f(m: Any, x: Any) -> Any:
        fraction, whole = m.modf(3 * x)
        return fraction * 2 + whole

    return Example(f, (Operand(d.shape()),), lambda x: _apart(3 * x))


@operation("frexp", roads=("package", "numpy"))
def _(d: Source) -> Example:
    def f(m: Any, x: Any) -> Any:
        mantissa, exponent = m.frexp(x)
        return mantissa * (3 + exponent).astype(x.dtype)

    def smooth(x: Any) -> bool:
        return bool(np.all(np.abs(np.frexp(x)[0]) > 0.52) and np.all(np.abs(np.frexp(x)[0]) < 0.98))

    return Example(f, (Operand(d.shape(high=2)),), smooth)


@operation("ldexp", roads=("package", "numpy"))
def _(d: Source) -> Example:
    shape, whole = d.together(2)
    exponents = d.choice(2, -1, d.rng().integers(-2, 3, whole))
    return of(lambda m, x: m.ldexp(x, exponents), shape)


@operation("float_power")
def _(d: Source) -> Example:
    one, other = d.together(2)
    if d.choice(True, False):
        return of(lambda m, x, y: m.float_power(x, y), one, other, kind=PLUS)
    number = d.number(2, 3, -1, 2.0, np.float32(3))
    return of(lambda m, x: m.float_power(x, number), one)


@operation("nextafter")
def _(d: Source) -> Example:
    one, other = d.together(2)
    return of(lambda m, x, y: m.nextafter(x, y), one, other)


@operation("spacing")
def _(d: Source) -> Example:
    return of(lambda m, x: m.sign(m.spacing(x)) * x, d.shape())


@operation("i0")
def _(d: Source) -> Example:
    scale = d.choice(1, 3, 10)
    return of(lambda m, x: m.i0(scale * x) / np.i0(2.0 * scale), d.shape())


@operation("sinc, a function")
def _(d: Source) -> Example:
    return of(lambda m, x: m.sinc(x), d.shape(), kind=d.choice(ANY, PLUS))


@operation("parts of numbers", roads=("package", "numpy"))
def _(d: Source) -> Example:
    deg = d.choice(True, False)

    def f(m: Any, x: Any) -> Any:
        return m.real(x) * m.angle(x, deg) + m.imag(x) + m.real_if_close(x, tol=10)

    return of(f, d.shape())


@operation("fix", roads=("package", "numpy"))
def _(d: Source) -> Example:
    return Example(lambda m, x: m.fix(3 * x) * x, (Operand(d.shape()),), lambda x: _apart(3 * x))


@operation("conjugate", roads=("numpy",))
def _(d: Source) -> Example:
    return of(lambda m, x: m.conj(x) * x, d.shape())


@operation("isreal and the like", roads=("package", "numpy"))
def _(d: Source) -> Example:
    name = d.choice("isreal", "iscomplex", "isposinf", "isneginf")
    return of(lambda m, x: getattr(m, name)(x) + x, d.shape())
