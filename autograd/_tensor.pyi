from collections.abc import Callable
from typing import Any

from autograd.tensors.tensor import Tensor

sources: str

class Links: ...

def ready(
    tensor: type[Tensor],
    make_operator: Callable[[int], tuple[Any, ...]],
    attend: Callable[[Tensor], bool],
    sum_to_shape: Callable[[Any, tuple[int, ...]], Any],
    shares_of_values: Callable[[Tensor, Any, Any], list[Any]],
    released: Callable[..., Any],
    values: Any,
    writable: Callable[[Tensor], Any],
    counted: Callable[[Any, Any], Any],
    traits: dict[Any, int],
    strict_shares: Callable[[Tensor, Any], Any],
    whole_left_out: Callable[[Tensor], list[bool]],
    careful: Callable[[], Any],
    /,
) -> None: ...
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
    is_elementary: bool,
    keeps: bool,
    /,
) -> Callable[..., Any]: ...
def quick(name: str, general: Callable[..., Any], kind: str, /) -> Callable[..., Any]: ...
def sweep(
    roots: list[Tensor], seeds: list[Any], release: bool, /
) -> tuple[dict[Any, Any], list[Any]] | None: ...
def backward(root: Tensor, release: bool, /) -> bool | tuple[dict[Any, Any], list[Any]] | None: ...
def set_recording(
    blocks: Any, bits: Callable[[], int], unusual: Any, levels: Any, floating: Any, /
) -> None: ...
