"""Functions take complex Tensors as NumPy takes complex arrays, or refuse them in one line."""

import inspect
import operator
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.rules.complexes import COUNTERPARTS
from autograd.rules.elementary import ALIASES, TABLE
from autograd.tensors.complexes import TAKE_COMPLEX
from tests.signatures import calls, known, leaves, mapped, numpys, ufunc_calls
from tests.test_complex_programs import REAL, ROW, Z

pytestmark = pytest.mark.both

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
