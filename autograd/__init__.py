"""Reverse-mode automatic differentiation of scalars (`Value`) and NumPy arrays (`Tensor`)."""

from typing import TYPE_CHECKING

import numpy as _np

from autograd import checking
from autograd import functions as _functions
from autograd import shapes as _shapes
from autograd.anomalies import detect_anomaly
from autograd.calls import LostGradientWarning
from autograd.checking import (
    GradientCheckError,
    GradientCheckWarning,
    GradientReport,
    gradcheck,
)
from autograd.compiled import core
from autograd.compiling.entry import compile
from autograd.drawing import Drawing, draw
from autograd.explaining import contributions, explain, explain_nan
from autograd.functions import elementary
from autograd.later import TEACHING as _TEACHING
from autograd.later import Later as _Later
from autograd.later import LaterModule as _LaterModule
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

_OF_ARRAYS = """
    apply_along_axis apply_over_axes array
    append astype atleast_1d atleast_2d atleast_3d block broadcast_arrays choose compress diagflat
    extract insert meshgrid piecewise select trim_zeros unstack
    cumulative_prod cumulative_sum ediff1d gradient interp trapezoid unwrap convolve correlate
    allclose argpartition argwhere array_equal array_equiv count_nonzero digitize flatnonzero
    histogram2d histogram_bin_edges histogramdd intersect1d isclose isin lexsort nanargmax nanargmin
    nonzero searchsorted setdiff1d setxor1d union1d unique unique_all unique_counts unique_inverse
    unique_values
    angle conj conjugate divmod fix float_power frexp i0 imag iscomplex isneginf isposinf isreal
    ldexp modf nextafter real real_if_close spacing isfinite isinf isnan signbit
    nan_to_num nancumprod nancumsum nanmax nanmean nanmedian nanmin nanpercentile nanprod
    nanquantile nanstd nansum nanvar
    poly polyadd polyder polydiv polyfit polyint polymul polysub polyval roots vander
    cross kron matvec vdot vecdot vecmat geomspace linspace logspace
    average corrcoef cov partition percentile ptp quantile
    bincount copyto fill_diagonal histogram place put put_along_axis putmask
""".split()
"""Names of autograd.arrays, which is imported when one of its functions is called."""

if TYPE_CHECKING:
    from autograd import fft, linalg
    from autograd.arrays import *
    from autograd.checkpointing import checkpoint
    from autograd.custom import custom_vjp
    from autograd.signatures import *
    from autograd.vectorizing import vectorize
else:
    from autograd.functions import (
        dot,
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
    from autograd.shapes import *

    globals().update({_name: getattr(_functions, _name) for _name in _TABLE})
    _OF_ARRAYS = [_name for _name in _OF_ARRAYS if hasattr(_np, _name)]
    globals().update({_name: _Later("autograd.arrays", _name) for _name in _OF_ARRAYS})
    fft, linalg = _LaterModule("autograd.fft"), _LaterModule("autograd.linalg")
    checkpoint = _Later("autograd.checkpointing", "checkpoint")
    custom_vjp = _Later("autograd.custom", "custom_vjp")
    vectorize = _Later("autograd.vectorizing", "vectorize")
_TEACHING += ["autograd.arrays", "autograd.linalg"]

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
    "compile",
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
    "fft",
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
    "vectorize",
    "vjp",
    *_OF_ARRAYS,
    *_shapes.__all__,
    *_TABLE,
]
