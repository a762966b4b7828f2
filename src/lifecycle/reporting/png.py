"""Figures as PNG files: the same figure gives the same bytes."""

import warnings
from pathlib import Path

import matplotlib.style
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from lifecycle.io.atomic import write_beside

DPI = 110
COLOURS = 256


def write_png(path: Path, figure: Figure) -> None:
    """Write a figure as PNG, at 110 dots per inch and in at most 256 colours, which takes a third of the space.

    The file holds no time and no program's name, and does not depend on the user's matplotlib settings.
    """
    image = rasterize(figure).quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    with write_beside(path) as beside:
        image.save(beside, format="PNG", optimize=True, dpi=(DPI, DPI))


def rasterize(figure: Figure) -> Image.Image:
    """The figure as pixels on white."""
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    with matplotlib.style.context("default"), warnings.catch_warnings():
        # Letters that the bundled font lacks are drawn as boxes; the tables beside a figure hold the names.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    return Image.fromarray(pixels).convert("RGB")
