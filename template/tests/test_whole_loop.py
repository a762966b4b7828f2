"""The whole loop on a few rows of this project, twice: the same bytes, and features that look back alone."""

from pathlib import Path

from lifecycle.testing.small_loop import rebuild_sample


def test_the_whole_loop_on_a_few_rows(tmp_path: Path) -> None:
    found = rebuild_sample(tmp_path, rows=1000)
    assert found.differing == []
    assert found.unwritten == []
    assert found.looking_ahead == []
