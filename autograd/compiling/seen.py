"""Sources, drawings and reports of a compiled function: all that it shows of its programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.compiling.forms import Form
from autograd.compiling.machines import Chosen
from autograd.compiling.picture import nodes, nodes_of_arrays
from autograd.compiling.reports import Report, report_of
from autograd.compiling.versions import Signature, Version
from autograd.compiling.whole import ArrayVersion
from autograd.transformed import Transformed


class Seen(Transformed):
    """Function that runs as programs, by what it shows of them."""

    _signatures: dict[Form, Signature]
    _chosen: Chosen

    @property
    def _called(self) -> str:
        return getattr(self.__wrapped__, "__name__", "the function")

    def __repr__(self) -> str:
        versions = self._versions()
        primitives = sum(len(v.program.code) for v in versions)
        programs = f"{len(versions)} program{'s' * (len(versions) != 1)}"
        return f"compile({self._called}): {programs}, {primitives} primitives, {self._chosen.name}"

    def _versions(self) -> list[Version]:
        return [v for signature in self._signatures.values() for v in signature.versions]

    def source(self, language: str = "python") -> str:
        """Return the programs as source, of "python", "llvm", "c" or "javascript".

        In JavaScript `program(x)` takes an array of the numbers of the arguments, and gives one of
        those of the result; it is null where none of the programs fits. C is that of `c_source`,
        with the name `program`.
        """
        if language not in (known := ("python", "llvm", "c", "javascript")):
            raise ValueError(f"source: got {language!r}; it can be {', '.join(known)}")
        if language == "c":
            return self.c_source("program")
        if language == "javascript":
            from autograd.compiling.javascript.printing import source

            return source([v.program for v in self._of_numbers("source")])
        if language == "llvm":
            self._need_no_calls("source")
        comment = "#" if language == "python" else ";"
        texts = [version.source(language) for version in self._versions()]
        return "\n".join(
            [f"{comment} program {i}\n{text}" for i, text in enumerate(texts)]
        ).rstrip()

    def c_source(self, name: str) -> str:
        """Return the programs as a file of C that needs nothing but a compiler.

        `int name(const double *inputs, double *outputs)` takes the numbers of the arguments in
        their order, gives those of the result, and returns 0, or 1 where no program fits.
        """
        from autograd.compiling.c_text import c_text, result_of

        return c_text([result_of(v.program, v.result) for v in self._of_numbers("c_source")], name)

    def _of_numbers(self, name: str) -> list[Version]:
        """Return the versions; TypeError or ValueError where they need NumPy or call Python."""
        if any(isinstance(v, ArrayVersion) for v in self._versions()):
            got = f"{self._called} of arrays as wholes, which NumPy computes"
            raise TypeError(f"{name}: got {got}; it needs arrays=False, or numbers and lists")
        self._need_no_calls(name)
        return self._versions()

    def _need_no_calls(self, name: str) -> None:
        """Raise ValueError where a program calls functions of Python."""
        if names := ", ".join(dict.fromkeys([v.called for v in self._versions() if v.called])):
            raise ValueError(
                f"{name}: got a program that calls {names}, of Python; write it with ag.elementary"
            )

    def nodes_of_program(self) -> Sequence[Any]:
        """Return the nodes of the program that ran last, for a drawing."""
        return self.drawn_program()[0]

    def drawn_program(self) -> tuple[Sequence[Any], Sequence[tuple[Any, bool]]]:
        """Return the nodes of the program that ran last, and its guards: nodes, and what they are.

        A node holds, or is 0 as expected.
        """
        version = max(self._versions(), key=lambda v: v.used, default=None)
        if isinstance(version, ArrayVersion):
            return nodes_of_arrays(version.program), ()
        if version is None:
            raise ValueError(f"draw: {self._called} has not been called yet: it has no program")
        return nodes(version.program, version.inputs)

    def report(self) -> Report:
        """Return what there is of each program: sizes, guards, times."""
        return report_of(self._called, self._chosen.name, self._versions())
