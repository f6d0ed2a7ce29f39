"""NumPy's functions of arrays: one function each, by family.

Each is written in NumPy's own functions and operators, of which Tensors know the simpler ones, and
has NumPy's signature. It takes arrays, lists, Values and Tensors.
"""

from autograd.arrays import calculus, products
from autograd.arrays.calculus import *
from autograd.arrays.making import array
from autograd.arrays.products import *

__all__ = ["array", *calculus.__all__, *products.__all__]
