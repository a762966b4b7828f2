"""Open rows answered with a release: written for a person, logged by the rules of privacy, rejected with a reason."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from builders import releases

from lifecycle import paths
from lifecycle.data.schema import Column, Schema
from lifecycle.errors import UnfitTable
from lifecycle.feedback.prediction_log import Log, Privacy, read_log
from lifecycle.io.tables import write_table
from lifecycle.release.open_rows import log_predictions, predict_open_rows, write_predictions
from lifecycle.release.release import Release, list_records, load_release

NOW = datetime(2013, 9, 1, 12, tzinfo=UTC)
COLUMNS = releases.schema("binary").columns
SCHEMA = Schema(
    columns=COLUMNS
    | {
        "at": Column(type="time", role="time", description=""),
        "shop": Column(type="text", role="group", description=""),
        "predicted": Column(type="integer", role="context", description=""),
    },
    tables={},
)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return load_release(releases.write(tmp_path_factory.mktemp("release")))


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """Five open rows with their features, the working folder's own."""
    monkeypatch.chdir(tmp_path)
    features = releases.rows(5, seed=3)
    times = pd.to_datetime(pd.Series(["2013-09-02T08:30:00Z"] * 4 + [None]), utc=True).astype("datetime64[us, UTC]")
    known = {"at": times, "shop": pd.Series(["a", None, "b", "b", "b"], dtype="str"), "predicted": [1, 2, 3, 4, 5]}
    write_table(paths.OPEN, features.assign(**known))
    write_table(paths.OPEN_FEATURES, features)
    return features


def test_the_answers_are_those_of_the_release(release: Release, rows: pd.DataFrame) -> None:
    found = predict_open_rows(release, SCHEMA)
    assert found.ids.to_list() == ["o0", "o1", "o2", "o3", "o4"]
    expected = release.predict(rows).drop(columns="id")
    assert list_records(found.predictions) == list_records(expected)
    assert found.rejected.empty


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_a_row_stands_in_the_file_with_what_a_person_knows_it_by(
    release: Release, rows: pd.DataFrame, ending: str
) -> None:
    found = predict_open_rows(release, SCHEMA)
    target = Path(f"runs/answers{ending}")
    assert not write_predictions(found, SCHEMA, target).exists()
    read = {".csv": pd.read_csv, ".parquet": pd.read_parquet, ".jsonl": lambda path: pd.read_json(path, lines=True)}
    written = read[ending](target).astype({"shop": "str"}).fillna({"at": "", "shop": ""})
    assert list(written.columns) == ["id", "at", "shop", "predicted_2", "probability", "predicted"]
    assert written["id"].to_list() == rows["order"].to_list()
    assert written["shop"].to_list() == ["a", "", "b", "b", "b"]
    assert [str(one) for one in written["predicted_2"]] == ["1", "2", "3", "4", "5"]
    assert written["probability"].to_list() == pytest.approx(found.predictions["probability"].to_list(), abs=1e-12)


def test_times_are_written_in_utc(release: Release, rows: pd.DataFrame) -> None:
    write_predictions(predict_open_rows(release, SCHEMA), SCHEMA, Path("answers.csv"))
    assert pd.read_csv("answers.csv")["at"].fillna("").to_list() == ["2013-09-02T08:30:00Z"] * (len(rows) - 1) + [""]


def test_an_answer_is_logged_as_the_service_logs_its_own(release: Release, rows: pd.DataFrame) -> None:
    privacy, log = Privacy(drop=frozenset({"hour"}), hashed=frozenset({"place"}), key=b"k" * 16), Log(Path("log"), NOW)
    log_predictions(predict_open_rows(release, SCHEMA), log, release, privacy, NOW)
    log.close()
    records = list(read_log(Path("log")))
    assert [one["id"] for one in records] == rows["order"].to_list()
    first, row = records[0], rows.iloc[0]
    assert first["time"] == "2013-09-01T12:00:00.000000Z"
    assert (first["version"], first["open"]) == (release.version, True)
    assert list(first["inputs"]) == ["size", "place", "gift", "late_7D", "hollow"]
    assert first["inputs"]["gift"] == bool(row["gift"])
    assert first["inputs"]["hollow"] is None
    assert first["inputs"]["place"] == privacy.redact("place", None if pd.isna(row["place"]) else row["place"])
    assert first["prediction"] == list_records(release.predict(rows.head(1)).drop(columns="id"))[0]


def test_a_row_that_breaks_the_contract_is_rejected_with_its_id(release: Release, rows: pd.DataFrame) -> None:
    write_table(paths.OPEN_FEATURES, rows.assign(hour=[1, 24, 2, 3, 4]))
    found = predict_open_rows(release, SCHEMA)
    assert found.ids.to_list() == ["o0", "o2", "o3", "o4"]
    reasons = write_predictions(found, SCHEMA, Path("answers.csv"))
    assert reasons == Path("answers.rejected.csv")
    assert pd.read_csv(reasons, dtype="str").to_dict("records") == [
        {"id": "o1", "field": "hour", "got": "24", "wanted": "a whole number from 0 to 23"}
    ]


def test_features_of_another_model_are_an_error_with_what_to_do(release: Release, rows: pd.DataFrame) -> None:
    write_table(paths.OPEN_FEATURES, rows.drop(columns="size"))
    with pytest.raises(UnfitTable, match="size: got nothing") as caught:
        predict_open_rows(release, SCHEMA)
    assert caught.value.where.startswith("data/open_features.parquet; 1 columns do not fit the contract of release ")
    assert caught.value.todo.startswith("dvc repro")


def test_no_open_row_has_no_answer(release: Release, rows: pd.DataFrame) -> None:
    write_table(paths.OPEN_FEATURES, rows.head(0))
    found = predict_open_rows(release, SCHEMA)
    assert (len(found.ids), len(found.predictions), len(found.rejected)) == (0, 0, 0)
