"""A thousand flights get the same predictions by every door as by the pipeline itself, as features and as raw rows."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import conftest
import pandas as pd
import pytest
from builders import doors, raw_problems

import lifecycle
from lifecycle import paths
from lifecycle.cli.monitor import build_reader
from lifecycle.io.tables import read_table
from lifecycle.release.batch_files import read_rows
from lifecycle.release.release import Release, list_records, load_release

pytestmark = pytest.mark.slow  # a build of the flights
COUNT = 1000
DATATYPES = {"number": "FP64", "integer": "INT64", "boolean": "BOOL"}
# What is known of a flight when it is asked about, in the notation of its source.
SIX = ["carrier", "flight", "tailnum", "origin", "dest", "scheduled_departure"]


class Asked(NamedTuple):
    """Rows as a caller sends them, the types of their tensors, their ids, and the pipeline's features and predictions.

    The ids of prepared rows are one of their columns.
    """

    rows: pd.DataFrame
    datatypes: Mapping[str, str]
    ids: list[str]
    features: pd.DataFrame
    expected: list[dict[str, Any]]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    repository = conftest.make(tmp_path_factory.mktemp("flights") / "repository")
    repository.edit("conf/source/flight_delay.yaml", {r"^share: .*": "share: 0.1"})
    raw_problems.run_stages("flight_delay", repository, "2013-04-30")
    before = Path.cwd()
    os.chdir(repository.folder)
    yield load_release()
    os.chdir(before)


@pytest.fixture(scope="module")
def prepared(release: Release) -> Asked:
    """The features as they are stored."""
    rows = read_table(paths.FEATURES).head(COUNT)
    datatypes = {one.name: DATATYPES.get(one.kind, "BYTES") for one in release.contract.fields}
    return Asked(rows, datatypes, rows["flight_id"].tolist(), *predict_by_pipeline(release, rows))


@pytest.fixture(scope="module")
def raw(release: Release) -> Asked:
    """Six columns of the newest flights that have features, as the source has them."""
    made, flights = read_table(paths.FEATURES).set_index("flight_id"), read_table(paths.RAW / "flights/2013-04.parquet")
    number = flights["carrier"] + flights["flight"].astype("str")
    time = pd.to_datetime(flights["scheduled_departure"]).dt.strftime("%Y%m%dT%H%MZ")
    ids = time + "-" + number + "-" + flights["origin"] + flights["dest"]
    newest = flights[ids.isin(made.index)].sort_values("scheduled_departure", kind="stable").tail(COUNT)
    named = ids[newest.index].tolist()
    features, expected = predict_by_pipeline(release, made.loc[named].reset_index())
    return Asked(newest[SIX].reset_index(drop=True), {"flight": "INT64"}, named, features, expected)


@pytest.fixture(scope="module", params=["prepared", "raw"])
def asked(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def predict_by_pipeline(release: Release, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    features = release.contract.check(rows).features
    assert len(features) == len(rows) == COUNT
    return features, list_records(release.predict_features(features))


def check(asked: Asked, found: list[dict[str, Any]]) -> None:
    assert [{name: one[name] for name in asked.expected[0]} for one in found] == asked.expected


@pytest.mark.parametrize("kind", list(doors.FILES))
def test_a_file(release: Release, asked: Asked, kind: str, tmp_path: Path) -> None:
    found = doors.predict_file(kind, asked.rows, tmp_path)
    assert [one["id"] for one in found] == asked.ids
    check(asked, found)


def test_times_with_a_type_in_a_file_of_raw_rows(raw: Asked, tmp_path: Path) -> None:
    typed = raw.rows.assign(scheduled_departure=pd.to_datetime(raw.rows["scheduled_departure"]))
    found = doors.predict_file("Parquet", typed, tmp_path)
    assert [one["id"] for one in found] == raw.ids
    check(raw, found)


def test_rows_in_python(release: Release, asked: Asked) -> None:
    found = release.predict(asked.rows)
    assert found["id"].tolist() == asked.ids
    check(asked, list_records(found))


def test_rows_over_http(release: Release, asked: Asked, tmp_path: Path) -> None:
    with doors.serve(load_release(), tmp_path) as client:  # its own, which follows the events of the folder
        assert doors.ask_one_by_one(client, asked.rows.head(100)) == asked.expected[:100]
        for found in doors.ask_in_envelopes(client, asked.rows).values():
            check(asked, found)
        outputs = doors.ask_by_tensors(client, "flight_delay", asked.rows, asked.datatypes)
    assert outputs["id"] == asked.ids
    for field in asked.expected[0]:
        assert outputs[field] == [one[field] for one in asked.expected]


def test_the_monitor_reads_the_same_features(release: Release, asked: Asked, tmp_path: Path) -> None:
    doors.write_csv(asked.rows, tmp_path / "later.csv")
    rows, reader = read_rows(tmp_path / "later.csv", release.reader, {})
    features, broken = build_reader(reader)(rows)
    assert list(broken) == []
    pd.testing.assert_frame_equal(features, asked.features)


@pytest.mark.usefixtures("release")
def test_a_container_has_all_that_a_release_of_raw_rows_needs(tmp_path: Path) -> None:
    """The folder is laid out as the Dockerfile does it: the engine elsewhere, the project's packages in src/."""
    for name in ("pyproject.toml", "params.yaml"):
        shutil.copy(name, tmp_path / name)
    for name in ("conf/serve", "models/release", "src/flights"):
        shutil.copytree(name, tmp_path / name)
    code = "from lifecycle.release.release import load_release; print(len(load_release().raw.fields))"
    engine = Path(lifecycle.__file__).parents[1]
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv/lifecycle").symlink_to(engine / "lifecycle")
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": f"{tmp_path / 'src'}{os.pathsep}{tmp_path / 'venv'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout.strip()) == (0, "6"), found.stderr
