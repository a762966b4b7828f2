"""split: table → which part each row belongs to; the test part is sealed in a file of its own."""

import sys
from dataclasses import asdict

import pandas as pd

from lifecycle import entry, paths, targets
from lifecycle.errors import LeakFound, UnfitTable
from lifecycle.files.records import write_json
from lifecycle.files.tables import read_table, write_table
from lifecycle.leaks import Limits, Suspect, columns_and_pairs, duplicates, overlap, row_order
from lifecycle.options import Call, options
from lifecycle.schema import Schema
from lifecycle.split import PARTS


@options
class Config:
    """The schema, how rows are parted, and from where a sign of a leak stops the run."""

    schema: Schema
    split: Call
    seed: int
    leaks: Limits


def run(config: Config) -> str:
    """Write the open assignment (train, valid), the sealed one (test), and the report with leak signs."""
    schema = config.schema
    kept = [name for name, column in schema.columns.items() if column.role != "forbidden"]
    table = read_table(paths.TABLE, kept)
    parts = targets.call(config.split, "conf/split/", table)
    must_have_both_labels(table, parts, schema.target)
    suspects = signs(table, parts, schema, config.leaks, config.seed)
    must_not_leak(suspects, config.leaks)
    assignment = pd.DataFrame({schema.id: table[schema.id], "part": parts})
    sealed = parts == "test"
    write_table(paths.SPLIT, assignment[~sealed])
    write_table(paths.SEALED, assignment[sealed])
    write_json(paths.PARTS, {"parts": sizes(table, parts, schema), "signs": [asdict(sign) for sign in suspects[:10]]})
    counts = parts.value_counts()
    return ", ".join(f"{part} {counts[part]:,}" for part in PARTS if part in counts)


def must_have_both_labels(table: pd.DataFrame, parts: pd.Series, target: str) -> None:
    """Raise UnfitTable when a part has no rows or only one label."""
    for part in PARTS:
        labels = table.loc[parts == part, target]
        if labels.nunique() < 2:
            raise UnfitTable(
                f"the {part} part has {len(labels):,} rows with {labels.nunique()} different labels, 2 are needed",
                where=f"{paths.TABLE}, column {target}",
                todo="give the part more days in conf/split/, or collect more with a later through:",
            )


def signs(table: pd.DataFrame, parts: pd.Series, schema: Schema, limits: Limits, seed: int) -> list[Suspect]:
    """Signs of a leak, those that stop the run first, then by strength; labels are read of the train part only."""
    train = table[parts == "train"]
    train = train.sample(min(limits.rows, len(train)), random_state=seed).sort_index()
    label = train[schema.target].to_numpy(dtype=bool)
    features = schema.named("feature")
    found = columns_and_pairs(train[features], label, limits)
    days = train[schema.time].dt.floor("D")
    found.append(row_order(days, label, limits))
    found.append(duplicates(table[features], parts, limits))
    if schema.time in table.columns:
        found.append(overlap(table[schema.time], parts))
    return sorted(found, key=lambda sign: not sign.fails)


def must_not_leak(suspects: list[Suspect], limits: Limits) -> None:
    """Raise LeakFound for the first sign that is too strong."""
    failing = [sign for sign in suspects if sign.fails]
    if failing:
        first = failing[0]
        raise LeakFound(
            f"{first.kind} of {' and '.join(first.columns)} gives the answer away (strength {first.strength:.3f}); "
            f"{len(failing)} such signs",
            where=f"{paths.TABLE}, columns {', '.join(first.columns)}",
            todo=f"give {first.columns[0]} role: forbidden in conf/schema/ if it is known only after the moment; "
            "for rows or times in two parts, correct conf/split/",
        )


def sizes(table: pd.DataFrame, parts: pd.Series, schema: Schema) -> dict[str, dict[str, float | int | str]]:
    """Rows, positives' share, first and last time of each part."""
    return {
        part: {
            "rows": int((parts == part).sum()),
            "label_rate": float(table.loc[parts == part, schema.target].astype("float64").mean()),
            "first": str(table.loc[parts == part, schema.time].min()),
            "last": str(table.loc[parts == part, schema.time].max()),
        }
        for part in PARTS
    }


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return entry.enter("split", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
