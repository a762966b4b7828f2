"""Files answered piece by piece: every format alike, rejected rows told, a killed run gone on with."""

import json
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders import releases

from lifecycle.errors import MissingFile, SourceError, UnfitTable, UnknownName, WrongValue
from lifecycle.release import batch_files, batch_predict
from lifecycle.release.batch_predict import PredictionJob
from lifecycle.release.release import list_records, load_release

ROWS = 500


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return load_release(releases.write(tmp_path_factory.mktemp("release")))


@pytest.fixture
def small_pieces(monkeypatch):
    monkeypatch.setattr(batch_files, "ROWS", 90)
    monkeypatch.setattr(batch_files, "BLOCK", 4000)


def write(table, path):
    if path.suffix == ".csv":
        table.to_csv(path, index=False)
    elif path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        rows = [{name: None if value != value else value for name, value in row.items()} for row in list_records(table)]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path):
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".csv":
        return pd.read_csv(path)
    return pd.DataFrame([json.loads(line) for line in path.read_text().splitlines()])


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("source", [".csv", ".parquet", ".jsonl"])
@pytest.mark.parametrize("target", [".csv", ".parquet", ".jsonl"])
def test_every_format_has_the_same_answers(release, tmp_path, source, target):
    table = releases.rows(ROWS, seed=7)
    work = PredictionJob(release, write(table, tmp_path / f"in{source}"), tmp_path / f"out{target}")
    assert batch_predict.predict_file(work) == (ROWS, 0, 0)
    found = read(work.target)
    assert found["row"].tolist() == list(range(1, ROWS + 1))
    expected = release.predict(table)
    assert found["id"].tolist() == expected["id"].tolist()
    assert found["predicted"].tolist() == expected["predicted"].tolist()
    assert found["probability"].tolist() == expected["probability"].tolist()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"in{source}", f"out{target}"]


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("kind", [".csv", ".jsonl"])
def test_rejected_rows_are_told_with_their_number_and_the_others_answered(release, tmp_path, kind):
    table = releases.rows(ROWS, seed=7).astype({"size": object, "hour": object})
    table.loc[3, "size"], table.loc[400, "hour"] = "big", 99
    work = PredictionJob(release, write(table, tmp_path / f"in{kind}"), tmp_path / "out.csv")
    assert batch_predict.predict_file(work) == (ROWS - 2, 2, 0)
    assert pd.read_csv(work.rejected).to_dict("records") == [
        {"row": 4, "field": "size", "got": "'big'", "wanted": "a number from -50 to 50, or null"},
        {
            "row": 401,
            "field": "hour",
            "got": "99" if kind == ".jsonl" else "'99'",
            "wanted": "a whole number from 0 to 23",
        },
    ]
    assert pd.read_csv(work.target)["row"].tolist() == [row for row in range(1, ROWS + 1) if row not in (4, 401)]


def test_lines_that_are_no_row_are_rejected_each_by_itself(release, tmp_path):
    good = {
        name: None if value != value else value for name, value in list_records(releases.rows(1, seed=1))[0].items()
    }
    lines = [json.dumps(good), "nonsense", "[1]", json.dumps(good | {"tok": 1}), json.dumps(good)]
    lines.append('{"hour": 8, ' + json.dumps(good)[1:])  # which hour is meant, nobody knows
    (tmp_path / "in.jsonl").write_text("\n".join(lines) + "\n")
    work = PredictionJob(release, tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert batch_predict.predict_file(work) == (2, 4, 0)
    rejected = pd.read_csv(work.rejected)
    assert rejected["row"].tolist() == [2, 3, 4, 6]
    assert rejected["got"].tolist() == ["nonsense", "[1]", "a value", lines[5][:60]]
    assert rejected["wanted"][3] == "an object of fields, each named once"


def test_the_input_is_not_overwritten_by_its_answers(release, tmp_path):
    source = write(releases.rows(3, seed=1), tmp_path / "same.csv")
    before = source.read_bytes()
    with pytest.raises(WrongValue, match=r"same\.csv would be overwritten by its own predictions"):
        batch_predict.predict_file(PredictionJob(release, source, tmp_path / "same.csv"))
    assert source.read_bytes() == before


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("target", [".csv", ".parquet"])
def test_lines_with_and_without_an_id_stand_in_the_same_columns(release, tmp_path, target):
    lines = list_records(releases.rows(60, seed=1))
    lines = [{name: None if value != value else value for name, value in row.items()} for row in lines]
    without = [{name: value for name, value in row.items() if name != "order"} for row in lines[30:]]
    ids = [{"order": 7}, {"order": 8.0}, {"order": "a"}]
    rows = [*lines[:30], *without, *({**without[0], **one} for one in ids)]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    work = PredictionJob(release, tmp_path / "in.jsonl", tmp_path / f"out{target}")
    assert batch_predict.predict_file(work) == (63, 0, 0)
    found = read(work.target)
    assert found.columns.tolist() == ["row", "id", "probability", "predicted"]
    assert found["id"].isna().tolist() == [False] * 30 + [True] * 30 + [False] * 3
    assert found["id"].tolist()[-3:] == ["7", "8", "a"]
    assert found["probability"].between(0, 1).all()


@pytest.mark.usefixtures("small_pieces")
def test_a_piece_without_an_answer_has_the_same_columns(release, tmp_path):
    table = releases.rows(200, seed=7).astype({"hour": object})
    table.loc[:94, "hour"] = 99
    work = PredictionJob(
        release, write(table.astype({"hour": "float64"}), tmp_path / "in.parquet"), tmp_path / "out.parquet"
    )
    assert batch_predict.predict_file(work) == (105, 95, 0)
    assert read(work.target)["row"].tolist() == list(range(96, 201))


@pytest.mark.parametrize("source", [".csv", ".parquet", ".jsonl"])
@pytest.mark.parametrize("target", [".csv", ".parquet"])
def test_a_file_without_rows_has_no_answers_in_the_same_columns(release, tmp_path, source, target):
    work = PredictionJob(release, write(releases.rows(0, seed=1), tmp_path / f"in{source}"), tmp_path / f"out{target}")
    assert batch_predict.predict_file(work) == (0, 0, 0)
    assert read(work.target).columns.tolist() == ["row", "id", "probability", "predicted"]


@pytest.mark.parametrize("kind", [".csv", ".parquet"])
def test_a_column_that_stands_twice_is_rejected(release, tmp_path, kind):
    table = releases.rows(3, seed=1)
    path = tmp_path / f"in{kind}"
    if kind == ".csv":
        pd.concat([table, table[["hour"]]], axis=1).to_csv(path, index=False)
    else:
        found = pa.Table.from_pandas(table, preserve_index=False)
        pq.write_table(found.append_column("hour", found["hour"]), path)
    with pytest.raises((SourceError, UnfitTable), match="hour"):
        batch_predict.predict_file(PredictionJob(release, path, tmp_path / "out.csv"))


def test_a_file_that_is_not_there_is_named(release, tmp_path):
    with pytest.raises(MissingFile, match=r"nothere\.csv"):
        batch_predict.predict_file(PredictionJob(release, tmp_path / "nothere.csv", tmp_path / "out.csv"))


def test_texts_that_say_missing_elsewhere_are_texts(release, tmp_path):
    table = releases.rows(3, seed=1).assign(place=["NA", "null", "nan"])
    work = PredictionJob(release, write(table, tmp_path / "in.csv"), tmp_path / "out.csv")
    batch_predict.predict_file(work)
    read_back = next(batch_files.read_pieces(tmp_path / "in.csv", release.reader, {})).rows
    assert read_back["place"].tolist() == ["NA", "null", "nan"]


@pytest.mark.usefixtures("small_pieces")
def test_a_killed_run_goes_on_after_the_pieces_that_are_done(release, tmp_path, monkeypatch):
    table = releases.rows(ROWS, seed=7)
    work = PredictionJob(release, write(table, tmp_path / "in.parquet"), tmp_path / "out.parquet")
    right, seen = batch_predict.predict_rows, []

    def stops(release, rows, start):
        if start > 200:
            raise KeyboardInterrupt
        return right(release, rows, start)

    def watched(release, rows, start):
        seen.append(start)
        return right(release, rows, start)

    monkeypatch.setattr(batch_predict, "predict_rows", stops)
    with pytest.raises(KeyboardInterrupt):
        batch_predict.predict_file(work)
    assert not work.target.exists()
    monkeypatch.setattr(batch_predict, "predict_rows", watched)
    assert batch_predict.predict_file(work) == (ROWS, 0, 3)
    assert seen == [271, 361, 451]
    assert read(work.target)["probability"].tolist() == release.predict(table)["probability"].tolist()


@pytest.mark.usefixtures("small_pieces")
def test_pieces_of_another_input_are_not_gone_on_with(release, tmp_path, monkeypatch):
    work = PredictionJob(release, write(releases.rows(ROWS, seed=7), tmp_path / "in.parquet"), tmp_path / "out.parquet")
    right = batch_predict.join_pieces
    monkeypatch.setattr(batch_predict, "join_pieces", lambda _: (0, 0))
    batch_predict.predict_file(work)
    write(releases.rows(100, seed=8), tmp_path / "in.parquet")
    monkeypatch.setattr(batch_predict, "join_pieces", right)
    assert batch_predict.predict_file(work) == (100, 0, 0)


@pytest.mark.usefixtures("small_pieces")
def test_pieces_by_older_facts_are_not_gone_on_with(release, tmp_path, monkeypatch):
    work = PredictionJob(release, write(releases.rows(ROWS, seed=7), tmp_path / "in.parquet"), tmp_path / "out.parquet")
    right = batch_predict.join_pieces
    monkeypatch.setattr(batch_predict, "join_pieces", lambda _: (0, 0))
    batch_predict.predict_file(work)
    monkeypatch.setattr(batch_predict, "join_pieces", right)
    assert batch_predict.predict_file(replace(work, facts=1)) == (ROWS, 0, 0)


def test_a_file_without_a_feature_is_rejected_as_a_whole(release, tmp_path):
    table = releases.rows(3, seed=1).drop(columns="hour")
    with pytest.raises(UnfitTable, match="hour: got nothing"):
        batch_predict.predict_file(PredictionJob(release, write(table, tmp_path / "in.csv"), tmp_path / "out.csv"))
    assert not (tmp_path / "out.csv").exists()


def read_features(release, path):
    piece = next(batch_files.read_pieces(path, release.reader, {}))
    return piece.reader.read_table(piece.rows)


def test_numbers_of_text_are_read_to_the_last_digit(release, tmp_path):
    numbers = [0.1 + 0.2, 1 / 3, 5e-324, 1e30, 9007199254740993.0, 123456.789e-7]
    table = releases.rows(len(numbers), seed=1).assign(late_7D=numbers)
    found = read_features(release, write(table, tmp_path / "in.csv"))
    assert found.features["late_7D"].tolist() == numbers


def test_a_text_that_is_no_number_is_rejected_beside_numbers(release, tmp_path):
    table = releases.rows(4, seed=1).assign(late_7D=["nan", "0.1", "1_0", None])
    found = read_features(release, write(table, tmp_path / "in.csv"))
    assert found.features["late_7D"].isna().tolist() == [False, True]
    assert found.rejected[["row", "field", "got"]].to_numpy().tolist() == [
        [0, "late_7D", "'nan'"],
        [2, "late_7D", "'1_0'"],
    ]


def test_another_ending_is_rejected(release, tmp_path):
    with pytest.raises(UnknownName, match="predictions cannot be written to"):
        batch_files.choose_writer(tmp_path / "out.xls")
    with pytest.raises(UnknownName, match="no rows are read from"):
        list(batch_files.read_pieces(tmp_path / "in.xls", release.reader, {}))


@pytest.mark.parametrize(("name", "content"), [("in.parquet", b"PAR1 no"), ("in.csv", b"a,b\n1,2,3\n")])
def test_a_damaged_file_is_rejected_in_three_lines(release, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises((SourceError, UnfitTable)):
        list(batch_files.read_pieces(tmp_path / name, release.reader, {}))
