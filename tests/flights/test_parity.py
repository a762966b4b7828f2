"""A thousand flights get the same predictions by every door as by the pipeline itself."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import conftest
import pandas as pd
import pytest
from builders import doors, raw_problems

from lifecycle import paths
from lifecycle.cli.monitor import build_reader
from lifecycle.io.tables import read_table
from lifecycle.release.batch_files import read_rows
from lifecycle.release.release import Release, list_records, load_release

pytestmark = pytest.mark.slow  # a build of the flights
DATATYPES = {"number": "FP64", "integer": "INT64", "boolean": "BOOL"}


class Built(NamedTuple):
    """The release, the features of a thousand flights as they are stored, and the pipeline's own predictions."""

    release: Release
    rows: pd.DataFrame
    expected: list[dict[str, Any]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    repository = conftest.make(tmp_path_factory.mktemp("flights") / "repository")
    repository.edit("conf/source/flight_delay.yaml", {r"^share: .*": "share: 0.1"})
    raw_problems.run_stages("flight_delay", repository, "2013-04-30")
    before = Path.cwd()
    os.chdir(repository.folder)
    release, rows = load_release(), read_table(paths.FEATURES).head(1000)
    features = release.contract.check(rows).features
    assert len(features) == len(rows) == 1000
    yield Built(release, rows, list_records(release.predict_features(features)))
    os.chdir(before)


def check(built: Built, found: list[dict[str, Any]]) -> None:
    assert [{name: one[name] for name in built.expected[0]} for one in found] == built.expected


@pytest.mark.parametrize("kind", list(doors.FILES))
def test_a_file(built: Built, kind: str, tmp_path: Path) -> None:
    found = doors.predict_file(kind, built.rows, tmp_path)
    assert [one["id"] for one in found] == built.rows["flight_id"].tolist()
    check(built, found)


def test_rows_in_python(built: Built) -> None:
    check(built, list_records(built.release.predict(built.rows)))


def test_rows_over_http(built: Built, tmp_path: Path) -> None:
    datatypes = {one.name: DATATYPES.get(one.kind, "BYTES") for one in built.release.contract.fields}
    with doors.serve(load_release(), tmp_path) as client:
        assert doors.ask_one_by_one(client, built.rows.head(100)) == built.expected[:100]
        for found in doors.ask_in_envelopes(client, built.rows).values():
            check(built, found)
        outputs = doors.ask_by_tensors(client, "flight_delay", built.rows, datatypes)
    for field in built.expected[0]:
        assert outputs[field] == [one[field] for one in built.expected]


def test_the_monitor_reads_the_same_features(built: Built, tmp_path: Path) -> None:
    doors.write_csv(built.rows, tmp_path / "later.csv")
    rows, reader = read_rows(tmp_path / "later.csv", built.release.reader, {})
    features, broken = build_reader(reader)(rows)
    assert list(broken) == []
    pd.testing.assert_frame_equal(features, built.release.contract.check(built.rows).features)
