"""The file formats of the image sets, from bytes to arrays: every length is checked, nothing is unpickled."""

from __future__ import annotations

import io

import numpy as np

CIFAR_PIXELS = 3 * 32 * 32


def read_idx(content: bytes, name: str) -> np.ndarray:
    """An IDX file of bytes (MNIST): magic number 0, 0, 8, axes; one big-endian length an axis; the entries.

    Returns
    -------
    uint8 array

    Raises
    ------
    ValueError
        If it is no such file, or too short or too long.

    Examples
    --------
    >>> read_idx(bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 9]), "labels")
    array([7, 9], dtype=uint8)
    """
    if len(content) < 8 or content[:3] != b"\0\0\x08" or not 1 <= content[3] <= 4:
        raise ValueError(
            f"expected {name} as an IDX file of unsigned bytes, got one that starts with {content[:4].hex()}; "
            "download it again"
        )
    begin = 4 + 4 * content[3]
    shape = tuple(int(length) for length in np.frombuffer(content[4:begin], ">u4"))
    expected = begin + int(np.prod(shape, dtype=np.int64))
    if len(content) != expected or 0 in shape:
        raise ValueError(
            f"expected {expected} bytes in {name} of shape {shape}, got {len(content)}; download it again"
        )
    return np.frombuffer(content, np.uint8, offset=begin).reshape(shape)


def read_cifar(content: bytes, name: str, labels: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """A file of CIFAR's binary version: records of labels (CIFAR-100: coarse, fine) and 3 x 32 x 32 pixels.

    Returns
    -------
    images, labels
        uint8 (n, 3, 32, 32), and int64 (n,): the last label of each record.

    Raises
    ------
    ValueError
        If it holds no whole number of records.
    """
    record = labels + CIFAR_PIXELS
    if not content or len(content) % record:
        raise ValueError(
            f"expected {name} as records of {record} bytes, got {len(content)} bytes; download the binary "
            "version again"
        )
    records = np.frombuffer(content, np.uint8).reshape(-1, record)
    images = records[:, labels:].reshape(-1, 3, 32, 32)
    return images, records[:, labels - 1].astype(np.int64)


def read_svhn(content: bytes, name: str) -> tuple[np.ndarray, np.ndarray]:
    """A format-2 file of SVHN (cropped digits): MATLAB arrays X (32, 32, 3, n) and y (n, 1), in which 10 means 0.

    Returns
    -------
    images, labels
        uint8 (n, 3, 32, 32) and int64 (n,).

    Raises
    ------
    ValueError
        If it is no such file, or an array is missing or has another shape.
    """
    from scipy.io import loadmat

    try:
        found = loadmat(io.BytesIO(content), variable_names=["X", "y"])
    except Exception as error:  # broken bytes make the reader fail in many ways
        raise ValueError(
            f"expected {name} as a MATLAB file of version 5, got one that cannot be read ({error}); "
            "download it again"
        ) from None
    pixels, marks = found.get("X"), found.get("y")
    if (
        pixels is None
        or marks is None
        or pixels.dtype != np.uint8
        or pixels.ndim != 4
        or pixels.shape[:3] != (32, 32, 3)
        or marks.size != pixels.shape[3]
    ):
        shapes = {key: value.shape for key, value in found.items() if isinstance(value, np.ndarray)}
        raise ValueError(
            f"expected uint8 X (32, 32, 3, n) and y (n, 1) in {name}, got {shapes}; take the format-2 files"
        )
    return pixels.transpose(3, 2, 0, 1), marks.ravel().astype(np.int64) % 10
