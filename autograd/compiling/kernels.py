"""Kernels: runs of elementwise calls in a program of arrays, each as one pass over memory.

A kernel has NumPy's own loops compute one block of elements after the other, call by call, so that
results that nothing else needs stay in the cache, and the C core calls the loops, so that a call
takes some ten nanoseconds. Bits are those of NumPy where a program is exact. Calls of one number of
elements are brought together where nothing between them needs what they give, or changes what they
take.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.compiled import library
from autograd.compiling.donated import results_last, taken_over
from autograd.compiling.inherited import Heir, Part, inherited
from autograd.compiling.near_passes import near, number_of
from autograd.compiling.noted import Ref, Step
from autograd.compiling.passes import (
    AS_BYTES,
    CONVERSIONS,
    TOTAL,
    WHOLE,
    Operand,
    Pass,
    pass_of,
)
from autograd.compiling.plans import ArrayProgram, read
from autograd.compiling.totals import total_pass, with_totals

CACHE = 1 << 14
"""Bytes of a block of all arrays of a kernel: they are to stay in the nearest cache."""
LEAST_BLOCK = 256


class Room:
    """Mark of a call that gives an array to be written into: a new, kept or donated one."""

    __name__ = "room"

    def __call__(self, *donated: Any) -> Any:
        """Be of the form of calls; the program has another object for each result in its place."""
        raise NotImplementedError


class Kernel:
    """Call of a kernel, with what its passes are, for those who read the source."""

    __name__ = "kernel"

    def __init__(self, run: Any, notes: Sequence[str]) -> None:
        self.run, self.notes = run, notes

    def __call__(self, *arrays: Any) -> None:
        """Compute it into the last arrays."""
        self.run(*arrays)


class Run:
    """Passes over one number of elements, one after the other."""

    def __init__(self, elements: int) -> None:
        self.elements = elements
        self.passes: list[Pass] = []
        self._reads: dict[int, set[int]] = {}
        self._writes: dict[int, set[int]] = {}

    def takes(self, one: Pass, groups: Sequence[int]) -> bool:
        """Return whether a pass can be the next: nobody sees memory that changes by two names."""
        for i in (one.result, *one.reads):
            if not self._writes.get(groups[i], {i}) <= {i}:
                return False
        return self._reads.get(groups[one.result], set()) <= {one.result}

    def add(self, one: Pass, groups: Sequence[int]) -> None:
        """Add a pass."""
        self.passes.append(one)
        for i in one.reads:
            self._reads.setdefault(groups[i], set()).add(i)
        self._writes.setdefault(groups[one.result], set()).add(one.result)


def kerneled(program: ArrayProgram) -> ArrayProgram:
    """Return the program with kernels in the place of elementwise calls."""
    if library is None:
        return program
    if not program.exact:
        program = with_totals(program)
    program = program._replace(groups=(groups := _groups(program)))
    is_donated, last = bool(program.donated), len(program.code)
    if is_donated:
        program, last = results_last(program)
    passes = [
        pass_of(step, program.samples, groups) or total_pass(step, program.samples)
        for step in program.code
    ]
    ends = [*dict.fromkeys([*[g.after for g in program.guards], last, len(program.code)])]
    code: list[Step | Run] = []
    after, begin = dict[int, int](), 0
    for end in ends:  # what follows a guard may count on it
        code += _ordered(program.code, passes, begin, end, groups)
        after[end], begin = len(code), end
    used = {*program.outputs, *[g.place for g in program.guards]}
    owner: dict[int, Any] = {}
    for k, item in enumerate(code):
        used.update([i for i in _touched(item) if owner.setdefault(i, k) != k])
    empty = {step.result for step in program.code if _makes_room(step)}
    written = {groups[i] for step in program.code for i in step.writes}
    number = number_of({i: x for i, x in program.constants.items() if groups[i] not in written})
    final: list[Step] = []
    starts = []
    results = []
    hidden = [_fresh(each, empty) - used if isinstance(each, Run) else set[int]() for each in code]
    for item, own in zip(code, hidden):
        if isinstance(item, Run) and not program.exact:
            item.passes = near(item.passes, own, number)
    heirs = inherited(program, [_part(*each) for each in zip(code, hidden)], after[last])
    for k, item in enumerate(code):
        starts.append(len(final))
        if isinstance(item, Run):
            final += _emitted(item, hidden[k], program.samples, heirs)
            results += item.passes if k >= after[last] else []
        elif _makes_room(item):
            if item.result in used or not isinstance(code[owner.get(item.result, 0)], Run):
                final.append(item._replace(function=Room(), args=()))
        else:
            final.append(item)
    starts.append(len(final))
    groups = _joined(groups, heirs)
    guards = tuple([g._replace(after=starts[after[g.after]]) for g in program.guards])
    kept = program.kept | {groups[i] for i in program.outputs}
    taken = taken_over(program, results) if is_donated else {}
    final = _together(final, max([g.after for g in guards], default=0), taken)
    return program._replace(code=tuple(final), guards=guards, kept=kept, groups=groups)


def _joined(groups: Sequence[int], heirs: dict[int, int]) -> list[int]:
    """Return the groups of places that share memory, with those that inherit some."""
    into: dict[int, int] = {}
    for heir, owner in heirs.items():  # in order: who leaves something has inherited it before
        into[groups[heir]] = into.get(groups[owner], groups[owner])
    return [into.get(group, group) for group in groups]


def _together(code: list[Step], begin: int, taken: dict[int, int]) -> list[Step]:
    """Return the calls with the kernels at the end as one; arguments are room for some results."""
    start = len(code)
    while start > begin and isinstance(code[start - 1].function, (Room, Kernel)):
        start -= 1
    rooms = [
        step._replace(args=(Ref(taken[step.result]),)) if step.result in taken else step
        for step in code[start:]
        if isinstance(step.function, Room)
    ]
    kernels = [step for step in code[start:] if isinstance(step.function, Kernel)]
    if len(kernels) < 2:
        return [*code[:start], *rooms, *kernels]
    assert library is not None
    own = [step.function for step in kernels if isinstance(step.function, Kernel)]
    kernel = Kernel(library.kernels(*[k.run for k in own]), [note for k in own for note in k.notes])
    args = tuple([x for step in kernels for x in step.args])
    writes = tuple([i for step in kernels for i in step.writes])
    return [*code[:start], *rooms, Step(kernel, args, {}, -1, writes, None)]


def _makes_room(step: Step) -> bool:
    return step.function is np.empty_like and len(step.args) == 1 and not step.kwargs


def _groups(program: ArrayProgram) -> list[int]:
    """Return the groups of places that share memory, where truths and their numbers do not."""
    old, groups = program.groups, [*program.groups]
    written = {old[i] for step in program.code for i in step.writes}
    viewed = {i for s in program.code for i in read(s) if s.result >= 0 and old[s.result] == old[i]}
    for step in program.code:
        own = step.result
        if (step.function, *step.args[1:]) != AS_BYTES or old[own] in written or own in viewed:
            continue
        groups[own] = -1 - own
        if pass_of(step, program.samples, groups) is None:  # it stays a view
            groups[own] = old[own]
    return groups


def _ordered(
    code: Sequence[Step], passes: Sequence[Pass | None], begin: int, end: int, groups: Sequence[int]
) -> list[Step | Run]:
    """Return a part of the calls with elementwise ones in runs; others keep their order."""
    waits, followers = _dependencies(code, passes, begin, end, groups)
    others = [k for k in range(begin, end) if passes[k] is None]
    ready: dict[int, list[int]] = {}
    found: list[Step | Run] = []

    def note(k: int) -> None:
        one = passes[k]
        if one is not None and not waits[k]:
            heapq.heappush(ready.setdefault(one.elements, []), k)

    def done(k: int) -> None:
        for follower in followers[k]:
            waits[follower] -= 1
            note(follower)

    for k in range(begin, end):
        note(k)
    position = 0
    while True:
        while position < len(others) and not waits[others[position]]:
            found.append(code[others[position]])
            done(others[position])
            position += 1
        waiting = [heap for heap in ready.values() if heap]
        if not waiting:
            return found
        heap = min(waiting)
        first = passes[heap[0]]
        assert first is not None
        run = Run(first.elements)
        while heap:
            one = passes[heap[0]]
            assert one is not None
            if not run.takes(one, groups):
                break
            run.add(one, groups)
            done(heapq.heappop(heap))
        found.append(run)


def _dependencies(
    code: Sequence[Step], passes: Sequence[Pass | None], begin: int, end: int, groups: Sequence[int]
) -> tuple[dict[int, int], dict[int, list[int]]]:
    """Return for how many calls each one waits, and which wait for it."""
    waits, followers = dict[int, int](), {k: list[int]() for k in range(begin, end)}
    made: dict[int, int] = {}
    written: dict[int, int] = {}
    readers: dict[int, list[int]] = {}
    previous = None
    for k in range(begin, end):
        step, before = code[k], set[int]()
        if passes[k] is None:
            before |= set() if previous is None else {previous}
            previous = k
        for i in read(step):
            before |= {each[x] for each, x in ((made, i), (written, groups[i])) if x in each}
            readers.setdefault(groups[i], []).append(k)
        for g in {groups[i] for i in step.writes}:
            before |= {*readers.get(g, ()), *([written[g]] if g in written else [])}
            before |= {made[i] for i in step.writes if i in made}
            written[g], readers[g] = k, []
        if step.result >= 0 and not step.writes:
            made[step.result] = k
        before.discard(k)
        waits[k] = len(before)
        for other in before:
            followers[other].append(k)
    return waits, followers


def _touched(item: Step | Run) -> set[int]:
    """Return the places that a call or a run reads or writes into."""
    if isinstance(item, Run):
        return {i for one in item.passes for i in (one.result, *one.reads)}
    return {*read(item), *item.writes}


def _fresh(run: Run, empty: set[int]) -> set[int]:
    """Return the places that a run fills: those of new results, and of arrays made empty."""
    found, known = set[int](), set[int]()
    for one in run.passes:
        known.update([i for i in one.reads if i not in found])
        if one.result not in known and (not one.is_written or one.result in empty):
            found.add(one.result)
    return found


def _outputs(run: Run, hidden: set[int]) -> dict[int, bool]:
    """Return what a run writes for others, and whether it was there before."""
    written = {one.result: one.is_written for one in reversed(run.passes)}  # first as it begins
    return {i: written[i] for i in reversed(written) if i not in hidden}


def _part(item: Step | Run, hidden: set[int]) -> Part:
    """Return a part of a program as one that may inherit memory."""
    if not isinstance(item, Run):
        return Part((_touched(item) | {item.result}) - {-1})
    outputs = _outputs(item, hidden)
    return Part(_touched(item), item.passes, [i for i in outputs if not outputs[i]], hidden)


def _emitted(
    run: Run, hidden: set[int], samples: Sequence[Any], heirs: dict[int, int]
) -> list[Step]:
    """Return the calls of a run: those that make what it writes into, and that of its kernel."""
    arrays: dict[Any, Operand] = {}
    outputs, written = _outputs(run, hidden), {one.result for one in run.passes}
    for one in run.passes:
        for x in one.operands:
            if x.place not in written:
                arrays.setdefault(_key(x), x)
    slots = {key: k for k, key in enumerate([*arrays, *outputs])}
    layout = [(x.kind, x.dtype.num, x.elements, x.dtype.itemsize, False) for x in arrays.values()]
    totals = {one.result for one in run.passes if one.is_total}
    for i in outputs:
        kind = TOTAL if i in totals else WHOLE
        layout.append((kind, samples[i].dtype.num, samples[i].size, samples[i].itemsize, True))
    passes, sizes = _Slots(run, slots, hidden, samples).passes()
    size = sum([each[3] for each in layout]) + sum(sizes)
    block = max(CACHE // size, LEAST_BLOCK) & -64
    assert library is not None
    made = library.kernel(run.elements, block, tuple(layout), tuple(sizes), tuple(passes))
    given = [Ref(x.place) if x.place >= 0 else x.constant for x in arrays.values()]
    kernel = Kernel(made, _notes(run))
    rooms = [
        Step(Heir(), (Ref(heirs[i]),), {}, i, (), None) if i in heirs
        else Step(Room(), (), {}, i, (), None)
        for i in outputs if not outputs[i]
    ]  # fmt: skip
    call = Step(kernel, (*given, *map(Ref, outputs)), {}, -1, tuple(outputs), None)
    return [*rooms, call]


def _key(x: Operand) -> Any:
    return (x.place, x.kind) if x.place >= 0 else (x.dtype, x.constant.tobytes())


class _Slots:
    """Slots of the results of a run, those inside it used again."""

    def __init__(self, run: Run, known: dict[Any, int], hidden: set[int], samples: Any) -> None:
        self.run, self.known, self.hidden, self.samples = run, known, hidden, samples
        self.sizes: list[int] = []
        self.free: dict[int, list[int]] = {}
        self.last: dict[int, int] = {}
        for k, one in enumerate(run.passes):
            for i in (one.result, *[x.place for x in one.operands]):
                self.last[i] = k

    def passes(self) -> tuple[list[Any], list[int]]:
        """Return the passes as kernels take them, and the sizes of elements of the slots inside."""
        first, passes = len(self.known), list[Any]()
        own: dict[int, int] = {}

        def new(size: int) -> int:
            free = self.free.get(size)
            if free:
                return free.pop()
            self.sizes.append(size)
            return first + len(self.sizes) - 1

        def let_go(slot: int) -> None:
            self.free.setdefault(self.sizes[slot - first], []).append(slot)

        for k, one in enumerate(self.run.passes):
            slots, converted = list[int](), list[int]()
            for x in one.operands:
                place = x.place
                slot = own[place] if place in own else self.known.get(place, -1)
                slot = self.known[_key(x)] if slot < 0 else slot
                if x.conversion:
                    source, slot = slot, new(np.dtype(x.conversion[-1]).itemsize)
                    converted.append(slot)
                    passes.append((CONVERSIONS[x.conversion], 0, (source, slot)))
                slots.append(slot)
            ending = {x.place for x in one.operands if self.last[x.place] == k} & self.hidden
            for i in ending - {one.result}:
                let_go(own.pop(i))
            if one.result not in self.hidden:
                result = self.known[one.result]
            elif one.result in own:
                result = own[one.result]
            else:
                result = own[one.result] = new(self.samples[one.result].itemsize)
            passes.append((one.loop_of, one.loop, (*slots, result)))
            for slot in converted:
                let_go(slot)
            if self.last[one.result] == k and one.result in own:
                let_go(own.pop(one.result))
        return passes, self.sizes


def _notes(run: Run) -> list[str]:
    """Return the passes as lines for readers."""
    lines = []
    for one in run.passes:
        name = one.function if isinstance(one.function, str) else one.function.__name__
        given = ", ".join(
            [f"t{x.place}" if x.place >= 0 else str(x.constant) for x in one.operands]
        )
        lines.append(f"t{one.result} = {name}({given})")
    return lines
