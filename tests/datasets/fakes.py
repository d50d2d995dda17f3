"""Small files in the official formats, and a world without a network."""

import gzip
import io
import tarfile

import numpy as np


def idx(array):
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.astype(np.uint8).tobytes()


def images(n, rng, channels=1, side=28):
    return rng.integers(0, 256, (n, channels, side, side), dtype=np.uint8)


def write_mnist(folder, n_train=40, n_test=20, packed=False, seed=0):
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for split, n in (("train", n_train), ("t10k", n_test)):
        made[split] = images(n, rng)[:, 0], np.arange(n) % 10
        for kind, array in (("images-idx3", made[split][0]), ("labels-idx1", made[split][1])):
            name = f"{split}-{kind}-ubyte"
            data = idx(array)
            (folder / (name + ".gz" * packed)).write_bytes(gzip.compress(data) if packed else data)
    return made


def cifar_records(n, rng, labels, classes):
    marks = rng.integers(0, classes, (n, labels), dtype=np.uint8)
    pixels = images(n, rng, 3, 32)
    return np.hstack([marks, pixels.reshape(n, -1)]).tobytes(), pixels, marks[:, -1]


def cifar10_files(n=10, seed=0):
    rng = np.random.default_rng(seed)
    names = [*(f"data_batch_{batch}.bin" for batch in range(1, 6)), "test_batch.bin"]
    return {name: cifar_records(n, rng, 1, 10) for name in names}


def tar(path, files):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
