"""A legend above the figure."""

import matplotlib.pyplot as plt

from lossbar_core.plotting.legends import legend_outside


def test_the_legend_belongs_to_the_figure_and_names_every_line():
    axes = plt.subplots(2, 1)[1]
    for name in "abcd":
        axes[0].plot([0, 1], label=name)
    axes[1].plot([0, 1], label="a")
    axes[1].plot([0, 1], label="e")
    legend_outside(axes[0], columns=2)
    (legend,) = axes[0].figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list("abcde")
    assert axes[0].get_legend() is None
    plt.close(axes[0].figure)
