"""One budget: defaults that are the same everywhere, raised by the environment, refused in three lines."""

import pytest

from lifecycle.errors import TooLarge, WrongValue
from lifecycle.io.budget import MIB, MODEL, Budget, must_fit_bytes, must_fit_cell, must_fit_table, read_budget


def test_without_variables_it_has_its_defaults() -> None:
    assert read_budget({}) == Budget()


def test_a_variable_raises_its_limit_alone() -> None:
    assert read_budget({"LIFECYCLE_COLUMNS": "60000"}) == Budget(columns=60_000)


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "²"])
def test_a_variable_that_is_no_limit_is_named(text: str) -> None:
    with pytest.raises(WrongValue, match="LIFECYCLE_CELLS is") as caught:
        read_budget({"LIFECYCLE_CELLS": text})
    assert caught.value.todo == "export LIFECYCLE_CELLS=500000000"


def test_what_a_file_may_become_grows_with_it_between_two_limits() -> None:
    assert [Budget().allow(size) // MIB for size in (1, 10 * MIB, 2000 * MIB)] == [512, 2000, 8192]
    assert [Budget().allow(size, MODEL) // MIB for size in (1, MIB, 2000 * MIB)] == [64, 200, 1024]
    assert Budget(unpacked_mib=3).allow(1, MODEL) == 3 * MIB


def test_a_refusal_has_the_figure_the_limit_and_how_to_raise_it() -> None:
    with pytest.raises(TooLarge) as caught:
        must_fit_bytes(513 * MIB, 1000, "a.parquet")
    assert str(caught.value).splitlines() == [
        "error: it takes 537,919,488 bytes in memory of a file of 1,000, and may take 536,870,912",
        "where: a.parquet",
        "next:  where it is meant to be so: export LIFECYCLE_UNPACKED_MIB=513",
    ]


def test_what_is_told_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLarge, match="there are 10,001 columns, and 10,000 may be read"):
        must_fit_table(1, 10_001, 0, "a.csv")
    monkeypatch.setenv("LIFECYCLE_COLUMNS", "10001")
    must_fit_table(1, 10_001, 0, "a.csv")
    with pytest.raises(TooLarge, match="a cell has 1,048,577 bytes, and may have 1,048,576"):
        must_fit_cell(MIB + 1, "a.csv")
