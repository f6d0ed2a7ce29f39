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
    caught: BaseException | None = None
    """Error to raise where the function returns: it caught one of its own."""

    def end(self, error: BaseException) -> NoReturn:
        """Raise an error, now and when the function is over."""
        self.ending = error
        raise error

    def to_the_end(self, function: Callable[[], Result]) -> Result:
        """Call the function, and return what it does, unless the record has ended before.

        An error that comes of that, as NumPy's own, says less than what ended it.
        """
        try:
            result = function()
        except Exception:
            if self.ending is not None:
                raise self.ending from None
            raise
        ending = self.ending or self.caught
        if ending is not None:
            raise ending
        return result
