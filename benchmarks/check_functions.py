"""The functions with derivatives by hand that gradient checkers are measured on."""

from benchmarks import check_models, check_pieces, check_smooth
from benchmarks.check_making import FUNCTIONS, MP, Function

PARTS = (check_smooth, check_models, check_pieces)
"""Modules that fill the set when they are imported."""

__all__ = ["FUNCTIONS", "MP", "PARTS", "Function"]
