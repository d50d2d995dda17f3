"""`load` from name to data set, for every image set, on files that the tests make; on the real ones where they are."""

import os

import numpy as np
import pytest
from fakes import cifar10_files, cifar_records, images, write_mnist
from scipy.io import savemat

from lossbar_core.datasets import DataNotFound, load
from lossbar_core.datasets.embedded import embedded

unofficial = pytest.mark.filterwarnings("ignore:expected the official")
REAL = os.environ.get("LOSSBAR_DATA", "")


def has(*parts):
    return pytest.mark.skipif(
        not REAL or not os.path.exists(os.path.join(REAL, *parts)),
        reason=f"no {'/'.join(parts)} in LOSSBAR_DATA",
    )


@unofficial
@pytest.mark.parametrize("name", ["mnist", "Fashion_MNIST"])
def test_idx_sets(data_folder, name):
    made = write_mnist(data_folder / name.lower().replace("_", "-"))
    found = load(name)
    np.testing.assert_array_equal(found.train.inputs[:, 0].numpy(), made["train"][0].astype(np.float32) / 255)
    np.testing.assert_array_equal(found.test.targets.numpy(), made["t10k"][1])
    assert found.variant.endswith("(unofficial content)")


@unofficial
def test_cifar10(data_folder):
    made = cifar10_files(6)
    folder = data_folder / "cifar-10-batches-bin"
    folder.mkdir()
    for name, (content, _, _) in made.items():
        (folder / name).write_bytes(content)
    (folder / "VARIANT.txt").write_text("CIFAR-10 (JPEG q75): lossy\n")
    found = load("CIFAR-10")
    assert found.variant == "CIFAR-10 (JPEG q75)"
    pixels = np.concatenate([made[f"data_batch_{batch}.bin"][1] for batch in range(1, 6)])
    np.testing.assert_array_equal(found.train.inputs.numpy(), pixels.astype(np.float32) / 255)
    np.testing.assert_array_equal(found.test.targets.numpy(), made["test_batch.bin"][2])
    assert found.classes[3] == "cat"


@unofficial
def test_cifar100_takes_the_fine_labels(data_folder):
    rng = np.random.default_rng(0)
    (data_folder / "cifar-100-binary").mkdir()
    for name in ("train.bin", "test.bin"):
        content, _, fine = cifar_records(30, rng, 2, 100)
        (data_folder / "cifar-100-binary" / name).write_bytes(content)
    assert load("cifar100").test.targets.tolist() == fine.tolist()
    assert len(load("cifar100").classes) == 100


@unofficial
def test_svhn(data_folder):
    rng = np.random.default_rng(0)
    (data_folder / "svhn").mkdir()
    for split in ("train", "test"):
        pixels = images(20, rng, 3, 32)
        savemat(
            data_folder / "svhn" / f"{split}_32x32.mat",
            {"X": pixels.transpose(2, 3, 1, 0), "y": (np.arange(20) % 10 + 1)[:, None].astype(np.uint8)},
        )
    found = load("SVHN")
    np.testing.assert_array_equal(found.test.inputs.numpy(), pixels.astype(np.float32) / 255)
    assert found.test.targets[:10].tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]


def test_small_sets_need_nothing(no_network):
    found = load("fashion-mnist", variant="small")
    assert found.variant == "Fashion-MNIST (small)"
    assert (len(found.train.inputs), len(found.test.inputs)) == (3500, 500)
    np.testing.assert_array_equal(
        found.train.inputs[:, 0].numpy(), embedded("fashion-mnist")["train_images"].astype(np.float32) / 255
    )
    assert no_network == []
    assert load("mnist", 100, 50, seed=1, variant="small").fingerprint.startswith("20e20dbaa3b715ad")


def test_any_falls_back_on_the_small_set_and_says_so(no_network):
    with pytest.warns(UserWarning, match="full MNIST, got none .*small set takes its place"):
        assert load("mnist", variant="any").variant == "MNIST (small)"
    with pytest.raises(DataNotFound, match="pass variant='small'"):
        load("mnist")
    with pytest.raises(DataNotFound, match="not to be downloaded"):
        load("mnist", download=False)
    with pytest.raises(DataNotFound, match=r"CIFAR-10's file data_batch_1.bin"):
        load("cifar10", variant="any")


@pytest.mark.parametrize(
    ("error", "arguments", "options", "message"),
    [
        (
            ValueError,
            ("imagenet",),
            {},
            "mnist, fashion-mnist, cifar10, cifar100, svhn, ptb, alice, got 'imagenet'",
        ),
        (TypeError, (10,), {}, "data set's name, got 10"),
        (ValueError, ("mnist",), {"variant": "tiny"}, "full, small, any, got 'tiny'"),
        (ValueError, ("cifar10",), {"variant": "small"}, "the package carries mnist, fashion-mnist alone"),
        (ValueError, ("mnist", 5000), {"variant": "small"}, r"n_train in 1..4000, got 5000"),
        (ValueError, ("mnist",), {"variant": "small", "size": 13}, r"\[1, 2, 4, 7, 14, 28\]"),
    ],
)
def test_bad_input(no_network, error, arguments, options, message):
    with pytest.raises(error, match=message):
        load(*arguments, **options)
    assert no_network == []


@has("mnist")
@has("fashion-mnist")
@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_real_files_are_official(name):
    found = load(name, download=False)
    assert "(" not in found.variant
    assert (len(found.train.inputs), len(found.test.inputs)) == (60_000, 10_000)
    rows = {image.tobytes() for image in found.train.inputs.mul(255).round().byte().numpy()}
    small = embedded(name)["train_images"]
    assert all(image.tobytes() in rows for image in small[:200])


@has("cifar-10-batches-bin")
@unofficial
def test_real_cifar10():
    found = load("cifar10", download=False)
    assert found.train.targets.bincount().tolist() == [5000] * 10
    assert found.variant.startswith("CIFAR-10")
