"""Functions of the C core, printed as C from the rows of the table.

For every row and kind of operands, "v" a Value and "c" a constant, there is a function that makes
the node, and a pullback that gives the operands their shares as graphs.
This runs when the core is built, so it needs nothing but Python.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping

from autograd.arithmetic.floats import PRIMITIVES
from autograd.formulas.formula import (
    ATOM,
    SIGN,
    Dialect,
    Formula,
    Spelled,
    Tracer,
    name,
    number,
    partial_formulas,
    share_formulas,
    statements,
    value_formula,
    variables,
)
from autograd.rules.elementary import ALIASES, ROUNDED_ONCE, TABLE, Elementary
from autograd.sources import HERE, checksum

COMPARISONS = ("lt", "le", "gt", "ge")
BESIDE = ("where",)
"""Rows that the C states itself: their edge to the chosen operand is more than a formula."""
ELEMENTS = {
    "relu": ("value", "slope"),
    "sigmoid": ("value_and_slope",),
    "sigmoid_cross_entropy": ("value_and_slope",),
    **dict.fromkeys(ROUNDED_ONCE, ("slope",)),
}
"""Rows that the quick forms of small arrays compute, element by element, and what of them."""

REALS = ("float", "double")

CORE = HERE / "c"


class Doubles(Dialect):
    """Dialect of C for doubles."""

    assignment = "const double {} = {};"
    functions: Mapping[str, str] = {"abs": "fabs", "pow": "power"}

    def number(self, text: str) -> Spelled:
        """Return a constant."""
        named = {"inf": "INFINITY", "-inf": "(-INFINITY)", "nan": "NAN"}
        return (named[text], ATOM) if text in named else super().number(text)

    def call(self, op: str, texts: list[str]) -> str:
        """Return a call of the C library."""
        return super().call(self.functions.get(op, op), texts)

    def choice(self, f: Formula, texts: list[str]) -> str:
        """Return a where(condition, x, y)."""
        condition, x, y = texts
        return f"({condition} ? {x} : {y})"


class Reals(Doubles):
    """Dialect of C for the elements of arrays, `float` or `double`."""

    def __init__(self, real: str) -> None:
        self.assignment = f"const {real} {{}} = {{}};"
        self._suffix = "f" if real == "float" else ""

    def number(self, text: str) -> Spelled:
        """Return a constant; one of another type would make doubles of floats."""
        spelled, binding = super().number(text)
        return spelled + (self._suffix if text[-1].isdigit() else ""), binding

    def call(self, op: str, texts: list[str]) -> str:
        """Return a call of the C library."""
        return super().call(op, texts).replace("(", f"{self._suffix}(", 1)


class _Conditions(Doubles):
    """Dialect for comparisons in a pullback: they take the numbers of its nodes."""

    def name(self, text: str) -> Spelled:
        return f"number_in({text})", ATOM

    def call(self, op: str, texts: list[str]) -> str:
        return f"{op}_c({', '.join(texts)})"


class Nums(Dialect):
    """Dialect of C for Nums, each a Value or a double, so that every operation is a call."""

    assignment = "const Num {} = {};"
    _conditions = _Conditions()

    def spell(self, f: Formula, names: Mapping[Formula, str]) -> Spelled:
        """Return a formula; comparisons are of numbers."""
        return self._conditions.spell(f, {}) if f.op in COMPARISONS else super().spell(f, names)

    def number(self, text: str) -> Spelled:
        """Return a constant."""
        return f"constant({Doubles().number(text)[0]})", ATOM

    def operation(self, f: Formula, spelled: list[Spelled]) -> Spelled:
        """Return an operation; signs are calls too."""
        if f.op in SIGN or f.op == "neg":
            return self.call(f.op, [text for text, _ in spelled]), ATOM
        return super().operation(f, spelled)

    def call(self, op: str, texts: list[str]) -> str:
        """Return a call of a function that keeps its result until the pullback is done."""
        return f"n_{op}(made, {', '.join(texts)})"

    def choice(self, f: Formula, texts: list[str]) -> str:
        """Return a where(condition, x, y)."""
        condition, x, y = texts
        return f"({condition} ? {x} : {y})"

    def is_apart(self, f: Formula) -> bool:
        """Return whether a formula shares nothing with the Nums, as comparisons do."""
        return f.op in COMPARISONS


def _lines(lines: list[str], indent: str = "    ") -> str:
    return "".join(f"{indent}{line}\n" for line in lines)


def _computed(row: Elementary, kind: str) -> tuple[list[str], list[str]]:
    """Return statements that compute z from x0, x1, ..., and the partials by the "v"s as text."""
    m = Tracer(PRIMITIVES)
    partials = [p for p, k in zip(partial_formulas(row, m), kind) if k == "v"]
    return statements(partials, Doubles(), {"z": value_formula(row, m)})


def constant_source(row: Elementary) -> str:
    """Return the function of doubles alone."""
    lines, _ = _computed(row, "c" * len(row.operands))
    parameters = ", ".join(f"double {x}" for x in variables(row))
    return f"static double {row.name}_c({parameters}) {{\n{_lines(lines)}    return z;\n}}\n"


def node_source(row: Elementary, kind: str) -> str:
    """Return the function that makes a node of one or two operands."""
    lines, partials = _computed(row, kind)
    names = variables(row)
    values = [x for x, k in zip(names, kind) if k == "v"]
    constants = [x for x, k in zip(names, kind) if k == "c"]
    a, b = [*(x.upper() for x in values), "NULL"][:2]
    da, db = [*partials, *constants, "0"][:2]
    parameters = ", ".join(
        f"Value *{x.upper()}" if k == "v" else f"double {x}" for x, k in zip(names, kind)
    )
    lines[:0] = [f"const double {x} = {x.upper()}->data;" for x in values]
    lines.append(f"return node(OP_{row.name}_{kind}, z, {a}, {da}, {b}, {db});")
    return f"static Value *{row.name}_{kind}({parameters}) {{\n{_lines(lines)}}}\n"


def element_source(row: Elementary, part: str, real: str, machine: Dialect | None = None) -> str:
    """Return the function of an element of an array: the value, the slope by the first, or both.

    It takes what the formulas name: operands, or the value z. With the dialect of an instruction
    set it is one of that.
    """
    m = Tracer(PRIMITIVES)
    named = {"z": value_formula(row, m)} if part.startswith("value") else {}
    wanted = partial_formulas(row, m)[:1] if part.endswith("slope") else []
    lines, texts = statements(wanted, machine or Reals(real), named)
    if named and texts:
        lines.append(f"*slope = {texts[0]};")
    lines.append(f"return {'z' if named else texts[0]};")
    known = [*variables(row), *([] if named else ["z"])]
    parameters = [f"{real} {x}" for x in known if re.search(rf"\b{x}\b", " ".join(lines))]
    parameters += [f"{real} *slope"] if named and texts else []
    called = f"{row.name}_{part}_{real}"
    called = f"ISA({called})" if machine else called
    head = f"static inline {real} {called}({', '.join(parameters)})"
    return f"{head} {{\n{_lines(lines)}}}\n"


def many_source(row: Elementary) -> str:
    """Return the function of a row of more operands; it writes the partials into the terms."""
    lines, partials = _computed(row, "v" * len(row.operands))
    lines[:0] = [f"const double {x} = number_in(t[{i}]);" for i, x in enumerate(variables(row))]
    lines += [f"if (t[{i}].v) t[{i}].c = {text};" for i, text in enumerate(partials)]
    lines.append("return z;")
    return f"static double {row.name}_many(Num *t) {{\n{_lines(lines)}}}\n"


def many_num_source(row: Elementary) -> str:
    """Return the function of Nums for a row of more operands, which pullbacks call."""
    names = variables(row)
    lines = [
        f"const Num x[] = {{{', '.join(names)}}};",
        f"if ({' || '.join(f'{x}.v' for x in names)})",
        f"    return keep_many(made, OP_{row.name}_many, {len(names)}, x);",
        f"return constant({row.name}_c({', '.join(f'{x}.c' for x in names)}));",
    ]
    parameters = ", ".join(f"Num {x}" for x in names)
    return f"static inline Num n_{row.name}(Made *made, {parameters}) {{\n{_lines(lines)}}}\n"


def rule_source(row: Elementary, kind: str) -> str:
    """Return the case of a switch that gives the operands their shares; kind "" for many."""
    shares = share_formulas(row, kind or "v" * len(row.operands), Tracer())
    lines, texts = statements(shares, Nums())
    lines += [f"shares[{i}] = {text};" for i, text in enumerate(texts)]
    places = iter(["{v->a, 0}", "{v->b, 0}"])
    if kind:
        operands = [next(places) if k == "v" else "{NULL, v->db}" for k in kind]
    else:
        operands = [f"operand(v, {i})" for i in range(len(shares))]
    sources = [*zip(variables(row), operands), ("z", "{v, 0}")]
    used = [(x, s) for x, s in sources if re.search(rf"\b{x}\b", " ".join(lines))]
    lines[:0] = [f"const Num {x} = {source};" for x, source in used]
    lines.append("return;")
    return f"    case OP_{row.name}_{kind or 'many'}: {{\n{_lines(lines, ' ' * 8)}    }}\n"


def flat_source(row: Elementary, kind: str) -> str:
    """Return the case of a switch that tells which operands a choice left out; kind "" for many."""
    assert row.flat is not None
    names, m = variables(row), Tracer(PRIMITIVES)
    found = row.flat(m, *map(name, names))
    flats = [f if isinstance(f, Formula) else number(f) for f in found]
    lines, texts = statements(
        [f for f, k in zip(flats, kind or "v" * len(names)) if k == "v"], Doubles()
    )
    places = iter(["v->a->data", "v->b->data"])
    if kind:
        operands = [next(places) if k == "v" else "v->db" for k in kind]
    else:
        operands = [f"number_in(operand(v, {i}))" for i in range(len(names))]
    used = [
        (x, s)
        for x, s in zip(names, operands)
        if re.search(rf"\b{x}\b", " ".join([*lines, *texts]))
    ]
    lines[:0] = [f"const double {x} = {source};" for x, source in used]
    lines.append(f"const int flat[] = {{{', '.join(f'({text}) != 0' for text in texts)}}};")
    lines.append("return flat[k];")
    return f"    case OP_{row.name}_{kind or 'many'}: {{\n{_lines(lines, ' ' * 8)}    }}\n"


def again_source(row: Elementary, kind: str) -> str:
    """Return the case of a switch that recomputes a node from its operands."""
    places = iter(["v->a", "v->b"])
    operands = ", ".join(next(places) if k == "v" else "v->db" for k in kind)
    return f"    case OP_{row.name}_{kind}: return {row.name}_{kind}({operands});\n"


def _macro(name: str, entries: list[str]) -> str:
    return f"#define {name}(X) \\\n" + " \\\n".join(f"    {entry}" for entry in entries) + "\n"


def headers() -> dict[str, str]:
    """Return the headers that the C of the core includes: opcodes, and functions of nodes."""
    rows = [row for row in TABLE.values() if row.name not in BESIDE]
    small = [row for row in rows if len(row.operands) <= 2]
    large = [row for row in rows if len(row.operands) > 2]
    kinds = [
        (row, kind)
        for row in small
        for kind in map("".join, itertools.product("vc", repeat=len(row.operands)))
        if "v" in kind
    ]
    position = {row: i for i, row in enumerate(TABLE.values())}
    methods = [
        (method, row)
        for row in small
        if len(row.operands) == 1 and not row.infix
        for method in sorted({row.name, *(a for a, of in ALIASES.items() if of == row.name)})
    ]
    flats = [flat_source(*pair) for pair in kinds if pair[0].flat]
    flats += [flat_source(row, "") for row in large if row.flat]
    rules = [rule_source(*pair) for pair in kinds] + [rule_source(row, "") for row in large]
    shapes = {1: "UNARY", 2: "BINARY"}
    opcodes = [
        _macro(
            "OPCODES",
            [f'X({row.name}_{kind}, {position[row]}, "{kind}")' for row, kind in kinds]
            + [f'X({row.name}_many, {position[row]}, "")' for row in large],
        ),
        *(
            _macro(
                shape,
                [
                    f"X({row.name}, {position[row]}, {n - len(row.defaults)}, "
                    f"{[*row.defaults, 0.0][0]!r})"
                    for row in small
                    if len(row.operands) == n
                ],
            )
            for n, shape in shapes.items()
        ),
        _macro("MANY", [f"X({row.name}, {position[row]}, {len(row.operands)})" for row in large]),
        _macro("METHODS", [f"X({method}, {row.name})" for method, row in methods]),
        f"#define ROWS {len(TABLE)}\n",
        f"#define WHERE {list(TABLE).index('where')}\n",
        f"#define MOST_OPERANDS {max(len(row.operands) for row in rows)}\n",
        f"#define MOST_MADE {max(text.count('(made, ') for text in rules)}\n",
        f'#define SOURCES "{sources()}"\n',
    ]
    nodes = [
        *(constant_source(row) for row in rows),
        *(node_source(*pair) for pair in kinds),
        *(many_source(row) for row in large),
        "static Value *again(Value *v) {\n    switch (v->op) {\n",
        *(again_source(*pair) for pair in kinds),
        "    }\n    return NULL;\n}\n",
        "static double compute_row(int op, Num *t) {\n    switch (op) {\n",
        *(f"    case OP_{row.name}_many: return {row.name}_many(t);\n" for row in large),
        "    }\n    return NAN;\n}\n",
        "static RARE int is_flat(Value *v, Py_ssize_t k) {\n    switch (v->op) {\n",
        *flats,
        "    }\n    return 0;\n}\n",
    ]
    pullbacks = [
        "/* Roots, whose squares are smooth where they are 0. */\n",
        "static inline int is_root(int op) {\n    switch (op) {\n",
        *(f"    case OP_{row.name}_{kind}:\n" for row, kind in kinds if row.of_square),
        "        return 1;\n    }\n    return 0;\n}\n",
        *(many_num_source(row) for row in large),
        "static ONCE void rule(Value *v, Num g, Num *shares, Made *made) {\n    switch (v->op) {\n",
        *rules,
        "    }\n}\n",
    ]
    return {
        name: "".join(
            [
                "/* Written by formulas/c_source.py from rules/elementary.py. */\n#pragma once\n",
                *parts,
            ]
        )
        for name, parts in {
            "rows.h": opcodes,
            "row_nodes.h": nodes,
            "row_rules.h": pullbacks,
            "tensor_rows.h": [tensor_header()],
        }.items()
    }


def tensor_header() -> str:
    """Return what the quick forms of small arrays include."""
    elements = [
        element_source(TABLE[name], part, real)
        for name, parts in ELEMENTS.items()
        for part in parts
        for real in REALS
    ]
    return "".join([_macro("ROUNDED_ONCE", [f"X({name})" for name in ROUNDED_ONCE]), *elements])


def sources() -> str:
    """Return the sources of the core with their checksums, which show whether it is stale."""
    made_from = [
        "formulas/c_source.py",
        "formulas/formula.py",
        "rules/row.py",
        "rules/elementary.py",
        "rules/nary.py",
        "arithmetic/base.py",
        "arithmetic/floats.py",
        "compiling/polynomials.py",
        "compiling/primitives.py",
        "compiling/tape_source.py",
    ]
    files = sorted(f"c/{file.name}" for file in CORE.glob("*.[ch]"))
    return " ".join(f"{name}={checksum(name)}" for name in made_from + files)
