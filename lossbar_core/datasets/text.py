"""Text as rows of word numbers: plain files, Penn Treebank, and a small book that the package carries."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lossbar_core.checks import as_count
from lossbar_core.datasets.dataset import Dataset, Split
from lossbar_core.datasets.embedded import embedded
from lossbar_core.datasets.find import find
from lossbar_core.datasets.sources import PTB

END, UNKNOWN = "<eos>", "<unk>"  # Penn Treebank's marks for the end of a line and for rare words
WORDS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?|\d+|[.,;:!?()-]|\n\s*\n")
TEST_SHARE = 0.1  # of a text without a test file, its end; tuned here


def load_text(
    source: str | Path,
    n_train: int | None = None,
    n_test: int | None = None,
    *,
    length: int = 20,
    vocabulary: int | None = None,
    by: str = "words",
) -> Dataset:
    """A text as rows of consecutive word numbers, the targets one word ahead.

    Parameters
    ----------
    source : str or Path
        "alice" (Alice's Adventures in Wonderland, carried by the package), "ptb" (Penn Treebank's ptb.train.txt and
        ptb.test.txt, which you must have), or the path of a text file in UTF-8.
    n_train, n_test : int, optional
        Rows from the start of each split; by default all.
    length : int
        Words a row. 20, as in the FB paper's code for Penn Treebank.
    vocabulary : int, optional
        Keep this many most frequent words, the rest becomes <unk>; by default all of the training text.
    by : {"words", "characters"}
        What to number. Words are lower-case, punctuation marks are words, an empty line is <eos>; Penn Treebank comes
        in words, one sentence a line.

    Returns
    -------
    Dataset
        int64 (n, length) inputs and targets; ``classes`` are the words.

    Raises
    ------
    TypeError
        If a number is no integer, or the source neither name nor path.
    ValueError
        If `by` is unknown, a number too small, the text too short for one row a split, or the file no UTF-8.
    FileNotFoundError
        If there is no such file.

    Examples
    --------
    >>> text = load_text("alice", n_train=100, n_test=10, vocabulary=500)
    >>> text.train.inputs.shape, len(text.classes)
    (torch.Size([100, 20]), 500)
    """
    if by not in ("words", "characters"):
        raise ValueError(f"expected by 'words' or 'characters', got {by!r}; choose one of the two")
    length = as_count(length, "length")
    n_train = None if n_train is None else as_count(n_train, "n_train")
    n_test = None if n_test is None else as_count(n_test, "n_test")
    vocabulary = None if vocabulary is None else as_count(vocabulary, "vocabulary", low=3)
    name, variant, licence, train, test = _tokens(source, by)
    words = _vocabulary(train, vocabulary)
    settings = {"name": name, "variant": variant, "length": length, "vocabulary": vocabulary, "by": by}
    return Dataset(
        name,
        _rows(train, words, length, n_train, "train"),
        _rows(test, words, length, n_test, "test"),
        tuple(words),
        variant,
        licence,
        settings | {"n_train": n_train, "n_test": n_test},
    )


def _tokens(source: Any, by: str) -> tuple[str, str, str, list[str], list[str]]:
    """Name, variant, licence, training and test words."""
    if not isinstance(source, (str, Path)):
        raise TypeError(f"expected a text's name or path, got {source!r}; pass 'alice', 'ptb' or a path")
    if source == "ptb":
        files = find(PTB).files
        train, test = (_treebank(_decoded(files[file.name], file.name), by) for file in PTB.files)
        return "ptb", "Penn Treebank (content not checked)", PTB.licence, train, test
    if source == "alice":
        text = embedded("alice")["text"].tobytes().decode("ascii")
        return "alice", "Alice in Wonderland", "public domain", *_cut(_tokenised(text, by))
    path = Path(source)
    if not path.is_file():
        raise FileNotFoundError(
            f"expected 'alice', 'ptb' or a text file, got {str(source)!r}, which is no file; mend the path"
        )
    text = _decoded(path.read_bytes(), path.name)
    return path.name, f"text file {path.name}", "that of the file", *_cut(_tokenised(text, by))


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"expected {name} in UTF-8, got byte {error.object[error.start]:#x} at {error.start}; convert it first"
        ) from None


def _treebank(text: str, by: str) -> list[str]:
    if by == "characters":
        return list(text)
    return [word for line in text.splitlines() for word in (*line.split(), END)]


def _tokenised(text: str, by: str) -> list[str]:
    if by == "characters":
        return list(text)
    return [END if not word.strip() else word for word in WORDS.findall(text.lower().strip())]


def _cut(tokens: list[str]) -> tuple[list[str], list[str]]:
    cut = len(tokens) - round(TEST_SHARE * len(tokens))
    return tokens[:cut], tokens[cut:]


def _vocabulary(tokens: list[str], size: int | None) -> dict[str, int]:
    """Numbers of the words, the most frequent first; equally frequent ones in alphabetical order."""
    counts = Counter(tokens)
    counts.pop(UNKNOWN, None)
    ordered = sorted(counts, key=lambda word: (-counts[word], word))
    kept = ordered if size is None else ordered[: size - 1]
    return {word: number for number, word in enumerate([UNKNOWN, *kept])}


def _rows(tokens: list[str], words: dict[str, int], length: int, wanted: int | None, split: str) -> Split:
    available = (len(tokens) - 1) // length
    if available < 1 or (wanted is not None and wanted > available):
        raise ValueError(
            f"expected at least {(wanted or 1) * length + 1} words for n_{split}={wanted} rows of {length}, got "
            f"{len(tokens)}; take fewer or shorter rows"
        )
    count = available if wanted is None else wanted
    numbers = np.array([words.get(token, 0) for token in tokens[: count * length + 1]], np.int64)
    inputs, targets = numbers[:-1].reshape(count, length), numbers[1:].reshape(count, length)
    return Split(torch.from_numpy(inputs.copy()), torch.from_numpy(targets.copy()))
