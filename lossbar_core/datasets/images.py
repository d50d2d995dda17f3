"""From pixels to rows of a data set: choice of classes and rows, pooling, scaling, label noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from lossbar_core.checks import as_count
from lossbar_core.datasets.dataset import Dataset, Split

Group = int | str | Sequence[int | str]
SEEDS = {
    "train": 0,
    "test": 1,
    "noise": 2,
}  # streams of the one seed, so that one option does not move another


@dataclass(frozen=True)
class RawImages:
    """Pixels uint8 (n, channels, height, width) and labels int64 (n,) of both splits, as they were read."""

    name: str
    variant: str
    licence: str
    classes: tuple[str, ...]
    train_images: np.ndarray
    train_labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray

    def __post_init__(self) -> None:
        for split in ("train", "test"):
            images, labels = getattr(self, f"{split}_images"), getattr(self, f"{split}_labels")
            if images.ndim != 4 or labels.ndim != 1 or len(images) != len(labels):
                raise ValueError(
                    f"expected as many images as labels in {self.variant}'s {split} files, got {images.shape} and "
                    f"{labels.shape}; get the files again"
                )
            if labels.min() < 0 or labels.max() >= len(self.classes):
                raise ValueError(
                    f"expected labels 0..{len(self.classes) - 1} in {self.variant}'s {split} files, got "
                    f"{labels.min()}..{labels.max()}; get the files again"
                )


@dataclass(frozen=True)
class Options:
    """What `load` makes of the pixels; see there."""

    n_train: int | None = None
    n_test: int | None = None
    binary: tuple[Group, Group] | None = None
    size: int | None = None
    flatten: bool = False
    standardise: bool = False
    label_noise: float = 0.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("n_train", "n_test", "size"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, as_count(getattr(self, name), name))
        object.__setattr__(self, "seed", as_count(self.seed, "seed", low=0))
        for name in ("flatten", "standardise"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"expected {name} True or False, got {getattr(self, name)!r}; pass a bool")
        noise = self.label_noise
        if isinstance(noise, bool) or not isinstance(noise, (int, float, np.floating)):
            raise TypeError(f"expected label_noise as a number, got {noise!r}; pass a share such as 0.1")
        if not 0 <= noise <= 1:
            raise ValueError(f"expected label_noise in [0, 1], got {noise}; it is the share of wrong labels")


def prepare(raw: RawImages, options: Options) -> Dataset:
    """The data set that the options make of the pixels; only the training labels get noise.

    Raises
    ------
    TypeError
        If the binary classes are not two groups.
    ValueError
        If a class is unknown or in both groups, more rows are wanted than there are, or the size does not divide the
        images' sides.
    """
    groups = None if options.binary is None else as_groups(options.binary, raw.classes)
    parts: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for split, wanted in (("train", options.n_train), ("test", options.n_test)):
        images, labels = getattr(raw, f"{split}_images"), getattr(raw, f"{split}_labels")
        if groups is not None:
            images, labels = _grouped(images, labels, groups)
        if wanted is not None:
            rows = balanced_rows(labels, wanted, np.random.default_rng([options.seed, SEEDS[split]]), split)
            images, labels = images[rows], labels[rows]
        parts[split] = pooled(images, options.size), labels
    classes = raw.classes if groups is None else tuple(_group_name(group, raw.classes) for group in groups)
    train, labels = parts["train"]
    labels = noisy(
        labels, options.label_noise, len(classes), np.random.default_rng([options.seed, SEEDS["noise"]])
    )
    scale = _scale(train) if options.standardise else None
    return Dataset(
        raw.name,
        _split(train, labels, scale, options.flatten),
        _split(*parts["test"], scale, options.flatten),
        classes,
        raw.variant,
        raw.licence,
        _settings(raw, options, classes),
    )


def as_groups(binary: Any, classes: tuple[str, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Two disjoint groups of class numbers, from numbers or names.

    Raises
    ------
    TypeError
        If there are not two groups of numbers or names.
    ValueError
        If a class is unknown or named twice, or a group is empty.
    """
    if isinstance(binary, (str, bytes)) or not isinstance(binary, (Sequence, np.ndarray)) or len(binary) != 2:
        raise TypeError(
            f"expected binary as two classes or two groups of classes, got {binary!r}; write (3, 8) or "
            "((0, 1), (2, 3))"
        )
    first, second = (
        (group,) if isinstance(group, (int, str, np.integer)) else tuple(group) for group in binary
    )
    groups = tuple(_class(one, classes) for one in first), tuple(_class(one, classes) for one in second)
    every = [*groups[0], *groups[1]]
    if not groups[0] or not groups[1] or len(set(every)) < len(every):
        raise ValueError(
            f"expected two groups without a common class, got {binary!r}; name every class at most once"
        )
    return groups


def _class(one: Any, classes: tuple[str, ...]) -> int:
    if isinstance(one, str):
        if one not in classes:
            raise ValueError(f"expected a class of {', '.join(classes)}, got {one!r}; choose one of them")
        return classes.index(one)
    return as_count(one, "class", low=0, high=len(classes) - 1)


def _group_name(group: tuple[int, ...], classes: tuple[str, ...]) -> str:
    return " or ".join(classes[one] for one in group)


def _grouped(
    images: np.ndarray, labels: np.ndarray, groups: tuple[tuple[int, ...], ...]
) -> tuple[np.ndarray, np.ndarray]:
    kept = np.flatnonzero(np.isin(labels, [*groups[0], *groups[1]]))
    return images[kept], np.isin(labels[kept], groups[1]).astype(np.int64)


def balanced_rows(labels: np.ndarray, wanted: int, rng: np.random.Generator, split: str) -> np.ndarray:
    """Random rows, as many of each class as of any other, as far as there are enough; in random order.

    Raises
    ------
    ValueError
        If more rows are wanted than there are.
    """
    if wanted > len(labels):
        raise ValueError(f"expected n_{split} in 1..{len(labels)}, got {wanted}; there are no more rows")
    shuffled = rng.permutation(len(labels))
    # The first row of every class, then the second of every class, and so on.
    rank = np.empty(len(labels), np.int64)
    for label in np.unique(labels):
        of_class = labels[shuffled] == label
        rank[of_class] = np.arange(of_class.sum())
    return rng.permutation(shuffled[np.argsort(rank, kind="stable")[:wanted]])


def pooled(images: np.ndarray, size: int | None) -> np.ndarray:
    """Pixels on [0, 1] as float32, averaged over equal squares down to size x size.

    Raises
    ------
    ValueError
        If the size does not divide the images' sides.
    """
    n, channels, height, width = images.shape
    size = height if size is None else size
    if height % size or width % size:
        possible = [side for side in range(1, height + 1) if height % side == width % side == 0]
        raise ValueError(
            f"expected a size that divides {height} x {width}, got {size}; choose one of {possible}"
        )
    down, across = height // size, width // size
    if down == across == 1:
        return images.astype(np.float32) / np.float32(255)
    # Sums of bytes are exact: the mean is rounded once, whatever the order of the sum.
    sums = images.reshape(n, channels, size, down, size, across).sum(axis=(3, 5), dtype=np.uint32)
    return (sums / (255.0 * down * across)).astype(np.float32)


def noisy(labels: np.ndarray, share: float, classes: int, rng: np.random.Generator) -> np.ndarray:
    """Labels of which a share (rounded to whole rows) is replaced by another class, all others equally likely."""
    count = round(share * len(labels))
    rows = rng.choice(len(labels), count, replace=False)
    mixed = labels.copy()
    mixed[rows] = (labels[rows] + rng.integers(1, classes, count)) % classes
    return mixed


def _scale(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel; a constant channel is only shifted."""
    mean = images.mean(axis=(0, 2, 3), dtype=np.float64, keepdims=True)[0]
    spread = images.std(axis=(0, 2, 3), dtype=np.float64, keepdims=True)[0]
    return mean.astype(np.float32), np.where(spread > 0, spread, 1.0).astype(np.float32)


def _split(
    images: np.ndarray, labels: np.ndarray, scale: tuple[np.ndarray, np.ndarray] | None, flatten: bool
) -> Split:
    inputs = np.ascontiguousarray(images if scale is None else (images - scale[0]) / scale[1])
    inputs = inputs.reshape(len(inputs), -1) if flatten else inputs
    return Split(torch.from_numpy(inputs), torch.from_numpy(labels))


def _settings(raw: RawImages, options: Options, classes: tuple[str, ...]) -> dict[str, Any]:
    plain = {
        "name": raw.name,
        "variant": raw.variant,
        "binary": None if options.binary is None else list(classes),
        "label_noise": float(options.label_noise),
    }
    kept = ("n_train", "n_test", "size", "flatten", "standardise", "seed")
    return plain | {name: getattr(options, name) for name in kept}
