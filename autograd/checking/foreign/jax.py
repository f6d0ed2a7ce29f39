"""JAX's functions: whatever takes its arrays, with `custom_vjp` and `custom_jvp` inside or not."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.checking.foreign.problems import Problem, in_a_row, plain, taken_apart
from autograd.checking.inputs import CheckError, names_of
from autograd.checking.results import signed

ADDRESS = re.compile(r"0x[0-9a-f]+")


def is_jax(f: Any, inputs: Sequence[Any]) -> bool:
    """Return whether a function or its inputs are JAX's, which is never imported."""
    jax: Any = sys.modules.get("jax")
    if not hasattr(jax, "vjp"):
        return False
    if type(f).__module__.partition(".")[0] in ("jax", "jaxlib"):
        return True
    return any(isinstance(x, jax.Array) for x in jax.tree_util.tree_leaves(tuple(inputs)))


class JaxProblem(Problem):
    """Function of JAX's arrays, differentiated by `jax.vjp`; by `jax.jvp` where that can't be.

    All is computed in float64, if the function allows it.
    """

    def __init__(
        self,
        f: Any,
        inputs: Sequence[Any],
        parameters: Any = None,
        order: int = 1,
        argnums: Collection[int] | None = None,
    ) -> None:
        if parameters is not None:
            raise CheckError("a function of JAX has no parameters; make them inputs")
        self.jax: Any = sys.modules["jax"]
        self.order = order
        super().__init__(f, inputs, f)
        for part in self.parts:
            is_chosen = argnums is None or part.place in argnums
            part.reason = None if is_chosen and self._kind(part.value) else ""
        self.at = [self._read(self._real(part.value)) for part in self.moved]
        self.is_wide = True
        """True where all is computed in float64."""
        self.chosen: list[int] | None = None
        """Places of the results that are checked."""
        self.is_forward = False
        """True where only `jax.jvp` can differentiate."""
        self._run: Callable[..., Any] | None = None

    def flattened(self, inputs: Any) -> Any:
        """Return the leaves of JAX's trees, how to put others in their places, and their names."""
        names, trees = names_of(self.f, inputs), self.jax.tree_util
        found, form = trees.tree_flatten_with_path(inputs)
        paths = [(names[path[0].idx] + trees.keystr(path[1:]), path[0].idx) for path, _ in found]
        return [x for _, x in found], lambda flat: trees.tree_unflatten(form, flat), paths

    def _kind(self, x: Any) -> str:
        """Return "f" of floats, "c" of complex numbers, "" of others."""
        numpy, dtype = self.jax.numpy, getattr(x, "dtype", None)
        if isinstance(x, (float, complex)):
            dtype = self.jax.dtypes.result_type(x)
        if dtype is None:
            return ""
        if numpy.issubdtype(dtype, numpy.floating):
            return "f"
        return "c" if numpy.issubdtype(dtype, numpy.complexfloating) else ""

    @property
    def leaf_names(self) -> list[str]:
        """Names of the inputs that are checked."""
        return [f"re_im({p.name})" if self._kind(p.value) == "c" else p.name for p in self.moved]

    @property
    def forms(self) -> tuple[Any, Any]:
        """The derivative as jvp and vjp, of which one is None."""
        return (self.jvp, None) if self.is_forward else (None, self.vjp)

    def _real(self, x: Any) -> Any:
        numpy = self.jax.numpy
        return numpy.stack([x.real, x.imag], -1) if self._kind(x) == "c" else x

    def _read(self, x: Any) -> Any:
        array = np.asarray(x, np.float64)
        return array.copy() if array.ndim else array.item()

    def _variable(self, array: Any, like: Any) -> Any:
        """Return an array as JAX's: of the type of another one or as wide as can be."""
        dtype = np.float64 if self.is_wide else self.jax.dtypes.result_type(like)
        if not self.is_wide and self._kind(like) == "c":
            dtype = np.zeros(0, dtype).real.dtype
        return self.jax.numpy.asarray(array, dtype)

    def option(self, x: Any) -> Any:
        """Return an option; arrays are as wide as the inputs."""
        if self.is_wide and hasattr(x, "dtype") and (kind := self._kind(x)):
            return self.jax.numpy.asarray(x, {"f": np.float64, "c": np.complex128}[kind])
        return x

    def _function(self, *variables: Any) -> list[Any]:
        """Compute the results that are checked, of variables that are real."""
        pairs = zip(variables, self.moved)
        given = [x[..., 0] + 1j * x[..., 1] if self._kind(p.value) == "c" else x for x, p in pairs]
        found = self.jax.tree_util.tree_leaves(self.f(*self.arguments(given)))
        if self.chosen is None:
            self.chosen = [i for i, x in enumerate(found) if self._kind(x)]
        return [self._real(found[i]) for i in self.chosen]

    def _derived(self, function: Callable[..., Any], count: int) -> Any:
        """Return the gradient of a function, of the sum with fixed weights."""

        def total(*variables: Any) -> Any:
            rng = np.random.default_rng(1)
            parts = [y * (signed(rng, y.shape) if y.ndim else 1.0) for y in function(*variables)]
            return sum(part.sum() for part in parts)

        return self.jax.grad(total, argnums=tuple(range(count)))

    def _differentiable(self) -> Callable[..., Any]:
        """Return the function that is checked: f, or its derivative one order below."""
        function: Callable[..., Any] = self._function
        for _ in range(self.order - 1):
            function = self._derived(function, len(self.moved))
        return function

    def _variables(self, arrays: Sequence[Any]) -> list[Any]:
        plain(*arrays)
        return [self._variable(x, part.value) for x, part in zip(arrays, self.moved)]

    def __call__(self, *arrays: Any) -> Any:
        """Compute the result as one array."""
        run = self._run or self._differentiable()
        return in_a_row([self._read(y) for y in run(*self._variables(arrays))])

    def vjp(self, *arrays_and_seed: Any) -> Any:
        """Compute the gradient by `jax.vjp`."""
        *arrays, seed = arrays_and_seed
        y, pull = self.jax.vjp(self._differentiable(), *self._variables(arrays))
        seeds = zip(taken_apart(seed, [np.shape(part) for part in y]), y)
        shares = pull(type(y)(self.jax.numpy.asarray(w, part.dtype) for w, part in seeds))
        return tuple(map(self._read, shares))

    def jvp(self, *arrays_and_tangents: Any) -> Any:
        """Compute the rate of the result by `jax.jvp`."""
        variables = self._variables(arrays_and_tangents[: len(self.moved)])
        tangents = self._variables(arrays_and_tangents[len(self.moved) :])
        _, rates = self.jax.jvp(self._differentiable(), tuple(variables), tuple(tangents))
        return in_a_row([self._read(rate) for rate in rates])

    @contextlib.contextmanager
    def restored(self) -> Iterator[None]:
        """Compute in float64 until the end, where the function allows it."""
        if self.is_wide and self._refuses():
            self.is_wide, self.chosen = False, None
            self.notes.append("computed in the precision of the inputs: float64 was refused")
        with self._precision():
            self.is_forward = not self._runs(self._reversed) and self._runs(self._forward)
            self._runs(self._compile)
            yield

    def _precision(self) -> Any:
        return self.jax.enable_x64(True) if self.is_wide else contextlib.nullcontext()

    def _refuses(self) -> bool:
        with self._precision():
            return not (self._runs(self._reversed) or self._runs(self._forward))

    def _runs(self, way: Callable[[], Any]) -> bool:
        try:
            way()
        except Exception:  # whatever it is, the check itself will tell it
            return False
        return True

    def _compile(self) -> None:
        """Compile the function, if it can be traced and does the same each time."""
        function, variables = self._differentiable(), self._variables(self.at)
        one, other = (self.jax.make_jaxpr(function)(*variables) for _ in range(2))
        constants = zip(one.consts, other.consts)
        is_same = all(np.array_equal(a, b, equal_nan=True) for a, b in constants)
        if is_same and ADDRESS.sub("", str(one)) == ADDRESS.sub("", str(other)):
            self._run = self.jax.jit(function)

    def _reversed(self) -> Any:
        return self.vjp(*self.at, np.ones(np.shape(self(*self.at))))

    def _forward(self) -> Any:
        return self.jvp(*self.at, *(np.ones(np.shape(x)) for x in self.at))
