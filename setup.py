"""The C core: optional, and written in part from the table of operations before it is compiled.

Values and Tensors have a library each; that of Tensors needs NumPy's headers.

The rest of the project is described in pyproject.toml.
"""

import os
import sys
import types
from pathlib import Path

import numpy
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE = Path(__file__).parent
CORE = "autograd/c"


def generated() -> dict[str, str]:
    """The headers that are written, from modules of the package, which itself needs NumPy."""
    package = types.ModuleType("autograd")
    package.__path__ = [str(HERE / "autograd")]
    sys.modules["autograd"] = package
    from autograd.formulas import c_source

    return {"rows.h": c_source.header(), "tensor_sources.h": c_source.tensor_header()}


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


def library(name: str, include_dirs: list[str]) -> Extension:
    """One of the two."""
    return Extension(
        f"autograd.{name}",
        [f"{CORE}/{name}.c"],
        include_dirs=include_dirs,
        depends=[str(file.relative_to(HERE)) for file in sorted(HERE.glob(f"{CORE}/*.h"))],
        extra_compile_args=["/O2", "/fp:precise"] if os.name == "nt" else GCC,
        optional=os.environ.get("CHAINRULE_REQUIRE_C") != "1",
    )


setup(
    cmdclass={"build_ext": Build},
    ext_modules=[library("_value", []), library("_tensor", [numpy.get_include()])],
)
