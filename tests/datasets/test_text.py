"""Text: words, rows, vocabularies, Penn Treebank's layout, bad input."""

import pytest
import torch

from lossbar_core.datasets import load, load_text
from lossbar_core.datasets.find import DataNotFound


def said(data, numbers):
    return [data.classes[number] for number in numbers]


def test_a_plain_file(tmp_path):
    path = tmp_path / "poem.txt"
    path.write_bytes("The cat, the HAT.\r\n\r\nIt's fun; ça va 12\r\n".encode() * 8)
    data = load_text(path, length=4)
    words = ["the", "cat", ",", "the", "hat", ".", "<eos>", "it's", "fun", ";", "ça", "va", "12"]
    assert said(data, data.train.inputs[:3].flatten()) == words[:12]
    assert said(data, data.train.targets[:3].flatten()) == words[1:]
    assert data.variant == "text file poem.txt"


def test_targets_are_one_word_ahead_over_the_whole_text():
    data = load_text("alice", length=7)
    for split in (data.train, data.test):
        assert torch.equal(split.inputs.flatten()[1:], split.targets.flatten()[:-1])
        assert split.inputs.shape[1] == 7
    assert data.fingerprint == load_text("alice", length=7).fingerprint != load_text("alice").fingerprint


def test_vocabulary_is_that_of_the_training_text_and_the_rest_is_unknown():
    data = load_text("alice", vocabulary=100)
    assert len(data.classes) == 100
    assert data.classes[0] == "<unk>"
    assert data.classes[1:4] == (",", "the", ".")
    assert data.train.inputs.max() == 99
    assert (data.train.inputs == 0).float().mean() > 0.1
    assert (load_text("alice").train.inputs == 0).sum() == 0
    assert (load_text("alice").test.inputs == 0).sum() > 0


def test_characters(tmp_path):
    path = tmp_path / "abc.txt"
    path.write_text("abcab" * 20)
    data = load_text(path, length=5, by="characters")
    assert data.classes == ("<unk>", "a", "b", "c")
    assert data.train.inputs[0].tolist() == [1, 2, 3, 1, 2]


@pytest.mark.parametrize("folder", ["ptb", "simple-examples/data"])
def test_penn_treebank_layout(data_folder, folder):
    (data_folder / folder).mkdir(parents=True)
    (data_folder / folder / "ptb.train.txt").write_text(
        " no it was n't <unk> monday \n the N firms are up \n" * 4
    )
    (data_folder / folder / "ptb.test.txt").write_text(" firms said no \n" * 10)
    found = load_text("ptb", length=3)
    expected = ["no", "it", "was", "n't", "<unk>", "monday", "<eos>", "the", "N"]
    assert said(found, found.train.inputs[:3].flatten()) == expected
    assert said(found, found.test.inputs[0]) == ["firms", "<unk>", "no"]  # "said" is not in the training text
    assert found.variant == "Penn Treebank (content not checked)"
    assert found.classes.count("<unk>") == 1


def test_load_passes_texts_on(no_network):
    assert load("alice", 50, 5).fingerprint == load_text("alice", 50, 5).fingerprint
    with pytest.raises(ValueError, match="only n_train and n_test for the text 'alice'"):
        load("alice", size=14)
    with pytest.raises(DataNotFound, match=r"ptb.train.txt"):
        load("ptb")


@pytest.mark.parametrize(
    ("error", "arguments", "options", "message"),
    [
        (FileNotFoundError, ("alise",), {}, "'alise', which is no file"),
        (TypeError, (3,), {}, "text's name or path, got 3"),
        (ValueError, ("alice",), {"by": "bytes"}, "'words' or 'characters', got 'bytes'"),
        (ValueError, ("alice",), {"length": 0}, "length >= 1"),
        (ValueError, ("alice", 10_000), {}, r"at least 200001 words for n_train=10000 rows of 20"),
        (ValueError, ("alice",), {"vocabulary": 2}, "vocabulary >= 3, got 2"),
        (ValueError, ("alice", 1, 0), {}, "n_test >= 1, got 0"),
    ],
)
def test_bad_input(error, arguments, options, message):
    with pytest.raises(error, match=message):
        load_text(*arguments, **options)


def test_bad_files(tmp_path):
    (tmp_path / "latin.txt").write_bytes(b"l\x27\xe9t\xe9 " * 50)
    with pytest.raises(ValueError, match=r"latin.txt in UTF-8, got byte 0xe9 at 2"):
        load_text(tmp_path / "latin.txt")
    (tmp_path / "short.txt").write_text("too short")
    with pytest.raises(ValueError, match="at least 21 words"):
        load_text(tmp_path / "short.txt")
