from collections.abc import Callable, Sequence
from typing import Any

from autograd.tensors.tensor import Tensor
from autograd.value import Value

sources: str
node_bytes: int

class Links: ...

def give(**kept: Any) -> None: ...
def ready_values(borrowed: dict[str, Any], docs: dict[str, str], /) -> type[Value]: ...
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
def ready_tensors(tensor: type[Tensor], /) -> None: ...
def note(
    row: Any,
    data: Any,
    operands: tuple[Any, ...],
    parents: tuple[Any, ...],
    inputs: tuple[Any, ...],
    pull: Any,
    /,
) -> Tensor: ...
def operation(
    parts: tuple[Any, Callable[..., Any] | None, dict[int, Any], Callable[..., Any]],
    elementary: int,
    keeps: bool,
    /,
) -> Callable[..., Any]: ...
def in_kept_memory(f: Callable[..., Any], /, *given: Any) -> Any: ...
def quick(name: str, general: Callable[..., Any], kind: str, /) -> Callable[..., Any]: ...
def sweep(
    roots: list[Tensor], seeds: list[Any], release: bool, /
) -> tuple[dict[Any, Any], list[Any]] | None: ...
def backward(root: Tensor, release: bool, /) -> bool | tuple[dict[Any, Any], list[Any]] | None: ...

class Tape:
    places: int
    bytes: int
    def after(self, count: int, then: Callable[[], object], /) -> None: ...
    def __call__(self, inputs: Any, /) -> tuple[list[float], int]: ...
    def into(self, outputs: Any, inputs: Any, /) -> int: ...

class Rows:
    places: int
    size: int
    def __call__(
        self, count: int, inputs: tuple[Any, ...], outputs: tuple[Any, ...], left: Any, /
    ) -> int: ...

def tape(
    inputs: int,
    constants: tuple[float, ...],
    code: tuple[tuple[str, tuple[int, ...]], ...],
    outputs: tuple[int, ...],
    guards: tuple[tuple[int, object], ...],
    exact: object,
    instructions: str | None,
    /,
) -> Tape: ...
def all_floats(x: Any, /) -> bool: ...

class Native:
    owner: Any
    def __call__(self, inputs: Any, /) -> tuple[list[float], int]: ...
    def into(self, outputs: Any, inputs: Any, /) -> int: ...

def native(
    address: int, inputs: int, outputs: int, arena: int, size: int, owner: object, /
) -> Native: ...
def native_rows(
    address: int,
    shared: bytes,
    summed: bytes,
    width: int,
    guards: bool,
    arena: int,
    instructions: str | None,
    owner: object,
    /,
) -> Rows: ...
def library() -> dict[str, int]: ...
def tape_rows(
    inputs: int,
    constants: tuple[float, ...],
    code: tuple[tuple[str, tuple[int, ...]], ...],
    outputs: tuple[int, ...],
    guards: tuple[tuple[int, object], ...],
    exact: object,
    instructions: str | None,
    flags: tuple[bytes, bytes],
    /,
) -> Rows: ...
