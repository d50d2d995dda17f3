"""Builds the Cython kernels; everything else stands in pyproject.toml.

LOSSBAR_DEBUG=1 builds them with bounds checks and C assertions (``make test-debug``). OpenMP is used where the
compiler has it. No -march: the hot loops carry several instruction sets and choose at run time.
"""

import os
import platform
import tempfile
from pathlib import Path

import numpy
from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools._distutils.ccompiler import new_compiler
from setuptools._distutils.sysconfig import customize_compiler

DEBUG = os.environ.get("LOSSBAR_DEBUG") == "1"
KERNELS = ("neighbours", "elder", "contract", "graph", "grid", "stream", "network")


def openmp_flags() -> tuple[list[str], list[str]]:
    """Compile and link flags for OpenMP, found by building a program with them; empty where none works."""
    compiler = new_compiler()
    customize_compiler(compiler)
    candidates = [(["-fopenmp"], ["-fopenmp"])]
    if platform.system() == "Darwin":
        candidates = [(["-Xpreprocessor", "-fopenmp"], ["-lomp"]), *candidates]
    for compile_flags, link_flags in candidates:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "probe.c"
            source.write_text("#include <omp.h>\nint main(void) { return omp_get_max_threads() < 1; }\n")
            try:
                objects = compiler.compile([str(source)], output_dir=folder, extra_postargs=compile_flags)
                compiler.link_executable(objects, str(Path(folder) / "probe"), extra_postargs=link_flags)
            except Exception:  # any failure of a foreign compiler means the same: not here
                continue
            return compile_flags, link_flags
    print("lossbar: the compiler has no OpenMP, the kernels will use one thread")
    return [], []


compile_openmp, link_openmp = openmp_flags()
optimise = ["-O1", "-g", "-UNDEBUG"] if DEBUG else ["-O3", "-DNDEBUG"]
# Contraction off: the same bits on every instruction set. No trapping: comparisons may be vectorised.
numerics = ["-ffp-contract=off", "-fno-trapping-math", "-fno-math-errno"]

extensions = [
    Extension(
        f"lossbar_core.kernels.{name}",
        [f"lossbar_core/kernels/{name}.pyx"],
        include_dirs=[numpy.get_include(), "lossbar_core/kernels"],
        depends=[str(path) for path in sorted(Path("lossbar_core/kernels").glob("*.h"))],
        define_macros=[("NPY_NO_DEPRECATED_API", "NPY_1_7_API_VERSION")],
        extra_compile_args=[*optimise, *numerics, *compile_openmp],
        extra_link_args=link_openmp,
    )
    for name in KERNELS
    if Path(f"lossbar_core/kernels/{name}.pyx").exists()
]

setup(
    ext_modules=cythonize(
        extensions,
        build_dir="build/debug" if DEBUG else "build/release",
        compiler_directives={
            "language_level": "3",
            "boundscheck": DEBUG,
            "wraparound": False,
            "initializedcheck": DEBUG,
            "cdivision": True,
            "embedsignature": True,
        },
    )
)
