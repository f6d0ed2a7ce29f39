"""Complex Tensors, each program held against the same one written in real pairs (tests/pairs.py)."""

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor
from tests import pairs
from tests.pairs import Pair, moved, pair

pytestmark = pytest.mark.both

_rng = np.random.default_rng(5)


def some(*shape: int) -> Any:
    """Complex numbers off the axes, beside which roots and logarithms have their cuts."""
    return _rng.uniform(0.3, 0.9, shape) + 1j * _rng.uniform(0.2, 0.8, shape)


Z, W, SQUARE, ROW, COLUMN = some(2, 3), some(2, 3), some(3, 3) + np.eye(3), some(3), some(2, 1)
REAL, REAL_ROW, MASK = Z.imag.copy(), W.real[0].copy(), Z.real > 0.6
OPERATORS = (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow)


class Program(NamedTuple):
    """A function of complex arrays or Tensors, the same of pairs, and its operands."""

    of_complex: Callable[..., Any]
    of_pairs: Callable[..., Any]
    operands: tuple[Any, ...]


def same(f: Callable[..., Any], *operands: Any) -> Program:
    """A program that reads the same for both."""
    return Program(f, f, operands)


def moving(function: Callable[..., Any], *operands: Any) -> Program:
    """A program that moves or adds up elements, each part by itself."""
    return Program(function, moved(function), operands)


def joining(function: Callable[..., Any], *operands: Any) -> Program:
    """A program of several arrays, of which each part is joined by itself."""

    def of_pairs(*xs: Any) -> Pair:
        zs = list(map(pair, xs))
        return Pair(function([z.re for z in zs]), function([z.im for z in zs]))

    return Program(lambda *xs: function([*xs]), of_pairs, operands)


def product(function: Callable[[Any, Any], Any], *operands: Any) -> Program:
    """A program that is linear in each of two arrays."""
    return Program(function, lambda x, y: pair(x)._product(function, y), operands)


def conjugating(function: Callable[[Any, Any], Any], *operands: Any) -> Program:
    """A program that is linear in the conjugates of one array, and in another."""
    conj = pairs.FUNCTIONS["conjugate"]
    return Program(function, lambda x, y: conj(pair(x))._product(function, y), operands)


def parts(x: Any) -> Any:
    """All numbers of both parts of a pair along one more axis."""
    return np.stack([x.re, x.im], -1)


def _written(x: Any, y: Any) -> Any:
    z = np.zeros_like(x)
    z[0] = x[1]
    z += x * x
    z[:, 1] = y
    z[1] *= 2.0
    z /= 3.0
    return z


PROGRAMS: dict[str, Program] = {
    **{
        name: Program(getattr(np, name), f, (Z,)) for name, f in pairs.FUNCTIONS.items()
    },
    **{
        f"{op.__name__} of {what}": same(op, x, y)
        for op in OPERATORS
        for what, x, y in (
            ("two", Z, W), ("real and complex", REAL, W), ("complex and real", Z, REAL),
            ("two that broadcast", Z, ROW), ("a real row and a column", REAL_ROW, COLUMN),
            ("0-d ones", Z[0, 0], W[0, 0]),
        )
    },
    **{
        f"{op.__name__} with {c!r}": same(lambda x, op=op, c=c: op(x, c), x)
        for op in OPERATORS
        for c in (2, 3.0, -1, 0.5, 2 - 1j)
        for x in (Z, REAL)
    },
    **{
        f"{op.__name__} from {c!r}": same(lambda x, op=op, c=c: op(c, x), x)
        for op in OPERATORS
        for c in (2, 3.0, 2 - 1j)
        for x in (Z,)
    },
    "x * 1j": same(lambda x: x * 1j, REAL),
    "1j - x": same(lambda x: 1j - x, REAL),
    "x + a complex array": same(lambda x: x + Z, REAL),
    "abs(x) ** 2": Program(lambda x: abs(x) ** 2, lambda x: x.re**2 + x.im**2, (Z,)),
    "angle in degrees": Program(
        lambda x: np.angle(x, deg=True), lambda x: np.rad2deg(np.arctan2(x.im, x.re)), (Z,)
    ),
    "methods": Program(
        lambda x: x.conj().real * x.imag + x.conjugate().imag, lambda x: x.re * x.im - x.im, (Z,)
    ),
    "real of a real one": Program(lambda x: (x * x).real + np.imag(x), lambda x: x * x, (REAL,)),
    "conj of a real one": Program(lambda x: np.conj(x) * x.conj(), lambda x: x * x, (REAL,)),
    "real_if_close": Program(
        lambda x: np.real_if_close(x * x.conj()), lambda x: x.re * x.re + x.im * x.im, (Z,)
    ),
    **{
        f"sum along {axis}": moving(lambda x, axis=axis: np.sum(x, axis), Z)
        for axis in (None, 0, -1, (0, 1))
    },
    "mean": moving(lambda x: np.mean(x, 0, keepdims=True), Z),
    "sum of some": moving(lambda x: np.sum(x, 1, where=MASK), Z),
    "cumsum": moving(lambda x: np.cumsum(x, 1), Z),
    "trapezoid": moving(np.trapezoid, Z),
    "trace": moving(np.trace, SQUARE),
    **{
        f"{name} along {axis}": Program(
            lambda x, name=name, axis=axis: getattr(np, name)(x, axis),
            lambda x, name=name, axis=axis: (
                (np.var(x.re, axis) + np.var(x.im, axis)) ** (0.5 if name == "std" else 1.0)
            ),
            (Z,),
        )
        for name in ("var", "std")
        for axis in (None, 0)
    },
    "var of some": Program(
        lambda x: np.var(x, 0, ddof=-1, where=MASK | True),
        lambda x: (np.var(x.re, 0) + np.var(x.im, 0)) * (2 / 3),
        (Z,),
    ),
    "norm": Program(np.linalg.norm, lambda x: ag.norm(parts(x)), (Z,)),
    "norm of rows": Program(
        lambda x: np.linalg.norm(x, axis=1, keepdims=True),
        lambda x: ag.norm(parts(x), (1, 2))[:, None],
        (Z,),
    ),
    "norm of order 1": Program(
        lambda x: np.linalg.norm(x, 1, axis=1), lambda x: np.hypot(x.re, x.im).sum(1), (Z,)
    ),
    "matmul": same(operator.matmul, Z, SQUARE),
    "matmul of a real one": product(lambda x, y: x @ y, REAL, SQUARE),
    "matmul with a vector": same(operator.matmul, SQUARE, ROW),
    "a vector's matmul": product(lambda x, y: x @ y, ROW, SQUARE),
    "dot": product(np.dot, Z, SQUARE),
    "inner": product(np.inner, Z, W),
    "outer": product(np.outer, ROW, W[1]),
    "kron": product(np.kron, COLUMN, Z),
    "tensordot": product(lambda x, y: np.tensordot(x, y, ([1], [1])), Z, W),
    "einsum": product(lambda x, y: np.einsum("ij,kj->ik", x, y), Z, REAL),
    "vdot": conjugating(np.vdot, Z, W),
    "vecdot": conjugating(np.vecdot, Z, ROW),
    "vecdot of a real one": conjugating(np.vecdot, REAL, ROW),
    "multiply.outer": product(np.multiply.outer, ROW, W[1]),
    "solve": Program(
        np.linalg.solve,
        lambda A, b: (lambda z: Pair(z[:3], z[3:]))(
            np.linalg.solve(
                np.block([[A.re, -A.im], [A.im, A.re]]), np.concatenate([b.re, b.im])
            )
        ),
        (SQUARE, ROW),
    ),
    "inv": Program(
        np.linalg.inv,
        lambda A: (lambda z: Pair(z[:3, :3], z[3:, :3]))(
            np.linalg.inv(np.block([[A.re, -A.im], [A.im, A.re]]))
        ),
        (SQUARE,),
    ),
    "matrix_power": Program(
        lambda A: np.linalg.matrix_power(A, 3), lambda A: A @ A @ A, (SQUARE,)
    ),
    "an index twice": moving(lambda x: x[:, [0, 2, 0]], Z),
    "a slice backwards": moving(lambda x: x[::-1, 1:], Z),
    "a mask": moving(lambda x: x[MASK], Z),
    "reshape": moving(lambda x: x.reshape(3, 2), Z),
    "transpose": moving(np.transpose, Z),
    "flip": moving(lambda x: np.flip(x, 1), Z),
    "roll": moving(lambda x: np.roll(x, 1, 1), Z),
    "repeat": moving(lambda x: np.repeat(x, 2, 0), Z),
    "tile": moving(lambda x: np.tile(x, 2), Z),
    "take": moving(lambda x: np.take(x, [0, 0, 2], 1), Z),
    "pad": moving(lambda x: np.pad(x, 1), Z),
    "broadcast_to": moving(lambda x: np.broadcast_to(x, (2, 2, 3)), Z),
    "tril": moving(np.tril, SQUARE),
    "diag": moving(np.diag, ROW),
    "diff": moving(np.diff, Z),
    "concatenate": joining(np.concatenate, Z, REAL),
    "stack": joining(lambda xs: np.stack(xs, 1), Z, REAL),
    "hstack": joining(np.hstack, Z, W),
    "block": joining(lambda xs: np.block([[xs[0], xs[1]], [xs[1], xs[0]]]), Z, REAL),
    "where": Program(
        lambda x, y: np.where(MASK, x, y),
        lambda x, y: Pair(np.where(MASK, x.re, y), np.where(MASK, x.im, 0.0)),
        (Z, REAL),
    ),
    "astype": Program(lambda x: x.astype(complex) * 1j, lambda x: Pair(0.0 * x, x), (REAL,)),
    "writing": Program(
        _written, lambda x, y: _pair_written(x, y), (Z, COLUMN[:, 0]),
    ),
    "a filter": same(lambda x: x / (1.0 + 0.5j * x), REAL),
    "a phase": Program(
        lambda x: np.exp(1j * x).imag, lambda x: np.sin(x), (REAL,)
    ),
}  # fmt: skip


def _pair_written(x: Any, y: Any) -> Any:
    first, second = x[1] + x[0] * x[0], x[1] * x[1]
    rows = [first, second]
    rows = [
        Pair(
            *(
                np.concatenate([p[:1], q[None], p[2:]])
                for p, q in ((r.re, y.re[i]), (r.im, y.im[i]))
            )
        )
        for i, r in enumerate(rows)
    ]
    rows[1] = rows[1] * 2.0
    return Pair(np.stack([r.re for r in rows]), np.stack([r.im for r in rows])) / 3.0


# Real losses, by which both sides are differentiated


def weights(count: int) -> Any:
    return np.cos(np.arange(4.0 * count)).reshape(4, count)


def loss_of(re: Any, im: Any) -> Any:
    """A real number that is not linear in the parts of a result."""
    re, im = np.reshape(re, -1), np.reshape(im, -1)
    a, b, c, d = weights(np.size(re))
    return np.sum(a * re + b * im + c * re * im + d * im * im)


def complex_loss(program: Program, *xs: Any) -> Any:
    z = program.of_complex(*xs)
    return loss_of(np.real(z), np.imag(z))


def pairs_loss(program: Program, *xs: Any) -> Any:
    z = pair(program.of_pairs(*xs))
    return loss_of(z.re, z.im)


def split(xs: Any) -> list[Any]:
    """Complex arrays as two real ones each, real ones as they are."""
    return [p for x in xs for p in ((x.real, x.imag) if np.iscomplexobj(x) else (x,))]


def paired(xs: Any, real: Any) -> list[Any]:
    """Pairs, and real ones, of real arrays in the order of `split`."""
    left = iter(real)
    return [Pair(next(left), next(left)) if np.iscomplexobj(x) else next(left) for x in xs]


def joined(xs: Any, real: Any) -> list[Any]:
    """Complex arrays of the parts."""
    return [p.re + 1j * p.im if isinstance(p, Pair) else p for p in paired(xs, real)]


def near(found: Any, right: Any, tolerance: float = 1e-14) -> None:
    """Hold arrays together, relative to the largest number among them."""
    found, right = np.asarray(found), np.asarray(right)
    assert found.shape == right.shape
    size = max(1.0, np.max(np.abs(right), initial=0.0))
    np.testing.assert_array_less(np.abs(found - right), tolerance * size)


def check(program: Program, tolerance: float = 1e-14) -> None:
    """Hold a program against the one of pairs: values, both modes, two orders."""
    xs = program.operands
    z, right = program.of_complex(*map(Tensor, xs)), program.of_complex(*xs)
    assert isinstance(z, Tensor)
    assert (z.dtype, z.shape) == (np.asarray(right).dtype, np.shape(right))
    near(z.data, right, 1e-15)
    by_pairs = pair(program.of_pairs(*paired(xs, split(xs))))
    near(z.data, by_pairs.re + 1j * by_pairs.im, tolerance)

    leaves, reals = list(map(Tensor, xs)), list(map(Tensor, split(xs)))
    complex_loss(program, *leaves).backward()
    expected = ag.gradients(pairs_loss(program, *paired(xs, reals)), reals, create_graph=True)
    graphs = ag.gradients(complex_loss(program, *leaves), leaves, create_graph=True)
    for leaf, graph, g in zip(leaves, graphs, joined(xs, [g.data for g in expected])):
        assert leaf.grad.dtype == graph.dtype == leaf.dtype
        near(leaf.grad, g, tolerance)
        near(graph.data, g, tolerance)

    rng = np.random.default_rng(1)
    moves = [rng.normal(size=x.shape) for x in split(xs)]
    along = joined(xs, moves)
    _, rate = ag.jvp(program.of_complex, xs, tuple(along))
    right_rate = ag.jvp(
        lambda *some: [*vars(pair(program.of_pairs(*paired(xs, some)))).values()],
        tuple(split(xs)), tuple(moves),
    )[1]  # fmt: skip
    near(rate, right_rate[0] + 1j * right_rate[1], 5 * tolerance)

    turned = sum(np.sum(np.real(np.conj(v) * g)) for v, g in zip(along, graphs))
    second = ag.gradients(turned, leaves)
    turned = sum(np.sum(v * g) for v, g in zip(moves, expected))
    for found, g in zip(second, joined(xs, ag.gradients(turned, reals))):
        near(found, g, 20 * tolerance)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_is_that_of_its_real_pairs(name: str) -> None:
    check(PROGRAMS[name])
