"""The page that steps through the chain rule: what is in it. tests/browser tries what it does."""

import base64
import hashlib
import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import Tensor, Value, draw
from autograd.compiling.javascript import library
from autograd.drawing import opened, replaying
from autograd.drawing.contents import told as told_number
from autograd.drawing.contents import typeset
from autograd.drawing.facts import number
from autograd.drawing.graph import Graph
from autograd.drawing.page import HERE, SCRIPTS, UNWATCHED, page
from autograd.drawing.replaying import checks
from autograd.explaining.ledger import ledger
from autograd.graph import backward_order
from demos.neuron import neuron
from tests.drawing.graphs import graphs

pytestmark = pytest.mark.both


class Parts(HTMLParser):
    """The contents of scripts and styles, and all attributes, as a browser would read them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.contents: dict[str, list[str]] = {"script": [], "style": []}
        self.attributes: list[tuple[str, str, str]] = []
        self._tag = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tag = tag
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag in self.contents:
            self.contents[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""

    def handle_data(self, data: str) -> None:
        if self._tag in self.contents:
            self.contents[self._tag][-1] += data


def told(root: Any) -> dict[str, Any]:
    """What a page tells its script."""
    return told_of([root])


def told_of(roots: list[Any]) -> dict[str, Any]:
    data, *_ = Parts(page(Graph(roots))).contents["script"]
    return read(data)


def _nodes(packed: list[list[Any]]) -> Iterator[dict[str, Any]]:
    """The nodes, with all that follows, as the script has them."""
    nameless = 0
    for label, op, value, edges, formula, *rest in packed:
        nameless += label == 0
        edges = [x if isinstance(x[1], str) else [x[0], 0, *x[1:]] for x in edges]
        yield {"label": label or f"v{nameless}", "op": op, "value": value, "edges": edges} | {
            "formula": formula, **(rest[0] if rest else {})
        }  # fmt: skip


def _steps(data: dict[str, Any]) -> Iterator[list[Any]]:
    nodes, numbers, (seed, *others) = data["nodes"], data["numbers"], data["steps"]
    yield from ([0, i] for i in range(len(nodes)))
    yield seed
    sums = {seed[1]: seed[2]}
    for step in others:
        if len(step) < 8:
            i, place, *told = step
            source, _, slope, *_ = nodes[i]["edges"][place]
            before = sums.get(source, data["zero"])
            if not told:
                share = float(numbers[sums[i]]) * float(numbers[slope])
                numbers += [share, float(numbers[before]) + share]
                told = [len(numbers) - 2, len(numbers) - 1]
            step = [2, i, place, sums[i], slope, told[0], before, told[1]]
        yield step
        sums[nodes[step[1]]["edges"][step[2]][0]] = step[-1]


def read(data: str) -> dict[str, Any]:
    """The data of a page, each number in the three forms that the script writes."""
    found: dict[str, Any] = json.loads(data)
    found["nodes"] = [*_nodes(found["nodes"])]
    found["steps"] = [*_steps(found)]
    found["numbers"] = [
        x if isinstance(x, list) else [str(x), told_number(float(x)), number(float(x), "+")]
        for x in found["numbers"]
    ]
    return found


def graph_of(numbers: list[float], choices: list[int]) -> Value:
    """A graph of any shape: each node takes two of those before it."""
    nodes = [Value(x, name=f"x{i}") for i, x in enumerate(numbers)]
    for k, choice in enumerate(choices):
        x, y = nodes[choice % len(nodes)], nodes[(choice // 7 + k) % len(nodes)]
        made = (x + y, x * y, ag.tanh(x), x - 2 * y, ag.where(x.data > 0, x, y), ag.sum([x, y, x]))
        nodes.append(made[choice % len(made)])
    return ag.sum(nodes[-3:])


of_numbers = st.builds(
    graph_of,
    st.lists(st.floats(-2, 2), min_size=2, max_size=4),
    st.lists(st.integers(0, 1000), min_size=1, max_size=12),
)


def test_only_its_own_script_and_style_may_run() -> None:
    text = page(Graph([neuron()[0]]))
    parts = Parts(text)
    (policy,) = [v for _, name, v in parts.attributes if name == "content" and "default-src" in v]
    allowed = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert allowed.pop("default-src") == allowed.pop("base-uri") == "'none'"
    for kind, contents in parts.contents.items():
        digest = base64.b64encode(hashlib.sha256(contents[-1].encode()).digest()).decode()
        assert allowed[f"{kind}-src"].split()[-1] == f"'sha256-{digest}'"
    assert [len(allowed.pop(f"{kind}-src").split()) for kind in ("script", "style")] == [2, 1]
    assert not allowed
    assert len(parts.contents["style"]) == 1, "another would need a hash of its own"
    for _, name, value in parts.attributes:
        assert not name.startswith("on"), "handlers in attributes do not run"
        assert name not in ("style", "src")
        assert name not in ("href", "xlink:href") or value.startswith("#")


@given(of_numbers)
@settings(max_examples=15, deadline=None)
def test_its_numbers_are_those_of_the_engine(root: Value) -> None:
    data = told(root)
    nodes, numbers = backward_order([root])[::-1], data["numbers"]
    seeds = data["steps"][len(nodes)]
    assert [step[:2] for step in data["steps"][: len(nodes)]] == [[0, i] for i in range(len(nodes))]
    assert seeds[:2] == [1, len(nodes) - 1]
    assert [repr(node.data) for node in nodes] == [numbers[n["value"]][0] for n in data["nodes"]]
    entries = list(ledger(root))
    steps = data["steps"][len(nodes) + 1 :]
    assert len(steps) == len(entries) == sum(len(node.parents) for node in nodes)
    for entry, (_, i, place, *told_numbers) in zip(entries, steps):
        assert nodes[i] is entry.result
        assert nodes[i].parents[place] is entry.operand
        assert nodes[data["nodes"][i]["edges"][place][0]] is entry.operand
        parts = entry.adjoint, entry.partial, entry.share, entry.before, entry.after
        assert [numbers[n][0] for n in told_numbers] == [repr(x) for x in parts]
    last = {data["nodes"][i]["edges"][place][0]: now for _, i, place, *_, now in steps}
    for node in nodes:
        node.zero_grad()
    root.backward()
    for i, now in last.items():
        assert numbers[now][0] == repr(nodes[i].grad)


@given(of_numbers)
@settings(max_examples=15, deadline=None)
def test_gradients_agree_with_the_graph_computed_again(root: Value) -> None:
    nodes = backward_order([root])[::-1]
    root.backward()
    found, reason = checks(nodes, [node.grad for node in nodes])
    assert not reason
    for node, check in zip(nodes, found):
        assert check is not None
        assert check.analytic == node.grad
        assert check.verdict != "differs"
        if check.verdict == "agrees":
            assert abs(check.numeric - node.grad) <= 8 * check.bound + 1e-8 * abs(node.grad)


def test_a_wrong_gradient_differs() -> None:
    x = Value(2.0)
    y = ag.sin(x) * x
    found, _ = checks([x, y.parents[0], y], [1.2345, None, 1.0])
    assert [check and check.verdict for check in found] == ["differs", None, "agrees"]


def test_tensors_are_checked_along_a_direction() -> None:
    rng = np.random.default_rng(0)
    for dtype in (np.float64, np.float32):
        w = Tensor(rng.normal(size=(3, 2)), dtype=dtype)
        x = Value(0.5)
        loss = (ag.tanh(rng.normal(size=(4, 3)).astype(dtype) @ w) * x).sum()
        nodes = backward_order([loss])[::-1]
        loss.backward()
        found, _ = checks(nodes, [node.grad for node in nodes])
        assert {check.verdict for check in found if check} == {"agrees"}
        wrong, _ = checks(nodes, [1.01 * node.grad for node in nodes])
        assert {check.verdict for check in wrong if check} == {"differs"}


def test_what_can_not_be_checked_says_why() -> None:
    x = Value(0.0)
    z = 3 * ag.relu(x)
    found, _ = checks([x, z.parents[0], z], [0.0, 3.0, 1.0])
    assert found[0] is not None
    assert found[0].verdict == "at a kink"
    assert "relu" in found[0].words
    nan = ag.log(x - 1.0)
    assert {c.verdict for c in checks([x, *nan.parents, nan], [1.0, 1.0, 1.0])[0][:2] if c} == {
        "unresolved"
    }
    mine = ag.custom_vjp(lambda g, z, x: g)(abs)
    y = mine(x)
    assert "mine" not in checks([x, y], [1.0, 1.0])[1]
    assert "abs has a derivative of its user's own" in checks([x, y], [1.0, 1.0])[1]
    x.data = 5.0
    assert checks([x, z.parents[0], z], [0.0, 3.0, 1.0]) == (
        [None] * 3,
        "the data of a leaf has been changed since the graph was made",
    )


def test_a_large_graph_is_checked_in_part_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "WORK", 2000)
    x = Value(0.5, name="x")
    y = x
    for _ in range(20):
        y = ag.sin(y)
    data = told(y)
    checked = ["check" in node for node in data["nodes"]]
    assert checked[0], "leaves come first"
    assert checked[-1]
    assert 2 < sum(checked) < 10
    assert data["unchecked"] == "the graph is too large to check every node"


def test_special_numbers_are_texts() -> None:
    x = Value(0.0, name="x")
    data = told(ag.log(x) * 0.0 + 1 / x)
    exact = {text for text, *_ in data["numbers"]}
    assert {"nan", "inf", "-inf"} <= exact
    assert "NaN" not in json.dumps(data["numbers"])


@pytest.mark.parametrize(
    "name",
    [
        "</script><script>hacked=1</script>",
        "<!--<script>",
        "$data",
        "a\u2028b",
        "__proto__",
        "constructor",
        "_0_ · _z_",
        "'\"&amp;<b>",
        "\x00\x07",
    ],
)
def test_a_hostile_name_stays_text(name: str) -> None:
    x = Value(2.0, name=name)
    text = page(Graph([x * x]))
    parts = Parts(text)
    assert len(parts.contents["script"]) == 3
    labels = [node["label"] for node in read(parts.contents["script"][0])["nodes"]]
    assert labels[0] == "".join(c if c.isprintable() else " " for c in name)
    root = Value(2.0, name=name)
    assert len(Parts(page(Graph([root]))).contents["script"]) == 3


def test_formulas_have_places_for_names_and_numbers() -> None:
    w, x = Value(-3.0, name="w"), Value(0.5, name="_1_")
    y = (w * x) ** 2 - w
    data = told(y)
    nodes = {node["label"]: node for node in data["nodes"]}

    def formula(label: str) -> str:
        found: str = data["formulas"][nodes[label]["formula"]]
        return found

    assert [formula(label) for label in ("v1", "v2", "v3")] == ["_0_ · _1_", "_0_²", "_0_ − _1_"]
    assert [data["formulas"][edge[3]] for edge in nodes["v1"]["edges"]] == ["_1_", "_0_"]
    assert data["formulas"][nodes["v2"]["edges"][0][3]] == "2 · _0_"
    assert typeset("-x**2 * y**12 - 'a * b'") == "−x² · y**12 − 'a * b'"


def test_nameless_nodes_are_called_alike_by_text_page_and_explanation() -> None:
    x, w = Value(2.0, name="x"), Value(3.0)
    y = ag.sin(x * w) + w
    labels = {node["label"] for node in told(y)["nodes"]}
    assert labels == {"x", "v1", "v2", "v3", "v4"}
    text = draw(y).text
    assert all(f"{label} " in text for label in labels)
    assert "v4 +" in text
    assert "v1 (above)" in text
    assert "∂v4/∂v1" in str(ag.explain(w, root=y))
    assert "v2 = x * v1" in str(ag.explain(x, root=y))


def test_names_that_several_have_are_told_apart_in_text() -> None:
    a, b = Value(2.0, name="w"), Value(3.0, name="w")
    text = draw(a * b * a * b).text
    assert all(
        f"─ {name} {what}" in text for name in ("w", "w_2") for what in (" value", "(above)")
    )


def test_labels_that_boxes_do_not_have_are_shown_above_them() -> None:
    y = Value(2.0, name="w") * Value(3.0, name="w") + Value(1.0)
    assert {node["label"]: node.get("named", False) for node in told(y)["nodes"]} == {
        "w": True, "w_2": False, "v1": False, "v2": False, "v3": False,
    }  # fmt: skip
    with ag.scope("inner"):
        assert all(node["named"] for node in told(Value(1.0, name="x"))["nodes"])


def test_source_lines_are_told_where_they_were_recorded() -> None:
    with ag.record_lines():
        x = Value(1.0)
        y = ag.exp(x)
    line = told(y)["nodes"][1]["line"]
    assert re.fullmatch(r"test_page\.py, line \d+", line)


def test_tensors() -> None:
    w = Tensor([[1.0, 2.0], [3.0, 4.0]], name="w")
    loss = (w @ np.array([1.0, -1.0])).sum()
    data = told(loss)
    node = data["nodes"][1]
    assert data["formulas"][node["formula"]] == "_0_ @ c1"
    assert node["constants"] == "c1 is a constant, array 2"
    assert data["numbers"][node["arrays"]["c1"]][0] == "[ 1., -1.]"
    assert [node.get("shape") for node in data["nodes"]] == [[2, 2], [2], []]
    _, i, place, g, local, share, was, now = data["steps"][-1]
    assert (i, place, local) == (1, 0, None)
    assert data["numbers"][now][0].replace("\n", "") == "[[ 1., -1.], [ 1., -1.]]"
    assert data["numbers"][was][1] == "zeros (2×2)"
    assert data["numbers"][share][1] == "norm 2 (2×2)"
    assert data["numbers"][g][0] == "[1., 1.]"
    assert told(w * 2)["numbers"], "an array as root is summed"


def test_what_is_not_computed_anew_is_said() -> None:
    large = Tensor(np.ones((150, 150)), name="w")
    root = ag.abs(Tensor(np.array([1 + 2j])) * 2.0).sum()
    solved = ag.linalg.solve(Tensor(np.eye(2), name="A"), np.ones(2)).sum()
    solved.parents[0].name = "found"
    single = Tensor(np.ones(3, np.float32)).sum()
    assert [
        (told(x)["still"], told(x)["fixed"]) for x in ((large * 2.0).sum(), root, solved, single)
    ] == [
        ("Not computed anew here: got a graph of 45,001 numbers; it needs at most 20,000.", []),
        ("Complex numbers are not computed anew here.", []),
        (
            "Not computed anew: found: solve is computed in Python alone. What it comes from stays.",
            [1],
        ),
        (f"{UNWATCHED} What is moved is computed in double precision.", []),
    ]


def test_the_same_graph_gives_the_same_bytes_and_keeps_its_gradients() -> None:
    root, inputs = neuron()
    before = [x.grad for x in inputs]
    inputs[0].zero_grad()
    assert page(Graph([root])) == page(Graph([neuron()[0]]))
    assert [x.has_grad for x in inputs] == [False, True, True, True, True]
    assert [x.grad for x in inputs[1:]] == before[1:]


def test_it_is_saved_with_its_ending(tmp_path: Path) -> None:
    drawing = draw(neuron()[0])
    assert drawing.save(tmp_path / "x.html").read_text("utf-8") == drawing.html
    assert drawing.html.startswith("<!doctype html>")


def random_loss(count: int, back: int) -> Value:
    """Operations on what was not used yet and on one of the last few, with numbers of all digits."""
    rng = np.random.default_rng(count)
    nodes = [Value(rng.normal(), name=f"x{i}") for i in range(10)]
    operations = (ag.mul, ag.add, ag.sub, ag.atan2, ag.hypot)
    for a in range(count - 11):
        operation = operations[rng.integers(len(operations))]
        nodes.append(operation(nodes[a], nodes[-1 - rng.integers(min(back, len(nodes)))]))
    return ag.sum(nodes[count - 11 :])


@pytest.mark.once
@pytest.mark.parametrize("back", [10, 400])
def test_pages_of_random_graphs_stay_small(back: int) -> None:
    root = random_loss(500, back)
    assert len(backward_order([root])) == 500
    assert len(page(Graph([root])).encode()) < 400_000


def test_pages_stay_small() -> None:
    model = nn.MLP(3, [4, 4, 1], rng=0)
    points = np.random.default_rng(0).normal(size=(6, 3)).tolist()
    loss = ag.sum([(model(point) - 1.0) ** 2 for point in points])
    count = len(backward_order([loss]))
    assert 450 < count <= 500
    size, least = (len(page(Graph([root])).encode()) for root in (loss, Value(1.0)))
    assert size + (size - least) * (500 - count) / count < 400_000, "of 500 nodes"


def test_several_roots_are_stepped_through_as_their_sum() -> None:
    x, w = Value(2.0, name="x"), Tensor([1.0, -2.0], name="w")
    roots = [x * x, w * x, x]
    data = told_of(roots)
    x_label, w_label = (
        next(i for i, node in enumerate(data["nodes"]) if node["label"] == label) for label in "xw"
    )
    assert data["nodes"][data["root"]]["label"] == "total"
    assert [step[:1] for step in data["steps"]].count([1]) == 1
    sums: dict[int, str] = {}
    for phase, i, *more in data["steps"]:
        if phase == 2:
            sums[data["nodes"][i]["edges"][more[0]][0]] = data["numbers"][more[-1]][0]
    assert (sums[x_label], sums[w_label]) == ("4.0", "[2., 2.]")
    assert [node.has_grad for node in (x, w)] == [False, False]
    assert told_of([x * 2.0, x * 3.0])["nodes"][-1]["op"] == "sum"
    assert "of 2 results" in page(Graph([x * 2.0, x * 3.0]))


def mixed(count: int) -> Value:
    """Layers of neurons that share weights, more of them than a page shows one by one."""
    x, w = Value(0.5, name="x"), [Value(0.1 * k, name=f"w{k}") for k in range(4)]
    rows = [x, x, x]
    for k in range(count):
        with ag.scope(f"layer {k}"):
            rows = [ag.tanh(ag.sum([v * row for v, row in zip(w, rows)])) for _ in range(3)]
    return ag.sum(rows)


def test_a_large_graph_is_folded_and_its_boxes_get_all_their_shares() -> None:
    root = mixed(80)
    nodes = backward_order([root])[::-1]
    assert len(nodes) > 1000
    drawing = draw(root, most=20)
    data = read(Parts(drawing.html).contents["script"][0])
    assert len(data["nodes"]) <= 20
    assert any("folded" in node for node in data["nodes"])
    assert [step[1] for step in data["steps"][: len(data["nodes"])]] == [*range(len(data["nodes"]))]
    root.backward()
    last: dict[int, str] = {}
    for _, i, place, *_, now in data["steps"][len(data["nodes"]) + 1 :]:
        last[data["nodes"][i]["edges"][place][0]] = data["numbers"][now][0]
    named = {node.name: node.grad for node in nodes if node.name}
    for i, node in enumerate(data["nodes"]):
        if node["label"] in named:
            assert math.isclose(float(last[i]), named.pop(node["label"]), rel_tol=1e-12)
    assert set(named) < {"w0", "w1", "w2", "w3"}, "those are in one box"
    (box,) = [i for i, node in enumerate(data["nodes"]) if node.get("op", "").startswith("× ")]
    found = sorted(map(float, last[box].strip("[]").split(",")))
    assert np.allclose(found, sorted(named.values()), rtol=1e-12)
    ids = set(re.findall(r'<g id="([^"]*)"', drawing.html))
    assert ids.issuperset(node["id"] for node in data["nodes"])
    assert ids.issuperset(place for node in data["nodes"] for _, place, *_ in node["edges"])


@pytest.mark.once
@given(graphs(), st.integers(2, 12))
@settings(max_examples=15, deadline=None)
def test_any_graph_has_a_folded_page(roots: list[Any], most: int) -> None:
    data = read(Parts(draw(roots, most=most).html).contents["script"][0])
    names = {k for k, node in enumerate(data["nodes"])}
    assert {step[1] for step in data["steps"]} <= names
    assert all(edge[0] in names for node in data["nodes"] for edge in node["edges"])


def insides(text: str) -> list[str]:
    """The pictures of what is folded, which a page has compressed."""
    (found,) = re.findall(r'<template id="insides">([^<]*)', text)
    return zlib.decompress(base64.b64decode(found)).decode().split("\0")


def test_pictures_of_what_is_folded_have_all_nodes_that_have_room() -> None:
    root = mixed(80)
    drawing = draw(root, most=20)
    data = read(Parts(drawing.html).contents["script"][0])
    inside = [node["inside"] for node in data["nodes"] if "inside" in node]
    pictures = insides(drawing.html)
    assert sorted(inside) == [*range(len(inside))], "outer ones come first"
    linked = re.findall(r'data-inside="(\d+)"', "".join(pictures))
    assert sorted([*inside, *map(int, linked)]) == [*range(len(pictures))], "each is reached"
    assert sum(map(len, pictures)) < opened.MOST
    assert not re.search(' id="', "".join(pictures)), "the page has each id once"
    drawing.graph.gradients = dict.fromkeys(drawing.graph.nodes, 1.0)
    nodes = list(range(40, 60))
    part = opened.part_of(drawing.graph, nodes, {59})
    assert [part.nodes[part.index[root]] for root in part.roots] == [drawing.graph.nodes[59]]
    assert {drawing.graph.nodes[i] for i in nodes} < set(part.nodes)
    for i, own in enumerate(part.parents):
        given = drawing.graph.parents[drawing.graph.index[part.nodes[i]]]
        kept = drawing.graph.index[part.nodes[i]] in nodes
        assert [part.nodes[p] for p in own] == [drawing.graph.nodes[p] for p in given] * kept


SPECIAL = [math.inf, -math.inf, math.nan]


@pytest.mark.parametrize("x", SPECIAL)
def test_infinities_and_nan_are_told_wherever_they_stand(x: float) -> None:
    v, t = Value(2.0, name="v"), Tensor(np.full((3, 3), 0.5), name="t")
    mask = np.where(np.tril(np.ones((3, 3))) > 0, 0.0, x)
    empty = Tensor(np.zeros((0, 3))) @ np.ones((3, 2))
    with np.errstate(all="ignore"):  # that the numbers warn is NumPy's affair
        arrays = t * x, t + mask, ag.where(mask == 0, t, x), ag.softmax(t + mask), empty
    roots = (v * x, x - v, ag.maximum(v, x), *arrays)
    for root in (*roots, Value(x), Tensor([x, x])):
        assert "<!doctype html>" in draw(root).html
        assert str(ag.explain(root))


def test_a_page_that_can_not_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        draw(Value(1.0)).save(tmp_path / "nowhere" / "x.html")
    (tmp_path / "x.html").mkdir()
    with pytest.raises(OSError, match=r"x\.html"):
        draw(Value(1.0)).save(tmp_path / "x.html")
    assert [path.name for path in tmp_path.iterdir()] == ["x.html"]


def test_scripts_of_a_page_declare_each_name_once() -> None:
    files = [HERE / name for name in (*SCRIPTS, "arrays.js", "opening.js")]
    text = library() + "".join(file.read_text("utf-8") for file in files)
    names = re.findall(r"^(?:const|let|function|class) (\w+)", text, re.MULTILINE)
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_a_page_is_folded_as_the_picture_is_unless_all_is_asked_for() -> None:
    model = nn.MLP(3, [4, 4, 1], rng=0)
    loss = ag.sum([model([x, 0.5, -x]) ** 2 for x in (0.1, 0.2)])
    for options, all_shown in (({}, False), ({"fold": False}, True)):
        drawing = draw(loss, **options)
        data = read(Parts(drawing.html).contents["script"][0])
        assert len(data["nodes"]) == len(drawing._view.boxes)
        assert (len(data["nodes"]) == len(drawing.graph) > 100) is all_shown
        assert ("inner" in data) is not all_shown
