"""Hypothesis profiles: `dev` looks for new failures, `ci` always tries the same examples, and
`thorough` (`make test PROFILE=thorough`) looks twenty times as long as `dev`.
"""

import os

from hypothesis import settings

settings.register_profile("dev", max_examples=100, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True, print_blob=True)
settings.register_profile("thorough", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))
