"""Compiled functions give what the function gives, to the last bit; branches, forms, refusals."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd.rules.elementary import BUILT_IN, TABLE
from autograd.rules.nary import NARY
from autograd.trees import flatten
from tests.compiling.programs import EDGES, bits

pytestmark = pytest.mark.both

ROWS = [TABLE[name] for name in sorted(BUILT_IN - {"where", "copysign"})]
"""All but where, which comes anyway, and copysign, for the sign of a nan differs."""
MANY = [name for name in NARY if name not in ("softmax", "log_softmax")]


def random_function(seed: int, size: int = 6) -> Callable[[Sequence[Any]], Any]:
    """A function of three numbers in which every row may come, and branches."""

    def f(xs: Sequence[Any]) -> Any:
        r = random.Random(seed)
        nodes = list(xs)
        for _ in range(size):
            kind = r.random()
            if kind < 0.15:
                name = r.choice(MANY)
                some = [r.choice(nodes[-4:]) for _ in range(r.randint(2, 3))]
                found = ag.dot(some, some[::-1]) if name == "dot" else getattr(ag, name)(some)
            elif kind < 0.25:
                x, y, c = r.choice(nodes), r.choice(nodes), r.choice((0.0, 1.0))
                found = x + c if x < y else y * 2.0
            elif kind < 0.35:
                x, y, z = (r.choice(nodes[-4:]) for _ in range(3))
                found = ag.where(x > y, y - z, x)
            else:
                row = r.choice(ROWS)
                operands = [r.choice(nodes[-4:]) for _ in row.operands]
                if len(operands) > 1 and r.random() < 0.4:
                    operands[-1] = r.choice((0.0, 1.0, 2.0, -1.0, r.gauss(0, 1)))
                found = getattr(ag, row.name)(*operands)
            nodes.append(found)
        return nodes[-1] + nodes[-2] * nodes[-3]

    return f


TRANSFORMS: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "value": lambda f: lambda x: values(f, x),
    "gradient": lambda f: ag.value_and_grad(f),
    "rate": lambda f: lambda x: ag.jvp(f, (x,), ([1.0, 0.5, 0.0],)),
    "slopes": lambda f: lambda x: [g * 2.0 + x[0] for g in ag.grad(f)(x)],
    "hessian": lambda f: ag.hessian(f),
    "product": lambda f: lambda x: ag.hvp(f)(x, [1.0, x[1], 0.0]),
    "slope of a slope": lambda f: ag.grad(lambda x: ag.grad(f)(x)[0]),
    "series": lambda f: lambda x: ag.taylor(lambda t: f([t, t * x[1], t - x[2]]), x[0], 2),
}


def numbers(tree: Any) -> list[bytes]:
    return bits([float(x) for x in flatten(tree)[0]])


def values(f: Callable[..., Any], x: Sequence[Any]) -> Any:
    """The value of f of Values: of floats alone, some functions are NumPy's."""
    y = f(x if isinstance(x[0], ag.Value) else [*map(ag.Value, x)])
    return y if isinstance(x[0], ag.Value) else y.data


def both(f: Callable[..., Any], compiled: Callable[..., Any], x: list[float]) -> None:
    assert numbers(compiled(x)) == numbers(f(x)), x


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning")
@pytest.mark.parametrize("transform", TRANSFORMS)
@settings(max_examples=max(1, settings().max_examples * 3 // 5))
@given(
    seed=st.integers(0, 10**6),
    points=st.lists(
        st.lists(
            st.one_of(st.sampled_from(EDGES), st.floats(-3, 3), st.integers(-2, 2).map(float)),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
        max_size=4,
    ),
)
def test_random_functions(transform: str, seed: int, points: list[list[float]]) -> None:
    """Values, first and second derivatives of all rows, with ties and edges among the points."""
    f = TRANSFORMS[transform](random_function(seed))
    compiled = ag.compile(f)
    for x in points:
        both(f, compiled, x)
