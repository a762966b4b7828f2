"""clean: raw batches → one table that keeps its schema, and every refused row with its reason."""

import sys
from typing import Any

import pandas as pd

from lifecycle import batches, entry, paths
from lifecycle.errors import UnfitTable
from lifecycle.files.records import read_json, write_json
from lifecycle.files.tables import read_table, write_table
from lifecycle.options import options
from lifecycle.schema import Schema, conform_raw, enforce
from lifecycle.table import Clean, Cleaned, Tables, apply_rules, blanked, build, conform


@options
class Config:
    """The schema, and how the table is made."""

    schema: Schema
    clean: Clean


def run(config: Config) -> str:
    """Write the table, the refused rows and the quality report."""
    raw = read_raw(config.schema)
    tables = build(raw, config.clean, "conf/clean/")
    made = conform(tables[config.clean.unit], config.schema)
    cleaned = apply_rules(made, config.schema, config.clean.no_label)
    must_be_of_use(cleaned, config.schema)
    write_table(paths.TABLE, enforce(cleaned.table, config.schema))
    write_table(paths.REFUSED, cleaned.refused)
    write_json(paths.QUALITY, quality(cleaned, raw, config.schema) | {"blanked_as_noise": blanked(raw, tables)})
    return f"{len(cleaned.table):,} rows kept, {len(cleaned.refused):,} refused (reasons in {paths.QUALITY})"


def read_raw(schema: Schema) -> Tables:
    """The raw tables that the schema names, each from all its batches, in the declared types."""
    names = batches.by_table(entry["batch"] for entry in read_json(paths.PROVENANCE)["batches"])
    tables = {}
    for table, types in schema.tables.items():
        if table not in names:
            raise UnfitTable(
                f"the source has no table {table!r}; it has {', '.join(names)}",
                where="conf/schema/, key tables",
                todo=f"correct tables: in conf/schema/, or add {table} to the source",
            )
        parts = [conform_raw(read_table(paths.RAW / name), types, str(paths.RAW / name)) for name in names[table]]
        tables[table] = pd.concat(parts, ignore_index=True)
    return tables


def must_be_of_use(cleaned: Cleaned, schema: Schema) -> None:
    """Raise UnfitTable when no row is left, or when all labels are equal."""
    rows, target = len(cleaned.table), schema.target
    where = f"{paths.TABLE}, column {target}, {rows:,} rows kept, {len(cleaned.refused):,} refused"
    if rows == 0:
        reasons = cleaned.refused["reason"].value_counts()
        most = f"; most often: {reasons.index[0]}" if len(reasons) else ""
        raise UnfitTable(f"no row is left after cleaning{most}", where=where, todo="loosen that rule in conf/schema/")
    if cleaned.table[target].nunique() < 2:
        raise UnfitTable(
            f"all labels are equal: {target} is {cleaned.table[target].iloc[0]} in every row",
            where=where,
            todo="collect rows of the other kind with a later through:, or correct how the target is derived",
        )


def quality(cleaned: Cleaned, raw: Tables, schema: Schema) -> dict[str, Any]:
    """Rows in and out, refusals by reason, changed values and missing shares by column."""
    missing = cleaned.table.isna().mean()
    return {
        "raw_rows": {name: len(table) for name, table in raw.items()},
        "kept_rows": len(cleaned.table),
        "refused_rows": len(cleaned.refused),
        "refused_by_reason": cleaned.refused["reason"].value_counts().to_dict(),
        "changed_values": cleaned.changed,
        "missing_share": {name: float(missing[name]) for name in schema.columns if missing[name] > 0},
        "label_rate": float(cleaned.table[schema.target].astype("float64").mean()),
        "first": str(cleaned.table[schema.time].min()),
        "last": str(cleaned.table[schema.time].max()),
    }


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return entry.enter("clean", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
