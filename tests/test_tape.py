"""The tape machine of the C core: programs run as their operations do, and no program harms it."""

import itertools
import os
import subprocess
import sys
import textwrap
import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import compiled
from tests.programs import EDGES, OPERANDS, Listing, listings, numbers, same

pytestmark = [
    pytest.mark.both,
    pytest.mark.skipif(compiled.core != "c", reason="it is a part of the C core"),
]


def tape(listing: Listing) -> Any:
    assert compiled.library
    return compiled.library.tape(*listing)


@pytest.mark.parametrize("op", OPERANDS)
def test_an_operation_is_that_of_floats_to_the_last_bit(op: str) -> None:
    n = OPERANDS[op]
    listing = Listing(n, (), ((op, tuple(range(n))),), (n,), ())
    machine = tape(listing)
    for xs in itertools.product((*EDGES, 0.3, -2.7, 3.0, 1e17), repeat=n):
        assert same(machine.run(xs), listing.run(xs)), xs


@given(listings(), st.data())
def test_a_program_gives_what_its_operations_do(listing: Listing, data: st.DataObject) -> None:
    machine = tape(listing)
    for _ in range(2):  # in the same arena
        xs = [data.draw(numbers) for _ in range(listing.inputs)]
        expected = listing.run(xs)
        assert same(machine.run(xs), expected)
        assert same(machine.run(tuple(xs)), expected)
        out = np.zeros(len(listing.outputs))
        failed = machine.run(np.array(xs), out)
        assert same(expected if failed == -1 else failed, expected)
        assert failed != -1 or same(out, expected)


def test_places_are_used_again() -> None:
    """So that a long chain takes no more memory than a short one."""
    chain = tuple(("mul", (max(k - 1, 0), 0)) for k in range(1, 100_000))
    before = sys.getallocatedblocks()
    machine = tape(Listing(1, (), chain, (len(chain),), ()))
    assert machine.run([1.0]) == [1.0]
    assert machine.places == 2
    assert sys.getallocatedblocks() < before + 1000


MALFORMED: dict[str, tuple[Any, ...]] = {
    "got -1 inputs": (-1, (), (), (), ()),
    "got 4611686018427387904 inputs": (2**62, (), (), (), ()),
    "no operation": (1, (), (("frobnicate", (0,)),), (), ()),
    "2 operands; it needs 1": (1, (), (("exp", (0, 0)),), (), ()),
    "0 operands; it needs 2": (1, (), (("add", ()),), (), ()),
    "slot 1": (1, (), (("exp", (1,)),), (), ()),
    "slot -1": (1, (), (("exp", (-1,)),), (), ()),
    "slot 36893488147419103232": (1, (), (("exp", (2**65,)),), (), ()),
    "slot 0.0": (1, (), (("exp", (0.0,)),), (), ()),
    "output 0 has slot 2": (1, (), (("exp", (0,)),), (2,), ()),
    "guard 0 has slot 2": (1, (), (("exp", (0,)),), (), ((2, True),)),
    "instruction 0 is ('exp',)": (1, (), (("exp",),), (), ()),
    "instruction 0 is 'exp'": (1, (), ("exp",), (), ()),
    "instruction 0 is (5, ": (1, (), ((5, (0,)),), (), ()),
    "guard 0 is 3": (1, (), (), (), (3,)),
    "must be real number": (1, ("a",), (), (), ()),
    "must be tuple": (1, [], (), (), ()),
}


@pytest.mark.parametrize("message", MALFORMED)
def test_a_malformed_program_is_refused_in_one_line(message: str) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)) as error:
        tape(MALFORMED[message])  # type: ignore[arg-type]
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.skipif(
    sys.platform != "linux" or "LD_PRELOAD" in os.environ, reason="memory is limited otherwise"
)
def test_where_memory_ends_there_is_an_error() -> None:
    """At every size: some of it is found before there is none."""
    program = """
        import resource
        from autograd import compiled
        resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
        for k in range(22, 28):
            try:
                compiled.library.tape(2**k, (), (), (0,), ()).run(bytes())
            except (MemoryError, TypeError) as error:
                print(type(error).__name__)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[0] == "TypeError"  # of the inputs
    assert done.stdout.split()[-1] == "MemoryError"


def test_inputs_and_outputs_of_another_form_are_refused() -> None:
    machine = tape(Listing(2, (), (("add", (0, 1)),), (2,), ()))
    for wrong in (
        [1.0],
        (1.0, 2.0, 3.0),
        np.zeros(3),
        np.zeros(2, "f4"),
        "ab",
        3.0,
        ["a", "b"],
        b"12",
    ):
        with pytest.raises((TypeError, ValueError)):
            machine.run(wrong)
    for wrong in (np.zeros(2), np.zeros(1, "f4"), np.zeros(1)[::-1][:0], 3.0, bytes(8)):
        with pytest.raises((TypeError, ValueError, BufferError)):
            machine.run([1.0, 2.0], wrong)
    frozen = np.zeros(1)
    frozen.flags.writeable = False
    with pytest.raises((TypeError, ValueError, BufferError)):
        machine.run([1.0, 2.0], frozen)
    assert machine.run([1.0, True]) == [2.0]


def test_a_list_that_shrinks_while_it_is_read_is_refused() -> None:
    class Shrinking:
        def __float__(self) -> float:
            xs.clear()
            return 1.0

    xs: list[Any] = [Shrinking(), 2.0]
    with pytest.raises(RuntimeError, match="change"):
        tape(Listing(2, (), (("add", (0, 1)),), (2,), ())).run(xs)


def test_a_run_inside_a_run_and_runs_in_threads_have_arenas_of_their_own() -> None:
    code = tuple(("sin" if k % 2 else "cos", (k,)) for k in range(20_000))  # the lock is let go
    listing = Listing(1, (), code, (len(code), 1), ())
    machine = tape(listing)

    class Nested:
        def __float__(self) -> float:
            machine.run([5.0])
            return 0.5

    assert machine.run([Nested()]) == machine.run([0.5]) == listing.run([0.5])
    points = [0.1 * k for k in range(8)]
    expected, found = {x: listing.run([x]) for x in points}, {}
    threads = [
        threading.Thread(
            target=lambda x=x: found.update({x: [machine.run([x]) for _ in range(20)]})
        )  # type: ignore[misc]
        for x in points
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(run == expected[x] for x in points for run in found[x])
