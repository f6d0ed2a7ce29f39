"""Random programs, which every machine is tried on."""

import random
import struct
from collections.abc import Sequence

from autograd.compiling.primitives import PRIMITIVES
from autograd.compiling.program import Builder, Instruction, Outcome, Program

EDGES = (0.0, -0.0, 1.0, -1.0, 2.0, 0.5, float("inf"), float("-inf"), float("nan"), 1e308, 5e-324)


def random_program(seed: int, inputs: int = 3, size: int = 40, guards: int = 2) -> Program:
    """A program in which every primitive may come, with constants at the edges."""
    r = random.Random(seed)
    builder = Builder(inputs)
    numbers, conditions = [*range(inputs), builder.constant(r.choice(EDGES))], []
    logical = [name for name in PRIMITIVES if name in ("and", "or", "not")]
    others = [name for name in PRIMITIVES if name not in (*logical, "where")]
    for _ in range(size):
        kind = r.random()
        if kind < 0.1 and conditions:
            op = r.choice(logical)
            operands = [r.choice(conditions) for _ in range(PRIMITIVES[op].arity)]
        elif kind < 0.25 and conditions:
            op = "where"
            operands = [r.choice(conditions), r.choice(numbers), r.choice(numbers)]
        else:
            op = r.choice(others)
            operands = [r.choice(numbers[-8:]) for _ in range(PRIMITIVES[op].arity)]
            if r.random() < 0.2:
                operands[-1] = builder.constant(r.choice((*EDGES, r.gauss(0, 3))))
            elif op in ("signbit", "copysign"):
                operands[-1] = r.randrange(inputs)  # what is computed may be a nan of any sign
        found = builder.emit(op, *operands)
        (conditions if PRIMITIVES[op].is_condition else numbers).append(found)
    for condition in r.sample(conditions, min(guards, len(conditions))):
        builder.guard(condition, r.random() < 0.5)
    return builder.program(numbers[-4:] + conditions[-1:])


def with_slopes(program: Program, seed: int) -> Program:
    """The program with slopes of tanh in its end, as the table has them, and divisions by one."""
    r = random.Random(seed)
    last = program.inputs + len(program.constants)
    code = [Instruction(op, tuple([_moved(i, last) for i in xs])) for op, xs in program.code]
    constants = (*program.constants, 2.0, 1.0)
    two, one = last, last + 1

    def add(op: str, *operands: int) -> int:
        code.append(Instruction(op, operands))
        return last + 1 + len(code)

    outputs = [_moved(i, last) for i in program.outputs]
    for _ in range(r.randrange(3)):
        x = r.choice([*range(program.inputs), *outputs[:-1]])
        values = [add("tanh", x)] if r.random() < 0.7 else []
        e = add("exp", add("neg", add("abs", x)))
        sech = add("div", add("mul", two, e), add("add", one, add("mul", e, e)))
        values += [add("mul", sech, sech), add("div", sech, x), add("div", one, x)]
        outputs[: len(values)] = values
    return program._replace(
        constants=constants,
        code=tuple(code),
        outputs=tuple(outputs),
        guards=tuple([guard._replace(slot=_moved(guard.slot, last)) for guard in program.guards]),
    )


def _moved(slot: int, last: int) -> int:
    return slot if slot < last else slot + 2


def random_inputs(seed: int, n: int) -> list[float]:
    r = random.Random(seed)
    return [r.choice((*EDGES, r.gauss(0, 1), r.gauss(0, 1), r.gauss(0, 100))) for _ in range(n)]


def bits(numbers: Sequence[float]) -> list[bytes]:
    """Bits to compare, with one nan for all."""
    return [struct.pack("<d", x if x == x else float("nan")) for x in numbers]


def same(found: Outcome, expected: Outcome) -> bool:
    """Return True where two machines did the same; of a guard that fails only the index counts."""
    return found[1] == expected[1] and (found[1] >= 0 or bits(found[0]) == bits(expected[0]))


def is_decided(program: Program, inputs: Sequence[float]) -> bool:
    """True where nothing asks for the sign of a nan, which IEEE 754 leaves open."""
    slots, _ = program._replace(outputs=tuple(range(program.slots)), guards=()).evaluate(inputs)
    signs = [operands[-1] for op, operands in program.code if op in ("signbit", "copysign")]
    return all(slots[i] == slots[i] for i in signs)
