"""Trainings by several processes of MPI, which `make test-mpi` installs; skipped where it is not.

CHAINRULE_KILLS says how many trainings are killed at random moments, 2 if it does not; MPIEXEC names
another launcher.
"""

import importlib.util
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.mpi import program

KILLS = int(os.environ.get("CHAINRULE_KILLS", "2"))
LIMIT = 60
BESIDE = Path(sys.executable).parent / "mpiexec"
LAUNCHER = os.environ.get("MPIEXEC") or (BESIDE if BESIDE.exists() else shutil.which("mpiexec"))
pytestmark = [
    pytest.mark.filterwarnings("ignore:fit. got .* examples a shard"),
    pytest.mark.skipif(importlib.util.find_spec("mpi4py") is None, reason="there is no mpi4py"),
    pytest.mark.skipif(LAUNCHER is None, reason="there is no mpiexec; MPIEXEC= names one"),
]


@dataclass
class Ended:
    code: int
    out: str
    err: str
    end: float

    @property
    def seconds(self) -> float:
        """From what went wrong, which says when, to the end."""
        found = re.search(r"\bat (\d+\.\d+)$", self.err, re.M)
        assert found, self.err
        return self.end - float(found[1])


def run(workers: int, *words: str, module: bool = True) -> Ended:
    """A program of some workers, to its end."""
    one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.getcwd()}
    by = ["-m", "mpi4py"] if module else []
    command = [*str(LAUNCHER).split(), "-n", str(workers), sys.executable, *by, program.__file__]
    done = subprocess.run([*command, *words], capture_output=True, text=True, timeout=LIMIT,
                          env=os.environ | one, stdin=subprocess.DEVNULL, check=False)  # fmt: skip
    return Ended(done.returncode, done.stdout, done.stderr, time.time())


def answer(workers: int, *words: str) -> Any:
    done = run(workers, *words)
    assert done.code == 0, done.err
    return json.loads(done.out)


def plain(found: Any) -> Any:
    return json.loads(json.dumps(found))


@pytest.fixture(scope="module")
def alone() -> Any:
    """The trainings by shards in this process, without MPI."""
    return plain(program.trainings(None))


@pytest.mark.parametrize(
    ("workers", "names"),
    [(1, []), (2, []), (4, []), (8, ["momentum", "Adam, dropout, batch normalisation"])],
)
def test_any_number_of_workers_has_the_same_bits(
    workers: int, names: list[str], alone: Any
) -> None:
    found = answer(workers, "trainings", *names)
    for name in names or program.TRAININGS:
        assert found[name] == alone[name], name


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_training_goes_on_with_other_workers(number: int, tmp_path: Path) -> None:
    whole = plain(program.resumed(None, str(tmp_path / "whole")))
    path = str(tmp_path / "run")
    before, after = ((4, 2), (2, 4), (4, 8), (1, 2))[number % 4]
    moment = f"{random.uniform(0.1, 1.0):.3f}"
    killed = run(before, "resumed", path, moment, str(random.randrange(before)))
    assert killed.code != 0, (moment, killed)
    assert answer(after, "resumed", path) == whole, moment
    assert sorted(each.name for each in tmp_path.iterdir()) == ["run", "whole"]


@pytest.mark.parametrize("module", [True, False])
def test_an_exception_of_one_worker_ends_all(module: bool) -> None:
    done = run(4, "raises", module=module)
    assert done.code != 0
    assert done.seconds < 10
    assert re.search(r"^RuntimeError: at \S+\non worker 1 of 4$", done.err, re.M)
    assert done.err.count("Traceback") == 1


def test_a_number_that_is_not_finite_is_diagnosed_by_the_worker_that_met_it() -> None:
    done = run(4, "breaks")
    assert done.code != 0
    assert done.err.count("Traceback") == 1
    found = re.search(r"^FloatingPointError: fit: (.*)\non worker \d of 4$", done.err, re.M)
    assert found, done.err
    assert "in epoch 1, batch " in found[1]
    assert "it began with a nan in X[101]; the model has the weights that it started" in found[1]


def test_a_stalled_worker_is_noticed() -> None:
    done = run(2, "stalls")
    assert done.code != 0
    assert done.seconds < 10
    assert "fit: worker 0 of 2 has waited 1 s for" in done.err
    assert "Traceback" not in done.err


def test_the_programs_of_the_docs_run(tmp_path: Path) -> None:
    """The script for Slurm too, by the launcher that is here."""
    page = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text()
    for name in ("train.py", "train.sbatch"):
        (code,) = (each for each in re.findall(r"^```\w+\n(.*?)^```$", page, re.M | re.S)
                   if f"# {name}" in each)  # fmt: skip
        (tmp_path / name).write_text(code)
    beside = f"{Path(str(LAUNCHER).split()[0]).parent}:{Path(sys.executable).parent}"
    path = {"PATH": f"{beside}:{os.environ['PATH']}", "PYTHONPATH": os.getcwd()}
    for _ in range(2):  # the second goes on from the checkpoint, of a training that is over
        done = subprocess.run(["bash", "train.sbatch"], capture_output=True, text=True, check=False,
                              cwd=tmp_path, env=os.environ | path, timeout=LIMIT)  # fmt: skip
        assert done.returncode == 0, done.stderr
        told = re.fullmatch(r"accuracy (\S+) after 3 epochs\n", done.stdout)
        assert told, done.stdout
        assert float(told[1]) > 0.95


def test_the_demo() -> None:
    words = "-m demos.scaling --examples 2000 --epochs 2 --workers 2".split()
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False,
                          timeout=4 * LIMIT)  # fmt: skip
    assert done.returncode == 0, done.stderr
    if "there is no MPI" not in done.stdout:
        assert "2 workers, of which one is killed after epoch 1: they end\n" in done.stdout
        assert done.stdout.endswith("all have the same bits\n")


def test_a_number_of_workers_that_does_not_fit_is_told_once() -> None:
    done = run(3, "trainings")
    assert done.code != 0
    told = [line for line in done.err.splitlines() if "Error: " in line]
    assert told == ["ValueError: fit: got 3 workers for 8 shards; it must be 1, 2, 4 or 8"]


def test_what_workers_do_not_have_in_common_is_told() -> None:
    found = answer(2, "bad")
    shape, of_y = "float64 of shape (203, 6) with the hash", " as the inputs X on worker "
    ends = "; all must be given the same"
    for text, *expected in (
        (found[0], "TypeError: fit: got a type as comm; it must be an intra-communicator"),
        (
            found[1],
            "ValueError: fit: got 2 workers for 1 shards; it must be 1, or shards=2 or more",
        ),
        (found[2], shape, of_y + "0 and float64 of shape (100, 6)", ends),
        (found[3], shape, of_y + "0 and float32 of shape (203, 6)", ends),
        (found[4], shape, of_y + "0 and float64 of shape (203, 6)", ends),
        (found[5], " as model.layers.0.W on worker 0 and float64 of", "made with a seed"),
        (found[6], "'lr': 0.1", "as the optimizer on worker 0 and ", "'lr': 0.2"),
        (found[7], "fit: got SGD ", " as the optimizer on worker 0 and Adam "),
        (found[8], "Batches(size=32, ", "as the option batch_size on worker 0 and Batches(size=64"),
        (found[9], "got cross_entropy as the option loss on worker 0 and nll on worker 1;"),
        (found[10], "as module layers.1 on worker 0 and ", "on worker 1;"),
        (found[11], "ValueError: fit: got 0 epochs; it needs an integer of at least 1"),
    ):
        assert "\n" not in text
        for part in expected:
            assert part in text, (part, text)
