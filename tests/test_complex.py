"""Complex Tensors, each program held against the same one written in real pairs (tests/pairs.py)."""

import copy
import inspect
import operator
import pickle
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.rules.complexes import COUNTERPARTS
from autograd.rules.elementary import ALIASES, TABLE
from autograd.tensors.complexes import TAKE_COMPLEX
from tests import pairs
from tests.pairs import Pair, moved, pair
from tests.signatures import calls, known, leaves, mapped, numpys, ufunc_calls

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


# Conventions


def test_a_gradient_is_that_of_the_two_parts() -> None:
    """dL/dx + i dL/dy, as in PyTorch, so that steps against it descend."""
    z = Tensor([1.0 + 2.0j, -3.0])
    np.sum(z.real * 10.0 + z.imag * 100.0).backward()
    assert z.grad.tolist() == [10.0 + 100.0j, 10.0 + 100.0j]
    assert ag.grad(lambda z: abs(z) ** 2)(3.0 + 4.0j) == pytest.approx(6.0 + 8.0j)
    assert type(ag.grad(lambda z: abs(z) ** 2)(3.0 + 4.0j)) is complex


@pytest.mark.parametrize("dtype", [np.complex64, np.complex128])
def test_descent_on_a_square_finds_the_point(dtype: Any) -> None:
    a, z = some(3).astype(dtype), Tensor(np.zeros(3, dtype))
    for _ in range(60):
        z.zero_grad()
        np.sum(abs(z - a) ** 2).backward()
        assert z.grad.dtype == dtype
        z.data = z.data - 0.3 * z.grad
    np.testing.assert_allclose(z.data, a, rtol=20 * np.finfo(dtype).eps)


def test_seeds_and_products_are_in_the_same_convention() -> None:
    """The product of a seed with the rate of change has one real part in both modes."""
    z, move = 1.0 + 2.0j, 0.5 - 1.0j
    f = lambda z: z * z * np.conj(z) / 2.0  # noqa: E731
    y, rate = ag.jvp(f, (z,), (move,))
    assert (y, rate) == (f(z), pytest.approx(z * np.conj(z) * move + z * z * np.conj(move) / 2))
    value, pull = ag.vjp(f, z)
    leaf = Tensor(z)
    for seed in (1.0, 1j, 2.0 - 3.0j):
        assert np.real(np.conj(pull(seed)) * move) == pytest.approx(np.real(np.conj(seed) * rate))
        leaf.zero_grad()
        f(leaf).backward(seed)
        assert leaf.grad == pytest.approx(pull(seed))
        assert ag.gradients(f(leaf), leaf, seed=seed) == pytest.approx(pull(seed))
    assert value == f(z)


def test_second_derivatives_of_complex_variables_are_those_of_the_parts() -> None:
    f = lambda z: np.sum(abs(z) ** 4 + np.real(z**3))  # noqa: E731
    z, v = some(2), some(2)
    h = ag.hessian(lambda p: f(p[:2] + 1j * p[2:]))(np.concatenate([z.real, z.imag]))
    parts_of_product = h @ np.concatenate([v.real, v.imag])
    near(ag.hvp(f)(z, v), parts_of_product[:2] + 1j * parts_of_product[2:])
    grad = lambda z: np.sum(np.real(np.conj(v) * ag.grad(f)(z)))  # noqa: E731
    near(ag.grad(grad)(z), parts_of_product[:2] + 1j * parts_of_product[2:])


def test_a_jacobian_of_complex_results_is_complex() -> None:
    x = np.array([0.3, 0.7])
    found = ag.jacobian(lambda x: np.exp(1j * x * x[0]))(x)
    e = 1j * np.exp(1j * x * x[0])
    near(found, [[2 * x[0] * e[0], 0.0], [x[1] * e[1], x[0] * e[1]]])
    near(
        ag.derivative(lambda x: np.exp(x * np.array([1j, 2.0])), 2)(0.5), [-np.exp(0.5j), 4 * np.e]
    )


TYPES = [np.float16, np.float32, np.float64, np.complex64, np.complex128]


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize("left", TYPES)
@pytest.mark.parametrize("right", [*TYPES, int, complex, float, np.int32])
def test_types_are_numpys(op: Any, left: Any, right: Any) -> None:
    x, y = np.array([1.5, 0.5]).astype(left), np.array([2.0, 1.0]).astype(right)
    other = right(2) if right in (int, complex, float) else y
    t = Tensor(x)
    z = op(t, other)
    assert z.dtype == op(x, other).dtype
    z.real.sum().backward()
    assert t.grad.dtype == left
    if y.dtype.kind in "fc":
        u = Tensor(y)
        op(t, u).real.sum().backward()
        assert (u.grad.dtype, op(t, u).dtype) == (right, op(x, y).dtype)


# Edges


def gradient_of(f: Callable[[Any], Any], x: Any) -> Any:
    leaf = Tensor(x)
    np.sum(f(leaf)).backward()
    return leaf.grad


def test_edges() -> None:
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(gradient_of(abs, [0j, 1j, -2.0 + 0j]), [0, 1j, -1])
        np.testing.assert_array_equal(np.isnan(gradient_of(np.angle, [0j, 1j])), [True, False])
        assert np.isnan(np.log(Tensor([-1.0])).data)  # real numbers stay real, as NumPy's
        assert np.log(Tensor([-1.0 + 0j])).data == 1j * np.pi
        assert gradient_of(lambda z: np.tanh(z).real, 800.0 + 1j) == 0
        assert gradient_of(lambda z: (z**1).real, 0j) == 1
        assert gradient_of(lambda z: (z**0).real, 0j) == 0
    for shape in ((0,), (2, 0), (), (1,), (1, 1)):
        z = np.full(shape, 1.0 + 2.0j)
        assert gradient_of(lambda z: abs(np.exp(z)), z).shape == shape
    big = Tensor([3e200 + 4e200j])
    abs(big).backward()
    near(big.grad, [0.6 + 0.8j])


def test_the_square_of_an_absolute_value_is_smooth_at_0() -> None:
    found = ag.hessian(lambda p: np.sum(abs(p[:1] + 1j * p[1:]) ** 2))(np.zeros(2))
    np.testing.assert_array_equal(found, 2 * np.eye(2))


def test_what_is_not_chosen_contributes_nothing() -> None:
    chosen = np.array([True, False])
    with np.errstate(all="ignore"):
        for f in (np.sqrt, np.log, lambda z: np.angle(z) * (1 + 0j)):
            found = gradient_of(lambda z, f=f: np.where(chosen, f(z), 0.0).real, [4.0 + 0j, 0j])
            assert np.isfinite(found).all()
            assert found[1] == 0


def test_a_value_beside_complex_arrays_is_real() -> None:
    k, a = Value(0.5), np.array([1j, 2.0 + 1j])
    np.sum(abs(np.exp(k * a)) ** 2).backward()
    assert k.grad == pytest.approx(4 * np.exp(2.0))
    assert ag.grad(lambda k: np.sum((k * a).imag))(0.5) == 2.0


def test_checkpoints_and_rules_of_ones_own() -> None:
    z = some(2)
    f = lambda z: abs(np.exp(z * 1j) + z)  # noqa: E731
    near(gradient_of(ag.checkpoint(f), z), gradient_of(f, z))
    inner = ag.checkpoint(lambda z: np.exp(z * 1j))
    near(gradient_of(lambda z: abs(inner(z) + z), z), gradient_of(f, z))

    @ag.custom_vjp(lambda g, y, x: g * np.conj(2 * x))
    def square(x: Any) -> Any:
        return x * x

    near(gradient_of(lambda z: abs(square(z) + z), z), gradient_of(lambda z: abs(z * z + z), z))
    with pytest.raises(TypeError, match="it must return a real array for a real operand"):
        gradient_of(ag.custom_vjp(lambda g, y, x: g * 1j)(lambda x: x), np.ones(2))


def test_copies_and_pickles_of_graphs() -> None:
    z = Tensor(Z)
    loss = abs(np.fft.fft(np.tanh(z) * z.conj())).sum()
    loss.backward()
    for again in (pickle.loads(pickle.dumps(loss)), copy.deepcopy(loss)):
        leaf = next(x for x in _below(again) if x.row is None)
        leaf.zero_grad()
        again.backward()
        np.testing.assert_array_equal(leaf.grad, z.grad)


def _below(node: Any) -> Any:
    yield node
    for parent in node.parents:
        yield from _below(parent)


def test_drawings_and_explanations(recwarn: Any) -> None:
    z = Tensor(Z, name="z")
    loss = np.sum(abs(np.exp(z) * 2j + np.arange(3.0)))
    loss.backward()
    for drawing in (ag.draw(loss), ag.draw(z * 1j), ag.draw(Tensor(1j) * 2)):
        assert "complex128" in str(drawing)
        assert all(map(len, (drawing.svg, drawing.html, drawing.dot)))
    for root in (None, loss):
        assert "z = " in ag.explain(z, root=root).text
    (entry,) = ag.contributions(loss, z)
    near(entry.after, z.grad)
    near(entry.adjoint * entry.partial, entry.share)
    assert not recwarn.list


@pytest.mark.parametrize("f", [
    lambda x: np.sum(abs(np.fft.fft(x)) ** 2), lambda x: np.sum(np.fft.rfft(x).imag ** 3),
    lambda x: np.sum(np.log(abs(np.exp(1j * x) + 2j))), lambda x: np.sum(np.angle(x + 1j)),
])  # fmt: skip
def test_gradcheck_judges_through_complex_numbers(f: Any) -> None:
    x = np.array([0.5, -1.2, 0.7])
    assert "3 right" in str(ag.gradcheck(f, x, order=2))
    wrong = ag.gradcheck(f, x, derivative=lambda x: 1.01 * ag.grad(f)(x), raise_error=False)
    assert " wrong" in str(wrong)


# Refusals

T, R = Tensor(Z), Tensor(REAL)
REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: (T * 1j).sum().backward(), "backward: got a complex result, of complex128, which needs a seed"),
    (lambda: T.backward(), "backward: got a complex result"),
    (lambda: R.sum().backward(1j), "backward: got a complex seed; a result of float64 needs a real one"),
    (lambda: ag.grad(lambda x: x * 1j)(REAL), "grad: <lambda> returned complex numbers; it must return real ones"),
    (lambda: ag.hessian(lambda x: x * 1j)(REAL), "hessian: <lambda> returned complex"),
    (lambda: ag.hessian(lambda x: abs(x).sum())(Z), "hessian: got complex numbers to differentiate by"),
    (lambda: ag.jacobian(lambda x: x * x)(Z), "jacobian: got complex numbers to differentiate by"),
    (lambda: ag.jacobian(lambda x: x * 1j, mode="reverse")(REAL), "jacobian: got complex results"),
    (lambda: ag.elementwise_grad(lambda x: x * 1j)(REAL), "elementwise_grad: <lambda> returned complex"),
    (lambda: ag.vjp(abs, 1j)[1](1j), "vjp: got complex numbers in v, for real ones"),
    (lambda: ag.jvp(np.exp, (REAL,), (Z,)), "jvp: got complex numbers in tangents, for real ones"),
    (lambda: T < 1.0, "<: got complex numbers, which have no order"),
    (lambda: R >= 1j, ">=: got complex numbers, which have no order"),
    (lambda: np.less(R, T), "less: got complex numbers, which have no order"),
    (lambda: operator.setitem(R.copy(), 0, 1j), "setitem: got complex numbers to write into float64"),
    (lambda: operator.iadd(R.copy(), T), "add: got complex numbers to write into float64"),
    (lambda: operator.imul(Tensor(REAL), 1j), "mul: got complex numbers to write into float64"),
    (lambda: T.astype(float), "astype: got float64 for complex128"),
    (lambda: np.sum(T, dtype=float), "sum: got dtype=float64 for complex128"),
    (lambda: np.add(R, T, out=Tensor(REAL)), "add: got out= of float64"),
    (lambda: Tensor(1j, dtype=float), "got complex of complex128; float64 needs real numbers"),
    (lambda: ag.gradcheck(abs, 1j), "of a complex one give the real and the imaginary part"),
    (lambda: ag.gradcheck(lambda x: x * 1j, REAL), "complex numbers; give their real and imaginary"),
    (lambda: Value(1j), "got complex 1j; a Value needs a real number"),
    (lambda: ag.layer_norm(T), "layer_norm: got complex numbers, of complex128; it needs real ones"),
    (lambda: ag.linear(T, np.ones((2, 3))), "linear: got complex numbers"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), REFUSED, ids=range(len(REFUSED)))
def test_refusals(call: Callable[[], Any], words: str) -> None:
    with pytest.raises((TypeError, ag.GradientCheckError), match=re.escape(words)) as caught:
        call()
    assert "\n" not in str(caught.value).strip()


NAMES = [
    (kind, name)
    for kind in ("functions", "ufuncs")
    for name in known(kind)
    if name != "clip" and not name.startswith("fft.")  # which test_numpy_signatures.py calls
]
PREDICATES = "equal not_equal isfinite isinf isnan logical_and logical_not logical_or logical_xor"
TAKEN = TAKE_COMPLEX | {*f"matmul matvec vecmat vecdot fabs {PREDICATES}".split()}


def drawn(kind: str, name: str) -> list[tuple[Any, Any]]:
    """Calls that tests/signatures.py draws, with complex Tensors for the numbers."""
    turned = [
        (
            mapped(lambda x: Tensor(x * (1 + 0.5j)) if is_float(x) else x, call.operands),
            call.options,
        )
        for call in (ufunc_calls(name) if kind == "ufuncs" else calls(name))
        if not {*call.options} & {"dtype", "out", "signature", "where", "casting"}
        and call.options.get("mode") not in ("maximum", "minimum", "median")
    ]
    return [call for call in turned if any(isinstance(x, Tensor) for x in leaves(call[0]))]


def is_float(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.dtype == np.float64


def test_the_square_of_a_modulus_is_smooth_at_0() -> None:
    found = ag.hessian(lambda x: np.sum(np.abs(x[0] + x[1] * 1j) ** 2))(np.zeros((2, 1)))
    np.testing.assert_array_equal(found.reshape(2, 2), 2 * np.eye(2))


def needs_values(norm: Any, operands: Any, options: Any) -> bool:
    """Return whether a norm is one of singular values, which only real matrices have here."""
    given = inspect.signature(norm).bind(*operands, **options).arguments
    axes = np.size(given["axis"]) if given.get("axis") is not None else np.ndim(given["x"])
    is_of_matrices = norm is not np.linalg.vector_norm and axes >= 2
    return is_of_matrices and given.get("ord") in (2, -2, "nuc")


@pytest.mark.parametrize(("kind", "name"), NAMES)
def test_a_function_takes_complex_numbers_as_numpy_does_or_refuses_them(
    kind: str, name: str
) -> None:
    function, row = numpys(name), TABLE.get(ALIASES.get(name, name))
    takes = name in TAKEN or (row and (row.takes_complex or row in COUNTERPARTS))
    for operands, options in drawn(kind, name)[: None if takes else 3]:
        if not takes:
            refuses(lambda: function(*operands, **options))  # noqa: B023  # called at once
            continue
        plain = mapped(lambda x: x.data if isinstance(x, Tensor) else x, operands)
        try:
            right = function(*plain, **options)
        except (TypeError, ValueError, IndexError):
            continue
        if name.endswith("norm") and needs_values(function, plain, options):
            refuses(lambda: function(*operands, **options))  # noqa: B023  # called at once
            continue
        found = function(*operands, **options)
        for z, y in zip(leaves(found), leaves(right), strict=True):
            np.testing.assert_allclose(
                z.data if isinstance(z, Tensor) else z, y, rtol=1e-12, atol=1e-12
            )


ORDERING: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys("argmax argmin argsort unique nanargmax nanargmin histogram".split(), ()),
    "argpartition": (1,), "clip": (0.0, 1.0), "digitize": ([0.5],), "searchsorted": (0.5,), "lexsort": (),
    **dict.fromkeys("union1d intersect1d setdiff1d setxor1d isin".split(), ([0.5],)),
}  # fmt: skip
"""Functions without a derivative that would order complex numbers, and their other operands."""


@pytest.mark.parametrize("name", ORDERING)
def test_nothing_orders_complex_numbers(name: str) -> None:
    refuses(lambda: getattr(np, name)(Tensor(ROW), *ORDERING[name]))
    refuses(lambda: getattr(ag, name)(Tensor(ROW), *ORDERING[name]))


def refuses(call: Callable[[], Any]) -> None:
    with pytest.raises(TypeError) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert ": got " in str(caught.value)
    assert "complex" in str(caught.value)
