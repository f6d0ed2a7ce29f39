"""gradcheck: test whether a derivative is right."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from autograd.checking.report import (
    DOUBTFUL,
    GradientCheckError,
    GradientCheckWarning,
    GradientReport,
    Verdict,
)
from autograd.checking.settings import MAX_CALLS, Settings
from autograd.names import hinted

Function = Callable[..., Any]


@hinted
def gradcheck(
    f: Any,
    *inputs: Any,
    derivative: Function | Sequence[Function] | None = None,
    jvp: Function | None = None,
    vjp: Function | None = None,
    hessian: Function | None = None,
    hvp: Function | None = None,
    order: int = 1,
    argnums: int | Sequence[int] | None = None,
    batched: bool | int | Sequence[int] = False,
    parameters: Any = None,
    raise_error: bool = True,
    timeout: float | None = None,
    seed: int = 0,
    noise: float = 0.0,
    rtol: float = 0.0,
    max_calls: int = MAX_CALLS,
    seconds: float | None = None,
    strict: bool | None = None,
    args: Any = (),
    jac: Any = None,
    hess: Any = None,
    hessp: Any = None,
) -> GradientReport:
    """Check the derivative of f at the inputs; the answer is a verdict, not a tolerance.

    f takes the inputs, numbers and arrays or lists, tuples and dicts of them, and returns a number
    or an array. The derivative under test is the engine's own, and f then gets Values and Tensors.
    Or it is given by hand, for an f that is plain Python, in one form or in several:

    - `derivative(*inputs)`: the gradient, in the form of the inputs, dicts by key; for an array as
      the result the Jacobian, of the shape of the result followed by that of the input; or several
      functions, each the derivative of the one before
    - `jvp(*inputs, *tangents)`: the rate of the result
    - `vjp(*inputs, seed)`: the gradient of the sum of seed * result
    - `hessian(*inputs)`: the second derivatives, in the form of the inputs twice over, or a matrix
    - `hvp(*inputs, *tangents)`: the Hessian times the tangents, in the form of the inputs
    - `jac`, `hess` and `hessp`: as SciPy's `minimize` takes them, with `args` behind the inputs;
      `jac=True` where f returns its gradient too; or all in f: `(fun, jac, hess, hessp)`.

    Each is checked against the one before; forms of one derivative must agree with each other, and
    a Hessian must be symmetric. It may be a sparse matrix or a linear operator.

    What is checked is said by:

    - `argnums`: the inputs, by place. Without it they are all; ints beside floats, bools, strings
      and other objects are options, which stay as they are
    - `batched`: that f takes many points along the first axis of all arrays, or of those of the
      inputs that it names; a derivative is one for each point, and each is compared with the point
      alone
    - `order`: 2 compares the second derivative of the engine with differences of the first, ...
    - `parameters`: leaves that f uses besides its inputs, or a module that has them, such as f
      itself. Their data and gradients are restored afterwards, with statistics and generators.

    Each number among the inputs gets a verdict: *right*; *wrong*; *kink*, with the derivatives of
    the two sides; *discontinuous*; *inaccurate*, where the rule is right and floating point loses
    its digits; *non-deterministic*; *unresolved*. Many numbers are judged at once, by the
    derivative along a random direction (`seed` chooses its signs), and one by one where that is not
    right. Differences at many steps are extrapolated, with error bounds from replaying the graph
    with other roundings (Ridders 1982, Parker 1997). Where they leave a verdict open, it is decided
    in multiprecision by mpmath (extra: `check`).

    Raises GradientCheckError, with the input and both numbers, where a derivative is wrong, the
    function jumps, is not deterministic, or could not be checked, and at a kink whose derivative is
    not between those of its sides. `raise_error=False` prevents it. Warns where a derivative is
    inaccurate or unresolved; with `strict`, which is the default inside pytest, an unresolved one
    raises: a test that nothing was told of must not pass.

    Without a graph the noise of the values is found from them, and a verdict says how small an
    error it would have seen: *right to 2 %*. `noise` and `rtol` say how far values are off,
    absolutely and relative to them, where that is known, as of a method that stops early; of values
    that are wrong and smooth it can't be found. `max_calls` bounds the calls of f, and `seconds`
    their time; what they leave over is unresolved. `timeout` interrupts an f that does not return
    (Python code in the main thread), which has then failed.

    >>> import autograd as ag
    >>> print(gradcheck(lambda x, y: x * x * y - x / y, 3.0, 4.0))
    gradcheck: 2 right
    x = 3: right: analytic 23.75,  numeric 23.75  +- 5.0e-12
    y = 4: right: analytic 9.1875, numeric 9.1875 +- 2.9e-10
    >>> gradcheck(ag.relu, 0.0).verdict
    'kink'
    >>> gradcheck(lambda x: x**3, 2.0, derivative=lambda x: 2 * x**2)
    Traceback (most recent call last):
      ...
    autograd.checking.report.GradientCheckError: gradcheck: 1 wrong
    x = 2: wrong: analytic 8, numeric 12 exactly
    """
    from autograd.checking.running import checked_set  # what it takes is imported when it is used

    of_set, forms = (jac, hess, hessp), (derivative, jvp, vjp, hessian, hvp)
    settings = Settings(seed, timeout, noise, rtol, max_calls, seconds)
    given = f, inputs, args, of_set, forms, argnums, order, parameters, settings
    if batched is False:
        report = checked_set(*given)
    else:
        from autograd.checking.batches import checked_batch

        report = checked_batch(batched, *given)
    doubtful = sum(map(report.count, DOUBTFUL))
    is_open = doubtful and report.count(Verdict.UNRESOLVED)
    if is_open and strict is None:
        strict = "PYTEST_CURRENT_TEST" in os.environ
    if raise_error and (not report.ok or (is_open and strict)):
        raise GradientCheckError(report)
    if doubtful:
        total = sum(entry.count for entry in report.entries)
        warnings.warn(
            f"gradcheck: {doubtful} of {total} derivatives could not be judged\n{report}",
            GradientCheckWarning,
            stacklevel=2,
        )
    return report
