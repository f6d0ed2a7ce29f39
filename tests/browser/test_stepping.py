"""The page that steps through the chain rule, in a browser."""

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import Tensor, Value
from autograd.drawing.contents import told
from autograd.drawing.facts import number
from autograd.explaining.ledger import ledger
from autograd.graph import backward_order
from demos.neuron import neuron
from tests.browser.conftest import Opened

SHOTS = Path(__file__).parent.parent.parent / "build" / "browser"


def long_names() -> Value:
    """A graph with names as long as they can be, and numbers of all lengths."""
    x = Value(-1.23456e-7, name="a very long name of a variable, " * 3)
    y = Value(123456.789, name="mmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmmm")
    z = ag.leaky_relu(x * y, 0.123456) + ag.clip(y, -1000.0, 1000.0) - 12345.678
    z.name = "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"
    return z


def tensors() -> Tensor:
    rng = np.random.default_rng(0)
    w = Tensor(rng.normal(size=(3, 4)), dtype=np.float32, name="W")
    b = Tensor(np.zeros(4), dtype=np.float32, name="b")
    return ag.tanh(rng.normal(size=(5, 3)).astype(np.float32) @ w + b).sum()


def text(page: Any, selector: str) -> str:
    found: str = page.inner_text(selector)
    return found


def until(page: Any, condition: str) -> None:
    """Wait for a condition; Playwright's own way would need a policy that allows it."""
    for _ in range(500):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(20)
    raise AssertionError(f"never: {condition}")


def test_every_step_is_reached_by_keyboard_and_has_a_text_of_its_own(opened: Opened) -> None:
    root, _ = neuron()
    page = opened(root)
    count = 10 + 1 + 9
    texts = []
    for k in range(1, count + 1):
        assert text(page, "#count") == f"{k} of {count}"
        texts.append(" ".join(text(page, part) for part in ("#phase", "#rule", "#sum")))
        page.keyboard.press("ArrowRight")
    assert len(set(texts)) == count
    assert text(page, "#count") == f"{count} of {count}", "there is nothing behind the last"
    assert texts[0] == "Forward x2 input: 0"
    assert texts[9] == "Forward o = tanh(v4) tanh(0.881374) = 0.707107"
    assert texts[10].startswith("Seed ∂o/∂o = 1")
    assert "∂o/∂x1 += ∂o/∂v2 · w1 0.5 × −3 = −1.5 was 0, now −1.5" in texts[17]
    page.keyboard.press("Home")
    assert text(page, "#count") == f"1 of {count}"
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    assert text(page, "#count") == f"{count - 1} of {count}"
    assert page.get_attribute("#step", "aria-live") == "polite"


@pytest.mark.parametrize("make", [lambda: neuron()[0], long_names], ids=["neuron", "long names"])
def test_the_numbers_shown_are_those_of_the_engine(opened: Opened, make: Any) -> None:
    root = make()
    page = opened(root)
    nodes = backward_order([root])[::-1]
    for k, node in enumerate(nodes):
        page.evaluate(f"location.hash = '#step={k + 1}'")
        until(page, f"document.getElementById('slider').value == {k + 1}")
        assert shown_numbers(page)[-1] == (told(node.data), repr(node.data))
    for k, entry in enumerate(ledger(root), len(nodes) + 2):
        page.keyboard.press("End") if k == len(nodes) + 2 else None
        page.evaluate(f"location.hash = '#step={k}'")
        until(page, f"document.getElementById('slider').value == {k}")
        parts = entry.adjoint, entry.partial, entry.share, entry.before, entry.after
        assert shown_numbers(page) == [(told(x), repr(x)) for x in parts]


def shown_numbers(page: Any) -> list[tuple[str, str]]:
    """The numbers of a step, and all their digits."""
    script = "[...document.querySelectorAll('#sum [title]')].map((e) => [e.textContent, e.title])"
    return [tuple(pair) for pair in page.evaluate(script)]


def test_in_the_end_the_gradients_are_those_of_backward(opened: Opened) -> None:
    root, _ = neuron()
    page = opened(root)
    script = """[...document.querySelectorAll('g.node')].map((g) =>
        [...g.querySelectorAll('text')].map((t) => t.textContent).find((t) => /^grad/.test(t)))"""
    assert set(page.evaluate(script)) == {"grad —"}
    assert page.evaluate("document.querySelectorAll('.node.waiting').length") == 9
    page.keyboard.press("End")
    assert page.evaluate("document.querySelectorAll('.node.waiting').length") == 0
    nodes = backward_order([root])[::-1]
    for node in nodes:
        node.zero_grad()
    root.backward()
    by_id = page.evaluate("[...document.querySelectorAll('g.node')].map((g) => g.id)")
    found = dict(zip(by_id, page.evaluate(script)))
    assert [found[f"n{i}"] for i in range(10)] == [f"grad {number(v.grad, '+')}" for v in nodes]
    for i, node in enumerate(nodes):
        page.click(f"#n{i} text >> nth=0")
        assert text(page, "#gradient") == repr(node.grad).replace("-", "−")
        assert text(page, "#value") == repr(node.data).replace("-", "−")


OVERFLOW = """[...document.querySelectorAll('.node')].flatMap((node) => {
    const cells = [...node.querySelectorAll('path, polygon')].map((p) => p.getBBox());
    return [...node.querySelectorAll('text')].filter((text) => {
        const t = text.getBBox();
        const [x, y] = [t.x + t.width / 2, t.y + t.height / 2];
        const cell = cells
            .filter((c) => c.x <= x && x <= c.x + c.width && c.y <= y && y <= c.y + c.height)
            .sort((a, b) => a.width * a.height - b.width * b.height)[0];
        return t.width > 0 && (!cell || t.x < cell.x || t.x + t.width > cell.x + cell.width ||
            t.y < cell.y || t.y + t.height > cell.y + cell.height);
    }).map((text) => text.textContent);
})"""


@pytest.mark.parametrize("make", [long_names, tensors, lambda: neuron()[0]])
def test_no_text_is_over_its_cell(opened: Opened, make: Any) -> None:
    root = make()
    page = opened(root)
    steps = int(page.get_attribute("#slider", "max"))
    for _ in range(steps):
        assert page.evaluate(OVERFLOW) == []
        page.keyboard.press("ArrowRight")


@pytest.mark.parametrize("make", [long_names, tensors, lambda: neuron()[0]])
def test_no_text_is_over_its_cell_in_a_drawing(opened: Opened, make: Any) -> None:
    root = make()
    root.backward()
    svg = ag.draw(root).svg
    ready = "<script>document.documentElement.dataset.ready = ''</script>"
    page = opened(f"<!doctype html><meta charset=utf-8>{svg}{ready}")
    assert page.evaluate(OVERFLOW) == []


CONTRAST = """() => {
    const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const ratio = (a, b) => {
        const [low, high] = [light(numbers(a)), light(numbers(b))].sort((x, y) => x - y);
        return (high + 0.05) / (low + 0.05);
    };
    const ground = (element) => {
        for (; element; element = element.parentElement) {
            const colour = getComputedStyle(element).backgroundColor;
            if (!/, 0\\)$|transparent/.test(colour)) return colour;
        }
        return "rgb(255, 255, 255)";
    };
    const under = (text) => {
        const t = text.getBBox();
        const [x, y] = [t.x + t.width / 2, t.y + t.height / 2];
        const filled = [...(text.closest('.node')?.querySelectorAll('path, polygon') ?? [])].filter((p) => {
            const c = p.getBBox();
            return getComputedStyle(p).fill !== 'none' && c.x <= x && x <= c.x + c.width && c.y <= y && y <= c.y + c.height;
        });
        return filled.length ? getComputedStyle(filled.at(-1)).fill : ground(text.closest('svg'));
    };
    const found = [];
    for (const element of document.body.querySelectorAll('*')) {
        if (!element.checkVisibility() || element.closest('script, datalist, title, desc, option')) continue;
        const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
        if (!own && !element.matches('input[type=search], select')) continue;
        const style = getComputedStyle(element);
        const isDrawn = element instanceof SVGElement;
        const r = isDrawn ? ratio(style.fill, under(element)) : ratio(style.color, ground(element));
        if (r < 4.5) found.push([element.textContent.slice(0, 40), element.className.baseVal ?? element.className, Math.round(r * 100) / 100]);
    }
    return found;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_enough_everywhere(opened: Opened, scheme: str) -> None:
    page = opened(neuron()[0], color_scheme=scheme)
    assert page.evaluate(CONTRAST) == []
    page.click("#tape summary")
    for at in ("#step=7", "#step=15&node=n4", "#step=20&node=n2"):
        page.evaluate(f"location.hash = '{at}'")
        until(page, "location.hash.split('&')[0].endsWith($('slider').value)")
        assert page.evaluate(CONTRAST) == []
    page.keyboard.press("?")
    assert page.evaluate(CONTRAST) == []


def test_a_hostile_name_does_not_run(opened: Opened) -> None:
    name = "</script><script>hacked=1</script><img src=x onerror=hacked=1>"
    x = Value(2.0, name=name[:38])
    y = x * Value(3.0, name="<img src=x onerror='hacked=1'>")
    y.name = "<svg onload=hacked=1>"
    page = opened(y)
    for key in ("End", "n", "p", "/", "Escape"):
        page.keyboard.press(key)
    for i in range(3):
        page.click(f"#n{i} text >> nth=0")
    page.click("#tape summary")
    assert page.evaluate("typeof hacked") == "undefined"
    assert page.evaluate("document.images.length + document.scripts.length") == 3
    titles = []
    for i in range(3):
        page.keyboard.press("Escape")
        page.click(f"#n{i} text >> nth=0")
        titles.append(text(page, "#story h2"))
    assert set(titles) == {x.name, y.name, *(p.name for p in y.parents)}


def test_motion_is_only_for_those_who_want_it(opened: Opened) -> None:
    counts = []
    for wanted in ("reduce", "no-preference"):
        page = opened(neuron()[0], at="#step=5", reduced_motion=wanted)
        page.keyboard.press("ArrowRight")
        counts.append(page.evaluate("document.querySelectorAll('#marks circle').length"))
        until(page, "document.querySelectorAll('#marks circle').length === 0")
    assert counts == [0, 2], "a dot on each of the two edges"


def test_a_link_leads_to_a_step_and_the_address_follows(opened: Opened) -> None:
    page = opened(neuron()[0], at="#step=12&node=n9")
    assert text(page, "#count") == "12 of 20"
    assert text(page, "#story h2") == "o"
    page.keyboard.press("ArrowRight")
    until(page, "location.hash === '#step=13&node=n9'")
    for at, count in (
        ("#step=999", "20 of 20"),
        ("#step=-3", "1 of 20"),
        ("#step=x&node=y", "1 of 20"),
    ):
        page.evaluate(f"location.hash = '{at}'")
        until(page, f"document.getElementById('count').textContent === '{count}'")


def test_a_node_tells_its_story(opened: Opened) -> None:
    with ag.record_lines():
        x = Value(3.0, name="x")
        y = x * x + ag.sin(x)
        y.name = "y"
    page = opened(y)
    page.click("#n0 text >> nth=0")
    story = text(page, "#story")
    assert "— not yet" in story
    for part in ("from v1", "from v2", "✓ agrees", "test_stepping.py, line", "analytic", "numeric"):
        assert part in story
    page.click("#story td a >> nth=1")
    page.wait_for_selector("#story tr[aria-current] >> text=from v2")
    first = text(page, "#count")
    page.keyboard.press("n")
    assert text(page, "#count") != first
    assert "was" in text(page, "#sum")
    page.keyboard.press("p")
    assert text(page, "#count") == first
    page.keyboard.press("End")
    y.backward()
    assert text(page, "#gradient") == repr(x.grad)
    page.click("#n3 text >> nth=0")
    assert "y = v2 + v1" in text(page, "#story")
    page.click("#story .link >> text=v2")
    assert text(page, "#story h2") == "v2"
    assert "v2 = x · x" in text(page, "#story")
    page.keyboard.press("Escape")
    assert text(page, "#story h2") == "Inputs"


def test_the_keyboard_alone_is_enough(opened: Opened) -> None:
    page = opened(neuron()[0])
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.node')"):
            break
    assert page.evaluate("document.activeElement.id") == "n9", "the root is where one comes in"
    assert page.evaluate("document.querySelectorAll('#marks .focus').length") == 1
    label = page.get_attribute("#n9", "aria-label")
    assert label == "o, tanh, no value yet, no gradient yet"
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.id") == "n8"
    page.keyboard.press("Home")
    page.keyboard.press("PageDown")
    assert page.evaluate("document.activeElement.id") == "n9"
    reached = {"n9"}
    for _ in range(9):
        page.keyboard.press("PageUp")
        reached.add(page.evaluate("document.activeElement.id"))
    assert reached == {f"n{i}" for i in range(10)}
    page.keyboard.press("Enter")
    assert text(page, "#story h2") == "x2"
    page.keyboard.press(".")
    assert text(page, "#count") == "2 of 20", "steps go on while a node has the focus"
    page.keyboard.press("/")
    page.keyboard.type("tanh")
    page.keyboard.press("Enter")
    assert text(page, "#story h2") == "o"
    page.keyboard.press("Tab")
    before = page.get_attribute("#graph > svg", "viewBox")
    page.keyboard.press("+")
    closer = page.get_attribute("#graph > svg", "viewBox")
    assert float(closer.split()[2]) < float(before.split()[2])
    page.keyboard.press("-")
    page.keyboard.press("0")
    assert page.get_attribute("#graph > svg", "viewBox") != closer
    page.keyboard.press("?")
    assert page.evaluate("document.getElementById('help').open")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.getElementById('help').open")


def test_it_plays_to_the_end_and_stops(opened: Opened) -> None:
    x = Value(2.0, name="x")
    page = opened(x * x)
    page.select_option("#speed", "10")
    page.click("#play")
    assert page.get_attribute("#play", "aria-label") == "Pause"
    until(page, "document.getElementById('count').textContent === '5 of 5'")
    until(page, "document.getElementById('play').getAttribute('aria-label') === 'Play'")
    page.keyboard.press("Space")
    assert text(page, "#count") == "1 of 5", "from the start again"
    page.keyboard.press("Space")
    assert page.get_attribute("#play", "aria-label") == "Play"


def test_dragging_moves_and_the_wheel_zooms(opened: Opened) -> None:
    page = opened(neuron()[0])
    box = page.locator("#graph").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 30)
    start = page.get_attribute("#graph > svg", "viewBox").split()
    page.mouse.down()
    page.mouse.move(box["x"] + 360, box["y"] + 50, steps=3)
    page.mouse.up()
    moved = page.get_attribute("#graph > svg", "viewBox").split()
    assert float(moved[0]) < float(start[0])
    assert moved[2:] == start[2:]
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    assert float(page.get_attribute("#graph > svg", "viewBox").split()[2]) < float(start[2])


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
def test_it_opens_with_the_result_in_sight(opened: Opened, width: int, height: int) -> None:
    x = y = Value(0.5, name="x")
    for _ in range(150):
        y = ag.tanh(y * x)
    y.name = "y"
    seen = """() => {
        const [stage, node, key] = ['#graph', '[aria-label^="y, "]', '#key'].map((at) => document.querySelector(at).getBoundingClientRect());
        return stage.left <= node.left && node.right <= stage.right && stage.top <= node.top && node.bottom <= key.top;
    }"""
    for root in (neuron()[0], y):
        root.name = "y"
        page = opened(root, width=width, height=height)
        assert page.evaluate(seen)
        page.keyboard.press("End")
        page.keyboard.press("ArrowLeft")
        assert page.evaluate("view.scale") >= 0.8, "what is stepped through can be read"
        page.keyboard.press("0")
        before = page.evaluate("view.scale")
        page.keyboard.press("ArrowLeft")
        assert page.evaluate("view.scale") == before, "who wants to see all goes on to see it"


def test_a_large_graph_opens_folded_and_is_stepped_through(opened: Opened) -> None:
    x = y = Value(0.5, name="x")
    for _ in range(600):
        y = ag.tanh(y * x)
    y.backward()
    page = opened(ag.draw(y).html)
    assert "1,201 nodes in " in text(page, "header p")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.evaluate(f"choose({page.evaluate('nodes.findIndex((n) => n.label === `x`)')})")
    assert float(text(page, "#gradient").replace("−", "-")) == pytest.approx(x.grad)
    page.evaluate("choose(nodes.findIndex((n) => n.folded))")
    assert "nodes, folded" in text(page, "#story")


def test_browsers_that_do_not_know_the_language_say_so(opened: Opened) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("autograd.drawing.page.SCRIPTS", ["page.css"])  # no script that anyone knows
        told = ag.draw(neuron()[0]).html
    page = opened(told, ready="html.unstarted", fails=True)
    assert "needs a browser of 2022" in text(page, "#unstarted")
    assert page.is_visible("#graph svg")
    assert not opened(neuron()[0]).is_visible("#unstarted")


@pytest.mark.parametrize("width", [600, 862, 900, 1081])
def test_the_words_below_the_steps_are_whole(opened: Opened, width: int) -> None:
    page = opened(neuron()[0], width=width)
    words = """[...document.querySelectorAll('#passes span')].filter((span) => {
        const [room, range] = [span.getBoundingClientRect(), document.createRange()];
        range.selectNodeContents(span);
        const word = range.getBoundingClientRect();
        return room.left <= word.left && word.right <= room.right && word.top < room.bottom;
    }).length"""
    assert page.evaluate(words) == 2
    page.evaluate("document.getElementById('passes').style.width = '60px'")
    assert page.evaluate(words) == 0, "a word that has no room is not cut off"


def test_narrow_screens_do_not_scroll_sideways(opened: Opened) -> None:
    for root in (neuron()[0], tensors(), long_names()):
        page = opened(root, at="#step=14&node=n2", width=360)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_print_has_all_steps(opened: Opened) -> None:
    page = opened(neuron()[0])
    assert len(page.pdf()) > 10_000
    assert page.evaluate("document.querySelectorAll('#tape li').length") == 20
    assert re.match(r"1\s+x2: input: 0", text(page, "#tape li >> nth=0"))
    page.emulate_media(media="print")
    assert not page.is_visible("#controls")


def test_what_is_not_known_yet_is_not_red(opened: Opened) -> None:
    x = Value(math.nan, name="x")
    page = opened(ag.tanh(x) + 1.0)
    red = (
        "nodes.map((_, i) => cells[i].values.some(([, , room]) => room.classList.contains('bad')))"
    )
    assert page.evaluate(red) == [True, False, False]
    page.keyboard.press("End")
    assert page.evaluate(red) == [True, True, True]
    page.keyboard.press("Home")
    assert page.evaluate(red) == [True, False, False]


def test_on_paper_a_tall_graph_is_as_wide_as_the_page(opened: Opened) -> None:
    x = y = Value(0.5, name="x")
    for _ in range(100):
        y = ag.tanh(y * x)
    page = opened(y, width=700)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_timeout(100)  # for what observes the size
    ratio = """(({ width, height }) => (height - parseFloat(getComputedStyle(picture).paddingTop)) / width)(
        picture.getBoundingClientRect())"""
    assert page.evaluate(ratio) == pytest.approx(
        page.evaluate("size.height / size.width"), rel=0.01
    )
    assert page.evaluate("picture.getBoundingClientRect().width") > 500
    before = page.evaluate("picture.viewBox.baseVal.height")
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("picture.viewBox.baseVal.height") < before


def test_ids_are_not_over_the_titles_of_frames(opened: Opened) -> None:
    x = y = Value(0.5, name="x")
    for k in range(8):
        with ag.scope(f"a scope of a name, {k}"):
            y = ag.tanh(y * x)
    for width in (390, 1280):
        page = opened(y, width=width)
        page.keyboard.press("0")
        over = """() => {
            const rects = (at) => [...document.querySelectorAll(at)].map((each) => each.getBoundingClientRect());
            return rects('#ids text').filter((id) => rects('.cluster text').some((title) => id.left < title.right &&
                title.left < id.right && id.top + 1 < title.bottom && title.top + 1 < id.bottom)).length;
        }"""
        assert page.evaluate("document.querySelectorAll('.cluster text').length") == 8
        assert page.evaluate(over) == 0


def test_tensors_are_stepped_through_too(opened: Opened) -> None:
    root = tensors()
    page = opened(root)
    page.keyboard.press("End")
    assert "+= c1.mT @ g, where g is" in text(page, "#rule")
    root.backward()
    (w,) = [node for node in backward_order([root]) if node.name == "W"]
    page.click("g.node:has(text:text-is('W')) text >> nth=0")
    rows = re.sub(r"[\[\],\s]+", " ", text(page, "#gradient pre")).split()
    assert np.array_equal(np.array(rows, np.float32), w.grad.ravel())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screenshots_to_look_at(opened: Opened, scheme: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    for width in (1280, 420):
        page = opened(neuron()[0], at="#step=18&node=n3", width=width, color_scheme=scheme)
        shot = page.screenshot(path=SHOTS / f"neuron-{scheme}-{width}.png", full_page=width == 420)
        assert shot.startswith(b"\x89PNG")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 384) == (scheme == "dark")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_key_covers_no_part_of_the_graph_wherever_it_is_moved(
    opened: Opened, width: int
) -> None:
    page = opened(long_names(), width=width)
    for script in ("0", "zoom(4)", "look({ x: 0, y: size.height })", "go(steps.length - 1)"):
        page.evaluate(script)
        covered = """(() => {
            const key = document.getElementById('key').getBoundingClientRect();
            const graph = picture.getBoundingClientRect();
            return key.top < graph.bottom || key.height < 16;
        })()"""
        assert not page.evaluate(covered)


def test_a_printed_graph_begins_below_the_title_however_tall_it_is(opened: Opened) -> None:
    """Chromium puts a picture that is taller than a sheet on the next one, if anything is before it."""
    y = Value(1.0, name="x")
    for _ in range(150):
        y = ag.tanh(y)
    page = opened(ag.draw(y, fold=False).html, width=720)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    box = """(where) => {
        const element = document.querySelector(where);
        const { top, bottom, height } = element.getBoundingClientRect();
        const inside = Number.parseFloat(getComputedStyle(element).paddingTop);
        return { top, bottom, height, inside };
    }"""
    graph, title = page.evaluate(box, "#graph > svg"), page.evaluate(box, "header")
    assert graph["height"] > 1_100, "a sheet has less"
    assert (graph["top"], title["top"]) == (0, 0)
    assert 40 < title["height"] <= graph["inside"]
    seen = "document.elementFromPoint(40, 25).closest('h1').textContent"
    assert page.evaluate(seen).startswith("The chain rule")
    assert (
        page.evaluate("getComputedStyle(document.querySelector('header')).position") == "absolute"
    )


def test_borders_of_flags_are_shown_when_what_they_say_is_known(opened: Opened) -> None:
    with np.errstate(all="ignore"):
        page = opened(ag.draw(lambda x: ag.log(x) * 2.0, -1.0).html)
    border = "drawn.map((group) => group.querySelector('path').getAttribute('stroke-width') ?? '1')"
    assert page.evaluate(border) == ["1", "1", "1"]
    page.evaluate("go(steps.length - 1)")
    assert page.evaluate(border) == ["1", "4", "1"]
