"""A model as a table of its layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

import autograd as ag
from autograd import Tensor

Module = Any
"""Type of an `nn.Module`, which this file does not import, since it is above it."""

WIDTH = 80
TITLES = ("layer", "output", "parameters", "")


class Table(str):
    """String whose repr is itself, so consoles print the table; notebooks show it as one."""

    rows: Sequence[tuple[str, str, str, str]] = ()
    end = ""

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from autograd.notebooks import paragraph, table

        return table(TITLES, self.rows, right=(2,)) + paragraph(self.end)


def _is_module(x: Any) -> bool:
    return hasattr(x, "named_modules")


def table(
    model: Module, input_shape: int | Iterable[int] | None = None, example: Any = None
) -> Table:
    """Return the table of `Module.summary`.

    The parts of the model, and of a Sequential in it, have a row each; it includes the parts inside
    them. Shared parameters count where they come first.
    """
    if input_shape is not None and example is not None:
        raise ValueError("summary: got input_shape and example; it needs one of them")
    batched = False
    if input_shape is not None:
        sizes = (input_shape,) if isinstance(input_shape, int) else tuple(input_shape)
        example, batched = _zeros(model, sizes)
    shapes = {} if example is None else _outputs(model, example)
    trainable = {id(x) for x in model.parameters()}
    counted: set[int] = set()
    total, rows = np.zeros(2, int), []
    for path, part, parameters in _rows(model, "", ()):
        new = {id(x): np.size(x.data) for x in parameters if id(x) not in counted}
        counted |= new.keys()
        free = sum(size for x, size in new.items() if x in trainable)
        count = sum(new.values())
        total += count, free
        state = "trainable" if free == count else "partly frozen" if free else "frozen"
        calls = shapes.get(id(part))
        shape = _shown(calls.pop(0), batched) if calls else ""
        name = f"{path} {type(part).__name__}".strip()
        rows.append((name, shape, f"{count:,}", state if count else ""))
    count, free = total
    end = f"{count:,} parameters: {free:,} trainable, {count - free:,} frozen"
    told = Table("\n".join([*_lines(rows), end]))
    told.rows, told.end = rows, end
    return told


def _rows(
    part: Module, path: str, above: tuple[Module, ...]
) -> Iterator[tuple[str, Module, list[Any]]]:
    """Iterate over the rows: path, module, and the parameters that count in it."""
    if any(part is x for x in above):
        return
    parts = list(part._held(path))
    modules = [(name, x) for name, x in parts if _is_module(x)]
    if not modules or (above and not part.opens):
        yield path, part, [x for _, x, _ in part._parts() if not _is_module(x)]
        return
    if own := [x for _, x in parts if not _is_module(x)]:
        yield path, part, own
    for name, module in modules:
        yield from _rows(module, name, (*above, part))


def _zeros(model: Module, shape: tuple[int, ...]) -> tuple[Any, bool]:
    """Return a batch of one input; for neurons of Values, which take no batches, one input."""
    parameters = [x for _, x in model.named_parameters()]
    dtype = next((x.dtype for x in parameters if isinstance(x, Tensor)), None)
    if parameters and dtype is None:
        return np.zeros(shape), False
    return np.zeros((1, *shape), dtype), True


def _outputs(model: Module, example: Any) -> dict[int, list[tuple[int, ...]]]:
    """Return the shapes of the outputs of each module, call by call, by its id."""
    shapes: dict[int, list[tuple[int, ...]]] = {}

    def watched(module: Module, forward: Callable[..., Any]) -> Callable[..., Any]:
        def run(*inputs: Any, **options: Any) -> Any:
            output = forward(*inputs, **options)
            shapes.setdefault(id(module), []).append(_shape(output))
            return output

        return run

    before = [(m, m.training, dict(vars(m))) for _, m in model.named_modules()]
    try:
        for module, _, _ in before:
            module.training = False
            if hasattr(module, "forward"):
                module.forward = watched(module, module.forward)
        with ag.no_grad():
            model(example)
    finally:
        for module, mode, attributes in before:
            module.training = mode
            vars(module).pop("forward", None)
            if "forward" in attributes:
                module.forward = attributes["forward"]
    return shapes


def _shape(output: Any) -> tuple[int, ...]:
    found = getattr(output, "shape", None)
    if found is None and isinstance(output, (list, tuple)):
        return (len(output),)
    return () if found is None else tuple(found)


def _shown(shape: tuple[int, ...], batched: bool) -> str:
    sizes = [str(n) for n in shape]
    if batched and sizes:
        sizes[0] = "n"
    return f"({', '.join(sizes)}{',' * (len(sizes) == 1)})"


def _lines(rows: list[tuple[str, str, str, str]]) -> Iterator[str]:
    """Iterate over the lines: titles and rows in columns; long names lose their beginning."""
    _, *widths = (max(map(len, column)) for column in zip(TITLES, *rows))
    room = WIDTH - sum(widths) - 6
    names = [name if len(name) <= room else f"…{name[1 - room :]}" for name, *_ in rows]
    width = max(map(len, [TITLES[0], *names]))
    for (_, *others), name in zip([TITLES, *rows], [TITLES[0], *names]):
        output, count, state = (
            f"{text:{align}{size}}" for text, align, size in zip(others, "<><", widths)
        )
        yield f"{name:<{width}}  {output}  {count}  {state}".rstrip()
