"""Donated arguments: results in their memory, with the bits that they have elsewhere."""

from __future__ import annotations

import pickle
import re
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd.compiled import library
from autograd.compiling.calls import Run
from autograd.compiling.whole import Recording, whole_form
from tests.compiling.test_kernels import out_of_line, same_bits

pytestmark = pytest.mark.both
in_c = pytest.mark.skipif(library is None, reason="results go into arguments by the C core")

SHAPE = (4, 6)
STEPS = {
    "add": lambda x, y: x + y, "subtract": lambda x, y: x - y, "product": lambda x, y: x * y,
    "choice": lambda x, y: np.where(x < y, x, y), "root": lambda x, y: np.sqrt(abs(x)) + 1,
    "turned": lambda x, y: x + y[::-1], "row": lambda x, y: x - y[1], "column": lambda x, y: x + y[:, :1],
    "total": lambda x, y: x / (abs(y).sum() + 1), "power": lambda x, y: np.power(abs(x), 0.5),
    "matrix": lambda x, y: x @ y.T @ x * 0.1, "flat": lambda x, y: (x.reshape(-1) * y.reshape(-1)).reshape(SHAPE),
    "last": lambda x, y: x * y[-1, -1],
}  # fmt: skip


@st.composite
def functions(draw: Any) -> Any:
    """Random functions of four arrays, which give some of those that they make, in any order."""
    number = st.integers(0, 100)
    names = st.sampled_from([*STEPS, "branch", "in place"])
    steps = draw(st.lists(st.tuples(names, number, number), min_size=2, max_size=14))
    results = draw(st.lists(st.tuples(number, st.booleans()), min_size=1, max_size=5))

    def f(*given: Any) -> Any:
        xs = [*given]
        for name, i, j in steps:
            x, y = xs[i % len(xs)], xs[j % len(xs)]
            if name == "branch":
                xs.append(x - 1 if y.sum() > 0 else x + 2)
            elif name == "in place":
                z = x * 0.5
                z += y
                xs.append(z)
            else:
                xs.append(STEPS[name](x, y))
        return [x.T if turned else x for x, turned in ((xs[-1 - i % 6], t) for i, t in results)]

    return f


def arguments(rng: np.random.Generator) -> list[Any]:
    """Return four arrays, of which some lie across each other, are turned or can't be written."""
    dtype = rng.choice([np.float32, np.float64])
    memory = np.asarray(rng.normal(size=10 * 24), dtype)
    whole = [memory[24 * k : 24 * k + 24].reshape(SHAPE) for k in range(8)]
    odd: list[Any] = [
        whole[0], memory[2:26].reshape(SHAPE), whole[0][::-1], memory[:240:10].reshape(SHAPE),
        np.asfortranarray(whole[0]), out_of_line(whole[1]), whole[1].astype(np.float64),
    ]  # fmt: skip
    frozen = whole[7].copy()
    frozen.flags.writeable = False
    few = [
        odd[i] if rng.random() < 0.3 else whole[k + 2]
        for k, i in enumerate(rng.integers(7, size=4))
    ]
    return [frozen if rng.random() < 0.1 else x for x in few]


@given(functions(), st.integers(0, 10**6), st.sets(st.integers(0, 3)))
def test_donation_changes_no_bit(f: Any, seed: int, donated: set[int]) -> None:
    rng = np.random.default_rng(seed)
    args = arguments(rng)
    with np.errstate(all="ignore"):
        form, inputs = whole_form(tuple(args), {})
        program = Recording(f, form, inputs).program(False, donated)
        run = Run(program)
        for _ in range(2):
            before = [x.copy() for x in args]
            wanted = f(*[x.copy("K") for x in args])
            found, failed = run([*args])
            if failed >= 0:  # of a branch, at the second point
                assert all(map(same_bits, args, before))
                return
            for x, y in zip(found, wanted, strict=True):
                assert x.dtype == y.dtype
                assert same_bits(x, y)
            for k, x in enumerate(args):
                shared = [i for i, y in enumerate(args) if i != k and np.may_share_memory(x, y)]
                if k not in donated or shared or not x.flags.writeable:
                    assert same_bits(x, before[k])
            for x in args:
                if x.flags.writeable:
                    x[...] = rng.normal(size=SHAPE)


def written_between(x: Any, y: Any) -> Any:
    """A result of what is written into afterwards."""
    z = x * 1.0
    w = z + 1
    z *= 2
    return w, z.sum(), y


def read_again(x: Any, y: Any) -> Any:
    """A result that fits where another one still reads."""
    total = (x * y).sum()
    return x + total, x - y, y * 2


ORDERS = {
    "row": lambda x, y: (x - x[1], y),
    "last": lambda x, y: (x * x[-1, -1], y + y[0, 0]),
    "flat": lambda x, y: ((x.reshape(-1) * 2).reshape(x.shape), y),
    "turned": lambda x, y: (x + x[::-1], y * y[:, ::-1]),
    "itself": lambda x, y: (x, x + 1, y - x),
    "view": lambda x, y: (x[1:], x + 1, y),
    "equal": lambda x, y: (x + y, x + y, x * 2),
    "constant": lambda x, y: (np.ones_like(x) * 2, x + np.ones_like(y)),
    "written between": written_between,
    "read again": read_again,
}


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("donate", ["x", "y", ("x", "y")])
def test_old_values_are_read_before_new_ones_are_written(name: str, donate: Any) -> None:
    rng = np.random.default_rng(1)
    compiled = ag.compile(ORDERS[name], arrays=True, donate=donate)
    for _ in range(3):
        x, y = rng.normal(size=(2, 60, 50))  # several blocks of a kernel
        wanted = ORDERS[name](x.copy(), y.copy())
        found = compiled(x, y)
        assert all(map(np.array_equal, found, wanted))


def step(p: Any, state: Any, rate: Any, x: Any) -> Any:
    """A step with momentum, which gives more than it takes."""
    value, slopes = ag.value_and_grad(lambda p, x: ag.sum(ag.tanh(x @ p["W"] + p["b"]) ** 2))(p, x)
    state = {k: 0.9 * state[k] + slopes[k] for k in p}
    return {k: p[k] - rate * state[k] for k in p}, state, value


def start() -> tuple[Any, ...]:
    """Arguments of a step."""
    rng = np.random.default_rng(3)
    p = {"W": rng.normal(size=(30, 20)), "b": rng.normal(size=20)}
    return p, {k: np.zeros_like(x) for k, x in p.items()}, 0.01, rng.normal(size=(7, 30))


def leaves(*trees: Any) -> list[Any]:
    """Return the arrays of some dicts."""
    return [x for tree in trees for x in tree.values()]


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("donate", [("p", "state"), (0, 1), (0, "state")])
def test_a_training_goes_on_in_the_memory_that_it_began_with(donate: Any, exact: bool) -> None:
    plain, donated = (ag.compile(step, exact=exact, donate=d) for d in ((), donate))
    p, state, rate, x = start()
    own, memory = start()[:2], leaves(p, state)
    for _ in range(5):
        *own, value = plain(*own, rate, x)
        p, state, same_value = donated(p, rate=rate, state=state, x=x)
        assert value == same_value
        assert all(map(np.array_equal, leaves(p, state), leaves(*own)))
        if library is not None:
            assert all(a is b for a, b in zip(leaves(p, state), memory))
            assert "4 results in arguments" in str(donated.report())


@in_c
def test_arguments_are_written_by_one_call_at_the_end() -> None:
    compiled = ag.compile(step, donate=(0, 1))
    compiled(*start())
    _, end = compiled.source().split("= unshared(")
    lines = [line.strip() for line in end.splitlines()[1:] if "#" not in line]
    rooms, (call, result) = lines[:-2], lines[-2:]
    assert len(rooms) == 4
    assert all(re.fullmatch(r"t(\d+) = r\1\(w\d\)", line) for line in rooms)
    assert call.startswith("f_kernel")
    assert result.startswith("return [")


@in_c
def test_results_go_where_they_can() -> None:
    def turned(a: Any, b: Any, c: Any) -> Any:
        return c * 2, a * 3, b * 4

    a, b, c = np.arange(900.0).reshape(3, 300)
    old = [a.copy(), b.copy(), c.copy()]
    found = ag.compile(turned, donate=(0, 1, 2))(a, b, c)
    assert all(map(np.array_equal, found, turned(*old)))
    assert [x is y for x, y in zip(found, (c, a, b))] == [True] * 3


@in_c
@pytest.mark.parametrize(
    "kind", ["frozen", "twice", "view", "across", "memmap", "mapped", "buffer", "turned", "type"]
)
def test_what_can_not_be_written_into_stays(kind: str, tmp_path: Any) -> None:
    def f(x: Any, y: Any) -> Any:
        return x * 2 + y[::-1]

    memory = np.arange(1000.0)
    x, y = memory[:300], memory[300:600]
    if kind == "frozen":
        x.flags.writeable = False
    elif kind in ("twice", "view", "across"):
        y = {"twice": x, "view": x[::-1], "across": memory[299:599]}[kind]
    elif kind in ("memmap", "mapped"):
        x = np.memmap(tmp_path / "x", float, "w+", shape=300)
        x = np.asarray(x)[:] if kind == "mapped" else x
    elif kind == "buffer":  # views of views
        x = np.frombuffer(bytearray(2400)).reshape(3, 100).reshape(-1)
    elif kind == "turned":
        x = memory[::2][:300]
    else:
        x = x.astype(np.float32)
    before, other = np.array(x), np.array(y)
    compiled = ag.compile(f, arrays=True, donate="x")
    for _ in range(2):
        found = compiled(x, y)
        assert found is not x
        assert np.array_equal(found, f(before, other))
        assert np.array_equal(x, before)
        assert np.array_equal(y, other)


def test_arguments_are_as_they_were_where_a_guard_or_call_fails() -> None:
    def f(x: Any, y: Any) -> Any:
        z = x * 2 + y
        total = (x + y).sum()
        if total > 300:
            z = z - 1
        if total > 1e6:
            raise ValueError("too much")
        return z

    compiled = ag.compile(f, arrays=True, donate="x")
    for k in (0.0, 5.0, 0.0, 5.0, -1.0):
        x, y = np.full(300, k), np.arange(300.0) / 300
        wanted = f(x.copy(), y)
        found = compiled(x, y)
        assert np.array_equal(found, wanted)
        assert library is None or found is x
    assert len(compiled.report().programs) == 2
    x = np.full(300, 1e4)
    for _ in range(2):
        with pytest.raises(ValueError, match="too much"):
            compiled(x, y)
        assert np.array_equal(x, np.full(300, 1e4))


def test_errors_of_numpy_are_caught_as_without_donation() -> None:
    def f(x: Any, a: Any) -> Any:
        try:
            b = np.linalg.inv(a)
        except np.linalg.LinAlgError:
            b = a + 5
        return x * 2, b

    compiled = ag.compile(f, arrays=True, donate="x")
    for a in (np.eye(3), 2 * np.eye(3), np.ones((3, 3)), np.eye(3), np.zeros((3, 3))):
        x = np.arange(300.0)
        wanted = f(x, a)
        assert all(map(np.array_equal, compiled(x, a), wanted))


def test_functions_that_get_an_argument_may_keep_it() -> None:
    kept = []

    @ag.custom_vjp(lambda g, z, x: 2 * g * x)
    def square(x: Any) -> Any:
        kept.append(x)
        return x * x

    compiled = ag.compile(
        lambda x: x - ag.grad(lambda x: ag.sum(square(x)))(x), arrays=True, donate=0
    )
    x = np.arange(300.0)
    compiled(x)
    kept.clear()
    compiled(x)
    assert all(np.array_equal(np.asarray(each), np.arange(300.0)) for each in kept)


def test_methods_names_and_pickles() -> None:
    class Model:
        def __init__(self) -> None:
            self.rate = 0.5

        @ag.compile(donate="p")  # type: ignore[untyped-decorator]
        def step(self, p: Any) -> Any:
            return p - self.rate * p

    x = np.ones(300)
    assert np.array_equal(Model().step(x), np.full(300, 0.5))
    compiled = pickle.loads(pickle.dumps(ag.compile(step, donate=("p", 1))))
    p, state, rate, x = start()
    new, *_ = compiled(p, state, rate, x)
    assert library is None or new["W"] is p["W"]
    small = ag.compile(lambda x: x * 2, donate=0)  # number by number: these are new
    x = np.ones(3)
    assert small(x).tolist() == [2.0] * 3
    assert x.tolist() == [1.0] * 3
    assert (
        ag.compile(lambda *xs, **more: xs[2] * more["y"], donate=(2, "y"))(1.0, 1.0, 2.0, y=3.0)
        == 6
    )


@pytest.mark.parametrize("donate", ["q", 4, -1, ("p", "q")])
def test_arguments_that_there_are_not(donate: Any) -> None:
    with pytest.raises(
        ValueError, match=r"^compile: got donate=.*; the arguments are p, state, rate, x$"
    ):
        ag.compile(step, donate=donate)


@pytest.mark.parametrize("donate", [("p", "p"), (0, 0), [0, "p"], ["p", "x", 0]])
def test_an_argument_is_named_once(donate: Any) -> None:
    with pytest.raises(ValueError, match=r"^compile: got donate=.*, which names 'p' twice$"):
        ag.compile(step, donate=donate)


@pytest.mark.parametrize("donate", [1.0, True, None, ("p", b"q")])
def test_donate_is_names_or_places(donate: Any) -> None:
    with pytest.raises(TypeError, match=r"^compile: got donate=.*; it needs names or places"):
        ag.compile(step, donate=donate)


# The C core's part


@in_c
def test_rooms_are_used_again_where_nobody_holds_them() -> None:
    assert library is not None
    room = library.room(np.empty((3, 4), np.float32), True)
    first, second = room(), room()
    assert first.shape == (3, 4)
    assert first.dtype == np.float32
    address = first.ctypes.data
    held = first[1:]
    del first
    assert room().ctypes.data != address  # a view holds it
    del held
    room()
    addresses = {room().ctypes.data for _ in range(4)}
    assert len(addresses) <= 2
    assert second.ctypes.data not in addresses
    frozen = room()
    frozen.flags.writeable = False
    address = frozen.ctypes.data
    del frozen
    found = [room() for _ in range(3)]
    assert all(x.flags.writeable for x in found)
    assert room(second) is second
    assert room(None) is not second
    with pytest.raises(TypeError, match="one array, or none"):
        room(1, 2)


@in_c
@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 6), st.sampled_from([-2, -1, 1, 2])),
        max_size=6,
    )
)
def test_arrays_that_share_memory_with_none_are_found(slices: Any) -> None:
    assert library is not None
    memory = np.zeros(80)
    arrays = []
    for begin, count, stride in slices:
        x = memory[begin : begin + count * abs(stride) : abs(stride)]
        arrays.append(x[::-1] if stride < 0 else x)
    found = library.unshared([1.0, *arrays, None], tuple(range(len(arrays) + 2)))
    assert found[0] is None
    assert found[-1] is None
    for k, x in enumerate(arrays):
        across = [np.may_share_memory(x, y) for i, y in enumerate(arrays) if i != k and y.size]
        can_be = x.flags.carray and not (x.size and any(across))
        assert (found[k + 1] is x) == can_be


@in_c
def test_kernels_in_one_call_write_all_or_nothing() -> None:
    assert library is not None
    number = np.dtype(float).num
    arrays = (0, number, 4, 8, False), (1, number, 1, 8, False), (0, number, 4, 8, True)
    add, times = (
        library.kernel(4, 64, arrays, (), ((name, 0, (0, 1, 2)),))
        for name in ("add_d", "multiply_d")
    )
    both = library.kernels(add, times)
    x, one, y, z = np.arange(4.0), np.ones(1), np.zeros(4), np.zeros(4)
    both(x, one, y, y, 2.0, z)
    assert z.tolist() == [2.0, 4.0, 6.0, 8.0]
    for wrong in (np.zeros(5), [0.0] * 4, z.astype(np.float32)):
        y[:] = 0
        with pytest.raises(TypeError, match="another form"):
            both(x, one, y, y, 2.0, wrong)
        assert not y.any()
    with pytest.raises(TypeError, match="6 arrays"):
        both(x, one, y)
    with pytest.raises(TypeError, match="takes kernels"):
        library.kernels(add, abs)
    far = out_of_line(np.zeros(4))
    both(x, one, y, y, 2.0, far)
    assert far.tolist() == [2.0, 4.0, 6.0, 8.0]
    one_of_many = library.kernels(
        library.kernel(1, 1, ((0, number, 1, 8, True),), (), (("negative_d", 0, (0, 0)),)), times
    )  # what the first writes the second reads as a number
    one[:] = 3
    one_of_many(one, x, one, z)
    assert z.tolist() == [0.0, -3.0, -6.0, -9.0]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        both(x, one, y, y, np.nan, z)
