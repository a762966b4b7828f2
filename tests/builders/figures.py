"""What a figure shows, and whether drawing it leaves matplotlib as it was."""

from collections.abc import Callable, Iterable

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure


def read_words(figure: Figure) -> list[str]:
    """The texts of a figure, drawn."""
    FigureCanvasAgg(figure).draw()
    return [text.get_text() for text in figure.findobj(matplotlib.text.Text) if text.get_text()]


def draw_all(drawings: Iterable[Callable[[], Figure]]) -> tuple[dict[str, object], dict[str, object]]:
    """matplotlib's settings before and after all figures were drawn."""
    before = dict(matplotlib.rcParams)
    for draw in drawings:
        draw()
    return before, dict(matplotlib.rcParams)
