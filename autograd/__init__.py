"""Reverse-mode automatic differentiation of scalars (`Value`) and NumPy arrays (`Tensor`)."""

from typing import TYPE_CHECKING

from autograd import checking
from autograd import functions as _functions
from autograd.checking import (
    GradientCheckError,
    GradientCheckWarning,
    GradientReport,
    gradcheck,
)
from autograd.compiled import core
from autograd.drawing import Drawing, draw
from autograd.functions import (
    dot,
    elementary,
    linear,
    log_softmax,
    logsumexp,
    matmul,
    max,
    mean,
    min,
    norm,
    prod,
    reshape,
    sigmoid_cross_entropy_sum,
    softmax,
    std,
    sum,
    transpose,
    var,
)
from autograd.ops import TABLE as _TABLE
from autograd.recording import no_grad
from autograd.tensor import Tensor
from autograd.transforms import gradients
from autograd.value import Value
from autograd.version import __version__ as __version__

if TYPE_CHECKING:
    from autograd.ops import *
else:
    globals().update({_name: getattr(_functions, _name) for _name in _TABLE})

__all__ = [
    "Drawing",
    "GradientCheckError",
    "GradientCheckWarning",
    "GradientReport",
    "Tensor",
    "Value",
    "checking",
    "core",
    "dot",
    "draw",
    "elementary",
    "gradcheck",
    "gradients",
    "linear",
    "log_softmax",
    "logsumexp",
    "matmul",
    "max",
    "mean",
    "min",
    "no_grad",
    "norm",
    "prod",
    "reshape",
    "sigmoid_cross_entropy_sum",
    "softmax",
    "std",
    "sum",
    "transpose",
    "var",
    *_TABLE,
]
