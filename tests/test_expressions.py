"""Expressions from the command line: what is let through is computed right, all else refused."""

import ast
import math
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd.commands.expressions import ExpressionError, ParsedExpression
from autograd.explaining.formulas import evaluated
from autograd.explaining.simplifying import FORMULAS
from autograd.formulas.formula import Formula, name
from autograd.rules.elementary import TABLE

PYTHONS: dict[str, Any] = {
    **{f: getattr(math, f) for f in "sin cos tan exp log sqrt tanh atan hypot floor log1p erf".split()},
    "abs": abs, "maximum": max, "where": lambda c, x, y: x if c else y, "pi": math.pi, "e": math.e,
}  # fmt: skip

REFUSED = [
    ("x.y", "an attribute"), ("x.__class__", "an attribute"), ("().__class__.__bases__[0]", "an index"),
    ("x[0]", "an index"), ("lambda: 1", "a lambda"), ("[x for x in (1, 2)]", "a comprehension"),
    ("{x: 1 for x in [2]}", "a comprehension"), ("(x for x in [1])", "a comprehension"),
    ("f'{x}'", "an f-string"), ("f'{x!r:>{1}}'", "an f-string"), ("'a'", "a string"), ("b'a'", "a string"),
    ("'a' * 9", "a string"), ("(y := 3)", "an assignment"), ("x = 3", "invalid syntax"), ("sin(*x)", "a star"),
    ("sin(x=1)", "a keyword"), ("sin(**x)", "a keyword"), ("True", "a truth value"), ("None", "None"),
    ("...", "Ellipsis"), ("1j", "a complex number"), ("1" + "0" * 400, "a whole number beyond 1e308"),
    ("9" * 4500, "limit"), ("x @ y", "@, of matrices"), ("x // y", r"write floor\(x / y\)"),
    ("x ^ 2", r"a power is x\*\*2"), ("x << 9999999", "LShift"), ("x | y", "BitOr"), ("~x", "not, ~"),
    ("not x", "not, ~"), ("x and y", "and, or"), ("x < y", "a comparison outside where"),
    ("where(x == y, 1, 2)", "a comparison other than"), ("where(1 < x < 3, 1, 2)", "a comparison other than"),
    ("where(x, 1, 2)", "without a comparison"), ("where(x in y, 1, 2)", "a comparison other than"),
    ("x if y else 2", "without a comparison"), ("(1, 2)", "a tuple"), ("[1]", "a list"), ("{1}", "a set"),
    ("{}", "a dict"), ("await x", "await|syntax"), ("yield", "syntax|yield"), ("x()", "'x'"), ("sin(x)(y)", "a call of what is no name"),
    ("__import__('os').system('id')", "a call of what is no name"), ("__import__('os')", "'__import__'"),
    ("eval('1')", "'eval'"), ("open('f')", "'open'"), ("getattr(x, 'y')", "'getattr'"), ("sine(x)", "allowed are those of the table"),
    ("coth(x)", r"write 1 / tanh\(x\)"), ("erfinv(x)", "allowed are those"), ("gamma(x)", "allowed are those"),
    ("np.linalg.det(x)", "a call of what is no name"), ("os.sin(x)", "a call of what is no name"), ("math.nothing(x)", "'nothing'"),
    ("math.__name__", "an attribute"), ("np.linalg", "an attribute"), ("max()", "it needs 1 or more"), ("sum([])", "it needs 1 or more"),
    ("max(*x)", "a star"), ("max([*x])", "a star"), ("max(x, key=1)", "a keyword"), ("sum([x, [y]])", "a list"), ("math.sin", "an attribute"),
    ("Sin(x)", "allowed are those of the table"), ("qqqq(x)", "allowed are those of the table"), ("sin()", "sin of 0 operands; it needs 1"),
    ("hypot(x)", r"needs 2 \(x, y\)"), ("sin(x, y)", "sin of 2 operands"), ("", "nothing"), ("  ", "nothing"),
    ("x\0", "null bytes"), ("x y", "invalid syntax"), ("(x", "never closed"), ("x)", "unmatched"), ("x #", None),
    ("x; y", "invalid syntax"), ("import os", "invalid syntax"), ("x\ny", "invalid syntax"), ("$x", "invalid"), ("½", "invalid"),
    ("x²", "invalid"), ("x−1", "invalid"), ("1٣", "invalid"), ("\ud800", "surrogate|what Python cannot read|invalid"),
    ("(" * 300 + "x" + ")" * 300, "nested|levels|cannot read"), ("-" * 4000 + "x", "levels|cannot read|nested"), ("x+" * 2000 + "x", "parts|levels|cannot read"),
    ("sin(" * 150 + "x" + ")" * 150, "levels|nested"), ("x**" * 150 + "x", "levels"), ("x" * 6000, "6000 characters; at most 5000"),
    ("1+" * 500_000 + "1", "1000001 characters"), ("0x" + "f" * 300, "a whole number beyond"), ("print", None), ("x" + "[" * 1500, "nested|never closed|cannot read"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_not_on_the_list_is_refused_on_one_line(text: str, message: str | None) -> None:
    start = time.process_time()
    if message is None:  # a comment and a plain name are harmless
        assert len(ParsedExpression(text).names) == 1
        return
    with pytest.raises(ExpressionError, match=rf"^expression: got .*({message})") as refused:
        ParsedExpression(text)
    told = str(refused.value)
    assert told.isprintable()
    assert len(told) < 320
    assert (
        "allowed" in told
        or "needs" in told
        or "at most" in told
        or "write less" in told
        or "nest it less" in told
    )
    assert refused.value.__cause__ is None
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9**9**9**9", math.inf), ("(-8)**(1/3)", math.nan), ("1/0", math.inf), ("log(0)", -math.inf), ("1e999", math.inf),
        ("2*pi", 2 * math.pi), ("e", math.e), ("-2**2", -4.0), ("2**-1", 0.5), ("7 % -3", -2.0), ("1_000.5", 1000.5),
        ("0x10", 16.0), ("where(1 < 2, 3, 1/0)", 3.0), ("3 if 2 <= 1 else 4", 4.0), ("leaky_relu(-2)", -0.02), ("ｓin(0)", 0.0),
        (" ( 1 +\n 2 ) ", 3.0), ("+-+1", -1.0),
    ],
)  # fmt: skip
def test_numbers_are_floats_of_ieee(text: str, value: float) -> None:
    found = float(ParsedExpression(text).over(ag, {}))
    assert found == value or (math.isnan(found) and math.isnan(value))


def test_names_come_in_order_and_may_hide_nothing() -> None:
    assert ParsedExpression("b + sin(a)*b + pi").names == ["b", "a"]
    assert ParsedExpression("ⅹ").names == ["x"], "as Python reads names"
    assert ParsedExpression("sin + 1").names == ["sin"], (
        "functions are functions only where they are called"
    )


LEAVES = st.one_of(
    st.sampled_from(["x", "y", "pi", "2", "0.5", "1e3"]),
    st.floats(0, 9, allow_nan=False).map(repr),
)


def _larger(inner: Any) -> Any:
    signs = st.sampled_from(["+", "-", "*", "/", "**", "%"])
    return st.one_of(
        st.tuples(inner, signs, inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        inner.map(lambda t: f"-{t}"),
        st.tuples(st.sampled_from("sin cos exp log sqrt tanh atan floor abs erf log1p".split()), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"maximum({t[0]}, {t[1]})"),
        st.tuples(inner, inner, inner, inner).map(lambda t: f"where({t[0]} < {t[1]}, {t[2]}, {t[3]})"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} >= 1 else {t[2]})"),
    )  # fmt: skip


@settings(max_examples=150)
@given(text=st.recursive(LEAVES, _larger, max_leaves=12), x=st.floats(-3, 3), y=st.floats(-3, 3))
def test_what_is_let_through_is_what_python_computes(text: str, x: float, y: float) -> None:
    expression = ParsedExpression(text)
    scope = {"x": x, "y": y}
    numbers = {word: scope[word] for word in expression.names}
    found = float(expression.over(ag, numbers))
    node = expression.over(ag, {word: ag.Value(v) for word, v in numbers.items()})
    assert _same(float(getattr(node, "data", node)), found)
    formula = expression.over(FORMULAS, {word: name(word) for word in numbers})
    if isinstance(formula, Formula):
        assert _same(evaluated(formula, numbers)[0], found)
    try:
        expected = eval(text, {"__builtins__": {}}, {**PYTHONS, **scope})
    except (ArithmeticError, ValueError, TypeError):  # where Python raises, also at complex powers
        return
    if isinstance(expected, complex):
        assert math.isnan(found)
    elif math.isfinite(expected) and math.isfinite(found):
        assert found == pytest.approx(float(expected), rel=1e-9)


def _same(x: float, y: float) -> bool:
    return x == y or (math.isnan(x) and math.isnan(y))


WORDS = st.sampled_from(
    "x y sin where lambda : ( ) [ ] { } , . + - ** / // % @ ^ ~ ' \" f' = := == < > if else for in * ** "
    "__class__ __import__ 1 0.5 1e9 9999999 0x 1j _ ; # \n \t \\ \0 True None await not and … é 𝟙 ".split(
        " "
    )
)


@settings(max_examples=200)
@given(text=st.one_of(st.lists(WORDS, max_size=25).map("".join), st.text(max_size=40)))
def test_anything_else_is_a_clean_refusal(text: str) -> None:
    refusal = None
    try:
        expression = ParsedExpression(text)
    except ExpressionError as error:
        refusal = str(error)
    if refusal is not None:
        assert refusal.startswith("expression: got ")
        assert refusal.isprintable()
        return
    found = expression.over(ag, dict.fromkeys(expression.names, 0.5))
    assert isinstance(found, float)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("math.sin(x)", "sin(x)"), ("np.arctan(x)", "atan(x)"), ("ln(x)", "log(x)"), ("numpy.abs(x)", "abs(x)"),
        ("max(x, 1, y)", "maximum(maximum(x, 1), y)"), ("min([x, y])", "minimum(x, y)"), ("max(x)", "x"),
        ("sum((x, y, 2))", "x + y + 2"), ("math.pi * np.e", "pi * e"), ("where(x < np.inf, x, math.nan)", "x"),
        ("np.where(x > y, x, y)", "where(x > y, x, y)"), ("math.pow(x, y)", "x**y"), ("ag.sigmoid(x)", "sigmoid(x)"),
        ("np.float_power", None), ("fabs(x) + math.fabs(y)", "abs(x) + abs(y)"), ("max(x, x)", "maximum(x, x)"),
    ],
)  # fmt: skip
def test_names_of_programs_are_understood(text: str, same: str | None) -> None:
    if same is None:
        with pytest.raises(ExpressionError):
            ParsedExpression(text)
        return
    one, other = (ag.Value(0.3), ag.Value(2.0)), (ag.Value(0.3), ag.Value(2.0))
    for each, (x, y) in ((text, one), (same, other)):
        (ParsedExpression(each).over(ag, {"x": x, "y": y}) + 0 * x).backward()
    assert [x.grad for x in one] == [x.grad for x in other]
    assert ParsedExpression(text).names == ParsedExpression(same).names


def test_the_whole_table_can_be_called() -> None:
    for op, row in TABLE.items():
        least = len(row.operands) - len(row.defaults)
        operands = ["x < 1" if op == "where" and i == 0 else "x" for i in range(least)]
        value = ParsedExpression(f"{op}({', '.join(operands)})").over(ag, {"x": 0.5})
        operands = [True if text == "x < 1" else 0.5 for text in operands]
        assert _same(float(value), float(getattr(ag, op)(*operands)))


def test_every_kind_of_node_of_python_is_known_or_refused() -> None:
    kinds = [kind for kind in ast.expr.__subclasses__() if kind.__name__ not in ("Num", "Str")]
    allowed = {ast.BinOp, ast.UnaryOp, ast.IfExp, ast.Call, ast.Compare, ast.Constant, ast.Name}
    from autograd.commands.expressions import KINDS

    others = {ast.FormattedValue, ast.Slice, ast.Await}  # which stand inside others only
    missing = {kind.__name__ for kind in {*kinds} - allowed - {*KINDS} - others}
    assert missing <= {"TemplateStr", "Interpolation", "Bytes", "NameConstant", "Ellipsis"}, missing
