"""The machine of LLVM, through llvmlite: programs as machine code."""

from __future__ import annotations

import functools
import importlib
import itertools
import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from autograd import compiled
from autograd.compiling.llvm_rows import layout_of, rows_source
from autograd.compiling.llvm_source import Source, row_source
from autograd.compiling.llvm_text import PAIR
from autograd.compiling.machines import Costs
from autograd.compiling.near import near
from autograd.compiling.ordering import depth_first, pairs_together
from autograd.compiling.polynomials import POLYNOMIALS
from autograd.compiling.program import Program, RowsRun, Run
from autograd.compiling.stored import Store

LEVEL = 1
"""LLVM's level of optimization; a higher one takes as long, and gives the same code."""


def lacks() -> str | None:
    """Return what is missing to run, if anything is."""
    if compiled.library is None:
        return "it needs the C core, which is not here"
    try:
        importlib.import_module("llvmlite.binding")
    except ImportError:
        return "it needs llvmlite: pip install chainrule[compile]"
    return None


class _Compiler:
    """LLVM for the processor that this runs on."""

    def __init__(self) -> None:
        lack = lacks()
        if lack is not None:
            raise ImportError(f'machine="llvm" can\'t run here: {lack}')
        self._binding: Any = importlib.import_module("llvmlite.binding")
        self._binding.initialize_native_target()
        self._binding.initialize_native_asmprinter()
        self._count = itertools.count()
        self._target_options = {
            "cpu": self._binding.get_host_cpu_name(),
            "features": self._binding.get_host_cpu_features().flatten(),
        }
        versions = self._binding.llvm_version_info, LEVEL, self._binding.get_default_triple()
        self._target_text = repr((versions, self._target_options))
        self._target = self._target_machine()
        self._linker = self._binding.create_lljit_compiler(self._target_machine())
        assert compiled.library is not None
        self._library = compiled.library.library()

    def _target_machine(self) -> Any:
        host = self._binding.Target.from_default_triple()
        return host.create_target_machine(**self._target_options, opt=LEVEL, jit=True)

    def _object(self, text: str, store: Store | None) -> bytes:
        """Return the machine code of a module, which may be kept in a store."""
        origin = f"{self._target_text}\n{text}"
        made = store.found(origin) if store else None
        if made is None:
            with (
                _lock,
                self._binding.create_context() as context,
                self._binding.parse_assembly(text, context) as module,
            ):
                made = bytes(self._target.emit_object(module))
            if store:
                store.keep(origin, made)
        return made

    def compiled(
        self, source: Source, entry: str, go_on: Callable[[], None], store: Store | None
    ) -> tuple[int, Kept]:
        """Return the address of a function, and what keeps it."""
        begin, size = time.perf_counter(), 0
        builder = self._binding.JITLibraryBuilder()
        for text in source.modules:
            go_on()
            made = self._object(text, store)
            size += len(made)
            builder.add_object_img(made)
        for name in source.library:
            builder.import_symbol(f"c_{name}", self._library[name])
        builder.export_symbol(entry)
        with _lock:
            kept = builder.link(self._linker, f"program{next(self._count)}")
        return kept[entry], Kept(kept, Costs(size, 0.0, time.perf_counter() - begin))


class Kept:
    """Machine code, and what it took to make it."""

    def __init__(self, library: object, costs: Costs) -> None:
        self.library, self.costs = library, costs


_lock = threading.Lock()
"""Lock of LLVM: no process forks in the middle of what it does."""
if hasattr(os, "fork"):
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release
    )

_made = functools.cache(_Compiler)


def _compiler() -> _Compiler:
    with _lock:
        return _made()


def _nothing() -> None: ...


def _loosened(program: Program, exact: bool) -> tuple[Program, tuple[str, ...]]:
    """Return the program that is run, and those of its primitives that are polynomials."""
    if exact:
        return depth_first(program), ()
    return pairs_together(depth_first(near(program)), PAIR), tuple(POLYNOMIALS)


def source(program: Program) -> str:
    """Return the program as source of LLVM, for one row."""
    return "\n".join(row_source(*_loosened(program, True)).modules)


def machine(
    program: Program,
    exact: bool = True,
    go_on: Callable[[], None] = _nothing,
    store: Store | None = None,
) -> Run:
    """Make a program ready to run for one row.

    `go_on` is called before each thousand of primitives, and may raise to end it.
    """
    compiler, begin = _compiler(), time.perf_counter()
    made = row_source(*_loosened(program, exact))
    printing = time.perf_counter() - begin
    address, owner = compiler.compiled(made, "row", go_on, store)
    owner.costs = owner.costs._replace(printing=printing)
    counts = program.inputs, len(program.outputs), made.arena, len(program.code)
    assert compiled.library is not None
    run: Run = compiled.library.native(address, *counts, owner)
    return run


def rows(
    program: Program,
    shared: Sequence[bool] = (),
    summed: Sequence[bool] = (),
    exact: bool = True,
    instructions: str | None = None,
    go_on: Callable[[], None] = _nothing,
    store: Store | None = None,
) -> RowsRun:
    """Make a program ready to run for many rows: inputs that they share, outputs that are sums.

    Sums are in the order of the tape's; results are those of one row, to the last bit. Rows that
    do not lie as columns are moved by the fastest `instructions` of the core, or those named.
    """
    compiler = _compiler()
    loosened, polynomials = _loosened(program, exact)
    layout = layout_of(loosened, polynomials)
    made = rows_source(loosened, _indices(shared), _indices(summed), polynomials, layout)
    width = layout.width
    address, owner = compiler.compiled(made, "rows", go_on, store)
    flags = bytes(shared) or bytes(program.inputs), bytes(summed) or bytes(len(program.outputs))
    has_guards, arena = bool(program.guards), made.arena * width
    assert compiled.library is not None
    run: RowsRun = compiled.library.native_rows(
        address, *flags, width, has_guards, arena, instructions, owner
    )
    return run


def _indices(flags: Sequence[bool]) -> list[int]:
    return [i for i, flag in enumerate(flags) if flag]
