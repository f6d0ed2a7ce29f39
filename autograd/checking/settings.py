"""Settings of a check: what is known of the function, and what the check may cost."""

from __future__ import annotations

import math
import time

from autograd.value import shown

MAX_CALLS = 5_000
"""Number of calls of the function that a check makes at most."""
MAX_WORK = 2_000_000
"""Work that stage two does at most, in the units of `Program.work`."""


class Spent(BaseException):
    """End of a budget inside a check; no `except Exception` on the way takes it."""


class Settings:
    """Settings of a check, and what it has used."""

    def __init__(
        self,
        seed: int = 0,
        timeout: float | None = None,
        noise: float = 0.0,
        rtol: float = 0.0,
        max_calls: int = MAX_CALLS,
        seconds: float | None = None,
    ) -> None:
        self.seed = seed
        self.timeout = timeout
        """Seconds after which a function that does not return is interrupted."""
        self.noise = noise
        """Error of the function's values, as the user knows it."""
        self.rtol = rtol
        """Error relative to the value, as the user knows it."""
        self.max_calls = max_calls
        self.seconds = seconds
        """Seconds after which the function is not called any more."""
        self.calls, self.work = 0, 0.0
        self.spent = ""
        """Reason why the function is not called any more, "" as long as it is."""
        for name in ("noise", "rtol"):
            x = getattr(self, name)
            if not (isinstance(x, (int, float)) and 0 <= x < math.inf):
                raise ValueError(
                    f"gradcheck: got {name}={shown(x)}; it needs a number of 0 or more"
                )
        is_count = isinstance(self.max_calls, int) and type(self.max_calls) is not bool
        if not is_count or self.max_calls < 1:
            raise ValueError(
                f"gradcheck: got max_calls={shown(self.max_calls)}; it needs 1 or more"
            )
        if not hasattr(self.seed, "__index__") or self.seed < 0:
            raise ValueError(
                f"gradcheck: got seed={shown(self.seed)}; it needs an int of 0 or more"
            )
        is_time = isinstance(self.seconds, (int, float)) and self.seconds > 0
        if self.seconds is not None and not is_time:
            raise ValueError(f"gradcheck: got seconds={shown(self.seconds)}; it must be above 0")
        self._end = math.inf if self.seconds is None else time.monotonic() + self.seconds

    def call(self, count: int = 1) -> None:
        """Count a call of the function that is about to be made; Spent where it must not be.

        A call of a derivative counts 0, and takes its time.
        """
        if count and self.calls >= self.max_calls:
            self.spent = f"the {self.max_calls:,} calls of max_calls= were made before"
        elif not self.in_time():
            self.spent = f"the time of {self.seconds:g} s ran out before"
        if self.spent:
            raise Spent
        self.calls += count

    def in_time(self) -> bool:
        """Return whether there are seconds left."""
        return self._end == math.inf or time.monotonic() <= self._end

    def can_work(self, units: float) -> bool:
        """Count work of stage two that is about to be done; False where it must not be."""
        self.work += units
        return self.work <= MAX_WORK and self.in_time()

    def error(self, y: float) -> float:
        """Return how far a value may be off, as the user has said; 0 if that is not known."""
        return self.noise + self.rtol * abs(y)
