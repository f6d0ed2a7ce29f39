"""A short run of the random programs of `make fuzz`, and whether it finds what is wrong."""

import pytest

import autograd as ag
from autograd.rules.elementary import TABLE
from tests import fuzz

COUNT = 150


@pytest.mark.skipif(ag.core != "c", reason="it starts the twin itself")
def test_random_programs_are_right_and_alike_in_both_engines() -> None:
    assert fuzz.failures(0, COUNT) == []


def test_programs_are_their_seeds() -> None:
    once, again = (fuzz.outcome(7, with_reference=False) for _ in range(2))
    assert once == again == fuzz.outcome(7, with_reference=True)
    assert once != fuzz.outcome(8, with_reference=False)


@pytest.mark.parametrize("name", ["tanh", "mul", "sqrt"])
def test_partials_that_differ_in_the_tenth_digit_are_found(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the reference are made wrong, for the engine's have been compiled."""
    right = TABLE[name].partials

    def wrong(m: object, *operands: object) -> tuple[object, ...]:
        return tuple([p * (1 + 1e-10) for p in right(m, *operands)])

    monkeypatch.setattr(TABLE[name], "partials", wrong)
    found = [told for seed in range(100) for told in fuzz.outcome(seed, with_reference=True)[0]]
    assert any("right" in told for told in found)
