"""pyproject.toml, requirements.lock and environment.yml name one set of versions."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def locked() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", pin) for pin in pins), (
        "every line is name==version"
    )
    return {canonical(name): version for name, version in (pin.split("==") for pin in pins)}


@pytest.fixture(scope="module")
def wanted() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    return [
        Requirement(text)
        for text in [
            *project["dependencies"],
            *(t for n in ("book", "torch", "cluster", "dev") for t in extras[n]),
        ]
    ]


def test_lock_meets_every_requirement(locked, wanted):
    for requirement in wanted:
        assert requirement.specifier.contains(locked[canonical(requirement.name)]), requirement


def test_lock_holds_what_the_issue_pins(locked):
    assert locked["torch"] == "2.13.0"
    assert {
        "cython",
        "setuptools",
        "numpy",
        "gudhi",
        "pytest",
        "jupyter-book",
        "jupytext",
        "papermill",
    } <= set(locked)


def test_conda_environment_equals_the_lock(locked, wanted):
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    pins = {canonical(name): version for name, version in (pin.split("==") for pin in pip)}
    assert {canonical(requirement.name) for requirement in wanted} <= set(pins)
    for name, version in pins.items():
        assert locked[name] == version, name


def test_bench_peers_are_pinned_and_allowed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "benchmarks" / "requirements.txt").read_text().splitlines()
    pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
    for requirement in map(Requirement, project["optional-dependencies"]["bench"]):
        if requirement.name in pins:
            assert requirement.specifier.contains(pins[requirement.name])
    assert set(pins) == {"hnswlib", "pykdtree", "pynanoflann"}


def test_repository_has_one_address():
    """_config.yml states it; the copies that other tools read follow."""
    address = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]
    for copy in ("pyproject.toml", "CITATION.cff", "book/cite.md"):
        found = set(re.findall(r"https://github\.com/[\w.-]+/[\w-]+", (ROOT / copy).read_text()))
        assert found == {address}, copy


def test_version_is_one():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"version: {version}" in (ROOT / "CITATION.cff").read_text()
    assert f'__version__ = "{version}"' in (ROOT / "lossbar_core" / "__init__.py").read_text()
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()
