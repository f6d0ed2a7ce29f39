"""How much code there is to read: a group grows only with a reason in its commit."""

import ast
import io
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
AUTOGRAD = ROOT / "autograd"
GROUPS = {
    "rules": ("rules/*.py", 3082),
    "arithmetic, formulas": ("arithmetic/*.py formulas/*.py", 887),
    "graph": (
        "graph.py recording.py compiled.py sources.py files.py version.py later.py watching.py",
        870,
    ),
    "names, notebooks": ("names.py hints.py notebooks.py", 555),
    "types": ("signatures.py", 273),
    "Values": ("value.py scalars.py derivatives.py series.py", 797),
    "Tensors": ("tensors/*.py", 3125),
    "NumPy's functions": ("arrays/*.py vectorizing.py", 2131),
    "functions": ("functions.py shapes.py networks.py fft.py linalg/*.py", 1593),
    "transforms": (
        "nodes.py modes.py calls.py transforms.py transformed.py trees.py custom.py"
        " checkpointing.py states.py anomalies.py",
        1314,
    ),
    "campaigns": ("campaigns/*.py", 914),
    "compiling": ("compiling/*.py", 7085),
    "JavaScript": ("compiling/javascript/*.py", 639),
}
"""Files of a group, and the most lines of code that they may have together."""
LINES_OF_C = {"core": 4545, "machines": 3174}
OUTSIDE = ("checking", "drawing", "explaining", "commands", "testing", "__init__.py", "__main__.py")
"""What tells and checks, and what only names the public."""


def lines_of_code(file: Path) -> int:
    """Lines with code on them: no comments, no docstrings, nothing blank."""
    source = file.read_text()
    docs: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(ast.Constant(str())):
                docs |= {*range(node.lineno, (node.end_lineno or 0) + 1)}
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER}
    silent |= {tokenize.INDENT, tokenize.DEDENT}
    lines = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in silent
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(lines - docs)


def files_of(patterns: str) -> set[Path]:
    return {file for pattern in patterns.split() for file in AUTOGRAD.glob(pattern)}


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_is_no_larger_than_it_was(group: str) -> None:
    patterns, most = GROUPS[group]
    found = sum(map(lines_of_code, files_of(patterns)))
    assert 0.9 * most <= found <= most, f"{found}: write {found} if the reason is good"


def test_every_file_of_the_engine_is_in_a_group() -> None:
    grouped = files_of(" ".join(patterns for patterns, _ in GROUPS.values()))
    for file in AUTOGRAD.rglob("*.py"):
        is_outside = file.relative_to(AUTOGRAD).parts[0] in OUTSIDE
        assert is_outside or file in grouped, file.name


def test_c_is_no_larger_than_it_was() -> None:
    found = dict.fromkeys(LINES_OF_C, 0)
    for file in AUTOGRAD.glob("c/*.[ch]"):
        part = "machines" if file.name.startswith(("tape", "native")) else "core"
        found[part] += len(file.read_text().splitlines())
    for part, most in LINES_OF_C.items():
        assert 0.9 * most <= found[part] <= most, found
