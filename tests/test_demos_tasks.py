"""The demos of the notes' tasks on real data: what they print, and what they take care of."""

import signal
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import autograd as ag
import nn
from demos import __main__ as all_demos
from demos import classification, logistic, mnist_data, real_data, regression


@pytest.mark.parametrize("demo", [classification, logistic, regression], ids=lambda d: d.__name__)
def test_docstrings_show_what_is_printed(
    demo: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    demo.main([])
    *_, block = (demo.__doc__ or "").rstrip().split("\n\n")
    shown = [line.removeprefix("    ") for line in block.splitlines()]
    assert capsys.readouterr().out.splitlines() == shown


def test_inputs_are_standardised_by_those_to_learn_from() -> None:
    X = np.random.default_rng(1).normal(3.0, 2.0, (40, 3))
    X[:, 1] = 7.0
    data = real_data.split(X, np.arange(40))
    assert (len(data.X), len(data.X_test)) == (30, 10)
    assert sorted([*data.Y, *data.Y_test]) == list(range(40))
    assert np.allclose(data.X.mean(0), 0)
    assert np.allclose(data.X.std(0), [1, 0, 1])
    again = X.copy()
    again[data.Y_test] += 100.0  # other examples to test with change nothing in those to learn from
    other = real_data.split(again, np.arange(40))
    assert np.array_equal(other.X, data.X)
    assert (other.X_test[:, [0, 2]] > data.X_test[:, [0, 2]] + 10).all()


def test_without_scikit_learn_there_is_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(SystemExit, match=r"not installed: pip install scikit-learn$"):
        regression.main([])


def test_make_demo(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """All run in order, and end in one line after Ctrl-C or where the data are damaged."""
    ran = []
    for _, demo, _ in all_demos.DEMOS:
        monkeypatch.setattr(demo, "main", lambda arguments, name=demo.__name__: ran.append(name))
    assert all_demos.main() == 0
    assert ran == [demo.__name__ for _, demo, _ in all_demos.DEMOS]
    assert (
        "\n2. Every operation's derivative, checked (demos/checks.py)\n---"
        in capsys.readouterr().out
    )

    handler = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(logistic, "main", lambda _: interrupted_fit())
    assert all_demos.main() == 130
    assert capsys.readouterr().err == "\ninterrupted\n"
    assert signal.getsignal(signal.SIGINT) is handler

    monkeypatch.setattr(logistic, "main", lambda _: mnist_data.load(Path("gone.xz")))
    assert all_demos.main() == 1
    assert capsys.readouterr().err == "MNIST: gone.xz is missing; it belongs in demos/data\n"


def interrupted_fit() -> None:
    w = ag.Value(0.0)
    nn.fit(
        lambda x: w * x, [1.0], [1.0],
        loss=nn.mse, optimizer=nn.SGD([w], lr=0.1), epochs=9, batch_size=1,
        callbacks=[lambda *_: signal.raise_signal(signal.SIGINT)],
    )  # fmt: skip
