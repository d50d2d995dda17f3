"""Training of ensembles: schedules, optimizers, many networks at once."""

from lossbar_core.training.ensemble import Ensemble, train_ensemble
from lossbar_core.training.optimizers import SGD, Adam, Optimizer
from lossbar_core.training.schedule import Cyclical, Rates, Schedule, StepDecay
from lossbar_core.training.starts import initial_vectors

__all__ = [
    "SGD",
    "Adam",
    "Cyclical",
    "Ensemble",
    "Optimizer",
    "Rates",
    "Schedule",
    "StepDecay",
    "initial_vectors",
    "train_ensemble",
]
