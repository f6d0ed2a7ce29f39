"""Compilation in the background: the swap changes no bit, and nothing hangs or is half-made."""

import gc
import os
import subprocess
import sys
import textwrap
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from autograd.compiling import llvm
from autograd.compiling.background import Task
from autograd.compiling.program import Instruction, Program
from tests.compiling.programs import random_inputs, random_program, same

lack = llvm.lacks()
needed = pytest.mark.skipif(lack is not None, reason=f"LLVM can't run: {lack}")


class Runner:
    """Object that waits, and runs by something else at first."""

    def __init__(self, run: Any = None) -> None:
        self.run = run
        self.thread: Any = None

    def ready(self, run: Any) -> None:
        self.thread = threading.current_thread()
        self.run = run


def test_what_is_made_is_handed_over() -> None:
    runner = Runner("slow")
    task = Task(runner, lambda go_on: "quick")
    assert task.wait(10)
    assert (runner.run, task.reason, task.is_done) == ("quick", None, True)
    assert runner.thread is not threading.current_thread()
    assert task.seconds > 0


def test_tasks_are_done_one_by_one_in_a_thread_that_ends() -> None:
    runners = [Runner() for _ in range(20)]
    tasks = [Task(each, lambda go_on, k=k: k) for k, each in enumerate(runners)]
    assert all(task.wait(10) for task in tasks)
    assert [each.run for each in runners] == [*range(20)]
    runners[-1].thread.join(10)
    assert not runners[-1].thread.is_alive()


def test_where_it_fails_the_first_goes_on_and_the_reason_is_told() -> None:
    runner = Runner("slow")

    def make(go_on: Callable[[], None]) -> None:
        raise ValueError("no such thing\nand more")

    task = Task(runner, make)
    assert task.wait(10)
    assert (runner.run, task.reason) == ("slow", "ValueError: no such thing")


def test_what_nobody_waits_for_is_not_made() -> None:
    """Neither when it was forgotten before, nor in the middle."""
    begun, forgotten, made = threading.Event(), threading.Event(), list[int]()

    def make(go_on: Callable[[], None]) -> None:
        begun.set()
        assert forgotten.wait(10)
        go_on()
        made.append(1)

    first, second = Runner(), Runner()
    task = Task(first, make)
    assert begun.wait(10)
    waiting = Task(second, lambda go_on: made.append(2))
    known = weakref.ref(first)
    del first, second
    gc.collect()
    forgotten.set()
    assert task.wait(10)
    assert waiting.wait(10)
    assert known() is None
    assert made == []
    assert task.reason == waiting.reason == "nobody waits for it"


@needed
@pytest.mark.both
def test_the_swap_changes_no_bit() -> None:
    for seed in range(5):
        program = random_program(seed, 3, 60)
        runner = Runner(program.evaluate)
        before = [runner.run(random_inputs(k, 3)) for k in range(20)]
        task = Task(runner, lambda go_on, p=program: llvm.machine(p, go_on=go_on))
        assert task.wait(60)
        assert task.reason is None
        after = [runner.run(random_inputs(k, 3)) for k in range(20)]
        assert all(map(same, after, before))


ENDING = """
    import signal, threading, time
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where tests are in background
    from autograd.compiling import llvm
    from autograd.compiling.background import Task
    from autograd.compiling.program import Instruction, Program
    code = tuple(Instruction("mul", (max(k, 1), 0)) for k in range(30_000))
    program = Program(1, (0.5,), code, (30_001,))
    begun = threading.Event()
    class Runner:
        run = None
        def ready(self, run):
            self.run = run
    def make(go_on):
        begun.set()
        return llvm.machine(program, go_on=go_on)
    runner = Runner()
    task = Task(runner, make)
    begun.wait()
"""


@needed
@pytest.mark.parametrize(
    "end",
    [
        "",
        "raise SystemExit",
        "time.sleep(0.3)",
        "import os; os.kill(os.getpid(), signal.SIGINT); time.sleep(9)",
    ],
)
def test_a_process_that_ends_meanwhile_does_so_at_once_and_in_order(end: str) -> None:
    command = [sys.executable, "-c", textwrap.dedent(ENDING) + end]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if "SIGINT" in end:
        assert "KeyboardInterrupt" in run.stderr
    else:
        assert (run.returncode, run.stderr) == (0, "")


@needed
def test_to_interrupt_the_wait_leaves_nothing_half_made() -> None:
    code = """
        import os
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            task.wait()
            time.sleep(9)
        except KeyboardInterrupt:
            print("interrupted")
        assert task.wait(60)
        assert task.reason is None
        print(runner.run([1.0]))
    """
    command = [sys.executable, "-c", textwrap.dedent(ENDING) + textwrap.dedent(code)]
    run = subprocess.run(command, check=True, capture_output=True, text=True, timeout=90)
    assert run.stdout == "interrupted\n([0.5], -1)\n"


@needed
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_the_child_of_a_fork_compiles_what_was_begun() -> None:
    code = """
        import os
        if child := os.fork():
            status = os.waitpid(child, 0)[1]
            assert status == 0, status
        else:
            again = Runner()
            assert Task(again, make).wait(60)
            assert again.run([1.0]) == ([0.5], -1)
            os._exit(0)
    """
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-c",
        textwrap.dedent(ENDING) + textwrap.dedent(code),
    ]
    subprocess.run(command, check=True, timeout=90)


def test_a_program_is_made_for_whoever_asks_first() -> None:
    program = Program(1, (), (Instruction("neg", (0,)),), (1,))
    runner = Runner()
    assert Task(runner, lambda go_on: program.evaluate).wait(10)
    assert runner.run([2.0]) == ([-2.0], -1)
