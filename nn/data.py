"""Data preparation: one-hot labels, and the division of examples into batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd.arithmetic.standing import StandIn
from autograd.names import hinted
from nn.options import COUNT, Rng, checked, generator, plain_array

Array = npt.NDArray[Any]


@hinted
def one_hot(labels: npt.ArrayLike, classes: int, dtype: npt.DTypeLike = np.float64) -> Array:
    """Return rows of zeros with a single 1 at the label (notes 001, multinomial output).

    Raises TypeError for labels that are not integers, ValueError for one outside 0 ... classes-1.

    >>> one_hot([2, 0], 3)
    array([[0., 0., 1.],
           [1., 0., 0.]])
    """
    array = plain_array("one_hot", "labels", labels)
    if not array.size:  # the type of an empty list says nothing
        array = array.astype(np.intp)
    if array.dtype.kind not in "iu":
        raise TypeError(f"one_hot: got labels of type {array.dtype}; they must be integers")
    if array.size and not (array.min() >= 0 and array.max() < classes):
        got = f"labels from {array.min()} to {array.max()}"
        raise ValueError(f"one_hot: got {got}; for {classes} classes they are 0 to {classes - 1}")
    if isinstance(array, StandIn):
        chosen: Array = (array[..., None] == np.arange(classes)).astype(dtype)
        return chosen
    rows = np.zeros((*array.shape, classes), dtype)
    np.put_along_axis(rows, array[..., None], 1, axis=-1)
    return rows


@dataclass(frozen=True)
class Batches:
    """Random partitions of the examples into batches, each kept for `keep` epochs (notes 000).

    An epoch is one pass through all examples, as in notes 001; an epoch of notes 000, the time for
    which a partition is kept, is `keep` of them. `fit` takes one as its `batch_size`. The last
    batch is smaller where `size` does not divide the number of examples; with `drop_last` it is
    left out, other examples each time. Raises ValueError or TypeError unless `size` and `keep` are
    integers of at least 1.

    >>> for n, epoch in zip(range(4), Batches(2, keep=2).epochs(range(5), range(5), rng=1)):
    ...     print(n, [x.tolist() for x, y in epoch])
    0 [[4, 0], [1, 2], [3]]
    1 [[4, 0], [1, 2], [3]]
    2 [[3, 0], [1, 4], [2]]
    3 [[3, 0], [1, 4], [2]]
    """

    size: int
    keep: int = 1
    drop_last: bool = False

    def __post_init__(self) -> None:
        checked("batches", "size", self.size, COUNT)
        checked("batches", "keep", self.keep, COUNT)

    def epochs(
        self, X: npt.ArrayLike, Y: npt.ArrayLike, rng: Rng = None
    ) -> Iterator[Iterator[tuple[Array, Array]]]:
        """Iterate over epochs without end; each is an iterator of batches.

        Raises ValueError for different numbers of inputs and targets.
        """
        X, Y = plain_array("batches", "X", X), plain_array("batches", "Y", Y)
        check_lengths("batches", X, Y)
        self.count("batches", len(X))
        return self._epochs(X, Y, generator("batches", rng))

    def _epochs(
        self, X: Array, Y: Array, rng: np.random.Generator
    ) -> Iterator[Iterator[tuple[Array, Array]]]:
        n, order = 0, np.empty(0, int)
        while True:
            order = self.order(n, order, len(X), rng)
            yield ((X.take(chosen, 0), Y.take(chosen, 0)) for chosen in self.parts(order))
            n += 1

    def count(self, owner: str, examples: int) -> int:
        """Return the number of batches in an epoch; ValueError where it would be 0."""
        if self.drop_last and examples < self.size:
            got = f"{examples} examples for batches of {self.size} with drop_last"
            raise ValueError(f"{owner}: got {got}; no batch is left")
        return examples // self.size if self.drop_last else -(-examples // self.size)

    def order(self, n: int, before: Array, count: int, rng: np.random.Generator) -> Array:
        """Return the order of the examples in epoch n, counted from 0: a new one, or `before`."""
        if n % self.keep:
            return before
        return rng.permutation(count)[: count - count % self.size if self.drop_last else count]

    def parts(self, order: Array) -> Iterator[Array]:
        """Iterate over the indices of the examples in each batch."""
        return (order[at : at + self.size] for at in range(0, len(order), self.size))


@hinted
def batches(
    X: npt.ArrayLike, Y: npt.ArrayLike, size: int, rng: Rng = None, drop_last: bool = False
) -> Iterator[tuple[Array, Array]]:
    """Iterate over one epoch: a random partition of the examples into mini-batches (notes 001).

    The last is smaller where `size` does not divide their number, or with `drop_last` left out.
    Raises ValueError for a size below 1 or for different numbers of inputs and targets.

    >>> [len(x) for x, _ in batches(np.ones((1000, 2)), np.ones(1000), 200)]
    [200, 200, 200, 200, 200]
    """
    return next(Batches(size, drop_last=drop_last).epochs(X, Y, rng))


def examples(owner: str, X: npt.ArrayLike, Y: npt.ArrayLike) -> tuple[Array, Array]:
    """Return inputs and targets as arrays: as many, at least one, real numbers, no nan."""
    arrays = []
    for name, given in (("X", X), ("Y", Y)):
        try:
            array = plain_array(owner, name, given)
        except ValueError:
            raise ValueError(f"{owner}: got {name} as a ragged list; it must be an array") from None
        if not array.ndim:
            raise ValueError(f"{owner}: got {name} without an axis; its first is the examples")
        if array.dtype.kind not in "biuf":
            raise TypeError(f"{owner}: got {name} of type {array.dtype}; it must be real numbers")
        if array.dtype.kind == "f" and array.size and np.isnan(array.min()):
            first = int(np.argwhere(np.isnan(array))[0, 0])
            raise ValueError(f"{owner}: got a nan in {name}[{first}]; it must be numbers")
        arrays.append(array)
    X, Y = arrays
    check_lengths(owner, X, Y)
    if not len(X):
        raise ValueError(f"{owner}: got no examples; it needs at least 1")
    return X, Y


def check_lengths(owner: str, X: Array, Y: Array) -> None:
    """Raise unless there is a target for each input."""
    if len(X) != len(Y):
        raise ValueError(f"{owner}: got {len(X)} inputs and {len(Y)} targets; they must be as many")
