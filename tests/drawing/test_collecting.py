"""Collections of garbage, held off while pictures are made, go on as they were."""

import gc
from collections.abc import Iterator

import pytest

from autograd import Value, draw
from autograd.drawing.collecting import uncollected


@pytest.fixture(autouse=True, params=[True, False], ids=["on", "off"])
def was_on(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Collections on or off before; afterwards they are as the test run needs them."""
    (gc.enable if request.param else gc.disable)()
    yield request.param
    gc.enable()


def test_they_are_off_inside_and_as_before_after_it(was_on: bool) -> None:
    with uncollected():
        assert not gc.isenabled()
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled(), "the inner one does not end the outer one"
    assert gc.isenabled() is was_on


@pytest.mark.parametrize("raised", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_they_are_as_before_after_an_error_and_an_interrupt(
    was_on: bool, raised: type[BaseException]
) -> None:
    @uncollected()
    def made() -> None:
        assert not gc.isenabled()
        raise raised

    for _ in range(2):  # as a decorator it holds for each call
        with pytest.raises(raised):
            made()
        assert gc.isenabled() is was_on


def test_they_are_as_before_after_a_drawing_and_one_that_fails(
    was_on: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "<svg" in draw(Value(2.0) * 3.0).svg
    assert gc.isenabled() is was_on

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("autograd.drawing.svg._laid_out", interrupted)
    with pytest.raises(KeyboardInterrupt):
        _ = draw(Value(2.0) * 3.0).svg
    assert gc.isenabled() is was_on
