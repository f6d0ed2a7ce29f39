"""Convolutions and correlations of vectors."""

from tests.tensor_table import Example, Source, of, operation


@operation("convolve", roads=("package", "numpy"), tries=2)
def _(d: Source) -> Example:
    name, mode = d.choice("convolve", "correlate"), d.choice("full", "same", "valid")
    number = () if name == "convolve" else (1,)
    shapes = d.choice(number, (d.integer(1, 6),)), (d.integer(1, 6),)
    return of(lambda m, x, y: getattr(m, name)(x, y, mode), *(shapes[i] for i in d.order(2)))
