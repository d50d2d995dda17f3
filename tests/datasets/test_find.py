"""Finding files: order of places, archives, checks of content, what is said when there is nothing."""

import dataclasses
import gzip
import hashlib

import pooch
import pytest
from fakes import cifar10_files, tar, write_mnist

from lossbar_core.datasets.find import DataNotFound, cache_folder, find
from lossbar_core.datasets.sources import CIFAR10, MNIST, PTB, SVHN


def official(source, contents):
    """The source, were these contents the official ones."""
    files = tuple(
        dataclasses.replace(file, sha256=hashlib.sha256(contents[file.name]).hexdigest())
        for file in source.files
    )
    return dataclasses.replace(source, files=files)


def on_disk(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("folder", ["mnist", "MNIST/raw"])
@pytest.mark.parametrize("packed", [False, True])
def test_official_content_in_the_named_folder(data_folder, no_network, folder, packed):
    write_mnist(data_folder / folder, packed=packed)
    names = {name.removesuffix(".gz"): value for name, value in on_disk(data_folder / folder).items()}
    plain = {name: gzip.decompress(value) if packed else value for name, value in names.items()}
    found = find(official(MNIST, plain))
    assert found.variant == "MNIST"
    assert found.files == plain
    assert no_network == []


def test_the_named_folder_comes_before_the_cache(data_folder):
    write_mnist(cache_folder() / "mnist", seed=1)
    cached = on_disk(cache_folder() / "mnist")
    assert find(official(MNIST, cached)).files == cached
    write_mnist(data_folder / "mnist", seed=2)
    named = on_disk(data_folder / "mnist")
    assert find(official(MNIST, named)).files == named != cached


def test_other_content_is_named_and_warned_of(data_folder):
    write_mnist(data_folder / "mnist")
    with pytest.warns(
        UserWarning, match=r"official MNIST, got other content .*'MNIST \(unofficial content\)'"
    ):
        assert find(MNIST).variant == "MNIST (unofficial content)"
    (data_folder / "mnist" / "VARIANT.txt").write_text("MNIST (blurred): not the official pixels\n")
    with pytest.warns(UserWarning, match=r"'MNIST \(blurred\)'"):
        assert find(MNIST).variant == "MNIST (blurred)"


@pytest.mark.parametrize("place", ["cifar-10-binary.tar.gz", "cifar10/cifar-10-binary.tar.gz"])
def test_archives_are_read_where_they_lie(data_folder, place):
    contents = {name: made[0] for name, made in cifar10_files().items()}
    (data_folder / place).parent.mkdir(exist_ok=True)
    tar(data_folder / place, {f"cifar-10-batches-bin/{name}": value for name, value in contents.items()})
    found = find(official(CIFAR10, contents))
    assert found.files == contents
    assert found.variant == "CIFAR-10"
    assert [path.name for path in (data_folder / place).parent.iterdir()] == ["cifar-10-binary.tar.gz"]


def test_archive_without_a_member_and_broken_files(data_folder):
    tar(data_folder / "cifar-10-binary.tar.gz", {"cifar-10-batches-bin/data_batch_1.bin": b"x"})
    with pytest.raises(ValueError, match=r"to be whole, got .*no data_batch_2.bin in it"):
        find(CIFAR10)
    write_mnist(data_folder / "mnist", packed=True)
    broken = data_folder / "mnist" / "train-images-idx3-ubyte.gz"
    broken.write_bytes(broken.read_bytes()[:100])
    with pytest.raises(ValueError, match=r"train-images-idx3-ubyte.gz to be whole, got .*EOFError"):
        find(MNIST)


def test_download_asks_for_a_checked_file_and_puts_it_into_the_cache(no_network, monkeypatch, tmp_path):
    write_mnist(tmp_path / "server", packed=True)
    contents = {
        name.removesuffix(".gz"): gzip.decompress(value)
        for name, value in on_disk(tmp_path / "server").items()
    }

    def retrieve(url, known_hash, fname, path):
        no_network.append((url, known_hash))
        path.mkdir(parents=True, exist_ok=True)
        (path / fname).write_bytes((tmp_path / "server" / fname).read_bytes())
        return str(path / fname)

    monkeypatch.setattr(pooch, "retrieve", retrieve)
    source = official(MNIST, contents)
    assert find(source).files == contents
    assert no_network == [(f.download.url, f"sha256:{f.download.sha256}") for f in MNIST.files]
    assert find(source).files == contents
    assert len(no_network) == 4  # the second time all was in the cache


def test_nothing_found_says_where_to_put_it(no_network, monkeypatch, tmp_path):
    with pytest.raises(
        DataNotFound, match=r"cache/lossbar/svhn, got none, .*ConnectionError: no route.*LOSSBAR_DATA"
    ):
        find(SVHN)
    assert len(no_network) == 1
    with pytest.raises(FileNotFoundError, match="was not to be downloaded"):
        find(SVHN, download=False)
    with pytest.raises(DataNotFound, match=r"ptb.train.txt .*has no free download"):
        find(PTB)
    assert len(no_network) == 1
    monkeypatch.setenv("LOSSBAR_DATA", str(tmp_path / "absent"))
    with pytest.raises(NotADirectoryError, match=r"LOSSBAR_DATA to name a folder, got .*absent"):
        find(SVHN)


def test_every_recorded_sum_is_one():
    for source in (MNIST, CIFAR10, SVHN):
        for file in source.files:
            for text in (file.sha256, file.download.sha256):
                assert len(text) == 64
                int(text, 16)
