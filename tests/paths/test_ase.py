"""The same bands by the Atomic Simulation Environment: an oracle that shares no code with ours."""

import numpy as np
import pytest
import torch
from paths.surfaces import BENT_ENDS, CURVY_ENDS, bent, curvy, egg_carton

from lossbar_core.paths import ElasticBand

pytest.importorskip("ase")

from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.mep import NEB
from ase.optimize import FIRE


class Potential(Calculator):
    """One atom in the plane z = 0 of a two-dimensional surface."""

    implemented_properties = ("energy", "forces")

    def __init__(self, surface):
        super().__init__()
        self.surface = surface

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        losses, gradients = self.surface.losses_and_gradients(atoms.positions[:, :2])
        self.results = {"energy": float(losses), "forces": -np.c_[gradients.numpy(), [0.0]]}


def ase_band(surface, a, b, *, n, spring, climb, fmax=1e-3, steps=2000):
    """Places and losses of the images after ASE's NEB with the improved tangent."""
    images = []
    for share in np.linspace(0, 1, n):
        place = (1 - share) * np.asarray(a) + share * np.asarray(b)
        images.append(Atoms("H", positions=[[*place, 0.0]], calculator=Potential(surface)))
    band = NEB(images, k=spring, climb=climb, method="improvedtangent")
    with FIRE(band, logfile=None) as optimiser:
        optimiser.run(fmax=fmax, steps=steps)
    places = torch.tensor(np.array([image.positions[0, :2] for image in images]))
    return places, surface.losses(places)


CASES = [
    (egg_carton, (0.5, 0.5), (1.5, 1.45), 2.0),
    (curvy, *CURVY_ENDS, 1.0),
    (bent, *BENT_ENDS, 0.717),
]


@pytest.mark.parametrize("climb", [False, True])
@pytest.mark.parametrize(("surface", "a", "b", "persistence"), CASES)
def test_tops_agree_within_one_percent(surface, a, b, persistence, climb):
    surface = surface()
    _, theirs = ase_band(surface, a, b, n=11, spring=5.0, climb=climb)
    band = ElasticBand(11, spring=5.0, climb=0 if climb else None, steps=2000)
    ours = surface.losses(band.connect(surface, a, b).pivots)
    assert float(ours.max()) == pytest.approx(float(theirs.max()), abs=0.01 * persistence)


def test_pivots_agree_one_by_one():
    places, _ = ase_band(bent(), *BENT_ENDS, n=11, spring=5.0, climb=False, fmax=1e-4)
    path = ElasticBand(11, spring=5.0, tolerance=1e-4, steps=4000).connect(bent(), *BENT_ENDS)
    torch.testing.assert_close(path.pivots, places, atol=5e-3, rtol=0)
