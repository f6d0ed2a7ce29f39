"""The C core: optional, and written in part from the table of operations before it is compiled.

The rest of the project is described in pyproject.toml.
"""

import os
import sys
import types
from pathlib import Path

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE = Path(__file__).parent
CORE = "autograd/c"


def core_header() -> str:
    """The generated part, from modules of the package, which itself needs NumPy."""
    package = types.ModuleType("autograd")
    package.__path__ = [str(HERE / "autograd")]
    sys.modules["autograd"] = package
    from autograd import c_making

    return c_making.header()


class Build(build_ext):
    """Writes the generated part, then builds."""

    def run(self) -> None:
        """Write it only where it changes, so that nothing else is built again."""
        header, text = Path(self.build_temp, "rows.h"), core_header()
        header.parent.mkdir(parents=True, exist_ok=True)
        if not header.exists() or header.read_text() != text:
            header.write_text(text)
        for extension in self.extensions:
            extension.include_dirs += [str(header.parent), CORE]
            extension.depends += [str(header)]
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

setup(
    cmdclass={"build_ext": Build},
    ext_modules=[
        Extension(
            "autograd._value",
            [f"{CORE}/_value.c"],
            depends=[str(file.relative_to(HERE)) for file in sorted(HERE.glob(f"{CORE}/*.h"))],
            extra_compile_args=["/O2", "/fp:precise"] if os.name == "nt" else GCC,
            optional=os.environ.get("CHAINRULE_REQUIRE_C") != "1",
        )
    ],
)
