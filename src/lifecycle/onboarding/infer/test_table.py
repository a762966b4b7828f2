"""A separate test table: combination with the train table, and rows that are in both."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from lifecycle.data.columns import name_free_column, with_columns
from lifecycle.data.leakage import DIFFERENT
from lifecycle.data.schema import Role
from lifecycle.data.steps.given_split import mark_seen_rows
from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.onboarding.infer import roles
from lifecycle.onboarding.infer.column_types import ColumnInference, infer_columns
from lifecycle.onboarding.infer.request import NewRequest
from lifecycle.onboarding.note import Note
from lifecycle.reporting.text import format_count, list_names, quote_option, shorten_text


@dataclass(frozen=True)
class CombinedTables:
    """The rows of two tables as one with a part column, the completed request, and notes."""

    table: pd.DataFrame
    request: NewRequest
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class SharedRows:
    """The columns and id by which test rows are compared with train, and the number of rows in both."""

    columns: tuple[str, ...]
    id: str
    count: int


def combine_tables(train: pd.DataFrame, test: pd.DataFrame, request: NewRequest) -> CombinedTables:
    """Train and test rows as one table of the columns that both have.

    Raises UnfitTable for a table without rows, or a test part without a requested column.
    """
    must_be_alike(train, test, request)
    columns = [str(name) for name in train.columns if name in test.columns]
    part = name_free_column("part", {*map(str, train.columns), *map(str, test.columns)})
    table = pd.concat([with_columns(train[columns], {part: "train"}), with_columns(test[columns], {part: "test"})])
    id, restarting_id = find_shared_id(train[columns], test[columns], request)
    role_reasons: dict[Role, str] = {"part": "which of the two tables the row is from"}
    role_reasons |= {"id": "a unique value in every row of train"} if id else {}
    wished = replace(
        request,
        part=part,
        test=f"{request.name}_test",
        id=request.id or id,
        restarting_id=restarting_id,
        role_reasons=role_reasons,
    )
    left = [str(name) for one, other in ((train, test), (test, train)) for name in one.columns if name not in other]
    note = Note(f"left out: {list_names(left)}", "one of the two tables alone has it")
    return CombinedTables(table.reset_index(drop=True), wished, (note,) if left else ())


def must_be_alike(train: pd.DataFrame, test: pd.DataFrame, request: NewRequest) -> None:
    """Raise UnfitTable for a table without rows or with a repeated name, or a test part without a requested column."""
    for table, option in ((train, "--data"), (test, "--test")):
        names = [str(name) for name in table.columns]
        if table.empty or len(set(names)) < len(names):
            what = f"{format_count(len(table), 'row')} and {format_count(len(names), 'column')}"
            raise UnfitTable(
                f"the table of {option} has {what}" + ("" if table.empty else ", a name among them twice"),
                where=f"command line, {option}",
                todo="check the address, or rename the column in the source",
            )
    for role, column in request.roles.items():
        if column in train.columns and column not in test.columns:
            raise UnfitTable(
                f"the test part has no column {shorten_text(column)!r}",
                where=f"command line, --test and --{role}",
                todo="leave out --test: rows without a label cannot test the model; score them with lifecycle predict"
                if role == "target"
                else f"leave out {quote_option(f'--{role}', column)}, or add the column in the source",
            )
    if not set(train.columns) & set(test.columns):
        raise UnfitTable(
            f"the test part has no column of the train part: {list_names(test.columns)}",
            where="command line, --data and --test",
            todo="give the same columns to both",
        )


def find_shared_id(train: pd.DataFrame, test: pd.DataFrame, request: NewRequest) -> tuple[str | None, str]:
    """The column that identifies rows of both tables, and the one that numbers the rows of each from the start.

    None and empty if an id is requested, or if the combined table shows it as well.
    """
    inferred = {
        name: column
        for name, column in infer_columns(train.copy(deep=False), request.formats, request.decimal).items()
        if name != request.target
    }
    id_column = roles.find_id(inferred, len(train) - roles.count_duplicates(train)) if request.id is None else None
    if id_column is None:
        return None, ""
    again = test[test[id_column[0]].isin(train[id_column[0]])]
    copied = roles.count_duplicates(pd.concat([train, again])) - roles.count_duplicates(train)
    if copied == len(again):
        return None, ""
    return (None, id_column[0]) if roles.is_running(inferred[id_column[0]]) else (id_column[0], "")


def find_overlap(
    inferred: Mapping[str, ColumnInference], columns: Sequence[str], request: NewRequest, id: str | None
) -> SharedRows:
    """The test rows that are in train too, compared by columns and id.

    Columns are compared only if most rows are distinct in them; otherwise rows are equal by chance. Raises
    WrongValue if no test row is left.
    """
    values = pd.DataFrame({name: inferred[name].values for name in inferred})
    different = len(values[[*columns]].drop_duplicates())
    compared = tuple(columns) if different >= DIFFERENT * len(values) else ()
    part = str(request.part)
    marked = mark_seen_rows({"both": values}, table="both", part=part, name="why", columns=[*compared], id=id or "")[
        "both"
    ]
    repeated = marked["why"].notna()
    if repeated.sum() == (values[part] == "test").sum():
        raise WrongValue(
            f"each of the {format_count(int(repeated.sum()), 'row')} of the test part is in train too",
            where="command line, --data and --test",
            todo="give other rows to --test, or leave it out: the split then takes a test part from --data",
        )
    return SharedRows(compared, id or "", int(repeated.sum()))


def describe_overlap(overlap: SharedRows, request: NewRequest, rows: int) -> Iterator[Note]:
    """The notes on the separate test table."""
    count = f"{overlap.count:,}" if overlap.count else "none"
    done = "clean rejects them, with the reason in data/rejected.parquet" if overlap.count else "clean checks again"
    yield Note(f"in train too: {count} of the {format_count(rows, 'row')} of the test part", done)
    if not overlap.columns:
        yield Note("rows are equal by chance", "few distinct values: equal features and target do not prove a copy")
    if request.restarting_id:
        yield Note(
            f"{shorten_text(request.restarting_id)} counts the rows of each table from the start",
            "it does not identify rows of both tables",
        )
