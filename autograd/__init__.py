"""Reverse-mode automatic differentiation of scalars (`Value`) and NumPy arrays (`Tensor`)."""

from typing import TYPE_CHECKING

import numpy as _np

from autograd import checking
from autograd import functions as _functions
from autograd.checking import GradientCheckError, GradientCheckWarning, GradientReport
from autograd.compiled import core
from autograd.drawing import Drawing
from autograd.functions import elementary
from autograd.later import TEACHING as _TEACHING
from autograd.later import Later as _Later
from autograd.later import LaterModule as _LaterModule
from autograd.names import Missing as _Missing
from autograd.recording import LostGradientWarning, no_grad, record_lines, scope
from autograd.rules.elementary import TABLE as _TABLE
from autograd.tensors.tensor import Tensor
from autograd.value import Value
from autograd.version import __version__ as __version__

_ROOMS = {
    "shapes": """
        all any argmax argmin argsort array_split broadcast_to column_stack concatenate copy
        cumprod cumsum delete diag diagonal diff dsplit dstack einsum expand_dims flip fliplr
        flipud hsplit hstack inner median moveaxis outer pad ravel repeat resize roll rollaxis
        rot90 sliding_window_view sort split squeeze stack swapaxes take take_along_axis tensordot
        tile trace tril triu vsplit vstack
    """,
    "arrays": """
        apply_along_axis apply_over_axes array append astype atleast_1d atleast_2d
        atleast_3d block broadcast_arrays choose compress diagflat extract insert meshgrid
        piecewise select trim_zeros unstack cumulative_prod cumulative_sum ediff1d gradient interp
        trapezoid unwrap convolve correlate allclose argpartition argwhere array_equal array_equiv
        count_nonzero digitize flatnonzero histogram2d histogram_bin_edges histogramdd intersect1d
        isclose isin lexsort nanargmax nanargmin nonzero searchsorted setdiff1d setxor1d union1d
        unique unique_all unique_counts unique_inverse unique_values angle conj conjugate divmod
        fix float_power frexp i0 imag iscomplex isneginf isposinf isreal ldexp modf nextafter real
        real_if_close spacing isfinite isinf isnan signbit nan_to_num nancumprod nancumsum nanmax
        nanmean nanmedian nanmin nanpercentile nanprod nanquantile nanstd nansum nanvar poly
        polyadd polyder polydiv polyfit polyint polymul polysub polyval roots vander cross kron
        matvec vdot vecdot vecmat geomspace linspace logspace average corrcoef cov partition
        percentile ptp quantile bincount copyto fill_diagonal histogram place put put_along_axis
        putmask
    """,
    "networks": """
        avg_pool2d batch_norm conv2d dropout embedding layer_norm linear max_pool2d
        sigmoid_cross_entropy_sum softmax_cross_entropy_sum
    """,
    "anomalies": "detect_anomaly",
    "campaigns": "campaign multistart",
    "checking.gradients": "gradcheck",
    "checkpointing": "checkpoint",
    "compiling.entry": "compile",
    "custom": "custom_vjp",
    "drawing": "draw",
    "explaining": "contributions explain explain_nan",
    "transforms": """
        derivative elementwise_grad grad gradients hessian hvp jacobian jvp stop_gradient taylor
        value_and_grad vjp
    """,
    "vectorizing": "vectorize",
}
"""Functions by their rooms, which are entered when one of them is called."""

if TYPE_CHECKING:
    from autograd import fft, linalg
    from autograd.anomalies import detect_anomaly as detect_anomaly
    from autograd.arrays import *
    from autograd.campaigns import campaign as campaign
    from autograd.campaigns import multistart as multistart
    from autograd.checking import gradcheck as gradcheck
    from autograd.checkpointing import checkpoint as checkpoint
    from autograd.compiling.entry import compile as compile
    from autograd.custom import custom_vjp as custom_vjp
    from autograd.drawing import draw as draw
    from autograd.explaining import *
    from autograd.networks import *
    from autograd.signatures import *
    from autograd.transforms import (
        derivative as derivative,
    )
    from autograd.transforms import (
        elementwise_grad as elementwise_grad,
    )
    from autograd.transforms import (
        grad as grad,
    )
    from autograd.transforms import (
        gradients as gradients,
    )
    from autograd.transforms import (
        hessian as hessian,
    )
    from autograd.transforms import (
        hvp as hvp,
    )
    from autograd.transforms import (
        jacobian as jacobian,
    )
    from autograd.transforms import (
        jvp as jvp,
    )
    from autograd.transforms import (
        stop_gradient as stop_gradient,
    )
    from autograd.transforms import (
        taylor as taylor,
    )
    from autograd.transforms import (
        value_and_grad as value_and_grad,
    )
    from autograd.transforms import (
        vjp as vjp,
    )
    from autograd.vectorizing import vectorize as vectorize

    _LATER: list[str]
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

    globals().update({_name: getattr(_functions, _name) for _name in _TABLE})
    _LATER = {
        _name: _Later(f"autograd.{_room}", _name, globals())
        for _room, _names in _ROOMS.items()
        for _name in _names.split()
        if _room != "arrays" or hasattr(_np, _name)
    }
    globals().update(_LATER)
    fft, linalg = _LaterModule("autograd.fft"), _LaterModule("autograd.linalg")
_TEACHING += ["autograd.shapes", "autograd.arrays", "autograd.linalg"]


def _of_numpy(name: str) -> str | None:
    """Return how a name is written that NumPy has, and Tensors know."""
    from autograd.tensors.ufuncs import knows

    return f"np.{name}" if knows(getattr(_np, name, None)) else None


# No __getattr__, which would make each use of a name slow
_Missing(__name__, _of_numpy)

__all__ = [
    "Drawing",
    "GradientCheckError",
    "GradientCheckWarning",
    "GradientReport",
    "LostGradientWarning",
    "Tensor",
    "Value",
    "checking",
    "core",
    "dot",
    "elementary",
    "fft",
    "linalg",
    "log_softmax",
    "logsumexp",
    "matmul",
    "max",
    "mean",
    "min",
    "no_grad",
    "norm",
    "prod",
    "record_lines",
    "reshape",
    "scope",
    "softmax",
    "std",
    "sum",
    "transpose",
    "var",
    *_LATER,
    *_TABLE,
]
