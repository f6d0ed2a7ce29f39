"""One training by 1, 2 and 4 processes of MPI: the same bits; killed on 4, it goes on with 2.

    python -m demos.scaling

The digits of MNIST, 784-100-10, batches of 1,024 in 8 shards. Without an MPI (`pip install
'chainrule[mpi]'` has one) it trains by shards in this process alone.

    without MPI   96.42 % of the test digits, ... s, bits 94901bd5
    1 worker      96.42 % of the test digits, ... s, bits 94901bd5
    2 workers     96.42 % of the test digits, ... s, bits 94901bd5
    4 workers     96.42 % of the test digits, ... s, bits 94901bd5
    4 workers, of which one is killed after epoch 2: they end
    2 from there  96.42 % of the test digits, ... s, bits 94901bd5
    all have the same bits

Four workers on fewer cores wait for each other. Other processors may have other bits, but again the
same for any number of workers.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import nn
from demos import mnist_data

SHARDS, BATCH = 8, 1024


def train(
    comm: Any, examples: int, epochs: int, checkpoint: str | None, doomed: int | None
) -> dict[str, Any]:
    """Train by all processes of `comm`; after epoch `doomed`, the last of them is killed."""
    digits, tests = mnist_data.load(count=examples)
    rng = np.random.default_rng(0)
    hidden = nn.Linear(784, 100, "relu", rng=rng, dtype=np.float32)
    model = nn.Sequential(
        hidden, nn.Dropout(0.1, rng=1), nn.Linear(100, 10, rng=rng, dtype=np.float32)
    )

    def die(epoch: int, _: nn.History) -> None:
        if epoch == doomed and comm.rank == comm.size - 1:
            os.kill(os.getpid(), signal.SIGKILL)

    history = nn.fit(
        model,
        digits.images,
        digits.labels,
        loss=nn.cross_entropy,
        optimizer=nn.Adam(model.parameters(), lr=0.004),
        epochs=epochs,
        batch_size=BATCH,
        validation=(tests.images, tests.labels),
        metric=nn.accuracy,
        callbacks=[die],
        rng=2,
        checkpoint=checkpoint,
        comm=comm,
        shards=SHARDS,
    )
    bits = hashlib.sha256(b"".join(x.tobytes() for x in model.state_dict().values()))
    return {
        "bits": bits.hexdigest()[:8],
        "accuracy": history.validation[-1],
        "seconds": history.seconds,
    }


def launcher() -> str | None:
    """Return the mpiexec beside this Python, or another one; None without mpi4py."""
    if importlib.util.find_spec("mpi4py") is None:
        return None
    beside = Path(sys.executable).parent / "mpiexec"
    return str(beside) if beside.exists() else shutil.which("mpiexec")


def run(mpiexec: str, workers: int, *words: object) -> dict[str, Any] | None:
    """Train by some workers; None where they do not come to the end."""
    command = [mpiexec, "-n", str(workers), sys.executable, "-m", "mpi4py", "-m", "demos.scaling"]
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    done = subprocess.run(
        [*command, "--worker", *map(str, words)],
        env={**os.environ, **one_thread},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if "--doomed" in words else None,
        text=True,
        check=False,
    )
    return json.loads(done.stdout) if done.returncode == 0 else None


def main(arguments: Sequence[str] | None = None) -> None:
    """Train by several numbers of workers, and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4])
    parser.add_argument("--examples", type=int, default=50_000)
    parser.add_argument("--epochs", type=int, default=5)
    for name in ("--worker", "--checkpoint", "--doomed"):  # for the processes that this starts
        kind = {"action": "store_true"} if name == "--worker" else {}
        parser.add_argument(name, help=argparse.SUPPRESS, **kind)  # type: ignore[arg-type]
    given = parser.parse_args(arguments)
    size = ("--examples", given.examples, "--epochs", given.epochs)
    if given.worker:
        from mpi4py import MPI

        doomed = int(given.doomed) if given.doomed else None
        found = train(MPI.COMM_WORLD, given.examples, given.epochs, given.checkpoint, doomed)
        if MPI.COMM_WORLD.rank == 0:
            print(json.dumps(found))
        return
    all_bits = [told("without MPI", train(None, given.examples, given.epochs, None, None))]
    mpiexec = launcher()
    if mpiexec is None:
        print("there is no MPI here: pip install 'chainrule[mpi]' has one")
        return
    for workers in given.workers:
        name = f"{workers} worker{'s' * (workers > 1)}"
        all_bits.append(told(name, run(mpiexec, workers, *size)))
    most = max(given.workers)
    if given.epochs > 1 and most > 1:
        with tempfile.TemporaryDirectory() as folder:
            size += ("--checkpoint", Path(folder) / "digits.safetensors")
            half = given.epochs // 2
            print(
                f"{most} workers, of which one is killed after epoch {half}:", end=" ", flush=True
            )
            print("they end" if run(mpiexec, most, *size, "--doomed", half) is None else "it lives")
            all_bits.append(told(f"{most // 2} from there", run(mpiexec, most // 2, *size)))
    same = len(set(all_bits)) == 1
    print("all have the same bits" if same else "the bits differ")
    sys.exit(not same)


def told(name: str, found: dict[str, Any] | None) -> str:
    """Print a line about a training; return its bits."""
    if found is None:
        sys.exit(f"{name}: failed")
    accuracy, seconds, bits = (found[key] for key in ("accuracy", "seconds", "bits"))
    text = f"{name:<13} {accuracy:.2%} of the test digits, {seconds:.1f} s, bits {bits}"
    print(text.replace("%", " %"), flush=True)
    return str(bits)


if __name__ == "__main__":
    main()
