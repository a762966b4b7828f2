"""From raw tables to one table: steps, rules of the schema, and every rejected row with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import pandas as pd

from lifecycle import targets
from lifecycle.data.cells.reading import Mask, Type, read_cells
from lifecycle.data.columns import name_free_column, with_columns
from lifecycle.data.schema import DTYPES, Column, Schema, must_have_columns
from lifecycle.errors import UnfitTable, UnknownName, WrongValue, suggest_name
from lifecycle.options import Call, options
from lifecycle.target_kinds import STEP

Tables = dict[str, pd.DataFrame]
REASON = "reason"
KNOWN_LATER = ("target", "forbidden")  # roles of columns that a row without a label need not have yet
SHOWN = 60  # characters of a cell or a name in a message


@options
class OtherTable:
    """A raw table beside the units' when a question is asked: the columns that identify a row, and how long it counts.

    A row is needed for the duration `keep`, such as 3D, after the time in its column `time`; without them always.
    """

    key: tuple[str, ...]
    time: str = ""
    keep: str = ""


@options
class Open:
    """Which rows without a label are open: they may still get one, and are answered until they do.

    `rows: later` are those whose time in the column `until` (when the label is due; without it the row's own time) is
    later than the time of every labelled row, up to which the answers are known; none where rows have no time.
    `rows: all` is every row without a label, `rows: none` no row.
    """

    rows: Literal["later", "all", "none"] = "later"
    until: str = ""


@options
class Clean:
    """How the table is built: steps in order, and the raw table whose rows are the units.

    The units' cells are read by the schema before the first step, and those of columns that a step adds after the
    last. Each step is a function `(tables, **arguments) -> tables`. `no_label` is the rejection reason of a row
    without a target that is not `open`; `rejected` is the column in which a step writes why it rejects a row. `tables`
    are the other raw tables whose rows may become known later.
    """

    unit: str
    steps: tuple[Call, ...]
    no_label: str
    rejected: str = ""
    open: Open = field(default_factory=Open)
    tables: dict[str, OtherTable] = field(default_factory=dict)


@dataclass(frozen=True)
class Cleaned:
    """The table, the open rows, the rejected rows, and the number of values changed by the rules, by column.

    The open rows have the table's columns, and no label yet. `reason` is the column of the rejected rows that says
    why: `reason`, or the first free one of `reason_2`, ….
    """

    table: pd.DataFrame
    open: pd.DataFrame
    rejected: pd.DataFrame
    reason: str
    changed: dict[str, dict[str, int]]


def run_steps(raw: Tables, clean: Clean, where: str) -> Tables:
    """The tables after all steps."""
    tables = raw
    for number, step in enumerate(clean.steps):
        tables = targets.call(step, f"{where}, key steps.{number}", tables, kind=STEP)
    return tables


def read_tables(raw: Tables, schema: Schema, unit: str) -> Tables:
    """The raw tables with the cells of the units' table, and of tables with the same columns, read by the schema."""
    columns = schema.tables.get(unit)
    return {
        name: read_columns(rows, schema, f"raw table {name}") if schema.tables.get(name) == columns else rows
        for name, rows in raw.items()
    }


def read_columns(rows: pd.DataFrame, schema: Schema, where: str) -> pd.DataFrame:
    """The rows with every column whose reading the schema states in its type; raises UnfitTable for an unread cell."""
    read = {}
    for name in (name for name in rows.columns if name in schema.columns):
        reading = schema.find_reading(name)
        if reading is not None:
            found = read_cells(rows[name], schema.columns[name].type, reading)
            must_read(rows[name], found.unread, schema.columns[name].type, where)
            read[name] = found.values
    return with_columns(rows, read)


TODO = "correct read: of the column in conf/schema/, or list {code!r} in its na_values: there"


def must_read(cells: pd.Series, unread: Mask, kind: Type, where: str, todo: str = TODO) -> None:
    """Raise UnfitTable if a cell was not understood."""
    if unread.any():
        first = str(cells[unread].iloc[0])[:SHOWN]
        raise UnfitTable(
            f"{first!r} is no {kind}; {int(unread.sum()):,} of {len(cells):,} cells are none",
            where=f"{where}, column {str(cells.name)[:SHOWN]}",
            todo=todo.format(code=first),
        )


def count_missing_codes(raw: Tables, read: Tables) -> dict[str, int]:
    """How many cells with something in them were read as missing, codes and infinite numbers, by `table.column`."""
    counts = {
        f"{name}.{column}": int((rows[column].notna() & read[name][column].isna()).sum())
        for name, rows in raw.items()
        for column in rows.columns
    }
    return {column: count for column, count in counts.items() if count}


def count_blanked(before: Tables, after: Tables) -> dict[str, int]:
    """How many raw values the steps blanked, by `table.column`; rows that a step added to a table are left out."""
    lost = {
        f"{name}.{column}": int(
            after[name].loc[after[name].index.isin(table.index), column].isna().sum() - table[column].isna().sum()
        )
        for name, table in before.items()
        for column in table.columns
    }
    return {column: count for column, count in lost.items() if count > 0}


def conform_to_schema(table: pd.DataFrame, schema: Schema, rejected: str = "") -> pd.DataFrame:
    """The schema's columns, in its order and types, sorted by time, where there is one, and id.

    The column `rejected`, which holds the reasons of the steps, is the last one where it is named.
    """
    reasons = [rejected] if rejected else []
    must_have_columns(table, [*schema.columns, *reasons], "the table made in conf/clean/")
    table = read_columns(table, schema, "the table made in conf/clean/")
    typed = {
        name: table[name].astype(pd.api.types.pandas_dtype(DTYPES[column.type]))
        for name, column in schema.columns.items()
    }
    typed |= {name: table[name].astype("str") for name in reasons}
    order = [name for name in (schema.time, schema.id) if name]
    return pd.DataFrame(typed).sort_values(order, kind="stable", ignore_index=True)


def apply_rules(
    table: pd.DataFrame, schema: Schema, no_label: str, rejected: str = "", open_rows: Open | None = None
) -> Cleaned:
    """Each row kept, open, or rejected with its first reason: a step's, no id, missing, out of range, duplicate.

    A row without a label that is not open is rejected for that. Of rows with the same id a labelled one counts before
    those without a label, then the last one. Values are blanked or clipped in all rows and counted in the kept ones.
    """
    steps = table[rejected] if rejected else pd.Series(pd.NA, index=table.index, dtype="str")
    table = table[[*schema.columns]]
    outside = {name: is_outside(table[name], column) for name, column in schema.columns.items()}
    judged = judge_rows(table, outside, schema, steps, no_label, open_rows or Open())
    is_kept = judged.reasons.isna() & ~judged.is_open
    repairable = {name: rows for name, rows in outside.items() if is_repairable(schema.columns[name], rows)}
    table = table.copy()
    for name, rows in repairable.items():
        table[name] = repair_values(table[name], schema.columns[name], rows)
    reason, is_rejected = name_free_column(REASON, schema.columns), judged.reasons.notna()
    return Cleaned(
        table=table[is_kept].reset_index(drop=True),
        open=table[judged.is_open].reset_index(drop=True),
        rejected=with_columns(table[is_rejected], {reason: judged.reasons[is_rejected]}).reset_index(drop=True),
        reason=reason,
        changed={
            name: {schema.columns[name].outside: int(rows[is_kept].sum())}
            for name, rows in repairable.items()
            if rows[is_kept].any()
        },
    )


@dataclass(frozen=True)
class Judged:
    """Why each row is rejected, missing for a row that is not, and which rows are open."""

    reasons: pd.Series
    is_open: pd.Series


def judge_rows(
    table: pd.DataFrame, outside: Mapping[str, pd.Series], schema: Schema, steps: pd.Series, no_label: str, rows: Open
) -> Judged:
    """The rows by what `apply_rules` does with them; `steps` are the reasons that the steps gave."""
    reasons = steps.copy()
    add_reason(reasons, table[schema.id].isna(), f"{schema.id} is missing")
    unlabelled = reasons.isna() & (table[schema.target].isna() if schema.target else False)
    broken = find_broken_rules(table, outside, schema, unlabelled)
    reasons = reasons.where(reasons.notna() | unlabelled, broken)
    labelled = reasons.isna() & ~unlabelled
    add_reason(reasons, find_superseded(table[schema.id], labelled, reasons, broken), f"duplicate {schema.id}")
    is_open = unlabelled & reasons.isna() & find_open(table, labelled, schema, rows)
    add_reason(reasons, unlabelled & ~is_open, no_label)
    reasons = reasons.where(reasons.notna(), broken)
    return Judged(reasons, is_open & reasons.isna())


def find_broken_rules(
    table: pd.DataFrame, outside: Mapping[str, pd.Series], schema: Schema, unlabelled: pd.Series
) -> pd.Series:
    """The first rule of the schema that each row breaks; what is known with the label may lack in a row without one."""
    reasons = pd.Series(pd.NA, index=table.index, dtype="str")
    for name, column in schema.columns.items():
        if column.missing == "reject":
            waits = unlabelled if column.role in KNOWN_LATER else False
            add_reason(reasons, table[name].isna() & ~waits, f"{name} is missing")
    for name, rows in outside.items():
        if schema.columns[name].outside == "reject":
            add_reason(reasons, rows, f"{name} is impossible")
    return reasons


def find_superseded(ids: pd.Series, labelled: pd.Series, reasons: pd.Series, broken: pd.Series) -> pd.Series:
    """The rows not rejected yet whose id a better one has: labelled, else keeping the rules, of equals the later."""
    rows = pd.DataFrame({"id": ids, "labelled": labelled, "fits": broken.isna()})[reasons.isna()]
    ranked = rows.sort_values(["labelled", "fits"], kind="stable")
    found = pd.Series(False, index=ids.index)
    found[ranked.index[ranked.duplicated("id", keep="last")]] = True
    return found


def find_open(table: pd.DataFrame, labelled: pd.Series, schema: Schema, rows: Open) -> pd.Series:
    """The rows that may still get a label, were they without one."""
    check_open(rows, schema)
    until = rows.until or schema.time
    if rows.rows != "later" or until is None:
        return pd.Series(rows.rows == "all", index=table.index)
    times, known = table[until], table.loc[labelled, schema.time or until]
    if times.dtype != known.dtype:
        times, known = (pd.to_datetime(one, utc=True, format="ISO8601") for one in (times, known))
    return (times > known.max()).fillna(False).astype(bool) if len(known) else pd.Series(False, index=table.index)


def check_open(rows: Open, schema: Schema) -> None:
    """Raise UnknownName where `until` is no column, WrongValue where it is no time or cannot be compared with one."""
    where = "conf/clean/, key open.until"
    if not rows.until:
        return
    if rows.until not in schema.columns:
        raise UnknownName(
            f"open.until: {rows.until!r} is not a column of the schema",
            where=where,
            todo=suggest_name(rows.until, schema.columns),
        )
    kind = schema.columns[rows.until].type
    if kind not in ("time", "day"):
        raise WrongValue(
            f"open.until: {rows.until} is of type {kind}, no time", where=where, todo="name a column of type: time"
        )
    if rows.rows != "later" or schema.time is None:
        lacking = f"rows is {rows.rows}" if rows.rows != "later" else "no column of the schema has role: time"
        raise WrongValue(f"open.until: {lacking}, so there is no time to compare with", where=where, todo="rows: all")


def relax_later_columns(schema: Schema) -> Schema:
    """The schema of open rows: what is known with the label or after it may be missing."""
    columns = {
        name: replace(column, missing="keep") if column.role in KNOWN_LATER else column
        for name, column in schema.columns.items()
    }
    return replace(schema, columns=columns)


def is_repairable(column: Column, rows: pd.Series) -> bool:
    """Whether the column has values to blank or clip."""
    return column.outside != "reject" and bool(rows.any())


def add_reason(reasons: pd.Series, rows: pd.Series, reason: str) -> None:
    """Set the reason of the rows that have none yet."""
    reasons[rows & reasons.isna()] = reason


def is_outside(values: pd.Series, column: Column) -> pd.Series:
    """Which values are outside the column's range or categories; a missing value is not."""
    outside = pd.Series(False, index=values.index)
    if column.low is not None:
        outside |= (values < column.low).fillna(False).astype(bool)
    if column.high is not None:
        outside |= (values > column.high).fillna(False).astype(bool)
    if column.categories:
        outside |= values.notna() & ~values.isin(column.categories)
    return outside


def repair_values(values: pd.Series, column: Column, outside: pd.Series) -> pd.Series:
    """The values with those outside the range blanked or clipped, as the schema says."""
    if column.outside == "clip":
        return values.clip(column.low, column.high)
    return values.mask(outside)
