"""Notations of formulas and names: as Python writes them, and in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from autograd.explaining.simplifying import SYMBOLS, value_of
from autograd.formulas.formula import BINDING, SIGN, Dialect, Formula, Spelled

CHOICE, COMPARISON, SUM, PRODUCT, NEGATIVE, POWER, ATOM = -1, 0, 1, 2, 3, 4, 5
LONGEST = 40
"""Largest number of characters of a name; the rest is cut off."""


class Notation(Dialect):
    """Base of the two notations."""

    symbol = 0  # which of the spellings of a constant
    equal = "=="

    def spell(self, f: Formula, names: Mapping[Formula, str]) -> Spelled:
        """Return a formula."""
        if f in SYMBOLS:
            return SYMBOLS[f][self.symbol], ATOM
        return super().spell(f, names)

    def number(self, text: str) -> Spelled:
        """Return a number, a whole one without its point."""
        x = float(text)
        text = f"{x:.0f}" if x.is_integer() and abs(x) < 1e16 else text
        return self.digits(text), ATOM if text[0] != "-" else NEGATIVE

    def digits(self, text: str) -> str:
        """Return a number that is already text."""
        return text

    def operation(self, f: Formula, spelled: list[Spelled]) -> Spelled:
        """Return an operation of operands that are already text."""
        if f.op == "eq" or BINDING.get(f.op) == COMPARISON:
            (x, p), (y, q) = spelled
            sign = self.equal if f.op == "eq" else self.sign(f.op)
            return f"{self.inside(x, p, SUM)} {sign} {self.inside(y, q, SUM)}", COMPARISON
        if f.op in ("add", "sub"):
            (x, p), (y, q) = spelled
            return f"{self.inside(x, p, SUM)} {SIGN[f.op]} {self.inside(y, q, PRODUCT)}", SUM
        if f.op == "neg":
            return f"-{self.inside(*spelled[0], PRODUCT)}", PRODUCT
        if f.op == "where":
            return self.chosen(f, spelled)
        return self.applied(f, spelled)

    def sign(self, op: str) -> str:
        """Return a comparison."""
        return SIGN[op]

    def inside(self, text: str, binding: int, least: int) -> str:
        """Return a part, in brackets where it binds less than it has to."""
        return f"({text})" if binding < least else text

    def chosen(self, f: Formula, spelled: list[Spelled]) -> Spelled:
        """Return a where(condition, x, y)."""
        (condition, _), (x, p), (y, _) = spelled
        return f"{self.inside(x, p, COMPARISON)} if {condition} else {y}", CHOICE

    def applied(self, f: Formula, spelled: list[Spelled]) -> Spelled:
        """Return a product, a quotient, a power or a function."""
        if f.op in ("mul", "div"):
            (x, p), (y, q) = spelled
            return (
                f"{self.inside(x, p, PRODUCT)} {SIGN[f.op]} {self.inside(y, q, NEGATIVE)}",
                PRODUCT,
            )
        if f.op == "pow":
            (x, p), (y, q) = spelled
            return f"{self.inside(x, p, ATOM)}**{self.inside(y, q, ATOM)}", POWER
        return self.call(f.op, [text for text, _ in spelled]), ATOM


class Text(Notation):
    """Notation of Python, with ** for powers; names that Python does not allow are quoted."""

    def name(self, text: str) -> Spelled:
        """Return a variable."""
        return told_name(text), ATOM


class Latex(Notation):
    """Notation of LaTeX, as MathJax and KaTeX read it."""

    symbol = 1
    equal = "="
    comparisons: ClassVar[dict[str, str]] = {"le": r"\leq", "ge": r"\geq"}
    functions: ClassVar[dict[str, str]] = {
        **{name: rf"\{name}" for name in "sin cos tan sinh cosh tanh".split()},
        "log": r"\ln", "log2": r"\log_{2}", "log10": r"\log_{10}",
        "asin": r"\arcsin", "acos": r"\arccos", "atan": r"\arctan",
        "maximum": r"\max", "minimum": r"\min", "max": r"\max", "min": r"\min",
        "sigmoid": r"\sigma",
    }  # fmt: skip
    around: ClassVar[dict[str, str]] = {
        "exp": "e^{{{}}}", "exp2": "2^{{{}}}", "sqrt": r"\sqrt{{{}}}", "cbrt": r"\sqrt[3]{{{}}}",
        "abs": r"\left| {} \right|", "norm": r"\left\| {} \right\|",
        "floor": r"\left\lfloor {} \right\rfloor", "ceil": r"\left\lceil {} \right\rceil",
    }  # fmt: skip

    def name(self, text: str) -> Spelled:
        """Return a variable."""
        return latex_name(text), ATOM

    def digits(self, text: str) -> str:
        """Return a number, with a power of ten instead of e."""
        text = text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
        return re.sub(r"e([+-]?)0*(\d+)", lambda m: rf" \cdot 10^{{{m[1].strip('+')}{m[2]}}}", text)

    def sign(self, op: str) -> str:
        """Return a comparison."""
        return self.comparisons.get(op, SIGN[op])

    def inside(self, text: str, binding: int, least: int) -> str:
        """Return a part, in brackets where it binds less than it has to."""
        return rf"\left( {text} \right)" if binding < least else text

    def chosen(self, f: Formula, spelled: list[Spelled]) -> Spelled:
        """Return cases, one a line; those of the last case are cases of the whole."""
        (condition, _), (x, _), (y, _) = spelled
        first, last = r"\begin{cases} ", r" \end{cases}"
        if y.startswith(first) and y.endswith(last) and f.arguments[2].op == "where":
            rest = y[len(first) : -len(last)]
        else:
            rest = rf"{y} & \mathrm{{else}}"
        return rf"{first}{x} & \mathrm{{if}}\ {condition} \\ {rest}{last}", POWER

    def applied(self, f: Formula, spelled: list[Spelled]) -> Spelled:
        """Return a product, a fraction, a power or a function."""
        if f.op == "div":
            return rf"\frac{{{spelled[0][0]}}}{{{spelled[1][0]}}}", POWER
        if f.op == "mul":
            (x, p), (y, q) = spelled
            y = self.inside(y, q, NEGATIVE)
            between = r" \cdot " if y[0].isdigit() or y.startswith(r"\frac{1}{2}") else r" \, "
            return f"{self.inside(x, p, PRODUCT)}{between}{y}", PRODUCT
        if f.op == "pow":
            base, exponent = f.arguments
            (x, p), (y, _) = spelled
            if base.op in self.functions and (value_of(exponent) or 0.0) > 0:
                word = self.functions[base.op]
                return x.replace(word, rf"{word}^{{{y}}}", 1), ATOM
            return f"{self.inside(x, p, ATOM)}^{{{y}}}", POWER
        texts = [text for text, _ in spelled]
        if f.op in self.around and len(texts) == 1:
            return self.around[f.op].format(texts[0]), POWER if f.op in ("exp", "exp2") else ATOM
        return rf"{operator_name(f.op)}\left( {', '.join(texts)} \right)", ATOM


TEXT, LATEX = Text(), Latex()


def text_of(f: Formula) -> str:
    """Return a formula as Python writes it, but for names that Python does not allow."""
    return TEXT.spell(f, {})[0]


def latex_of(f: Formula) -> str:
    """Return a formula in LaTeX."""
    return LATEX.spell(f, {})[0]


def operator_name(op: str) -> str:
    """Return the name of an operation in LaTeX."""
    return LATEX.functions.get(op) or rf"\operatorname{{{_letters(op)}}}"


# Names, which may be anything


def told_name(text: str) -> str:
    """Return a name on one line: as it is where it reads as one in a formula, else in quotes."""
    text = _shortened(text)
    return text if re.fullmatch(r"[^\W\d][\w.\[\]']*", text) and text.isprintable() else repr(text)


def _shortened(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau"
    " upsilon phi chi psi omega"
).split()
SPECIAL = {
    "\\": r"\backslash ", "^": r"\wedge ", "~": r"\sim ", " ": r"\ ",
    "'": r"\prime ", "`": r"\prime ",
    **{c: f"\\{c}" for c in "{}$&#%_"},
}  # fmt: skip


def latex_name(text: str, longest: int = LONGEST) -> str:
    """Return a name in LaTeX: Greek letters by name, digits as subscripts, else upright."""
    text = _shortened(text, longest)
    found = re.fullmatch(r"([A-Za-z]|" + "|".join(GREEK) + r")_?(\d*)", text)
    if not found:
        return rf"\mathrm{{{_letters(text)}}}"
    letter = f"\\{found[1]}" if found[1] in GREEK else found[1]
    return f"{letter}_{{{found[2]}}}" if found[2] else letter


def _letters(text: str) -> str:
    printable = (c if c.isprintable() else "?" for c in text)
    return "".join(SPECIAL.get(c, c) for c in printable)


def told(x: Any) -> str:
    """Return a number, or an array in a few words."""
    array = np.asarray(x)
    if array.ndim == 0:
        return f"{array.item() + 0.0:.6g}"  # and not -0
    if array.size <= 6:
        return "[" + ", ".join(told(row) for row in array) + "]"
    with np.errstate(all="ignore"):
        sizes, word = (np.abs(array), "of sizes ") if array.dtype.kind == "c" else (array, "")
        low, mean, high = (float(f(sizes)) for f in (np.min, np.mean, np.max))
    return f"array {array.shape} {word}from {low:.4g} to {high:.4g}, mean {mean:.4g}"
