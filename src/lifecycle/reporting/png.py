"""Figures as PNG: the same figure gives the same bytes."""

import warnings
from pathlib import Path

import matplotlib.style
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from lifecycle.io.atomic import replacing

DPI = 110
COLOURS = 256


def write_picture(path: Path, figure: Figure) -> None:
    """Write a figure as PNG at 110 dots per inch in at most 256 colours, a third of the size of one in all.

    It holds no clock and no program's name, and a user's own matplotlib style has no say.
    """
    picture = painted(figure).quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    with replacing(path) as beside:
        picture.save(beside, format="PNG", optimize=True, dpi=(DPI, DPI))


def painted(figure: Figure) -> Image.Image:
    """The figure as coloured dots on white."""
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    with matplotlib.style.context("default"), warnings.catch_warnings():
        # Letters that the bundled font lacks are drawn as boxes; the tables beside a picture hold the names.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        canvas.draw()  # type: ignore[no-untyped-call]
    dots = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    return Image.fromarray(dots).convert("RGB")
