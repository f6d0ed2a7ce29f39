"""The site, which `make docs` builds. Nothing is fetched, neither by the build nor by readers.

Formulas are MathML, which browsers draw themselves. Pictures and pages that are stepped through are
made by the code that stands above them: where a page saves something, its code is run, and what it
saved is put beside the page.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import sys
from inspect import isclass, ismodule
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import blocks  # noqa: E402  # after the path
import public  # noqa: E402
from docutils import nodes  # noqa: E402
from docutils.utils.math.latex2mathml import tex2mathml  # noqa: E402
from sphinx.util.logging import getLogger  # noqa: E402

import autograd as ag  # noqa: E402
import nn  # noqa: E402
from autograd.later import Later  # noqa: E402
from autograd.names import NODES  # noqa: E402
from autograd.rules.elementary import ALIASES, TABLE  # noqa: E402
from demos.playgrounds import pages as playgrounds  # noqa: E402

project = "chainrule"
version = release = ag.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode", "sphinx_copybutton"]
exclude_patterns = ["*.py"]
templates_path: list[str] = []
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"chainrule {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_show_copyright = False
html_copy_source = False
toc_object_entries_show_parents = "hide"
html_show_sourcelink = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
python_maximum_signature_line_length = 80
copybutton_selector = ", ".join(f"div.highlight-{of} pre" for of in ("python", "pycon", "py", "sh"))
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
pygments_style = "friendly"
pygments_dark_style = "github-dark"

LOGGER = getLogger(__name__)
SAVED = re.compile(r'\.save\("\w+\.(?:svg|html)"\)')
PAGE = re.compile(r"\[([^\]]+)\]\(((?:(?:\.\./)?playgrounds/)?\w+\.html)\)")
CODE = re.compile(r"(^```.*?^```$|^!\[.*?$|`[^`\n]+`)|[^`!]+|[`!]", re.M | re.S)
NAMED = re.compile(r"<mo>&ApplyFunction;</mo>(?!\s*<mo)")
NOTES = re.compile(r"notes (00[012])")
LITERAL = re.compile(r"``([^`]+)``|`([^`]+)`")
OF_OURS = re.compile(r"(ag|nn)\.(\w+)(?:\(.*)?")


def mathml(node: nodes.Element, as_block: bool) -> str:
    """Return a formula as MathML; one that can't be read is a warning, and so an error."""
    try:
        found = str(tex2mathml(node.astext(), as_block=as_block))
        found = NAMED.sub("<mspace width='0.17em'/>", found)
        return found.replace('class="mathopen"', 'class="mathopen" stretchy="false"')
    except ValueError as error:
        LOGGER.warning("%s", error, location=node)
        return ""


def inline_math(self: Any, node: nodes.Element) -> None:
    """Write a formula of a line."""
    self.body.append(mathml(node, False))
    raise nodes.SkipNode


def displayed_math(self: Any, node: nodes.Element) -> None:
    """Write a formula that stands by itself."""
    self.body.append(self.starttag(node, "div", CLASS="math") + mathml(node, True) + "</div>\n")
    raise nodes.SkipNode


def pictures(app: Any, docname: str) -> Path:
    """Return the folder of what the code of a page saves."""
    return Path(app.outdir).parent / "pictures" / docname


def read(app: Any, docname: str, source: list[str]) -> None:
    """Put the entries of the reference, and what the code of a page saves, into its text."""
    text = public.FENCE.sub(lambda match: entries(*match.groups()), source[0])
    if docname != "notes":
        text = CODE.sub(lambda match: match[0] if match[1] else linked(match[0]), text)
    if any(SAVED.search(block.code) for block in blocks.blocks(text)):
        folder = pictures(app, docname)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        names: dict[str, Any] = {"__name__": "page"}
        with contextlib.chdir(folder):
            for block in blocks.blocks(text):
                block.run(names, f"{docname}.md, line {block.line}")
        depth = "../" * len(Path(app.srcdir, docname).relative_to(HERE.parent).parent.parts)
        there = depth + folder.relative_to(HERE.parent).as_posix()
        for file in folder.iterdir():
            text = text.replace(f"]({file.name})", f"]({there}/{file.name})")
            if file.suffix == ".html":
                text = text.replace(f"]({there}/{file.name})", f"]({file.name})")
    text = PAGE.sub(r'<a href="\2">\1</a>', text)
    source[0] = text.replace("\n\n```\n", "\n```\n")  # the end of a doctest


def linked(words: str) -> str:
    """Return text of a page with links to what is meant by notes 000 and its like."""
    return NOTES.sub(r"{ref}`notes \1 <notes-\1>`", words)


def finish(app: Any, error: Exception | None) -> None:
    """Put pages that were saved beside the pages that show them, and make the playgrounds."""
    made = Path(app.outdir).parent / "pictures"
    for file in made.rglob("*.html"):
        shutil.copy(file, Path(app.outdir) / file.parent.parent.relative_to(made) / file.name)
    folder = Path(app.outdir) / "playgrounds"
    folder.mkdir(exist_ok=True)
    for name in playgrounds.NAMES:
        (folder / f"{name}.html").write_text(playgrounds.html(name, []), encoding="utf-8")


def entries(module: str, words: str) -> str:
    """Return the directives of autodoc for the names of a fence of the reference."""
    lines = ["```{eval-rst}"]
    for name in public.named(module, words):
        found = getattr(public.import_module(module), name)
        found = getattr(found, "__wrapped__", found) if isinstance(found, Later) else found
        kind, options = "function", []
        if ismodule(found):
            kind = "module"
        elif isclass(found) and issubclass(found, Exception):
            kind = "exception"
        elif isclass(found):
            kind, options = "class", ["   :members:"]
        elif not callable(found):
            kind = "data"
        lines += [f".. auto{kind}:: {module}.{name}", *options, ""]
    return "\n".join([*lines, "```\n"])


def docstring(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Make reStructuredText of a docstring, which is plain text with `code` in it."""
    if (getattr(obj, "__module__", "") or "").startswith(
        "numpy"
    ):  # which goes on with notes of its own
        lines[:] = [
            "NumPy's own. " + " ".join("\n".join(lines).strip().split("\n\n")[0].split()),
            "",
        ]
    found: list[str] = []
    inside = ""  # of which kind of block the lines are
    for line in lines:
        if not line.strip():
            inside = "" if inside == "doctest" else inside
        elif inside == "doctest" or line.startswith(">>>"):
            inside = "doctest"
        elif line.startswith("    "):
            if inside != "literal":
                found += ["::", ""]
            inside = "literal"
        else:
            inside = "text"
            line = text(line)
        found.append(line)
    lines[:] = found


def text(line: str) -> str:
    """Return a line of plain text as reStructuredText, with links to what it names."""
    done, at = "", 0
    for match in LITERAL.finditer(line):
        done += escaped(line[at : match.start()]) + code(match[1] or match[2])
        at = match.end()
    return NOTES.sub(r":ref:`notes \1 <notes-\1>`", done + escaped(line[at:]))


def escaped(words: str) -> str:
    """Return words of which reStructuredText makes no markup."""
    words = re.sub(r"([\\*|_`])", r"\\\1", words)
    return re.sub(r"^(\(?\w{1,3}[.)] )", r"\\\1", words)


def code(words: str) -> str:
    """Return code, as a link where it is a public name."""
    match = OF_OURS.fullmatch(words)
    if match and match[2] in {"ag": ag.__all__, "nn": nn.__all__}[match[1]]:
        module = {"ag": "autograd", "nn": "nn"}[match[1]]
        return f":py:obj:`{words} <{module}.{match[2]}>`".replace("\\", "")
    return f"``{words}``"


def skipped(app: Any, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """Leave out methods that are functions of the table, and what only gives a hint."""
    if name in NODES or name in TABLE or name in ALIASES:
        return True
    return None


def setup(app: Any) -> dict[str, bool]:
    """Connect all this with Sphinx."""
    app.add_html_math_renderer("mathml", (inline_math, None), (displayed_math, None))
    app.connect("source-read", read)
    app.connect("build-finished", finish)
    app.connect("autodoc-process-docstring", docstring)
    app.connect("autodoc-skip-member", skipped)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
