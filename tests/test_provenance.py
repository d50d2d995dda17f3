import os
import platform

from lossbar_core import provenance


def test_machine_names_hardware_and_nobody():
    found = provenance.machine()
    assert set(found) == {"cpu", "cores", "memory_gb", "system"}
    assert found["cores"] == os.cpu_count()
    assert found["cpu"]
    assert platform.node() not in provenance.machine_label(found)


def test_processor_without_proc(monkeypatch, tmp_path):
    monkeypatch.setattr(provenance, "Path", lambda path: tmp_path / "absent")
    monkeypatch.setattr(platform, "processor", lambda: "Z80(R)  CPU @ 4 MHz")
    assert provenance._cpu_model() == "Z80 CPU"


def test_memory_unknown_where_the_system_does_not_say(monkeypatch):
    monkeypatch.setattr(os, "sysconf", lambda name: (_ for _ in ()).throw(ValueError(name)))
    assert provenance._memory_gb() == 0


def test_versions_name_what_is_loaded():
    import numpy

    found = provenance.versions()
    assert found["numpy"] == numpy.__version__
    assert found["python"] == platform.python_version()
    assert found["lossbar_core"].count(".") == 2


def test_version_of_sources_that_are_not_installed(monkeypatch, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "9.8.7"\n')
    monkeypatch.setattr(provenance, "PACKAGE", tmp_path / "lossbar_core")
    assert provenance._version_in_sources() == "9.8.7"
    monkeypatch.setattr(provenance, "PACKAGE", tmp_path / "absent" / "lossbar_core")
    assert provenance._version_in_sources() == "unknown"
    assert provenance._version("no-such-distribution") == "unknown"
