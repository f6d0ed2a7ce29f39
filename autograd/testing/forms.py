"""Forms in which a function and its derivative are written as arguments of `gradient_test`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autograd.testing.pairing import Pair

Function = Callable[..., Any]


@dataclass(frozen=True)
class Form:
    """Texts of a function and of its derivative, and where it can be tried."""

    f: str
    options: Mapping[str, str]
    """Texts of derivative, jvp or vjp."""
    variables: tuple[str, ...]
    fixed: Mapping[str, str]
    """Texts of the other arguments."""

    def made(self, space: Mapping[str, Any]) -> tuple[Function, dict[str, Any]]:
        """Return the function and the options."""
        options = {key: eval(text, dict(space)) for key, text in self.options.items()}
        return eval(self.f, dict(space)), options


def forms(
    pair: Pair,
    texts: Mapping[str, str],
    variables: tuple[str, ...],
    space: Mapping[str, Any],
    module: str,
) -> Iterator[Form]:
    """Iterate over the forms in which the function and its derivative may be written."""
    of, by = f"{module}.{pair.of}", f"{module}.{pair.by}"
    given = [name if name in variables else texts[name] for name in texts]
    fixed = {name: text for name, text in texts.items() if name not in variables}
    of_variables, call = f"lambda {', '.join(variables)}", f"({', '.join(given)})"

    def form(f: str, **options: str) -> Form:
        return Form(f, options, variables, fixed)

    if pair.style == "layer":
        yield form(
            f"{of_variables}: {of}.forward{call}",
            vjp=f"{of_variables}, seed: ((layer := {of}).forward{call}, layer.backward(seed))[1]",
        )
    elif pair.style == "joint":
        f = f"{of_variables}: {of}{call}[0]"
        for whole in (f"{of}{call}[1]", f"{of}{call}[1][0]"):
            yield form(f, derivative=f"{of_variables}: {whole}")
    else:
        f = of if len(variables) == len(texts) else f"{of_variables}: {of}{call}"
        if not pair.by:
            yield form(f)
            return
        names = _names(eval(by, dict(space)))
        if names and set(names) <= set(texts):  # by name, in its own order
            given = [name if name in variables else texts[name] for name in names]
        call = f"{by}({', '.join(given)})"
        same = f == of and given == list(texts)
        if pair.option == "jvp":
            rates = [f"rate_{x}" if len(variables) > 1 else "rate" for x in variables]
            yield form(f, jvp=by if same else f"{of_variables}, {', '.join(rates)}: {call}")
            yield form(
                f, jvp=f"{of_variables}, {', '.join(rates)}: {call[:-1]}, {', '.join(rates)})"
            )
        elif pair.option == "vjp":
            if same:
                yield form(f, vjp=by)
            inner = call[len(by) + 1 : -1]
            yield form(f, vjp=f"{of_variables}, seed: {by}({inner}, seed)")
            yield form(f, vjp=f"{of_variables}, seed: {by}(seed, {inner})")
        else:
            yield form(f, derivative=by if same else f"{of_variables}: {call}")
            if len(variables) > 1:
                yield form(f, derivative=f"{of_variables}: tuple({call})")
            else:
                yield form(f, vjp=f"{of_variables}, seed: seed * {call}")


def _names(f: Function) -> list[str]:
    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in parameters if p.default is p.empty and p.kind < p.VAR_POSITIONAL]
