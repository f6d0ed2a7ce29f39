"""Bad input: one line that names the function, says what it got and what it needs."""

from typing import Any

import pytest

import autograd as ag
from autograd import Tensor
from autograd.rules.elementary import BUILT_IN, TABLE

pytestmark = pytest.mark.both


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_an_operand_too_many_is_refused_and_nothing_is_written(name: str) -> None:
    """NumPy's ufuncs take it for an array to write into."""
    operands: list[Any] = [Tensor([1.0, 2.0]) for _ in range(len(TABLE[name].operands) + 1)]
    with pytest.raises(TypeError, match=rf"^{name}: got {len(operands)} operands; it needs"):
        getattr(ag, name)(*operands)
    assert all(x.data.tolist() == [1.0, 2.0] for x in operands)
