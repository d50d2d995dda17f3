"""A study as a folder of plain files: arrays without pickle, tables, and a report that says how they were made."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path as File
from typing import Any

import numpy as np
import torch

from lossbar_core.paths import Path
from lossbar_core.paths.checkpoint import read_arrays, write_arrays
from lossbar_core.paths.minima import MinimaBarcode
from lossbar_core.study.result import StudyResult

KIND = "lossbar study 1"
REPORT, MINIMA, PATHS, TABLE, BARCODE = "report.json", "minima.npz", "paths", "barcode.csv", "barcode.json"


def export_study(result: StudyResult, folder: str | os.PathLike[str]) -> list[File]:
    """Write a study's files; ``report.json`` comes last, so that a folder with one is complete.

    ``minima.npz`` holds the parameter vectors and the training; ``paths/I-J.npz`` a path each; ``barcode.csv`` and
    ``barcode.json`` the bars, the tops and the scores (null means infinite: a bar that never dies, a pair without
    path); ``report.json`` settings, versions, fingerprints and the sha256 of all other files.

    Parameters
    ----------
    result : StudyResult
    folder : path

    Returns
    -------
    list of Path
        The files, ``report.json`` first.

    Raises
    ------
    ValueError
        If the folder cannot be written to, or holds other things.
    """
    target = checked_folder(folder)
    (target / REPORT).unlink(missing_ok=True)
    shutil.rmtree(target / PATHS, ignore_errors=True)
    write_arrays(target / MINIMA, _arrays(result), {"kind": KIND})
    files = [target / MINIMA]
    for (i, j), path in sorted(result.found.paths.items()):
        files.append(target / PATHS / f"{i:02d}-{j:02d}.npz")
        path.save(files[-1])
    _write(target / TABLE, _table(result))
    _write(target / BARCODE, _json(_barcode(result)))
    files += [target / TABLE, target / BARCODE]
    _write(target / REPORT, _json(_report(result) | {"files": _sums(target, files)}))
    return [target / REPORT, *files]


def load_study(folder: str | os.PathLike[str], surface: Any = None) -> StudyResult:
    """Read what :func:`export_study` wrote.

    Parameters
    ----------
    folder : path
    surface : Surface, optional
        The landscape again, where paths are to be evaluated at other points than the exported ones.

    Returns
    -------
    StudyResult

    Raises
    ------
    FileNotFoundError
        If there is no finished study.
    ValueError
        If a file is damaged, missing, or another one than the report lists.
    """
    source = File(folder)
    report = read_report(source)
    for name, kept in report["files"].items():
        file = source / name
        if not file.is_file() or _sum(file) != kept:
            raise ValueError(
                f"expected {name} as it was exported in {source}, got "
                f"{'another content' if file.is_file() else 'none'}; export the study again"
            )
    arrays, _ = read_arrays(source / MINIMA, "file of minima")
    stored = json.loads((source / BARCODE).read_text(encoding="utf-8"))
    paths = {
        tuple(int(end) for end in File(name).stem.split("-")): Path.load(source / name, surface)
        for name in report["files"]
        if name.startswith(f"{PATHS}/")
    }
    failures = {pair: path.failure for pair, path in paths.items() if path.failure is not None}
    found = MinimaBarcode.from_tops(
        arrays["births"], _infinite(stored["tops"]), paths=paths, failures=failures
    )
    return StudyResult(
        minima=torch.from_numpy(arrays["thetas"]),
        seeds=arrays["seeds"],
        losses=arrays["losses"],
        accuracies=arrays.get("accuracies"),
        history=arrays["history"],
        epochs=arrays["epochs"],
        diverged={int(seed): why for seed, why in report["diverged"].items()},
        found=found,
        straight=_infinite(stored["straight_tops"]),
        straight_aligned=None
        if stored["straight_aligned_tops"] is None
        else _infinite(stored["straight_aligned_tops"]),
        gradients=report["gradients"],
        layout=[(name, tuple(shape)) for name, shape in report["layout"]],
        settings=report["settings"],
        provenance=report["provenance"],
    )


def read_report(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """The report of a finished study.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If it is no report of a study.
    """
    file = File(folder) / REPORT
    if not file.is_file():
        raise FileNotFoundError(
            f"expected a finished study in {folder}, got no {REPORT}; run_study(study, folder) writes one"
        )
    try:
        report = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        report = None
    if not isinstance(report, dict) or report.get("kind") != KIND:
        raise ValueError(f"expected the report of a study in {file}, got another content; name its folder")
    return report


def checked_folder(folder: str | os.PathLike[str]) -> File:
    """A folder that can be written to, made where it is missing.

    Raises
    ------
    TypeError
        If it is no path.
    ValueError
        If it is a file, belongs to something else, or cannot be written to.
    """
    if not isinstance(folder, (str, os.PathLike)) or folder == "":
        raise TypeError(f"expected a folder for the export, got {folder!r}; pass a path")
    target = File(folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        probe = target / f".{os.getpid()}.tmp"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise ValueError(
            f"expected a folder that can be written to, got {target} ({error.strerror}); name another"
        ) from None
    foreign = sorted(
        entry.name for entry in target.iterdir() if entry.name not in OWN and not entry.name.startswith(".")
    )
    if foreign:
        raise ValueError(
            f"expected an empty folder or a study's, got {target} with {', '.join(foreign[:3])}; name another"
        )
    return target


UNFINISHED = "unfinished"
OWN = (REPORT, MINIMA, PATHS, TABLE, BARCODE, UNFINISHED)


def _arrays(result: StudyResult) -> dict[str, np.ndarray]:
    arrays = {
        "thetas": result.minima.detach().cpu().numpy(),
        "seeds": result.seeds,
        "losses": result.losses,
        "births": result.found.births,
        "history": result.history,
        "epochs": result.epochs,
    }
    return arrays if result.accuracies is None else arrays | {"accuracies": result.accuracies}


def _table(result: StudyResult) -> str:
    text, rows = io.StringIO(), result.rows()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: "" if value is None else value for name, value in row.items()} for row in rows)
    return text.getvalue()


def _barcode(result: StudyResult) -> dict[str, Any]:
    found, aligned = result.found, result.straight_aligned
    return {
        "bars": result.rows(),
        "to_score": result.to_scores,
        "births": found.births.tolist(),
        "tops": found.tops.tolist(),
        "closure": found.closure.tolist(),
        "tree": found.tree.tolist(),
        "straight_tops": result.straight.tolist(),
        "straight_aligned_tops": None if aligned is None else aligned.tolist(),
    }


def _report(result: StudyResult) -> dict[str, Any]:
    return {
        "kind": KIND,
        "settings": dict(result.settings),
        "provenance": dict(result.provenance),
        "gradients": dict(result.gradients),
        "layout": [[name, list(shape)] for name, shape in result.layout],
        "seeds": result.seeds.tolist(),
        "losses": result.losses.tolist(),
        "accuracies": None if result.accuracies is None else result.accuracies.tolist(),
        "diverged": {str(seed): why for seed, why in result.diverged.items()},
        "failed_paths": {f"{i}-{j}": why for (i, j), why in result.found.failures.items()},
    }


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(_finite(values), indent=1, allow_nan=False, default=str) + "\n"


def _finite(value: Any) -> Any:
    """The same with null for what JSON has no number for."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _finite(entry) for name, entry in value.items()}
    return [_finite(entry) for entry in value] if isinstance(value, (list, tuple)) else value


def _infinite(table: list[list[float | None]]) -> np.ndarray:
    return np.array([[np.inf if entry is None else entry for entry in row] for row in table], np.float64)


def _write(file: File, text: str) -> None:
    """Replace a file in one step."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)


def _sum(file: File) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _sums(folder: File, files: Iterable[File]) -> dict[str, str]:
    return {file.relative_to(folder).as_posix(): _sum(file) for file in files}
