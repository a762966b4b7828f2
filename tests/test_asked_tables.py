"""Rides of an hour, asked about by day and hour as the export has them: one answer at each door, by what is known.

Exports whose columns are the features, days with their weekday, and tables that are joined: tests/test_parity.py.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import conftest
import pandas as pd
import pytest
from builders import doors, raw_problems

from lifecycle import paths
from lifecycle.cli import events
from lifecycle.io.tables import read_table
from lifecycle.online.stores import open_store
from lifecycle.release.release import list_records, load_release

pytestmark = pytest.mark.slow  # a build
FIELDS = ["dteday", "hr", "weathersit", "temp"]


@dataclass(frozen=True)
class Hours:
    """The repository of the release, and the newest row as its export has it, without what is counted later."""

    folder: Path
    row: pd.DataFrame


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hours]:
    problem = raw_problems.hours()
    repository = conftest.make(tmp_path_factory.mktemp("hours") / "repository")
    raw_problems.build(problem, repository)
    before = Path.cwd()
    os.chdir(repository.folder)
    yield Hours(repository.folder, problem.cells.tail(1).drop(columns=["casual", "registered", "cnt"]))
    os.chdir(before)


def predict_features(hours: Hours) -> dict[str, Any]:
    """The prediction of the newest row by the features that the stages made of it."""
    features = read_table(hours.folder / paths.FEATURES).tail(1)
    return list_records(load_release().predict(features))[0]


def drop_row_number(predictions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in one.items() if name != "row"} for one in predictions]


@pytest.mark.parametrize("columns", [None, FIELDS])
def test_one_row_has_one_answer_at_each_door(hours: Hours, columns: list[str] | None, tmp_path: Path) -> None:
    """With all columns that are known by then, and with the four that are asked for."""
    row = hours.row if columns is None else hours.row[columns]
    expected = predict_features(hours)
    assert expected["id"] == "2023-03-25-23"
    for kind in ("CSV", "JSON lines", "Excel"):
        assert drop_row_number(doors.predict_file(kind, row, tmp_path)) == [expected]
    assert list_records(load_release().predict(row)) == [expected]
    with doors.serve(load_release(), tmp_path) as client:
        one = client.post("/predict", json=doors.list_rows(row)[0]).raise_for_status().json()
        assert {"id": one["id"]} | one["prediction"] == expected
        for found in doors.ask_in_envelopes(client, row).values():
            assert found == [one["prediction"]]
        tensors = doors.ask_by_tensors(client, "hours", row, {})
        assert tensors == {name: [value] for name, value in expected.items()}


def test_the_page_asks_day_and_hour(hours: Hours, tmp_path: Path) -> None:
    release = load_release()
    with doors.serve(release, tmp_path) as client:
        form = doors.read_form(client.get("/").raise_for_status().text)
        found = client.post("/predict?explain=8", json=form).raise_for_status().json()
    assert list(form) == FIELDS
    assert form == release.example["question"]
    assert list_records(load_release().predict(pd.DataFrame([form]))) == [{"id": found["id"]} | found["prediction"]]
    words = {one["field"]: one.get("text") for one in found["explanation"]["effects"]}
    assert words["last"].startswith(f"last cnt for hr {form['hr']}: ")


@pytest.mark.parametrize(
    ("changes", "rejected"),
    [
        ({"temp": " 1,015.5 C"}, None),
        ({"temp": " "}, None),
        ({"hr": "23.0"}, None),
        ({"dteday": "2023-03-25"}, "dteday"),
        ({"dteday": "03/25/2023"}, "dteday"),
        ({"dteday": ""}, "dteday"),
        ({"hr": "23.5"}, "hr"),
        ({"temp": "warm"}, "temp"),
        ({"temp": "1.015,5"}, "temp"),
    ],
)
def test_cells_are_read_as_the_schema_says(
    hours: Hours, changes: Mapping[str, str], rejected: str | None, tmp_path: Path
) -> None:
    row = hours.row[FIELDS].assign(**changes)
    release = load_release()
    with doors.serve(release, tmp_path) as client:
        found = client.post("/predict", json=doors.list_rows(row)[0])
    if rejected:
        assert [one["field"] for one in found.json()["detail"]] == [rejected]
        assert release.reader.read_table(row).rejected["field"].tolist() == [rejected]
        return
    assert found.raise_for_status().json()["prediction"]
    assert drop_row_number(doors.predict_file("CSV", row, tmp_path)) == [
        {"id": found.json()["id"]} | found.json()["prediction"]
    ]


def test_counts_that_become_known_change_the_answer_at_each_door(hours: Hours, tmp_path: Path) -> None:
    row = pd.DataFrame([{"dteday": "26/03/2023", "hr": "7", "weathersit": "1", "temp": "12.0 C"}])
    later = pd.DataFrame([{"dteday": "26/03/2023", "hr": "7", "cnt": "1,777", "noted": "2023-03-26T08:00:00Z"}])
    later.to_csv(tmp_path / "counts.csv", index=False)
    before = list_records(load_release().predict(row))
    assert drop_row_number(doors.predict_file("CSV", row, tmp_path)) == before
    assert events.main([str(tmp_path / "counts.csv"), "--known-at", "noted"]) == 0
    assert drop_row_number(doors.predict_file("CSV", row, tmp_path)) == before  # its own count was not known by then
    row["dteday"] = "27/03/2023"
    release, store = load_release(), open_store("data/events")
    release.online.follow(store)  # type: ignore[union-attr]
    expected = list_records(release.predict(row))
    features = release.reader.read_table(row).features
    assert (features["last"].tolist(), features["last_age"].tolist()) == ([1777.0], [23.0])
    assert expected != list_records(load_release().predict(row))
    assert drop_row_number(doors.predict_file("JSON lines", row, tmp_path)) == expected
    with doors.serve(load_release(), hours.folder) as client:
        one = client.post("/predict", json=doors.list_rows(row)[0]).raise_for_status().json()
        assert [{"id": one["id"]} | one["prediction"]] == expected
    (log,) = (hours.folder / paths.SERVED).glob("*.jsonl")
    logged = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
    assert (logged["question"], logged["inputs"]["last"]) == (doors.list_rows(row)[0], 1777)
    store.close()
