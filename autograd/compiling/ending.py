"""End of a recording before its function is over, also where that catches the error."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

Result = TypeVar("Result")


class Ending:
    """Record of a function that may end before that does.

    A function that catches the error goes on as it would not with numbers, so what it returns then
    is nothing that a program may give.
    """

    ending: BaseException | None = None

    def end(self, error: BaseException) -> NoReturn:
        """Raise an error, now and when the function is over."""
        self.ending = error
        raise error

    def to_the_end(self, function: Callable[[], Result]) -> Result:
        """Call the function, and return what it does, unless the record has ended before."""
        result = function()
        if self.ending is not None:
            raise self.ending
        return result
