"""Files with one fault each: headers, ends of lines, worksheets, Arrow's types, and names that mean something else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders.onboarding import BASE, ROWS, ask, format_csv, insert, members

CELLS = {name: cells for name, cells in members().items() if name != "member_id"}
LEFT = [one == "yes" for one in members()["left"]]


@pytest.mark.parametrize(("lines", "delimiter"), [([121], ","), ([50, 51, 300], ","), ([9, 361], ";"), ([200], "\t")])
def test_rows_equal_to_the_header_are_left_out_with_their_lines(
    lines: list[int], delimiter: str, tmp_path: Path
) -> None:
    rows = format_csv(members(), delimiter).splitlines()
    for line in lines:
        rows.insert(line - 1, rows[0])
    told = ask(tmp_path, "\n".join(rows) + "\n")
    assert told.kinds == BASE
    count, named = (f"{len(lines)} rows", "lines") if len(lines) > 1 else ("1 row", "line")
    assert f"{count} equal to the header left out: {named} {', '.join(map(str, lines))}" in told.notes
    assert len(told.clean()) == ROWS


def test_a_row_that_only_resembles_the_header_stays(tmp_path: Path) -> None:
    rows = format_csv(members()).splitlines()
    rows.insert(100, "member_id,,,town,")
    told = ask(tmp_path, "\n".join(rows) + "\n")
    assert "equal to the header" not in told.out
    assert len(told.clean()) + len(told.rejected()) == ROWS + 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("more", [1, 2])
def test_delimiters_at_the_end_of_every_row_are_left_out(delimiter: str, more: int, tmp_path: Path) -> None:
    header, *rows = format_csv(members(), delimiter).splitlines()
    told = ask(tmp_path, "\n".join([header, *(row + delimiter * more for row in rows)]) + "\n")
    assert told.kinds == BASE
    assert told.notes == ["empty cells at the end of lines left out: lines end with a delimiter behind the 5 columns"]
    assert told.clean()["left"].tolist() == [one == "yes" for one in members()["left"]]


@pytest.mark.parametrize("keyed", [False, True])
def test_one_more_cell_that_is_filled_is_said_with_what_helps(keyed: bool, tmp_path: Path) -> None:
    header, *rows = format_csv(members() if keyed else CELLS).splitlines()
    text = "\n".join([header, *(f"{row},{place % 3}" for place, row in enumerate(rows))]) + "\n"
    told = ask(tmp_path, text)
    assert told.code == 2
    assert told.error[0] == f"every row has {5 + keyed} cells, the header has {4 + keyed}"
    assert "--read extra=first" in told.error[2]
    assert "--read header=false --read skip=1" in told.error[2]


def test_names_of_rows_as_r_writes_them_are_a_column(tmp_path: Path) -> None:
    header, *rows = format_csv(members()).splitlines()
    told = ask(tmp_path, "\n".join([header.removeprefix("member_id,"), *rows]) + "\n")
    assert told.kinds == {"column_1": ("text", "id")} | {
        name: kind for name, kind in BASE.items() if name != "member_id"
    }
    assert "the header has one name less than rows have cells: the first cell of each row is its name" in told.notes


def worksheet(path: Path, above: Sequence[Sequence[Any]], merged: Sequence[str] = (), formula: str = "") -> None:
    """The table as a worksheet under rows of titles and names, with a formula in place of one column."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in above:
        sheet.append(list(row))
    columns = list(members().values())
    for number, row in enumerate(zip(*columns, strict=True), start=len(above) + 1):
        key, height, trips, town, left = row
        sheet.append([key, float(height), f"={formula}{number}*2" if formula else int(trips), town, left])
    for cells in merged:
        sheet.merge_cells(cells)
    book.save(path)


TITLES = [["Members, spring", None, None, None, None], [None] * 5]
GROUPS = [["Member", "Body", None, "Place", None], ["key", "height", "trips", "town", "left"]]
JOINED = ["Member key", "Body height", "Body trips", "Place town", "Place left"]


@pytest.mark.parametrize("more", [[], ["--read", "skip=2", "--read", "header=2"]], ids=["found", "told"])
def test_two_rows_of_names_below_a_merged_title_are_joined(more: list[str], tmp_path: Path) -> None:
    told = ask(
        tmp_path,
        lambda path: worksheet(path, TITLES + GROUPS, ["A1:E1", "B3:C3", "D3:E3"]),
        "--target", "Place left", *more, name="toy.xlsx",
    )  # fmt: skip
    assert [name for name in told.kinds if name != "row"] == JOINED
    assert told.kinds["Body height"] == ("number", "feature")
    assert told.kinds["Place left"] == ("boolean", "target")
    assert len(told.clean()) == ROWS


def test_a_title_and_one_row_of_names_can_be_skipped(tmp_path: Path) -> None:
    told = ask(tmp_path, lambda path: worksheet(path, TITLES + GROUPS[1:]), "--read", "skip=2", name="toy.xlsx")
    assert {name: kind for name, kind in told.kinds.items() if name in BASE} == dict(list(BASE.items())[1:])
    assert told.kinds["key"] == ("text", "id")


def test_formulas_without_saved_values_are_said_and_can_be_dropped(tmp_path: Path) -> None:
    def write(path: Path) -> None:
        worksheet(path, [list(BASE)], formula="B")

    what, where, todo = ask(tmp_path / "asked", write, name="toy.xlsx").error
    assert what == f"{ROWS} cells of 'trips' hold a formula and no saved value"
    assert where.endswith("toy.xlsx, first cell C2")
    assert "open the workbook in Excel or LibreOffice and save it" in todo
    assert "--read drop=trips" in todo
    told = ask(tmp_path / "told", write, "--read", "drop=trips", name="toy.xlsx")
    assert told.kinds == {name: kind for name, kind in BASE.items() if name != "trips"}


def typed() -> dict[str, pa.Array]:
    """The table in Arrow's types, with money, a share, a length of time, days, clock times, a code and a flag."""
    table = members()
    start = datetime(2022, 1, 1, 23, 30, tzinfo=UTC)
    return {
        "member_id": pa.array(table["member_id"]),
        "height": pa.array([np.inf if place % 60 == 5 else float(one) for place, one in enumerate(table["height"])]),
        "fee": pa.array([Decimal(int(one)) + Decimal("80.00") for one in table["trips"]], pa.decimal128(9, 2)),
        "stay": pa.array([timedelta(minutes=int(one)) for one in table["trips"]], pa.duration("s")),
        "town": pa.array(table["town"]).dictionary_encode(),
        "seen_at": pa.array([start + timedelta(hours=7 * place) for place in range(ROWS)], pa.timestamp("ms", "Japan")),
        "born": pa.array([date(1960, 1, 1) + timedelta(days=37 * place * place % 9_000) for place in range(ROWS)]),
        "small": pa.array([int(one) % 7 for one in table["trips"]], pa.int8()),
        "half": pa.array(np.array([int(one) / 4 for one in table["trips"]], dtype=np.float16)),
        "left": pa.array(LEFT),
    }  # fmt: skip


def test_arrows_types_mean_what_they_say(tmp_path: Path) -> None:
    told = ask(tmp_path, lambda path: pq.write_table(pa.table(typed()), path), name="toy.parquet")
    assert (told.code, told.err) == (0, "")
    assert told.kinds == {
        "member_id": ("text", "id"),
        "height": ("number", "feature"),
        "fee": ("integer", "feature"),
        "stay": ("integer", "feature"),
        "town": ("category", "feature"),
        "seen_at": ("time", "time"),
        "born": ("time", "context"),
        "small": ("integer", "feature"),
        "half": ("number", "feature"),
        "left": ("boolean", "target"),
        "day": ("day", "context"),
    }
    assert told.split == "ordered"
    assert "6 infinite values are missing: in height" in told.notes
    table = told.clean()
    trips = [int(one) for one in members()["trips"]]
    assert table["height"].isna().sum() == 6
    assert table["fee"].tolist() == [one + 80 for one in trips]
    assert table["stay"].tolist() == [one * 60 for one in trips]
    assert table["half"].tolist() == [one / 4 for one in trips]
    assert table["seen_at"].iloc[1] == pd.Timestamp("2022-01-02 06:30", tz="UTC")
    assert table["left"].tolist() == LEFT


@pytest.mark.parametrize("name", ["__index_level_0__", "Unnamed: 0", ""])
def test_an_index_that_pandas_left_is_no_feature(name: str, tmp_path: Path) -> None:
    order = np.random.default_rng(3).permutation(ROWS).tolist()
    told = ask(tmp_path, {name: [str(place) for place in order], **members()})
    assert told.kinds == BASE
    (note,) = [line for line in told.notes if "left out" in line]
    assert note.startswith(f"column {name or 'column_1'!r} left out: it numbers the rows")
    assert len(told.clean()) == ROWS


@pytest.mark.parametrize("names", [["__index_level_0__"], [None]])
def test_an_index_in_parquet_is_no_feature(names: list[str | None], tmp_path: Path) -> None:
    def write(path: Path) -> None:
        table = pd.DataFrame(members()).sample(frac=1, random_state=1)
        table.rename_axis(names[0]).to_parquet(path)

    told = ask(tmp_path, write, name="toy.parquet")
    assert told.kinds == BASE
    assert len(told.clean()) == ROWS


@pytest.mark.parametrize("name", ["_FREQ_", "_TYPE_", "_target_", "_index_", "__x__", "_convert_", "arguments", "type"])
def test_a_column_may_be_called_anything(name: str, tmp_path: Path) -> None:
    cells = [f"{value:.2f}" for value in np.random.default_rng(2).normal(size=ROWS)]
    told = ask(tmp_path, insert(name, cells))
    assert told.kinds == BASE | {name: ("number", "feature")}
    assert told.clean()[name].tolist() == [float(cell) for cell in cells]


COLLIDING = [
    "row",
    "predicted",
    "prediction",
    "score",
    "answer",
    "flag",
    "probability",
    "label",
    "reason",
    "part",
    "day",
]
SIGNS = ["size [m]", '"inner"', "{b}:rate", "a,b", "${env}", "a\\b/c", "left: (y/n)?", "= x", " "]


def test_names_that_answers_use_are_free_for_columns(tmp_path: Path) -> None:
    random = np.random.default_rng(9)
    columns = {name: [f"{value:.2f}" for value in random.normal(size=ROWS)] for name in COLLIDING}
    told = ask(tmp_path, columns | {"left": members()["left"]})
    assert {name for name, kind in told.kinds.items() if kind[1] == "feature"} == set(COLLIDING)
    assert [name for name, kind in told.kinds.items() if kind[1] == "id"] == ["row_2"]
    table = told.clean()
    for name in COLLIDING:
        assert sorted(table[name]) == sorted(map(float, columns[name]))
    assert table["row_2"].is_unique


def test_names_with_signs_that_libraries_refuse_are_features(tmp_path: Path) -> None:
    random = np.random.default_rng(9)
    columns = {name: [f"{value:.2f}" for value in random.normal(size=ROWS)] for name in SIGNS[:-1]}
    told = ask(tmp_path, columns | {"it's, <ok>?": members()["left"]}, "--target", "it's, <ok>?")
    assert told.code == 0
    assert {name for name, kind in told.kinds.items() if kind[1] == "feature"} == set(SIGNS[:-1])
    assert told.kinds["it's, <ok>?"] == ("boolean", "target")
    assert set(SIGNS[:-1]) <= set(told.clean().columns)


CODES: dict[str, tuple[str, str]] = {
    "-999": ("trips", "integer"),
    "-9999.0": ("height", "number"),
    "n/a": ("town", "category"),
    "?": ("town", "category"),
    "#N/A": ("height", "number"),
    "null": ("trips", "integer"),
}


@pytest.mark.parametrize("code", list(CODES))
def test_a_code_for_missing_is_written_into_the_schema_and_read_by_it(code: str, tmp_path: Path) -> None:
    name, kind = CODES[code]
    table = members()
    table[name] = [code if place % 15 == 2 else cell for place, cell in enumerate(table[name])]
    told = ask(tmp_path, table)
    assert told.kinds == BASE
    assert told.kinds[name][0] == kind
    assert told.columns[name]["read"]["na_values"] == ["-9999" if code == "-9999.0" else code]
    assert "24 missing (6.7%)" in told.why(name)
    cleaned = told.clean()[name]
    assert [place for place in range(ROWS) if pd.isna(cleaned.iloc[place])] == list(range(2, ROWS, 15))


def test_blanks_around_a_category_are_no_other_category(tmp_path: Path) -> None:
    table = members()
    bare = table["town"]
    table["town"] = [f" {cell} " if place % 4 == 1 else cell for place, cell in enumerate(bare)]
    told = ask(tmp_path, table)
    assert told.kinds == BASE
    assert sorted(told.columns["town"].get("categories", ["Alba", "Brix", "Coll"])) == ["Alba", "Brix", "Coll"]
    assert told.clean()["town"].tolist() == bare
