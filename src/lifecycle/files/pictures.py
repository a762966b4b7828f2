"""Figures as PNG: the same figure gives the same bytes."""

import warnings
from pathlib import Path

import matplotlib.style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lifecycle.files.atomic import replacing

DPI = 110


def write_picture(path: Path, figure: Figure) -> None:
    """Write a figure as PNG at 110 dots per inch, without clock, program name or a user's own style."""
    canvas = FigureCanvasAgg(figure)
    with replacing(path) as beside, matplotlib.style.context("default"), warnings.catch_warnings():
        # Names in a script that the bundled font lacks are drawn as boxes; the tables beside the picture hold them.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font", category=UserWarning)
        canvas.print_figure(beside, format="png", dpi=DPI, metadata={"Software": None})
