"""Losses by name: values, accuracies, and targets that do not fit."""

import pytest

torch = pytest.importorskip("torch")

from lossbar_core.landscapes.losses import NAMED, as_loss  # noqa: E402


def test_accuracies_of_named_losses():
    logits = torch.tensor([[2.0, 0.0], [0.0, 1.0], [3.0, 1.0], [0.0, 1.0]])
    classes = as_loss("cross_entropy").accuracy
    assert classes(logits, torch.tensor([0, 1, 1, 1])) == 0.75
    assert classes(logits, torch.eye(2)[[0, 1, 1, 1]]) == 0.75
    assert (
        as_loss("bce").accuracy(torch.tensor([-1.0, 2.0, 3.0, -4.0]), torch.tensor([0.0, 1.0, 0.0, 0.0]))
        == 0.75
    )
    assert as_loss("mse").accuracy is None
    assert as_loss("mse", accuracy=torch.sub).accuracy is torch.sub


def test_values():
    outputs, targets = torch.tensor([[1.0], [3.0]]), torch.tensor([[0.0], [0.0]])
    assert as_loss("mse").mean(outputs, targets) == 5.0
    assert as_loss("mae").mean(outputs, targets) == 2.0


def test_integers_become_the_numbers_that_a_loss_needs():
    assert as_loss("bce").check(torch.zeros(2, 1), torch.tensor([[0], [1]])).dtype == torch.float32
    probabilities = torch.full((2, 3), 1 / 3)
    assert as_loss("cross_entropy").check(torch.zeros(2, 3), probabilities) is probabilities


@pytest.mark.parametrize(
    ("error", "name", "outputs", "targets", "message"),
    [
        (TypeError, "mse", (torch.zeros(2, 1),), torch.zeros(2, 1), "a tensor from the module .* got tuple"),
        (ValueError, "mse", torch.zeros(2, 1), torch.zeros(2), r"\('b', 1\) for loss 'mse', got \('b',\)"),
        (ValueError, "bce", torch.zeros(2), torch.tensor([0.0, 2.0]), r"targets in \[0, 1\] .* got 0 to 2"),
        (ValueError, "cross_entropy", torch.zeros(2), torch.tensor([0, 1]), r"outputs \(b, C, ...\)"),
        (ValueError, "cross_entropy", torch.zeros(2, 2), torch.eye(2).long(), "not one-hot integers"),
        (ValueError, "cross_entropy", torch.zeros(2, 2), torch.tensor([0, -100]), "got -100; .*ignored"),
    ],
)
def test_targets_that_do_not_fit(error, name, outputs, targets, message):
    with pytest.raises(error, match=message):
        as_loss(name).check(outputs, targets)


def test_a_loss_of_ones_own_is_not_mistaken_for_a_named_one():
    def mse(outputs, targets):
        return outputs.mean()

    mse.__qualname__ = "mse"
    assert as_loss(mse).name not in NAMED
