"""The sets that the package carries: what they hold, and that a changed file is noticed."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from lossbar_core.datasets import embedded as module
from lossbar_core.datasets.embedded import FOLDER, MANIFEST, embedded


@pytest.mark.parametrize(("name", "train", "test"), [("mnist", 400, 100), ("fashion-mnist", 350, 50)])
def test_images_are_balanced_and_mixed(name, train, test):
    arrays = embedded(name)
    for split, each in (("train", train), ("test", test)):
        images, labels = arrays[f"{split}_images"], arrays[f"{split}_labels"]
        assert images.shape == (10 * each, 28, 28)
        assert images.dtype == labels.dtype == np.uint8
        assert np.bincount(labels).tolist() == [each] * 10
        assert len(np.unique(labels[:40])) > 5
    rows = {image.tobytes() for image in arrays["train_images"]}
    assert not any(image.tobytes() in rows for image in arrays["test_images"])


def test_alice():
    text = embedded("alice")["text"].tobytes().decode("ascii")
    assert "Alice was beginning to get very tired" in text
    assert text.rstrip().endswith("THE END")
    assert "\r" not in text


def test_all_together_are_small_and_their_licences_lie_beside():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 2.5e6
    licences = (FOLDER / "LICENCES.txt").read_text()
    for text in ("Zalando SE", "Sebastian Raschka", "CC BY-SA 3.0", "public domain"):
        assert text in licences


def test_a_changed_file_is_refused(monkeypatch, tmp_path):
    for name in ("alice.npz", MANIFEST):
        shutil.copy(FOLDER / name, tmp_path)
    monkeypatch.setattr(module, "FOLDER", Path(tmp_path))
    assert len(embedded("alice")["text"]) > 100_000
    content = bytearray((tmp_path / "alice.npz").read_bytes())
    content[5000] ^= 1
    (tmp_path / "alice.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"alice.npz as it was recorded"):
        embedded("alice")
    with pytest.raises(ValueError, match="mnist, fashion-mnist, alice, got 'svhn'"):
        embedded("svhn")
