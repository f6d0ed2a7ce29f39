"""Functions of HIPS's autograd, whose package has our name: they run in a process of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd.checking import gradcheck

HIPS = Path(__file__).parents[2] / ".peers" / "hips"
if not HIPS.exists():
    pytest.skip("HIPS's autograd is not here: make test-interop", allow_module_level=True)

PROGRAM = """
import json, sys
import autograd.numpy as np
from autograd import value_and_grad
from autograd.extend import defvjp, primitive

@primitive
def logsumexp(x):
    largest = np.max(x)
    return largest + np.log(np.sum(np.exp(x - largest)))

defvjp(logsumexp, lambda y, x: lambda g: g * FACTOR * np.exp(x - y))

def loss(x):
    return logsumexp(x * x) + np.sum(np.tanh(x))

for line in sys.stdin:
    value, slope = value_and_grad(loss)(np.array(json.loads(line)))
    print(json.dumps([float(value), slope.tolist()]), flush=True)
"""


@pytest.fixture
def loss(tmp_path: Path) -> Iterator[Callable[[str], Callable[[Any], Any]]]:
    """What asks a process for the value and the gradient, which a factor makes wrong."""
    workers: list[Any] = []

    def made(factor: str) -> Callable[[Any], Any]:
        program = tmp_path / "worker.py"
        program.write_text(PROGRAM.replace("FACTOR", factor))
        worker = subprocess.Popen(
            [sys.executable, program],
            env={**os.environ, "PYTHONPATH": str(HIPS)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        workers.append(worker)

        def pair(x: Any) -> Any:
            print(json.dumps(x.tolist()), file=worker.stdin, flush=True)
            value, slope = json.loads(worker.stdout.readline())
            return value, np.array(slope)

        return pair

    yield made
    for worker in workers:
        worker.stdin.close()
        worker.wait()
        worker.stdout.close()


def test_its_documented_examples_have_the_numbers_that_are_held() -> None:
    """The tests hold ours against them, in tests/tutorials."""
    program = Path(__file__).parent.parent / "tutorials" / "hips.py"
    env = {**os.environ, "PYTHONPATH": str(HIPS)}
    told = subprocess.run([sys.executable, program], env=env, capture_output=True, check=True)
    held = json.loads(program.with_suffix(".json").read_text())
    for name, numbers in json.loads(told.stdout).items():
        np.testing.assert_allclose(numbers, held[name], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("factor", "verdict"), [("1.0", "right"), ("1.1", "wrong")])
def test_a_primitive_in_a_process_of_its_own(loss: Any, factor: str, verdict: str) -> None:
    report = gradcheck(loss(factor), np.array([0.3, -1.2, 2.0]), jac=True, raise_error=False)
    assert report.verdict == verdict
