"""Functions of JAX, with derivatives of its own and of its users.

Run by `make test-interop`, in the environment of the peers.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from autograd.checking import GradientCheckError, gradcheck

jax = pytest.importorskip("jax", reason="JAX is not here: make test-interop")
jnp = jax.numpy

X = jnp.array([0.3, -1.2, 2.0])


def product(pull: Callable[..., Any]) -> Any:
    """sin(x) * y with a rule of its own, as in JAX's notes on custom derivatives."""
    f = jax.custom_vjp(lambda x, y: jnp.sin(x) * y)
    f.defvjp(lambda x, y: (f(x, y), (jnp.cos(x), jnp.sin(x), y)), pull)
    return f


def softplus(slope: Callable[[Any], Any]) -> Any:
    """log(1 + exp(x)) with a stable slope, as in the same notes."""
    f = jax.custom_jvp(lambda x: jnp.log1p(jnp.exp(x)))
    f.defjvp(lambda x, t: (f(*x), slope(x[0]) * t[0]))
    return f


RIGHT = product(lambda kept, g: (kept[0] * g * kept[2], kept[1] * g))
WRONG = product(lambda kept, g: (kept[0] * g, kept[1] * g))
STABLE = softplus(lambda x: 1 - 1 / (1 + jnp.exp(x)))
SLIGHTLY = softplus(lambda x: 0.999 - 1 / (1 + jnp.exp(x)))


def test_custom_vjp() -> None:
    assert [e.name for e in gradcheck(RIGHT, 1.0, 2.0).entries] == ["x", "y"]
    assert gradcheck(RIGHT, X, 2 * X).count("right") == 6
    assert gradcheck(jax.jit(RIGHT), X, np.ones(3)).count("right") == 6
    report = gradcheck(WRONG, X, 2 * X, raise_error=False)
    assert {e.name[0] for e in report.entries if e.verdict == "wrong"} == {"x"}


def test_custom_jvp() -> None:
    for x in (X, 100.0, -5.0):
        assert gradcheck(STABLE, x).verdict == "right"
    assert gradcheck(STABLE, X, order=2).count("right") == 3
    with pytest.raises(GradientCheckError, match="3 wrong"):
        gradcheck(SLIGHTLY, X)


def test_gradients_that_are_clipped_on_purpose() -> None:
    def clipping(most: float) -> Any:
        f = jax.custom_vjp(lambda x: x)
        f.defvjp(lambda x: (x, None), lambda _, g: (jnp.clip(g, -most, most),))
        return f

    assert gradcheck(clipping(10.0), X).verdict == "right"
    assert gradcheck(clipping(0.1), X, raise_error=False).count("wrong") == 3


class Layer(NamedTuple):
    w: Any
    b: Any


def test_trees_and_options() -> None:
    def f(layers: Any, x: Any, kind: str, n: int) -> Any:
        for layer in layers["all"]:
            x = getattr(jnp, kind)(layer.w @ x + layer.b)
        return {"y": x**n, "place": jnp.argmax(x)}

    layers = {"all": [Layer(jnp.ones((3, 3)) / k, jnp.arange(3.0)) for k in (2, 3)]}
    report = gradcheck(f, layers, X, "tanh", 2)
    assert report.count("right") == 27
    assert report.entries[0].name == "layers['all'][0].w (3x3)"
    assert gradcheck(f, layers, X, "tanh", 2, argnums=1).count("right") == 3
    noisy = gradcheck(lambda x, key: x * jax.random.normal(key, x.shape), X, jax.random.key(0))
    assert noisy.count("right") == 3


def test_what_left_the_graph_is_wrong() -> None:
    report = gradcheck(lambda x: x * jax.lax.stop_gradient(jnp.exp(x)), X, raise_error=False)
    assert report.count("wrong") == 3


def test_what_draws_numbers_by_itself_is_not_deterministic() -> None:
    """Compiled, it would draw them once."""
    rng = np.random.default_rng(0)
    for f in (lambda x: x * rng.normal(), lambda x: x * jnp.asarray(rng.normal(size=3))):
        assert gradcheck(f, X, raise_error=False).verdict == "non-deterministic"


def test_python_that_can_not_be_compiled() -> None:
    assert gradcheck(lambda x: x**2 if float(jnp.sum(abs(X))) > 1 else x, X).count("right") == 3
    assert gradcheck(lambda x: x**2 if x[0] > 0 else x, X).count("right") == 3


def test_what_only_jvp_can_differentiate() -> None:
    def halved(x: Any) -> Any:
        return jax.lax.while_loop(lambda x: jnp.sum(x * x) > 1e-2, lambda x: jnp.sin(x) / 2, x)

    assert gradcheck(halved, X).count("right") == 3


def test_higher_orders_and_complex_numbers() -> None:
    assert gradcheck(lambda x: jnp.sin(x) * x.prod(), X[:2], order=2).count("right") == 2
    assert gradcheck(jnp.exp, 0.3, order=3).verdict == "right"
    report = gradcheck(lambda z: jnp.conj(z) * jnp.exp(z), jnp.array([1 + 2j, 0.3 - 1j]))
    assert (report.count("right"), report.entries[1].name) == (4, "re_im(z)[0, 1]")
    stopped = softplus(lambda x: jax.lax.stop_gradient(1 - 1 / (1 + jnp.exp(x))))
    assert gradcheck(stopped, X).verdict == "right"
    assert gradcheck(stopped, X, order=2, raise_error=False).count("wrong") == 3


def test_single_precision_stays_where_the_function_needs_it() -> None:
    w = jnp.ones(3)
    narrow = jax.custom_vjp(lambda x: jax.lax.dot(x, w.astype(jnp.float32)))
    narrow.defvjp(lambda x: (narrow(x), None), lambda _, g: (g * w.astype(jnp.float32),))

    def f(x: Any) -> Any:
        assert x.dtype == jnp.float32
        return narrow(x)

    report = gradcheck(f, X)
    assert (report.count("right"), "float64 was refused" in report.notes[0]) == (3, True)
    assert not jax.config.jax_enable_x64


@pytest.mark.parametrize(
    ("f", "word"),
    [
        (lambda x: x @ jnp.ones(7), "TypeError"),
        (lambda x: float(x[0]) * x, "vjp raised ConcretizationTypeError"),
        (jax.jit(lambda x: x if x[0] > 0 else -x), "TracerBoolConversionError"),
        (product(lambda kept, g: (g,)), "TypeError"),
        (jnp.argmax, "no floats"),
    ],
)
def test_what_can_not_be_run_has_failed_in_one_line(f: Any, word: str) -> None:
    report = gradcheck(
        f, X, *[X] * (f is not jnp.argmax and hasattr(f, "defvjp")), raise_error=False
    )
    assert report.verdict == "failed"
    assert word in report.problem
    assert "\n" not in report.problem


def test_derivatives_by_hand_of_functions_of_arrays() -> None:
    assert gradcheck(jnp.sin, X, vjp=lambda x, seed: seed * jnp.cos(x)).count("right") == 3
    sines = (lambda x: jnp.sin(x).sum(), jnp.cos, lambda x: -1.01 * jnp.diag(jnp.sin(x)))
    report = gradcheck(sines, X, raise_error=False)
    assert (report.count("right"), report.count("wrong")) == (3, 3)


def test_our_nodes_in_a_function_of_arrays() -> None:
    report = gradcheck(lambda x: jnp.sin(x), 1.0, raise_error=False)
    assert "JAX's arrays as inputs" in report.problem
