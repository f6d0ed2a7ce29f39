"""Campaigns on a cluster of Dask: here two workers that talk over loopback."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

distributed = pytest.importorskip("distributed", reason="Dask is not there: make .venv/.cluster")

import dask  # noqa: E402  # it comes with distributed

import autograd as ag  # noqa: E402
from autograd.__main__ import main  # noqa: E402
from autograd.campaigns import PointError  # noqa: E402
from autograd.testing import gradient_test  # noqa: E402
from tests.campaigns.work import odd, slow, square, wave  # noqa: E402

pytestmark = pytest.mark.filterwarnings("default")  # what Dask warns of is Dask's


def cluster(**options: Any) -> Any:
    return distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0",
        silence_logs=50, **options,
    )  # fmt: skip


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        dask.config.set({"distributed.deploy.lost-worker-timeout": "1 day"}),
        cluster() as workers,
        distributed.Client(workers) as found,
    ):
        yield found


def test_results_and_failures_are_those_of_the_points(client: Any) -> None:
    points = [*range(7), 8, 10]
    found = [*ag.campaign(odd, points, client)]
    assert [found[3].kind, found[5].kind] == ["ValueError", "SystemExit"]
    assert [x for x in found if not isinstance(x, PointError)] == [0, 1, 4, 16, 36, 64, 100]
    factor = 3
    assert [*ag.campaign(lambda x: factor * x, range(5), client, 2)] == [0, 3, 6, 9, 12]


def test_compiled_functions_run_by_rows_there(client: Any) -> None:
    points = [(0.1 * i, np.array([i, -1.0])) for i in range(20)]
    found = [*ag.campaign(ag.compile(wave), points, client, 10)]
    assert [x["sum"] for x in found] == [ag.compile(wave)(point)["sum"] for point in points]


def test_workers_that_are_killed_lose_nothing(client: Any, tmp_path: Path) -> None:
    path, ended = tmp_path / "journal", threading.Event()
    pids = [*client.run(os.getpid).values()]

    def kill() -> None:
        for pid in pids:
            if ended.wait(0.7):
                return
            os.kill(pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        found = [*ag.campaign(slow, range(300), client, 5, journal=path)]
    finally:
        ended.set()
        killer.join()
    assert found == [x * x for x in range(300)]
    lines = [json.loads(line)["i"] for line in path.read_text().splitlines()[1:]]
    assert sorted(lines) == [*range(300)]
    client.wait_for_workers(2)
    assert not {*pids} & {*client.run(os.getpid).values()}, "they were killed"


def test_a_point_that_ends_its_workers_is_a_failure(client: Any) -> None:
    found = [*ag.campaign(odd, [6, 7, 8], client)]
    assert [found[0], found[2]] == [36, 64]
    assert found[1].kind == "WorkerDied"


def test_derivatives_are_checked_there(client: Any, capsys: pytest.CaptureFixture[str]) -> None:
    address = client.scheduler.address
    command = ["check", "x * log(x)", "--domain", "x=0:5", "--points", "40", "--json"]
    assert main([*command, "--dask", address]) == 0
    found = capsys.readouterr().out
    assert main(command) == 0
    assert found == capsys.readouterr().out
    test = gradient_test(square, x=(-1, 1), examples=10, executor=client)
    test()
    assert test.search.summary.points == 10  # type: ignore[attr-defined]


def test_a_cluster_that_goes_stops_the_campaign_which_goes_on_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with cluster() as workers, distributed.Client(workers) as client:
        run = ag.campaign(slow, range(200), client, 5, journal=path)
        for _ in range(20):
            next(run)
        threading.Timer(0.3, workers.close).start()
        with pytest.raises(BrokenExecutor, match=r"the executor broke: .* in .*journal"):
            list(run)
    before = path.read_text().count("\n")
    assert 20 < before < 200
    assert [*ag.campaign(slow, range(200), 2, journal=path)] == [x * x for x in range(200)]
    lines = [json.loads(line)["i"] for line in path.read_text().splitlines()[1:]]
    assert sorted(lines) == [*range(200)]
