"""FB-pigeon: among many units some point nearly the same way, at random and after training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from lossbar_core.papers.base import Result, item
from lossbar_core.papers.rectified.capacity import best_units, hash_of
from lossbar_core.papers.rectified.regression import smooth_regression

ETA_SHARE = 0.9  # of the largest eta that the final text allows, 1 / (n + 1)


@dataclass(frozen=True)
class Directions:
    """``draws`` of every number of random units in R^n, and ``trained`` networks of ``trained_units``."""

    counts: tuple[int, ...] = (16, 32, 64, 128, 256, 512, 1024)
    inputs: tuple[int, ...] = (3, 4)
    draws: int = 400
    trained: int = 10
    trained_units: tuple[int, ...] = (8, 16, 32)
    seed: int = 0


def smallest_angle(units: np.ndarray) -> float:
    """The smallest angle between two of m unit vectors (m, n), in radians.

    Examples
    --------
    >>> round(smallest_angle(np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])), 6)
    1.570796
    """
    chord = cKDTree(units).query(units, k=2)[0][:, 1].min()
    return float(2 * np.arcsin(min(1.0, chord / 2)))


def fullest_cell(units: np.ndarray, cells_a_side: int) -> int:
    """Most unit vectors in one cell: a cube's faces, each cut into ``cells_a_side`` ** (n - 1) equal parts.

    Examples
    --------
    >>> fullest_cell(np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0]]), 1)
    2
    """
    face = np.abs(units).argmax(axis=1)
    size = np.take_along_axis(units, face[:, None], axis=1)
    rest = np.stack([np.delete(row, f) for row, f in zip(units / np.abs(size), face, strict=True)])
    place = np.minimum(((rest + 1) / 2 * cells_a_side).astype(int), cells_a_side - 1)
    cell = np.column_stack([face, size[:, 0] > 0, place])
    return int(np.unique(cell, axis=0, return_counts=True)[1].max())


def cells_for(count: int, inputs: int, eta: float) -> int:
    r"""The finest cut with at most :math:`m^{1 - \eta}` cells; some cell holds :math:`m^\eta` of m vectors then.

    Returns
    -------
    int
        Cells along a side of a face; 0 if even one cell a face is too many.
    """
    return int((count ** (1 - eta) / (2 * inputs)) ** (1 / (inputs - 1)) + 1e-9)


@item(
    "FB-pigeon",
    smoke=Directions((16, 64, 256), draws=40, trained=2, trained_units=(8,)),
    quick=Directions(),
    paper=Directions((16, 32, 64, 128, 256, 512, 1024, 2048, 4096), draws=4000, trained=50),
)
def directions(config: Directions) -> Result:
    r"""Smallest angles and fullest cells of m units in :math:`\mathbb R^n`: FB section 2.3.2 and appendix B.3.

    Parameters
    ----------
    config : Directions

    Returns
    -------
    Result
        ``slope_<n>`` of the log of the mean smallest angle against log m, and ``slope_off``, the largest distance from
        -2 / (n - 1), relative; ``short_cells``: draws in which no cell of the finest cut with at most
        :math:`m^{1 - \eta}` cells holds :math:`m^\eta` units, of ``cell_draws``: none, by counting; ``fuller``: mean
        of the fullest cell over :math:`m^\eta`, which is measured. ``trained_ratio``: mean over networks trained in R^3
        of their smallest angle over the mean one of as many random units. Arrays ``counts``, ``angle`` (n, counts),
        means, and ``trained_angle`` (units, networks).
    """
    generator = np.random.default_rng(config.seed)
    angle = np.empty((len(config.inputs), len(config.counts)))
    short = total = 0
    fuller = []
    for row, inputs in enumerate(config.inputs):
        eta = ETA_SHARE / (inputs + 1)
        for column, count in enumerate(config.counts):
            draws = [_random(generator, count, inputs) for _ in range(config.draws)]
            angle[row, column] = np.mean([smallest_angle(units) for units in draws])
            side = cells_for(count, inputs, eta)
            if side:
                fullest = np.array(
                    [fullest_cell(units, side) for units in draws[: max(1, config.draws // 10)]]
                )
                short += int((fullest < count**eta).sum())
                total += len(fullest)
                fuller.append(fullest.mean() / count**eta)
    slopes = [float(np.polyfit(np.log(config.counts), np.log(row), 1)[0]) for row in angle]
    expected = [-2 / (inputs - 1) for inputs in config.inputs]
    trained, ratio = _trained(config, generator)
    return Result(
        {
            **{f"slope_{inputs}": slope for inputs, slope in zip(config.inputs, slopes, strict=True)},
            "slope_off": max(abs(slope / wanted - 1) for slope, wanted in zip(slopes, expected, strict=True)),
            "draws": config.draws,
            "cell_draws": total,
            "short_cells": short,
            "fuller": float(np.mean(fuller)),
            "trained_ratio": ratio,
        },
        {
            "counts": np.array(config.counts),
            "angle": angle,
            "trained_units": np.array(config.trained_units),
            "trained_angle": trained,
        },
    )


def _trained(config: Directions, generator: np.random.Generator) -> tuple[np.ndarray, float]:
    """Smallest angles of trained first layers in R^3, (units, networks), and their mean ratio to random ones."""
    problem, found, ratios = smooth_regression(3, ridge=1e-3, seed=config.seed), [], []
    for count in config.trained_units:
        nets = [
            best_units(problem, count, 1, hash_of(config.seed, i))[0].numpy() for i in range(config.trained)
        ]
        found.append([smallest_angle(units) for units in nets])
        random = np.mean([smallest_angle(_random(generator, count, 3)) for _ in range(config.draws)])
        ratios.append(np.mean(found[-1]) / random)
    return np.array(found), float(np.mean(ratios))


def _random(generator: np.random.Generator, count: int, inputs: int) -> np.ndarray:
    rows = generator.normal(size=(count, inputs))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
