"""clean: raw batches → one table that keeps its schema, rows that wait for a label, rejected rows with the reason."""

import sys
from dataclasses import replace
from typing import Any

import pandas as pd

from lifecycle import paths
from lifecycle.data.cleaning import (
    Clean,
    Cleaned,
    Tables,
    apply_rules,
    conform_to_schema,
    count_blanked,
    count_missing_codes,
    read_tables,
    relax_later_columns,
    run_steps,
)
from lifecycle.data.columns import name_free_column
from lifecycle.data.label_stats import describe_rows
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema, conform_raw, enforce_schema
from lifecycle.errors import UnfitTable, UnknownName, suggest_name
from lifecycle.io.records import write_json
from lifecycle.io.tables import read_table, write_table
from lifecycle.options import options
from lifecycle.sources import batches
from lifecycle.sources.provenance import read_provenance
from lifecycle.stages import runner


@options
class Config:
    """What is asked for, the schema, and how the table is made."""

    problem: Problem
    schema: Schema
    clean: Clean


def run(config: Config) -> str:
    """Write the table, the open rows, the rejected rows and the quality report."""
    schema = config.schema.with_target(config.problem.target)
    raw, superseded = read_raw(schema)
    read = read_tables(raw, schema, config.clean.unit)
    tables = run_steps(read, config.clean, "conf/clean/")
    units = conform_to_schema(select_unit(tables, config.clean), schema, config.clean.rejected)
    cleaned = apply_rules(units, schema, config.clean.no_label, config.clean.rejected, config.clean.open)
    cleaned = append_rejected_messages(cleaned, read_rejected_messages(schema))
    must_be_of_use(cleaned, schema)
    write_table(paths.TABLE, enforce_schema(cleaned.table, schema))
    write_table(paths.OPEN, enforce_schema(cleaned.open, relax_later_columns(schema)))
    write_table(paths.REJECTED, cleaned.rejected)
    counts = {
        "read_as_missing": count_missing_codes(raw, read),
        "blanked_as_noise": count_blanked(read, tables),
        "superseded_rows": superseded,
    }
    write_json(paths.QUALITY, build_quality_report(cleaned, raw, schema) | counts)
    return f"{describe_rows_found(cleaned)} (reasons in {paths.QUALITY})"


def describe_rows_found(cleaned: Cleaned) -> str:
    """How many rows were kept, wait for a label and were rejected, in one line."""
    waiting = f"{len(cleaned.open):,} open, " if len(cleaned.open) else ""
    return f"{len(cleaned.table):,} rows kept, {waiting}{len(cleaned.rejected):,} rejected"


def select_unit(tables: Tables, clean: Clean) -> pd.DataFrame:
    """The table whose rows are the units; raises UnknownName when the steps made none of that name."""
    if clean.unit not in tables:
        raise UnknownName(
            f"unit: there is no table {clean.unit!r}",
            where="conf/clean/, key unit",
            todo=suggest_name(clean.unit, tables),
        )
    return tables[clean.unit]


def read_raw(schema: Schema) -> tuple[Tables, dict[str, int]]:
    """The raw tables that the schema names in the declared types, and how many rows newer batches superseded.

    A row of a later batch supersedes those of earlier ones with its id, in tables that have the schema's id.
    """
    names = batches.group_by_table(one.batch for one in read_provenance().batches)
    tables, superseded = {}, {}
    for table, types in schema.tables.items():
        if table not in names:
            raise UnfitTable(
                f"the source has no table {table!r}; it has {', '.join(names)}",
                where="conf/schema/, key tables",
                todo=f"correct tables: in conf/schema/, or add {table} to the source",
            )
        parts = [conform_raw(read_table(paths.RAW / name), types, str(paths.RAW / name)) for name in names[table]]
        if schema.id in types:
            tables[table], superseded[table] = batches.keep_newest(parts, schema.id)
        else:
            tables[table] = pd.concat(parts, ignore_index=True)
    return tables, superseded


def read_rejected_messages(schema: Schema) -> pd.DataFrame:
    """What the source delivered for the schema's tables and could not make rows of: `message` and `reason`."""
    names = batches.group_by_table(one.batch for one in read_provenance().batches)
    files = [name for table in schema.tables for name in names.get(f"{table}_rejected", [])]
    empty = pd.DataFrame({"message": [], "reason": []}, dtype="str")
    return pd.concat([empty, *(read_table(paths.RAW / name, ["message", "reason"]) for name in files)])


def append_rejected_messages(cleaned: Cleaned, messages: pd.DataFrame) -> Cleaned:
    """The rejected rows with those that never became one: their columns are missing, their text is in `message`."""
    if messages.empty:
        return cleaned
    message = name_free_column("message", cleaned.rejected.columns)
    named = messages.rename(columns={"message": message, "reason": cleaned.reason})
    rows = named.reindex(columns=[*cleaned.rejected.columns, message]).astype(dict(cleaned.rejected.dtypes))
    return replace(cleaned, rejected=pd.concat([cleaned.rejected, rows], ignore_index=True))


def must_be_of_use(cleaned: Cleaned, schema: Schema) -> None:
    """Raise UnfitTable when no row is left, or when all labels are equal."""
    rows, target = len(cleaned.table), schema.target
    where = f"{paths.TABLE}, column {target}, {describe_rows_found(cleaned)}"
    if rows == 0:
        reasons = cleaned.rejected[cleaned.reason].value_counts()
        most = f"; most often: {reasons.index[0]}" if len(reasons) else ""
        raise UnfitTable(f"no row is left after cleaning{most}", where=where, todo="loosen that rule in conf/schema/")
    if target and cleaned.table[target].nunique() < 2:
        raise UnfitTable(
            f"all labels are equal: {target} is {cleaned.table[target].iloc[0]} in every row",
            where=where,
            todo="collect rows of the other kind with a later through:, or correct how the target is derived",
        )


def build_quality_report(cleaned: Cleaned, raw: Tables, schema: Schema) -> dict[str, Any]:
    """Rows in, kept, open and rejected by reason, changed values and missing shares by column."""
    missing = cleaned.table.isna().mean()
    return {
        "raw_rows": {name: len(table) for name, table in raw.items()},
        "kept_rows": len(cleaned.table),
        "open_rows": len(cleaned.open),
        "rejected_rows": len(cleaned.rejected),
        "rejected_by_reason": cleaned.rejected[cleaned.reason].value_counts().to_dict(),
        "changed_values": cleaned.changed,
        "missing_share": {name: float(missing[name]) for name in schema.columns if missing[name] > 0},
        **describe_rows(cleaned.table, schema),
    }


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("clean", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
