"""The architectures of the five papers as plain torch modules, with the number of parameters that the papers name."""

from lossbar_core.networks.convolutional import autoneb_cnn, cnn, cnn_552
from lossbar_core.networks.dense import densenet
from lossbar_core.networks.initial import SCHEMES, initialise
from lossbar_core.networks.language import LanguageModel
from lossbar_core.networks.mlp import ACTIVATIONS, MLP
from lossbar_core.networks.parameters import n_parameters
from lossbar_core.networks.residual import resnet, resnet_table_e7

__all__ = [
    "ACTIVATIONS",
    "MLP",
    "SCHEMES",
    "LanguageModel",
    "autoneb_cnn",
    "cnn",
    "cnn_552",
    "densenet",
    "initialise",
    "n_parameters",
    "resnet",
    "resnet_table_e7",
]
