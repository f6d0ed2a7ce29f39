"""The C core: optional, and written in part from the table of operations before it is compiled.

The rest of the project is described in pyproject.toml.
"""

import os
import platform
import sys
import sysconfig
import types
from pathlib import Path

import numpy
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE = Path(__file__).parent
CORE = "autograd/c"
REQUIRED = os.environ.get("CHAINRULE_REQUIRE_C") == "1"


def generated() -> dict[str, str]:
    """The headers that are written, from modules of the package, which itself needs NumPy."""
    package = types.ModuleType("autograd")
    package.__path__ = [str(HERE / "autograd")]
    sys.modules["autograd"] = package
    from autograd.compiling import tape_source
    from autograd.formulas import c_source

    return c_source.headers() | tape_source.headers()


class Build(build_ext):
    """Writes the generated part, then builds."""

    def run(self) -> None:
        """Write them only where they change, so that nothing else is built again."""
        folder = Path(self.build_temp)
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in generated().items():
            header = folder / name
            if not header.exists() or header.read_text() != text:
                header.write_text(text)
        for extension in self.extensions:
            extension.include_dirs += [str(folder), CORE]
            extension.depends += [str(folder / name) for name in generated()]
            # One of an earlier build is no part of this one, which may have no compiler
            Path(self.get_ext_fullpath(extension.name)).unlink(missing_ok=True)
        super().run()


# No fused multiply-add, so that every machine and the Python twin round alike; no errno, so that
# the compiler may use instructions for functions of the C library.
GCC = [
    "-O3",
    "-ffp-contract=off",
    "-fno-math-errno",
    "-Wall",
    "-Wextra",
    "-Wno-unused-parameter",
    "-Wno-missing-field-initializers",
]


def extensions() -> list[Extension]:
    """The core, where the interpreter is one that it can run in."""
    lacks = None
    if platform.python_implementation() != "CPython":
        lacks = "it needs CPython"
    elif sysconfig.get_config_var("Py_GIL_DISABLED"):
        lacks = "it relies on the interpreter's lock"
    elif os.environ.get("CHAINRULE_BUILD_C") == "0":  # it is built apart
        return []
    if lacks and REQUIRED:
        sys.exit(f"CHAINRULE_REQUIRE_C=1, but the C core is not for this Python: {lacks}")
    if lacks:
        print(f"chainrule: without the C core, {lacks}; the Python twin runs", file=sys.stderr)
        return []
    core = Extension(
        "autograd._core",
        [f"{CORE}/_core.c"],
        include_dirs=[numpy.get_include()],
        depends=[str(file.relative_to(HERE)) for file in sorted(HERE.glob(f"{CORE}/*.h"))],
        extra_compile_args=["/O2", "/fp:precise"] if os.name == "nt" else GCC,
        optional=not REQUIRED,
    )
    return [core]


setup(cmdclass={"build_ext": Build}, ext_modules=extensions())
