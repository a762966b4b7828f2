"""A second table whose rows are the test part: both as one, and what the test part has in common with train."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from lifecycle.data.leakage import DIFFERENT
from lifecycle.data.schema import Role
from lifecycle.data.steps.given_split import mark_seen_rows
from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.onboarding.infer import roles
from lifecycle.onboarding.infer.column_types import ColumnInference, infer_columns
from lifecycle.onboarding.infer.notes import Note
from lifecycle.onboarding.infer.request import NewRequest
from lifecycle.reporting.text import format_count, list_names, quote_option, shorten_text


@dataclass(frozen=True)
class CombinedTables:
    """The rows of two tables as one with a column that says the part, what is asked of them, and what was seen."""

    table: pd.DataFrame
    asked: NewRequest
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class TestOverlap:
    """By what a row of the test part is told to stand in train too, and how many rows do so."""

    columns: tuple[str, ...]
    id: str
    count: int


def combine_tables(train: pd.DataFrame, test: pd.DataFrame, asked: NewRequest) -> CombinedTables:
    """Train and test rows as one table of the columns that both have.

    Raises UnfitTable for a table without rows, or a test part without a column that is asked for.
    """
    must_be_alike(train, test, asked)
    columns = [str(name) for name in train.columns if name in test.columns]
    part = roles.find_free_name("part", dict.fromkeys([*map(str, train.columns), *map(str, test.columns)]))
    table = pd.concat([train[columns].assign(**{part: "train"}), test[columns].assign(**{part: "test"})])
    id, anew = find_shared_id(train[columns], test[columns], asked)
    whys: dict[Role, str] = {"part": "which of the two tables the row is from"}
    whys |= {"id": "a value of its own in every row of train"} if id else {}
    wished = replace(asked, part=part, test=f"{asked.name}_test", id=asked.id or id, anew=anew, whys=whys)
    left = [str(name) for one, other in ((train, test), (test, train)) for name in one.columns if name not in other]
    note = Note(f"left out: {list_names(left)}", "one of the two tables alone has it")
    return CombinedTables(table.reset_index(drop=True), wished, (note,) if left else ())


def must_be_alike(train: pd.DataFrame, test: pd.DataFrame, asked: NewRequest) -> None:
    """Raise UnfitTable where a table has no rows, a name twice, or the test part lacks a column that is asked for."""
    for table, option in ((train, "--data"), (test, "--test")):
        names = [str(name) for name in table.columns]
        if table.empty or len(set(names)) < len(names):
            what = f"{format_count(len(table), 'row')} and {format_count(len(names), 'column')}"
            raise UnfitTable(
                f"the table of {option} has {what}" + ("" if table.empty else ", a name among them twice"),
                where=f"command line, {option}",
                todo="check the address, or rename the column in the source",
            )
    for role, column in asked.roles.items():
        if column in train.columns and column not in test.columns:
            raise UnfitTable(
                f"the test part has no column {shorten_text(column)!r}",
                where=f"command line, --test and --{role}",
                todo="leave out --test: rows without an answer test nothing; answer them with lifecycle predict"
                if role == "target"
                else f"leave out {quote_option(f'--{role}', column)}, or add the column in the source",
            )
    if not set(train.columns) & set(test.columns):
        raise UnfitTable(
            f"the test part has no column of the train part: {list_names(test.columns)}",
            where="command line, --data and --test",
            todo="give the same columns to both",
        )


def find_shared_id(train: pd.DataFrame, test: pd.DataFrame, asked: NewRequest) -> tuple[str | None, str]:
    """The column that names a row of both tables, and the one that counts the rows of each anew.

    None and nothing where an id is asked for, and where the tables together show it as well.
    """
    kinds = {name: kind for name, kind in infer_columns(train, asked.formats, asked.decimal).items() if name != asked.target}
    found = roles.find_id(kinds, len(train) - roles.count_duplicates(train)) if asked.id is None else None
    if found is None:
        return None, ""
    again = test[test[found[0]].isin(train[found[0]])]
    copied = roles.count_duplicates(pd.concat([train, again])) - roles.count_duplicates(train)
    if copied == len(again):
        return None, ""
    return (None, found[0]) if roles.is_running(kinds[found[0]]) else (found[0], "")


def find_overlap(kinds: Mapping[str, ColumnInference], columns: Sequence[str], asked: NewRequest, id: str | None) -> TestOverlap:
    """How rows of the test part are told that stand in train too, and how many these are.

    Columns tell it where most rows differ in them; else rows are alike by chance. Raises WrongValue where no
    row of the test part is left.
    """
    values = pd.DataFrame({name: kinds[name].values for name in kinds})
    different = len(values[[*columns]].drop_duplicates())
    told = tuple(columns) if different >= DIFFERENT * len(values) else ()
    part = str(asked.part)
    found = mark_seen_rows({"both": values}, table="both", part=part, name="why", columns=[*told], id=id or "")["both"]
    there = found["why"].notna()
    if there.sum() == (values[part] == "test").sum():
        raise WrongValue(
            f"each of the {format_count(int(there.sum()), 'row')} of the test part stands in train too",
            where="command line, --data and --test",
            todo="give other rows to --test, or leave it out: the split then takes a test part from --data",
        )
    return TestOverlap(told, id or "", int(there.sum()))


def describe_overlap(seen: TestOverlap, asked: NewRequest, rows: int) -> Iterator[Note]:
    """What the person should know of the second table."""
    count = f"{seen.count:,}" if seen.count else "none"
    done = "clean rejects them, with the reason in data/rejected.parquet" if seen.count else "clean looks again"
    yield Note(f"in train too: {count} of the {format_count(rows, 'row')} of the test part", done)
    if not seen.columns:
        yield Note(
            "rows are alike by chance", "few different values: that features and target are equal proves nothing"
        )
    if asked.anew:
        yield Note(f"{shorten_text(asked.anew)} counts the rows of each table anew", "it names no row of both")
