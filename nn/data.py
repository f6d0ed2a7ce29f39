"""Data preparation: one-hot labels, and the division of examples into batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from autograd import Tensor, Value
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


class Rows(Protocol):
    """Examples that are not in memory, such as a dataset of h5py or an array of Zarr."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of the examples, and shape of each."""

    def __getitem__(self, rows: Any, /) -> Any:
        """Return the examples with these numbers, an array of ascending integers."""


class Stored:
    """Examples of a file or a database, of which only those that are asked for are read.

    `source` has a `shape`, and gives rows where it is indexed by an array of ascending integers, as
    datasets of h5py and arrays of Zarr do. This has the part of an array's interface that `fit`
    needs.
    """

    def __init__(self, owner: str, name: str, source: Any) -> None:
        self.owner, self.name, self.source = owner, name, source
        self.shape = tuple(map(int, source.shape))
        self.ndim = len(self.shape)
        dtype = getattr(source, "dtype", None)
        if dtype is None and self.ndim:
            dtype = self.read(np.arange(min(len(self), 1))).dtype
        self.dtype = np.dtype(dtype)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: slice) -> Array:
        return self.read(np.arange(*rows.indices(len(self))))

    def take(self, chosen: Array, axis: int = 0) -> Array:
        """Read rows, in any order, also several times."""
        rows, places = np.unique(chosen, return_inverse=True)
        return self.read(rows).take(places, axis)

    def read(self, rows: Array) -> Array:
        """Read rows whose numbers ascend; ValueError where the source gives something else."""
        found = np.asarray(self.source[rows])
        if found.shape != (len(rows), *self.shape[1:]):
            got = f"shape {found.shape} from {self.name}[{len(rows)} indices]"
            needs = f"it must give {(len(rows), *self.shape[1:])}"
            raise ValueError(f"{self.owner}: got {got}; {needs}")
        return found


IN_MEMORY = ("__dlpack__", "__array_interface__", "iloc")
"""Attributes of arrays and tables in memory, of other packages, which become arrays."""


def _is_stored(x: Any) -> bool:
    """Return whether x is no array in memory, nor made into one as a table or a list is."""
    has_rows = hasattr(x, "shape") and hasattr(x, "__getitem__")
    is_ours = isinstance(x, (np.ndarray, np.generic, memoryview, StandIn, Tensor, Value))
    return has_rows and not is_ours and not any(hasattr(x, name) for name in IN_MEMORY)


def examples(owner: str, X: Any, Y: Any) -> tuple[Any, Any]:
    """Return inputs and targets as arrays: as many, at least one, real numbers, no nan.

    What is not in memory stays where it is, and is not searched for nans: it may be much.
    """
    arrays = []
    for name, given in (("X", X), ("Y", Y)):
        stored = Stored(owner, name, given) if _is_stored(given) else None
        try:
            array: Any = plain_array(owner, name, given) if stored is None else stored
        except ValueError:
            raise ValueError(f"{owner}: got {name} as a ragged list; it must be an array") from None
        if not array.ndim:
            raise ValueError(f"{owner}: got {name} without an axis; its first is the examples")
        if array.dtype.kind not in "biuf":
            raise TypeError(f"{owner}: got {name} of type {array.dtype}; it must be real numbers")
        far = stored is not None or isinstance(given, np.memmap)
        if array.dtype.kind == "f" and not far and array.size and np.isnan(array.min()):
            first = int(np.argwhere(np.isnan(array))[0, 0])
            raise ValueError(f"{owner}: got a nan in {name}[{first}]; it must be numbers")
        arrays.append(array)
    X, Y = arrays
    check_lengths(owner, X, Y)
    if not len(X):
        raise ValueError(f"{owner}: got no examples; it needs at least 1")
    return X, Y


def check_lengths(owner: str, X: Any, Y: Any) -> None:
    """Raise unless there is a target for each input."""
    if len(X) != len(Y):
        raise ValueError(f"{owner}: got {len(X)} inputs and {len(Y)} targets; they must be as many")
