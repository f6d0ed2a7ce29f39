"""PyTorch's functions: an `autograd.Function`, a module, or any function of tensors."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.checking.foreign.problems import Part, Problem, in_a_row, plain, taken_apart
from autograd.checking.results import signed
from autograd.trees import flatten


def is_torch(f: Any, inputs: Sequence[Any], parameters: Any) -> bool:
    """Return whether a function or its inputs are PyTorch's, which is never imported."""
    torch: Any = sys.modules.get("torch")
    if not hasattr(torch, "autograd"):
        return False
    if _class_of(f) or isinstance(f, torch.nn.Module):
        return True
    given = [*flatten(tuple(inputs))[0], *(tensor for _, tensor in _named(parameters))]
    return any(isinstance(x, torch.Tensor) for x in given)


def _class_of(f: Any) -> Any:
    """Return the `autograd.Function` that f is, or is the `apply` of; else None."""
    owner = getattr(f, "__self__", None) if getattr(f, "__name__", "") == "apply" else f
    base = sys.modules["torch"].autograd.Function
    return owner if isinstance(owner, type) and issubclass(owner, base) else None


def _named(parameters: Any) -> list[tuple[str, Any]]:
    """Return the tensors among parameters, or those of a module, that need a gradient."""
    if hasattr(parameters, "named_parameters"):
        return [(name, p) for name, p in parameters.named_parameters() if p.requires_grad]
    return [(f"parameters[{i}]", p) for i, p in enumerate(flatten(list(parameters or ()))[0])]


class TorchProblem(Problem):
    """Function of tensors, differentiated by PyTorch.

    Where inputs have less than 53 bits, all is computed in float64, if the function allows it.
    """

    def __init__(
        self,
        f: Any,
        inputs: Sequence[Any],
        parameters: Any = None,
        order: int = 1,
        argnums: Collection[int] | None = None,
    ) -> None:
        self.torch, self.order = sys.modules["torch"], order
        self.cls = _class_of(f)
        self.module = f if isinstance(f, self.torch.nn.Module) else None
        super().__init__(self.cls.apply if self.cls else f, inputs, _forward(f))
        self._choose(argnums)
        self.state = self.module if self.module is not None else parameters
        """Module whose parameters, or parameters which, are checked and moved in place."""
        self.own = [Part(name, p, -1) for name, p in _named(self.state)]
        tensors = [part.value for part in (*self.moved, *self.own)]
        self.at = [self._read(x) for x in tensors]
        self.is_wide = any(x.dtype not in self._widest for x in tensors)
        self.chosen: list[int] | None = None
        """Places of the results that are checked."""

    @property
    def _widest(self) -> tuple[Any, Any]:
        return self.torch.float64, self.torch.complex128

    def _choose(self, argnums: Collection[int] | None) -> None:
        """Sort the inputs into what is checked and options."""
        torch = self.torch
        if not any(isinstance(part.value, torch.Tensor) for part in self.parts):
            for part in self.parts:  # numbers and arrays, for a Function or a module
                if np.asarray(part.value).dtype.kind in "fc":
                    part.value = torch.as_tensor(np.asarray(part.value))
        tensors = [part.value for part in self.parts if isinstance(part.value, torch.Tensor)]
        is_told = any(x.requires_grad for x in tensors)
        for part in self.parts:
            x = part.value
            if not isinstance(x, torch.Tensor):
                part.reason = "a float beside tensors is an option" if type(x) is float else ""
            elif not (x.is_floating_point() or x.is_complex()):
                part.reason = ""
            elif argnums is not None:
                part.reason = None if part.place in argnums else ""
            elif is_told and not x.requires_grad:
                part.reason = "requires_grad is False"

    @property
    def leaf_names(self) -> list[str]:
        """Names of the inputs that are checked, and of the parameters."""
        parts = (*self.moved, *self.own)
        return [f"view_as_real({x.name})" if x.value.is_complex() else x.name for x in parts]

    def _read(self, x: Any) -> Any:
        """Return a tensor as an array of NumPy's."""
        x = self._real(x.detach()).to("cpu", self.torch.float64)
        return x.numpy().copy() if x.ndim else x.item()

    def _real(self, x: Any) -> Any:
        return self.torch.view_as_real(x.resolve_conj()) if x.is_complex() else x

    def _tensor(self, array: Any, like: Any) -> Any:
        """Return an array as a tensor like another one, or as wide as can be."""
        dtype = self.torch.float64 if self.is_wide else like.real.dtype
        made = self.torch.tensor(np.asarray(array), dtype=dtype, device=like.device)
        return self.torch.view_as_complex(made) if like.is_complex() else made

    def option(self, x: Any) -> Any:
        """Return an option: tensors are as wide as the inputs, and the function's own."""
        if not isinstance(x, self.torch.Tensor):
            return x
        return self._widened(x.detach()).clone().requires_grad_(x.requires_grad)

    def _widened(self, x: Any) -> Any:
        is_float = x.is_floating_point() or x.is_complex()
        return x.to(self._widest[x.is_complex()]) if self.is_wide and is_float else x

    def _run(self, arrays: Sequence[Any]) -> tuple[list[Any], list[Any]]:
        """Return the variables, and the results that are checked."""
        count = len(self.moved)
        with self.torch.enable_grad():
            pairs = zip(arrays, self.moved)
            variables = [self._tensor(x, part.value).requires_grad_() for x, part in pairs]
            for x, part in zip(arrays[count:], self.own):
                part.value.data = self._tensor(x, part.value)
                variables.append(part.value)
            given = [x.clone() for x in variables[:count]]  # which f may write into
            results = self._selected(self.f(*self.arguments(given)))
            for _ in range(self.order - 1):
                results = self._derived(results, variables)
        return variables, results

    def _selected(self, y: Any) -> list[Any]:
        """Return the results that are checked, as real tensors."""
        flat = [x for x in flatten([y])[0] if isinstance(x, (self.torch.Tensor, float))]
        found = [self.torch.as_tensor(x) for x in flat]
        if self.chosen is None:
            floats = [i for i, x in enumerate(found) if x.is_floating_point() or x.is_complex()]
            known = [i for i in floats if found[i].requires_grad]
            self.chosen = known if self.cls and known else floats
            if left := [i for i in floats if i not in self.chosen]:
                places = ", ".join(f"result[{i}]" for i in left)
                self.notes.append(f"not checked: {places} (marked as not differentiable)")
        some = [found[i] for i in self.chosen]
        return [self._real(x) for x in some]

    def _derived(self, results: Sequence[Any], variables: Sequence[Any]) -> list[Any]:
        """Return the gradient of the results, with fixed weights, as a graph."""
        rng = np.random.default_rng(1)
        total = self.torch.zeros((), dtype=results[0].dtype, device=results[0].device)
        for y in results:
            weights = signed(rng, tuple(y.shape)) if y.ndim else 1.0
            total = total + (y * self.torch.as_tensor(weights, dtype=y.dtype)).sum()
        if not total.requires_grad:
            return [self._real(self.torch.zeros_like(x)) for x in variables]
        found = self.torch.autograd.grad(
            total, variables, create_graph=True, allow_unused=True, materialize_grads=True
        )
        return [self._real(x) for x in found]

    def __call__(self, *arrays: Any) -> Any:
        """Compute the result as one array."""
        plain(*arrays)
        return in_a_row([self._read(y) for y in self._run(arrays)[1]])

    def vjp(self, *arrays_and_seed: Any) -> Any:
        """Compute the gradient by PyTorch's backward pass."""
        *arrays, seed = arrays_and_seed
        plain(*arrays)
        variables, results = self._run(arrays)
        seeds = taken_apart(seed, [tuple(y.shape) for y in results])
        known = [(y, self._tensor(w, y)) for y, w in zip(results, seeds) if y.requires_grad]
        if not known:
            self.notes.append("the result was not computed from the inputs")
            return tuple(np.zeros(np.shape(x)) for x in arrays)
        found = self.torch.autograd.grad(
            [y for y, _ in known],
            variables,
            [w.to(y.dtype) for y, w in known],
            allow_unused=True,
            materialize_grads=True,
        )
        return tuple(self._read(g) for g in found)

    @contextlib.contextmanager
    def restored(self) -> Iterator[None]:
        """Restore parameters, buffers and generators at the end."""
        torch = self.torch
        modules = [*self.state.modules()] if hasattr(self.state, "modules") else []
        buffers = [
            (m, n, b, b.data) for m in modules for n, b in m._buffers.items() if b is not None
        ]
        kept = [data.clone() for *_, data in buffers]
        parameters = [(part.value, part.value.data) for part in self.own]
        frozen = [p for m in modules for p in m._parameters.values() if p is not None]
        frozen = [(p, p.data) for p in frozen if not p.requires_grad]
        generator = torch.get_rng_state()
        try:
            self._prepare([b for _, _, b, _ in buffers] + [p for p, _ in frozen])
            yield
        finally:
            torch.set_rng_state(generator)
            for p, data in (*parameters, *frozen):
                p.data = data
            for (module, name, buffer, data), numbers in zip(buffers, kept):
                buffer.data = data
                buffer.data.copy_(numbers)
                module._buffers[name] = buffer

    def _prepare(self, others: Sequence[Any]) -> None:
        """Make all tensors wide, where the function then runs; or none."""
        if not self.is_wide:
            return
        before = [x.data for x in others]
        for x in others:
            x.data = self._widened(x.data).clone()
        try:
            self._run(self.at)
        except Exception:
            self.is_wide, self.chosen = False, None
            for x, data in zip(others, before):
                x.data = data
            self.notes.append("computed in the precision of the inputs: float64 was refused")


def _forward(f: Any) -> Any:
    """Return a function whose signature has the names of the inputs."""
    torch, cls = sys.modules["torch"], _class_of(f)
    if isinstance(f, torch.nn.Module):
        return f.forward
    if cls is None:
        return f
    is_split = cls.setup_context is not torch.autograd.Function.setup_context
    return cls.forward if is_split else functools.partial(cls.forward, None)
