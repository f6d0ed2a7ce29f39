"""Why the mutants of programs that live may live: by target, a part of the change, and the reason.

Most are another way to write the same rule; the last ones are what this trial does not ask for and
other tests do. (Of partials of rows it is shown in mpmath that they are the same: rows.apart.)
"""

from __future__ import annotations

SUMMED = "what has more axes of size 1 in front is summed to the operand's shape"
CASTS = "only the dtype differs, and a sweep casts a share to that of its operand"
SAME_SHAPE = "both have the same shape"
SAME_DTYPE = "both have the same dtype"
SQUARE = "the matrices are square"
THRESHOLD = "the two forms are equal; which one is taken decides about digits only"
SLOWER = "np.add.at is right for every index, only slower, and so is finding the last written"
TWICE = "it is used twice, so that its sign cancels"
PLACE = "either is a place to compute in"
VECTOR = "it is a vector, or all its elements are equal: there is nothing to transpose"
LARGEST = "no operand is beyond the extreme"
OTHER_WAY = "the other way of computing is right too, only slower"
OVERFLOWING = "lengths that overflow are tried elsewhere (test_reductions.py)"
DIGITS = "both are the same number, and keep other digits (test_fused.py)"
NEGATIVE = "NumPy takes every negative size for -1"
EMPTY = "an array without elements is like any other"
EQUAL_VALUES = "where a derivative is nan is tried elsewhere (test_linalg_decompositions.py)"
SCALE = "a scale that is taken out again decides about digits only"
VECTORS = "general_eigenvectors eigenvectors left_vectors right_vectors orthogonal_factor".split()
SINGULAR = ("singular_values", "left_vectors", "right_vectors")
BLOCKS = ("expm", "logm", "general_eigenvalues")
NONE_BEYOND = "where there are no vectors beyond, nothing is subtracted"
MIRRORED = "it is symmetric"
BOUND = "it only says under which gap numbers are equal, and none here is near it"
CONSTANT = "slopes of differences are constants"
FEW = "where few results count is tried elsewhere (arrays/test_scans.py)"
UNUSED = "that pullback does not use the result"
DECOMPOSED = [*VECTORS, *"eigenvalues general_eigenvalues singular_values upper_factor".split()]

REASONS: list[tuple[str, str, str]] = [
    *[(f"{name} by 0", "work", OTHER_WAY) for name in DECOMPOSED],
    *[(f"{name} by 0", "is_plain(", OTHER_WAY) for name in DECOMPOSED if name not in SINGULAR],
    *[(f"{name} by 0", "mask", EQUAL_VALUES) for name in VECTORS],
    ("general_eigenvalues by 0", "bad.any", EQUAL_VALUES),
    ("lstsq by 0", "type(0) -> ", "in columns that do not count any number will do"),
    ("lstsq by 0", "mask.any(0) -> g.any(0)", "a column of nan that counts is nan in the result too"),
    ("roots by 0", ").sum(0) -> ", SUMMED), ("roots by 0", "transposed", VECTOR),
    ("roots by 0", "share.astype(g.dtype) -> ", SAME_DTYPE),
    *[(f"{name} by 0", "transposed", MIRRORED) for name in ("eigenvalues", "eigenvectors")],
    *[(f"{name} by 0", "closeness(x, ", BOUND) for name in VECTORS[1:4]],
    *[(f"general_{name} by 0", "_gaps(", BOUND) for name in ("eigenvalues", "eigenvectors")],
    *[(f"{name} by 0", "x.shape[-1] -> x.shape[-2]", SQUARE) for name in BLOCKS],
    *[(f"{name} by 0", f"x.shape[-1] -> {z}.shape[-1]", SAME_SHAPE) for name in BLOCKS for z in "gz"],
    *[("sub_accumulate by 0", f"g, x, mask) -> _share(ufunc, g, {z}, mask", CONSTANT) for z in "gz"],
    *[(f"{name}_accumulate by 0", "g, x, mask) -> _share(ufunc, g, x, ", FEW)
      for name in ("sub", "hypot")],
    ("sub_fold by 0", "len(x) - 1 -> 1", CONSTANT),
    *[(f"{name}_fold by 0", "g.dtype) -> ", SAME_DTYPE) for name in ("sub", "div")],
    ("recurrence by 1", "_recurrence_g(h, s, g, a) -> ", UNUSED),
    ("logaddexp2_reduce by 0", "(g, z, x * elementary.LN2, ", UNUSED),
    ("lu by 0", "y.shape[-1] -> y.shape[-2]", SQUARE), ("lu by 0", "closeness(y, ", BOUND),
    *[("lu by 0", f"y.shape[-1] -> {z}.shape[-1]", SAME_SHAPE) for z in "gz"],
    ("lu by 0", "np.eye(n, dtype=y.dtype) -> np.eye(n, dtype=", SAME_DTYPE),
    ("lu by 0", "y.dtype) -> spoiling(lost[..., None, None], ", SAME_DTYPE),
    ("banded by 0", "x.dtype.type(0) -> ", CASTS),
    ("toeplitz by 0", "len(x) + 1 -> len(x) + 2", "the length is odd, and it is halved"),
    ("toeplitz by 0", "transposed", VECTOR),
    ("singular_values by 0", "full_matrices=False) -> ", "vectors beyond the values are left out"),
    ("right_vectors by 0", "g.mT -> g", "without a mask all columns count, and those beyond are left out"),
    ("orthogonal_factor by 0", "z.shape[-1] > n -> z.shape[-1] >= n", NONE_BEYOND),
    ("orthogonal_factor by 0", "z.shape[-1] -> z.shape[-2]", "it is square, or there are no vectors beyond"),
    ("orthogonal_factor by 0", "n + 1 -> 1.001 * (n + 1)", "no whole number is between"),
    ("orthogonal_factor by 0", "z.shape[-1] -> g.shape[-1]", SAME_SHAPE),
    ("upper_factor by 0", "x.shape[-2:] -> ", "each factor has the smaller size too"),
    ("upper_factor by 0", "x.shape[-1] -> ", "the factor is as wide as the matrix"),
    *[("matrix_power by 0", f"_expm_share(g, z, y) -> _expm_share(g, {z}, y)", UNUSED) for z in "gxt"],
    *[(f"{name} by 0", words, SCALE) for name in ("expm", "logm") for words in ("sizes", "np.abs(bare(a)) -> ", "initial=1")],
    ("funm", "transposed", MIRRORED),
    ("banded by 0", "_banded_right(g, z, x, y, below, above) -> ", UNUSED),
    *[(f"{name} by 0", "x.dtype) -> ", SAME_DTYPE) for name in ("expm", "logm")],
    ("max by 0", ".astype(", CASTS),
    ("max by 0", "np.where(count, count, np.nan) -> count", "0 / 0 is nan too, with a warning"),
    ("nextafter by 1", "", "it is 0 everywhere"),
    *[(f"{name} by {k}", "transposed", VECTOR) for name in ("convolve", "slide") for k in (0, 1)],
    ("bessel_i by 0", "order", "that of order -n is that of order n"),
    ("where by 1", "np.zeros(g.shape, g.dtype) -> np.zeros(", "zeros of any shape and dtype fit"),
    ("where by 2", "np.zeros(g.shape, g.dtype) -> np.zeros(", "zeros of any shape and dtype fit"),
    ("setitem by 1", "np.arange(math.prod(x.shape)).reshape(x.shape) -> ", SAME_SHAPE),
    ("setitem by 1", "math.prod(x.shape) -> math.prod(", SAME_SHAPE),
    ("setitem by 1", "np.ndim(v) - share.ndim -> ", SUMMED),
    ("setitem by 1", "if extra > 0 else share -> share.reshape(", SUMMED),
    ("setitem by 1", "extra > 0 -> extra >= 0", SUMMED),
    ("solve by 0", "_solve_right(g, z, x, y) -> ", UNUSED),
    ("cholesky by 0", "_solved(z.mT, inner.mT).mT -> ", "it is added to its transpose next"),
    ("linear by 2", "transposed: ", VECTOR), ("conv2d by 2", "transposed: ", VECTOR),
    ("max_pool2d by 0", "(x.data, z.data) -> (x, z)", "comparisons of Tensors give plain arrays"),
    ("max_pool2d by 0", "is_plain(x) -> is_plain(", "g, z and x are all plain or all Tensors"),
    ("sigmoid_cross_entropy_sum by 0", "if g == 1 else slopes * g -> slopes * g", "1 * slopes"),
    ("sigmoid_cross_entropy_sum by 0", "g == 1 -> z == 1", "1 * slopes, but for a loss of 1"),
    ("sigmoid_cross_entropy_sum by 0", "g == 1 -> g == 2", "1 * slopes, but for a seed of 2"),
    ("softmax_cross_entropy_sum by 0", "np.array(g / divisor, slopes.dtype) -> g / divisor", CASTS),
    ("_before", "u()", "relu finds its slope from its value, whatever the operand is"),
    ("_before", "activation in BY_VALUE -> ", "relu finds its slope from its value"),
    ("_activated", "in BY_VALUE -> activation not in BY_VALUE", OTHER_WAY),
    ("_from_labels", "transposed", VECTOR),
    ("_from_distributions", "without.reshape(-1) -> without.reshape(-2)", NEGATIVE),
    ("sigmoid_cross_entropy_sum by 1", "_partial(1, x, y) -> _partial(1, x, ", "it is -x for any y"),
    ("sigmoid_error of arrays", "out=out) -> np.maximum(positive, e, out=spare)", PLACE),
    ("sigmoid_error of arrays", "out=out) -> np.subtract(z, np.multiply(y, e, out=spare), out=spare)", PLACE),
    ("sigmoid_cross_entropy_sum itself", "np.shape(x) -> np.shape(y)", SAME_SHAPE),
    ("sigmoid_cross_entropy_sum itself", "slopes.dtype) -> 1.0 / divisor", CASTS),
    ("sigmoid_cross_entropy_sum itself", "SMALL * len(xs)", THRESHOLD),
    ("softmax_cross_entropy_sum itself", "p.reshape(-1) -> p.reshape(-2)", NEGATIVE),
    ("softmax_cross_entropy_sum itself", "ones - 1", "it is 0 or nan"),
    ("softmax_cross_entropy_sum itself", "x.shape[:-1] -> y.shape[:-1]", SAME_SHAPE),
    *[("norm by 0", part, OVERFLOWING) for part in (
        "overflows", "np.isinf(", "bare(z) -> ", "call(_norm_row, ")],
    ("logsumexp by 0", "is_plain(x) -> is_plain(", "g, z and x are all plain or all Tensors"),
    ("logsumexp by 0", "x - top -> x", "any shift of a row gives the same quotients"),
    *[("logsumexp by 0", part, "rows whose largest is infinite are tried elsewhere (test_reductions.py)")
      for part in ("largest == top -> ", "call(elementary.apart, x, largest) -> ")],
    ("transpose by 0", ".tolist() -> ", "integers of NumPy are axes too"),
    ("fitting of Tensors", "dtype", "what is complex is tried elsewhere (test_complex.py)"),
    *[("modulus by 0", part, "lengths of 0 are tried elsewhere (test_complex.py)")
      for part in ("is_plain", "is_zero", "z.dtype.type(1)")],
    ("log_softmax by 0", "return g -> ", EMPTY),
    ("log_softmax by 0", "_compared(x, axis) -> _compared(z", "z is x, shifted by row"),
    ("log_softmax by 0", "others > 0 -> others >= 0", DIGITS),
    ("_probabilities", "i == k", DIGITS),
    ("norm", "z >= INF -> z <= INF", "the direction is that of any multiple"),
    ("std by 0", "_kept(each, axis, keepdims) -> ", "along an axis: (test_second_derivatives.py)"),
    ("softmax_cross_entropy_sum by 0", "np.array(g / divisor, slopes.dtype) -> np.array(", SAME_DTYPE),
    ("std by 0", "_over(x, z, ddof) -> _over(x, g, ddof)", "the adjoint has the shape of the result"),
    ("_half", "x.shape[-1] -> x.shape[-2]", SQUARE),
    ("_half", "sign: ", TWICE), ("_half", "np.eye(n, dtype=x.dtype) -> 0.5 * np.eye", TWICE),
    ("_times", "np.stack(", "NumPy takes a list of arrays for an array"),
    ("_plus", "2 ** 30", "any number below all exponents"),
    ("others itself", "np.ones_like(x) -> ", EMPTY), ("firsts itself", "np.zeros_like(x) -> ", EMPTY),
    ("firsts_back itself", "np.zeros_like(x) -> ", EMPTY),
    ("firsts_back itself", "x.dtype) -> ", SAME_DTYPE),
    ("firsts_back itself", "g != 0 -> g != 1", OTHER_WAY),
    ("firsts_back itself", "g != 0 -> x != 0", OTHER_WAY),
    ("cumprod by 0", "rows), x.shape, order) -> ", SAME_SHAPE),
    ("cofactors_along itself", "digits=7.0", THRESHOLD),
    ("cofactors_along itself", "x.shape[-1] -> g.shape[-1]", SAME_SHAPE),
    ("cofactors_along itself", "x.shape[-1] -> x.shape[-2]", SQUARE),
    ("_third", "x.shape[-1] -> x.shape[", SQUARE), ("_third", "x.shape[-1] -> ", SAME_SHAPE),
    ("_third", "np.zeros(x.shape, x.dtype) -> np.zeros(x.shape, ", SAME_DTYPE),
    ("_third", "np.zeros(x.shape, x.dtype) -> ", SAME_SHAPE), ("_third", "np.ones(x.shape) -> ", SAME_SHAPE),
    ("_third", "stacklevel=2", "only the line that the warning names differs"),
    ("logabsdet by 0", "call(cofactors, x) / 0.0 -> 2.0 * ", "it is infinite either way"),
    ("logabsdet by 0", "call(cofactors, x) / 0.0 -> 1.001 * ", "it is infinite either way"),
    ("_rows", "if x.ndim == 2 else ", "a matrix is reshaped to its own shape"),
    ("_linear_weight", "g.reshape(-1) -> g.reshape(-2)", NEGATIVE),
    ("may_repeat", "not isinstance(i, single) and ", SLOWER),
    ("may_repeat", "sign: what it gives", SLOWER), ("may_repeat", "factor 2: what it gives", SLOWER),
    ("may_repeat", "+0.1 %: what it gives", SLOWER),
    ("sum", "transposed: ", VECTOR), ("mean", "transposed: ", VECTOR),
    ("max", "bool(x <= z) and bool(x >= z) -> bool(x >= z)", LARGEST),
    ("max", "x <= z -> x >= z", LARGEST), ("min", "x >= z -> x <= z", LARGEST),
    ("min", "bool(x <= z) and bool(x >= z) -> bool(x <= z)", LARGEST),
]  # fmt: skip

TRUE = "any number but 0 is true"
NOTHING = "a mask by which all entries count is none"
MORE = "more masks, or a slower way to them, for what meets finite numbers anyway"

USERS = "operations of users are tried elsewhere (test_custom.py)"

REASONS += [
    ("clip, flat", "m.where(x", TRUE), ("floor_divide, flat", ", 2, m.abs(m.fmod(", TRUE), ("trunc, flat", ", 1, m.abs(m.trunc(x))", TRUE),
    ("step, flat", "x - k -> ", "only whether they are equal matters"),
    ("round, flat", "x - m.rint(x) -> ", "only the size matters"),
    ("max, flat", ": what it gives", TRUE), ("min, flat", ": what it gives", TRUE),
    ("max, flat", "x < z -> x <= z", "what gets a share is not left out"),
    ("min, flat", "x > z -> x >= z", "what gets a share is not left out"),
    ("std of arrays, of_square", "_over(x, z, ddof) -> _over(x, h, ddof)", SAME_SHAPE),
    ("_is_again", ": what it gives", TRUE),
    ("std by 0", "if not x.size:", "of nothing, means only warn"),
    ("std", "(not ddof): return [0.0] -> if len(xs) == 1 and (not z)", "it is 0 then, else nan"),
    ("flat_sides", "if out.any() else None -> out", NOTHING),
    ("masks_of", "mask is None -> node is None", NOTHING),
    ("masks_of", "not traits & HAZARD) else own -> own", "more zeros, where nothing counts"),
    ("masks_of", "mask.astype(np.float64) -> mask", "True is 1"),
    ("masks_of", "np.zeros(node.shape, bool) -> ", "of no elements, which no example has"),
    ("masked_shares", "share == 0 -> share == 1", "it decides the sign of a 0"),
    ("masked_shares", "moved.is_nothing and (not TRAITS[", USERS),
    ("masked_shares", "np.zeros_like(parent._data)", USERS),
    ("masks_of", "mask.any() -> node.any()", "masks of nothing are handed on as masks are"),
    ("masked_shares", "not fuses(node) or np.isfinite(g).all() -> ", OTHER_WAY),
    ("masked_shares", "g.dtype.type(0) -> ", SAME_DTYPE),
    ("masked_shares", "[None] * len(shares) -> [None]", "a fused relu of one Tensor has one share"),
    ("_masks_of_mixed", "whole & ~_without_slope(node) -> ", MORE),
    ("_masks_of_mixed", "own is None or own.all() -> ", MORE),
    ("_masks_of_mixed", "None if own.all() else own -> own", MORE),
    ("dead", "moved is None or moved.result is None -> moved is None", "what mixes has a result"),
    ("dead", "if np.isfinite(g).all() else _flat_side(node) -> _flat_side(node)", OTHER_WAY),
    ("dead", ": what it gives", TRUE), ("_without_slope", ": what it gives", TRUE),
    ("_flat_side", "activation or '' -> ", "an activation that fuses has a name"),
    ("_fitted", "mask is None or mask.shape == shape -> mask is None", OTHER_WAY),
    ("_flat_side", ": what it gives", TRUE),
    ("_without_slope", "np.ones_like(node._data) -> node._data", "relu is 0 where its slope is"),
    ("_fitted", "mask.astype(np.intp) -> mask", "True is 1"),
    ("note_mask", "mask is None or mask.all() -> mask is None", NOTHING),
]  # fmt: skip

ENGINE = "it decides whether the C core sweeps instead (test_tensor.py, test_twins.py)"
MASKS = "it decides which entries are known not to count; more of them change no finite number"
CUT = "what `cut` asks for is needed where a checkpoint is differentiated twice (test_custom.py)"
PLAIN = "what stands for arrays alone is swept plainly (tests/compiling, tests/nn/test_compiled.py)"
LEFT_OUT = "a leaf without shares gets 0 for the steps of optimisers (tests/nn/test_compiled.py)"
COPIES = (
    "whether a leaf keeps a copy shows when it is written to (test_tensor_properties.py, twice)"
)
RELEASE = "what is released is needed by nobody here (test_tensor_memory.py)"
NOTES = "notes are read by explanations (test_explaining.py)"
SEEDS = "seeds that are nodes, or None, are given by transforms (test_transforms.py)"
FLOAT32 = "its bits in float32 are held where those of C are too (test_held_together.py)"
FLOAT64 = "all is in float64 here (test_tensor_properties.py)"
WARNINGS = "only warnings differ"
UNASKED = "what nobody asks for is added up in vain"
STRICT = "a strict pass is right for every graph, only slower"

REASONS += [
    ("graphs of Values", "isinstance(s, Value)", SEEDS), ("graphs of Values", "cut", CUT),
    ("graphs of Values", "and parent in needed -> share is not None", UNASKED),
    ("Value.backward", "if has_nan(adjoint.values()) else adjoint -> strict_adjoints(", STRICT),
    ("graphs of Values", "node not in ends and ", CUT),
    ("graphs of Tensors", "node in ends or ", CUT),
    ("graphs of Tensors", "cut", CUT), ("graphs of Tensors", "isinstance(seed, Tensor)", SEEDS),
    ("graphs of Tensors", "seed is None", SEEDS), ("graphs of Tensors", "start", MASKS),
    ("graphs of Tensors", "y in adjoint -> y not in adjoint", MASKS),
    ("graphs of Tensors", "'ignore'", WARNINGS), ("graphs of Tensors", "moved is not None", WARNINGS),
    ("graphs of Tensors", "g is None and ", SEEDS), ("graphs of Tensors", "Tensor(g) if ", SEEDS),
    ("fitting of Tensors", "else asarray(share) -> share", "a scalar of NumPy can be summed too"),
    ("Tensor.backward", "plain", PLAIN), ("Tensor.backward", "partial", PLAIN),
    ("Tensor.backward", "any(", PLAIN), ("Tensor.backward", "not node._data.size", PLAIN),
    ("Tensor.backward", "node.row is values -> ", PLAIN), ("Tensor.backward", "_is_fine", PLAIN),
    ("Tensor.backward", "StandIn", PLAIN), ("Tensor.backward", "node.row is None", LEFT_OUT),
    ("Tensor.backward", "root in adjoint -> root not in adjoint", MASKS),
    ("Tensor.backward", "if release:", RELEASE), ("Tensor.backward", "note is not None", NOTES),
    ("Tensor.backward", "CHOOSES or (not g.size)", MASKS), ("Tensor.backward", "shares[0]", COPIES), ("Tensor.backward", "len(shares)", COPIES),
    ("Tensor.backward", "parent._row is None", COPIES), ("Tensor.backward", "share is g", COPIES),
    ("Tensor.backward", "share.base", COPIES),
    ("Tensor.backward", "parent._row is not None and (masks", MASKS),
    ("Tensor.backward", "share.dtype is not data.dtype", FLOAT64),
    ("Tensor.backward", "type(share) is not np.ndarray", "a scalar of NumPy does what an array does"),
    ("Tensor.backward", "node.row is values and", "a leaf has no parents to give to"),
    ("Tensor.backward", "masks or moved is not None", MASKS),
    ("Tensor.backward", "None if moved is None else moved.of[k]", MASKS),
    ("sum_to_shape", "n == 1 and x.shape[i] != 1 -> n == 1", "a sum of one element is that element"),
    ("sum_to_shape", "if stretched else x -> ", "a sum over no axes changes nothing"),
]  # fmt: skip


used: set[tuple[str, str, str]] = set()
"""Those that were given so far."""


def reason(rule: str, change: str) -> str:
    """Why a change of a program may live; "" where that is not known."""
    for entry in REASONS:
        who, what, why = entry
        if rule == who and what in change:
            used.add(entry)
            return why
    return ""
