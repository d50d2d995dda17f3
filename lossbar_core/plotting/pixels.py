"""Pictures with hundreds of marks, which would be large as vector graphics."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def png_bytes(figure: Figure, dpi: int = 150, colors: int = 256) -> bytes:
    """Draw a figure as a PNG of few colours: a third of the bytes of its SVG, or fewer.

    Parameters
    ----------
    figure : matplotlib Figure
    dpi : int
        Pixels an inch.
    colors : int
        Size of the palette, 2 to 256.

    Returns
    -------
    bytes
        The same for the same figure.

    Raises
    ------
    ValueError
        If the palette has no such size.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure = plt.figure(figsize=(1, 1))
    >>> png_bytes(figure)[1:4]
    b'PNG'
    >>> plt.close(figure)
    """
    from PIL import Image

    if not 2 <= colors <= 256:
        raise ValueError(f"expected 2 to 256 colors, got {colors}; a PNG palette holds no more")
    large, small = io.BytesIO(), io.BytesIO()
    figure.savefig(large, format="png", dpi=dpi)
    with Image.open(large) as image:
        image.quantize(colors, method=Image.Quantize.FASTOCTREE).save(small, "png", optimize=True)
    return small.getvalue()


def show_pixels(figure: Figure, dpi: int = 150, colors: int = 256) -> None:
    """Display `png_bytes` of a figure in a notebook, and close it."""
    import matplotlib.pyplot as plt
    from IPython.display import Image, display

    data = png_bytes(figure, dpi, colors)
    plt.close(figure)
    display(Image(data))
