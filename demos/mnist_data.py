"""The MNIST digits, kept beside this file; see data/README.md for their source and licence."""

from __future__ import annotations

import hashlib
import io
import lzma
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

FILE = Path(__file__).parent / "data" / "mnist.npz.xz"
SHA256 = "8626c14c8f525c2cf3872c413ca0ddfd7c1404034dfd22a4034c91bfd4888ff9"

Array = npt.NDArray[Any]


class Digits(NamedTuple):
    """Images as rows of 784 grey values in [0, 1], float32, and the digits they show."""

    images: Array
    labels: Array


def load(file: Path = FILE, count: int = 50_000) -> tuple[Digits, Digits]:
    """The first `count` of the 60,000 training images, of which the notes use 50,000, and the
    10,000 test images.

    Raises FileNotFoundError where the file is missing and ValueError where its contents are not
    those that this project ships.
    """
    try:
        packed = file.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(
            f"MNIST: {file.name} is missing; it belongs in demos/data"
        ) from None
    if hashlib.sha256(packed).hexdigest() != SHA256:
        raise ValueError(
            f"MNIST: {file.name} is damaged (its SHA-256 differs); restore it from git"
        )
    with np.load(io.BytesIO(lzma.decompress(packed)), allow_pickle=False) as arrays:
        images = {name: arrays[name] for name in arrays.files}
    return (
        _digits(images["train_images"][:count], images["train_labels"][:count]),
        _digits(images["test_images"], images["test_labels"]),
    )


def _digits(images: Array, labels: Array) -> Digits:
    grey = images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
    return Digits(grey, labels.astype(np.int64))
