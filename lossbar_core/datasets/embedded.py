"""The small sets that the package carries, so that every chapter runs without a network.

They are made by data/make_embedded.py, which says from what; their licences lie beside them.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "embedded"
MANIFEST = "sha256.json"
NAMES = ("mnist", "fashion-mnist", "alice")


def embedded(name: str) -> dict[str, np.ndarray]:
    """Arrays of an embedded set, checked by the sha256 that was recorded when it was made.

    Returns
    -------
    dict
        Images: train_images, train_labels, test_images, test_labels (uint8; images (n, 28, 28)). Text: text (uint8).

    Raises
    ------
    ValueError
        If there is no such set, or the file is not the one that was recorded.

    Examples
    --------
    >>> embedded("mnist")["train_images"].shape
    (4000, 28, 28)
    """
    if name not in NAMES:
        raise ValueError(f"expected an embedded set of {', '.join(NAMES)}, got {name!r}; choose one of them")
    path = FOLDER / f"{name}.npz"
    content = path.read_bytes()
    recorded = json.loads((FOLDER / MANIFEST).read_text())[path.name]
    if hashlib.sha256(content).hexdigest() != recorded:
        raise ValueError(
            f"expected {path.name} as it was recorded, got other content; install the package again"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays.files}
