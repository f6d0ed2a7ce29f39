"""Slightly wrong functions: the same function, compiled again with one part of its syntax changed.

For rules that are programs rather than formulas: pullbacks, n-ary partials, sweeps.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Function = Callable[..., Any]

FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
WITH_TIES: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.MatMult)


SMALL = (ast.Name, ast.Constant, ast.UnaryOp)
LARGE = (ast.Call, ast.Subscript, ast.BinOp, ast.Compare, ast.stmt)


class Change(NamedTuple):
    """A function with one change: its kind, what was changed into what, and what makes it."""

    kind: str
    what: str
    make: Callable[[], Function]

    @property
    def function(self) -> Function:
        """The changed function, compiled only when it is tried: of a sample few are."""
        return self.make()


@functools.cache
def _tree(module: str) -> ast.Module:
    return ast.parse(inspect.getsource(sys.modules[module]))


def syntax(function: Function) -> ast.Lambda | ast.FunctionDef:
    """Where a function is written; LookupError where it is not found."""
    code = function.__code__
    for node in ast.walk(_tree(function.__module__)):
        if isinstance(node, (ast.Lambda, ast.FunctionDef)) and node.lineno == code.co_firstlineno:
            found = compiled(node, function).__code__
            names = {*code.co_names, *code.co_freevars}  # what is closed over is global when alone
            if ({*found.co_names}, found.co_varnames) == (names, code.co_varnames):
                return node
    raise LookupError(f"{function.__qualname__}: its source was not found")


def written(module: Any, name: str) -> Function:
    """The function that the source of a module gives a name first, also where C has taken it."""
    for node in ast.walk(_tree(module.__name__)):
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return compiled(node, next(f for f in vars(module).values() if _is_of(f, module)))
    raise LookupError(f"{module.__name__}.{name}: its source was not found")


def _is_of(f: Any, module: Any) -> bool:
    return inspect.isfunction(f) and f.__module__ == module.__name__


def compiled(node: ast.Lambda | ast.FunctionDef, function: Function) -> Function:
    """A function from its syntax, in the place of another."""
    names = vars(sys.modules[function.__module__])
    if function.__closure__:
        closed = (cell.cell_contents for cell in function.__closure__)
        names = {**names, **dict(zip(function.__code__.co_freevars, closed))}
    file = function.__code__.co_filename
    flags = sys.modules["__future__"].annotations.compiler_flag
    if isinstance(node, ast.Lambda):
        made: Function = eval(compile(ast.Expression(node), file, "eval", flags), names)
    else:
        decorators, node.decorator_list = node.decorator_list, []
        own: dict[str, Any] = {}
        exec(compile(ast.Module([node], []), file, "exec", flags), names, own)
        node.decorator_list = decorators
        made = own[node.name]
    return made


def changes(function: Function) -> Iterator[Change]:
    """The function with one slip, at every place and of every kind that there is."""
    tree = syntax(function)
    given = [a.arg for a in (*tree.args.args, *tree.args.kwonlyargs) if a.arg not in ("m", "_")]
    bodies = [tree.body] if isinstance(tree, ast.Lambda) else tree.body
    holders = [
        (tree, "body", None if isinstance(tree, ast.Lambda) else i) for i in range(len(bodies))
    ]
    above = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for holder, field, i in [*holders, *(h for body in bodies for h in _holders(body))]:
        old = getattr(holder, field) if i is None else getattr(holder, field)[i]
        for kind, new in _changed(old, given):
            shown = _around(above, holder) if isinstance(old, SMALL) else old
            before = ast.unparse(shown)
            with _put(holder, field, i, new):
                after = ast.unparse(new if shown is old else shown)

            def made(holder: Any = holder, field: str = field, i: Any = i, new: Any = new) -> Any:
                with _put(holder, field, i, new):
                    return compiled(tree, function)

            yield Change(kind, f"{before} -> {after}".replace("\n   ", ""), made)


def _around(above: Mapping[ast.AST, ast.AST], part: ast.AST) -> ast.AST:
    """The call, the index or the like that a part of a function stands in."""
    node: ast.AST | None = part
    while node is not None and not isinstance(node, LARGE):
        node = above.get(node)
    return node or part


def _holders(tree: ast.AST) -> Iterator[tuple[Any, str, int | None]]:
    """Where all parts of a tree are held."""
    for node in ast.walk(tree):
        for field, held in ast.iter_fields(node):
            if isinstance(held, ast.AST):
                yield node, field, None
            elif isinstance(held, list):
                yield from ((node, field, i) for i, x in enumerate(held) if isinstance(x, ast.AST))


@contextlib.contextmanager
def _put(holder: Any, field: str, i: int | None, new: ast.AST) -> Iterator[None]:
    """Have a node in the place of another in a block."""
    place: Any = vars(holder) if i is None else getattr(holder, field)
    key: Any = field if i is None else i
    old = place[key]
    place[key] = ast.fix_missing_locations(ast.copy_location(new, old))
    try:
        yield
    finally:
        place[key] = old


def _times(number: float, node: Any) -> ast.AST:
    return ast.BinOp(ast.Constant(number), ast.Mult(), node)


def _changed(node: Any, given: Sequence[str]) -> Iterator[tuple[str, ast.AST]]:
    """What one slip makes of a part."""
    match node:
        case ast.BinOp(left, op, right) if isinstance(op, ARITHMETIC):
            yield "sign", ast.UnaryOp(ast.USub(), node)
            yield "factor 2", _times(2.0, node)
            yield "+0.1 %", _times(1.001, node)
            if isinstance(op, (ast.Add, ast.Sub)):
                other = ast.Sub() if isinstance(op, ast.Add) else ast.Add()
                yield "sign", ast.BinOp(left, other, right)
            kind = "dropped term" if isinstance(op, (ast.Add, ast.Sub)) else "dropped factor"
            yield from ((kind, side) for side in (left, right))
            if not isinstance(op, (ast.Add, ast.Mult)):
                yield "wrong operand", ast.BinOp(right, op, left)
        case ast.UnaryOp(ast.USub() | ast.Invert() | ast.Not(), operand):
            yield "sign", operand
        case ast.Compare(left, [op], [right]):
            for kind, others in (("wrong branch", FLIPPED), ("ties", WITH_TIES)):
                if type(op) in others:
                    yield kind, ast.Compare(left, [others[type(op)]()], [right])
        case ast.BoolOp(op, values):
            yield (
                "wrong branch",
                ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values),
            )
            yield from (("wrong branch", value) for value in values)
        case ast.IfExp(_, body, orelse):
            yield from (("wrong branch", each) for each in (body, orelse))
        case ast.If(test, body, orelse) if not isinstance(test, ast.Compare):
            yield "wrong branch", ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.Name(name, ast.Load()) if name in given:
            yield from (("wrong operand", ast.Name(x, ast.Load())) for x in given if x != name)
        case ast.Attribute(inner, "mT" | "T"):
            yield "not transposed", inner
        case ast.Call(ast.Name("call"), [_, operand, *_]):
            yield "dropped call", operand
        case ast.Call(ast.Name("sum_to_shape"), [operand, *_]):
            yield "not summed to shape", operand
        case ast.Call(ast.Attribute(ast.Name("np" | "m")), [operand, *_]):
            yield "dropped call", operand
        case ast.Call(ast.Attribute(inner, _)) if (
            not isinstance(inner, ast.Name) or inner.id in given
        ):
            yield "dropped call", inner
        case ast.Constant(bool() as value):
            yield "wrong option", ast.Constant(not value)
        case ast.Constant(int() | float() as value):
            yield "wrong constant", ast.Constant(value + 1)
        case ast.AugAssign(target, _, value):
            yield "= for +=", ast.Assign([target], value)


def of_results(function: Function) -> Iterator[Change]:
    """The function with what it gives changed as a whole."""
    for kind, change in RESULTS.items():
        wrong = functools.partial(lambda change, *operands: change(function(*operands)), change)
        yield Change(kind, "what it gives", lambda wrong=wrong: wrong)


def _each(change: Callable[[Any], Any]) -> Function:
    return lambda z: [change(x) for x in z] if isinstance(z, list) else change(z)


def _transposed(z: Any) -> Any:
    if isinstance(z, list):
        return z[::-1]
    return z.mT if z.ndim > 1 and z.shape[-1] == z.shape[-2] else z


RESULTS: dict[str, Function] = {
    "sign": _each(lambda x: -x),
    "factor 2": _each(lambda x: 2.0 * x),
    "+0.1 %": _each(lambda x: 1.001 * x),
    "zero": _each(lambda x: 0.0 * x),
    "transposed": _transposed,
}
