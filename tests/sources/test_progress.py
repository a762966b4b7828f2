"""The progress of reading a source: shown on a terminal without secrets and removed at its end; a log has none."""

import io
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from lifecycle.errors import SourceError
from lifecycle.io.progress import track
from lifecycle.sources import files

PAGING = {"by": "page", "parameter": "page"}


class Terminal(io.StringIO):
    """Text that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(params=["rest", "selectors", "sqlite"])
def entry(request: pytest.FixtureRequest, web: Any, reply: Any, tmp_path: Path) -> dict[str, Any]:
    """An entry of several pages or rows, and how its place is shown."""
    if request.param == "rest":
        web.answer = lambda asked: reply(json.dumps([{"id": 1}] if asked.parameters["page"] == "0" else []).encode())
        path = f"{web.address}/${{SHOP}}/orders"
        return {"path": path, "format": "rest", "paging": PAGING, "shown": f"{path}: 0 pages"}
    if request.param == "selectors":
        web.answer = lambda asked: reply(b"<p>1</p>")
        path = f"{web.address}/${{SHOP}}/1.html"
        return {"path": path, "format": "selectors", "rows": "p", "columns": {"n": "p"}, "shown": f"{path}: 0 pages"}
    path = str(tmp_path / "hunter2.sqlite")
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders AS SELECT 1 AS id")
    connection.close()
    path = f"{tmp_path}/${{SHOP}}.sqlite"
    return {"path": path, "format": "sqlite", "table": "orders", "shown": f"{path}: 0 rows"}


@pytest.mark.parametrize("terminal", [True, False])
def test_a_terminal_has_a_bar_and_a_log_has_none(
    entry: dict[str, Any],
    terminal: bool,
    web: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = entry.pop("shown")
    monkeypatch.setenv("SHOP", "hunter2")
    monkeypatch.setenv("LIFECYCLE_SECRETS_FOR", f"SHOP@{web.address}")
    monkeypatch.setattr(sys, "stderr", Terminal() if terminal else io.StringIO())
    (batch,) = files.read(tables={"orders": entry}, wait=lambda seconds: None)
    assert len(batch.rows) == 1
    said = sys.stderr.getvalue()  # type: ignore[attr-defined]
    assert (f"collect {shown}" in said) is terminal
    assert "hunter2" not in said
    assert capsys.readouterr().out == ""
    assert said.endswith(" \r") if terminal else said == ""


def test_the_bar_is_removed_before_an_error_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    with pytest.raises(SourceError), track("orders", [1, 2], "pages") as items:
        for _ in items:
            raise SourceError("it broke off", where="", todo="")
    assert sys.stderr.getvalue().endswith(" \r")  # type: ignore[attr-defined]
