"""The demos in a short form, their data, and what the README and the docstrings promise."""

import hashlib
import multiprocessing
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd
import demos
from demos import checks, compiled_pricing, fit, mnist, mnist_data, mnist_further, neuron

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


@pytest.fixture(autouse=True)
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for what the demos draw."""
    for module in (demos, neuron, mnist):
        monkeypatch.setattr(module, "OUT", tmp_path)
    return tmp_path


def test_the_digits() -> None:
    train, test = mnist_data.load()
    assert train.images.shape == (50_000, 784)
    assert test.images.shape == (10_000, 784)
    assert train.images.dtype == np.float32
    assert (train.images.min(), train.images.max()) == (0.0, 1.0)
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert np.bincount(test.labels).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip


def test_damaged_or_missing_data_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"^MNIST: gone\.xz is missing"):
        mnist_data.load(tmp_path / "gone.xz")
    damaged = tmp_path / "damaged.xz"
    damaged.write_bytes(mnist_data.FILE.read_bytes()[:-1] + b"x")
    with pytest.raises(ValueError, match=r"^MNIST: damaged\.xz is damaged"):
        mnist_data.load(damaged)
    assert mnist_data.SHA256 in (ROOT / "demos/data/README.md").read_text()
    assert hashlib.sha256(mnist_data.FILE.read_bytes()).hexdigest() == mnist_data.SHA256


def test_fit(capsys: pytest.CaptureFixture[str]) -> None:
    fit.main()
    printed = capsys.readouterr().out
    assert printed in "".join(f"{line.strip()}\n" for line in (fit.__doc__ or "").splitlines())
    for start in fit.STARTS:
        b, deviations, squares = fit.fit(start)
        assert fit.digits(b, fit.CERTIFIED) >= 6
        assert fit.digits(deviations, fit.CERTIFIED_DEVIATIONS) >= 6
        assert fit.digits([squares], [fit.CERTIFIED_SQUARES]) >= 6


def test_compiled_pricing(capsys: pytest.CaptureFixture[str]) -> None:
    """It prints what its docstring shows, but for times."""
    compiled_pricing.main()
    *_, block = (compiled_pricing.__doc__ or "").rstrip().split("\n\n")
    printed, shown = (
        [re.sub(r"\d+\.\d\d$", "time", line.strip()) for line in text.splitlines()]
        for text in (capsys.readouterr().out, block)
    )
    assert [line.split() for line in printed] == [line.split() for line in shown]


def test_the_table_of_functions_is_current() -> None:
    command = "import make_functions; print(make_functions.document(), end='')"
    found = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT / "docs", capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert found.stdout == (ROOT / "docs/functions.md").read_text()


def test_neuron(capsys: pytest.CaptureFixture[str], pictures: Path) -> None:
    neuron.main()
    assert "do/dw1 =  1.000000    at w1 = -3.000000" in capsys.readouterr().out
    assert (pictures / "neuron.svg").read_text().startswith("<svg")


def test_checks(capsys: pytest.CaptureFixture[str]) -> None:
    checks.main(["--points", "1"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(autograd.rules.elementary.TABLE) + 2
    assert re.fullmatch(r"[\d,]+ derivatives checked, 0 wrong", lines[-1])


def test_mnist(capsys: pytest.CaptureFixture[str], pictures: Path) -> None:
    short = ["--epochs", "2", "--images", "2000", "--seeds", "0", "1", "--processes", "1"]
    mnist.main(short)
    out = capsys.readouterr().out
    found = re.findall(r"best epoch (\d+\.\d+) %, final (\d+\.\d+) %", out)
    assert len(found) == 8
    assert all(float(best) >= float(final) > 10 for best, final in found)
    table = re.findall(r"^([\w-]+, \d+) hidden +(\d+\.\d+) +(\d+\.\d+) +(\d+\.\d+)$", out, re.M)
    assert [row[3] for row in table] == ["95.49", "95.42", "96.82", "96.59"]
    assert float(table[2][1]) > 75
    assert "<svg" in (pictures / "mnist.svg").read_text()
    for demo in (mnist, mnist_further):
        with pytest.raises(SystemExit):
            demo.main(["--epochs", "0"])
        assert "--epochs: got 0; it must be at least 1" in capsys.readouterr().err


def test_mnist_further(capsys: pytest.CaptureFixture[str]) -> None:
    mnist_further.main(["--epochs", "1", "--images", "320", "--processes", "1", "--validate"])
    title, *rows = capsys.readouterr().out.splitlines()[-5:]
    assert title.endswith("validation accuracy, %")
    assert [row[:16].strip() for row in rows] == list(mnist_further.ROWS)
    assert all(float(row.split()[-1]) > 40 for row in rows)


def test_images_are_moved_in_training_only() -> None:
    shifted = mnist_further.Shifted(np.random.default_rng(0))
    image = np.arange(1.0, 785).reshape(28, 28)
    moved = shifted(np.tile(image.ravel(), (200, 1)))
    assert moved.shape == (200, 1, 28, 28)
    padded = np.pad(image, 1)
    expected = {padded[i : i + 28, j : j + 28].tobytes() for i in range(3) for j in range(3)}
    assert {each.tobytes() for each in moved} == expected
    np.testing.assert_array_equal(shifted.eval()(image.reshape(1, 784)), image[None, None])


def test_processes_end_with_whoever_waits_for_them() -> None:
    results = mnist.in_processes(abs, [-1, -2, -3], 1)
    assert [next(results), next(results)] == [1, 2]
    results.close()
    assert not multiprocessing.active_children()


def test_importing_is_quiet_and_leaves_the_rest_of_scipy_alone() -> None:
    code = (
        "import sys, autograd, nn; print([m for m in sys.modules if 'scipy' in m or 'hypo' in m])"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT,
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert (done.stdout, done.stderr) == ("[]\n", "")
