"""What the chain rule did at a node: its ledger, in numbers, words and formulas."""

from autograd.explaining.ledger import Contribution, contributions, ledger
from autograd.explaining.nans import NanStory, explain_nan
from autograd.explaining.rules import Derivative, derivatives_of, formula_of, labels_of
from autograd.explaining.words import Explanation, explain

__all__ = [
    "Contribution",
    "Derivative",
    "Explanation",
    "NanStory",
    "contributions",
    "derivatives_of",
    "explain",
    "explain_nan",
    "formula_of",
    "labels_of",
    "ledger",
]
