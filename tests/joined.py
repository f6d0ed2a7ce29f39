"""The cases of a test as one test: `--joined`, which `make test` asks for.

There are thousands that take a tenth of a millisecond, and pytest takes more than one to run and
tell of each. Joined, all of them run, and those that fail are told together, each by its name.
"""

import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from autograd.rules.elementary import TABLE


@contextmanager
def rows_as_they_were() -> Iterator[None]:
    """Rows that a test adds, such as those of examples in docs, are not there for the next."""
    before = len(TABLE)
    try:
        yield
    finally:
        for name in [*TABLE][before:]:
            del TABLE[name]


class Joined(pytest.Item):
    """Cases of one function that take nothing but their parameters."""

    def __init__(self, *, cases: list[pytest.Function], **given: Any) -> None:
        super().__init__(**given)
        self.cases = cases
        self.own_markers = [mark for mark in cases[0].own_markers if mark.name != "parametrize"]

    def runtest(self) -> None:
        """Run every case, then raise what was raised."""
        failed: dict[str, BaseException] = {}
        skipped: list[BaseException] = []
        for case in self.cases:
            try:
                with warnings.catch_warnings(), rows_as_they_were():
                    case.obj(**case.callspec.params)
            except pytest.skip.Exception as reason:
                skipped.append(reason)
            except (Exception, pytest.fail.Exception) as error:
                error.add_note(f"in {case.nodeid}")
                failed[case.callspec.id] = error
        if failed:
            names = ", ".join(failed)
            raise BaseExceptionGroup(
                f"{len(failed)} of {len(self.cases)} cases fail: {names}", [*failed.values()]
            )
        if len(skipped) == len(self.cases):
            raise skipped[0]

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """The failures of the cases, without the frames of pytest that are above them."""
        if not isinstance(excinfo.value, BaseExceptionGroup):
            return super().repr_failure(excinfo, style)
        told = traceback.format_exception(excinfo.value.with_traceback(None))
        return f"{excinfo.value.message}\n{''.join(told)}"

    def reportinfo(self) -> Any:
        """Where the function is."""
        return self.cases[0].reportinfo()


def joined(items: list[pytest.Item]) -> Iterator[pytest.Item]:
    """The items, with the cases of a function as one in the place of the first."""
    found: dict[Any, list[Any]] = {}
    for item in items:
        together = isinstance(item, pytest.Function) and _needs_its_parameters_only(item)
        found.setdefault((item.parent, item.originalname) if together else item, []).append(item)
    for key, cases in found.items():
        if len(cases) == 1:
            yield cases[0]
        else:
            yield Joined.from_parent(key[0], name=key[1], cases=cases)


def _needs_its_parameters_only(item: Any) -> bool:
    """Whether an item is a case without fixtures or marks that pytest acts on, such as xfail."""
    spec = getattr(item, "callspec", None)
    if spec is None or {*item.fixturenames} != {*spec.params}:
        return False
    return {mark.name for mark in spec.marks} <= {"both", "once"}
