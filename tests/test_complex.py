"""What gradients by complex numbers mean, at edges too, and what stands beside them."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from tests.test_complex_programs import OPERATORS, Z, near, some

pytestmark = pytest.mark.both


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


def test_the_square_of_a_modulus_is_smooth_at_0() -> None:
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
