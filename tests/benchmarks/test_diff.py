"""The benchmark of the comparison: its two tables differ as it reports."""

import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from benchmarks import diff


def test_the_benchmark_prints_speed_memory_and_changes(capsys: pytest.CaptureFixture[str]) -> None:
    assert diff.main(["--rows", "2000"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"2,000 rows before, 2,000 after, 8 columns: [\d,]+ rows/s, peak [\d,]+ MiB", first)
    assert second == "100 added, 100 removed, 19 changed"


def test_rows_are_the_same_in_pieces_of_any_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diff, "PIECE", 7)
    diff.write_rows(tmp_path / "pieces", 0, 20)
    monkeypatch.setattr(diff, "PIECE", 100)
    diff.write_rows(tmp_path / "at_once", 0, 20)
    assert pq.read_table(tmp_path / "pieces").equals(pq.read_table(tmp_path / "at_once"))


def test_draws_are_spread_evenly_and_differ_by_column() -> None:
    one, other = (diff.draw_uniform(np.arange(10_000), column) for column in (1, 2))
    assert np.histogram(one, 10, (0.0, 1.0))[0].min() > 900
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.05
