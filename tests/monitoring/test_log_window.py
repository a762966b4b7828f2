"""The prediction log as monitored rows, written by hand."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from lifecycle.cli.monitor import build_reader
from lifecycle.data.problem import Budget, Decision, Minimum, Problem
from lifecycle.data.schema import Column, Schema
from lifecycle.errors import UnfitTable
from lifecycle.feedback.labels import FIXED
from lifecycle.feedback.prediction_log import Log
from lifecycle.io.tables import write_table
from lifecycle.monitoring.log_window import LoggedRows, read_logged_rows
from lifecycle.monitoring.observations import BrokenColumn
from lifecycle.release.contract import parse_contract
from lifecycle.release.row_reader import RowReader
from lifecycle.release.row_schema import build_contract

COLUMNS = {
    "order": Column(type="text", role="id", description=""),
    "day": Column(type="day", role="context", description=""),
    "weight": Column(type="number", role="feature", description=""),
    "shop": Column(type="category", role="feature", description=""),
    "late": Column(type="boolean", role="target", description=""),
}
SCHEMA = Schema(columns=COLUMNS, tables={})
PROBLEM = Problem(
    question="",
    decision=Decision(who="", how=""),
    unit="",
    task="binary",
    target="late",
    split="by_time",
    score="roc_auc",
    kpis=(),
    minimum=Minimum(rows=1),
    budget=Budget(minutes=1, memory_gib=1, disk_gib=1),
    block="day",
)
KINDS = {"weight": "number", "shop": "text"}
AGREED = parse_contract(build_contract("", "binary", SCHEMA, KINDS, {}, dict.fromkeys(KINDS)), "contract.json")


def record(key: str, day: int, probability: float, **inputs: object) -> dict[str, object]:
    answer = {"probability": probability, "predicted": probability >= 0.5}
    return {
        "id": key,
        "time": f"2013-09-{day:02d}T12:00:00.000000Z",
        "version": "r1",
        "inputs": inputs,
        "prediction": answer,
    }


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three answered orders, the second answered twice, and labels of two of them."""
    monkeypatch.chdir(tmp_path)
    texts = {
        "params.yaml": "problem: orders\n",
        "conf/source/orders.yaml": "_target_: lifecycle.sources.feedback.read\nbatches: [one]\n",
        "reports/evaluate/threshold.json": '{"threshold": 0.25}',
    }
    for name, text in texts.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    rows = [
        ("a", "true", "service", "2013-09-03T12:00:00Z"),
        ("b", "false", "service", "2013-09-03T00:00:00Z"),
        ("b", "true", "person", None),
    ]
    labels = pd.DataFrame(rows, columns=["id", "label", "origin", "known_at"])
    more = {"predicted_at": "2013-09-01T12:00:00Z", "version": "r1", "prediction": "{}"}
    write_table(tmp_path / "data/feedback/one.parquet", labels.assign(**more)[FIXED].astype("str"))
    logged(record("b", 1, 0.9, weight=1, shop="north"))
    logged(
        record("a", 1, 0.75, weight=2, shop="north"),
        record("b", 2, 0.5, weight=3, shop=None),
        record("c", 30, 0.125, weight=4, shop="south"),
    )
    return tmp_path


def logged(*records: dict[str, object]) -> None:
    log = Log(Path("data/served"), datetime(2013, 9, 1, tzinfo=UTC))
    log.append(list(records))
    log.close()


def read(schema: Schema = SCHEMA, left_out: tuple[str, ...] = ()) -> LoggedRows:
    return read_logged_rows(build_reader(RowReader(AGREED)), PROBLEM, schema, "month", left_out)


@pytest.mark.usefixtures("place")
def test_the_last_prediction_of_each_id_is_a_row_with_its_label() -> None:
    found = read()
    rows = found.later.rows
    assert rows.predictions is not None
    assert rows.labels is not None
    assert rows.delays is not None
    assert rows.predictions.scores.tolist() == [0.75, 0.5, 0.125]
    assert rows.predictions.threshold == 0.25
    assert rows.features["weight"].tolist() == [2.0, 3.0, 4.0]
    assert rows.period.tolist() == ["2013-09"] * 3
    assert rows.blocks.tolist() == ["2013-09-01", "2013-09-02", "2013-09-30"]
    assert rows.known.tolist() == [0, 1]
    assert rows.predictions.truth[rows.known].tolist() == [1, 1]
    assert rows.delays.tolist() == pytest.approx([2.0, float("nan"), float("nan")], nan_ok=True)
    assert (found.later.broken, found.torn, found.versions.tolist()) == ([], "", ["r1"] * 3)


def test_a_source_that_takes_no_labels_has_none(place: Path) -> None:
    (place / "conf/source/orders.yaml").write_text("_target_: lifecycle.sources.files.read\n", encoding="utf-8")
    rows = read().later.rows
    assert len(rows.known) == 0
    assert rows.predictions is not None
    assert rows.predictions.scores.tolist() == [0.75, 0.5, 0.125]


def test_an_input_that_the_log_lacks_is_broken_unless_it_was_left_out(place: Path) -> None:
    for path in (place / "data/served").iterdir():
        path.unlink()
    logged(record("a", 1, 0.75, weight=2))
    assert read().later.broken == [BrokenColumn("shop", "is missing")]
    assert read(left_out=("shop",)).later.broken == []


def test_a_torn_line_is_reported_and_left_out(place: Path) -> None:
    path = sorted((place / "data/served").iterdir())[-1]
    path.write_bytes(path.read_bytes()[:-2])
    found = read()
    assert found.torn == "1 lines torn by a stopped process, at the end of 20130901T000000Z-2.jsonl"
    assert len(found.versions) == 2


def test_an_empty_log_is_rejected(place: Path) -> None:
    for path in (place / "data/served").iterdir():
        path.unlink()
    with pytest.raises(UnfitTable, match="the prediction log is empty"):
        read()


@pytest.mark.usefixtures("place")
def test_the_rows_of_one_release_are_selected() -> None:
    logged({**record("d", 2, 0.25, weight=5, shop="north"), "version": "r2"})
    found = read()
    assert found.versions.tolist() == ["r1", "r1", "r1", "r2"]
    chosen = found.select_release("r2")
    assert chosen.predictions is not None
    assert (chosen.predictions.scores.tolist(), chosen.features["weight"].tolist()) == ([0.25], [5.0])
    assert len(found.select_release("r3").features) == 0


@pytest.mark.usefixtures("place")
def test_predictions_of_another_problem_are_rejected() -> None:
    logged({**record("d", 2, 0.5, weight=1.0), "prediction": {"predicted": 7.5}})
    with pytest.raises(UnfitTable, match="1 of 4 predictions lack probability") as caught:
        read()
    assert json.dumps({"predicted": 7.5}) in caught.value.what


@pytest.mark.usefixtures("place")
def test_labels_of_a_number_are_numbers() -> None:
    schema = replace(SCHEMA, columns=COLUMNS | {"late": Column(type="number", role="target", description="")})
    with pytest.raises(UnfitTable, match="3 of 3 predictions lack predicted"):
        read_logged_rows(build_reader(RowReader(AGREED)), replace(PROBLEM, task="regression"), schema, "month", ())
