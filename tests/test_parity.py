"""A thousand raw rows get the same predictions by every door as by the pipeline itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import conftest
import numpy as np
import pandas as pd
import pytest
from builders import doors, raw_problems
from builders.raw_problems import RawProblem

from lifecycle import paths
from lifecycle.cli.monitor import build_reader
from lifecycle.io.records import read_json
from lifecycle.io.tables import read_table
from lifecycle.release.batch_files import read_rows
from lifecycle.release.release import Release, list_records, load_release
from lifecycle.serving.single_row import compile_release

pytestmark = pytest.mark.slow  # three builds
PROBLEMS = {"telco": raw_problems.telco, "timed": raw_problems.timed, "shuttles": raw_problems.shuttles}


@dataclass(frozen=True)
class Built:
    """The raw cells, the id's column, the release, and the pipeline's own predictions of the rows in their order."""

    problem: RawProblem
    id: str
    folder: Path
    release: Release
    features: pd.DataFrame
    expected: list[dict[str, Any]]


@pytest.fixture(scope="module", params=list(PROBLEMS))
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    problem = PROBLEMS[request.param]()
    repository = conftest.make(tmp_path_factory.mktemp(problem.name) / "repository")
    raw_problems.build(problem, repository)
    before = Path.cwd()
    os.chdir(repository.folder)
    release = load_release()
    key = release.contract.id
    features = read_table(paths.FEATURES).set_index(key).loc[problem.cells[key]].reset_index()
    prepared = release.contract.check(features)
    assert len(prepared.features) == len(features) == 1000
    expected = list_records(release.predict_features(prepared.features))
    yield Built(problem, key, repository.folder, release, prepared.features, expected)
    os.chdir(before)


def check(built: Built, found: list[dict[str, Any]]) -> None:
    """Compare predictions with those of the pipeline, digit by digit."""
    assert [{name: one[name] for name in built.expected[0]} for one in found] == built.expected


@pytest.mark.parametrize("labelled", [True, False])
@pytest.mark.parametrize("kind", list(doors.FILES))
def test_a_file_of_raw_rows(built: Built, kind: str, labelled: bool, tmp_path: Path) -> None:
    cells = built.problem.cells if labelled else built.problem.cells.drop(columns=built.problem.target)
    found = doors.predict_file(kind, cells, tmp_path)
    assert [one["id"] for one in found] == built.problem.cells[built.id].tolist()
    check(built, found)


def test_rows_in_python(built: Built) -> None:
    check(built, list_records(built.release.predict(built.problem.cells)))


def test_rows_in_types_of_their_own(built: Built) -> None:
    numbers = built.problem.cells.apply(lambda cells: pd.to_numeric(cells, errors="coerce"))
    typed = built.problem.cells.assign(**{name: numbers[name] for name in numbers if numbers[name].notna().all()})
    assert any(pd.api.types.is_numeric_dtype(kind) for kind in typed.dtypes)
    check(built, list_records(built.release.predict(typed)))


def test_rows_over_http(built: Built, tmp_path: Path) -> None:
    cells = built.problem.cells
    with doors.serve(load_release(), tmp_path) as client:
        assert doors.ask_one_by_one(client, cells.head(100)) == built.expected[:100]
        for found in doors.ask_in_envelopes(client, cells).values():
            check(built, found)
        outputs = doors.ask_by_tensors(client, built.problem.name, cells.drop(columns=built.problem.target), {})
    for field in built.expected[0]:
        assert outputs[field] == [one[field] for one in built.expected]


def test_the_page_asks_the_raw_columns(built: Built, tmp_path: Path) -> None:
    asked = built.release.raw.names if built.release.raw else built.release.contract.names
    with doors.serve(load_release(), tmp_path) as client:
        form = doors.read_form(client.get("/").raise_for_status().text)
        assert list(form) == asked
        found = client.post("/predict?explain=8", json=form).raise_for_status().json()
    assert {*form} <= {*built.problem.cells}
    (expected,) = list_records(built.release.predict(pd.DataFrame([form])))
    assert found["prediction"] == {name: expected[name] for name in built.expected[0]}


def test_the_monitor_reads_the_same_features(built: Built, tmp_path: Path) -> None:
    doors.write_csv(built.problem.cells, tmp_path / "later.csv")
    rows, reader = read_rows(tmp_path / "later.csv", built.release.reader, {})
    features, broken = build_reader(reader)(rows)
    assert broken == []
    pd.testing.assert_frame_equal(features, built.features.reset_index(drop=True))


def test_the_log_of_raw_rows_is_read_as_the_rows_themselves(built: Built) -> None:
    asked = built.release.raw.names if built.release.raw else []
    logged = built.problem.cells.drop(columns=[] if built.id in asked else built.id)
    features, broken = build_reader(built.release.reader)(logged)
    assert list(broken) == []
    pd.testing.assert_frame_equal(features, built.features.reset_index(drop=True))


def test_tables_that_are_joined_are_looked_up_in_the_release(built: Built) -> None:
    if built.problem.name == "shuttles":
        assert built.release.raw is not None
        assert built.release.raw.names == ["id", "company_id", "crew", "engines", "moon_clearance"]
        rated = built.problem.tables["companies"].set_index("id")["company_rating"].str.rstrip("%").astype("float64")
        expected = built.problem.cells["company_id"].map(rated)
        assert built.features["company_rating"].to_list() == expected.to_list()
        assert built.features["reviews"].notna().sum() == len(built.problem.tables["reviews"])


def test_one_of_the_releases_is_an_ensemble_that_answers_one_row_without_a_table(built: Built) -> None:
    members = read_json(paths.TRAINING)["members"]
    assert {one["candidate"] for one in members} == ({"linear", "lightgbm"} if built.problem.name == "telco" else set())
    assert sum(one["weight"] for one in members) == pytest.approx(1 if members else 0)
    assert compile_release(built.release) is not None


def test_the_cells_mean_what_they_were_made_as(built: Built) -> None:
    """The pipeline itself read the codes for missing values: otherwise all doors would agree on a wrong answer."""
    if built.problem.name == "telco":
        coded = (built.problem.cells["Age"] == "-999").to_numpy()
        assert np.array_equal(built.features["Age"].isna().to_numpy(), coded)
        assert set(built.features["Contract"]) == {"Month-to-month", "One year", "Two year"}
