"""Run a study: check everything, train, connect, compare, export. A killed run continues where it was."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Mapping
from os import PathLike
from pathlib import Path as File
from typing import Any

import torch

from lossbar_core.paths.checkpoint import Checkpoint, digest
from lossbar_core.paths.minima import barcode_of_minima
from lossbar_core.provenance import machine, versions
from lossbar_core.study.comparison import Matcher, straight_tops
from lossbar_core.study.config import Study, as_plain
from lossbar_core.study.estimate import check_duration, estimate
from lossbar_core.study.export import (
    REPORT,
    UNFINISHED,
    checked_folder,
    export_study,
    load_study,
    read_report,
)
from lossbar_core.study.problem import Problem, load_problem
from lossbar_core.study.result import StudyResult
from lossbar_core.study.training import Trained, train

REQUEST = "request.json"


def run_study(
    study: Study, folder: str | PathLike[str] | None = None, *, progress: bool = False, again: bool = False
) -> StudyResult:
    """Train a study's minima, connect them and read off their barcode.

    The functions, the data, the settings and the folder are checked before anything is trained. The work is
    printed on standard output, the estimated time on standard error.

    Parameters
    ----------
    study : Study
    folder : path, optional
        Where the result is exported to. The state of an interrupted run is kept there too, and the same call
        continues from it, bit for bit. Without one nothing is written.
    progress : bool
        Show a bar for the training, then one for the paths.
    again : bool
        Compute once more what is finished in the folder, and replace it, whatever study it is; by default the
        same study is loaded and another one refused. An interrupted run of the same study is continued all the same.

    Returns
    -------
    StudyResult

    Raises
    ------
    TypeError
        If an argument, or what a function of the study returns, has the wrong type.
    ValueError
        If the functions do not fit each other, the folder holds another study or cannot be written to, or the
        estimate exceeds ``max_minutes``.
    ImportError, AttributeError
        If a function of the study cannot be found.
    RuntimeError
        If fewer than two trainings end at different minima with finite losses.

    Examples
    --------
    >>> from lossbar_core.study import Study, run_study
    >>> found = run_study(Study(n_minima=2, epochs=1, path_budget=50))
    8 gradients of training on 128 rows, at most 50 of 1 paths on 500 rows
    >>> len(found.barcode)
    2
    """
    if not isinstance(study, Study):
        raise TypeError(f"expected a Study, got {type(study).__name__}; pass Study(model=..., ...)")
    target = None if folder is None else checked_folder(folder)
    problem = load_problem(study)
    matcher = Matcher.of(problem.landscape, problem.starts, required=study.align)
    request = _request(study, problem)
    if target is not None and (target / REPORT).is_file() and not again:
        _same_request(read_report(target)["provenance"]["request"], request, target)
        return load_study(target, problem.landscape)
    state = None if target is None else _begun(target, request, again)
    found = estimate(study, problem)
    check_duration(study, found)
    print(found.work)
    print(f"This takes {found.duration}.", file=sys.stderr)
    start = time.perf_counter()
    trained = train(study, problem, state, progress)
    result = _connected(study, problem, matcher, trained, state, progress)
    result.provenance.update(  # type: ignore[attr-defined]
        request=request, versions=versions(), machine=machine(), seconds=round(time.perf_counter() - start, 1)
    )
    if target is not None:
        export_study(result, target)
        shutil.rmtree(target / UNFINISHED, ignore_errors=True)
    return result


def _connected(
    study: Study,
    problem: Problem,
    matcher: Matcher | None,
    trained: Trained,
    state: File | None,
    progress: bool,
) -> StudyResult:
    """Paths between the trained minima, and straight lines beside them."""
    surface = problem.landscape
    minima = trained.minima
    straight = straight_tops(surface, minima)
    aligned = None if matcher is None else matcher.straight_tops(minima)
    if study.align and matcher is not None:
        minima = matcher.all_to_first(minima)
    checkpoint = None if state is None else Checkpoint(state / "paths.npz")
    found = barcode_of_minima(
        surface, minima, study.path_method(), study.pairs, progress=progress, checkpoint=checkpoint
    )
    accuracies = surface.accuracies(minima)
    return StudyResult(
        minima=minima,
        seeds=trained.seeds,
        losses=found.births,
        accuracies=None if accuracies is None else accuracies.double().cpu().numpy(),
        history=trained.history,
        epochs=trained.epochs,
        diverged=trained.diverged,
        found=found,
        straight=straight,
        straight_aligned=aligned,
        gradients={
            "training": trained.gradients,
            "paths": sum(path.gradient_evaluations for path in found.paths.values()),
        },
        layout=[
            (name, tuple(shape))
            for name, shape in zip(surface.layout.names, surface.layout.shapes, strict=True)
        ],
        settings=study.settings(),
        provenance={},
    )


def _request(study: Study, problem: Problem) -> dict[str, Any]:
    """What decides the numbers, in plain values."""
    settings = study.settings()
    del settings["max_minutes"]
    return {
        "settings": settings,
        "surface": as_plain(problem.landscape.settings()),
        "code": dict(problem.code),
        "starts": digest({"thetas": problem.starts.cpu().numpy().tobytes().hex()}),
        "versions": {"torch": torch.__version__, "lossbar_core": versions()["lossbar_core"]},
    }


def _same_request(kept: Mapping[str, Any], request: Mapping[str, Any], folder: File) -> None:
    """Refuse to mix two studies in one folder."""
    differing = _differences(kept, request)
    if differing:
        raise ValueError(
            f"expected the same study in {folder}, got another ({'; '.join(differing[:4])}); name another folder, or "
            "delete this one"
        )


def _differences(kept: Any, now: Any, name: str = "") -> list[str]:
    """Which entries differ, in words."""
    if isinstance(kept, Mapping) and isinstance(now, Mapping):
        return [
            line
            for key in dict.fromkeys([*kept, *now])
            for line in _differences(kept.get(key), now.get(key), f"{name}.{key}" if name else str(key))
        ]
    if kept == now:
        return []
    texts = [f"{text[:12]}..." if len(text) > 40 else text for text in (str(kept), str(now))]
    return [f"{name}: {texts[0]} -> {texts[1]}"]


def _begun(target: File, request: Mapping[str, Any], again: bool) -> File:
    """The folder of the unfinished state, with the request beside it."""
    state = target / UNFINISHED
    file = state / REQUEST
    if file.is_file():
        try:
            kept = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            kept = {}
        if not again:
            _same_request(kept, request, target)
        if kept == request:
            return state
        shutil.rmtree(state)
    state.mkdir(exist_ok=True)
    file.write_text(json.dumps(request, indent=1), encoding="utf-8")
    return state
