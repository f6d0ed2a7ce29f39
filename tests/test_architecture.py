"""The house: what may import what, what is public, what is shipped."""

import ast
import functools
import importlib
import os
import pickle
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pytest

import autograd as ag
import nn
from autograd import arrays
from autograd.arithmetic.floats import PRIMITIVES
from autograd.rules.elementary import ALIASES, BUILT_IN

ROOT = Path(__file__).parent.parent
FLOORS = [  # each may import what stands before it, or beside it
    [
        "autograd.files",
        "autograd.formulas.generated",
        "autograd.hints",
        "autograd.later",
        "autograd.names",
        "autograd.notebooks",
        "autograd.version",
        "autograd.watching",
    ],
    ["autograd.rules.row", "autograd.graph", "autograd.sources"],
    ["autograd.rules.elementary", "autograd.rules.nary"],
    ["autograd.arithmetic", "autograd.formulas.formula"],
    ["autograd.rules"],
    ["autograd.compiled", "autograd.recording"],
    ["autograd.formulas"],
    ["autograd.scalars"],
    ["autograd.value"],
    ["autograd.derivatives", "autograd.transformed", "autograd.trees"],
    ["autograd.tensors"],
    ["autograd.functions", "autograd.series", "autograd.signatures", "autograd.states"],
    [
        "autograd.nodes",
        "autograd.modes",
        "autograd.calls",
        "autograd.shapes",
        "autograd.arrays",
        "autograd.networks",
        "autograd.linalg",
    ],
    ["autograd.transforms"],
    ["autograd.compiling", "autograd.explaining"],
    ["autograd.checking", "autograd.anomalies"],
    ["autograd.drawing", "autograd.custom", "autograd.checkpointing", "autograd.campaigns"],
    ["autograd.testing", "autograd.vectorizing"],
    ["autograd.commands"],
    ["autograd"],
]
SHARED = (
    "autograd.arithmetic.standing",
    "autograd.compiling.objects",
    "autograd.files",
    "autograd.names",
    "autograd.notebooks",
)
"""What `nn` may use beside the public names: they state no derivative."""
HANDS_ON = {"autograd.checking": "autograd.testing"}
"""Where names that have moved up are still found, by a `__getattr__`."""
LEVEL = {module: level for level, modules in enumerate(FLOORS) for module in modules}


@functools.cache
def _nodes(file: Path) -> list[ast.AST]:
    """All parts of the syntax of a file."""
    return [*ast.walk(ast.parse(file.read_text()))]


def _imports(file: Path) -> set[str]:
    found = set()
    for node in _nodes(file):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module in (
            "autograd",
            "autograd.tensors",
            "autograd.arrays",
            "autograd.rules",
            "autograd.arithmetic",
            "autograd.formulas",
            "nn",
        ):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def _room(module: str) -> str:
    """The room that a module, or a name imported from it, belongs to."""
    parts = module.split(".")
    return max(
        (".".join(parts[:n]) for n in (1, 2, 3)), key=lambda room: (room in LEVEL, len(room))
    )


def test_imports_run_one_way() -> None:
    for file in sorted((ROOT / "autograd").rglob("*.py")):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for imported in _imports(file):
            assert imported.split(".")[0] not in ("nn", "demos", "tests"), (module, imported)
            assert imported != "autograd._core", "compiled.py does"
            if imported.split(".")[0] != "autograd" or _room(module) == _room(imported):
                continue
            if HANDS_ON.get(module) != imported:
                assert LEVEL[_room(imported)] <= LEVEL[_room(module)], (module, imported)


def test_no_file_needs_one_that_needs_it() -> None:
    """Also for types, and where an import waits until it is needed."""
    files = [file for package in ("autograd", "nn") for file in (ROOT / package).rglob("*.py")]
    modules = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for file in files
    }
    needs = {module: _files_imported(file, modules) for module, file in modules.items()}
    needs["autograd.checking"].remove("autograd.testing")
    while free := [module for module, wanted in needs.items() if not wanted]:
        for module in free:
            del needs[module]
        for wanted in needs.values():
            wanted.difference_update(free)
    assert not needs


def _files_imported(file: Path, modules: Collection[str]) -> set[str]:
    found = set()
    for node in _nodes(file):
        if isinstance(node, ast.ImportFrom) and node.module:
            several = (f"{node.module}.{alias.name}" for alias in node.names)
            found |= {name if name in modules else node.module for name in several}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & set(modules)


def test_what_the_core_is_built_with_needs_nothing_but_python() -> None:
    names = "rules.row rules.elementary rules.nary arithmetic.base arithmetic.floats formulas.__init__ formulas.formula formulas.c_source compiling.__init__ compiling.primitives compiling.polynomials compiling.tape_source sources"
    modules = {f"autograd.{name}" for name in names.split()}
    allowed = set(sys.stdlib_module_names) | {"collections.abc"}
    for module in modules:
        assert _imports(ROOT / f"{module.replace('.', '/')}.py") <= allowed | modules
    for name in ("elementary", "nary"):
        assert _imports(ROOT / f"autograd/rules/{name}.py") <= allowed | {"autograd.rules.row"}


def test_rules_need_arithmetic_and_nothing_above() -> None:
    for file in (ROOT / "autograd/rules").glob("*.py"):
        for imported in _imports(file):
            floor = imported.startswith(("autograd.rules", "autograd.arithmetic"))
            assert floor or not imported.startswith("autograd"), (file.name, imported)


CALLED_BY_HAND = [
    "tensor_loops.h: sqrt", "tensor_loops.h: sqrt", "tensor_vectors.h: exp",
    "tensor_vectors.h: log1p", "value_nary.h: pow",
]  # fmt: skip
"""Of the loops of kernels, which are held to NumPy's (compiling/test_kernels.py), of softmax, which
a form in Python is held to (test_forms.py), and of a power."""


def test_slopes_are_stated_in_rules_alone() -> None:
    """So what is not printed from them calls no function that a slope would need."""
    call = re.compile(rf"(?<![\w.])({'|'.join(PRIMITIVES)})f?\((?!\w+\) for)")
    called = []
    for file in sorted((ROOT / "autograd/c").glob("*.[ch]")):
        text = re.sub(r'/\*.*?\*/|"(\\.|[^"\\])*"', "", file.read_text(), flags=re.DOTALL)
        called += [f"{file.name}: {name}" for name in call.findall(text)]
    assert called == CALLED_BY_HAND
    of_numpy = {*PRIMITIVES, *(name for name, row in ALIASES.items() if row in PRIMITIVES)}
    of_numpy -= {*"abs absolute fabs copysign floor ceil trunc rint fmod".split()}  # of no slope
    for folder in ("autograd/tensors", "autograd/formulas"):
        for file in (ROOT / folder).glob("*.py"):
            names = set(re.findall(r"\bnp\.(\w+)\(", file.read_text()))
            assert not names & of_numpy, (file.name, names & of_numpy)


def test_nn_uses_only_public_names_of_autograd() -> None:
    for file in (ROOT / "nn").glob("*.py"):
        for imported in _imports(file):
            if imported.startswith("autograd.") and not imported.startswith(SHARED):
                assert imported.removeprefix("autograd.") in ag.__all__, (file.name, imported)
        for node in _nodes(file):
            if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "ag":
                assert node.attr in ag.__all__, (file.name, node.attr)


def test_the_package_named_autograd_is_ours() -> None:
    assert Path(ag.__file__).parent == ROOT / "autograd"


def test_public_names() -> None:
    rows = (
        "add sub mul div mod neg pos pow monomial power_log ratio square reciprocal sqrt cbrt hypot unit direction apart exp expm1 exp2"
        " side bell lorentzian log log1p log2 log10 logaddexp sin cos tan asin acos atan atan2 sinh cosh tanh sech asinh"
        " deg2rad rad2deg sinc spherical_j1 logaddexp2 fmod floor_divide fmax fmin heaviside copysign"
        " acosh atanh erf erfc abs sign maximum minimum clip where step floor ceil trunc round"
        " sigmoid logistic_density logsigmoid softplus relu leaky_relu elu gelu gelu_tanh silu scale"
        " sigmoid_error sigmoid_cross_entropy binary_cross_entropy"
    )
    functions = (
        "avg_pool2d batch_norm conv2d dropout embedding layer_norm linalg max_pool2d softmax_cross_entropy_sum"
        " contributions dot fft explain explain_nan linear log_softmax logsumexp matmul max mean min norm prod reshape softmax std sum"
        " sigmoid_cross_entropy_sum transpose var checking core draw elementary gradcheck gradients no_grad"
        " checkpoint compile custom_vjp derivative detect_anomaly elementwise_grad grad hessian hvp jacobian jvp record_lines scope stop_gradient taylor value_and_grad vjp"
    )
    shapes = (
        "ravel squeeze expand_dims swapaxes moveaxis broadcast_to flip roll repeat tile take"
        " take_along_axis pad sliding_window_view split diag diagonal trace tril triu concatenate stack cumsum cumprod"
        " hstack vstack dstack column_stack array_split hsplit vsplit dsplit delete resize fliplr flipud rot90 rollaxis copy"
        " diff sort median argmax argmin argsort any all einsum inner outer tensordot"
    )
    classes = "Drawing GradientCheckError GradientCheckWarning GradientReport LostGradientWarning Tensor Value"
    own = "array campaign conj multistart vectorize"
    assert sorted(ag.__all__) == sorted(
        [*f"{classes} {functions} {rows} {shapes} {own}".split(), *_of_numpy()]
    )
    assert sorted(BUILT_IN) == sorted(rows.split())
    assert sorted(nn.__all__) == sorted(
        (
            "Layer MLP Module Neuron AvgPool2d BatchNorm Conv2d Dropout Embedding Flatten LayerNorm Linear"
            " MaxPool2d Sequential ELU GELU Identity LeakyReLU LogSoftmax ReLU SiLU Sigmoid Softmax Softplus"
            " Step Tanh bce cross_entropy hinge huber kl mae mse nll rss LBFGS SGD AdaGrad Adam AdamW"
            " Optimizer RMSProp Batches load save clip_gradient_values clip_gradients init schedules batches one_hot fit History"
            " accuracy activations confusion_matrix f1 precision r2 recall roc_auc roc_curve sensitivity specificity"
            " top_k_accuracy"
        ).split()
    )
    for package in (ag, nn):
        assert set(package.__all__) <= set(dir(package))
        for name in package.__all__:
            assert getattr(package, name).__doc__, name


def _of_numpy() -> set[str]:
    """Names of autograd/arrays that NumPy pins: docs/numpy_functions.toml has them."""
    known = tomllib.loads((ROOT / "docs/numpy_functions.toml").read_text())
    words = [known[kind][owed] for kind in known for owed in ("with_derivative", "without")]
    return set(" ".join(words).split()) & set(arrays.__all__)


def test_the_wheel_holds_the_two_packages_and_the_plugin_of_pytest(tmp_path: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    source = tmp_path / "source"
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "autograd", "nn", "demos", "tests"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    plugin = "pytest_chainrule.py"
    for name in [*files, plugin, "setup.py", "pyproject.toml", "README.md", "LICENSE"]:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes() if ".xz" not in name else b"")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q"]
    setup = source / "setup.py"
    setup.write_text(setup.read_text().replace("-O3", "-O0"))  # it is not for long
    subprocess.run([*command, "-w", str(tmp_path), str(source)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert top == {"autograd", "nn", plugin}
    assert {"autograd/py.typed", "nn/py.typed"} <= set(names)
    shipped = {name for name in files if name.startswith(("autograd/", "nn/"))}
    shipped -= {name for name in shipped if name.startswith("autograd/c/")}
    built = {name for name in names if name.startswith("autograd/_core.")} - {"autograd/_core.pyi"}
    assert len(built) == (ag.core == "c"), "the C core goes with it where it can be built"
    assert {name for name in names if ".dist-info/" not in name} == shipped | built | {plugin}
    assert project["project"]["name"] == "chainrule"


def test_docstrings_say_what_a_thing_is() -> None:
    """Also those of attributes: in a hover box they stand alone, with nothing to refer to."""
    refused = re.compile(r"(The same|What|So many|Whether|How many|How|That|Those)\b")
    for file in (*(ROOT / "autograd").rglob("*.py"), *(ROOT / "nn").rglob("*.py")):
        for node in _nodes(file):
            match node:
                case ast.Expr(ast.Constant(str(text))):
                    assert not refused.match(text), f"{file}, line {node.lineno}: {text[:60]}"


def test_functions_are_found_fast() -> None:
    assert not hasattr(ag, "__getattr__"), "with one, CPython looks up every ag.exp the slow way"


FIRST = """
import sys, numpy
before = {*sys.modules}
import autograd as ag
x = ag.Value(2.0)
(x * ag.exp(x)).backward()
ag.grad(lambda x: x * x)(3.0)
print(*sys.modules.keys() - before)
"""
NEEDED = {
    "": "calls compiled derivatives functions graph later modes names nodes recording scalars"
    " sources transformed transforms trees value version watching _core",
    "arithmetic.": "arrays base floats standing",
    "checking.": "report",
    "drawing.": "limits",
    "formulas.": "",
    "rules.": "complexes elementary nary row structural",
    "tensors.": "compiling masks node operations options sweeps tensor writing",
}
"""All that an import and a first gradient of Values enter, beyond NumPy."""
OF_THE_TWIN = {f"autograd.formulas.{name}" for name in ("compiling", "formula", "generated")}
"""Printers of the functions that the C core has."""


@pytest.mark.both
def test_a_first_gradient_enters_few_rooms() -> None:
    """Each takes its time; functions of the others are `Later`."""
    found = subprocess.run([sys.executable, "-c", FIRST], cwd=ROOT, check=True, capture_output=True)
    # Python reads \N{...} with unicodedata, where a file is compiled anew
    entered = set(found.stdout.decode().split()) - {"atexit", "unicodedata"}
    allowed = {"autograd", *(f"autograd.{room[:-1]}" for room in NEEDED if room)}
    allowed |= {
        f"autograd.{room}{name}" for room, names in NEEDED.items() for name in names.split()
    }
    assert entered <= allowed | (OF_THE_TWIN if ag.core == "python" else set())


def test_names_of_rooms_are_all_that_they_have() -> None:
    for room in ("shapes", "networks", "explaining"):
        there = importlib.import_module(f"autograd.{room}")
        assert set(ag._ROOMS[room].split()) == set(there.__all__), room


def test_types_of_nn_are_those_of_its_rooms() -> None:
    found: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse((ROOT / "nn/__init__.py").read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("nn."):
            found.setdefault(node.module[3:], set()).update(each.name for each in node.names)
    assert found == {room: set(names.split()) for room, names in nn._ROOMS.items()}


ENTERED_LATER = """
import sys
import autograd as ag, numpy as np
x = ag.Value(2.0)
(x * ag.exp(x)).backward()
import nn
for module in ("scipy", "numpy.random", "json", "hashlib", "autograd.arrays", "nn.layers"):
    assert module not in sys.modules, module
model = nn.MLP(2, [1])
for module in ("scipy", "numpy.ma", "json", "autograd.arrays", "nn.optim"):
    assert module not in sys.modules, module
t = ag.Tensor([[2.0, 1.0], [1.0, 3.0]])
assert "numpy.ma" not in sys.modules
WAY
assert "autograd.arrays" in sys.modules
"""


ENTRANCES = [
    "np.cross([1.0, 0.0, 0.0], t[0, [0, 1, 1]])",
    "np.divmod(t, 2.0)",
    "np.matmul(t, t, axes=[(0, 1), (0, 1), (0, 1)])",
    "y = t * 1.0; np.add.at(y, 0, 1.0)",
    "np.linalg.eigh(t)",
    "np.nextafter(x, 3.0)",
    "np.interp(x, [0.0, 1.0], [0.0, 2.0])",
    "ag.array([x, x])",
    "ag.linalg.inv(t)",
    "from autograd.linalg import svd; svd(t)",
    "from autograd import linalg; dir(linalg)",
    "import inspect; assert 'axisa' in inspect.signature(ag.cross).parameters",
    "assert 'perpendicular' in ag.cross.__doc__",
    "import pydoc; assert 'axisc' in pydoc.render_doc(ag.cross).splitlines()[2]",
    "import copy, pickle; pickle.loads(pickle.dumps(copy.copy(ag.cross)))(*np.eye(2, 3))",
    "try: np.save('', t)\nexcept TypeError as e: assert 'does not know' in str(e)",
]
IN_A_FORK_EACH = """
import os, sys, numpy, autograd, nn
for way in ENTRANCES:
    if (child := os.fork()) == 0:
        exec(PROGRAM.replace("WAY", way), {})
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(way)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_rooms_are_entered_when_they_are_needed() -> None:
    given = f"ENTRANCES, PROGRAM = {ENTRANCES!r}, {ENTERED_LATER!r}\n"
    subprocess.run([sys.executable, "-c", given + IN_A_FORK_EACH], cwd=ROOT, check=True)


WAYS = [
    "np.fft.fft(t).real", "np.linalg.inv(t)", "np.sinc(ag.i0(x))", "np.subtract.reduce(t)",
    "np.hypot.reduce(t) * np.hypot.accumulate(t)",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_graphs_made_elsewhere_enter_the_rooms_of_their_operations(way: str) -> None:
    program = "import pickle, sys, numpy as np; s = pickle.loads(sys.stdin.buffer.read())"
    x, t = ag.Value(2.0), ag.Tensor([[2.0, 1.0], [1.0, 3.0]])
    made = np.sum(eval(way, {"np": np, "ag": ag, "x": x, "t": t}))
    found = subprocess.run(
        [sys.executable, "-c", f"{program}; s.backward(); print(s.item())"],
        input=pickle.dumps(made),
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    assert float(found.stdout) == made.item()
