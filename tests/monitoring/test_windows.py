from pathlib import Path

import pandas as pd
import pytest

from lifecycle.data.schema import Column, Schema, Type
from lifecycle.errors import CorruptFile, MissingFile, UnfitTable
from lifecycle.monitoring.observations import BrokenColumn
from lifecycle.monitoring.windows import check_dates, list_text_columns, match_features, parse_labels, read_batch

BEFORE = pd.DataFrame({"weight": [1.0], "shop": pd.Series(["north"], dtype="str")})


def test_features_come_in_the_order_and_types_that_the_model_takes() -> None:
    batch = pd.DataFrame({"shop": ["west", None], "more": [1, 2], "weight": [3, 4]})
    found, broken = match_features(batch, BEFORE)
    assert broken == []
    assert found["weight"].tolist() == [3.0, 4.0]
    assert found["shop"].tolist()[0] == "west"
    assert found["shop"].isna().tolist() == [False, True]
    assert list(found) == ["weight", "shop"]


def test_a_missing_feature_and_text_among_numbers_are_broken() -> None:
    found, broken = match_features(pd.DataFrame({"weight": ["3", "heavy"]}), BEFORE)
    assert broken == [BrokenColumn("weight", "holds text, such as 'heavy'"), BrokenColumn("shop", "is missing")]
    assert found["weight"].isna().tolist() == [False, True]
    assert found["shop"].isna().all()


def schema(kind: Type, categories: tuple[str, ...] = ()) -> Schema:
    target = Column(type=kind, role="target", description="", categories=categories)
    return Schema(columns={"day": Column(type="day", role="context", description=""), "late": target}, tables={})


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("boolean", ["yes", "False", None], [True, False, None]),
        ("boolean", [1.0, 0.0, None], [True, False, None]),
        ("number", ["1.5", None], [1.5, None]),
        ("category", ["red", None], ["red", None]),
    ],
)
def test_labels_are_read_in_the_targets_type(kind: Type, given: list[object], expected: list[object]) -> None:
    found = parse_labels(pd.DataFrame({"late": given}), schema(kind, ("red", "blue") if kind == "category" else ()))
    assert found is not None
    assert [None if pd.isna(value) else value for value in found] == expected


def test_a_batch_without_the_target_has_no_labels() -> None:
    assert parse_labels(pd.DataFrame({"weight": [1.0]}), schema("boolean")) is None


def test_an_invalid_label_is_rejected() -> None:
    with pytest.raises(UnfitTable, match="1 of 2 values are not one of not late, late; the first is perhaps"):
        parse_labels(pd.DataFrame({"late": ["yes", "perhaps"]}), schema("boolean"))


@pytest.mark.parametrize("day", ["soon", None])
def test_a_row_without_a_date_is_rejected(day: str | None) -> None:
    with pytest.raises(UnfitTable, match="1 of 2 values are not a date"):
        check_dates(pd.DataFrame({"day": ["2013-09-01", day]}), schema("boolean"))


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl", "txt"])
def test_a_file_is_read_by_its_ending(tmp_path: Path, ending: str) -> None:
    path, rows = tmp_path / f"rows.{ending}", pd.DataFrame({"weight": [1.5, 2.5]})
    {"parquet": rows.to_parquet, "csv": lambda to: rows.to_csv(to, index=False)}.get(
        ending, lambda to: rows.to_json(to, orient="records", lines=True)
    )(path)
    assert read_batch(path)["weight"].tolist() == [1.5, 2.5]


def test_texts_of_a_csv_file_stay_texts_and_empty_cells_alone_are_missing(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("zip,shop,weight\n0123,NA,1.5\n,null,\n", encoding="utf-8")
    found, broken = match_features(read_batch(path, ["zip", "shop", "day"]), BEFORE.assign(zip=BEFORE["shop"]))
    assert broken == []
    assert found["zip"].tolist()[0] == "0123"
    assert found["zip"].isna().tolist() == [False, True]
    assert found["shop"].tolist() == ["NA", "null"]
    assert found["weight"].isna().tolist() == [False, True]


def test_a_word_for_a_missing_number_is_text_as_for_predict(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("shop,weight\nnorth,NA\n", encoding="utf-8")
    assert match_features(read_batch(path, ["shop"]), BEFORE)[1] == [BrokenColumn("weight", "holds text, such as 'NA'")]


def test_texts_are_those_of_the_features_and_of_the_schema() -> None:
    columns = {
        "order": Column(type="integer", role="id", description=""),
        "day": Column(type="day", role="context", description=""),
        "weight": Column(type="category", role="feature", description=""),
        "late": Column(type="boolean", role="target", description=""),
    }
    assert list_text_columns(BEFORE, Schema(columns=columns, tables={})) == ["order", "day", "shop"]


@pytest.mark.parametrize("name", ["rows.parquet", "rows.csv", "rows.jsonl"])
def test_a_file_that_is_not_what_its_ending_says_is_rejected(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\xff\xfe{nothing")
    with pytest.raises(CorruptFile, match="cannot be read as"):
        read_batch(path)


def test_a_file_without_rows_and_a_missing_one_are_rejected(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("weight\n", encoding="utf-8")
    with pytest.raises(UnfitTable, match="has no rows"):
        read_batch(tmp_path / "rows.csv")
    with pytest.raises(MissingFile):
        read_batch(tmp_path / "none.csv")
