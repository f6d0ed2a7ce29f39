"""Reverse-mode automatic differentiation of scalars (`Value`) and NumPy arrays (`Tensor`)."""

from typing import TYPE_CHECKING

import numpy as _np

from autograd import arrays as _arrays
from autograd import checking, linalg
from autograd import functions as _functions
from autograd import shapes as _shapes
from autograd.anomalies import detect_anomaly
from autograd.arrays import *
from autograd.calls import LostGradientWarning
from autograd.checking import (
    GradientCheckError,
    GradientCheckWarning,
    GradientReport,
    gradcheck,
)
from autograd.checkpointing import checkpoint
from autograd.compiled import core
from autograd.custom import custom_vjp
from autograd.drawing import Drawing, draw
from autograd.explaining import contributions, explain, explain_nan
from autograd.functions import (
    dot,
    elementary,
    log_softmax,
    logsumexp,
    matmul,
    max,
    mean,
    min,
    norm,
    prod,
    reshape,
    softmax,
    std,
    sum,
    transpose,
    var,
)
from autograd.names import Missing as _Missing
from autograd.networks import (
    avg_pool2d,
    batch_norm,
    conv2d,
    dropout,
    embedding,
    layer_norm,
    linear,
    max_pool2d,
    sigmoid_cross_entropy_sum,
    softmax_cross_entropy_sum,
)
from autograd.recording import no_grad, record_lines, scope
from autograd.rules.elementary import TABLE as _TABLE
from autograd.shapes import *
from autograd.tensors.tensor import Tensor
from autograd.tensors.ufuncs import knows as _knows
from autograd.transforms import (
    derivative,
    elementwise_grad,
    grad,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    stop_gradient,
    taylor,
    value_and_grad,
    vjp,
)
from autograd.value import Value
from autograd.version import __version__ as __version__

if TYPE_CHECKING:
    from autograd.signatures import *
else:
    globals().update({_name: getattr(_functions, _name) for _name in _TABLE})

# No __getattr__, which would make each use of a name slow
_Missing(__name__, lambda name: f"np.{name}" if _knows(getattr(_np, name, None)) else None)

__all__ = [
    "Drawing",
    "GradientCheckError",
    "GradientCheckWarning",
    "GradientReport",
    "LostGradientWarning",
    "Tensor",
    "Value",
    "avg_pool2d",
    "batch_norm",
    "checking",
    "checkpoint",
    "contributions",
    "conv2d",
    "core",
    "custom_vjp",
    "derivative",
    "detect_anomaly",
    "dot",
    "draw",
    "dropout",
    "elementary",
    "elementwise_grad",
    "embedding",
    "explain",
    "explain_nan",
    "grad",
    "gradcheck",
    "gradients",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "layer_norm",
    "linalg",
    "linear",
    "log_softmax",
    "logsumexp",
    "matmul",
    "max",
    "max_pool2d",
    "mean",
    "min",
    "no_grad",
    "norm",
    "prod",
    "record_lines",
    "reshape",
    "scope",
    "sigmoid_cross_entropy_sum",
    "softmax",
    "softmax_cross_entropy_sum",
    "std",
    "stop_gradient",
    "sum",
    "taylor",
    "transpose",
    "value_and_grad",
    "var",
    "vjp",
    *_arrays.__all__,
    *_shapes.__all__,
    *_TABLE,
]
