"""The demos that work through the lecture notes: what they compute, and what they say they print."""

import io
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import autograd as ag
from demos import absolute_value, check_the_notes, notes_001, slowdown, worked_example
from demos.check_the_notes import Formula, judge

FORMULAS = [(note, row) for note, rows in check_the_notes.formulas().items() for row in rows]
DEMOS = (absolute_value, check_the_notes, slowdown, worked_example)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[ModuleType, list[str]]:
    """The lines that each demo prints, run once."""
    lines = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slowdown, "OUT", tmp_path_factory.mktemp("out"))
        for demo in DEMOS:
            with redirect_stdout(io.StringIO()) as out:
                demo.main(["--points", "2"] if demo is check_the_notes else [])
            lines[demo] = out.getvalue().splitlines()
    return lines


@pytest.mark.parametrize("demo", DEMOS, ids=lambda demo: demo.__name__)
def test_docstrings_show_what_is_printed(
    demo: ModuleType, printed: dict[ModuleType, list[str]]
) -> None:
    *_, block = (demo.__doc__ or "").rstrip().split("\n\n")
    for line in block.splitlines():
        shown = line.removeprefix("    ").removesuffix("...")  # what differs by machine is left out
        assert any(p.rstrip().startswith(shown) for p in printed[demo]), line


def test_every_verdict_is_the_expected_one_and_every_correction_right(
    printed: dict[ModuleType, list[str]],
) -> None:
    expected = []
    for note, row in FORMULAS:
        expected.append(f"{note}  {row.where:17}  {row.expected}  {row.text}")
        if row.corrected:
            expected.append(f"{'':24}right  should be {row.should}")
    *lines, last = printed[check_the_notes]
    assert lines == expected
    wrong = sum(row.expected == "wrong" for _, row in FORMULAS)
    right = len(FORMULAS) - wrong
    assert (
        last == f"{len(FORMULAS)} formulas: {right} right, {wrong} wrong; corrected: {wrong} right"
    )


def slightly_off(f: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(f)  # the quantities are found by the names of the parameters
    def off(*quantities: Any) -> Any:
        return 1.001 * np.asarray(f(*quantities)) + 0.001

    return off


def test_a_slightly_sabotaged_formula_is_called_wrong() -> None:
    for _, row in FORMULAS[::20]:
        claim = row.corrected or row.printed
        assert judge(row, slightly_off(claim), points=1) == "wrong", row.text


def test_one_point_is_not_enough() -> None:
    (row,) = (row for _, row in FORMULAS if row.where == "2.3, c, line 3")

    def only_ones(rng: np.random.Generator) -> dict[str, Any]:
        return {**row.setting(rng), "y": np.ones(2)}

    assert judge(replace(row, setting=only_ones), row.printed) == "right"  # by accident
    assert judge(row, row.printed) == "wrong"


def test_no_reading_of_z_saves_step_3_of_notes_001() -> None:
    """If z were s(theta^T a), as restated there, line 1 would be right, but nothing after it."""
    s, ds, cost = ag.sigmoid, notes_001.ds, notes_001.cost
    z_by_theta = Formula(notes_001.output, lambda theta, a: s(theta @ a), "theta", "", "", ds)
    assert judge(z_by_theta, lambda theta, a: ds(theta @ a) * a) == "right"
    assert judge(z_by_theta, lambda theta, a: ds(s(theta @ a)) * a) == "wrong"
    cost_by_theta = replace(z_by_theta, of=lambda theta, a, y: cost(y, s(s(theta @ a))))

    def printed(theta: Any, a: Any, y: Any) -> Any:
        z = s(theta @ a)
        return ds(z) ** 2 * (y - s(z)) * a

    def with_the_sign_mended(theta: Any, a: Any, y: Any) -> Any:
        return -printed(theta, a, y)

    assert judge(cost_by_theta, printed) == "wrong"
    assert judge(cost_by_theta, with_the_sign_mended) == "wrong"


def test_a_table_that_names_the_wrong_quantity_is_refused() -> None:
    with pytest.raises(ValueError, match="does not name 'z'"):
        Formula(notes_001.output, ag.sigmoid, "z", "step 2", "ds/dz", notes_001.ds)
    with pytest.raises(SystemExit):
        check_the_notes.main(["--points", "0"])


@pytest.mark.parametrize("seed", range(3))
def test_hand_engine_and_differences_agree(seed: int) -> None:
    given = worked_example.example(np.random.default_rng(seed))
    hand = worked_example.by_hand(worked_example.forward(given))
    engine = worked_example.by_engine(given)
    weights = {name for name in given if "theta" in name}
    assert weights < hand.keys()
    assert len(weights) == 2 * (4 + 1) + 3 * (2 + 1) + 1 * (3 + 1)
    assert len(hand.keys() - weights) == 2 * (2 + 3 + 1)  # by the z and the a of each neuron
    for name, d in hand.items():
        assert engine[name] == pytest.approx(d, rel=1e-9), name
        assert worked_example.by_differences(given, name) == pytest.approx(d, rel=1e-6), name


def test_two_relus_make_an_absolute_value() -> None:
    given = absolute_value.network(absolute_value.GIVEN)
    xs = np.linspace(-3, 3, 25)
    assert absolute_value.outputs(given, xs).tolist() == np.abs(xs).tolist()
    assert absolute_value.weights_of(given) == absolute_value.GIVEN
    data = absolute_value.samples(np.random.default_rng(absolute_value.SEED))
    nets = [absolute_value.learned(*data, seed) for seed in range(absolute_value.STARTS)]
    best = min(nets, key=absolute_value.error)
    assert absolute_value.error(best) < absolute_value.NOISE
    weights = absolute_value.weights_of(best)
    slopes = sorted(v * w for v, w in zip(weights.W1, weights.W2))
    assert slopes == pytest.approx([-1, 1], abs=0.1)


def test_the_notes_gradients_of_the_neuron(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, loss in slowdown.COSTS.items():
        moments = slowdown.learn(loss)
        report = slowdown.check(name, moments[::50])
        assert report.count("right") == len(report.entries) == 2 * len(moments[::50])
        assert moments[0].slope == pytest.approx(slowdown.GRADIENTS[name](2.0, 2.0)[0], rel=1e-12)
    monkeypatch.setitem(slowdown.GRADIENTS, "cross-entropy", slowdown.quadratic_gradient)
    with pytest.raises(ag.GradientCheckError):
        slowdown.check("cross-entropy", moments[:1])


def test_cross_entropy_cures_the_slowdown() -> None:
    slow, fast = (slowdown.learn(loss) for loss in slowdown.COSTS.values())
    assert slow[0].output == fast[0].output > 0.98
    assert slow[50].output > 0.95
    assert fast[50].output < 0.1


def test_the_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(slowdown, "OUT", tmp_path)
    slowdown.main()
    assert [file.name for file in tmp_path.iterdir()] == ["slowdown.png"]
    assert (tmp_path / "slowdown.png").read_bytes().startswith(b"\x89PNG")
    (tmp_path / "slowdown.png").unlink()
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)  # as if it were not installed
    slowdown.main()
    assert not list(tmp_path.iterdir())
    assert "no picture" in capsys.readouterr().out
