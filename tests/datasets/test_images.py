"""Options of images, each against numpy on a small set."""

import numpy as np
import pytest
import torch
from fakes import images

from lossbar_core.datasets.images import Options, RawImages, balanced_rows, prepare

CLASSES = ("ant", "bee", "cow", "dog", "emu")


@pytest.fixture
def raw():
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(5), [30, 20, 10, 25, 15])
    return RawImages(
        "toy",
        "Toy",
        "none",
        CLASSES,
        images(100, rng, 3, 12),
        rng.permutation(labels),
        images(50, rng, 3, 12),
        np.arange(50) % 5,
    )


def counts(split):
    return torch.bincount(split.targets).tolist()


def test_nothing_asked_nothing_changed(raw):
    data = prepare(raw, Options())
    assert data.train.inputs.dtype == torch.float32
    assert data.train.targets.dtype == torch.int64
    np.testing.assert_array_equal(data.train.inputs.numpy(), raw.train_images.astype(np.float32) / 255)
    np.testing.assert_array_equal(data.test.targets.numpy(), raw.test_labels)
    assert data.classes == CLASSES
    assert repr(data).startswith("Dataset('Toy', 100 + 50 rows of 3x12x12, 5 classes, ")


@pytest.mark.parametrize(
    ("wanted", "expected"), [(25, [5] * 5), (60, [13, 12, 10, 13, 12]), (100, [30, 20, 10, 25, 15])]
)
def test_rows_are_balanced_as_far_as_possible(raw, wanted, expected):
    data = prepare(raw, Options(n_train=wanted))
    assert sum(counts(data.train)) == wanted
    # Which classes get the odd rows is the seed's choice.
    assert sorted(counts(data.train)) == sorted(expected)
    assert len(data.test.inputs) == 50


def test_rows_are_those_of_the_seed_and_none_comes_twice():
    labels = np.arange(100) % 4
    rows = balanced_rows(labels, 60, np.random.default_rng(3), "train")
    assert len(set(rows.tolist())) == 60
    assert np.array_equal(rows, balanced_rows(labels, 60, np.random.default_rng(3), "train"))
    assert not np.array_equal(rows, balanced_rows(labels, 60, np.random.default_rng(4), "train"))


@pytest.mark.parametrize("binary", [(1, 3), ("bee", "dog"), ((1,), ["dog"])])
def test_binary(raw, binary):
    data = prepare(raw, Options(binary=binary))
    kept = np.isin(raw.train_labels, (1, 3))
    np.testing.assert_array_equal(data.train.targets.numpy(), (raw.train_labels[kept] == 3).astype(int))
    np.testing.assert_array_equal(data.train.inputs.numpy(), raw.train_images[kept].astype(np.float32) / 255)
    assert data.classes == ("bee", "dog")
    assert data.settings["binary"] == ["bee", "dog"]


def test_numpy_numbers_become_plain(raw):
    data = prepare(raw, Options(n_train=np.int64(10), binary=np.array([1, 3]), label_noise=np.float32(0.5)))
    assert {type(value) for value in data.settings.values()} == {str, list, float, int, bool, type(None)}
    assert data.classes == ("bee", "dog")


def test_groups(raw):
    data = prepare(raw, Options(binary=(("ant", 2), (1, 3, 4)), n_test=20))
    assert counts(data.train) == [40, 60]
    assert counts(data.test) == [10, 10]
    assert data.classes == ("ant or cow", "bee or dog or emu")


@pytest.mark.parametrize("size", [12, 6, 4, 1])
def test_pooling_is_the_mean_of_squares(raw, size):
    data = prepare(raw, Options(size=size))
    expected = torch.nn.functional.avg_pool2d(torch.tensor(raw.train_images / 255.0), 12 // size)
    torch.testing.assert_close(data.train.inputs, expected.float(), rtol=1e-6, atol=0)


def test_standardised_by_the_rows_that_are_used(raw):
    data = prepare(raw, Options(n_train=40, size=6, standardise=True, flatten=True))
    assert data.train.inputs.shape == (40, 108)
    channels = data.train.inputs.reshape(40, 3, 36)
    torch.testing.assert_close(channels.mean(dim=(0, 2)), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(channels.std(dim=(0, 2), correction=0), torch.ones(3), atol=1e-5, rtol=0)
    plain = prepare(raw, Options(n_train=40, size=6, flatten=True))
    scale = (plain.train.inputs[:, 0].std() / data.train.inputs[:, 0].std()).item()
    shift = plain.train.inputs[0, 0] - scale * data.train.inputs[0, 0]
    torch.testing.assert_close(
        data.test.inputs[:, 0] * scale + shift, plain.test.inputs[:, 0], atol=1e-5, rtol=0
    )


def test_a_constant_channel_is_only_shifted(raw):
    raw.train_images[:, 1] = 51
    data = prepare(raw, Options(standardise=True))
    assert torch.isfinite(data.test.inputs).all()
    assert data.train.inputs[:, 1].abs().max() < 1e-6


def test_label_noise(raw):
    clean, noisy = prepare(raw, Options(seed=1)), prepare(raw, Options(seed=1, label_noise=0.3))
    wrong = clean.train.targets != noisy.train.targets
    assert wrong.sum() == 30
    assert torch.equal(clean.test.targets, noisy.test.targets)
    assert torch.equal(clean.train.inputs, noisy.train.inputs)
    assert len(noisy.train.targets[wrong].unique()) == 5
    everything = prepare(raw, Options(label_noise=1, binary=(0, 1)))
    assert torch.equal(everything.train.targets, 1 - prepare(raw, Options(binary=(0, 1))).train.targets)


def test_fingerprint_names_what_was_used(raw):
    prints = [
        prepare(raw, options).fingerprint
        for options in (
            Options(),
            Options(n_train=100),
            Options(size=6),
            Options(flatten=True),
            Options(label_noise=0.1),
            Options(label_noise=0.1, seed=1),
            Options(standardise=True),
            Options(binary=(0, 1)),
            Options(n_test=10),
        )
    ]
    assert len(set(prints)) == len(prints)
    assert prepare(raw, Options()).fingerprint == prints[0]


@pytest.mark.parametrize(
    ("error", "options", "message"),
    [
        (ValueError, {"n_train": 101}, r"n_train in 1..100, got 101"),
        (ValueError, {"n_test": 0}, "n_test >= 1, got 0"),
        (TypeError, {"n_train": 10.0}, "integer n_train, got 10.0"),
        (ValueError, {"size": 5}, r"divides 12 x 12, got 5; choose one of \[1, 2, 3, 4, 6, 12\]"),
        (ValueError, {"size": 24}, "divides 12 x 12, got 24"),
        (ValueError, {"binary": (0, 5)}, "class in 0..4, got 5"),
        (ValueError, {"binary": ("ant", "fox")}, "ant, bee, cow, dog, emu, got 'fox'"),
        (ValueError, {"binary": (1, 1)}, "without a common class"),
        (ValueError, {"binary": ((), (1,))}, "two groups without"),
        (TypeError, {"binary": 3}, "binary as two classes"),
        (TypeError, {"binary": (1, 2, 3)}, "binary as two classes"),
        (TypeError, {"binary": "38"}, "binary as two classes"),
        (ValueError, {"label_noise": 1.5}, r"label_noise in \[0, 1\], got 1.5"),
        (ValueError, {"label_noise": float("nan")}, r"label_noise in \[0, 1\]"),
        (TypeError, {"label_noise": "10%"}, "label_noise as a number"),
        (TypeError, {"flatten": 1}, "flatten True or False, got 1"),
        (ValueError, {"seed": -1}, "seed >= 0, got -1"),
    ],
)
def test_bad_options(raw, error, options, message):
    with pytest.raises(error, match=message):
        prepare(raw, Options(**options))


def test_bad_files(raw):
    with pytest.raises(
        ValueError, match=r"as many images as labels in Toy's test files, got \(50, 3, 12, 12\) and \(49,\)"
    ):
        RawImages(
            "toy",
            "Toy",
            "",
            CLASSES,
            raw.train_images,
            raw.train_labels,
            raw.test_images,
            raw.test_labels[:-1],
        )
    with pytest.raises(ValueError, match=r"labels 0..3 in Toy's train files, got 0..4"):
        RawImages(
            "toy",
            "Toy",
            "",
            CLASSES[:4],
            raw.train_images,
            raw.train_labels,
            raw.test_images,
            raw.test_labels,
        )
