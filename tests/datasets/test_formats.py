"""File formats: round trips against numpy's own bytes, and broken files."""

import io

import numpy as np
import pytest
from fakes import cifar_records, idx
from scipy.io import savemat

from lossbar_core.datasets.formats import read_cifar, read_idx, read_svhn


@pytest.mark.parametrize("shape", [(3,), (2, 5), (2, 3, 4), (1, 1, 1, 7)])
def test_idx(shape):
    array = np.arange(np.prod(shape)).reshape(shape)
    np.testing.assert_array_equal(read_idx(idx(array), "x"), array)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "IDX file of unsigned bytes, got one that starts with ;"),
        (b"\0\0\x0d\x01" + bytes(8), "starts with 00000d01"),
        (idx(np.zeros((2, 3)))[:-1], r"expected 18 bytes in x of shape \(2, 3\), got 17"),
        (idx(np.zeros((2, 3))) + b"\0", "expected 18 bytes"),
        (idx(np.zeros((0, 3))), "expected 12 bytes"),
    ],
)
def test_broken_idx(content, message):
    with pytest.raises(ValueError, match=message):
        read_idx(content, "x")


@pytest.mark.parametrize(("labels", "classes"), [(1, 10), (2, 100)])
def test_cifar(labels, classes):
    content, pixels, marks = cifar_records(7, np.random.default_rng(0), labels, classes)
    images, found = read_cifar(content, "x", labels)
    np.testing.assert_array_equal(images, pixels)
    np.testing.assert_array_equal(found, marks)
    for broken in (content[:-1], b""):
        with pytest.raises(ValueError, match=rf"records of {labels + 3072} bytes, got {len(broken)}"):
            read_cifar(broken, "x", labels)


def mat(**arrays):
    stream = io.BytesIO()
    savemat(stream, arrays)
    return stream.getvalue()


def test_svhn():
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3, 5), dtype=np.uint8)
    images, labels = read_svhn(mat(X=pixels, y=np.array([[10], [1], [9], [10], [3]], np.uint8)), "x")
    assert labels.tolist() == [0, 1, 9, 0, 3]
    assert images[2, 1, 4, 7] == pixels[4, 7, 1, 2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"MATLAB 7.3 MAT-file", "MATLAB file of version 5"),
        (bytes(200), "MATLAB file of version 5"),
        (mat(X=np.zeros((32, 32, 3, 2), np.uint8)), r"and y \(n, 1\) in x"),
        (mat(X=np.zeros((32, 32, 3, 2), np.uint8), y=np.ones((3, 1))), "format-2 files"),
        (mat(X=np.zeros((32, 32, 3, 2)), y=np.ones((2, 1))), "uint8 X"),
    ],
)
def test_broken_svhn(content, message):
    with pytest.raises(ValueError, match=message):
        read_svhn(content, "x")
