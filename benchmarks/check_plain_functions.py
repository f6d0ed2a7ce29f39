"""The plain functions that gradient checkers are measured on."""

from benchmarks import (
    check_plain_arrays,
    check_plain_blind_arrays,
    check_plain_blind_noisy,
    check_plain_blind_pieces,
    check_plain_blind_smooth,
    check_plain_blind_solvers,
    check_plain_blind_special,
    check_plain_noisy,
    check_plain_pieces,
    check_plain_smooth,
    check_plain_solvers,
    check_plain_special,
)
from benchmarks.check_plain_making import PLAIN, Plain

PARTS = (
    check_plain_smooth,
    check_plain_special,
    check_plain_solvers,
    check_plain_noisy,
    check_plain_pieces,
    check_plain_arrays,
    check_plain_blind_smooth,
    check_plain_blind_special,
    check_plain_blind_solvers,
    check_plain_blind_noisy,
    check_plain_blind_pieces,
    check_plain_blind_arrays,
)
"""Modules that fill the set when they are imported."""

__all__ = ["PARTS", "PLAIN", "Plain"]
