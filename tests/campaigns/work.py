"""Functions for processes of campaigns: what imports little begins soon."""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np

import autograd as ag


def square(x: Any) -> Any:
    return x * x


def odd(x: int) -> Any:
    """A result, a failure, the end of its process, or what can't be sent back."""
    if x == 3:
        raise ValueError("three\nand more")
    if x == 5:
        raise SystemExit("five")
    if x == 7:
        os._exit(1)
    if x == 9:
        return (each for each in "x")
    return x * x


def slow(x: int) -> int:
    time.sleep(0.02)
    return x * x


def wave(point: tuple[float, Any]) -> Any:
    x, y = point
    if x < 0:
        raise ValueError("below 0")
    return {"sum": ag.sin(x) * y[0] + y[1], "both": [x, y * x]}


def bowl(x: Any) -> Any:
    return np.sum((x * x - 1.0) ** 2) + 0.1 * x[0]


class NotLoaded:
    """A function that can be sent, and not be loaded."""

    def __call__(self, x: int) -> int:
        return x

    def __reduce__(self) -> Any:
        return _refuse, (os.getpid(),)


def _refuse(pid: int) -> Any:
    raise ImportError("no such thing here")


def once(folder: str, x: int) -> int:
    """End the process at the first point that says so, but only once."""
    there = Path(folder) / str(x)
    if x % 4 == 1 and not there.exists():
        there.touch()
        os._exit(1)
    return x


def gated(folder: str, x: int) -> int:
    """Wait at 20 for ever, unless the gate is open."""
    if x == 20 and not (Path(folder) / "open").exists():
        (Path(folder) / f"waits{os.getpid()}").touch()
        while True:
            time.sleep(0.05)
    return x * x
