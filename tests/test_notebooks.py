"""Notebooks and consoles: what they show of an object is short, well formed, and runs nothing."""

import math
import pickle
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd as ag
import nn
from autograd import Tensor, Value, notebooks
from autograd.checking.report import Entry, GradientReport, Verdict
from nn import curves, progress

HOSTILE = "</svg><script>alert(1)</script>&\"'\0\ud800"
VOID = {"br", "hr", "img", "meta", "link", "input"}


class Elements(HTMLParser):
    """All elements of some HTML, which must be closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        text.encode()
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def shown(x: Any) -> Elements:
    """What a notebook shows, in which no script runs but in a frame that is closed off."""
    found = Elements(x._repr_html_())
    assert not any(tag == "script" for tag, _ in found.found)
    assert not any(name.startswith("on") for _, attributes in found.found for name in attributes)
    return found


def product(name: str = "y") -> Value:
    y = Value(2.0, name="x") * 3.0
    y.name = name
    return y


def models() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 3, rng=0), nn.Tanh(), nn.Linear(3, 1, rng=1))


HISTORY = nn.History([2.0, 1.0], {"loss": [2.5, 1.5], HOSTILE: [0.5, 0.75]}, better="lower")
REPORT = GradientReport(
    (
        Entry(HOSTILE, 1.0, 2.0, 3.0, 1e-9, Verdict.WRONG, HOSTILE),
        Entry("y", 1.0, 2.0, math.nan, 0.0, Verdict.UNRESOLVED),
        Entry("z", 1.0, 2.0, 2.0, 1e-9, Verdict.RIGHT),
    ),
    notes=(HOSTILE,),
)


def walls() -> dict[str, Any]:
    """One object of each kind that people have a console show, as large as it may be."""
    model = models()
    x = Tensor(np.ones((100, 2)), name="x")
    long = nn.History([1.0] * 10_000, {"accuracy": [0.5] * 10_000}, better="higher")
    compiled = ag.compile(lambda x: ag.sin(x) * x)
    compiled(1.0)
    y = (model(x) ** 2).sum()
    check = ag.gradcheck(lambda x: (x * x).sum(), np.linspace(-1, 1, 50))
    return {
        "drawing": ag.draw(y),
        "page": ag.draw(product()).html,
        "history": long,
        "summary": model.summary(2),
        "model": model,
        "optimiser": nn.Adam(model.parameters(), lr=0.1),
        "report": check,
        "entry": check.entries[0],
        "explanation": ag.explain(y),
        "contribution": ag.contributions(y, x)[0],
        "compiled": compiled,
        "compiled report": compiled.report(),
    }


@pytest.mark.parametrize("kind", walls())
def test_consoles_show_few_lines_with_words(kind: str) -> None:
    text = repr(walls()[kind])
    lines = text.splitlines()
    assert len(lines) <= 20, text
    assert max(map(len, lines)) <= 160, text
    assert " at 0x" not in text


@pytest.mark.parametrize("x", [HISTORY, REPORT, ag.draw(product(HOSTILE)), ag.draw(product(HOSTILE)).html,
                               nn.Sequential(nn.Linear(2, 1)).summary()], ids=lambda x: type(x).__name__)  # fmt: skip
def test_hostile_names_stay_text(x: Any) -> None:
    shown(x)


def test_pictures_are_those_of_the_notebook_not_of_the_system() -> None:
    drawing = ag.draw(product())
    assert notebooks.LIGHT_OR_DARK in drawing.svg
    html = drawing._repr_html_()
    assert notebooks.LIGHT_OR_DARK not in html
    assert notebooks.DARK in html
    assert drawing._repr_svg_() == drawing.svg, "other programs ask for this"


def test_pictures_scroll_before_they_are_too_small() -> None:
    drawing = ag.draw([product() for _ in range(80)], fold=False)
    (svg,) = (attributes for tag, attributes in shown(drawing).found if tag == "svg")
    width = float(svg["width"] or 0)
    assert svg["style"] == f"min-width:{0.75 * width:.0f}px"
    assert "max-height:80vh" in drawing._repr_html_()


def test_a_page_is_a_string_that_a_notebook_frames() -> None:
    page = ag.draw(product()).html
    assert page.startswith("<!doctype html>")
    (frame,) = (attributes for tag, attributes in shown(page).found if tag == "iframe")
    assert frame["srcdoc"] == page
    assert frame["sandbox"] == "allow-scripts", "nothing of the notebook is in its reach"
    assert pickle.loads(pickle.dumps(page)) == page


def test_reports_are_tables() -> None:
    cells = shown(REPORT)
    rows = [tag for tag, _ in cells.found].count("tr")
    assert rows == 3, "titles, and two entries that are not right"
    bold = [a["style"] for tag, a in cells.found if tag == "td" and "color" in (a["style"] or "")]
    assert [style.split("color:")[1] for style in bold if style] == [
        notebooks.BAD,
        notebooks.UNSURE,
    ]
    many = GradientReport(
        tuple(Entry(f"x[{i}]", 0.0, 1.0, 1.0, 0.0, Verdict.RIGHT) for i in range(99))
    )
    assert "... and 89 more" in "".join(shown(many).texts)
    assert "color" not in many._repr_html_()
    failed = GradientReport((), problem=HOSTILE)
    assert "table" not in [tag for tag, _ in shown(failed).found]
    for told, html in ((str(REPORT), REPORT), (str(many), many)):
        assert told.splitlines()[0] in "".join(shown(html).texts)


def test_summaries_are_tables_with_what_the_text_says() -> None:
    summary = models().summary(2)
    text = "".join(shown(summary).texts)
    for line in summary.splitlines()[1:]:
        for word in line.split():
            assert word in text
    assert pickle.loads(pickle.dumps(summary)) == summary


# Curves of a training

numbers = st.floats() | st.sampled_from(
    [0.0, 1e-320, 1e-300, 1e308, -1e308, math.nan, math.inf, 1.0, 1 + 2**-52]
)


@given(st.lists(numbers, max_size=8), st.dictionaries(st.sampled_from(["loss", HOSTILE]), st.lists(numbers, max_size=8)),
       st.sampled_from(["", "lower", "higher"]))  # fmt: skip
def test_every_history_has_a_picture(
    loss: list[float], metrics: dict[str, list[float]], better: str
) -> None:
    """Each point stands inside its panel."""
    history = nn.History(loss, metrics, better=better)
    repr(history)
    found = shown(history)
    if not loss:
        return
    paths = [a["d"] or "" for tag, a in found.found if tag == "path"]
    assert len(paths) == 1 + len(metrics)
    for path in paths:
        for corner in path.replace("h4", "").replace("M", "L").split("L")[1:]:
            x, y = map(float, corner.split(","))
            assert curves.LEFT <= x <= curves.RIGHT
            assert curves.TOP - 0.1 <= y <= curves.HEIGHT + 0.1


def test_points_stand_where_their_numbers_say() -> None:
    svg = ET.fromstring(curves.curves([("loss", {"training": [1.0, 0.1, 0.01]})], best=3))
    (path,) = (e.get("d") or "" for e in svg.iter() if e.tag.endswith("path"))
    points = [tuple(map(float, corner.split(","))) for corner in path[1:].split("L")]
    xs, ys = zip(*points)
    assert xs[1] - xs[0] == pytest.approx(xs[2] - xs[1])
    assert ys[1] - ys[0] == pytest.approx(ys[2] - ys[1]), "two powers of ten: logarithmic"
    assert ys == (curves.TOP, pytest.approx((curves.TOP + curves.HEIGHT) / 2), curves.HEIGHT)
    assert curves.path([(1, 1), None, (2, 2), (3, 3)]) == "M-1.0,1.0h4M2.0,2.0L3.0,3.0"


def test_long_curves_keep_their_outliers() -> None:
    values = [0.0] * 100_000
    values[77_777] = 9.0
    points = curves.thinned(values)
    assert len(points) <= 2 * curves.PLACES
    assert (77_778, 9.0) in points
    assert len(nn.History(values)._repr_html_()) < 20_000


@given(st.floats(-1e9, 1e9), st.floats(0, 1e9))
def test_ticks_enclose(low: float, size: float) -> None:
    high = low + size
    marks = curves.ticks(low, high)
    assert marks[0] <= low <= high <= marks[-1]
    assert 2 <= len(marks) <= 7
    assert marks == sorted(set(marks))


# The bar of fit


def trained(**options: Any) -> nn.History:
    slope = Value(0.0)
    return nn.fit(lambda x: slope * x, [1.0, -1.0], [2.0, -2.0], loss=nn.mse,
                  optimizer=nn.SGD([slope], lr=0.25), epochs=3, batch_size=1, **options)  # fmt: skip


def test_in_a_notebook_fit_shows_a_bar_and_takes_it_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines: list[str] = []

    def display(data: dict[str, str], **_: Any) -> Any:
        lines.append(data["text/plain"])
        return SimpleNamespace(update=display)

    shell = SimpleNamespace(kernel=None)
    ipython = SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    monkeypatch.setattr(progress, "INTERVAL", 0.0)
    trained()
    assert "0/6" in lines[1]
    assert any(line.startswith("epoch 2/3: loss ") and "5/6" in line for line in lines), lines
    assert lines[-1] == ""
    lines.clear()
    trained(progress=False)
    shell = SimpleNamespace()  # IPython on a terminal that is no terminal
    trained()
    assert lines == []
    assert capsys.readouterr() == ("", "")
