"""One function at very many points, by many processes, here or on other machines."""

from autograd.campaigns.multistart import Fits, Minimum, multistart
from autograd.campaigns.running import Campaign, campaign
from autograd.campaigns.working import PointError

__all__ = ["Campaign", "Fits", "Minimum", "PointError", "campaign", "multistart"]
