"""Programs as files of C: compiled with nothing else, they give the same numbers."""

import ctypes
import shutil
import subprocess
from pathlib import Path

import pytest

import autograd as ag
from autograd.compiling.c_text import c_text
from autograd.compiling.program import Program
from tests.compiling.programs import bits, is_decided, random_inputs, random_program

CC = shutil.which("cc")
pytestmark = pytest.mark.skipif(CC is None, reason="it needs a C compiler")


def run(library: ctypes.CDLL, name: str, inputs: list[float], outputs: int) -> list[float] | None:
    """The outputs, or None where no program fits."""
    y = (ctypes.c_double * outputs)()
    fails = getattr(library, name)((ctypes.c_double * len(inputs))(*inputs), y)
    return None if fails else [*y]


def built(text: str, folder: Path) -> ctypes.CDLL:
    source, library = folder / "program.c", folder / "program.so"
    source.write_text(text)
    warnings = ("-Wall", "-Werror", "-std=c99", "-ffp-contract=off")
    command = [
        str(CC),
        "-O1",
        "-fPIC",
        "-shared",
        *warnings,
        str(source),
        "-o",
        str(library),
        "-lm",
    ]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(library))


def test_random_programs_have_the_same_bits(tmp_path: Path) -> None:
    programs = {f"f{seed}": random_program(seed) for seed in range(40)}
    library = built(
        "".join(c_text([(p, range(len(p.outputs)))], name) for name, p in programs.items()),
        tmp_path,
    )
    for name, program in programs.items():
        for seed in range(20):
            x = random_inputs(seed, program.inputs)
            outputs, failed = program.evaluate(x)
            found = run(library, name, x, len(outputs))
            if is_decided(program, x):
                assert (found is None) == (failed >= 0)
                assert found is None or bits(found) == bits(outputs)


def test_value_and_gradient_in_every_branch_that_was_met(tmp_path: Path) -> None:
    @ag.compile
    @ag.value_and_grad
    def price(x: list[float]) -> float:
        gain = ag.exp(x[0]) * x[1] - x[2]
        return gain if gain > 0 else ag.tanh(gain) * 0.0

    points = [[0.1, 2.0, 1.0], [0.1, 2.0, 3.0]]
    expected = [price(point) for point in points]
    library = built(price.c_source("price"), tmp_path)
    for point, (value, slopes) in zip(points, expected):
        assert run(library, "price", point, 4) == [value, *slopes]
    price.clear()
    price(points[0])
    text = price.c_source("price")
    assert "3 inputs, 4 outputs" in text
    (other := tmp_path / "other").mkdir()
    assert run(built(text, other), "price", points[1], 4) is None


def test_what_is_refused() -> None:
    one, two = Program(1, (), (), (0,)), Program(2, (), (), (0,))
    for programs, name, message in (
        ([], "f", "0 signatures"), ([(one, [0]), (two, [0])], "f", "2 signatures"), ([(one, [0])], "a b", "'a b'"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=f"^c_source: got .*{message}"):
            c_text(programs, name)
