"""The trajectories of PyTorch's optimisers that test_optim.py compares ours with.

    .peers/bin/python tests/nn/make_trajectories.py

writes them to trajectories.json; .peers is the environment of benchmarks/peers.txt.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("trajectories.json")
START = ([1.5, -2.0, 0.25], 3.0)
SEEN = (1, 2, 3, 10, 25, 50)
"""The steps after which the parameters are noted."""
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "SGD": ("SGD", {"lr": 0.02}),
    "SGD, decay": ("SGD", {"lr": 0.02, "weight_decay": 0.1}),
    "SGD, momentum": ("SGD", {"lr": 0.01, "momentum": 0.9}),
    "SGD, Nesterov": ("SGD", {"lr": 0.01, "momentum": 0.8, "nesterov": True, "weight_decay": 0.1}),
    "AdaGrad": ("AdaGrad", {}),
    "AdaGrad, decay": ("AdaGrad", {"lr": 0.3, "eps": 1e-3, "weight_decay": 0.1}),
    "RMSProp": ("RMSProp", {}),
    "RMSProp, momentum": ("RMSProp", {"alpha": 0.9, "momentum": 0.5, "weight_decay": 0.1}),
    "Adam": ("Adam", {}),
    "Adam, decay": ("Adam", {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1}),
    "AdamW": ("AdamW", {}),
    "AdamW, decay": ("AdamW", {"lr": 0.1, "betas": (0.5, 0.9), "weight_decay": 0.3}),
}
PYTORCH = {"AdaGrad": "Adagrad", "RMSProp": "RMSprop"}


def loss(x: Any, s: Any) -> Any:
    """A loss of a vector and a number, in either framework: each x is drawn to 1 or -1, their sum to s."""
    wells = ((x * x - 1) * (x * x - 1)).sum()
    off = x.sum() - s
    return wells / 4 + off * off / 2 + s * s / 10


def main() -> None:
    torch = importlib.import_module("torch")
    found: dict[str, dict[int, list[float]]] = {}
    for case, (name, options) in CASES.items():
        x, s = (torch.tensor(start, dtype=torch.float64, requires_grad=True) for start in START)
        optimizer = getattr(torch.optim, PYTORCH.get(name, name))([x, s], **options)
        found[case] = {}
        for step in range(1, max(SEEN) + 1):
            optimizer.zero_grad()
            loss(x, s).backward()
            optimizer.step()
            if step in SEEN:
                found[case][step] = [*x.tolist(), s.item()]
    lines = [f"{json.dumps(case)}: {json.dumps(steps)}" for case, steps in found.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
