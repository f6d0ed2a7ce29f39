"""Campaigns on executors that other packages bring."""

import importlib.util
import os
import subprocess
import sys
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import autograd as ag
from autograd.__main__ import main
from tests.campaigns.work import odd, slow


def test_process_pools_of_the_users_own(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        assert [*ag.campaign(slow, range(50), pool)] == [x * x for x in range(50)]
        with pytest.raises(BrokenExecutor, match=r"BrokenProcessPool.*; \d of 8 points are done"):
            [*ag.campaign(odd, range(8), pool, 1, journal=path)]
        with pytest.raises(BrokenExecutor, match="the executor broke"):
            [*ag.campaign(odd, range(8), pool, 1, journal=path)]
    found = [*ag.campaign(odd, range(8), 1, journal=path)]
    assert [found[i].kind for i in (3, 5, 7)] == ["ValueError", "SystemExit", "WorkerDied"]


ENDS = """
import os
def ends(x):
    return os._exit(1) if x > 0 else x
"""


def test_a_function_that_ends_its_process_does_not_end_a_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ending.py").write_text(ENDS)
    monkeypatch.chdir(tmp_path)
    command = ["check", "ending:ends", "--domain", "x=1:2", "--points", "2", "--workers", "2"]
    assert main(command) == 1
    assert "failed: the function ended the process that called it" in capsys.readouterr().out


@pytest.mark.filterwarnings("default")
def test_pools_of_joblib() -> None:
    joblib = pytest.importorskip("joblib")
    assert [*ag.campaign(lambda x: x + 1, range(50), joblib.Parallel(2))] == [*range(1, 51)]
    with pytest.raises(TypeError, match=r"joblib\.Parallel with ThreadingBackend; it needs one"):
        ag.campaign(abs, [1], joblib.Parallel(2, backend="threading"))


PROGRAM = """
import sys, autograd as ag
from mpi4py.futures import MPIPoolExecutor
from tests.campaigns.work import slow
def own(x):
    return -x
if __name__ == "__main__":
    with MPIPoolExecutor() as pool:
        print(*ag.campaign(slow, range(30), pool, journal=sys.argv[1]))
        print(*ag.campaign(own, range(3), pool))
"""


def test_pools_of_mpi(tmp_path: Path) -> None:
    mpiexec = Path(sys.executable).with_name("mpiexec")
    if importlib.util.find_spec("mpi4py") is None or not mpiexec.exists():
        pytest.skip("mpi4py and MPI are not there: pip install 'chainrule[mpi]'")
    (tmp_path / "program.py").write_text(PROGRAM)
    command: list[Any] = [mpiexec, "-n", "3", sys.executable, "-m", "mpi4py.futures"]
    found = subprocess.run(
        [*command, tmp_path / "program.py", tmp_path / "journal"],
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        capture_output=True, text=True, timeout=50,
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    squares = " ".join(str(x * x) for x in range(30))
    assert found.stdout.splitlines() == [squares, "0 -1 -2"]
    assert (tmp_path / "journal").read_text().count("\n") == 31
