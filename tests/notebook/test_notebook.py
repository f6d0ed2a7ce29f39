"""A real notebook, run by a kernel: what its cells show, and what they leave when it is saved."""

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")

CELLS = {
    "drawing": """
import numpy as np, autograd as ag, nn
x, w = ag.Value(2.0, name="x"), ag.Value(-0.5, name="<b>w</b>")
y = ag.tanh(w * x + 1.5)
ag.draw(y)""",
    "page": "ag.draw(y).html",
    "explanation": "ag.explain(w, root=y)",
    "report": "ag.gradcheck(lambda x: x ** 3, 2.0)",
    "wrong": "ag.gradcheck(lambda x: x ** 3, 2.0, derivative=lambda x: 2.9 * x**2, raise_error=False)",
    "training": """
X = np.linspace(-1, 1, 60)[:, None]
model = nn.Sequential(nn.Linear(1, 8, rng=0), nn.Tanh(), nn.Linear(8, 1, rng=1))
optimizer = nn.Adam(model.parameters(), lr=0.05)
nn.fit(model, X, X**2, loss=nn.mse, optimizer=optimizer, epochs=40, batch_size=20, rng=0)""",
    "summary": "model.summary(1)",
    "silent": """
nn.fit(model, X, X, loss=nn.mse, optimizer=optimizer, epochs=2, batch_size=20, progress=False)""",
}
FORMS = {
    "drawing": {"text/html", "image/svg+xml"},
    "page": {"text/html"},
    "explanation": {"text/latex"},
    "report": {"text/html"},
    "wrong": {"text/html"},
    "training": {"text/html"},
    "summary": {"text/html"},
    "silent": {"text/html"},
}


def test_every_cell_shows_its_result_and_nothing_else() -> None:
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in CELLS.values()]
    notebook = nbformat.v4.new_notebook(cells=cells)
    nbclient.NotebookClient(notebook, timeout=120).execute()
    nbformat.validate(notebook)
    for name, cell in zip(CELLS, notebook.cells):
        bar = [out for out in cell.outputs if out.output_type == "display_data"]
        (result,) = (out for out in cell.outputs if out not in bar)
        assert result.output_type == "execute_result", name
        assert set(result.data) == FORMS[name] | {"text/plain"}
        assert len(result.data["text/plain"]) < 800
        # the bar of fit is gone in the end
        assert [out.data for out in bar] == [{"text/plain": ""}] * (name == "training")
