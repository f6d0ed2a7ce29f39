"""Training by shards, in one process; what goes between processes is tried in tests/mpi."""

import functools
import itertools
import re
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor, Value
from nn.data import Batches, examples
from nn.parallel import Team
from nn.parallel_steps import parts

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 3))
LABELS = (X.sum(1) > 0).astype(int)
Fit = Callable[..., nn.History]


@pytest.fixture(autouse=True)
def small_shards() -> Any:
    """Tests are about few examples; one of them is about the warning."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "fit: got .* examples a shard")
        yield


def network(seed: int = 0, *between: nn.Module) -> nn.Sequential:
    rng = np.random.default_rng(seed)
    return nn.Sequential(nn.Linear(3, 8, "tanh", rng=rng), *between, nn.Linear(8, 2, rng=rng))


def train(model: Any, **options: Any) -> nn.History:
    usual = {"loss": nn.cross_entropy, "epochs": 3, "batch_size": 12, "rng": 1}
    usual["optimizer"] = nn.Adam(model.parameters(), lr=0.05)
    return nn.fit(model, X, LABELS, **{**usual, **options})


def numbers(model: nn.Module) -> np.ndarray[Any, Any]:
    return np.concatenate([x.reshape(-1) for x in model.state_dict().values()])


# Shards


@given(count=st.integers(0, 300), shards=st.sampled_from([1, 2, 4, 8, 64]))
def test_shards_are_even_and_none_has_a_single_example(count: int, shards: int) -> None:
    cut = parts(count, shards)
    assert [*itertools.chain(*(range(count)[part] for part in cut))] == [*range(count)]
    sizes = [part.stop - part.start for part in cut]
    used = [size for size in sizes if size]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == shards
    assert not used or max(used) - min(used) <= 1 < min(used) or used == [1]


def test_shards_change_only_the_last_bits() -> None:
    plain, cut = network(), network()
    histories = [train(plain), train(cut, shards=4)]
    np.testing.assert_allclose(numbers(cut), numbers(plain), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(histories[1].loss, histories[0].loss, rtol=1e-10)


def test_a_training_by_one_shard_is_the_plain_one() -> None:
    plain, cut = network(), network()
    assert train(cut, shards=1).loss == pytest.approx(train(plain).loss, rel=1e-15)
    assert (numbers(cut) == numbers(plain)).all()


def test_buffers_move_by_the_mean_of_the_moves_of_shards() -> None:
    norm = nn.BatchNorm(3, momentum=1.0)
    train(nn.Sequential(norm, nn.Linear(3, 2, rng=0)), shards=4, batch_size=50, epochs=1, rng=1)
    order = np.random.default_rng(1).permutation(50)
    cut = [X[order[part]] for part in parts(50, 4)]
    mean = sum(len(x) / 50 * x.var(0, ddof=1) for x in cut)
    np.testing.assert_allclose(norm.running_var, mean, rtol=1e-12)
    np.testing.assert_allclose(norm.running_mean, X.mean(0), rtol=1e-9, atol=1e-12)


def test_each_shard_draws_numbers_of_its_own() -> None:
    seen: list[Any] = []

    class Noisy(nn.Dropout):
        def forward(self, x: Any) -> Any:
            y = super().forward(x)
            seen.append(y.data if isinstance(y, Tensor) else y)
            return y

    noisy = Noisy(0.5, rng=np.random.default_rng(3))
    shared = noisy.rng
    model = nn.Sequential(noisy, nn.Linear(3, 2, rng=0))
    nn.fit(model, np.ones((16, 3)), np.zeros(16, int), loss=nn.cross_entropy, epochs=2,
           optimizer=nn.SGD(model.parameters(), lr=0.1), batch_size=16, shards=4)  # fmt: skip
    masks = [x.tobytes() for x in seen if x.shape == (4, 3)]
    assert len(masks) == len(set(masks)) == 8
    assert noisy.rng is shared


def test_generators_of_every_kind() -> None:
    for kind in (np.random.MT19937, np.random.Philox, np.random.SFC64):
        found = [
            train(network(0, nn.Dropout(0.3, rng=np.random.Generator(kind(5)))), shards=4,
                  rng=np.random.Generator(kind(1))).loss
            for _ in range(2)
        ]  # fmt: skip
        assert found[0] == found[1]


def test_a_model_that_always_draws_is_not_taken_for_a_loss_that_does_not_fit() -> None:
    class Blurred(nn.Dropout):
        def forward(self, x: Any) -> Any:
            return x + self.rng.normal(size=x.shape)

    found = [train(network(0, Blurred(0.0, rng=3)), shards=4).loss for _ in range(2)]
    assert found[0] == found[1]


@pytest.mark.parametrize("shards", [2, 8])
def test_what_is_compiled_is_the_same(shards: int) -> None:
    def between() -> list[nn.Module]:
        return [nn.BatchNorm(8), nn.Dropout(0.3, rng=5)]

    plain, compiled = network(0, *between()), network(0, *between())
    histories = [train(model, shards=shards, compile=model is compiled, clip_norm=0.5)
                 for model in (plain, compiled)]  # fmt: skip
    assert histories[0].loss == histories[1].loss
    assert (numbers(plain) == numbers(compiled)).all()


def test_parameters_of_several_types_and_without_gradients() -> None:
    single = nn.Linear(3, 8, "tanh", rng=np.random.default_rng(0), dtype=np.float32)
    unused, scale = Tensor([1.0]), Value(1.0)
    model = nn.Sequential(single, lambda x: scale * x, nn.Linear(8, 2, rng=0))
    found = {}
    for shards in (None, 4):
        scale.data, unused.data = 1.0, [1.0]
        model.load_state_dict(
            {name: np.full_like(x, 0.1) for name, x in model.state_dict().items()}
        )
        optimizer = nn.SGD([*model.parameters(), unused, scale], lr=0.1, momentum=0.5)
        train(model, optimizer=optimizer, shards=shards)
        found[shards] = np.array([*numbers(model), scale.data])
    assert unused.data == [1.0]
    assert not unused.has_grad
    np.testing.assert_allclose(found[4], found[None], rtol=1e-5, atol=1e-7)


def test_measures_of_all_predictions_in_their_order() -> None:
    seen: list[Any] = []

    def rank(prediction: Any, target: Any) -> float:
        seen.append((prediction.data.copy(), target.copy()))
        return nn.roc_auc(prediction.data[:, 1], target)

    model = network()
    history = train(model, shards=8, validation=(X[:21], LABELS[:21]), metric=rank, better="higher")
    prediction, target = seen[-1]
    np.testing.assert_allclose(prediction, model.eval()(X[:21]).data, rtol=1e-12)
    assert (target == LABELS[:21]).all()
    assert len(history.validation) == 3


# Data that are not in memory


class Far:
    """Rows of a file, which are given for ascending indices, as h5py does."""

    def __init__(self, rows: Any) -> None:
        self.rows, self.shape = rows, rows.shape
        self.read: list[Any] = []

    def __getitem__(self, which: Any) -> Any:
        assert isinstance(which, np.ndarray)
        assert (np.diff(which) > 0).all()
        self.read.append(which)
        return self.rows[which]


@pytest.mark.parametrize("shards", [None, 4])
def test_rows_are_read_when_they_are_needed(shards: int | None, tmp_path: Path) -> None:
    near = network()
    history = train(near, shards=shards, validation=(X[:9], LABELS[:9]))
    stored = np.memmap(tmp_path / "X", X.dtype, "w+", shape=X.shape)
    stored[:] = X
    for x, y in ((Far(X), Far(LABELS)), (stored, LABELS)):
        model = network()
        options = {"loss": nn.cross_entropy, "epochs": 3, "batch_size": 12, "rng": 1}
        options["optimizer"] = nn.Adam(model.parameters(), lr=0.05)
        again = nn.fit(model, x, y, shards=shards, **options,
                       validation=(Far(X[:9]), Far(LABELS[:9])))  # fmt: skip
        assert (again.loss, again.metrics) == (history.loss, history.metrics)
        assert (numbers(model) == numbers(near)).all()
        if isinstance(x, Far):
            assert max(map(len, x.read)) <= 16  # a batch, or a sample


def test_what_is_in_memory_becomes_an_array() -> None:
    class Table:
        """As pandas has it: what is in brackets are names of columns."""

        shape, iloc = X.shape, None

        def __getitem__(self, name: Any) -> Any:
            raise KeyError(name)

        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return X

    for each in (memoryview(X), Table(), X.tolist(), Tensor(X).data):
        found, _ = examples("fit", each, LABELS)
        assert type(found) is np.ndarray
        assert (found == X).all()


def test_rows_in_any_order_and_repeated() -> None:
    far, _ = examples("fit", Far(X), LABELS)
    chosen = np.array([7, 3, 7, 0])
    assert (far.take(chosen, 0) == X[chosen]).all()
    assert (far[2:5] == X[2:5]).all()


@pytest.mark.parametrize("shards", [None, 4])
def test_data_that_cannot_be_read(shards: int | None) -> None:
    class Short(Far):
        def __getitem__(self, which: Any) -> Any:
            return super().__getitem__(which)[:1]

    for x, message in (
        (Short(X), r"fit: got shape \(1, 3\) from X\[\d+ indices\]; it must give \(\d+, 3\)"),
        (Far(X[:4]), "fit: got 4 inputs and 50 targets; they must be as many"),
        (Far(X.astype(str)), "fit: got X of type <U32; it must be real numbers"),
        (Far(X[:0]), "fit: got 0 inputs and 50 targets"),
    ):
        model = network()
        with pytest.raises((ValueError, TypeError), match=message):
            nn.fit(model, x, LABELS, loss=nn.cross_entropy, epochs=1, batch_size=12,
                   optimizer=nn.SGD(model.parameters(), lr=0.1), shards=shards)  # fmt: skip


# What is not finite


@pytest.mark.parametrize("shards", [1, 8])
def test_where_numbers_cease_to_be_finite(shards: int) -> None:
    bad = X.copy()
    bad[17, 1] = np.nan
    for x, lr, message in (
        (
            Far(bad),
            0.1,
            r"the loss became nan in epoch 1, batch \d; it began with a nan in X\[17\];",
        ),
        (1e200 * X, 1e200, r"the loss became .*; it began( in batch \d)? with "),
    ):
        model = nn.Sequential(nn.Dropout(0.2, rng=1), nn.Linear(3, 2, rng=0))
        before = numbers(model)
        with (
            pytest.raises(FloatingPointError, match=f"^fit: {message}"),
            warnings.catch_warnings(action="ignore"),
        ):
            nn.fit(model, x, LABELS, loss=nn.cross_entropy, epochs=2, batch_size=12, rng=0,
                   optimizer=nn.SGD(model.parameters(), lr=lr), shards=shards)  # fmt: skip
        assert (numbers(model) == before).all()


# Checkpoints


def test_a_checkpoint_is_of_a_number_of_shards(tmp_path: Path) -> None:
    whole = network(0, nn.Dropout(0.3, rng=5))
    history = train(whole, shards=4, epochs=5)
    path = tmp_path / "run"
    train(network(0, nn.Dropout(0.3, rng=5)), shards=4, epochs=2, checkpoint=path)
    for shards in (None, 8):
        with pytest.raises(ValueError, match=f"another training: shards 4, not {shards};"):
            train(network(0, nn.Dropout(0.3)), shards=shards, checkpoint=path)
    again = network(7, nn.Dropout(0.3, rng=8))
    assert train(again, shards=4, epochs=5, checkpoint=path, rng=9).loss == history.loss
    assert (numbers(again) == numbers(whole)).all()


# Bad input


class Counting(nn.Module):
    buffer_names = ("count",)

    def __init__(self) -> None:
        self.count = np.zeros(1, int)
        self.W = Tensor(np.zeros((3, 2)))

    def forward(self, x: Any) -> Any:
        return x @ self.W


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shards": 6}, "fit: got 6 shards; it must be a power of two, such as 8"),
        ({"shards": 0}, "fit: got shards 0; it must be an int of at least 1"),
        ({"comm": 3}, "fit: got a int as comm; it must be an intra-communicator of mpi4py, such as MPI.COMM_WORLD"),
        ({"comm": "world", "shards": 2}, "fit: got a str as comm; it must be"),
        ({"shards": 2, "timeout": 0}, "fit: got timeout 0; it must be a positive finite number"),
        ({"shards": 2, "loss": functools.partial(nn.cross_entropy, reduction="sum")}, "as its halves' mean; with shards it must be a mean over examples"),
        ({"shards": 2, "model": nn.MLP(3, [2])}, "fit: got shards and parameters that are Values; it needs Tensors"),
        ({"shards": 2, "model": Counting()}, "fit: got a buffer count of type int64; with shards"),
        ({"shards": 2, "validation": (X, LABELS), "metric": nn.accuracy, "model": nn.Sequential(nn.Linear(3, 2), lambda x: x if x.shape[0] == 12 or x.shape[0] < 7 else x[:1])}, "needs a row for each"),
    ],
)  # fmt: skip
def test_bad_input(options: dict[str, Any], message: str) -> None:
    model = options.pop("model", None) or network()
    with pytest.raises((ValueError, TypeError), match=re.escape(message)) as caught:
        train(model, **options)
    assert "\n" not in str(caught.value)


def test_small_shards_are_warned_of() -> None:
    with pytest.warns(UserWarning, match="got 1 examples a shard") as caught:
        train(network(), shards=8)
    assert {each.filename for each in caught} == {__file__}
    with warnings.catch_warnings(action="error"):
        train(network(), shards=2, batch_size=Batches(256))


def test_what_the_optimizer_lacks_is_told_once() -> None:
    model = network()
    optimizer = nn.SGD(model.parameters()[:2], lr=0.1)
    with pytest.warns(UserWarning, match="the loss depends on layers.1.W, layers.1.b") as caught:
        train(model, optimizer=optimizer, shards=4)
    told = [each.filename for each in caught if "depends" in str(each.message)]
    assert told == [__file__]


# Sums of several workers


class Threads:
    """Communicator of threads, of which a Team needs Sendrecv."""

    def __init__(self, rank: int, queues: dict[tuple[int, int], SimpleQueue[bytes]]) -> None:
        self.rank, self.queues = rank, queues

    def Sendrecv(self, sent: Any, to: int, tag: int, received: Any, source: int) -> None:
        self.queues[self.rank, to].put(sent.tobytes())
        received[:] = np.frombuffer(self.queues[source, self.rank].get(timeout=10), np.uint8)


@pytest.mark.parametrize("size", [1, 2, 8, 16])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_a_sum_has_the_same_bits_for_any_number_of_workers(size: int, dtype: Any) -> None:
    """All 16 terms are cut over the workers, each of which adds its own as a tree."""
    terms = np.random.default_rng(0).normal(size=(16, 37)).astype(dtype)
    terms *= np.asarray(10.0, dtype) ** np.arange(-1, 2, dtype=int).repeat(13)[:37]
    exact = tree(terms)
    own = [tree(terms[16 // size * k : 16 // size * (k + 1)]) for k in range(size)]
    queues = {(a, b): SimpleQueue[bytes]() for a in range(size) for b in range(size)}

    def work(rank: int) -> None:
        team = Team(None, 16)
        team.rank, team.size, team.comm = rank, size, Threads(rank, queues)
        team.sum(own[rank])

    threads = [threading.Thread(target=work, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {each.tobytes() for each in own} == {exact.tobytes()}


def tree(terms: Any) -> Any:
    while len(terms) > 1:
        terms = terms[::2] + terms[1::2]
    return terms[0].copy()
