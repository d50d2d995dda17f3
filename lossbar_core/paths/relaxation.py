"""The loop: evaluate all running bands at once, move each, keep what diverges out of the results."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lossbar_core.landscapes import MiniBatches, Surface
from lossbar_core.paths.band import Band, Norms
from lossbar_core.paths.method import Run
from lossbar_core.progress import progress_bar

if TYPE_CHECKING:
    from lossbar_core.paths.bands import BandMethod


def relax(
    method: BandMethod,
    surface: Surface,
    chains: list[torch.Tensor],
    batches: MiniBatches | None,
    run: Run,
) -> list[Band]:
    """Bands after all stages of the method, in the order of the chains."""
    stages = method.stages()
    stage, step, bands = _restored(surface, run) or (0, 0, _started(method, surface, chains))
    before = [sum(s.steps for s in stages[:index]) for index in range(len(stages))]
    total = sum(s.steps for s in stages)
    stopped = False
    with progress_bar(f"{type(method).__name__}: {len(bands)} paths", total, run.progress) as advance:
        advance(before[stage] + step)
        while stage < len(stages) and not stopped:
            if step == 0:
                if stage > 0:
                    _check_moved(surface, bands, "the end of a stage")  # before an insertion moves on from it
                _enter(method, surface, bands, stage)
            while step < stages[stage].steps and any(band.running for band in bands) and not stopped:
                _step(method, surface, bands, stage, step, before[stage] + step, batches)
                step += 1
                advance(1)
                done = before[stage] + step
                if run.keeper.due(done):
                    _save(run, bands, stage, step)
                stopped = run.stops(done, lambda: [band.chain for band in bands])
            advance(stages[stage].steps - step)
            stage, step = stage + 1, 0
    for band in bands:
        band.ended = band.ended or ("stopped by the caller" if stopped else f"all {total} steps")
    _check_moved(surface, bands, "the end")
    run.keeper.remove()
    return bands


def _started(method: BandMethod, surface: Surface, chains: list[torch.Tensor]) -> list[Band]:
    """Bands at their start; the starts' losses on all data set the bounds.

    Raises
    ------
    ValueError
        If an end has no finite loss.
    """
    sizes = [len(chain) for chain in chains]
    bands = []
    for chain, losses in zip(chains, surface.losses(torch.cat(chains)).split(sizes), strict=True):
        if not bool(torch.isfinite(losses[[0, -1]]).all()):
            raise ValueError(
                f"expected finite losses at both ends, got {losses[0].item():g} and {losses[-1].item():g}; "
                "connect points where the loss is defined"
            )
        finite = losses[torch.isfinite(losses)]
        top, bottom = float(finite.max()), float(finite.min())
        limit = top + method.bound * max(top - bottom, 0.1 * max(1.0, abs(top)))
        bands.append(Band.of(chain, losses[[0, -1]], limit))
    return bands


def _enter(method: BandMethod, surface: Surface, bands: list[Band], stage: int) -> None:
    """Begin a stage: bands that finished the last one go on, unless their budget is spent."""
    for band in bands:
        if band.failure is None and not (band.ended or "").startswith("budget"):
            band.ended, band.state, band.moves = None, {}, 0
            method.enter_stage(surface, band, stage)
            if band.inner == 0:
                band.ended = "no pivot between the ends"


def _step(
    method: BandMethod,
    surface: Surface,
    bands: list[Band],
    stage: int,
    step: int,
    number: int,
    batches: MiniBatches | None,
) -> None:
    """One step of every running band; ``number`` counts over all stages."""
    for band in bands:
        if band.running:
            if method.budget is not None and band.evaluations + band.inner > method.budget:
                band.ended = f"budget of {method.budget} gradients: {band.evaluations} spent, a step takes {band.inner}"
            else:
                method.before_step(band)
    rows = _rows(bands, number, batches)
    moving = [index for index, band in enumerate(bands) if band.running]
    begun = {index: bands[index].pivots for index in moving}
    felt: dict[int, list[Norms]] = {index: [] for index in moving}
    widest = max((bands[index].inner for index in moving), default=0)
    for sweep in zip(*(_padded(method, bands[index].inner, widest) for index in moving), strict=True):
        tasks = [
            (i, where)
            for i, where in zip(moving, sweep, strict=True)
            if where is not None and bands[i].running
        ]
        for group in _groups(tasks, surface.at_once(None if batches is None else batches.size)):
            _sweep(method, surface, bands, group, rows, stage, felt)
    for index in moving:
        band = bands[index]
        if band.failure is None:
            band.good = begun[index]  # all its losses have been seen in this step, before their move
            band.moves += 1
            band.note(Norms(*(torch.cat(parts) for parts in zip(*felt[index], strict=True))))
            if batches is None and method.may_end(band) and band.history["force"][-1] < method.tolerance:
                band.ended = f"force below {method.tolerance:g} at step {band.steps}"
            method.after_step(surface, band, step + 1)


def _padded(method: BandMethod, inner: int, widest: int) -> list[slice | None]:
    """The sweeps of a band, with None up to the number that the widest band makes."""
    sweeps: list[slice | None] = list(method.sweeps(inner))
    return sweeps + [None] * (len(list(method.sweeps(widest))) - len(sweeps))


def _groups(tasks: list[tuple[int, slice]], most: int) -> Iterator[list[tuple[int, slice]]]:
    """Neighbouring tasks of at most so many pivots; a task that is larger alone stands alone.

    What one pass evaluates is moved before the next: gradients of all pivots at once would leave the cache.
    """
    group: list[tuple[int, slice]] = []
    pivots = 0
    for task in tasks:
        size = task[1].stop - task[1].start
        if group and pivots + size > most:
            yield group
            group, pivots = [], 0
        group.append(task)
        pivots += size
    if group:
        yield group


def _sweep(
    method: BandMethod,
    surface: Surface,
    bands: list[Band],
    tasks: list[tuple[int, slice]],
    rows: list[torch.Tensor] | torch.Tensor | None,
    stage: int,
    felt: dict[int, list[Norms]],
) -> None:
    """Evaluate some inner pivots of some bands in one call and move them."""
    optimiser = method.stages()[stage].optimiser
    thetas = torch.cat([bands[i].pivots[1:-1][where] for i, where in tasks])
    chosen = torch.cat([rows[i][where] for i, where in tasks]) if isinstance(rows, list) else rows
    losses, gradients = surface.losses_and_gradients(thetas, chosen)
    # Statistics have no gradient: the training pass at the pivots moves them, as in AutoNEB's code.
    has_statistics = surface.statistics.stop > surface.statistics.start
    passed = surface.updated_statistics(thetas, chosen) if has_statistics else thetas
    sizes = [where.stop - where.start for _, where in tasks]
    pieces = (tensor.split(sizes) for tensor in (losses, gradients, passed))
    for (i, where), loss, gradient, after in zip(tasks, *pieces, strict=True):
        band = bands[i]
        band.evaluations += len(loss)
        span = slice(where.start + 1, where.stop + 1)
        seen, band.losses = band.losses, band.losses.clone()
        band.losses[span] = loss
        if method.l2:
            gradient = torch.add(gradient, band.pivots[span], alpha=method.l2)
        forces = method.forces(band, where, gradient)
        norms = forces.norms()
        _watch(band, loss, norms.force, f"step {band.steps + 1}", where.start + 1)
        if band.failure is not None:
            band.losses = seen
            continue
        felt[i].append(norms)  # not the forces: of all bands they would fill the memory
        if not band.state:
            band.state = optimiser.start(band.pivots[1:-1])
        gap = loss.new_tensor(float("nan"))
        if optimiser.whole_band:  # the others have a rate and do not look at the gaps
            gap = (band.pivots[1:] - band.pivots[:-1]).norm(dim=1).mean()
        moved = band.pivots.clone()
        optimiser.move(moved[span], band.state, forces.force, where, band.moves, gap)
        moved[span, surface.statistics] = after[:, surface.statistics]
        band.pivots = moved


def _watch(band: Band, losses: torch.Tensor, norms: torch.Tensor, when: str, first: int) -> None:
    """Give a band up where a loss is not finite or too large or a force not finite, and take back its last move."""
    bad = ~(losses <= band.limit) | ~torch.isfinite(losses) | ~torch.isfinite(norms)
    if bool(bad.any()):
        at = int(bad.nonzero()[0])
        if not bool(losses[at] <= band.limit):
            reason = f"loss {losses[at].item():g}, allowed up to {band.limit:g},"
        else:
            reason = "force that is not finite"
        band.failure = f"diverged at {when}: {reason} on pivot {first + at}; a smaller rate may help"
        band.pivots = band.good


def _rows(bands: list[Band], number: int, batches: MiniBatches | None) -> Any:
    """Rows of a step: one for all, or a list with (inner, b) for each band."""
    if batches is None:
        return None
    sizes = [band.inner for band in bands]
    rows = batches.rows(number, sum(sizes))
    # Bands that have ended keep their place, so that the others' rows do not depend on them.
    return list(rows.split(sizes)) if batches.independent else rows


def _check_moved(surface: Surface, bands: list[Band], when: str) -> None:
    """The last move has not been evaluated yet: a band that it ruined goes one step back."""
    moved = [band for band in bands if band.failure is None]
    if not moved:
        return
    losses = surface.losses(torch.cat([band.pivots for band in moved]))
    for band, loss in zip(moved, losses.split([len(band.pivots) for band in moved]), strict=True):
        _watch(band, loss, band.pivots.norm(dim=1), f"{when}, after step {band.steps}", 0)
        if band.failure is None:
            band.losses, band.good = loss, band.pivots


def _save(run: Run, bands: list[Band], stage: int, step: int) -> None:
    arrays: dict[str, np.ndarray] = {}
    facts = []
    for index, band in enumerate(bands):
        found, plain = band.to_arrays()
        arrays |= {f"{index}/{name}": array for name, array in found.items()}
        facts.append(plain)
    run.keeper.save(arrays, {"stage": stage, "step": step, "bands": facts})


def _restored(surface: Surface, run: Run) -> tuple[int, int, list[Band]] | None:
    """Stage, step and bands of an interrupted run."""
    kept = run.keeper.load()
    if kept is None:
        return None
    arrays, facts = kept
    like = torch.empty(0, dtype=surface.dtype, device=surface.device)
    bands = []
    for index, plain in enumerate(facts["bands"]):
        own = {n.split("/", 1)[1]: a for n, a in arrays.items() if n.split("/", 1)[0] == str(index)}
        plain = {**plain, "limit": math.inf if plain["limit"] is None else plain["limit"]}
        bands.append(Band.from_arrays(own, plain, like))
    return int(facts["stage"]), int(facts["step"]), bands
