"""What the chain rule did at a node: its ledger, in numbers, words and formulas."""

from autograd.explaining.ledger import Contribution, contributions, ledger

__all__ = ["Contribution", "contributions", "ledger"]
