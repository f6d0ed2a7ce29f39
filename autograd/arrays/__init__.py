"""NumPy's functions of arrays: one function each, by family.

Each is written in NumPy's own functions and operators, of which Tensors know the simpler ones, and
has NumPy's signature. It takes arrays, lists, Values and Tensors.
"""

from autograd.arrays import (
    along,
    assembling,
    calculus,
    convolution,
    discrete,
    elementwise,
    nans,
    polynomials,
    predicates,
    products,
    sequences,
    statistics,
    writing,
)
from autograd.arrays.along import *
from autograd.arrays.assembling import *
from autograd.arrays.calculus import *
from autograd.arrays.convolution import *
from autograd.arrays.discrete import *
from autograd.arrays.elementwise import *
from autograd.arrays.making import array
from autograd.arrays.nans import *
from autograd.arrays.polynomials import *
from autograd.arrays.predicates import *
from autograd.arrays.products import *
from autograd.arrays.sequences import *
from autograd.arrays.statistics import *
from autograd.arrays.writing import *

__all__ = [
    "array",
    *along.__all__,
    *assembling.__all__,
    *calculus.__all__,
    *convolution.__all__,
    *discrete.__all__,
    *elementwise.__all__,
    *nans.__all__,
    *polynomials.__all__,
    *predicates.__all__,
    *products.__all__,
    *sequences.__all__,
    *statistics.__all__,
    *writing.__all__,
]
