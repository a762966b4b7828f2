"""The rules for one row: each gives what the rules for tables give, or says that only a table can tell."""

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.data.cells.plain import KINDS
from lifecycle.data.cells.reading import Reading
from lifecycle.data.schema import DTYPES, Column, Schema, Type
from lifecycle.errors import UnfitTable
from lifecycle.online.known_rows import build_typed_table, is_missing, list_plain_values
from lifecycle.online.raw_rows import apply_rules, type_columns
from lifecycle.online.row_rules import Rejection, prepare_rule

NAN = math.nan
RAW: list[Type] = ["number", "integer", "text", "boolean", "time"]


def column(type: Type, **rules: Any) -> Column:
    return Column(type=type, role="feature", description="", **rules)


def run(raw: Type, rules: Column, value: Any) -> tuple[str, list[Rejection]] | None:
    """The value behind the rule for one row, with every digit, and what does not fit; None if it is left to a table."""
    rule = prepare_rule("x", rules, KINDS[raw], rules.read)
    if rule is None:
        return None
    row, rejections = {"x": value}, []  # type: ignore[var-annotated]
    rule(row, rejections)
    return ("rejected" if rejections else write(row["x"])), rejections


def run_on_table(raw: Type, rules: Column, value: Any) -> tuple[str, list[Rejection]]:
    """The same by the rules for tables."""
    schema = Schema(columns={"x": rules}, tables={})
    table = type_columns(build_typed_table([{"x": value}], {"x": raw}), schema, ["x"])
    cleaned = apply_rules(table, schema, None)
    rejections = list(cleaned.rejected[["field", "got", "wanted"]].itertuples(index=False, name=None))
    values = list_plain_values(cleaned.table["x"], rules.type)
    return (write(values[0]) if values else "rejected"), rejections


def write(value: Any) -> str:
    return "missing" if is_missing(value) else repr(value)


def must_agree(raw: Type, rules: Column, value: Any) -> tuple[str, list[Rejection]]:
    found = run(raw, rules, value)
    assert found is not None
    assert found == run_on_table(raw, rules, value)
    return found


RANGE: dict[str, Any] = {"low": 0.0, "high": 10.0}


@pytest.mark.parametrize(
    ("rules", "value", "expected"),
    [
        (column("number", **RANGE), 10.0, ("10.0", [])),
        (column("number", **RANGE), 10.5, ("rejected", [("x", "10.5", "a number and at least 0 and at most 10")])),
        (column("number", **RANGE, outside="blank"), -0.5, ("missing", [])),
        (column("number", **RANGE, outside="clip"), -0.5, ("0.0", [])),
        (column("number", **RANGE, outside="clip"), math.inf, ("10.0", [])),
        (column("number", low=1.0), NAN, ("missing", [])),
        (column("number", missing="reject"), NAN, ("rejected", [("x", "nothing", "a number")])),
        (column("number", outside="blank", missing="reject", high=1.0), 2.0, ("missing", [])),
    ],
)
def test_rules_of_numbers_by_hand(rules: Column, value: float, expected: tuple[str, list[Rejection]]) -> None:
    assert must_agree("number", rules, value) == expected


def test_rules_of_other_types_by_hand() -> None:
    assert must_agree("integer", column("integer", **RANGE, outside="clip"), 12)[0] == "10"
    assert must_agree("integer", column("number", **RANGE, outside="clip"), -2)[0] == "0.0"
    assert must_agree("integer", column("text"), 12)[0] == "'12'"
    some = column("category", categories=("A", "B"))
    assert must_agree("text", some, "B")[0] == "'B'"
    assert must_agree("text", some, "C") == ("rejected", [("x", "C", "one of A, B")])
    assert must_agree("text", column("category", categories=("A",), outside="blank"), "C")[0] == "missing"
    assert must_agree("text", column("category", categories=("A",), outside="clip"), "C")[0] == "'C'"
    assert must_agree("time", column("time"), 5)[0] == "5"
    assert must_agree("time", column("time", missing="reject"), None)[1] == [("x", "nothing", "a time")]
    assert must_agree("boolean", column("boolean", missing="reject"), None)[1] == [("x", "nothing", "a boolean")]


def test_an_id_may_be_missing() -> None:
    rules = Column(type="text", role="id", description="", missing="reject")
    assert must_agree("text", rules, None) == ("missing", [])


def test_cells_are_read_by_the_columns_own_reading() -> None:
    reading = Reading(na_values=("-1", "None"), spellings={"north": ("N",)}, true_values=("yes", ""))
    assert must_agree("number", column("number", read=reading), -1.0)[0] == "missing"
    assert must_agree("number", column("number", read=reading), math.inf)[0] == "missing"
    assert must_agree("integer", column("integer", read=reading), -1)[0] == "missing"
    assert must_agree("integer", column("integer", read=reading), 2**53 + 1)[0] == str(2**53)
    assert must_agree("text", column("category", read=reading), " N ")[0] == "'north'"
    assert must_agree("text", column("category", read=Reading(na_values=("None",))), " NONE ")[0] == "missing"
    assert must_agree("boolean", column("boolean", read=reading), None)[0] == "True"
    assert must_agree("time", column("time", read=reading), 5)[0] == "5"
    assert must_agree("integer", column("text", read=reading), 7)[0] == "'7'"


def test_texts_are_read_as_they_are_in_tables() -> None:
    """Columns that a step has joined are text until the last step has run."""
    money = Reading(units=("$",), na_values=("none",))
    assert must_agree("text", column("number", read=money), "$1,715.5")[0] == "1715.5"
    assert must_agree("text", column("integer", read=money), " 12.0 ")[0] == "12"
    assert must_agree("text", column("integer", read=money), None)[0] == "missing"
    assert must_agree("text", column("number", read=money), "None")[0] == "missing"
    assert (
        must_agree("text", column("boolean", read=Reading(true_values=("t",), false_values=("f",))), "T")[0] == "True"
    )
    day = Reading(date_format="%d/%m/%Y", zone="Europe/Berlin")
    assert must_agree("text", column("time", read=day), "01/02/1970")[0] == str((31 * 24 - 1) * 3_600_000_000)
    with pytest.raises(OverflowError, match="'a lot' is no number"):
        run("text", column("number", read=money), "a lot")


def test_an_integer_of_too_many_digits_is_said() -> None:
    with pytest.raises(OverflowError):
        run("integer", column("integer", read=Reading()), 2**63 - 1)


@pytest.mark.parametrize(
    ("raw", "rules"),
    [
        ("text", column("number")),
        ("number", column("integer")),
        ("time", column("text")),
        ("text", column("time")),
        ("integer", column("boolean")),
        ("number", column("integer", read=Reading())),
        ("text", column("text", low=1.0)),
        ("number", column("number", categories=("1",))),
        ("integer", column("integer", low=0.5, outside="clip")),
    ],
)
def test_what_only_a_table_can_tell_is_left_to_it(raw: Type, rules: Column) -> None:
    assert run(raw, rules, None) is None


VALUES: dict[Type, st.SearchStrategy[Any]] = {
    "number": st.one_of(st.floats(), st.sampled_from([NAN, 0.0, -0.0, -1.0, 10.0])),
    "integer": st.one_of(st.none(), st.integers(-3, 12), st.integers(-(2**62), 2**62)),
    "text": st.one_of(
        st.none(),
        st.sampled_from([" A", "B", "", "n/a", "İ", "ß", " 1", "-2.50", "true", "1970-01-02"]),
        st.text(max_size=3),
    ),
    "boolean": st.sampled_from([None, True, False]),
    "time": st.one_of(st.none(), st.integers(-(10**15), 10**16)),
}
READINGS = [None, Reading(), Reading(na_values=("n/a", "0", "ss", "B", "true")), Reading(spellings={"A": ("B",)})]


@settings(deadline=None)
@given(st.data())
def test_rules_agree_with_those_for_tables(data: st.DataObject) -> None:
    raw = data.draw(st.sampled_from(RAW))
    type = data.draw(st.sampled_from([*DTYPES]))
    ranges = [{}, {"low": -1.0, "high": 10.0}, {"low": 0.5}] if type in ("number", "integer") else [{}]
    listed = [{}, {"categories": ("A", "n/a")}] if KINDS[type] == "text" else [{}]
    rules = column(
        type,
        **data.draw(st.sampled_from(ranges)),
        **data.draw(st.sampled_from(listed)),
        missing=data.draw(st.sampled_from(["keep", "reject"])),
        outside=data.draw(st.sampled_from(["reject", "blank", "clip"])),
        read=data.draw(st.sampled_from(READINGS)),
    )
    value = data.draw(VALUES[raw])
    if prepare_rule("x", rules, KINDS[raw], rules.read) is not None:
        try:
            run(raw, rules, value)
        except OverflowError:
            with pytest.raises(UnfitTable):
                run_on_table(raw, rules, value)
        else:
            must_agree(raw, rules, value)


def test_a_wrong_time_is_shown_as_a_time() -> None:
    from lifecycle.online.row_rules import show

    assert show(0, "time") == str(pd.Timestamp("1970-01-01T00:00Z"))
    assert show(None, "time") == "nothing"
