from collections.abc import Callable, Sequence
from typing import Any

from autograd.value import Value

sources: str
node_bytes: int

def ready(
    borrowed: dict[str, Any],
    docs: dict[str, str],
    rows: tuple[Any, ...],
    to_float: Callable[[Any], float],
    as_number: Callable[[Any], Any],
    /,
) -> type[Value]: ...
def function(
    name: str, doc: str = ..., module: str = ..., fallback: Callable[..., Any] = ..., /
) -> Callable[..., Any] | None: ...
def node(
    row: Any,
    data: float,
    operands: tuple[Any, ...],
    partials: tuple[float, ...],
    options: int,
    always: bool,
    /,
) -> Value: ...
def graph_gradients(
    ys: Sequence[Value], xs: Sequence[Value], seeds: Sequence[Any], cut: bool = False, /
) -> list[Value]: ...
def reverse(
    ys: Sequence[Value], xs: Sequence[Value], seeds: Sequence[Sequence[Any]], level: int = 0, /
) -> list[list[float]] | None: ...
def forward(
    ys: Sequence[Value], xs: Sequence[Value], tangents: Sequence[Sequence[Any]], level: int = 0, /
) -> list[list[float]] | None: ...
def made_inside(ys: Sequence[Value], level: int, /) -> bool: ...
def set_shares(shares: Callable[[Value, Any], Sequence[Any]], /) -> None: ...
def set_notes(
    note_place: Callable[[Any], None], check_pass: Callable[[Any, Any], None], /
) -> None: ...
def set_recording(
    blocks: Any, bits: Callable[[], int], unusual: Any, levels: Any, floating: Any, /
) -> None: ...
