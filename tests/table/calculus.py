"""Integrals, derivatives and interpolation of sampled functions."""

from tests.tensor_table import Example, Source, of, operation


@operation("trapezoid")
def _(d: Source) -> Example:
    shape = d.shape(low=1, least=1)
    axis = d.axis(len(shape))
    return of(lambda m, y: m.trapezoid(y, dx=0.5, axis=axis), shape)


@operation("trapezoid at points")
def _(d: Source) -> Example:
    shape = d.shape(low=1, least=1)
    axis = d.axis(len(shape))
    x = d.choice(shape, (shape[axis],))
    return of(lambda m, y, x: m.trapezoid(y, x, axis=axis), shape, x)
