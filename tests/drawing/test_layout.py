"""The layout of drawings: places of boxes, and lines that are clear of them."""

from __future__ import annotations

import itertools
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd as ag
from autograd import Value
from autograd.drawing.graph import Graph
from autograd.drawing.layout import HEAD, PADDING, PAGE, Shape, lay_out
from autograd.drawing.view import View
from benchmarks import layouts

Rectangle = tuple[float, float, float, float]
"""Left, top, right and lower side."""
SIZE = (120.0, 54.0)
CLOSE = 1e-6


@st.composite
def graphs(draw: Any) -> dict[str, Any]:
    """Boxes in clusters in clusters, with edges of all kinds, circles and several of a pair too."""
    count = draw(st.integers(1, 30))
    sizes = st.tuples(st.integers(5, 300).map(float), st.integers(5, 90).map(float))
    outers = [draw(st.integers(-1, i - 1)) for i in range(draw(st.integers(0, min(5, count))))]
    boxes = st.integers(0, count - 1)
    edges = draw(st.lists(st.tuples(boxes, boxes).filter(lambda e: e[0] != e[1]), max_size=60))
    if draw(st.booleans()):
        edges = [(min(edge), max(edge)) for edge in edges]
    inside = [draw(st.integers(-1, len(outers) - 1)) for _ in range(count)]
    if draw(st.booleans()):  # many terms with operands, and a user, in common
        shared = draw(st.lists(boxes, max_size=3, unique=True))
        user = draw(st.sampled_from([-1, *(i for i in range(count) if i not in shared)]))
        own = draw(st.integers(-1, len(outers) - 1))
        for _ in range(draw(st.integers(12, 20))):
            edges += [(count, count + 1), *((i, count + 1) for i in shared)]
            edges += [(count + 1, user)] * (user >= 0)
            inside += [own, own]
            count += 2
    edges.sort(key=lambda edge: edge[1])
    return {
        "sizes": draw(st.lists(sizes, min_size=count, max_size=count)),
        "edges": edges,
        "inside": inside,
        "outers": outers,
        "titles": [draw(st.sampled_from([20.0, 100.0])) for _ in outers],
        "labels": [draw(st.sampled_from([0.0, 0.0, 30.0])) for _ in edges],
        "page": draw(st.sampled_from([300.0, 700.0, PAGE])),
    }


def boxes_of(shape: Shape, sizes: list[tuple[float, float]]) -> list[Rectangle]:
    return [(x, y, x + w, y + h) for (x, y), (w, h) in zip(shape.boxes, sizes)]


def frames_of(shape: Shape) -> list[Rectangle]:
    return [(x, y, x + w, y + h) for x, y, w, h in shape.frames]


def overlap(a: Rectangle, b: Rectangle) -> bool:
    """Whether two rectangles have more than their borders together."""
    return all(max(a[k], b[k]) < min(a[k + 2], b[k + 2]) - CLOSE for k in (0, 1))


def contains(a: Rectangle, b: Rectangle) -> bool:
    return all(a[k] <= b[k] + CLOSE and b[k + 2] <= a[k + 2] + CLOSE for k in (0, 1))


def pieces(shape: Shape) -> list[tuple[int, Rectangle]]:
    """The rectangles around the straight pieces and the curves of each edge."""
    return [
        (edge, (min(a, c), min(b, d), max(a, c), max(b, d)))
        for edge, line in enumerate(shape.lines)
        for (a, b), (c, d) in itertools.pairwise(line)
    ]


def running_through(lines: list[Rectangle], rooms: list[Rectangle]) -> list[tuple[int, int]]:
    """Which lines, that may have no width or no height, have points inside which rectangles."""
    a, b = np.array(lines)[:, None], np.array(rooms)
    low = np.maximum(a[..., :2], b[:, :2] + CLOSE)
    high = np.minimum(a[..., 2:], b[:, 2:] - CLOSE)
    return [(i, k) for i, k in np.argwhere((low < high + CLOSE).all(axis=-1)).tolist()]


@given(graphs())
@settings(max_examples=50, deadline=None)
def test_nothing_overlaps(graph: dict[str, Any]) -> None:
    shape = lay_out(**graph)
    boxes, frames = boxes_of(shape, graph["sizes"]), frames_of(shape)
    for a, b in itertools.combinations(boxes, 2):
        assert not overlap(a, b)
    inside, outers = graph["inside"], graph["outers"]
    around = [[-1] for _ in outers]
    for i, outer in enumerate(outers):
        around[i] = [i, *(around[outer] if outer >= 0 else [])]
    for box, own in zip(boxes, inside):
        assert contains((0, 0, shape.width, shape.height), box)
        for i, frame in enumerate(frames):
            if own >= 0 and i in around[own]:
                assert contains(frame, box)
                assert frame[1] + HEAD <= box[1] + CLOSE, "there is room for the title"
            else:
                assert not overlap(frame, box)
    used = {i for own in inside if own >= 0 for i in around[own] if i >= 0}
    for i, k in itertools.combinations(sorted(used), 2):
        assert i in around[k] or not overlap(frames[i], frames[k])
        assert graph["titles"][k] + 2 * PADDING <= shape.frames[k][2] + CLOSE


@given(graphs())
@settings(max_examples=40, deadline=None)
def test_lines_go_from_box_to_box_and_through_no_other_and_no_text(graph: dict[str, Any]) -> None:
    shape = lay_out(**graph)
    boxes = boxes_of(shape, graph["sizes"])
    texts = [
        (x - width / 2, y - 11, x + width / 2, y)
        for (x, y), width in zip(shape.labels, graph["labels"])
        if width
    ]
    for i in {i for i in graph["inside"] if i >= 0}:
        x, y, _, _ = shape.frames[i]
        texts.append((x + PADDING, y, x + PADDING + graph["titles"][i], y + HEAD - 4))
    for (source, target), line in zip(graph["edges"], shape.lines):
        a, b = boxes[source], boxes[target]
        assert line[0] == pytest.approx((a[2], (a[1] + a[3]) / 2))
        assert line[-1][0] == pytest.approx(b[0])
        assert b[1] < line[-1][1] < b[3]
        assert line[-2][0] < line[-1][0], "it comes from the left"
    for edge, piece in pieces(shape):
        assert contains((0, 0, shape.width, shape.height), piece), edge
    if graph["edges"]:
        assert not running_through([piece for _, piece in pieces(shape)], boxes + texts)
    for text in texts:
        assert not any(overlap(text, box) for box in boxes)
    for a, b in itertools.combinations(texts, 2):
        assert not overlap(a, b)


@given(graphs())
@settings(max_examples=40, deadline=None)
def test_lines_of_other_boxes_do_not_lie_on_one_another(graph: dict[str, Any]) -> None:
    shape = lay_out(**graph)
    straight: dict[tuple[int, float], list[tuple[float, float, tuple[int, int]]]] = {}
    for edge, piece in pieces(shape):
        for axis in (0, 1):
            if piece[axis] == piece[axis + 2]:
                ends = piece[1 - axis], piece[3 - axis], graph["edges"][edge]
                straight.setdefault((axis, piece[axis]), []).append(ends)
    for some in straight.values():
        for (a, b, one), (c, d, other) in itertools.combinations(some, 2):
            assert {*one} & {*other} or min(b, d) - max(a, c) < CLOSE


@given(graphs())
@settings(max_examples=15, deadline=None)
def test_the_same_graph_has_the_same_places(graph: dict[str, Any]) -> None:
    assert lay_out(**graph) == lay_out(**graph)


def chain(count: int) -> list[tuple[int, int]]:
    return [(i - 1, i) for i in range(1, count)]


def shared(count: int) -> list[tuple[int, int]]:
    """A chain of products with one leaf: number 0."""
    return [edge for i in range(2, count) for edge in ((i - 1, i), (0, i))]


@pytest.mark.parametrize("make", [chain, shared])
def test_chains_are_wrapped_like_text(make: Any) -> None:
    shape = lay_out([SIZE] * 200, make(200))
    assert shape.width <= PAGE
    xs, ys = zip(*shape.boxes[1:])
    ends = [k for k in range(1, 199) if xs[k] < xs[k - 1]]
    assert 20 < len(ends) < 40, "lines are full"
    for start, end in itertools.pairwise([0, *ends, 199]):
        assert max(ys[start:end]) < min(ys[end:], default=shape.height), "one is below the other"


@given(graphs())
@settings(max_examples=50, deadline=None)
def test_pictures_are_as_wide_as_a_page(graph: dict[str, Any]) -> None:
    graph |= {"inside": [], "outers": [], "titles": [], "page": PAGE}
    assert lay_out(**graph).width <= PAGE


@pytest.mark.parametrize("lines", [0, 8, 16, 30])
@pytest.mark.parametrize("width", range(40, 301, 20))
def test_lines_beside_full_bands_are_on_the_page(width: int, lines: int) -> None:
    """A chain, of which the last box uses some of the first ones too."""
    count = lines + 12
    edges = [(i - 1, i) for i in range(1, count)] + [(i, count - 1) for i in range(lines)]
    assert lay_out([(float(width), 30.0)] * count, edges).width <= PAGE


def crossings_of(count: int, edges: list[tuple[int, int]], page: float = PAGE) -> int:
    """How often edges cross that have no end in common."""
    sizes = [SIZE] * count
    return layouts.crossings(
        edges, layouts.lines_of(lay_out(sizes, edges, page=page), sizes, edges)
    )


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=80), st.sampled_from([500.0, PAGE]))
@settings(max_examples=20, deadline=None)
def test_trees_have_no_crossings(users: list[int], page: float) -> None:
    """Wrapped, too: what goes on in a later band goes around those between in order, or through."""
    edges = sorted((i, user % i) for i, user in enumerate(users, 1))
    assert not crossings_of(len(users) + 1, sorted(edges, key=lambda edge: edge[1]), page)


@pytest.mark.parametrize(
    "y", [layouts.chain(40), layouts.polynomial(12), layouts.series(20)], ids=["chain", "x", "exp"]
)
@pytest.mark.parametrize("page", [600.0, PAGE])
def test_wrapping_makes_no_crossings(y: Value, page: float) -> None:
    """Where there are none: one source, used all the way."""
    ends, lines, is_wrapped = layouts.laid_out(View(Graph([y]), fold=False), page)
    assert is_wrapped
    assert not layouts.crossings(ends, lines)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=12))
def test_operands_stand_in_order(counts: list[int]) -> None:
    """Those of a tree, all leaves in the order in which they are walked through."""
    edges: list[tuple[int, int]] = []
    leaves: list[int] = []
    last, count = 0, 1
    for k, operands in enumerate(counts):  # each operation has the next as its last operand
        own = range(count, count + operands)
        edges += [(i, last) for i in own]
        leaves += own[:-1] if k < len(counts) - 1 else own
        last, count = own[-1], count + operands
    shape = lay_out([SIZE] * count, edges, page=1e9)
    heights = [shape.boxes[i][1] for i in leaves]
    ranks = {
        x: [shape.boxes[i][1] for i in leaves if shape.boxes[i][0] == x] for x, _ in shape.boxes
    }
    assert all(row == sorted(row) for row in ranks.values()), heights


@pytest.mark.parametrize("shared", [0, 1, 2])
@pytest.mark.parametrize("has_user", [True, False])
def test_terms_stand_in_columns(shared: int, has_user: bool) -> None:
    """Like those of a newspaper, and no line of one crosses another but those of two sources."""
    count, user = 100, 100 + shared
    edges = [(100 + k, i) for i in range(count) for k in range(shared)]
    edges += [(i, user) for i in range(count)] if has_user else []
    size = count + shared + has_user
    shape = lay_out([SIZE] * size, edges)
    assert shape.width <= PAGE
    assert shape.height < 100 * 67 / 3, "there are four columns at least"
    columns = [[i for i in range(count) if shape.boxes[i][0] == x] for x, _ in shape.boxes[:count]]
    for column in columns:
        assert column == list(range(column[0], column[-1] + 1)) or not has_user
    if edges and shared < 2:
        assert not crossings_of(size, edges)


def test_neurons_stand_in_order() -> None:
    """Layers of four, each joined to all before: numbers 0 to 3, 4 to 7 and so on; and a sum."""
    edges = [(i, k) for k in range(4, 16) for i in range(k // 4 * 4 - 4, k // 4 * 4)]
    shape = lay_out([SIZE] * 17, [*edges, *((i, 16) for i in range(12, 16))])
    for first in range(0, 16, 4):
        places = shape.boxes[first : first + 4]
        assert len({x for x, _ in places}) == 1
        assert places == sorted(places)


@pytest.mark.parametrize("count", [3, 40])
def test_results_stand_in_the_order_in_which_they_are_asked_for(count: int) -> None:
    """Row by row, or in columns."""
    results = [ag.tanh(Value(1.0)) for _ in range(count)]
    view = View(Graph(results), fold=False)
    shape = lay_out([SIZE] * len(view.boxes), layouts.edges_of(view))
    places = [shape.boxes[view.graph.index[y]] for y in results]
    assert places == sorted(places)
    assert shape.height < 1000


def test_a_leaf_is_beside_its_use() -> None:
    """A leaf that the end of a chain uses stands beside it, wherever that is."""
    for length in range(2, 40):
        edges = [*chain(length), (length, length - 1)]
        shape = lay_out([SIZE] * (length + 1), edges)
        (x, y), (right, low) = shape.boxes[length], shape.boxes[length - 1]
        assert 0 < right - x < 200
        assert abs(y - low) < 100


@pytest.mark.parametrize("make", [chain, shared])
def test_work_grows_with_the_graph(make: Any) -> None:
    """No line has more corners than two bands have columns, however long it is."""
    shape = lay_out([SIZE] * 3000, make(3000))
    assert max(map(len, shape.lines)) < 40
    start = time.process_time()
    lay_out([SIZE] * 1000, make(1000))
    assert time.process_time() - start < 3.0  # a tenth of it, where nothing else runs
