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
def graph_gradients(root: Value, xs: Sequence[Value], seed: Any, /) -> list[Value]: ...
def set_shares(shares: Callable[[Value, Any], Sequence[Any]], /) -> None: ...
def pause(change: int, /) -> None: ...
