"""Words and formulas: the ledger, explanations printed from the rows, and where a nan began."""

import json
import math
import os
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Tensor, Value
from autograd.arithmetic.floats import evaluate, floats
from autograd.explaining.formulas import derivative, evaluated, partials_of
from autograd.explaining.ledger import ledger
from autograd.explaining.notations import text_of
from autograd.explaining.rules import derivatives_of, formula_of, labels_of
from autograd.explaining.simplifying import expanded, in_order, simplified
from autograd.formulas.formula import Formula, name
from autograd.rules.elementary import BUILT_IN, TABLE, Elementary
from autograd.rules.nary import NARY
from autograd.testing.strategies import operands

pytestmark = pytest.mark.both

ROWS = [TABLE[op] for op in sorted(BUILT_IN)]
SCOPE: dict[str, Any] = {
    **{op: getattr(floats, op) for op in BUILT_IN if op != "where"},
    **{op: lambda *xs, op=op: NARY[op].value(floats, xs) for op in ("mean", "logsumexp", "sum")},
    "pi": math.pi,
    "e": math.e,
}


def bits(x: Any) -> bytes:
    """All bits, but for the sign of a nan, which is the processor's choice."""
    array = np.asarray(x)
    return np.where(np.isnan(array), np.nan, array).tobytes()


def program(draw: Any, of_arrays: bool) -> tuple[Any, list[Any]]:
    """A root of a random graph with fan-out, untaken branches and edges of IEEE, and its leaves."""
    numbers = st.floats(-2, 2).map(lambda x: round(x, 2))
    leaves: list[Any] = [Value(draw(numbers)) for _ in range(3)]
    if of_arrays:
        shapes = [(2, 3), (3,), (2, 1), ()]
        rng = np.random.default_rng(draw(st.integers(0, 99)))
        leaves += [Tensor(np.round(rng.normal(size=shape), 1)) for shape in shapes]
    nodes = list(leaves)
    for _ in range(draw(st.integers(1, 15))):
        x, y = (nodes[draw(st.integers(0, len(nodes) - 1))] for _ in range(2))
        kind = draw(st.sampled_from("add mul div tanh where sum dot self constant".split()))
        if kind == "where":
            is_high = x.data > 0.5
            nodes.append(ag.where(is_high, ag.sqrt(x), y))
        elif kind in ("sum", "dot"):
            is_array = isinstance(x, Tensor) or isinstance(y, Tensor)
            nodes.append(ag.sum(x * y) if is_array else NARIES[kind]([x, y, x, 2.0]))
        elif kind == "self":
            nodes.append(x * x)
        elif kind == "constant":
            nodes.append(3.0 - x)
        else:
            nodes.append(getattr(ag, kind)(*(x, y)[: 1 + (kind != "tanh")]))
    root = nodes[-1]
    for node in nodes[-3:-1]:
        root = root + node
    return (ag.sum(root) if isinstance(root, Tensor) else root), leaves


NARIES = {"sum": ag.sum, "dot": lambda xs: ag.dot(xs[:2], xs[2:])}


@settings(max_examples=60)
@given(data=st.data(), of_arrays=st.booleans())
def test_the_ledger_adds_up_to_what_backward_finds(data: Any, of_arrays: bool) -> None:
    with np.errstate(all="ignore"):
        root, leaves = program(data.draw, of_arrays)
        entries = list(ledger(root))
        assert not any(leaf.has_grad for leaf in leaves), "nobody's grad is touched"
        root.backward()
    totals: dict[Any, Any] = {}
    for c in entries:
        zero = 0.0 if isinstance(c.operand, Value) else np.zeros(c.operand.shape)
        assert bits(c.before) == bits(totals.get(c.operand, zero)), "each goes on from the last"
        assert c.result.operands[c.position] is c.operand
        if isinstance(c.result, Value):
            assert bits(c.share) == bits(c.adjoint * c.partial)
        totals[c.operand] = c.after
    for (
        leaf
    ) in leaves:  # one that a choice left out as a whole has zeros, or nothing, which reads 0
        if leaf is not root:
            assert bits(leaf.grad) == bits(totals.get(leaf, np.zeros(np.shape(leaf.data))))
    chosen = leaves[0]
    mine = ag.contributions(root, chosen)
    assert [bits(c.after) for c in mine] == [bits(c.after) for c in entries if c.operand is chosen]


def test_contributions_answer_why_six_and_not_three() -> None:
    x = Value(3.0)
    first, second = ag.contributions(x * x, x)
    assert [first.position, second.position] == [0, 1]
    assert [first.share, second.share] == [3.0, 3.0]
    assert [first.before, first.after, second.after] == [0.0, 3.0, 6.0]
    assert ag.contributions(x, x) == ag.contributions(x * 2, Value(1.0)) == []
    w = Tensor([[1.0, 2.0]])
    with np.errstate(all="ignore"):
        y = ag.where(w.data > 1, ag.log(w - 1), w * 5)
    shares = [c.share.tolist() for c in ag.contributions(y.sum(), w)]
    assert sorted(shares) == [[[0.0, 1.0]], [[5.0, 0.0]]], "the branch not taken gives nothing"
    (c,) = ag.contributions(ag.exp(w), w, seed=[[1.0, 2.0]])
    np.testing.assert_array_equal(c.partial, np.exp(w.data))
    np.testing.assert_array_equal(c.share, np.exp(w.data) * [[1.0, 2.0]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ag.contributions(1.0, Value(1.0)), r"contributions: got float 1\.0; it needs"),
        (lambda: ag.explain([1]), r"explain: got list \[1\]; it needs a Value or Tensor"),
        (lambda: ag.explain_nan("x"), "explain_nan: got str 'x'; it needs a Value or Tensor"),
        (lambda: list(ledger(2.0)), r"ledger: got float 2\.0; it needs a Value or Tensor"),
        (lambda: ag.contributions(Tensor([1.0, 2.0]), Value(1.0)), "needs a seed"),
    ],
)
def test_what_is_no_node_is_refused(call: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message) as refused:
        call()
    assert "\n" not in str(refused.value)


# Formulas


@pytest.mark.once
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@settings(max_examples=8)
@given(data=st.data())
def test_printed_formulas_are_the_partials_of_the_engine(row: Any, data: Any) -> None:
    x = data.draw(operands(row))
    z, partials = evaluate(row, *x)
    names = [f"{word}_" if word in SCOPE else word for word in row.operands]
    scope = {**SCOPE, **dict(zip(names, map(floats.pos, x))), "z": z}
    size = max(1.0, *map(abs, x), abs(z))
    for f, partial in zip(partials_of(row, list(map(name, names)), name("z")), partials):
        found = eval(text_of(f), {"__builtins__": {}}, scope)
        assert found == pytest.approx(partial, rel=1e-7, abs=1e-9 * size)
        assert evaluated(f, scope)[0] == pytest.approx(found, rel=1e-7, abs=1e-9 * size)


@pytest.mark.parametrize(
    ("op", "formulas"),
    [
        ("mul", ["y", "x"]),
        ("div", ["1 / y", "-z / y"]),
        ("sin", ["cos(x)"]),
        ("tanh", ["sech(x)**2"]),
        ("exp", ["z"]),
        ("sqrt", ["0.5 / z"]),
        ("asin", ["1 / sqrt(1 - x**2)"]),
        ("exp2", ["log(2) * z"]),
        ("erf", ["(2 / sqrt(pi)) * exp(-x**2)"]),
        ("abs", ["1 if x > 0 else -1 if x < 0 else 0 if x >= 0 else x"]),  # nan at nan
        ("softplus", ["sigmoid(x)"]),
    ],
)
def test_they_read_as_in_a_textbook(op: str, formulas: list[str]) -> None:
    row = TABLE[op]
    found = partials_of(row, list(map(name, row.operands)), name("z"))
    assert list(map(text_of, found)) == formulas


X, Y = name("x"), name("y")


@pytest.mark.parametrize(
    ("f", "simple"),
    [
        (X + X, "2 * x"),
        (X - X, "0"),
        (X * X * X, "x**3"),
        (X / X / X, "1 / x"),
        (Y * X + X * Y, "2 * x * y"),
        (-(X - Y), "y - x"),
        (1 - (2 - X), "x - 1"),
        (X * 0.1 * 3, "0.30000000000000004 * x"),
        (X / 3 + X / 6, "x / 2"),
        (0 * Formula("log", X), "0"),
        ((X + 1) * (X - 1), "(x + 1) * (x - 1)"),
        (Formula("pow", X, 0.5) * Formula("pow", X, 0.5), "(x**0.5)**2"),
        (Formula("pow", 2 * X, 3), "8 * x**3"),
        (Formula("where", X < 1, Y, Y), "y"),
        (Formula("square", X) + Formula("reciprocal", X), "x**2 + 1 / x"),
        (X / 0, "x / 0"),
        (Formula("exp", 0.0), "1"),
        (-Formula("pow", -X, 2), "-x**2"),
        (Formula("pow", Y - X, -1) * (Y - X), "1"),
    ],
)
def test_simplifying(f: Formula, simple: str) -> None:
    assert text_of(simplified(f)) == simple


@st.composite
def formulas(draw: Any) -> Formula:
    parts: list[Formula] = [X, Y, simplified(X * 0 + 2), simplified(X * 0 + 3)]
    for _ in range(draw(st.integers(1, 8))):
        a, b = (parts[draw(st.integers(0, len(parts) - 1))] for _ in range(2))
        op = draw(st.sampled_from("add sub mul div neg sin exp square pow where".split()))
        if op == "pow":
            parts.append(Formula("pow", a, draw(st.sampled_from([-2, 0, 0.5, 1, 2, 3]))))
        elif op == "where":
            parts.append(Formula("where", a < b, a, draw(st.sampled_from([0.0, b]))))
        else:
            parts.append(Formula(op, *(a, b)[: 2 if op in ("add", "sub", "mul", "div") else 1]))
    return parts[-1]


@pytest.mark.once
@settings(max_examples=80)
@given(f=formulas(), x=st.floats(0.2, 3), y=st.floats(0.2, 3))
def test_simplified_and_expanded_formulas_have_the_same_value(
    f: Formula, x: float, y: float
) -> None:
    numbers = {"x": x, "y": y}
    value, largest = evaluated(f, numbers)
    for g in (simplified(f), expanded(f)):
        found, size = evaluated(g, numbers)
        if (
            all(map(math.isfinite, (value, found)))
            and max(largest, size) < 1e8
            and _smooth(f, numbers)
        ):
            assert found == pytest.approx(value, rel=1e-6, abs=1e-7 * max(1, largest, size) ** 2)


def _smooth(f: Formula, numbers: dict[str, float]) -> bool:
    """Whether no branch hangs on the last digits."""
    gaps = [g.arguments[0] - g.arguments[1] for g in in_order(f) if g.op in ("lt", "eq")]
    return all(not abs(evaluated(gap, numbers)[0]) < 1e-6 for gap in gaps)


@pytest.mark.once
@settings(max_examples=80)
@given(f=formulas(), x=st.floats(0.2, 2), y=st.floats(0.2, 2))
def test_derivatives_of_formulas_are_those_of_the_engine(f: Formula, x: float, y: float) -> None:
    by_rules = ag.derivative(lambda t: t * 0 + _of_values(f, {"x": t, "y": y}))(x)
    found, size = evaluated(derivative(f, X), {"x": x, "y": y})
    _, largest = evaluated(f, {"x": x, "y": y})
    is_tame = all(map(math.isfinite, (by_rules, found))) and max(size, largest) < 1e6
    if is_tame and _smooth(f, {"x": x, "y": y}):
        assert found == pytest.approx(by_rules, rel=1e-6, abs=1e-7 * max(1, size, largest) ** 2)


def _of_values(f: Formula, scope: dict[str, Any]) -> Any:
    if f.op == "name":
        return scope[f.arguments[0]]
    if f.op == "number":
        return float(f.arguments[0])
    xs = [_of_values(a, scope) for a in f.arguments]
    return xs[0] < xs[1] if f.op == "lt" else getattr(ag, f.op)(*xs)


# Explanations


def one_of_each() -> list[Any]:
    """A node of every row and n-ary operation, of Values and of Tensors."""
    found = []
    for row in ROWS:
        x = [0.3 + 0.2 * i for i in range(len(row.operands))]
        x[0] = 1.5 if row.name in ("acosh", "where") else x[0]
        function = getattr(ag, row.name)
        found.append(function(*(Value(v, name=word) for v, word in zip(x, row.operands))))
        found.append(function(*(Tensor([v, v]) for v in x)))
    values = [Value(1.0, name="a"), Value(2.0), 3.0, Value(0.0)]
    for op in NARY:
        xs = (values[:2], values[2:]) if op == "dot" else (values,)
        node = getattr(ag, op)(*xs)
        found += list(node[:2]) if isinstance(node, (list, np.ndarray)) else [node]
    A, v = Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]], name="A"), Tensor([1.0, 2.0, 4.0], name="v")
    square = Tensor([[2.0, 1.0], [1.0, 3.0]], name="S")
    found += [
        A @ v, A @ A.T, v @ v, A.sum(), A.sum(0), A.max(1), A.T, A.reshape(3, 2), A[0], A[:, [0, 0]],
        ag.concatenate([A, A]), ag.softmax(v), ag.linear(A, A), ag.linalg.det(square), ag.pad(v, 1),
        ag.linalg.inv(square), ag.linalg.solve(square, Tensor([1.0, 2.0])), ag.cumsum(v), ag.flip(v),
        ag.einsum("ij,kj->ik", A, A), ag.layer_norm(A), ag.where(A.data > 2, A, 0.0), A * values[0],
        ag.conv2d(Tensor(np.ones((1, 1, 4, 4))), Tensor(np.ones((1, 1, 2, 2)))), A.astype("float32"),
    ]  # fmt: skip
    return [x for x in found if isinstance(x, (Value, Tensor))]


EACH = one_of_each()


@pytest.mark.parametrize("node", EACH, ids=lambda node: f"{node.op} {type(node).__name__}")
def test_every_operation_explains_itself(node: Any) -> None:
    said = ag.explain(node, root=node, seed=node.data)
    text, latex = str(said), said.latex
    assert text.startswith(f"{node.name or 'v'}" if node.name else "v"), text
    json.dumps(said.to_dict(), allow_nan=False)
    labels = labels_of([*dict.fromkeys(node.parents), node])
    for d in derivatives_of(node, labels):
        assert any(node.operands[d.position] is parent for parent in node.parents)
        assert d.formula or d.is_share
    assert_balanced(latex)
    is_new = isinstance(node, Value) or not isinstance(node.row, Elementary)
    if is_new and os.environ.get("CHAINRULE_PURE_PYTHON") != "1":
        assert_parses(latex)
    assert said._repr_latex_() == f"$$\n{latex}\n$$"


def assert_balanced(latex: str) -> None:
    depth = 0
    for c in re.sub(r"\\[{}\\]", "", latex):
        depth += (c == "{") - (c == "}")
        assert depth >= 0, latex
    assert depth == 0, latex
    assert latex.count(r"\left") == latex.count(r"\right") + latex.count(r"\leftarrow")


def assert_parses(latex: str) -> None:
    """matplotlib's mathtext, which is slow, can read each line."""
    from matplotlib.mathtext import MathTextParser

    cases = r"\\begin\{cases\}((?:(?!\\begin).)*?)\\end\{cases\}"  # which mathtext does not know
    while found := re.search(cases, latex):
        rows = re.sub(r"\\\\|&", " ", found[1])
        latex = f"{latex[: found.start()]} {{{rows}}} {latex[found.end() :]}"
    lines = re.sub(r"\\(begin|end)\{aligned\}", "", latex).split("\\\\")
    for line in lines:
        MathTextParser("path").parse(f"${line.replace('&', ' ').strip()}$")


def test_what_an_explanation_says() -> None:
    x, w = Value(2.0, name="x"), Value(-3.0, name="w")
    v = w * x
    loss = ag.tanh(v) ** 2 + 3 * v
    assert str(ag.explain(v, root=loss)).splitlines() == [
        "v1 = w * x = -6",
        "  mul: Product, x * y.",
        "  with w = -3",
        "  with x = 2",
        "local derivatives:",
        "  ∂v1/∂w = x = 2",
        "  ∂v1/∂x = w = -3",
        "gradient ∂v5/∂v1 = 2.99995, from 2 uses:",
        "  in v3 = 3 * v1, operand 2: ∂v5/∂v3 · ∂v3/∂v1 = 1 · 3 = 3 (was 0, now 3)",
        "  in v2 = tanh(v1), operand 1: ∂v5/∂v2 · ∂v2/∂v1 = (-1.99998) · 2.45765e-05 = -4.91525e-05"
        " (was 3, now 2.99995)",
    ]
    assert "gradient: none yet" in str(ag.explain(x))
    loss.backward()
    assert "gradient: -8.99985, as the last backward pass left it" in str(ag.explain(x))
    assert "the pass starts here" in str(ag.explain(loss, root=loss))
    assert "was not computed from it" in str(ag.explain(Value(1.0), root=loss))
    square = str(ag.explain(x**2))
    assert "z = x**2 = 4" in square
    assert "∂z/∂x = 2 * x = 4" in square
    assert "where sech(...) is: Hyperbolic secant" in str(ag.explain(ag.tanh(x)))


def test_arrays_are_told_by_their_rules() -> None:
    W, x = Tensor(np.ones((4, 3)), name="W"), Tensor([1.0, 2.0, 3.0], name="x")
    text = str(ag.explain(W @ Tensor(np.ones((3, 2)), name="H")))
    assert "share of W, from g = ∂L/∂z: g @ H.mT" in text
    assert "share of H, from g = ∂L/∂z: W.mT @ g" in text
    loss = ag.sum(ag.exp(W @ x))
    text = str(ag.explain(W, root=loss))
    assert "in v1 = W @ x, operand 1: share array (4, 3)" in text
    y = Value(2.0, name="y")
    assert "in v1 = values(y), operand 1" in str(ag.explain(y, root=ag.sum(W * y)))

    @ag.custom_vjp(lambda g, z, t: g * z)
    def own(t: Any) -> Any:
        return np.exp(t)

    assert "own: an operation with a pullback of its own" in str(ag.explain(own(x)))
    assert "given by the pullback" in str(ag.explain(own(x)))


HOSTILE = ["a b", "x\ny", "\x1b[31m", "<script>alert(1)</script>", r"\input{x}$$", "%&#_{}^~", "‮", "", "z" * 500, "x_1", "$", "'\"`"]  # fmt: skip


@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_names_stay_names(label: str) -> None:
    x, y = Value(2.0, name=label), Value(3.0, name=label)
    said = ag.explain(x * y, root=x * y + x)
    text = str(ag.explain(x * y)) + str(said)
    assert all(c.isprintable() or c == "\n" for c in text)
    assert not any(label in text for label in HOSTILE[1:3])
    assert max(map(len, text.splitlines())) < 400
    latex = ag.explain(x * y).latex
    assert not re.search(r"\\(input|href|def)|(?<!\\)[$%#]", latex)
    assert "\n" not in latex.replace("\\begin{aligned}\n", "").replace(
        "\n\\end{aligned}", ""
    ).replace(" \\\\\n", "")
    assert len({*labels_of([x, y]).values()}) == 2, "two nodes are never called alike"


def test_long_graphs_are_told_quickly() -> None:
    x = Value(1.0, name="x")
    y = x
    for _ in range(20_000):
        y = y * 1.0
    assert "from one use" in str(ag.explain(x, root=y))
    total = ag.sum([x] * 1000)
    assert "… and 992 more" in str(ag.explain(total))
    assert "from 1000 uses" in str(ag.explain(x, root=total))
    assert formula_of(total, labels_of([x, total]))[0] == "sum(x, x, x, x, x, x, …, x)"


# Where a nan began


def test_a_nan_is_traced_forward_and_backward() -> None:
    with ag.record_lines():
        x = Value(-1.0, name="x")
        bad = ag.log(x)
        loss = ag.exp(bad * 2 + x)
    story = ag.explain_nan(loss)
    assert story
    assert story.forward is bad
    assert story.forward_path[0] is bad
    assert story.forward_path[-1] is loss
    assert story.backward_path[-1] is x
    assert f"log(x=-1.0) gave nan, at {__file__}:" in str(story)
    assert json.dumps(story.to_dict())
    t = Tensor([0.0, 4.0], name="t")
    root = ag.sqrt(t)
    story = ag.explain_nan(ag.sum(root))
    assert story.forward is None
    assert (story.backward, story.backward_path) == (root, [root, t])
    assert "the derivative of sqrt(t=array of shape (2,)) by operand 1 gave inf at [0]" in str(
        story
    )
    assert not t.has_grad


def test_no_nan_is_told_clearly() -> None:
    x = Value(2.0, name="x")
    story = ag.explain_nan(x * x)
    assert not story
    assert str(story) == "v1 = 4 and its gradients are finite"
    assert story.to_dict() == {"found": False, "forward": None, "backward": None}
    t = Tensor([0.0, 4.0], name="t")
    with np.errstate(all="ignore"):
        story = ag.explain_nan(ag.sum(ag.where(t > 0, ag.log(t), 0.0)))
    assert not story
    assert (
        "log(t=array of shape (2,)) gave -inf at [0], 1 of 2 elements, which reached none"
        in str(story)
    )
    hidden = ag.explain_nan(1 / ag.exp(Value(1000.0)) + x)
    assert "exp(1000.0) gave inf" in str(hidden)
    assert "but v4 = 2" in str(hidden)
    leaf = ag.explain_nan(Value(math.nan, name="w") * x)
    assert "the leaf w=nan is not finite" in str(leaf)
    scores = t + np.array([-math.inf, 0.0])  # an infinity that is given is no fault
    masked = ag.sum(ag.exp(scores))
    assert str(ag.explain_nan(masked)) == "v3 = 54.5982 and its gradients are finite"
    with np.errstate(all="ignore"):
        made = ag.explain_nan(ag.sum(scores * 0.0))
        other = ag.explain_nan(masked + ag.log(x - 3.0))
    assert "mul(array of shape (2,), 0.0) gave nan at [0], 1 of 2 elements" in str(made)
    assert "log(-1.0) gave nan" in str(other)
    y = x
    for _ in range(40):
        y = y * y
    assert str(ag.explain_nan(y)).count("… ") == 2, "paths of many nodes are cut short"
