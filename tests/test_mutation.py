"""Our own rules on trial: slightly wrong ones are found out, and the right ones are not accused.

These are samples; `make mutants` tries every rule and mutant and prints what became of each.
"""

from collections import Counter
from typing import Any

import pytest

from autograd.rules.elementary import TABLE
from tests.mutation import programs, rows
from tests.mutation.trial import COURTS, accused, trial


def test_right_rules_of_a_sample_are_not_accused() -> None:
    assert accused(every=40) == []


def test_no_mutant_of_a_sample_lives_without_a_reason() -> None:
    verdicts = list(trial(share=0.02, seed=1))
    alive = [f"{v.mutant.rule}, {v.mutant.kind}: {v.mutant.change}" for v in verdicts if v.lives]
    assert not alive, "\n".join(alive)
    killed = Counter(v.mutant.family for v in verdicts if v.killed_by)
    assert min(killed[family] for family in ("rows", *COURTS)) >= 1
    assert killed.total() >= 0.9 * len(verdicts)


@pytest.mark.parametrize(
    ("name", "wrong", "killer"),
    [
        ("tanh", lambda m, x, z: (1.001 * (1 - z * z),), "differences"),
        ("exp", lambda m, x, z: (1 + m.expm1(x),), "digits"),
        ("relu", lambda m, x, z: (m.where(x < 0, 0, 1),), "edges"),
        ("square", lambda m, x, z: (2 * x.data if hasattr(x, "data") else 2 * x,), "second derivatives"),
    ],
)  # fmt: skip
def test_each_check_finds_out_what_the_others_do_not(name: str, wrong: Any, killer: str) -> None:
    assert rows.killer(TABLE[name], wrong) == killer


@pytest.mark.parametrize(
    ("family", "rule", "change"),
    [
        ("pullbacks", "matmul by 0", "y.mT -> y"),
        ("pullbacks", "_before", "g * slope -> g"),
        ("n-ary", "_probabilities", "each[:i] + each[i + 1:] -> each[:i]"),
        ("sweeps", "Value.backward", "adjoint[parent] += g * partial -> adjoint[parent] = g * partial"),
        ("sweeps", "Tensor.backward", "sum_to_shape(share, data.shape) -> share"),
    ],
)  # fmt: skip
def test_a_wrong_program_is_found_out(family: str, rule: str, change: str) -> None:
    court = COURTS[family]
    (target,) = (each for each in court.targets() if each.name == rule)
    found = [each for each in programs.changes(target.function) if each.what.startswith(change)]
    assert found
    assert all(court.killer(target, each.function) for each in found)
