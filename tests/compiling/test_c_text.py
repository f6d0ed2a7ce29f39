"""Programs as files of C: compiled with nothing else, they give the same numbers."""

import ctypes
import math
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd.compiling.c_text import c_text
from autograd.compiling.program import Program
from autograd.trees import flatten
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
    warnings = ("-Wall", "-Wextra", "-Werror", "-pedantic", "-std=c99", "-ffp-contract=off")
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


FUNCTIONS: dict[str, tuple[Callable[..., Any], list[Any]]] = {
    "hessian": (ag.hessian(lambda v: sum([x**3 for x in v]) * v[0]), [[1.0, 2.0, 3.0]]),
    "tree": (lambda p, n: {"b": p["x"] ** n, "a": [p["y"], 1.0, None, True, 3]}, [{"x": 2.0, "y": 3.0}, 3]),
    "constants": (lambda x: [math.nan, math.inf, -math.inf, -0.0, 1e-310, 0.1, x], [1.0]),
    "nothing_of_it": (lambda x: 7.0, [1.0]),
    "of_nothing": (lambda: [3.0], []),
    "nothing": (lambda x: None, [1.0]),
    "conditions": (lambda x, y: [x < y, ag.where(x < y, x, y), np.isnan(x)], [1.0, 2.0]),
    "inputs": (lambda x, y: y, [1.0, 2.0]),
    "y0_": (ag.value_and_grad(lambda v: ag.logsumexp([*v]) + ag.gelu(v[0])), [[0.5, -1.0]]),
}  # fmt: skip


def test_files_of_c_are_without_warnings_and_give_the_same_bits(tmp_path: Path) -> None:
    """In one file, which C++ takes too."""
    compiled = {name: ag.compile(f) for name, (f, _) in FUNCTIONS.items()}
    expected = {name: compiled[name](*args) for name, (_, args) in FUNCTIONS.items()}
    text = "".join([each.c_source(name) for name, each in compiled.items()])
    library = built(text, tmp_path)
    for name, (_, args) in FUNCTIONS.items():
        x = [x for x in flatten(args)[0] if isinstance(x, float)]
        wanted = [float(x) for x in flatten(expected[name])[0]]
        assert bits(run(library, name, x, len(wanted)) or []) == bits(wanted), name
    if cpp := shutil.which("c++"):
        (source := tmp_path / "program.cpp").write_text(text)
        command = [cpp, "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", str(source)]
        subprocess.run(command, check=True)


@pytest.mark.parametrize(
    "name",
    [
        "int",
        "restrict",
        "class",
        "and",
        "main",
        "sin",
        "fabs",
        "isnan",
        "NAN",
        "",
        "1a",
        "été",
        3,
        None,
    ],
)
def test_names_that_no_function_can_have_are_refused(name: Any) -> None:
    compiled = ag.compile(lambda x: x)
    with pytest.raises(ValueError, match=r"^c_source: got no program; call the function first$"):
        compiled.c_source("f")
    compiled(1.0)
    with pytest.raises(
        ValueError, match=r"^c_source: got .*; it must be the name of a new function"
    ):
        compiled.c_source(name)


def test_what_is_refused() -> None:
    one, two = Program(1, (), (), (0,)), Program(2, (), (), (0,))
    for programs, name, message in (
        ([], "f", "no program"), ([(one, [0]), (two, [0])], "f", "2 signatures"), ([(one, [0])], "a b", "'a b'"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=f"^c_source: got .*{message}"):
            c_text(programs, name)
