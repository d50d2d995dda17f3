"""The papers' data: found, checked, named, and turned into rows for a landscape."""

from lossbar_core.datasets.dataset import Dataset, Split, fingerprint
from lossbar_core.datasets.find import DataNotFound
from lossbar_core.datasets.loading import NAMES, load
from lossbar_core.datasets.text import load_text

__all__ = ["NAMES", "DataNotFound", "Dataset", "Split", "fingerprint", "load", "load_text"]
