"""Rows of either kind become the same features at every door of Python."""

import json
import math

import pandas as pd
import pytest
from builders import raw_rows, releases

from lifecycle.errors import UnfitTable
from lifecycle.release import batch_files, batch_predict
from lifecycle.release.batch_predict import PredictionJob
from lifecycle.release.contract import Rejection
from lifecycle.release.raw_reader import FEW
from lifecycle.release.release import list_records, load_release

HEAVY = raw_rows.ASKED | {"grams": 60_000}


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return raw_rows.with_raw_rows(load_release(releases.write(tmp_path_factory.mktemp("release"))))


def read(release, rows):
    return [*release.reader.read_records(rows)]


def test_a_raw_row_has_the_features_that_are_made_of_it(release):
    (row,) = read(release, [raw_rows.ASKED])
    assert row.record == {"order": "b-7", **raw_rows.PREPARED}
    assert row.values[:5] == [1.25, 7.0, "b", 1.0, 0.25]
    assert math.isnan(row.values[5])
    assert (row.question, row.rejections) == (raw_rows.ASKED, ())


@pytest.mark.parametrize("names", [["size"], ["late_7D", "grams"], [*raw_rows.PREPARED]])
def test_a_row_with_a_name_that_no_raw_row_has_is_prepared(release, names):
    assert release.reader.find_raw(names) is None


@pytest.mark.parametrize(
    "names", [[], ["place"], ["gift", "place", "took"], [*raw_rows.ASKED, "courier", "order"], ["x"]]
)
def test_any_other_row_is_raw(release, names):
    assert release.reader.find_raw(names) is release.reader.raw


def test_every_row_is_prepared_where_that_is_asked(release):
    (row,) = release.choose_reader(True).read_records([raw_rows.ASKED])
    assert (row.question, row.rejections[0]) == (None, Rejection("size", "nothing", "a number from -50 to 50, or null"))


def test_many_rows_of_either_kind_are_what_each_is_alone(release):
    prepared = {"order": "p", **raw_rows.PREPARED}
    raw = [
        raw_rows.ASKED | {"grams": grams, "place": place}
        for grams, place in zip(range(0, 60_000, 1_000), ["a", None] * 30, strict=True)
    ]
    rows = [prepared, *raw, prepared, raw_rows.ASKED | {"sent_at": "?"}, raw_rows.ASKED | {"order": 9.0}]
    assert sum("grams" in row for row in rows) > FEW
    together, alone = read(release, rows), [read(release, [row])[0] for row in rows]
    assert [repr(one) for one in together] == [repr(one) for one in alone]
    assert [bool(one.rejections) for one in together].count(True) == 10
    assert together[-1].record["order"] == 9


def test_a_row_is_rejected_by_what_makes_its_features(release):
    assert read(release, [HEAVY])[0].rejections == [Rejection("size", "60.0", "a number, at most 50")]


def test_the_answer_has_the_id_of_the_row_else_the_one_that_is_made_of_it(release):
    found = release.predict(pd.DataFrame([raw_rows.ASKED, raw_rows.ASKED | {"place": "a"}]))
    assert found["id"].tolist() == ["b-7", "a-7"]
    found = release.predict(pd.DataFrame([raw_rows.ASKED | {"order": "mine"}]))
    assert found["id"].tolist() == ["mine"]


def test_an_id_that_is_not_made_is_none(release):
    bare = raw_rows.with_raw_rows(release, makes_id=False)
    assert "order" not in read(bare, [raw_rows.ASKED])[0].record
    assert "id" not in bare.predict(pd.DataFrame([raw_rows.ASKED]))


def test_raw_and_prepared_rows_have_one_prediction(release):
    raw, prepared = pd.DataFrame([raw_rows.ASKED], index=[7]), pd.DataFrame([raw_rows.PREPARED], index=[7])
    pd.testing.assert_frame_equal(release.predict(raw).drop(columns="id"), release.predict(prepared))
    pd.testing.assert_frame_equal(release.predict(prepared), release.predict(prepared, prepared=True))


def test_the_first_rejected_row_is_said(release):
    with pytest.raises(UnfitTable, match=r"size: got 60\.0, wanted a number, at most 50") as caught:
        release.predict(pd.DataFrame([raw_rows.ASKED, HEAVY]))
    assert "row 1; 1 of 2 rows" in str(caught.value)
    with pytest.raises(UnfitTable, match="grams: got 'x', wanted a number"):
        release.predict(pd.DataFrame([HEAVY, raw_rows.ASKED | {"grams": "x"}]).iloc[::-1])


def test_a_column_that_lacks_is_said_with_the_file_that_names_it(release):
    with pytest.raises(UnfitTable, match="grams: got nothing") as caught:
        release.predict(pd.DataFrame([{"place": "a"}]))
    assert "give the 4 raw columns that question.json names, and order" in str(caught.value)
    with pytest.raises(UnfitTable, match="size: got nothing") as caught:
        release.predict(pd.DataFrame([raw_rows.ASKED]), prepared=True)
    assert "give the 6 features that contract.json names, and order" in str(caught.value)


def write_rows(rows, path):
    table = pd.DataFrame(rows)
    if path.suffix == ".parquet":
        table.to_parquet(path)
    elif path.suffix == ".xlsx":
        table.to_excel(path, index=False)
    elif path.suffix in (".jsonl", ".json"):
        records = [{name: value for name, value in row.items() if value is not None} for row in rows]
        lines = "".join(json.dumps(row) + "\n" for row in records)
        path.write_text(lines if path.suffix == ".jsonl" else json.dumps(rows))
    else:
        table.to_csv(path, index=False, sep=";" if path.stem == "odd" else ",")
    return path


ROWS = [
    raw_rows.ASKED | {"grams": 250 * place, "place": ["a", "b", None][place % 3], "courier": "C"}
    for place in range(240)
]


@pytest.mark.parametrize("name", ["in.csv", "odd.csv", "in.parquet", "in.jsonl", "in.json", "in.xlsx"])
def test_files_of_raw_rows_are_predicted(release, tmp_path, monkeypatch, name):
    monkeypatch.setattr(batch_files, "ROWS", 90)
    monkeypatch.setattr(batch_files, "BLOCK", 4000)
    work = PredictionJob(release, write_rows(ROWS, tmp_path / name), tmp_path / "out.jsonl")
    assert batch_predict.predict_file(work) == (201, 39, 0)
    found = [json.loads(line) for line in work.target.read_text().splitlines()]
    expected = list_records(release.predict(pd.DataFrame(ROWS[:201])))
    assert found == [{"row": place, **one} for place, one in enumerate(expected, start=1)]
    rejected = pd.read_csv(work.rejected)
    assert rejected["row"].tolist() == list(range(202, 241))
    assert rejected.iloc[0].tolist() == [202, "size", 50.25, "a number, at most 50"]


def test_a_file_can_be_taken_as_one_of_prepared_rows(release, tmp_path):
    source = write_rows(ROWS, tmp_path / "in.csv")
    with pytest.raises(UnfitTable, match="size: got nothing"):
        batch_predict.predict_file(PredictionJob(release, source, tmp_path / "out.csv", prepared=True))
    source = write_rows([raw_rows.PREPARED], tmp_path / "prepared.csv")
    assert batch_predict.predict_file(PredictionJob(release, source, tmp_path / "out.csv", prepared=True)) == (1, 0, 0)


def test_a_file_without_one_raw_row_that_fits_is_written_all_the_same(release, tmp_path):
    source = write_rows([raw_rows.ASKED | {"grams": "x"}], tmp_path / "in.csv")
    work = PredictionJob(release, source, tmp_path / "out.csv")
    assert batch_predict.predict_file(work) == (0, 1, 0)
    assert pd.read_csv(work.rejected).to_dict("records") == [
        {"row": 1, "field": "grams", "got": "'x'", "wanted": "a number"}
    ]


def test_cells_of_a_file_to_monitor_that_are_not_understood_are_missing_with_the_reason(release):
    odd = [{"grams": "x"}, {"grams": float("inf")}, {"sent_at": None}]
    rows = pd.DataFrame([raw_rows.ASKED, HEAVY, *(raw_rows.ASKED | change for change in odd)], index=range(4, 9))
    found = release.reader.read_loosely(rows)
    assert found.features.index.tolist() == [4, 5, 6, 7, 8]
    assert found.features["size"].isna().tolist() == [False, True, True, True, False]
    assert found.features["place"].isna().tolist() == [False, True, False, False, False]
    assert found.broken == {
        "grams": "1 of 5 values are not understood, such as 'x'; 1 of 5 values are infinite",
        "size": "1 of 5 rows are rejected, such as 60.0, wanted a number, at most 50",
    }
    assert release.reader.read_loosely(pd.DataFrame([raw_rows.PREPARED])).broken == {}


def test_a_raw_column_that_a_file_to_monitor_lacks_is_said(release):
    found = release.reader.read_loosely(pd.DataFrame([raw_rows.ASKED]).drop(columns=["grams", "place"]))
    assert found.broken == {"grams": "is missing"}
    assert found.features["size"].isna().all()
