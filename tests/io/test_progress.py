"""Progress as lines, and as a bar where there is a terminal."""

import io
import sys

import pytest

from lifecycle.io.progress import Progress, track


class Terminal(io.StringIO):
    """Text that says it is a terminal."""

    def isatty(self):
        return True


def test_lines_where_there_is_no_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with Progress("tune tree", 2) as progress:
        progress.step("score 0.7")
        progress.step("score 0.8")
    assert capsys.readouterr().out == "tune tree: 1/2 score 0.7\ntune tree: 2/2 score 0.8\n"
    assert sys.stderr.getvalue() == ""


def test_a_bar_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with Progress("tune tree", 2) as progress:
        progress.step("score 0.7")
        progress.step("score 0.8")
    assert capsys.readouterr().out == ""
    assert "tune tree" in sys.stderr.getvalue()
    assert "score 0.8" in sys.stderr.getvalue()


def test_the_bar_is_closed_when_the_work_fails(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with pytest.raises(ZeroDivisionError), Progress("tune tree", 2) as progress:
        progress.step("note")
        raise ZeroDivisionError
    assert progress.done == 1
    assert sys.stderr.getvalue().endswith(" \r")


def test_counts_without_notes_leave_no_line_and_stop_at_the_total(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with Progress("predict", 5, "rows") as progress:
        progress.advance(3)
        progress.advance(3)
    assert progress.done == 5
    assert (capsys.readouterr().out, sys.stderr.getvalue()) == ("", "")


def test_items_are_counted_as_they_are_taken(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with track("compare", ["a", "b"], "slices") as items:
        assert list(items) == ["a", "b"]
    assert "compare: " in sys.stderr.getvalue()
    assert sys.stderr.getvalue().endswith(" \r")
