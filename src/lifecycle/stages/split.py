"""split: table → which part each row belongs to; the test part is sealed in a file of its own."""

import sys
from dataclasses import asdict, replace
from typing import Any

import pandas as pd

from lifecycle import paths, targets
from lifecycle.data.dataset import encode_labels
from lifecycle.data.label_stats import describe_rows
from lifecycle.data.leakage import (
    LeakLimits,
    LeakSign,
    check_columns_and_pairs,
    check_duplicates,
    check_group_overlap,
    check_row_order,
    check_time_overlap,
)
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.data.splits import IN_TIME, PARTS
from lifecycle.errors import LeakFound, UnfitTable
from lifecycle.io.records import write_json
from lifecycle.io.tables import read_table, write_table
from lifecycle.options import Call, options
from lifecycle.stages import runner

FORBID = "give {} role: forbidden in conf/schema/ if it is known only after the prediction time"
ADVICE = {
    "row order": "sort the rows of the source by something else, or raise order: in conf/leaks/",
    "rows in two parts": "drop the copies in conf/clean/ or split them by group; where rows are only equal by chance, "
    "raise duplicates: in conf/leaks/",
    "time overlap": "correct split: in conf/problem/, or the times in conf/clean/",
    "group in two parts": "take split: grouped in conf/problem/, or give {} role: context in conf/schema/",
}


@options
class Config:
    """What is asked for, the schema, how rows are parted, and from where a sign of a leak stops the run."""

    problem: Problem
    schema: Schema
    split: Call
    seed: int
    leaks: LeakLimits


def run(config: Config) -> str:
    """Write the open assignment (train, valid, folds), the sealed one (test), and the report with leak signs."""
    schema = config.schema.with_target(config.problem.target)
    kept = [name for name, column in schema.columns.items() if column.role != "forbidden"]
    table = read_table(paths.TABLE, kept)
    assigned = targets.call(config.split, "conf/split/", table, schema, config.seed)
    parts = assigned["part"]
    must_be_of_use(table, parts, schema)
    suspects = find_leak_signs(table, parts, schema, config)
    must_not_leak(suspects, config.leaks)
    named = pd.concat([table[[schema.id]], assigned], axis=1)
    sealed = parts == "test"
    write_table(paths.SPLIT, named[~sealed])
    write_table(paths.SEALED, named.loc[sealed, [schema.id, "part"]])
    write_json(
        paths.PARTS,
        {
            "parts": describe_parts(table, parts, schema),
            "folds": assigned.shape[1] - 1,
            "signs": [asdict(sign) for sign in suspects[:10]],
        },
    )
    counts = parts.value_counts()
    return ", ".join(f"{part} {counts[part]:,}" for part in PARTS if part in counts)


def must_be_of_use(table: pd.DataFrame, parts: pd.Series, schema: Schema) -> None:
    """Raise UnfitTable when a part has no rows, or only one label."""
    for part in PARTS:
        rows = table[parts == part]
        labels = rows[schema.target].nunique() if schema.target else 2
        if len(rows) == 0 or labels < 2:
            raise UnfitTable(
                f"the {part} part has {len(rows):,} rows"
                + (f" with {labels} different labels, 2 are needed" if schema.target else ""),
                where=f"{paths.TABLE}, column {schema.target or schema.id}",
                todo="give the part more in conf/split/, or collect more rows",
            )


def find_leak_signs(table: pd.DataFrame, parts: pd.Series, schema: Schema, config: Config) -> list[LeakSign]:
    """Signs of a leak, those that stop the run first, then by strength.

    Of the other parts labels are compared alone, in the search for rows that stand twice.
    """
    limits, features = config.leaks, schema.columns_with_role("feature")
    train = table[parts == "train"]
    train = train.sample(min(limits.rows, len(train)), random_state=config.seed).sort_index()
    label, group = encode_labels(train, schema), schema.find_column("group")
    found = check_columns_and_pairs(train[features], label, limits) if schema.target else []
    if schema.target and schema.time:
        found.append(check_row_order(train[schema.time].dt.floor("D"), label, train[features], limits))
    twice = check_duplicates(table[[*features, *schema.columns_with_role("target")]], parts, limits)
    if schema.time and config.split.target in IN_TIME:
        found.append(check_time_overlap(table[schema.time], parts))
        twice = replace(twice, fails=False)  # what comes again later will come again when the model is in use
    found.append(twice)
    if group:
        found.append(check_group_overlap(table[group], parts))
    return sorted(found, key=lambda sign: not sign.fails)


def must_not_leak(suspects: list[LeakSign], limits: LeakLimits) -> None:
    """Raise LeakFound for the first sign that is too strong."""
    failing = [sign for sign in suspects if sign.fails]
    if failing:
        first = failing[0]
        raise LeakFound(
            f"{first.kind} of {' and '.join(first.columns)} leaks the target (strength {first.strength:.3f}); "
            f"{len(failing)} such signs",
            where=f"{paths.TABLE}, columns {', '.join(first.columns)}",
            todo=ADVICE.get(first.kind, FORBID).format(first.columns[0]),
        )


def describe_parts(table: pd.DataFrame, parts: pd.Series, schema: Schema) -> dict[str, dict[str, Any]]:
    """Rows, labels, first and last time of each part."""
    rows = {part: table[parts == part] for part in PARTS}
    return {part: {"rows": len(found), **describe_rows(found, schema)} for part, found in rows.items()}


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("split", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
