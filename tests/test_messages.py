"""Messages say what was got, what is needed, and how to go on with the gradient, on one line."""

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg

import autograd as ag
from autograd import Tensor, Value

V, T = Value(2.0, name="v"), Tensor([1.0, 2.0])
LOSS = (T * T).sum()


def put(x: Any) -> None:
    array = np.zeros(2)
    array[0] = x


MESSAGES: list[tuple[Callable[[], Any], str]] = [
    (lambda: math.sin(V), "ag.sin(x) for math.sin(x)"),
    (lambda: math.sin(LOSS), "ag.sin(t) for math.sin(t)"),
    (lambda: math.hypot(V, 1.0), "where the gradient ends"),
    (lambda: "%.4f" % V, "f'{x:.4f}'"),  # noqa: UP031
    (lambda: "%.4f" % LOSS, "f'{t:.4f}'"),  # noqa: UP031
    (lambda: float(LOSS), "use t.item() for the number, where the gradient ends"),
    (lambda: put(V), "ag.array for array[i] = x"),
    (lambda: int(LOSS), "use int(t.item()), where it ends"),
    (lambda: Tensor([V, V]), "a Tensor needs real numbers; ag.array makes one of Values"),
    (lambda: T.__delitem__(0), "np.delete(t, i)"),
    (lambda: T.detach().fill("a"), "setitem: got str 'a'; it needs real numbers"),
    (lambda: np.full_like(np.zeros(2), V), "copyto: got ndarray to write a Tensor into"),
    (lambda: ag.elementary("softer", 1, 2), "elementary: got int 1; it needs two functions"),
    (lambda: T.backward(T), "backward: got a Tensor as seed; it needs an array, as t.data"),
    (lambda: np.asarray(T), "where the gradient ends, or ag.array"),
    (lambda: Tensor(T), "or t.detach() for a leaf; the gradient ends there"),
    (lambda: Value(V), "or x.detach() for a leaf; the gradient ends there"),
    (lambda: ag.max(V, V), "max: got a Value as axis; of two operands it is ag.maximum(a, b)"),
    (lambda: ag.min(T, T), "min: got a Tensor of shape (2,) as axis; of two operands it is ag.minimum(a, b)"),
    (lambda: ag.sum(1.0, 2.0), "sum: got axis=2.0; of two operands it is ag.sum([a, b])"),
    (lambda: ag.grad(lambda x: x * x)(x=1.0), "grad: got x by name; argnames= says that, as grad(f, argnames='x')"),
    (lambda: ag.jacobian(lambda x: x * x)(x=1.0), "jacobian: got x by name"),
    (lambda: np.gcd(V, 2), "gcd: it does not know Values and Tensors; use x.data; the gradient ends"),
    (lambda: np.sort_complex(T), "use t.data for the array; the gradient ends there"),
    (lambda: scipy.linalg.expm(Tensor(np.eye(2))), "ag.linalg for scipy.linalg"),
    (lambda: np.linalg.eigvals(Tensor([[0.0, 1.0], [-1.0, 0.0]])), "eigvals: got a matrix with complex eigenvalues; Tensors have derivatives of real ones"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "words"), MESSAGES, ids=range(len(MESSAGES)))
def test_a_message_names_a_way_on(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(TypeError, match=re.escape(words)) as caught:
        call()
    told = str(caught.value)
    assert "\n" not in told
    assert len(told) < 260
    assert "no row" not in told


def test_an_array_of_numbers_that_is_given_a_tensor_says_why() -> None:
    with pytest.raises(ValueError, match="setting an array element") as caught:
        put(T)  # NumPy's own words, and ours as their cause
    assert "np.zeros_like(t)" in str(caught.value.__cause__)


def test_guesses_are_slips_only() -> None:
    special = pytest.importorskip("scipy.special")
    for function in (special.erfinv, special.gamma, special.psi):
        with pytest.raises(TypeError) as caught:
            function(V)
        assert "did you mean" not in str(caught.value)


def test_drawings_say_what_is_so() -> None:
    x = Value(1.0, name="x")
    y = x * 1e8
    y.backward()
    (x * 1.0 + Value(0.0) * 1e7).backward()
    assert "vanishing" not in str(ag.draw(x * 1e8))
    w = Tensor([1.0, 2.0])
    small, large = Value(1.0), Value(1.0)
    total = small * 1.0 + large * 1e7
    total.backward()
    assert "vanishing" not in str(ag.draw(total))
    loss = (w * w).sum()
    loss.backward(release=True)
    assert "released" in str(ag.draw(loss))
