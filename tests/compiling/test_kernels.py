"""Kernels: runs of elementwise calls give the bits of NumPy's own calls, whatever they are of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
from autograd.compiled import library
from autograd.compiling.calls import Run
from autograd.compiling.inherited import Heir
from autograd.compiling.kernels import Kernel, kerneled
from autograd.compiling.passes import CONVERSIONS, ONE, OWN, WHOLE
from autograd.compiling.plans import with_early_looks
from autograd.compiling.whole import Recording, whole_form

pytestmark = [
    pytest.mark.both,  # which `make sanitize` runs
    pytest.mark.skipif(library is None, reason="kernels need the C core"),
]

UNARY = (
    np.exp, np.tanh, np.negative, np.sqrt, np.absolute, np.sign, np.log1p, np.floor, np.square,
    lambda x: x ** 2, lambda x: x ** 2.0,
    lambda x: np.where(x > 0, x, 0), lambda x: x.astype(np.float64), lambda x: x.astype(np.float32),
    lambda x: (x <= 0.5).view(np.int8) * x, lambda x: (x <= 0.5).view(np.int8) + (x > 0), lambda x: np.where(x == 1, np.inf, -x),
)  # fmt: skip
BINARY = (
    np.add, np.subtract, np.multiply, np.divide, np.maximum, np.copysign, np.hypot, np.power,
    lambda x, y: x * 2 + y, lambda x, y: np.where(x < y, x, y), lambda x, y: x / 3.5 - y,
)  # fmt: skip
SHAPES = ((6, 10), (10,), (6, 1), (1, 10), (1,), (), (3, 6, 10))
SPECIAL = (0.0, -0.0, np.inf, -np.inf, np.nan, 1e-310, 1e300)


def program_of(f, *args):
    """Return the program of a function of arrays, and its inputs."""
    inputs = []
    form, inputs = whole_form(args, {})
    return Recording(f, form, inputs).program(False), inputs


def passes(program):
    """Return how many passes there are in each kernel of a program."""
    code = kerneled(program).code
    return [len(step.function.notes) for step in code if isinstance(step.function, Kernel)]


@st.composite
def functions(draw):
    """Random functions of four arrays: elementwise calls, sums, products and writes in place."""
    steps = draw(st.lists(st.tuples(
        st.sampled_from((*UNARY, *BINARY, "sum", "product", "look", "in place", "view")),
        st.integers(0, 100), st.integers(0, 100)), min_size=3, max_size=25))  # fmt: skip
    least = draw(st.sampled_from([-1, -2, 4]))  # of few results, others leave their memory

    def f(*xs):
        xs = [*xs]
        for step, i, j in steps:
            x, y = xs[i % len(xs)], xs[j % len(xs)]
            if step == "sum":
                xs.append(x.sum(-1, keepdims=True) if x.ndim else x * 1)
            elif step == "product":
                is_matrix = x.ndim == 2 and x.dtype.kind == "f"
                z = np.dot(np.dot(x, x.T * 0.5), x) if is_matrix else x * 1
                xs += [z, z * (z[j % 2 :].max(initial=0) > 0) if z.ndim else z]
            elif step == "look":
                xs.append(y * (x.max() > 0) if x.size else y)
            elif step == "view":
                xs.append(x[..., ::-1] if x.ndim else x)
            elif step == "in place":
                x = x if x.dtype.kind == "f" else x * 1.0
                z = np.empty_like(x)
                np.multiply(x, 0.5, z)
                z += x
                xs += [z, z - x]
            elif step in UNARY:
                xs.append(step(x))
            else:
                xs.append(step(x, y))
        return [x for x in xs[least:] if isinstance(x, np.ndarray) or x.shape == ()]

    return f


def out_of_line(x):
    """Return a copy whose numbers are where the machine does not want them."""
    copy = np.empty(x.nbytes + 1, np.uint8)[1:].view(x.dtype).reshape(x.shape)
    copy[...] = x
    return copy


@given(functions(), st.lists(st.sampled_from(SHAPES), min_size=4, max_size=4), st.integers(0, 99))
def test_kernels_have_the_bits_of_numpy(f, shapes, seed):
    rng = np.random.default_rng(seed)
    kinds = rng.choice([np.float32, np.float64], 4)
    args = [np.asarray(rng.normal(size=n) * 2, kind) for n, kind in zip(shapes, kinds)]
    for x in args:
        special = rng.random(x.shape) < 0.1
        with np.errstate(over="ignore"):
            x[special] = rng.choice(SPECIAL, x.shape)[special]
    args = [x if x.ndim else x[None] for x in args]
    args = [out_of_line(x) if rng.random() < 0.1 else x for x in args]
    with np.errstate(all="ignore"):
        program, inputs = program_of(f, *args)
        found, failed = Run(program)(inputs)
        wanted = f(*[x.copy() for x in args])
    assert failed == -1
    for x, y in zip(found, wanted, strict=True):
        assert np.asarray(x).dtype == np.asarray(y).dtype
        assert same_bits(x, y)


@pytest.mark.parametrize("size", [1, 7, 255, 256, 5000])
def test_blocks_cover_all_elements(size):
    x, y = np.random.default_rng(size).normal(size=(2, size)).astype(np.float32)
    program, inputs = program_of(lambda x, y: np.tanh(x * y + x) - np.exp(y), x, y)
    assert passes(program) == [5]
    (found,), _ = Run(program)(inputs)
    assert np.array_equal(found, np.tanh(x * y + x) - np.exp(y))


def test_large_arrays_have_the_bits_of_numpy():
    """Their next block is on its way while one is computed; the last ones are of any size."""
    for size in (1_100_003, (1 << 20) + 64):
        x, y = np.random.default_rng(size).normal(size=(2, size)).astype(np.float32)
        program, inputs = program_of(lambda x, y: (x * y + x, x - np.sqrt(abs(y))), x, y)
        found, _ = Run(program)(inputs)
        wanted = x * y + x, x - np.sqrt(abs(y))
        assert all(same_bits(a, b) for a, b in zip(found, wanted, strict=True))


def heirs(f, *args):
    """Return how many results of a program take the memory of an operand."""
    program = kerneled(program_of(f, *args)[0])
    return sum(isinstance(step.function, Heir) for step in program.code)


def test_results_go_into_memory_that_nothing_needs_any_longer():
    x = np.random.default_rng(0).normal(size=(5, 5))
    dot = np.dot

    def layers(x):
        for _ in range(3):
            x = dot(np.tanh(dot(x, x)) * 2, x)
        return x

    assert heirs(layers, x) == 3
    assert heirs(lambda x: dot(np.tanh(x) * 2, x), x) == 0, "an argument"
    assert heirs(lambda x: [y := dot(x, x), dot(np.tanh(y), x)], x) == 0, "a result"
    assert heirs(lambda x: dot(np.tanh(y := dot(x, x)), y), x) == 0, "it is read later"
    assert heirs(lambda x: dot(np.tanh(y := dot(x, x)), (x, y[::-1])[1]), x) == 0, "a view is"
    assert heirs(lambda x: dot(np.tanh(y := dot(x, x)) * y, x), x) == 1, "the last pass may read it"
    assert heirs(lambda x: dot((y := dot(x, x)) * 2 - y[:1], x), x) == 0, "rows are for all"
    assert heirs(lambda x: dot(dot(x, x).astype(np.float32), x), x) == 0, "of another type"
    row = x[:1, :1]
    assert heirs(lambda x: dot(dot(x[0], x) + row, x), x) == 0, "of one axis more"
    two = heirs(lambda x: dot(np.exp(y := dot(x, x)), np.tanh(y)), x)
    assert two == 1, "one has it, and is computed last"


def test_looks_come_right_after_products():
    def f(x):
        y, z = np.dot(x, x), np.dot(x, x.T)
        return y.max(), z.min(), np.dot(y, z)

    program = with_early_looks(program_of(f, np.eye(3))[0])
    names = [step.function.__name__ for step in program.code if step.function.__name__ != "T"]
    assert names == ["dot", "max", "dot", "min", "dot"]


def test_looks_come_after_all_that_they_need():
    """At a view of a product, from a bound or by a mask that are computed later, after a write."""

    def written(x):
        y = np.dot(x, x)
        before = y.max()
        y[0] = x.sum() * 100
        return before, y.max(), y.min()

    def into(x):
        y, room = np.dot(x, x), x[0] * 2
        total = room.sum()
        y.max(axis=0, out=room)
        return total, room

    x = np.random.default_rng(0).normal(size=(4, 4))
    for f in (
        lambda x: np.dot(x, x)[1:].max(),
        lambda x: [y := np.dot(x, x), np.negative(y[:, ::2].T).min(), y.T.any(0), y[1].all()],
        lambda x: np.dot(x, x).max(initial=x.sum() * 100),
        lambda x: (y := np.dot(x, x)).any(axis=0, where=x > y),
        written,
        into,
    ):
        compiled = ag.compile(f, arrays=True)
        for a in (x, -x, x * 3):
            assert repr(compiled(a)) == repr(f(a))
        assert len(compiled.report().programs) == 1


def test_a_sum_in_between_does_not_part_a_kernel():
    def f(x, y):
        z = np.tanh(x * y)
        total = z.sum()
        return total, z * x

    x, y = np.ones((2, 50))
    assert passes(program_of(f, x, y)[0]) == [3]


def test_writes_wait_for_those_who_read_before():
    def f(x):
        y = x * 2
        total = y.sum()
        y *= 3
        again = y.sum()
        y += x
        return total, again, y

    x = np.arange(1.0, 5)
    compiled = ag.compile(f, arrays=True)
    for _ in range(3):
        total, again, y = compiled(x)
        assert (total, again, y.tolist()) == (20.0, 60.0, [7.0, 14.0, 21.0, 28.0])
    assert x.tolist() == [1.0, 2.0, 3.0, 4.0]


def test_memory_that_is_seen_by_two_names_stays_numpys():
    def f(x):
        y = x * 1.0
        y[1:] += y[:-1]
        np.multiply(y[::2], y[1::2], y[::2])
        return y + x

    x = np.arange(1.0, 9)
    assert np.array_equal(ag.compile(f, arrays=True)(x), f(x))


def test_numbers_of_truths_have_memory_of_their_own():
    def f(x):
        numbers = [(x > k).view(np.int8) for k in range(4)]
        turned = (x.reshape(2, -1).T > 1).view(np.int8)
        back = (x > 2).view(np.int8)[::-1]
        return [*numbers, turned, back, (x < 0).view(np.int8) + back, (x + 1).view(np.int8)]

    x = np.random.default_rng(0).normal(size=300) * 3
    compiled = ag.compile(f, arrays=True)
    found = compiled(x)
    compiled(-x)
    for y, z in zip(found, f(x), strict=True):
        assert np.array_equal(y, z)


@pytest.mark.parametrize("size", [10, 300])
@pytest.mark.parametrize("exponent", [-1.0, 0.5, 2.0])
def test_powers_are_those_of_one_exponent_where_numpys_are(exponent, size):
    x = np.random.default_rng(size).random((2, size)) + 0.1
    for y in (np.float32(exponent), np.full(1, exponent, np.float32), np.full((2, 1), exponent)):
        compiled = ag.compile(lambda x, y: np.power(x, y) * 2 + x, arrays=True)
        assert np.array_equal(compiled(x, y), np.power(x, y) * 2 + x)


def test_guards_come_before_what_counts_on_them():
    def f(x, y):
        if (x > y).any():
            return np.log(x - y)
        return np.exp(x + y)

    compiled = ag.compile(f, arrays=True)
    x, y = np.full(6, 2.0), np.ones(6)
    for a, b in ((x, y), (y, x), (x, y)):
        assert np.array_equal(compiled(a, b), f(a, b))


MACHINES = ("any", "avx2", "avx512")


def made_by(machine, loop, operands, kinds, result):
    """Return what a loop of the C core makes of operands, each whole or one for all elements."""
    n = result.size
    sizes = [n if kind == WHOLE else 1 for kind in kinds]
    layout = [
        (k, x.dtype.num, each, x.itemsize, False) for k, x, each in zip(kinds, operands, sizes)
    ]
    layout.append((WHOLE, result.dtype.num, n, result.itemsize, True))
    slots = tuple(range(len(operands) + 1))
    try:
        kernel = library.kernel(n, n, tuple(layout), (), ((loop, 0, slots),), machine)
    except ValueError:
        pytest.skip(f"this machine has no {machine}")
    kernel(*[x[:each] for x, each in zip(operands, sizes)], result)
    return result


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("size", [1, 7, 8, 19, 150])
def test_loops_of_the_core_have_the_bits_of_numpy(machine, size):
    rng = np.random.default_rng(size)
    with np.errstate(all="ignore"):
        for kind in (np.float32, np.float64):
            xs = [
                np.asarray(rng.normal(size=size) * 10.0 ** rng.integers(-40, 38, size), kind)
                for _ in range(2)
            ]
            for x in xs:
                special = rng.random(size) < 0.4
                x[special] = rng.choice(np.asarray(SPECIAL, kind), size)[special]
            for f in OWN:
                for kinds in [(WHOLE,), (ONE,)] if f.nin == 1 else np.ndindex(2, 2):
                    given = xs[: f.nin]
                    wanted = f(*[x if k == WHOLE else x[0] for k, x in zip(kinds, given)])
                    result = np.empty(size, np.asarray(wanted).dtype)
                    found = made_by(
                        machine, f"{f.__name__}_{xs[0].dtype.char}", given, kinds, result
                    )
                    assert same_bits(found, np.broadcast_to(wanted, size)), (f, kinds)
            other = np.float64 if kind is np.float32 else np.float32
            loop = CONVERSIONS[f"{xs[0].dtype.char}->{np.dtype(other).char}"]
            assert same_bits(
                made_by(machine, loop, xs[:1], (WHOLE,), np.empty(size, other)), xs[0].astype(other)
            )


def same_bits(x, y):
    """Return whether arrays have the same bits; any nan is like another."""
    return np.array_equal(x, y, equal_nan=True) and np.array_equal(
        np.signbit(x)[~np.isnan(x)], np.signbit(y)[~np.isnan(y)]
    )


def test_arrays_of_another_form_are_refused_and_nothing_is_written():
    loop = np.add.types.index("dd->d")
    number = np.dtype(float).num
    arrays = (0, number, 4, 8, False), (0, number, 4, 8, False), (0, number, 4, 8, True)
    kernel = library.kernel(4, 64, arrays, (), ((np.add, loop, (0, 1, 2)),))
    x, z = np.ones(4), np.zeros(4)
    kernel(x, x, z)
    assert z.tolist() == [2.0] * 4
    far = out_of_line(np.zeros(4))
    kernel(out_of_line(x), x, far)
    assert far.tolist() == [2.0] * 4
    for wrong in (np.ones(5), np.ones(4, np.float32), [1.0] * 4, np.ones(8)[::2]):
        with pytest.raises(TypeError, match="another form"):
            kernel(wrong, x, z)
        with pytest.raises(TypeError, match="another form"):
            kernel(x, x, wrong)
    with pytest.raises(TypeError, match="takes 3 arrays"):
        kernel(x, z)
    assert z.tolist() == [2.0] * 4


def test_what_kernels_do_not_know_is_refused():
    double, single = np.dtype(float).num, np.dtype(np.float32).num
    whole, one = (0, double, 4, 8, True), (1, double, 1, 8, False)
    total = (4, double, 1, 8, True)
    exp, modf = np.exp.types.index("d->d"), np.modf.types.index("d->dd")
    for layout, sizes, passes_ in (
        ((whole,), (), ((np.exp, 99, (0, 0)),)),
        ((whole,), (), (("no loop", 0, (0, 0)),)),
        ((whole,), (), (("where8", 0, (0, 0)),)),
        ((whole,), (), (("f_to_d", 0, (0, 0)),)),
        ((whole,), (), ((np.exp, exp, (0, 7)),)),
        ((whole,), (), ((np.exp, exp, ()),)),
        ((whole,), (), ((type("numpy.ufunc", (), {})(), exp, (0, 0)),)),
        ((whole,), (4,), ((np.exp, exp, (0, 1)),)),
        ((whole,), (8,), ((np.modf, modf, (0, 1, 0)),)),
        ((whole, one), (), ((np.exp, exp, (0, 1)),)),
        (((0, double, 2, 8, True),), (), ()),
        (((1, double, 1, 8, True),), (), ()),
        (((0, single, 4, 8, True),), (), ()),
        (((0, np.dtype(object).num, 4, 8, True),), (), ()),
        ((), (1 << 60,), ()),
        (((5, double, 4, 8, False),), (), ()),
        (((4, double, 4, 8, True),), (), ()),
        (((4, double, 1, 8, False),), (), ()),
        (((4, np.dtype(int).num, 1, 8, True),), (), ()),
        ((whole, total), (), (("add_d", 0, (0, 0, 1)),)),
        ((whole, total), (), (("negative_d", 0, (1, 0)),)),
        ((whole, total), (), (("sum_f", 0, (0, 1)),)),
        ((whole, total), (), (("sum_d", 0, (0, 0)),)),
        ((whole, total), (), (("sum_d", 0, (1, 1)),)),
        ((whole,), (8,), (("sum_d", 0, (0, 1)),)),
        ((one, total), (), (("sum_d", 0, (0, 1)),)),
        (((-1, double, 4, 8, False),), (), ()),
        ((None,), (), ()),
        ((whole,), (), (None,)),
    ):
        with pytest.raises(ValueError, match="does not know"):
            library.kernel(4, 64, layout, sizes, passes_)
    with pytest.raises(ValueError, match="no elements"):
        library.kernel(0, 64, (whole,), (), ())


def test_a_call_from_inside_a_call_has_its_own_memory():
    special = pytest.importorskip("scipy.special")
    compiled = ag.compile(lambda x: special.gammaln(x) * 2 + x, arrays=True)
    x = np.arange(300.0) + 1
    before = compiled(x)
    found = []

    def show(*_args, **_more):
        found.append(compiled(x))  # its kernel refuses, so that it is recorded anew

    with special.errstate(all="warn"), pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.showwarning", show)
        patch.setattr("warnings.filters", [])
        compiled(np.zeros(300))
    assert found
    assert all(np.array_equal(each, before) for each in found)
    assert np.array_equal(compiled(x), before)
