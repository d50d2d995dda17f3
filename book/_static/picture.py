"""Draws the picture of the README: python book/_static/picture.py"""

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt

import lossbar_core as lb
from lossbar_core.functions import HUMP_CAMEL_6
from lossbar_core.plotting import plot_barcode, plot_correspondence, save_svg, use_style

use_style()
bounds = HUMP_CAMEL_6.bounds()
bars = lb.sample_barcode(HUMP_CAMEL_6, bounds, n=200_000, seed=0).filter(min_size=100)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), width_ratios=(1.35, 1), layout="constrained")
plot_correspondence(HUMP_CAMEL_6, bars, bounds=bounds, limits=(None, 6), ax=left)
plot_barcode(bars, ax=right)
save_svg(figure, Path(__file__).with_name("picture.svg"))
