"""Arguments for NumPy's functions and ufuncs, drawn by the names in the signatures that NumPy gives.

A parameter has values by its name alone; OF_FUNCTION has those of the functions where that does not
do. So a function that is new to Tensors needs no case of its own.
"""

from __future__ import annotations

import inspect
import itertools
import random
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import autograd.fft  # noqa: F401  # teaches Tensors numpy.fft
from autograd.later import learn
from autograd.tensors.protocols import NUMPY
from autograd.tensors.ufuncs import knows

CLASSIFIED = tomllib.loads(
    (Path(__file__).parent.parent / "docs" / "numpy_functions.toml").read_text()
)


def numpys(name: str) -> Any:
    """NumPy's function of a name, such as "linalg.inv"; None where this NumPy has none."""
    found: Any = np
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def known(kind: str) -> list[str]:
    """Names of the functions or ufuncs with a derivative that Tensors know."""
    names = CLASSIFIED[kind]["with_derivative"].split()
    learn()  # or those of rooms that nobody has entered are left out
    known_to = knows if kind == "ufuncs" else NUMPY.__contains__
    return [name for name in names if numpys(name) is not None and known_to(numpys(name))]


# Arrays

_rng = np.random.default_rng(19)


def _some(*shape: int) -> Any:
    """Numbers of both signs, apart from each other and from 0."""
    count = int(np.prod(shape))
    size = (_rng.permutation(count) + _rng.uniform(0.2, 0.8, count)) / count
    return (size * np.where(_rng.random(count) < 0.5, -1.5, 1.5) + 0.0).reshape(shape)


X, Y, MASK, COLUMN = _some(2, 3), _some(2, 3), _rng.random((2, 3)) < 0.6, _some(2, 1)
ROW, OTHER_ROW, SHORT = _some(4), _some(4), _some(2)
SQUARE = _some(3, 3) / 4 + np.eye(3)
SYMMETRIC = (SQUARE + SQUARE.T) / 2 + np.diag([0.0, 1.0, 2.5])
CUBE = _some(3, 2, 2)
RISING = np.array([-1.5, -0.4, 0.3, 1.6])
TENSOR = (np.eye(6) + _some(6, 6) / 9).reshape(2, 3, 6)
MASK[0, 0] = True


class Out(NamedTuple):
    """An array to write into, which is made when the result is known."""

    is_tensor: bool


OUT_TENSOR, OUT_ARRAY = Out(True), Out(False)

VALUES: dict[str, list[Any]] = {
    # operands
    **{name: [X] for name in "a x arr array m v ary A filt z val f x1 b x2 y p u M".split()},
    **{name: [[X, Y]] for name in ("arrays", "tup")},
    **{name: [()] for name in ("arys", "args", "xi", "varargs")},
    "descending": [False, True, None],  # of NumPy 2.5
    # options that many have
    "axis": [None, 0, 1, -1, (0, 1), (), (1,)],
    "axis1": [0, 1],
    "axis2": [1, 0],
    "axes": [None, (1, 0)],
    "keepdims": [True, False],
    "dtype": [np.float32, "f8", np.float16, int],
    "out": [OUT_TENSOR, OUT_ARRAY, None],
    "where": [MASK, MASK[1:], True, X > -9],
    "initial": [0.5, -9.0, np.float64(0.25), 1, None],
    "order": ["C", "F", "A", "K"],
    "casting": ["same_kind", "unsafe", "no"],
    "subok": [True, False],
    "copy": [True, False],
    "device": [None, "cpu"],
    "kind": [None, "quicksort", "stable", "heapsort", "mergesort"],
    "stable": [True, False, None],
    "ddof": [0, 1],
    "correction": [0, 1],
    "mean": [np.full((2, 1), 0.25), np.full((1, 1), -0.5), 0.5],
    "overwrite_input": [False, True],
    "method": [
        "linear", "lower", "higher", "midpoint", "nearest", "inverted_cdf", "hazen", "weibull",
        "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf",
        "median_unbiased", "normal_unbiased",
    ],
    "include_initial": [True, False],
    "offset": [0, 1, -1],
    "k": [0, 1, -1],
    "n": [0, 1, 2],
    "decimals": [0, 1, -1],
    "indices": [[0, 1], np.array([[1, 0]]), 1, [-1]],
    "mode": ["raise", "wrap", "clip"],
    "shape": [(3, 2), (6,), -1],
    "new_shape": [(3, 2), (2, 5), 4],
    "indices_or_sections": [1, [1]],
    "shift": [1, -2, (1, 1)],
    "repeats": [2, [1, 2], 0],
    "reps": [2, (2, 1), (1, 2, 1)],
    "source": [0, (0, 1)],
    "destination": [1, (1, 0), -1],
    "obj": [0, [1], slice(0, 1), -1],
    "start": [0, 1, 2],
    "fill_value": [0.5, 2, np.float32(1.5)],
    "condition": [[True, False], np.array([False, True])],
    "prepend": [0.5, COLUMN, np.ones((1, 3))],
    "append": [0.25, COLUMN],
    "weights": [np.abs(X), np.abs(X[0])],
    "rowvar": [True, False],
    "bias": [True, False],
    "fweights": [np.array([1, 2, 3])],
    "aweights": [np.array([1.0, 0.5, 2.0])],
    "returned": [True, False],
    "nan": [0.0, 0.5],
    "posinf": [None, 1.0],
    "neginf": [None, -1.0],
    "num": [5, 1, 2],
    "endpoint": [True, False],
    "retstep": [False, True],
    "base": [2.0, 10.0],
    "indexing": ["xy", "ij"],
    "sparse": [True, False],
    "edge_order": [1, 2],
    "ord": [None, 2, 1, np.inf, "fro"],
    "deg": [True, False],
    "q": [30.0, [10.0, 90.0], [[25.0]]],
    "kth": [0, 1, (0, 1)],
    "trim": ["fb", "f", "b"],
    "increasing": [True, False],
    "full_matrices": [True, False],
    "compute_uv": [True, False],
    "hermitian": [False],
    "upper": [False, True],
    "UPLO": ["L", "U"],
    "rcond": [None, 1e-10],
    "rtol": [1e-10],
    "wrap": [False, True],
    "optimize": [False, True, "greedy"],
    "a_min": [-0.5, None],
    "a_max": [0.6],
    "min": [-0.5, None],
    "max": [0.6],
    "tol": [100],
    "interpolation": [],
    "norm": [None, "backward", "ortho", "forward"],
    "s": [None, (2, 2)],
}  # fmt: skip
"""Values by the name of a parameter."""

_QUANTILES = {"q": [0.3, [0.1, 0.9], [[0.25]]]}
_WEIGHTED = {"weights": [np.abs(X)]}
_VECTORS = {"a": [ROW], "v": [SHORT, OTHER_ROW], "mode": ["full", "same", "valid"]}
_MATRIX: dict[str, list[Any]] = {"a": [SQUARE], "x": [SQUARE]}
_JOINED = {"arrays": [[X, Y]], "tup": [[X, Y], [X[0], Y[0]]]}
_LINES = {
    "start": [0.5, X], "stop": [2.5, Y], "num": [5, 1, 2], "axis": [0, -1],
    "dtype": [None, np.float32, int],
}  # fmt: skip
OF_FUNCTION: dict[str, dict[str, list[Any]]] = {
    "append": {"values": [Y]},
    **{name: {"arys": [(X,), (ROW, X)]} for name in ("atleast_1d", "atleast_2d", "atleast_3d")},
    "apply_along_axis": {"func1d": [np.cumsum, np.sum], "axis": [0, 1]},
    "apply_over_axes": {"func": [np.sum], "axes": [0, [0, 1]]},
    "average": {"axis": [None, 0, 1, (0, 1)]},
    "bincount": {"x": [np.array([0, 1, 1, 3])], "weights": [ROW], "minlength": [0, 6]},
    "block": {"arrays": [[X, Y], [[X, Y], [Y, X]]]},
    "broadcast_arrays": {"args": [(X, Y[0]), (COLUMN, Y)]},
    "broadcast_to": {"shape": [(2, 3), (2, 2, 3)]},
    "choose": {"a": [np.array([[0, 1, 1], [1, 0, 0]])], "choices": [[X, Y]]},
    "concatenate": _JOINED,
    "convolve": _VECTORS,
    "copyto": {"dst": [X], "src": [Y]},
    "correlate": _VECTORS,
    "cov": {"y": [None, Y], "ddof": [None, 0, 1]},
    "corrcoef": {"y": [None, Y], "bias": [], "ddof": []},  # which have no effect
    **{name: {"axis": [None, 0, 1, -1]} for name in ("cumulative_prod", "cumulative_sum")},
    "cross": {"b": [Y], "axis": [-1, 1], "axisa": [-1], "axisb": [1], "axisc": [0]},
    "delete": {"axis": [0, 1, None]},
    "diag": {"v": [X, ROW]},
    "diagonal": {"axis1": [0, 1], "axis2": [1, 0]},
    "dot": {"b": [Y.T]},
    "dsplit": {"ary": [CUBE]},
    "ediff1d": {"to_end": [0.5, SHORT], "to_begin": [0.25, SHORT]},
    "einsum": {"operands": [("ij,ij->i", X, Y), ("ij->j", X), (X, [0, 1], [1])], "dtype": [np.float32, "f8"]},
    "expand_dims": {"axis": [0, (0, 2), -1]},
    "extract": {"condition": [MASK]},
    "fill_diagonal": {"val": [0.5, SHORT]},
    "geomspace": {**_LINES, "start": [0.5, np.abs(X)], "stop": [2.5, np.abs(Y)]},
    "gradient": {"varargs": [(), (0.5,)], "f": [CUBE], "axis": [None, 0], "edge_order": [1, 2]},
    "inner": {"b": [Y]},
    "insert": {"values": [0.5, Y[0]], "axis": [0, None]},
    "interp": {
        "x": [ROW], "xp": [RISING], "fp": [OTHER_ROW], "left": [0.5], "right": [0.25], "period": [3.5],
    },
    "kron": {"b": [Y]},
    "linspace": _LINES,
    "logspace": _LINES,
    "matrix_transpose": {},
    "meshgrid": {"xi": [(ROW, SHORT), (ROW,)]},
    "nan_to_num": {"x": [X, np.array([np.nan, 1.0, np.inf, -np.inf])]},
    "outer": {"b": [Y]},
    "pad": {
        "pad_width": [1, (1, 2), ((1, 0), (2, 3)), 0],
        "mode": ["constant", "edge", "reflect", "symmetric", "wrap", "mean", "maximum", "minimum",
                 "median", "linear_ramp", max],
        "constant_values": [0.5, (1.0, 2.0), ((1, 2), (3, 4))],
        "end_values": [0.5, (1.0, 2.0)],
        "stat_length": [None, 1, (1, 2), 5],
        "reflect_type": ["odd", "even"],
    },
    "piecewise": {
        "condlist": [[X > 0, X <= 0], [X > 0]], "funclist": [[np.exp, np.sin], [np.exp, 0.5]],
        "args": [()],
    },
    "place": {"arr": [X], "mask": [MASK], "vals": [SHORT]},
    "poly": {"seq_of_zeros": [ROW]},
    "polyadd": {"a1": [ROW], "a2": [SHORT]},
    "polyder": {"p": [ROW], "m": [1, 2]},
    "polydiv": {"u": [ROW], "v": [SHORT]},
    "polyfit": {
        "x": [RISING], "y": [ROW, OTHER_ROW], "deg": [1, 2], "w": [np.array([1.0, 0.5, 2.0, 1.5])],
        "full": [False], "cov": [False, True, "unscaled"],
    },
    "polyint": {"p": [ROW], "m": [1, 2], "k": [0.5]},
    "polymul": {"a1": [ROW], "a2": [SHORT]},
    "polysub": {"a1": [ROW], "a2": [SHORT]},
    "polyval": {"p": [ROW], "x": [0.5, X]},
    "put": {"a": [X], "ind": [[0, 4]], "v": [SHORT, 0.5]},
    "put_along_axis": {"indices": [np.array([[0], [2]])], "values": [COLUMN, 0.5], "axis": [1]},
    "putmask": {"mask": [MASK], "values": [0.5, Y]},
    **dict.fromkeys(("quantile", "nanquantile"), _QUANTILES | _WEIGHTED),
    **dict.fromkeys(("percentile", "nanpercentile"), _WEIGHTED),
    "ravel": {},
    "reshape": {"order": ["C", "F", "A"], "newshape": [(3, 2), (6,)]},
    "roots": {"p": [np.array([1.0, -1.5, -2.0, 0.75])]},
    "rot90": {"axes": [(0, 1), (1, 0)], "k": [1, 2, 3, 0]},
    "round": {},
    "select": {"condlist": [[X > 0.5, X > -0.5]], "choicelist": [[X, Y]], "default": [0, 0.5]},
    "sort": {"order": [None]},
    "partition": {"kind": ["introselect"], "order": [None]},
    "squeeze": {"a": [X[None, :, None]], "axis": [None, 0, 2, (0, 2)]},
    "stack": {"arrays": [[X, Y]], "axis": [0, 2, -1]},
    "swapaxes": {},
    "take": {"mode": ["raise", "wrap", "clip"]},
    "take_along_axis": {"indices": [np.array([[0], [2]])], "axis": [1, -1]},
    "tensordot": {"b": [Y], "axes": [2, ([0], [0]), ([1, 0], [1, 0])]},
    "trapezoid": {"x": [None, RISING[:3]], "dx": [0.5], "axis": [-1, 1]},
    "trim_zeros": {"filt": [np.array([0.0, 1.0, -2.0, 0.0])]},
    "unwrap": {"p": [3 * ROW], "discont": [None, 4.0], "period": [5.0], "axis": [-1, 0]},
    "vander": {"x": [ROW], "N": [None, 3]},
    "vdot": {"b": [Y]},
    "where": {"condition": [MASK], "y": [Y]},
    **{f"linalg.{name}": _MATRIX for name in "det inv slogdet cond".split()},
    "linalg.cholesky": {"a": [SYMMETRIC @ SYMMETRIC]},
    "linalg.cond": {**_MATRIX, "p": [None, 2, 1, "fro"]},
    "linalg.cross": {"x2": [Y]},
    **{f"linalg.{name}": {"a": [SYMMETRIC]} for name in ("eig", "eigvals", "eigh", "eigvalsh")},
    "linalg.lstsq": {"a": [np.array([[1.0, 0.5], [0.2, 2.0], [1.5, -1.0]])], "b": [RISING[:3]]},
    "linalg.matmul": {"x2": [Y.T]},
    "linalg.matrix_norm": {"ord": ["fro", 1, np.inf, 2, "nuc"]},
    "linalg.matrix_power": {"a": [SQUARE], "n": [0, 1, 3, -2]},
    "linalg.multi_dot": {"arrays": [[X, SQUARE, Y.T]]},
    "linalg.norm": {"axis": [None, 0, 1, (0, 1)]},
    "linalg.outer": {"x1": [ROW], "x2": [SHORT]},
    "linalg.qr": {"a": [SQUARE], "mode": ["reduced", "r"]},
    "linalg.solve": {"a": [SQUARE], "b": [RISING[:3], X.T]},
    "linalg.svd": {"full_matrices": [False]},
    "linalg.tensordot": {"x2": [Y], "axes": [2, ([0], [0])]},
    "linalg.tensorinv": {"a": [TENSOR], "ind": [2]},
    "linalg.tensorsolve": {"a": [TENSOR], "b": [X], "axes": [None]},
    "linalg.vecdot": {"x2": [Y], "axis": [-1, 0]},
    "linalg.vector_norm": {"ord": [2, 1, np.inf, 3], "axis": [None, 0, (0, 1)]},
}  # fmt: skip
"""Values of parameters whose name does not say enough, by function."""
MORE = {
    "pad": ("constant_values", "end_values", "stat_length", "reflect_type"),
    "clip": ("dtype", "casting", "order"),
}
"""Options that a signature hides behind **kwargs."""
WRITING = ("copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask")
"""Functions that write into their first operand."""


# Calls


class Call(NamedTuple):
    """Arguments of a function: operands, and options by name."""

    name: str
    operands: tuple[Any, ...]
    options: dict[str, Any]

    def of_singles(self) -> Call:
        """The same call of operands in float32."""
        is_double = lambda x: isinstance(x, np.ndarray) and x.dtype == np.float64  # noqa: E731
        single = mapped(lambda x: x.astype(np.float32) if is_double(x) else x, self.operands)
        return self._replace(operands=single)

    def __repr__(self) -> str:
        named = "".join(f", {name}={value!r}" for name, value in self.options.items())
        return f"{self.name}({', '.join(map(repr, self.operands))}{named})"


def calls(name: str, several: int = 12) -> Iterator[Call]:
    """Calls of a function with each option by itself, with each value, and with several at once."""
    function, own = numpys(name), OF_FUNCTION.get(name, {})
    operands, options = [], {}
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # of some in C, before NumPy 2.4
        return
    for parameter in parameters:
        if parameter.kind == parameter.VAR_KEYWORD:
            continue
        values = own.get(parameter.name, VALUES.get(parameter.name))
        assert values is not None, f"{name}: no values for {parameter.name}: add them to VALUES"
        if parameter.kind == parameter.VAR_POSITIONAL:
            operands.append(values)
        elif (
            parameter.default is parameter.empty
            or own.get("operands") == parameter.name
            or name == "where"
            or (name == "bincount" and parameter.name == "weights")
        ):
            operands.append([(value,) for value in values])
        elif values:
            options[parameter.name] = values
    options |= {option: own.get(option, VALUES.get(option)) for option in MORE.get(name, ())}
    yield from _drawn(name, operands, options, several)


def _drawn(
    name: str, operands: list[list[Any]], options: dict[str, Any], several: int
) -> Iterator[Call]:
    chosen = random.Random(name)

    def drawn(**named: Any) -> Call:
        parts = [chosen.choice(values) for values in operands]
        return Call(name, tuple(itertools.chain(*parts)), named)

    for parts in itertools.islice(itertools.product(*operands), 24):
        yield Call(name, tuple(itertools.chain(*parts)), {})
    for option, values in options.items():
        for value in values:
            yield drawn(**{option: value})
            yield drawn(**{option: value})
    for _ in range(several if len(options) > 1 else 0):
        count = chosen.randint(2, min(4, len(options)))
        names = chosen.sample(sorted(options), count)
        yield drawn(**{option: chosen.choice(options[option]) for option in names})


INSIDE = np.random.default_rng(7).uniform(0.2, 0.9, (2, 2, 3))
"""Two operands of ufuncs, in the domain of nearly all."""
OF_UFUNC: dict[str, tuple[Any, ...]] = {
    "arccosh": (INSIDE[0] + 1,),
    "ldexp": (INSIDE[0], np.array([1, 2, -1])),
    "matmul": (INSIDE[0], INSIDE[1].T),
    "matvec": (INSIDE[0], INSIDE[1, 0]),
    "vecmat": (INSIDE[0, :, 0], INSIDE[1]),
}
UFUNC_OPTIONS: dict[str, list[Any]] = {
    "out": [OUT_TENSOR, OUT_ARRAY, None],
    "where": [MASK, MASK[0], True],
    "dtype": [np.float32, "f8", int],
    "casting": ["same_kind", "unsafe", "no", "safe"],
    "order": ["C", "F", "K", "Z"],
    "subok": [True, False],
    "signature": ["f", (None, np.float32)],
}
CORE_OPTIONS: dict[str, dict[str, list[Any]]] = {
    "vecdot": {"axes": [[0, 0], [0, 0, ()]], "axis": [0, -1], "keepdims": [True, False]},
    "matmul": {"axes": [[(1, 0), (1, 0), (0, 1)], [(0, 1), (0, 1), (1, 0)]]},
    "matvec": {"axes": [[(0, 1), 0, 0]]},
    "vecmat": {"axes": [[0, (0, 1), 0]]},
}
METHODS: dict[str, dict[str, list[Any]]] = {
    "reduce": {
        "axis": [0, 1, None, (0, 1), (1,)], "dtype": [np.float32, int], "keepdims": [True, False],
        "out": [OUT_TENSOR, OUT_ARRAY], "initial": [0.5, None], "where": [MASK, True],
    },
    "accumulate": {"axis": [0, 1], "dtype": [np.float32, int], "out": [OUT_TENSOR, OUT_ARRAY]},
    "reduceat": {"axis": [0, 1], "dtype": [np.float32], "out": [OUT_TENSOR]},
    "outer": {"dtype": [np.float32], "out": [OUT_TENSOR], "where": [True], "order": ["F"]},
}  # fmt: skip
"""Options of the methods of ufuncs of two operands."""


def ufunc_calls(name: str) -> Iterator[Call]:
    """Calls of a ufunc with its options."""
    ufunc = numpys(name)
    operands = OF_UFUNC.get(name, tuple(INSIDE[: ufunc.nin]))
    options = dict(UFUNC_OPTIONS)
    options["signature"] = ["f" * ufunc.nin + "->" + "f" * ufunc.nout]
    if ufunc.signature is not None:
        del options["where"]
        options |= CORE_OPTIONS[name]
    yield from _drawn(name, [[(x,)] for x in operands], options, 12)


def method_calls(name: str, method: str) -> Iterator[Call]:
    """Calls of a method of a ufunc of two operands with its options."""
    x, y = OF_UFUNC.get(name, tuple(INSIDE))
    more = {"outer": [[(x,)], [(y,)]], "reduceat": [[(x,)], [([0, 1],), ([1, 0, 1],), ([0],)]]}
    yield from _drawn(f"{name}.{method}", more.get(method, [[(x,)]]), METHODS[method], 12)


# Trees of operands and results


def mapped(f: Callable[[Any], Any], tree: Any) -> Any:
    """A tree of lists, tuples and dicts with f of its leaves."""
    if isinstance(tree, dict):
        return {key: mapped(f, each) for key, each in tree.items()}
    if isinstance(tree, (list, tuple)) and not isinstance(tree, Out):
        return (
            [mapped(f, each) for each in tree]
            if isinstance(tree, list)
            else tuple(mapped(f, each) for each in tree)
        )
    return f(tree)


def leaves(tree: Any) -> list[Any]:
    """Leaves of a tree, in order."""
    found: list[Any] = []
    mapped(found.append, tree)
    return found
