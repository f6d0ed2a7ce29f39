"""Programs as a file of C that needs nothing but a compiler and its math library."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Program
from autograd.trees import flatten

Result = tuple[Program, Sequence[int | float]]
"""Program, and its results: each the index of an output, an int, or a constant, a float."""

HEAD = """\
/* {name}: {inputs} inputs, {outputs} outputs.

   It returns 0, or 1 where the inputs lead through branches that were not met before the file was
   written; the outputs mean nothing then. The numbers are those of Python to the last bit where the
   compiler contracts nothing (-ffp-contract=off) and has the same math library. */
#include <math.h>
"""
PROGRAM = """
static int {name}_{k}(const double *x, double *y) {{
{body}    return 0;
}}
"""
LAST = """
#ifdef __cplusplus
extern "C"
#endif
int {name}(const double *inputs, double *outputs) {{
    return {calls};
}}
"""

TAKEN = frozenset(
    """auto break case char const continue default do double else enum extern float for goto if
    inline int long register restrict return short signed sizeof static struct switch typedef
    union unsigned void volatile while alignas alignof bool constexpr false nullptr
    static_assert thread_local true typeof asm and bitand bitor catch class compl concept
    const_cast decltype delete dynamic_cast explicit export friend mutable namespace new
    noexcept not operator or private protected public reinterpret_cast requires static_cast
    template this throw try typeid typename using virtual wchar_t xor main NAN INFINITY isnan
    isinf isfinite signbit""".split()
) | {each.c.split("(")[0] for each in PRIMITIVES.values()}
"""Names that no function can have: keywords of C and of C++, and what <math.h> has here."""


def _number(x: float) -> str:
    if math.isnan(x):
        return "NAN"
    if math.isinf(x):
        return "INFINITY" if x > 0 else "(-INFINITY)"
    return f"({x!r})" if math.copysign(1.0, x) < 0 else repr(x)


def result_of(program: Program, result: Callable[[Sequence[float]], Any]) -> Result:
    """Return a program with its results; `result` makes what the function returns of outputs."""
    places = range(len(program.outputs))
    first, second = (
        np.concatenate([[], *map(np.ravel, flatten(result([k + more for k in places]))[0])])
        for more in (0.0, 0.5)
    )
    if first.dtype.kind not in "fiub":
        raise ValueError("c_source: got results that are no numbers")
    return program, [
        int(a) if b - a == 0.5 else float(a) for a, b in zip(first.tolist(), second.tolist())
    ]


def _body(program: Program, results: Sequence[int | float]) -> str:
    names = [f"x[{i}]" for i in range(program.inputs)]
    names += map(_number, program.constants)
    first = len(names)
    names += [f"t{k}" for k in range(len(program.code))]
    lines: list[str] = []
    guards = [*program.guards]

    def tested(known: int) -> None:
        while guards and guards[0].slot < known:
            slot, expected = guards.pop(0)
            lines.append(f"if (({names[slot]} != 0.0) != {int(expected)}) return 1;")

    tested(first)
    for slot, (op, operands) in enumerate(program.code, first):
        text = PRIMITIVES[op].c.format(*[names[i] for i in operands])
        lines.append(f"const double {names[slot]} = {text};")
        tested(slot + 1)
    for i, result in enumerate(results):
        is_output = isinstance(result, int)
        text = names[program.outputs[int(result)]] if is_output else _number(result)
        lines.append(f"y[{i}] = {text};")
    text = "".join([f"    {line}\n" for line in lines])
    unused = [name for name in "xy" if f"{name}[" not in text]
    return "".join([f"    (void){name};\n" for name in unused]) + text


def c_text(programs: Sequence[Result], name: str) -> str:
    """Return a file of C with a function `int name(const double *inputs, double *outputs)`."""
    counts = {(program.inputs, len(results)) for program, results in programs}
    if not programs:
        raise ValueError("c_source: got no program; call the function first")
    if len(counts) != 1:
        raise ValueError(
            f"c_source: got programs of {len(counts)} signatures; it needs one: clear(), and call "
            "the function once"
        )
    is_name = isinstance(name, str) and name.isascii() and name.isidentifier()
    if not is_name or name in TAKEN:
        why = ", which C, C++ or <math.h> has" if is_name else ""
        raise ValueError(f"c_source: got {name!r}{why}; it must be the name of a new function of C")
    ((inputs, outputs),) = counts
    calls = " && ".join([f"{name}_{k}(inputs, outputs)" for k in range(len(programs))])
    return (
        HEAD.format(name=name, inputs=inputs, outputs=outputs)
        + "".join(
            [PROGRAM.format(name=name, k=k, body=_body(*each)) for k, each in enumerate(programs)]
        )
        + LAST.format(name=name, calls=calls)
    )
