"""Optimisers: rules by which gradients change parameters, which are Values and Tensors, mixed.

A rule is stated once, as operations on arrays that write in place. It is applied to every Tensor,
piece by piece where that is large, and to the Values as one array. It computes, and remembers, in
the type of the parameter.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd import Tensor, Value
from nn.options import ParameterSet

Array = npt.NDArray[Any]
Arrays = Sequence[Array]
Piece = tuple[Array, Array, Arrays, Array, Array]
"""Elements of parameters, their gradients, their state, and two arrays for results."""
Moving = tuple[int, Any, Iterable[Piece]]
"""Number of a step, type of the elements, and the elements."""
add, subtract, multiply, divide, sqrt = np.add, np.subtract, np.multiply, np.divide, np.sqrt

PIECE = 16_384
"""Number of elements that stay in the cache while a rule goes over them many times."""


@dataclass(eq=False)
class Optimizer(ParameterSet):
    """Base of optimisers: parameters, a learning rate, steps and their state.

    A parameter without a gradient, such as one of a frozen module, is left alone; one that is given
    twice counts once. Graphs computed before a step keep the numbers that they were computed from.
    `lr` may be changed at any time. With `weight_decay`, g in the formulas is the gradient plus
    weight_decay p, as if weight_decay |p|^2 / 2 were added to the loss. Raises TypeError for
    parameters that are not Values and Tensors, ValueError for none, for results of operations and
    for numbers out of range.

    A subclass has a `_rule`, the `_numbers` that the rule needs in a step, and names for its memory
    of each element, which starts at 0.
    """

    lr: float
    _: KW_ONLY
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        numbered, count = list(enumerate(self.parameters)), len(self._remembers())
        values = {i: x for i, x in numbered if isinstance(x, Value)}
        self._groups: list[_OneTensor | _AllValues] = [_AllValues(values, count)] if values else []
        self._groups += [_OneTensor(i, x, count) for i, x in numbered if isinstance(x, Tensor)]

    def step(self) -> None:
        """Update every parameter that has a gradient."""
        known = dict[Any, Any]()
        for group in self._groups:
            for steps, dtype, pieces in group.moving():
                numbers = known.get((steps, dtype))
                if numbers is None:
                    numbers = known[steps, dtype] = self.numbers(steps, dtype)
                for piece in pieces:
                    self.move(piece, numbers)

    @property
    def groups(self) -> Sequence[Any]:
        """Parameters that are moved together: each Tensor, and all Values."""
        return self._groups

    def numbers(self, steps: int, dtype: Any) -> list[Array]:
        """Return the numbers that `move` needs in this step of parameters of a type."""
        return _constants(dtype, self._decay(), *self._numbers(steps))

    def move(self, piece: Piece, numbers: Arrays) -> None:
        """Move elements of parameters by their gradients, and update their memory."""
        p, g, memory, t, spare = piece
        decay, *others = numbers
        if self.weight_decay:
            g = self._decayed(p, g, decay, spare)
        self._rule(p, g, t, memory, others)

    def _remembers(self) -> list[str]:
        return []

    def _numbers(self, steps: int) -> tuple[float, ...]:
        """Return the numbers that the rule needs in this step of a parameter; the first is 1."""
        raise NotImplementedError

    def _rule(self, p: Array, g: Array, t: Array, memory: Arrays, numbers: Arrays) -> None:
        """Update p by its gradient g, and its memory; t is an array for a result."""
        raise NotImplementedError

    def _decay(self) -> float:
        """Return the number that weight decay needs."""
        return self.weight_decay

    def _decayed(self, p: Array, g: Array, decay: Array, spare: Array) -> Array:
        """Return the gradient with weight decay, which the rule takes."""
        return add(multiply(p, decay, spare), g, spare)

    def state_dict(self) -> dict[str, Array]:
        """Return copies of all state that later steps depend on, beside parameters and options.

        "lr"; "step", the number of steps of each parameter; and the memory of each, by its index
        among the parameters, such as "0.momentum".
        """
        steps = np.zeros(len(self.parameters), np.int64)
        for group in self._groups:
            steps[group.places] = group.steps
        memory = {name: array.copy() for name, array in self._memory().items()}
        return {"lr": np.array(self.lr, np.float64), "step": steps, **memory}

    def load_state_dict(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Restore a state exactly; ValueError, and no change, where it does not fit."""
        owner, needed = type(self).__name__, self.state_dict()
        for names, other, lack in ((needed, state, "without"), (state, needed, "with")):
            odd = [str(name) for name in names if name not in other]
            if odd:
                got = f"a state {lack} {', '.join(odd[:3])}{', ...' if odd[3:] else ''}"
                raise ValueError(
                    f"{owner}: got {got}; it must be of the same parameters and options"
                )
        given = {name: np.asarray(array) for name, array in state.items()}
        for name, array in needed.items():
            got, wanted = (f"{x.dtype} of shape {x.shape}" for x in (given[name], array))
            if got != wanted:
                raise ValueError(f"{owner}: got {got} for {name}; it must be {wanted}")
        self.lr = float(given["lr"])
        for group in self._groups:
            group.steps = given["step"][group.places].tolist()
        for name, array in self._memory().items():
            array[...] = given[name]

    def _memory(self) -> dict[str, Array]:
        """Return the memory of all parameters by name, as arrays to read and write."""
        return {
            f"{place}.{name}": array
            for group in self._groups
            for name, remembered in zip(self._remembers(), group.memory)
            for place, array in zip(group.places, group.each(remembered))
        }


class _OneTensor:
    """Tensor to train, with its number of steps and its memory."""

    def __init__(self, place: int, tensor: Tensor, count: int) -> None:
        self.places, self.tensor, self.dtype, self.steps = [place], tensor, tensor.dtype, [0]
        self.memory = [np.zeros(tensor.shape, tensor.dtype) for _ in range(count)]
        self.small = tensor.size < 2 * PIECE
        shape = tensor.shape if self.small else (PIECE,)
        self.spare = np.empty(shape, tensor.dtype), np.empty(shape, tensor.dtype)

    def each(self, remembered: Array) -> list[Array]:
        return [remembered]

    def moving(self) -> Iterable[Moving]:
        """Return the elements to move in this step, and count it."""
        tensor = self.tensor
        if not tensor.has_grad:
            return ()
        self.steps[0] += 1
        pieces = self.pieces(self.writable(), tensor.grad, self.memory, *self.spare)
        return ((self.steps[0], self.dtype, pieces),)

    def writable(self) -> Array:
        """Return the array of the tensor to write into."""
        p = self.tensor.writable()
        if not self.small and not p.flags.c_contiguous:
            self.tensor.data = p = np.ascontiguousarray(p)
        return p

    def pieces(self, p: Array, g: Array, memory: Arrays, t: Array, spare: Array) -> Iterable[Piece]:
        """Return the elements as one piece or, where they are many, as pieces for the cache."""
        return ((p, g, memory, t, spare),) if self.small else self.cut(p, g, memory, t, spare)

    def cut(self, p: Array, g: Array, memory: Arrays, t: Array, spare: Array) -> Iterator[Piece]:
        p, g, *memory = [x.reshape(-1) for x in (p, g, *memory)]
        for i in range(0, p.size, PIECE):
            part, room = slice(i, i + PIECE), slice(p.size - i)
            yield p[part], g[part], [x[part] for x in memory], t[room], spare[room]


class _AllValues:
    """Values to train, with the number of steps of each and their memory."""

    def __init__(self, values: Mapping[int, Value], count: int) -> None:
        self.places, self.values, self.steps = [*values], [*values.values()], [0] * len(values)
        self.memory = [np.zeros(len(values)) for _ in range(count)]

    def each(self, remembered: Array) -> list[Array]:
        return [remembered[k, ...] for k in range(len(self.values))]

    def moving(self) -> Iterator[Moving]:
        """Iterate over the elements to move in this step, those with equal step counts together."""
        having = [k for k, value in enumerate(self.values) if value.has_grad]
        for k in having:
            self.steps[k] += 1
        for count in {self.steps[k] for k in having}:  # mostly one
            chosen = [k for k in having if self.steps[k] == count]
            values = [self.values[k] for k in chosen]
            p, g = np.array([x.data for x in values]), np.array([x.grad for x in values])
            whole = len(chosen) == len(self.values)
            memory = self.memory if whole else [remembered[chosen] for remembered in self.memory]
            with np.errstate(all="ignore"):  # Values are silent
                yield count, p.dtype, [(p, g, memory, np.empty_like(p), np.empty_like(p))]
            for value, x in zip(values, p.tolist()):
                value.data = x
            if not whole:
                for remembered, part in zip(self.memory, memory):
                    remembered[chosen] = part


@functools.lru_cache(maxsize=64)
def _constants(dtype: Any, *numbers: float) -> list[Array]:
    """Return arrays without axes, which NumPy takes much faster than floats."""
    return [np.array(x, dtype) for x in numbers]


@dataclass(eq=False)
class SGD(Optimizer):
    """Gradient descent: each step moves a parameter by -lr times its gradient (notes 000 and 001).

    It is batch, mini-batch or stochastic gradient descent, by the examples that the gradient is
    computed from. With `momentum` mu, steps follow a decaying sum of gradients (Polyak 1964); with
    `nesterov`, they look ahead along it (Nesterov 1983, as in Sutskever et al. 2013):

        b = mu b + g;  p = p - lr b,  or  p = p - lr (g + mu b)

    As in PyTorch, lr is not in b, which is remembered as "momentum".

    >>> w = Tensor([1.0, -2.0])
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    Tensor([ 0.8, -1.6])
    """

    momentum: float = field(default=0.0, kw_only=True)
    nesterov: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.nesterov and not self.momentum:
            raise ValueError("SGD: got nesterov and momentum 0; it must have a momentum above 0")

    def _remembers(self) -> list[str]:
        return ["momentum"] if self.momentum else []

    def _numbers(self, steps: int) -> tuple[float, ...]:
        return self.lr, self.momentum

    def _rule(self, p: Array, g: Array, t: Array, memory: Arrays, numbers: Arrays) -> None:
        rate, momentum = numbers
        for b in memory:
            add(multiply(b, momentum, b), g, b)
            g = add(multiply(b, momentum, t), g, t) if self.nesterov else b
        subtract(p, multiply(g, rate, t), p)


@dataclass(eq=False)
class AdaGrad(Optimizer):
    """Steps that shrink where gradients have been large (Duchi, Hazan and Singer 2011).

        s = s + g^2;  p = p - lr g / (sqrt(s) + eps)

    Remembers s as "squares".

    >>> x = Value(2.0)
    >>> optimizer = AdaGrad([x], lr=0.5)
    >>> (x * x).backward()
    >>> optimizer.step()  # the first step is lr, whatever the gradient
    >>> round(x.data, 6)
    1.5
    """

    lr: float = 0.01
    _: KW_ONLY
    eps: float = 1e-10

    def _remembers(self) -> list[str]:
        return ["squares"]

    def _numbers(self, steps: int) -> tuple[float, ...]:
        return self.lr, self.eps

    def _rule(self, p: Array, g: Array, t: Array, memory: Arrays, numbers: Arrays) -> None:
        (s,), (rate, eps) = memory, numbers
        add(s, multiply(g, g, t), s)
        add(sqrt(s, t), eps, t)
        subtract(p, multiply(divide(g, t, t), rate, t), p)


@dataclass(eq=False)
class RMSProp(Optimizer):
    """Gradients divided by their recent root mean square (Hinton, lecture 6e, Coursera 2012).

        s = alpha s + (1 - alpha) g^2;  u = g / (sqrt(s) + eps);  p = p - lr u

    With `momentum` mu, b = mu b + u stands for u. Remembers s as "squares", b as "momentum".

    >>> x = Value(2.0)
    >>> optimizer = RMSProp([x], lr=0.5, alpha=0.75)
    >>> (x * x).backward()
    >>> optimizer.step()  # s is g^2 / 4
    >>> round(x.data, 6)
    1.0
    """

    lr: float = 0.01
    _: KW_ONLY
    alpha: float = 0.99
    eps: float = 1e-8
    momentum: float = 0.0

    def _remembers(self) -> list[str]:
        return ["squares", "momentum"] if self.momentum else ["squares"]

    def _numbers(self, steps: int) -> tuple[float, ...]:
        return self.lr, self.alpha, 1 - self.alpha, self.eps, self.momentum

    def _rule(self, p: Array, g: Array, t: Array, memory: Arrays, numbers: Arrays) -> None:
        (s, *momenta), (rate, alpha, rest, eps, momentum) = memory, numbers
        add(multiply(s, alpha, s), multiply(multiply(g, g, t), rest, t), s)
        u = divide(g, add(sqrt(s, t), eps, t), t)
        for b in momenta:
            u = add(multiply(b, momentum, b), u, b)
        subtract(p, multiply(u, rate, t), p)


@dataclass(eq=False)
class Adam(Optimizer):
    """Momentum and RMSProp, corrected for their start at 0 (Kingma and Ba 2014).

        m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
        p = p - lr m / (1 - beta1^n) / (sqrt(v / (1 - beta2^n)) + eps)  in the nth step

    Remembers m / (1 - beta1) as "m" and v / (1 - beta2) as "v", which saves two products.

    >>> x = Value(2.0)
    >>> optimizer = Adam([x], lr=0.5)
    >>> (x * x).backward()
    >>> optimizer.step()  # the first step is lr, whatever the gradient
    >>> round(x.data, 6)
    1.5
    """

    lr: float = 0.001
    _: KW_ONLY
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def _remembers(self) -> list[str]:
        return ["m", "v"]

    def _numbers(self, steps: int) -> tuple[float, ...]:
        beta1, beta2 = self.betas
        scale = math.sqrt((1 - beta2) / (1 - beta2**steps))
        rate = self.lr * (1 - beta1) / (1 - beta1**steps)
        return beta1, beta2, rate / scale, self.eps / scale

    def _rule(self, p: Array, g: Array, t: Array, memory: Arrays, numbers: Arrays) -> None:
        (m, v), (beta1, beta2, rate, eps) = memory, numbers
        add(multiply(m, beta1, m), g, m)
        add(multiply(v, beta2, v), multiply(g, g, t), v)
        add(sqrt(v, t), eps, t)
        subtract(p, multiply(divide(m, t, t), rate, t), p)


@dataclass(eq=False)
class AdamW(Adam):
    """Adam with a weight decay that is not divided by sqrt(v) (Loshchilov and Hutter 2017).

        p = (1 - lr weight_decay) p,  then as in Adam, of the gradient alone

    >>> x = Value(2.0)
    >>> optimizer = AdamW([x], lr=0.5, weight_decay=0.1)
    >>> (x * x).backward()
    >>> optimizer.step()  # 2 * 0.95 - 0.5
    >>> round(x.data, 6)
    1.4
    """

    weight_decay: float = field(default=0.01, kw_only=True)

    def _decay(self) -> float:
        return 1 - self.lr * self.weight_decay

    def _decayed(self, p: Array, g: Array, decay: Array, spare: Array) -> Array:
        multiply(p, decay, p)
        return g
