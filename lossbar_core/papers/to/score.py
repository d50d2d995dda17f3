"""TO-score: the score of known and of measured barcodes (TO section 1.3, equations 3 and 4), and five instruments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbar_core.barcodes.distances import bottleneck_distance, to_score
from lossbar_core.functions.separable import separable_barcode
from lossbar_core.papers.base import Result, sweep_item
from lossbar_core.papers.to.claim import Claim, orderings, split_claim
from lossbar_core.papers.to.instruments import InstrumentTask, measure_instruments
from lossbar_core.papers.to.net_tasks import NetTask, measure
