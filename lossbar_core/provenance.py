"""Where a result comes from: the versions and the machine."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib import metadata
from pathlib import Path

PACKAGE = Path(__file__).parent
REPORTED = ("numpy", "scipy", "gudhi", "cripser", "torch")


def versions() -> dict[str, str]:
    """Versions of Python, of this package and of the numerical packages that are loaded."""
    found = {"python": platform.python_version(), "lossbar_core": _version("lossbar-core")}
    found.update({name: _version(name) for name in REPORTED if name in sys.modules})
    return found


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return _version_in_sources() if distribution == "lossbar-core" else "unknown"


def _version_in_sources() -> str:
    project = PACKAGE.parent / "pyproject.toml"
    found = re.search(r'^version = "(.+)"$', project.read_text(), re.MULTILINE) if project.is_file() else None
    return found[1] if found else "unknown"


@lru_cache(maxsize=1)
def machine() -> dict[str, str | int]:
    """Processor model, number of cores, memory in GB and operating system of this machine (no names)."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count() or 1,
        "memory_gb": _memory_gb(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def machine_label(described: Mapping[str, str | int]) -> str:
    """One line for a machine.

    >>> machine_label({"cpu": "Z80", "cores": 2, "memory_gb": 24, "system": "Linux x86_64"})
    'Z80, 2 cores, 24 GB'
    """
    return f"{described['cpu']}, {described['cores']} cores, {described['memory_gb']} GB"


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE) if info.is_file() else None
    name = found[1] if found else platform.processor() or platform.machine() or "unknown processor"
    return re.sub(r"\s+", " ", re.sub(r"\((?:R|TM)\)|@.*$", "", name)).strip()


def _memory_gb() -> int:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    except (AttributeError, ValueError, OSError):
        return 0
