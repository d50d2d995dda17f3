"""Whole studies of networks that the library has never seen; what is refused is refused before any training."""

import json

import numpy as np
import pytest
import torch

from lossbar_core.paths import ElasticBand, relaxation
from lossbar_core.study import Study, load_study, run_study, training
from lossbar_core.study.export import REPORT, UNFINISHED

QUICK = {"n_minima": 3, "epochs": 30, "batch": 16, "path_budget": 150, "rate": 0.02}


@pytest.fixture
def untrained(monkeypatch):
    """Fails the test if a training starts."""

    def never(*args, **kwargs):
        raise AssertionError("training started")

    monkeypatch.setattr(training, "train_ensemble", never)


def study_of(foreign, model, data, loss="cross_entropy", **settings):
    loss = loss if loss in ("cross_entropy", "mse") else f"{foreign}:{loss}"
    return Study(f"{foreign}:{model}", loss, f"{foreign}:{data}", **{**QUICK, **settings})


NETWORKS = {
    "transformer": ("transformer", "sequences", "cross_entropy", {}),
    "u-net": ("unet", "images", "mse", {"batch": 6}),
    "u-net, statistics measured": ("unet", "images", "mse", {"batch": 6, "batchnorm": "recompute"}),
    "u-net, statistics as coordinates": ("unet", "images", "mse", {"batch": 6, "batchnorm": "coordinates"}),
    "u-net, own loss": ("unet", "images", "huber", {"batch": 6, "method": "bezier"}),
    "inputs by name": ("small", "named_inputs", "mse", {"method": "neb"}),
    "dense, aligned": ("dense", "points", "cross_entropy", {"align": True, "dtype": "float64"}),
    "recurrent": ("recurrent", "series", "cross_entropy", {"epochs": 3, "path_budget": 20, "n_minima": 2}),
    "dropout off": ("forgetful", "points", "cross_entropy", {"dropout": "off"}),
    "suggested pairs": ("dense", "points", "cross_entropy", {"pairs": "suggested", "n_minima": 4}),
    "straight": ("dense", "points", "cross_entropy", {"method": "straight"}),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_study_of_a_foreign_network(name, foreign, tmp_path, capsys):
    model, data, loss, settings = NETWORKS[name]
    study = study_of(foreign, model, data, loss, **settings)
    result = run_study(study, tmp_path / "out")
    assert len(result.minima) == study.n_minima
    assert not result.diverged
    assert len(result.barcode) == study.n_minima
    assert int(result.barcode.essential.sum()) == 1
    assert result.found.ultrametric_violation == 0
    assert (result.losses < result.history[0]).all()  # trained
    if study.pairs == "all" and study.method != "straight" and not study.align:
        assert (
            np.triu(result.straight - result.found.tops, 1).min() > -1e-3
        )  # a path is no worse than its start
    assert "gradients of training" in capsys.readouterr().out
    loaded = load_study(tmp_path / "out")
    assert loaded.summary() == result.summary()
    assert torch.equal(loaded.minima, result.minima.cpu())
    assert not (tmp_path / "out" / UNFINISHED).exists()


def test_results_repeat_bit_for_bit_and_the_callers_random_state_stays(foreign):
    study = study_of(foreign, "dense", "points")
    torch.manual_seed(11)
    before = torch.random.get_rng_state()
    first = run_study(study)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(12)
    second = run_study(study)
    assert torch.equal(first.minima, second.minima)
    np.testing.assert_array_equal(first.found.tops, second.found.tops)


class Killed(Exception):
    pass


@pytest.mark.parametrize("stage", ["training", "paths"])
def test_a_killed_study_continues_bit_for_bit(stage, foreign, tmp_path, monkeypatch):
    study = study_of(
        foreign, "dense", "points", method="neb", method_settings={"pivots": 5, "steps": 200}, path_budget=400
    )
    whole = run_study(study)
    with monkeypatch.context() as patch:
        _kill(stage, patch)
        with pytest.raises(Killed):
            run_study(study, tmp_path / "out")
    kept = {file.name for file in (tmp_path / "out" / UNFINISHED).iterdir()}
    assert {"training": "training.npz", "paths": "paths.npz"}[stage] in kept
    assert not (tmp_path / "out" / REPORT).exists()
    if stage == "paths":  # what is trained already is not trained again
        monkeypatch.setattr(training, "train_ensemble", None)
    resumed = run_study(study, tmp_path / "out")
    assert torch.equal(whole.minima, resumed.minima)
    np.testing.assert_array_equal(whole.found.tops, resumed.found.tops)
    for pair, path in whole.found.paths.items():
        assert torch.equal(path.pivots, resumed.found.paths[pair].pivots)


def _kill(stage, patch):
    """Let the work die in the middle, just after a checkpoint."""
    if stage == "training":
        from lossbar_core.training import ensemble
        from lossbar_core.training.loop import Run

        patch.setattr(Run, "due", lambda run: run.step == 40)
        save = ensemble.checkpoints.save
        patch.setattr(ensemble.checkpoints, "save", lambda *a: (save(*a), _die()))
        return
    save = relaxation._save

    def save_and_die(*args):
        save(*args)
        _die()

    patch.setattr(relaxation, "_save", save_and_die)


def _die():
    raise Killed


def test_a_finished_study_is_loaded_unless_it_is_asked_for_again(foreign, tmp_path, monkeypatch):
    study = study_of(foreign, "dense", "points", n_minima=2)
    first = run_study(study, tmp_path / "out")
    with monkeypatch.context() as patch:
        patch.setattr(training, "train_ensemble", None)
        assert torch.equal(run_study(study, tmp_path / "out").minima, first.minima)
        with pytest.raises(TypeError):
            run_study(study, tmp_path / "out", again=True)
    assert torch.equal(run_study(study, tmp_path / "out", again=True).minima, first.minima)


def test_another_study_in_the_same_folder_is_refused(foreign, tmp_path, untrained):
    out = tmp_path / "out"
    with pytest.raises(AssertionError, match="training started"):
        run_study(study_of(foreign, "dense", "points"), out)
    with pytest.raises(ValueError, match=r"settings.epochs: 30 -> 31.*name another folder"):
        run_study(study_of(foreign, "dense", "points", epochs=31), out)


def test_again_replaces_another_study(foreign, tmp_path):
    out = tmp_path / "out"
    first = run_study(study_of(foreign, "dense", "points", n_minima=2), out)
    second = run_study(study_of(foreign, "dense", "points", n_minima=2, epochs=5), out, again=True)
    assert not torch.equal(first.minima, second.minima)
    assert torch.equal(load_study(out).minima, second.minima)


def test_again_starts_over_where_another_study_was_interrupted(foreign, tmp_path, monkeypatch):
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        _kill("training", patch)
        with pytest.raises(Killed):
            run_study(study_of(foreign, "dense", "points", n_minima=2), out)
    study = study_of(foreign, "dense", "points", n_minima=2, epochs=5)
    found = run_study(study, out, again=True)
    assert torch.equal(found.minima, run_study(study).minima)


def test_a_changed_source_is_another_study(foreign, tmp_path, untrained):
    out = tmp_path / "out"
    with pytest.raises(AssertionError, match="training started"):
        run_study(study_of(foreign, "dense", "points"), out)
    with (tmp_path / "project" / "foreign_nets.py").open("a") as file:
        file.write("\n# changed\n")
    with pytest.raises(ValueError, match=r"code\.model"):
        run_study(study_of(foreign, "dense", "points"), out)


def test_a_diverging_training_is_reported_and_the_others_go_on(foreign, monkeypatch):
    study = study_of(foreign, "dense", "points", n_minima=4)
    train = training.train_ensemble

    def one_fails(surface, seeds, *, starts, **settings):
        """Far away, float32 cannot hold the loss."""
        starts = starts.clone()
        starts[1] *= 1e30
        return train(surface, seeds, starts=starts, **settings)

    monkeypatch.setattr(training, "train_ensemble", one_fails)
    result = run_study(study)
    assert list(result.diverged) == [1]
    assert "step 0" in result.diverged[1]
    assert result.seeds.tolist() == [0, 2, 3]
    assert len(result.barcode) == 3
    assert "seed 1 diverged" in result.summary()
    assert result.history.shape[1] == 4


def test_a_rate_that_is_much_too_high_ends_the_study_with_reasons(foreign):
    study = study_of(foreign, "dense", "points", rate=1e12, optimizer="sgd")
    with pytest.raises(
        RuntimeError, match=r"at least two trained networks, got 0 \(seed 0: .*lower the rate"
    ):
        run_study(study)


REFUSED = {
    "dropout": ({"model": "forgetful"}, ValueError, "dropout.*pass dropout='off'"),
    "nan in data": ({"data": "broken_points"}, ValueError, r"got nan at \[3, 1\]"),
    "vector loss": ({"loss": "vector_loss"}, ValueError, "expected one number from loss"),
    "loss that is no mean": ({"loss": "sum_loss"}, ValueError, "mean over rows"),
    "loss with another name": ({"loss": "no_such_loss"}, AttributeError, "no_such_loss"),
    "a loader": ({"data": "a_loader"}, TypeError, "got DataLoader; stack a Dataset or DataLoader"),
    "three parts": ({"data": "three_parts"}, TypeError, "got tuple of 3"),
    "float classes": ({"data": "float_classes"}, ValueError, "integer classes"),
    "short targets": ({"data": "short_targets"}, ValueError, "as many rows of inputs as of targets"),
    "data for another network": ({"data": "images"}, ValueError, "to run on 8 rows"),
    "the same weights": ({"model": "same_weights"}, ValueError, "take torch.manual_seed"),
    "other sizes": ({"model": "other_sizes"}, ValueError, "the same architecture at every call"),
    "a tensor": ({"model": "a_tensor"}, TypeError, "got Tensor; return the module itself"),
    "a class": ({"model": "a_class"}, TypeError, "call the class"),
    "align what cannot be": (
        {"model": "transformer", "data": "sequences", "align": True},
        ValueError,
        "use align=False",
    ),
    "too long": ({"max_minutes": 1e-6}, ValueError, "lower n_minima, epochs or path_budget"),
    "no budget": ({"max_minutes": 9, "path_budget": None}, ValueError, "a budget beside max_minutes"),
    "no device": ({"device": "cuda:77"}, ValueError, "a device of this machine"),
    "too little memory": ({"memory": 10.0}, MemoryError, "memory"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_work_is_refused_before_any_training(name, foreign, untrained):
    change, kind, message = REFUSED[name]
    change = {"model": "dense", "data": "points"} | change
    with pytest.raises(kind, match=message):
        run_study(study_of(foreign, **change))


def test_a_folder_that_cannot_be_used_is_refused_before_any_training(foreign, tmp_path, untrained):
    study = study_of(foreign, "dense", "points")
    (tmp_path / "file").touch()
    for folder, message in (
        (tmp_path / "file", "can be written to"),
        (tmp_path / "file" / "below", "can be written to"),
        (tmp_path / "project", "an empty folder or a study's"),
    ):
        with pytest.raises(ValueError, match=message):
            run_study(study, folder)
    with pytest.raises(TypeError, match="expected a folder"):
        run_study(study, "")


def test_something_else_than_a_study_is_refused():
    with pytest.raises(TypeError, match="expected a Study, got dict"):
        run_study({"model": "a:b"})


def test_a_method_that_is_made_already(foreign):
    band = ElasticBand(pivots=5, steps=20)
    result = run_study(study_of(foreign, "dense", "points", method=band, n_minima=2))
    assert len(result.highest_path) == 5


def test_the_report_says_how_it_was_made(foreign, tmp_path):
    run_study(study_of(foreign, "dense", "points", n_minima=2), tmp_path / "out")
    report = json.loads((tmp_path / "out" / REPORT).read_text())
    assert report["settings"]["model"] == f"{foreign}:dense"
    assert report["settings"]["method"]["budget"] == QUICK["path_budget"]
    assert report["gradients"]["training"] == 2 * 30 * 3
    assert 0 < report["gradients"]["paths"] <= QUICK["path_budget"]
    assert len(report["provenance"]["request"]["surface"]["data"]) == 64
    assert report["provenance"]["versions"]["torch"]
    assert set(report["provenance"]["request"]["code"]) == {"model", "data"}


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_study_on_a_gpu(foreign):
    result = run_study(study_of(foreign, "transformer", "sequences", device="cuda"))
    assert result.minima.device.type == "cuda"
    assert len(result.barcode) == 3
