"""Names become a landscape and starts; other refusals are tested with whole studies in test_run."""

import pytest
import torch

from lossbar_core.study import Study, load_problem


def test_starts_are_what_the_function_makes_under_each_seed(foreign):
    problem = load_problem(Study(f"{foreign}:dense", data=f"{foreign}:points", n_minima=3, seed=5))
    assert problem.seeds == (5, 6, 7)
    from importlib import import_module

    make = import_module(foreign).dense
    for seed, start in zip(problem.seeds, problem.starts, strict=True):
        torch.manual_seed(seed)
        assert torch.equal(problem.landscape.vector(make()), start)


def test_a_tied_embedding_counts_once(foreign):
    problem = load_problem(Study(f"{foreign}:transformer", data=f"{foreign}:sequences", n_minima=2))
    from importlib import import_module

    made = import_module(foreign).transformer()
    assert problem.landscape.dimension == sum(p.numel() for p in made.parameters())
    assert "output.weight" not in problem.landscape.layout.names


def test_dtype_reaches_the_landscape(foreign):
    problem = load_problem(Study(f"{foreign}:dense", data=f"{foreign}:points", n_minima=2, dtype="float64"))
    assert problem.starts.dtype == torch.float64


def test_data_are_made_under_the_studys_seed(foreign):
    def data():
        places = torch.randn(10, 2)
        return places, (places[:, 0] > 0).long()

    prints = [
        load_problem(Study(f"{foreign}:dense", data=data, n_minima=2, seed=seed)).landscape.fingerprint
        for seed in (0, 0, 1)
    ]
    assert prints[0] == prints[1] != prints[2]


@pytest.mark.parametrize(
    ("loss", "kind", "message"),
    [
        ("crossentropy", ValueError, "cross_entropy, mse, mae, bce or 'module:function', got 'crossentropy'"),
        (
            "torch.nn:CrossEntropyLoss",
            TypeError,
            "got the class torch.nn.*CrossEntropyLoss; name an instance",
        ),
        (3, TypeError, "loss as text 'module:name' or a callable, got int"),
    ],
)
def test_wrong_losses_are_explained(loss, kind, message, foreign):
    with pytest.raises(kind, match=message):
        load_problem(Study(f"{foreign}:dense", loss, f"{foreign}:points", n_minima=2))


def test_a_loss_of_torchs_own(foreign):
    study = Study(f"{foreign}:dense", "torch.nn.functional:cross_entropy", f"{foreign}:points", n_minima=2)
    named = load_problem(Study(f"{foreign}:dense", "cross_entropy", f"{foreign}:points", n_minima=2))
    problem = load_problem(study)
    assert torch.equal(problem.landscape.losses(problem.starts), named.landscape.losses(named.starts))


def test_weights_without_a_finite_loss_are_refused(foreign):
    def model():
        made = torch.nn.Linear(2, 2)
        torch.nn.init.constant_(made.bias, float("inf"))
        return made

    with pytest.raises(ValueError, match="finite loss at the start, got none for network 0"):
        load_problem(Study(model, data=f"{foreign}:points", n_minima=2))
