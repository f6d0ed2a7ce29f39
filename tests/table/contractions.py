"""Matrix products, sums of products, diagonals."""

from tests.tensor_table import (
    Example,
    Shape,
    Source,
    of,
    operation,
)


def _factors(d: Source) -> tuple[Shape, Shape]:
    """Shapes of vectors, matrices and stacks of matrices that have a product."""
    n = d.size()
    one, two = d.together(2, high=2)
    left = d.choice((n,), (d.size(), n), (*one, d.size(), n))
    right = d.choice((n,), (n, d.size()), (*two, n, d.size()))
    return left, right


@operation("matmul")
def _(d: Source) -> Example:
    return of(lambda m, x, y: m.matmul(x, y), *_factors(d))


@operation("x @ y")
def _(d: Source) -> Example:
    return of(lambda m, x, y: x @ y, *_factors(d))


@operation("x @ x")
def _(d: Source) -> Example:
    n = d.size()
    return of(lambda m, x: x @ m.swapaxes(x, -1, -2) @ x, (*d.shape(0, 1), n, d.size()))


@operation("dot", roads=("numpy", "methods"))
def _(d: Source) -> Example:
    n = d.size()
    left = d.choice((n,), (*d.shape(0, 2), n), ())
    right = d.choice((n,), (*d.shape(0, 1), n, d.size()), ())
    return of(lambda m, x, y: m.dot(x, y), left, right)


@operation("vdot", roads=("numpy",))
def _(d: Source) -> Example:
    n, k = d.size(), d.size()
    return of(lambda m, x, y: m.vdot(x, y), (n, k), d.choice((n, k), (k, n), (n * k,)))


@operation("inner")
def _(d: Source) -> Example:
    n = d.size()
    left, right = d.choice((*d.shape(0, 2), n), ()), d.choice((*d.shape(0, 2), n), ())
    return of(lambda m, x, y: m.inner(x, y), left, right)


@operation("outer")
def _(d: Source) -> Example:
    return of(lambda m, x, y: m.outer(x, y), d.shape(0, 2), d.shape(0, 2))


@operation("tensordot")
def _(d: Source) -> Example:
    shared = d.shape(0, 2)
    left, right = (*d.shape(0, 2), *shared), (*shared, *d.shape(0, 1))
    if d.choice(True, False):
        return of(lambda m, x, y: m.tensordot(x, y, axes=len(shared)), left, right)
    x_axes = [i - len(shared) for i in range(len(shared))]
    y_axes = [i - len(right) * d.integer(0, 1) for i in range(len(shared))]
    order = d.order(len(shared))
    axes = [x_axes[i] for i in order], [y_axes[i] for i in order]
    return of(lambda m, x, y: m.tensordot(x, y, axes=axes), left, right)


SUBSCRIPTS = (
    "ij,jk->ik", "ij,jk", "ij,kj->ki", "i,i", "i,j", "i,j->ji", ",i->i", ",", "ba", "ij->", "ij->j",
    "ij->ji", "ii->i", "ii", "ii->", "iij->j", "iji->ij", "iij,j->i", "ii,jj->ij", "iii->i", "ij,ij->",
    "ij,ij,ij->i", "ij,jk,kl->il", "i,ij,j", "i,i,i->i", "i,j,k->kij", "b,a,c", "bij,bjk->bik",
    "aij,bjk->abik", "ij,j,jk->k", "ij,k->k", "ijk->kj", "zA,Ab", "i,->i",
)  # fmt: skip
ELLIPSES = (
    "...ij,...jk->...ik", "...i->...", "i...->...", "i...->...i", "...i,...i->...", "...,...->...",
    "...ii->...i", "...ij->...ji", "i...,i...->...", "...i,i", "...,i->...i", "...i,...j,...->...ij",
    "...", "...ij,...jk", "a...b->b...",
)  # fmt: skip


@operation("einsum", tries=3)
def _(d: Source) -> Example:
    subscripts = d.choice(*SUBSCRIPTS)
    sizes = {letter: d.size() for letter in sorted({c for c in subscripts if c.isalpha()})}
    shapes = [tuple(sizes[c] for c in term) for term in subscripts.split("->")[0].split(",")]
    return of(lambda m, *xs: m.einsum(subscripts, *xs), *shapes)


@operation("einsum with an ellipsis", tries=3)
def _(d: Source) -> Example:
    subscripts = d.choice(*ELLIPSES)
    sizes = {letter: d.size() for letter in sorted({c for c in subscripts if c.isalpha()})}
    terms = subscripts.split("->")[0].split(",")
    shapes = []
    for term, more in zip(terms, d.together(len(terms), high=2)):
        before, _, after = term.partition("...")
        spread = more if "..." in term else ()
        shapes.append((*(sizes[c] for c in before), *spread, *(sizes[c] for c in after)))
    return of(lambda m, *xs: m.einsum(subscripts, *xs), *shapes)


@operation("einsum by lists of axes")
def _(d: Source) -> Example:
    n, k = d.size(), d.size()
    output = d.choice([], [[0, 30]], [[30, 0]], [[30]])
    if d.choice(True, False):
        return of(lambda m, x: m.einsum(x, [0, 30], *output), (n, k))
    result = d.choice([], [[..., 2, 1]])
    return of(lambda m, x, y: m.einsum(x, [..., 1], y, [1, 2], *result), (2, n, k), (k, n))


@operation("einsum along a path")
def _(d: Source) -> Example:
    n, k = d.size(least=1), d.size(least=1)
    path = ["einsum_path", *d.choice([(0, 2), (0, 1)], [(0, 1, 2)], [(1, 2), (0, 1)])]
    way = d.choice("greedy", "optimal", ("greedy", 1000), path, True, False)
    subscripts = d.choice("ij,jk,ki->", "ij,jk,kl->il", "ii,ij,jk->ik")
    shapes = ((n, k), (k, n), (n, n)) if subscripts[1] == "j" else ((n, n), (n, k), (k, n))
    return of(lambda m, *xs: m.einsum(subscripts, *xs, optimize=way), *shapes)


@operation("einsum of size 1")
def _(d: Source) -> Example:
    n = d.size(least=1)
    shapes = d.choice(((2, 1), (n, 3)), ((2, n), (1, 3)), ((2, 1), (1, 3)))
    return of(lambda m, x, y: m.einsum("ij,jk->ik", x, y), *shapes)


@operation("trace")
def _(d: Source) -> Example:
    shape, (k, i, j) = _diagonals(d)
    return of(lambda m, x: m.trace(x, k, axis1=i, axis2=j), shape)


@operation("diagonal")
def _(d: Source) -> Example:
    shape, (k, i, j) = _diagonals(d)
    return of(lambda m, x: m.diagonal(x, k, axis1=i, axis2=j), shape)


def _diagonals(d: Source) -> tuple[Shape, Shape]:
    shape = d.shape(low=2)
    i, j = d.some_axes(len(shape), least=2)[:2]
    return shape, (d.integer(-2, 2), i, j)


@operation("diag")
def _(d: Source) -> Example:
    k = d.integer(-2, 2)
    return of(lambda m, x: m.diag(x, k), d.shape(1, 2))


@operation("tril")
def _(d: Source) -> Example:
    name, k = d.choice("tril", "triu"), d.integer(-2, 2)
    return of(lambda m, x: getattr(m, name)(x, k), d.shape(low=1))
