"""How many files a reader goes through to see how something happens."""

import sys
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor

HERE = str(Path(ag.__file__).parent)


def files_entered(run: Any) -> set[str]:
    """The files of the package, and those that are made from the table, whose functions run."""
    found = set()

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        file = frame.f_code.co_filename
        if event == "call" and (file.startswith((HERE, "<"))):
            found.add(file)

    sys.setprofile(profile)
    try:
        run()
    finally:
        sys.setprofile(None)
    return found


def test_a_function_of_numpy_and_its_backward_pass() -> None:
    """Also once some other Tensor was written into."""
    other = Tensor([1.0]) * 1.0
    other[0] = Tensor(2.0)
    other.backward()

    def run() -> None:
        t, u = leaves
        np.exp(t * u).sum().backward()

    for _ in range(2):  # what is made when it is first needed is there the second time
        leaves = Tensor([0.5, 1.0]), Tensor([2.0, 3.0])
        found = files_entered(run)
    assert len(found) <= (6 if ag.core == "c" else 12), found


def test_a_check_makes_few_calls() -> None:
    """Of Python functions, NumPy's and the checked one included."""
    calls = 0

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    for _ in range(2):
        calls = 0
        sys.setprofile(profile)
        try:
            ag.gradcheck(lambda x: x**3, 1.3)
        finally:
            sys.setprofile(None)
    assert calls <= (700 if ag.core == "c" else 1000), calls
