"""The batches of two sides as one: three-way by name and hash, row by row where both put another in place of one."""

from dataclasses import replace

import pandas as pd
import pytest

from lifecycle.sources.batch_union import (
    ComparedBatches,
    compare_batches,
    join_origins,
    merge_rows,
    sort_records,
    unite,
)
from lifecycle.sources.batches import Origin
from lifecycle.sources.provenance import CollectedBatch, Provenance


def batch(name: str, sha: str = "", **more: str) -> CollectedBatch:
    origin = {"source": "a shop", "licence": "CC0", "publisher": "it"} | more
    return CollectedBatch(batch=f"{name}.parquet", rows=1, sha256=sha or name, **origin)


def record(*names: str, through: str | None = None) -> Provenance:
    return Provenance(batches=tuple(batch(*name.split("=")) for name in names), through=through)


def taken(base: Provenance, ours: Provenance, theirs: Provenance) -> list[str]:
    union = unite(base, ours, theirs)
    assert union.is_plain
    return [f"{one.batch.removesuffix('.parquet')}={one.sha256}" for one in sort_records(union.taken, union.names)]


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "both"),
    [
        ("o/1", "o/1", "o/1", "o/1"),
        ("o/1", "o/1 o/2", "o/1", "o/1 o/2"),
        ("o/1", "o/1", "o/1 o/3", "o/1 o/3"),
        ("o/1 o/2", "o/1", "o/1 o/2", "o/1"),
        ("o/1 o/2", "o/1 o/2", "o/2", "o/2"),
        ("o/1 o/2", "o/2", "o/1", ""),
        ("o/1 o/2", "o/2 o/3", "o/1 o/2", "o/2 o/3"),
        ("o/2013-01", "o/2013-01 o/2013-03", "o/2013-01 o/2013-02", "o/2013-01 o/2013-02 o/2013-03"),
        ("o/2013-01", "o/2013-01=new", "o/2013-01", "o/2013-01=new"),
        ("o/2013-01", "o/2013-01", "o/2013-01=new", "o/2013-01=new"),
        ("o/2013-01", "o/2013-01=new", "o/2013-01=new", "o/2013-01=new"),
        ("o/2013-01 o/2013-02", "o/2013-01", "o/2013-01 o/2013-02=new", "o/2013-01 o/2013-02=new"),
        ("", "", "o/1 p/1", "o/1 p/1"),
        ("", "o/1", "p/1", "o/1 p/1"),
        ("o/1", "o/1 p/1", "o/1", "o/1 p/1"),
    ],
)
def test_what_a_side_added_comes_and_what_a_side_removed_goes(base: str, ours: str, theirs: str, both: str) -> None:
    wanted = [name if "=" in name else f"{name}={name}" for name in both.split()]
    assert taken(*(record(*names.split()) for names in (base, ours, theirs))) == wanted


def test_months_come_before_corrections_and_those_of_the_base_before_ours_before_theirs() -> None:
    base = record("o/2013-01", "o/base")
    union = unite(base, record("o/2013-01", "o/base", "o/ours"), record("o/2013-01", "o/base", "o/2013-02", "o/theirs"))
    assert [one.theirs.batch for one in union.added] == ["o/theirs.parquet"]
    ordered = sort_records([*union.taken, union.added[0].theirs], union.names)
    assert [one.batch.removesuffix(".parquet") for one in ordered] == [
        "o/2013-01",
        "o/2013-02",
        "o/base",
        "o/ours",
        "o/theirs",
    ]


def test_the_last_day_is_the_later_one_of_the_sides_that_have_one() -> None:
    days = [None, "2013-01-31", "2013-02-28"]
    assert unite(record(), record(through=days[1]), record(through=days[2])).through == "2013-02-28"
    assert unite(record(), record(through=days[1]), record()).through == "2013-01-31"
    assert unite(record(through=days[2]), record(), record()).through is None


def rows(text: str) -> pd.DataFrame:
    """`a1 b2` as the rows a, 1 and b, 2."""
    cells = text.split()
    return pd.DataFrame({"id": [cell[0] for cell in cells], "paid": [cell[1] for cell in cells]}, dtype="str")


def texts(table: pd.DataFrame) -> str:
    return " ".join(sorted(f"{row.id}{row.paid}" for row in table.itertuples()))


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "both"),
    [
        ("a1 b2 c3", "a1 b2 c3", "a1 b2 c3 d4", "a1 b2 c3 d4"),
        ("a1 b2 c3", "a1 b9 c3", "a1 b2 c3 d4", "a1 b9 c3 d4"),
        ("a1 b2 c3", "a1 b2 c3 d4", "a1 b9 c3", "a1 b9 c3 d4"),
        ("a1 b2 c3", "a1 b9 c3 d4", "a1 b2 c8 e5", "a1 b9 c8 d4 e5"),
        ("a1 b2 c3", "a1 c3", "a1 b2 c3 d4", "a1 c3 d4"),
        ("a1 b2 c3", "a1 b9 c3", "a1 b9 c3", "a1 b9 c3"),
        ("a1 b2 c3", "a1 b9 c3", "a1 b8 c3", "a1 b8 b9 c3"),
        ("a1 a1", "a1 a1 a1", "a1 a1 b2", "a1 a1 a1 b2"),
        ("", "a1 b2", "b2 c3", "a1 b2 c3"),
    ],
)
def test_rows_have_the_changes_of_both_sides(base: str, ours: str, theirs: str, both: str) -> None:
    tables = [rows(text) for text in (base, ours, theirs)]
    assert texts(merge_rows(*tables)) == both
    assert texts(merge_rows(tables[0], tables[2], tables[1])) == both


def compared(base: str, ours: str, theirs: str, **content: str) -> ComparedBatches:
    sides = [record(*names.split()) for names in (base, ours, theirs)]
    return compare_batches(unite(*sides), lambda one: rows(content[one.batch.removesuffix(".parquet").split("/")[1]]))


def test_a_table_that_both_replaced_becomes_one_batch_that_names_both() -> None:
    found = compared("o/x", "o/y", "o/z", x="a1 b2", y="a1 b9", z="a1 b2 c3")
    (made,) = found.made
    assert (made.batch.table, texts(made.batch.rows)) == ("o", "a1 b9 c3")
    assert made.merged == ("o/y.parquet", "o/z.parquet")
    assert (found.taken, found.notes) == ([], [])


def test_a_table_that_both_began_becomes_one_batch() -> None:
    found = compared("", "o/y", "o/z", y="a1 b2", z="b2 c3")
    assert texts(found.made[0].batch.rows) == "a1 b2 c3"


def test_a_merged_batch_names_those_of_earlier_merges_too() -> None:
    ours = Provenance(batches=(replace(batch("o/y"), merged=("o/v.parquet", "o/w.parquet")),))
    content = {"o/x": "a1", "o/y": "a1 b2", "o/z": "a1 c3"}
    found = compare_batches(
        unite(record("o/x"), ours, record("o/z")), lambda one: rows(content[one.batch.removesuffix(".parquet")])
    )
    assert found.made[0].merged == ("o/y.parquet", "o/v.parquet", "o/w.parquet", "o/z.parquet")


def test_rows_that_both_changed_are_noted() -> None:
    found = compared("o/x", "o/y", "o/z", x="a1 b2 c3", y="a1 b9 c7", z="a1 b8 c7")
    assert texts(found.made[0].batch.rows) == "a1 b8 b9 c7"
    assert found.notes == ["o: both sides changed 1 of its rows; both are kept, and clean rejects all but one of an id"]


def test_a_month_that_both_collected_anew_keeps_its_name() -> None:
    found = compared("o/2013-01", "o/2013-01=y", "o/2013-01=z", **{"2013-01": "a1"})
    assert (found.made[0].batch.name, found.made[0].merged) == ("o/2013-01.parquet", ())


def test_sides_with_other_columns_are_both_kept_and_noted() -> None:
    union = unite(record("o/x"), record("o/y"), record("o/z"))
    tables = {"o/y.parquet": rows("a1"), "o/z.parquet": rows("a1").assign(age="7")}
    found = compare_batches(union, lambda one: tables[one.batch])
    assert [one.batch for one in found.taken] == ["o/y.parquet", "o/z.parquet"]
    assert found.notes == ["o/y.parquet: the other side's o/z.parquet has other columns"]


def test_rows_that_both_added_come_once() -> None:
    found = compared("o/x", "o/x o/y", "o/x o/z", x="a1", y="b2 c3", z="c3 d4")
    assert ([texts(one.batch.rows) for one in found.made], found.taken) == (["d4"], [])
    found = compared("o/x", "o/x o/y", "o/x o/z", x="a1", y="b2", z="d4")
    assert (found.made, [one.batch for one in found.taken]) == ([], ["o/z.parquet"])
    found = compared("o/x", "o/x o/y", "o/x o/z", x="a1", y="b2 c3", z="c3")
    assert (found.made, found.taken) == ([], [])


def test_an_origin_of_two_names_each_once() -> None:
    ours, theirs = Origin("a.csv", "CC0", "a shop"), Origin("b.csv", "CC0", "another")
    assert join_origins(ours, theirs) == Origin("a.csv; b.csv", "CC0", "a shop; another")
    assert join_origins(ours, ours) == ours
