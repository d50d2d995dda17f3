"""One call for every data set."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from lossbar_core.datasets import sources
from lossbar_core.datasets.dataset import Dataset
from lossbar_core.datasets.embedded import embedded
from lossbar_core.datasets.find import DataNotFound, find
from lossbar_core.datasets.formats import read_cifar, read_idx, read_svhn
from lossbar_core.datasets.images import Options, RawImages, prepare
from lossbar_core.datasets.text import load_text

NAMES = (*sources.IMAGES, "ptb", "alice")
SMALL = ("mnist", "fashion-mnist")
VARIANTS = ("full", "small", "any")


def load(
    name: str,
    n_train: int | None = None,
    n_test: int | None = None,
    binary: Any = None,
    size: int | None = None,
    *,
    variant: str = "full",
    flatten: bool = False,
    standardise: bool = False,
    label_noise: float = 0.0,
    seed: int = 0,
    download: bool = True,
) -> Dataset:
    """A data set by name, with what a result must say about it.

    The files are looked for in the folder that LOSSBAR_DATA names, then in the cache, and else downloaded; the sha256
    of their content is checked. Content that is not the official one is accepted with a warning, and
    ``Dataset.variant`` names it.

    Parameters
    ----------
    name : {"mnist", "fashion-mnist", "cifar10", "cifar100", "svhn", "ptb", "alice"}
        The last two are texts: `load_text` has their options.
    n_train, n_test : int, optional
        Random rows, equally many of each class as far as there are enough; by default all, in their order.
    binary : pair, optional
        Keep two classes, (3, 8) or ("cat", "dog"), or two groups of classes; their labels become 0 and 1.
    size : int, optional
        Average-pool to size x size pixels: 14 for MNIST is a quarter of the inputs.
    variant : {"full", "small", "any"}
        "small" is the set that the package carries, the same on every machine: 4,000 + 1,000 digits of MNIST, 3,500 +
        500 images of Fashion-MNIST. "any" takes it, with a warning, only where the full one cannot be had.
    flatten : bool
        Rows (pixels,) instead of (channels, height, width).
    standardise : bool
        Mean 0 and standard deviation 1 of each channel over the training rows that are used; else pixels are on
        [0, 1].
    label_noise : float
        Share of training labels that are replaced by another class.
    seed : int
        Of the choice of rows and of the noise.
    download : bool
        False never uses the network.

    Returns
    -------
    Dataset

    Raises
    ------
    TypeError
        If an argument has the wrong type.
    ValueError
        If a name or variant is unknown, an option is impossible for the data, or a file is broken.
    DataNotFound
        A FileNotFoundError, if the files are nowhere to be had.
    NotADirectoryError
        If LOSSBAR_DATA names no folder.

    Examples
    --------
    >>> load("mnist", 500, 100, size=14, flatten=True, variant="small")
    Dataset('MNIST (small)', 500 + 100 rows of 196, 10 classes, ...)
    """
    options = Options(n_train, n_test, binary, size, flatten, standardise, label_noise, seed)
    known = _canonical(name)
    if variant not in VARIANTS:
        raise ValueError(f"expected a variant of {', '.join(VARIANTS)}, got {variant!r}; choose one of them")
    if known in ("ptb", "alice"):
        if options != Options(n_train, n_test, seed=options.seed) or variant != "full":
            raise ValueError(
                f"expected only n_train and n_test for the text {known!r}, got options of images; see load_text"
            )
        return load_text(known, n_train, n_test)
    if variant == "small":
        return prepare(_small(known), options)
    try:
        raw = _full(sources.IMAGES[known], download)
    except DataNotFound as error:
        if variant == "full" or known not in SMALL:
            hint = ", or pass variant='small'" if known in SMALL else ""
            raise DataNotFound(f"{error}{hint}") from error.__cause__
        warnings.warn(
            f"expected the full {sources.IMAGES[known].title}, got none ({error}); the small set takes its place",
            stacklevel=2,
        )
        raw = _small(known)
    return prepare(raw, options)


def _canonical(name: Any) -> str:
    """The name as in NAMES, however it is spelt: "Fashion_MNIST", "CIFAR-10"."""
    if not isinstance(name, str):
        raise TypeError(f"expected a data set's name, got {name!r}; choose one of {', '.join(NAMES)}")

    def plain(text: str) -> str:
        return text.lower().replace("-", "").replace("_", "").replace(" ", "")

    for known in NAMES:
        if plain(known) == plain(name):
            return known
    raise ValueError(f"expected a data set of {', '.join(NAMES)}, got {name!r}; choose one of them")


def _small(name: str) -> RawImages:
    if name not in SMALL:
        raise ValueError(
            f"expected variant='full' for {name}, got 'small': the package carries {', '.join(SMALL)} alone; "
            "choose one of these, or the full set"
        )
    source, arrays = sources.IMAGES[name], embedded(name)
    return RawImages(
        name,
        f"{source.title} (small)",
        source.licence,
        source.classes,
        arrays["train_images"][:, None],
        arrays["train_labels"].astype(np.int64),
        arrays["test_images"][:, None],
        arrays["test_labels"].astype(np.int64),
    )


def _full(source: sources.Source, download: bool) -> RawImages:
    contents = find(source, download)
    parts = [_parsed(source, file.name, contents.files[file.name]) for file in source.files]
    if source.name.endswith("mnist"):
        (train, train_labels, test, test_labels) = parts
        arrays = train[:, None], train_labels.astype(np.int64), test[:, None], test_labels.astype(np.int64)
    else:
        training, (test, test_labels) = parts[:-1], parts[-1]
        train = np.concatenate([images for images, _ in training])
        arrays = train, np.concatenate([labels for _, labels in training]), test, test_labels
    return RawImages(source.name, contents.variant, source.licence, source.classes, *arrays)


def _parsed(source: sources.Source, name: str, content: bytes) -> Any:
    if source.name.startswith("cifar"):
        return read_cifar(content, name, labels=2 if source.name == "cifar100" else 1)
    return read_svhn(content, name) if source.name == "svhn" else read_idx(content, name)
