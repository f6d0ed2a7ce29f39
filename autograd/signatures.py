"""Types of the functions, for type checkers: a Value gives a Value, a Tensor a Tensor.

At run time they are made from rows, and nothing imports this.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, overload

import numpy as np
import numpy.typing as npt

from autograd.tensors.tensor import Tensor
from autograd.value import Value

_Array = npt.NDArray[Any]
_Other = Callable[..., Any]
"""Functions of several arrays, and those that give several, or indices, or truth values."""
_Axis = int | tuple[int, ...] | list[int] | None
_Number = float | np.floating[Any] | np.integer[Any] | np.bool
_Nested = list[Any] | tuple[Any, ...]
"""Lists, of numbers or of Values: they give an array, or an array of Values."""


class _Unary(Protocol):
    """Function of one operand, element by element."""

    @overload
    def __call__(self, x: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Tensor, /) -> Tensor: ...
    @overload
    def __call__(self, x: float, /) -> float: ...
    @overload
    def __call__(self, x: _Array, /) -> _Array: ...
    @overload
    def __call__(self, x: _Number | _Nested, /) -> Any: ...


class _Binary(Protocol):
    """Function of two operands, which broadcast."""

    @overload
    def __call__(self, x: Tensor, y: Any, /) -> Tensor: ...
    @overload
    def __call__(self, x: Any, y: Tensor, /) -> Tensor: ...
    @overload
    def __call__(self, x: Value, y: Value | _Number, /) -> Value: ...
    @overload
    def __call__(self, x: _Number, y: Value, /) -> Value: ...
    @overload
    def __call__(self, x: Value, y: _Array, /) -> Tensor: ...
    @overload
    def __call__(self, x: _Array, y: Value, /) -> Tensor: ...
    @overload
    def __call__(self, x: float, y: float, /) -> float: ...
    @overload
    def __call__(self, x: _Array, y: _Array | _Number, /) -> _Array: ...
    @overload
    def __call__(self, x: _Number, y: _Array, /) -> _Array: ...
    @overload
    def __call__(
        self, x: Value | _Array | _Number | _Nested, y: Value | _Array | _Number | _Nested, /
    ) -> Any: ...


class _Shaped(Protocol):
    """Function of one operand and a number that shapes it, with a default."""

    @overload
    def __call__(self, x: Value, k: Value | _Number = ..., /) -> Value: ...
    @overload
    def __call__(self, x: Tensor, k: Any = ..., /) -> Tensor: ...
    @overload
    def __call__(self, x: float, k: float = ..., /) -> float: ...
    @overload
    def __call__(self, x: _Array, k: _Array | _Number = ..., /) -> _Array: ...
    @overload
    def __call__(self, x: Any, k: Any = ..., /) -> Any: ...


class _Ternary(Protocol):
    """Function of three operands, which broadcast."""

    @overload
    def __call__(self, x: Tensor, y: Any, z: Any, /) -> Tensor: ...
    @overload
    def __call__(self, x: Value, y: Value | _Number, z: Value | _Number, /) -> Value: ...
    @overload
    def __call__(self, x: float, y: float, z: float, /) -> float: ...
    @overload
    def __call__(self, x: _Array, y: _Array | _Number, z: _Array | _Number, /) -> _Array: ...
    @overload
    def __call__(self, x: Any, y: Any, z: Any, /) -> Any: ...


class _Choice(Protocol):
    """Function that takes one of two operands, by a condition."""

    @overload
    def __call__(self, condition: Any, x: Tensor, y: Any, /) -> Tensor: ...
    @overload
    def __call__(self, condition: Any, x: Any, y: Tensor, /) -> Tensor: ...
    @overload
    def __call__(self, condition: Value | _Number, x: Value, y: Value | _Number, /) -> Value: ...
    @overload
    def __call__(self, condition: Value | _Number, x: _Number, y: Value, /) -> Value: ...
    @overload
    def __call__(self, condition: Any, x: Any, y: Any, /) -> Any: ...


class _Reduction(Protocol):
    """Function that makes one number of several, along axes; options as NumPy has them."""

    @overload
    def __call__(
        self, x: Tensor, axis: _Axis = ..., keepdims: bool = ..., **options: Any
    ) -> Tensor: ...
    @overload
    def __call__(self, x: Value, axis: None = ...) -> Value: ...
    @overload
    def __call__(self, x: float, axis: None = ...) -> float: ...
    @overload
    def __call__(
        self, x: _Array | _Nested, axis: _Axis = ..., keepdims: bool = ..., **options: Any
    ) -> Any: ...


class _Spread(Protocol):
    """Reduction with its degrees of freedom."""

    @overload
    def __call__(
        self, x: Tensor, axis: _Axis = ..., ddof: int = ..., keepdims: bool = ..., **options: Any
    ) -> Tensor: ...
    @overload
    def __call__(self, x: Value, axis: None = ..., ddof: int = ...) -> Value: ...
    @overload
    def __call__(self, x: float, axis: None = ..., ddof: int = ...) -> float: ...
    @overload
    def __call__(
        self, x: _Array | _Nested, axis: _Axis = ..., ddof: int = ..., keepdims: bool = ...,
        **options: Any,
    ) -> Any: ...  # fmt: skip


class _Along(Protocol):
    """Function of all elements along an axis."""

    @overload
    def __call__(self, x: Tensor, axis: int = ...) -> Tensor: ...
    @overload
    def __call__(self, x: _Array, axis: int = ...) -> _Array: ...
    @overload
    def __call__(self, x: _Nested, axis: int = ...) -> Any: ...


class _Moved(Protocol):
    """Function of one array; options as NumPy has them."""

    @overload
    def __call__(self, x: Tensor, /, *options: Any, **named: Any) -> Tensor: ...
    @overload
    def __call__(self, x: Any, /, *options: Any, **named: Any) -> Any: ...


class _Product(Protocol):
    """Function of two arrays; options as NumPy has them."""

    @overload
    def __call__(self, x: Tensor, y: Any, /, *options: Any, **named: Any) -> Tensor: ...
    @overload
    def __call__(self, x: Any, y: Tensor, /, *options: Any, **named: Any) -> Tensor: ...
    @overload
    def __call__(self, x: Any, y: Any, /, *options: Any, **named: Any) -> Any: ...


add: _Binary
sub: _Binary
mul: _Binary
div: _Binary
mod: _Binary
fmod: _Binary
floor_divide: _Binary
pow: _Binary
power_log: _Binary
ratio: _Binary
hypot: _Binary
unit: _Binary
direction: _Binary
apart: _Binary
logaddexp: _Binary
logaddexp2: _Binary
atan2: _Binary
maximum: _Binary
minimum: _Binary
fmax: _Binary
fmin: _Binary
heaviside: _Binary
copysign: _Binary
sigmoid_error: _Binary
sigmoid_cross_entropy: _Binary
binary_cross_entropy: _Binary

neg: _Unary
pos: _Unary
square: _Unary
reciprocal: _Unary
sqrt: _Unary
cbrt: _Unary
exp: _Unary
expm1: _Unary
exp2: _Unary
log: _Unary
log1p: _Unary
log2: _Unary
log10: _Unary
deg2rad: _Unary
rad2deg: _Unary
sin: _Unary
cos: _Unary
tan: _Unary
asin: _Unary
acos: _Unary
atan: _Unary
lorentzian: _Unary
sinc: _Unary
spherical_j1: _Unary
sinh: _Unary
cosh: _Unary
tanh: _Unary
sech: _Unary
asinh: _Unary
acosh: _Unary
atanh: _Unary
erf: _Unary
erfc: _Unary
bell: _Unary
abs: _Unary
side: _Unary
sign: _Unary
floor: _Unary
ceil: _Unary
trunc: _Unary
round: _Unary
sigmoid: _Unary
logistic_density: _Unary
logsigmoid: _Unary
softplus: _Unary
relu: _Unary
gelu: _Unary
gelu_tanh: _Unary
silu: _Unary

monomial: _Ternary
clip: _Ternary

where: _Choice

step: _Shaped
leaky_relu: _Shaped
elu: _Shaped
scale: _Shaped

sum: _Reduction
mean: _Reduction
prod: _Reduction
max: _Reduction
min: _Reduction
norm: _Reduction
logsumexp: _Reduction

var: _Spread
std: _Spread

softmax: _Along
log_softmax: _Along

dot: _Product
matmul: _Product
inner: _Product
outer: _Product
tensordot: _Product

reshape: _Moved
transpose: _Moved
ravel: _Moved
squeeze: _Moved
expand_dims: _Moved
swapaxes: _Moved
moveaxis: _Moved
broadcast_to: _Moved
flip: _Moved
roll: _Moved
repeat: _Moved
tile: _Moved
take: _Moved
take_along_axis: _Moved
pad: _Moved
diag: _Moved
diagonal: _Moved
trace: _Moved
tril: _Moved
triu: _Moved
delete: _Moved
resize: _Moved
fliplr: _Moved
flipud: _Moved
rot90: _Moved
rollaxis: _Moved
sliding_window_view: _Moved
copy: _Moved
cumsum: _Moved
cumprod: _Moved
diff: _Moved
sort: _Moved
median: _Moved

all: _Other
any: _Other
argmax: _Other
argmin: _Other
argsort: _Other
array_split: _Other
column_stack: _Other
concatenate: _Other
dsplit: _Other
dstack: _Other
einsum: _Other
hsplit: _Other
hstack: _Other
split: _Other
stack: _Other
vsplit: _Other
vstack: _Other
