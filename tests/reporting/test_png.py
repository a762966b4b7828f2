"""Figures are small PNG files with the same bytes every time."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

import lifecycle
from lifecycle.reporting.png import write_png

DRAW = """
import sys
from pathlib import Path
import pandas as pd
from lifecycle.eda.plots import plot_heatmap, plot_rate_by_category
from lifecycle.reporting.png import write_png
rates = pd.DataFrame({"level": ["a", "b"], "rows": [5, 9], "value": [0.5, 0.1], "low": [0.2, 0.0], "high": [0.8, 0.3]})
write_png(Path(sys.argv[1]) / "bars.png", plot_rate_by_category(rates, "Bars", "share", 0.3))
write_png(Path(sys.argv[1]) / "map.png", plot_heatmap(pd.DataFrame([[1.0, 0.2], [0.2, 1.0]]), "Map", "share", low=0))
"""


def line() -> Figure:
    figure = Figure(figsize=(4, 3))
    figure.add_subplot().plot([1, 2], [3, 4])
    return figure


def test_size_and_metadata(tmp_path):
    write_png(tmp_path / "new" / "line.png", line())
    with Image.open(tmp_path / "new" / "line.png") as image:
        assert image.size == (440, 330)
        assert set(image.info) <= {"dpi"}
        assert np.asarray(image.convert("RGB"))[0, 0].tolist() == [255, 255, 255]
    assert (tmp_path / "new" / "line.png").stat().st_size < 10_000


def test_a_users_style_has_no_effect(tmp_path):
    write_png(tmp_path / "a.png", line())
    figure = line()
    with matplotlib.rc_context({"savefig.dpi": 30, "savefig.facecolor": "red", "path.simplify": False}):
        write_png(tmp_path / "b.png", figure)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_letters_without_a_glyph_do_not_fail(tmp_path):
    figure = line()
    figure.suptitle("東京")
    write_png(tmp_path / "a.png", figure)
    assert (tmp_path / "a.png").exists()


def test_a_failure_leaves_the_earlier_file(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"earlier")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("halfway")

    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(RuntimeError, match="halfway"):
        write_png(path, line())
    assert path.read_bytes() == b"earlier"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]


def test_same_bytes_in_other_processes(tmp_path):
    hashes = set()
    for seed, threads in (("1", "1"), ("2", "4")):
        folder = tmp_path / seed
        folder.mkdir()
        source = str(Path(lifecycle.__file__).parents[1])
        settings = {"PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads, "PYTHONPATH": source}
        subprocess.run([sys.executable, "-c", DRAW, str(folder)], check=True, env=os.environ | settings)
        hashes.add(tuple(hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("bars.png", "map.png")))
    assert len(hashes) == 1
