"""Programs as text of JavaScript."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from autograd.arithmetic.floats import PRIMITIVES as FUNCTIONS
from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Called, Program

DEEPEST = 6
"""Most operations within each other; parsers recurse."""


def number(x: float) -> str:
    """Return a number as JavaScript writes it.

    >>> [number(x) for x in (0.5, 3.0, -0.0, float("-inf"))]
    ['0.5', '3', '-0', '-Infinity']
    """
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "Infinity" if x > 0 else "-Infinity"
    return repr(x).removesuffix(".0")


def _template(op: str) -> str:
    primitive = PRIMITIVES[op]
    return primitive.javascript or primitive.python


def statements(program: Program, inputs: Sequence[str], otherwise: str) -> tuple[list[str], ...]:
    """Return the statements of a program, and its outputs as expressions.

    `inputs` are expressions too, and `otherwise` is the statement where a guard fails. What is used
    once stands where it is used.
    """
    texts = [*inputs]
    texts += [f"({text})" if text[0] == "-" else text for text in map(number, program.constants)]
    depths = [0] * len(texts)
    """Operations in each text that is no name or number."""
    lines: list[str] = []
    uses = Counter([i for _, operands in program.code for i in operands])
    uses.update(program.outputs)
    guards = [*program.guards]
    uses.update([slot for slot, _ in guards])

    def test(known: int) -> None:
        while guards and guards[0].slot < known:
            slot, expected = guards.pop(0)
            lines.append(f"if ({bracketed(slot)} {'==' if expected else '!='} 0) {otherwise}")

    def bracketed(i: int) -> str:
        return f"({texts[i]})" if depths[i] else texts[i]

    test(len(texts))
    for op, operands in program.code:
        if isinstance(op, Called):
            raise ValueError(f"javascript: got a call of {op.function or op}, of Python")
        is_call = op in FUNCTIONS or op.startswith("is") or op == "signbit"
        given = [texts[i] if is_call else bracketed(i) for i in operands]
        slot, depth = len(texts), 1 + max(depths[i] for i in operands)
        text = _template(op).format(*given)
        if uses[slot] == 1 and depth < DEEPEST:
            texts.append(text)
            depths.append(depth)
        else:
            lines.append(f"const t{slot} = {text};")
            texts.append(f"t{slot}")
            depths.append(0)
        test(slot + 1)
    return lines, [texts[i] for i in program.outputs]


def source(programs: Sequence[Program]) -> str:
    """Return a function `program(x)` of JavaScript, with the functions that it needs.

    It takes an array of inputs, and gives the outputs of the first program that fits, or null.
    """
    text = functions()
    for k, program in enumerate(programs):
        inputs = [f"x[{i}]" for i in range(program.inputs)]
        lines, outputs = statements(program, inputs, "return null;")
        body = "".join([f"  {line}\n" for line in [*lines, f"return [{', '.join(outputs)}];"]])
        text += f"function program{k}(x) {{\n{body}}}\n"
    calls = " ?? ".join([f"program{k}(x)" for k in range(len(programs))]) or "null"
    return f"{text}function program(x) {{\n  return {calls};\n}}\n"


@functools.cache
def functions() -> str:
    """Return the statements that name the primitives in JavaScript."""
    return (Path(__file__).parent / "functions.js").read_text("utf-8")
