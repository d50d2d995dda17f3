"""The index items: what one point says, the tables, the claims and the spectra."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lossbar_core.hessians import exact_hessian, spectrum_of  # noqa: E402
from lossbar_core.papers import load_items  # noqa: E402
from lossbar_core.papers.hi.index_claims import CASES, PROFILES, split  # noqa: E402
from lossbar_core.papers.hi.index_nets import landscape_of, measure, parameters_of  # noqa: E402
from lossbar_core.papers.hi.index_plots import _shape  # noqa: E402
from lossbar_core.papers.hi.index_tables import (  # noqa: E402
    CHOICES,
    MNIST,
    NETWORKS,
    gathered,
    profiles,
    usual_runs,
)
from lossbar_core.papers.hi.index_tables import split as tasks_of  # noqa: E402
from lossbar_core.register import Register  # noqa: E402
from lossbar_core.runs.compute import compute  # noqa: E402

TABLES = [f"HI-{net}-{which}" for net in ("2MLP", "3MLP", "CNN") for which in ("MNIST", "FMNIST", "rand")]
CLAIMS = ["HI-Claim-rand", "HI-Claim-robust", "HI-Claim-arch", "HI-plots"]


def task(network, **changes):
    return replace(usual_runs(profiles(network, (MNIST,), True)["smoke"])[0], **changes)


@pytest.mark.parametrize("name", [*TABLES, *CLAIMS, "HI-params"])
def test_values_that_the_register_checks_are_there(name):
    assert set(Register.load()[name].value_names) <= set(compute(name, "smoke").values)


@pytest.mark.parametrize(("network", "bound"), [("2mlp", 90), ("3mlp", 220), ("cnn", 52)])
def test_the_theorem_holds_and_float32_exceeds_the_index(network, bound):
    found = measure(task(network, closely=True))
    v, a = found.values, found.arrays
    assert v["low"] <= v["high"] <= v["bound"] == bound
    assert v["low"] <= v["at_threshold"] + 1  # eigenvalues between the error and 1e-8 of the largest
    assert v["count32"] >= v["low"]
    assert (
        a["layers_low"].max() == 0 or network == "cnn"
    )  # each layer alone is convex; convolutions pass on curvature
    assert (np.diff(a["curve64"]) <= 0).all()
    assert a["eigenvalues"][0] == v["lowest"] < 0
    assert (a["descent"][2] <= a["descent"][0]).all()  # the lower side is below the mean of both


def test_values_are_those_of_the_landscape():
    one = task("2mlp")
    landscape = landscape_of(one, torch.float64)
    theta = parameters_of(one, landscape_of(one, torch.float32)).double()
    eigenvalues = spectrum_of(exact_hessian(landscape, theta, route="products")).eigenvalues
    found = measure(one)
    np.testing.assert_allclose(
        found.arrays["eigenvalues"], eigenvalues, atol=1e-12 * eigenvalues[-1] * len(eigenvalues)
    )
    assert found.values["loss"] == pytest.approx(float(landscape.losses(theta[None])[0]))


def test_choices_change_what_they_say():
    config = replace(profiles("2mlp", (MNIST,), True)["smoke"], runs=1)
    usual, *chosen = tasks_of(config)
    assert [replace(usual, **CHOICES[name]) for name in config.choices] == chosen
    values = {name: measure(one).values for name, one in zip(config.choices, chosen, strict=True)}
    assert values["tanh"]["bound"] == values["sigmoid"]["bound"] > 90  # only the last layer's theorem is left
    assert (
        values["standardised"]["largest"] > measure(usual).values["largest"]
    )  # brighter pixels, more curvature
    assert values["autograd"]["low"] == measure(usual).values["low"]  # in float64 nothing changes


def test_the_standardised_images_have_no_dark_pixel():
    plain, scaled = (
        landscape_of(task("2mlp", standardise=on), torch.float64).data.arguments[0] for on in (False, True)
    )
    assert (plain == 0).all(dim=0).any()
    assert not (scaled == 0).all(dim=0).any()
    assert float(scaled.mean()) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("network", NETWORKS)
def test_tables_gather_runs_data_set_by_data_set(network):
    config = replace(profiles(network, (MNIST, "fashion-mnist"), False)["smoke"], choices=())
    results = [measure(one) for one in tasks_of(config)]
    found = gathered(config, results)
    assert found.arrays["low"].shape == (2, config.runs)
    assert found.arrays["count32"][1].tolist() == [r.values["count32"] for r in results[config.runs :]]
    assert found.values["mean_low_mnist"] == np.mean([r.values["low"] for r in results[: config.runs]])
    assert found.values["smallest_count32"] == min(r.values["count32"] for r in results)


def test_claims_ask_for_the_runs_of_the_tables():
    """So that nothing is computed twice."""
    tasks = split(PROFILES["paper"])
    of_tables = {
        t
        for name in NETWORKS
        for trained in (True, False)
        for t in usual_runs(PROFILES["paper"].runs(name, MNIST, trained))
    }
    assert len(tasks) == len(set(tasks)) == 2 * len(CASES) * 10
    assert of_tables < set(tasks)
    entry = load_items()["HI-2MLP-MNIST"].profiles["paper"]
    assert set(usual_runs(entry)) < set(tasks)


def test_claim_counts_cases():
    found = compute("HI-Claim-rand", "smoke")
    difference = found.arrays["trained"].mean(axis=1) - found.arrays["random"].mean(axis=1)
    assert found.values["cases_up"] == (difference > 0).sum()
    assert found.values["cases_down"] == (difference < 0).sum()


def test_shape_of_a_spectrum_that_is_known():
    bulk = np.linspace(0.9e-3, 1e-3, 97)
    outliers, above, factor, *negative, null = _shape(
        np.concatenate([[-1e-3, -1e-5], bulk, [0.0], [1.0, 2.0]])
    )
    assert (outliers, above, null) == (2, 2, 1 / 102)
    assert factor == pytest.approx(1000)
    assert negative == pytest.approx([1, 100])
