"""split: table → which part each row belongs to; the test part is sealed in a file of its own."""

import math
import sys
from dataclasses import asdict, replace
from typing import Any, cast

import pandas as pd

from lifecycle import paths, targets
from lifecycle.data.columns import name_id_column
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
from lifecycle.data.splits import GIVEN, GROUPED, IN_TIME, PARTS, describe_largest_group, explain_part
from lifecycle.errors import LeakFound, LifecycleError, UnfitTable, name_option
from lifecycle.io.records import write_json
from lifecycle.io.tables import read_table, write_table
from lifecycle.options import Call, options
from lifecycle.stages import runner
from lifecycle.target_kinds import SPLIT

FORBID = "give {column} role: forbidden in conf/schema/ if it is known only after the prediction time, or {raised}"
ADVICE = {
    "row order": "sort the rows of the source by something else, or {raised}",
    "rows in two parts": "drop the copies in conf/clean/, or split them by group; "
    "where rows are only equal by chance, {raised}",
    "time overlap": "correct split: in conf/problem/, or the times in conf/clean/",
    "group in two parts": "take split: grouped in conf/problem/, or give {column} role: context in conf/schema/",
}
# The key of conf/leaks/ that limits a sign.
LIMITED = {
    "row order": "order",
    "rows in two parts": "duplicates",
    "column": "column",
    "sum": "pair",
    "difference": "pair",
}
WHAT = {
    "column": "{columns} alone predicts {target}",
    "sum": "the sum of {columns} predicts {target}",
    "difference": "the difference of {columns} predicts {target}",
    "row order": "the place of a row within its day predicts {target}",
    "rows in two parts": "{found} equal a row of an earlier part in {columns}",
    "time overlap": "{found} are no later than the part before, by {columns}",
    "group in two parts": "{found} of {columns} have rows in two parts",
}


MEASURES: dict[str, str] = {
    "number": "half of 1 + rank correlation",
    "integer": "half of 1 + rank correlation",
    "category": "least ROC-AUC between two classes",
}


@options
class Split(Call):
    """A split, and the name of its option."""

    option: str


@options
class Config:
    """What is asked for, the schema, how rows are parted, and from where a sign of a leak stops the run."""

    problem: Problem
    schema: Schema
    split: Split
    seed: int
    leaks: LeakLimits


def run(config: Config) -> str:
    """Write the open assignment (train, valid, folds), the sealed one (test), and the report with leak signs."""
    schema = config.schema.with_target(config.problem.target)
    kept = [name for name, column in schema.columns.items() if column.role != "forbidden"]
    table = read_table(paths.TABLE, kept)
    assigned = assign_parts(config, table, schema)
    parts = assigned["part"]
    must_be_of_use(table, parts, schema, config)
    suspects = find_leak_signs(table, parts, schema, config)
    must_not_leak(suspects, config)
    key = name_id_column(schema.id)
    named = pd.concat([table[schema.id].rename(key), assigned], axis=1)
    sealed = parts == "test"
    write_table(paths.SPLIT, named[~sealed])
    write_table(paths.SEALED, named.loc[sealed, [key, "part"]])
    write_json(
        paths.PARTS,
        {
            "parts": describe_parts(table, parts, schema),
            "folds": assigned.shape[1] - 1,
            "signs": [asdict(sign) for sign in suspects[:10]],
        },
    )
    counts = parts.value_counts()
    sizes = ", ".join(f"{part} {counts[part]:,}" for part in PARTS if part in counts)
    return "; ".join([sizes, *describe_decisions(table, schema, suspects, config)])


def assign_parts(config: Config, table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The part and the folds of each row; an error names the option's file."""
    try:
        return cast("pd.DataFrame", targets.call(config.split, "conf/split/", table, schema, config.seed, kind=SPLIT))
    except LifecycleError as error:
        raise name_option(error, "split", config.split.option) from error


def describe_decisions(table: pd.DataFrame, schema: Schema, suspects: list[LeakSign], config: Config) -> list[str]:
    """What a person should know of the assignment: a group with most of the rows, and rows that are equal."""
    group = schema.find_column("group")
    largest = describe_largest_group(table[group]) if group and config.split.target == GROUPED else None
    equal = next(sign for sign in suspects if sign.kind == "rows in two parts")
    sign = f"{describe_sign(equal, schema)}: as often as by chance, or as rows come again later"
    return [*([largest] if largest else []), *([sign] if equal.strength > config.leaks.duplicates else [])]


def must_be_of_use(table: pd.DataFrame, parts: pd.Series, schema: Schema, config: Config) -> None:
    """Raise UnfitTable when a part has no rows, or only one label."""
    for part in PARTS:
        reason = explain_part(part, parts, table[schema.target] if schema.target else None)
        if reason:
            todo = "give the part more in conf/split/, or collect more rows"
            if config.split.target == GIVEN:
                todo = (
                    "correct the column of parts; data/rejected.parquet has the rows that clean rejected, with reasons"
                )
            error = UnfitTable(reason, where=f"{paths.TABLE}, column {schema.target or schema.id}", todo=todo)
            raise name_option(error, "split", config.split.option)


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


def must_not_leak(suspects: list[LeakSign], config: Config) -> None:
    """Raise LeakFound for the first sign that is too strong."""
    failing = [sign for sign in suspects if sign.fails]
    if failing:
        first = failing[0]
        raised = raise_limit(first, config.leaks)
        raise LeakFound(
            f"{describe_sign(first, config.schema.with_target(config.problem.target))}"
            f"{describe_limit(first, config.leaks)}" + (f"; {len(failing) - 1} more such signs" if failing[1:] else ""),
            where=f"{paths.TABLE}, columns {', '.join(first.columns)}",
            todo=ADVICE.get(first.kind, FORBID).format(column=first.columns[0], raised=raised),
        )


def describe_sign(sign: LeakSign, schema: Schema) -> str:
    """What was found, in the unit of its limit."""
    label = schema.columns[schema.target].type if schema.target else ""
    measured = "" if sign.found else f", {MEASURES.get(label, 'ROC-AUC')} {sign.strength:.3f}"
    return WHAT[sign.kind].format(columns=" and ".join(sign.columns), target=schema.target, found=sign.found) + measured


def describe_limit(sign: LeakSign, limits: LeakLimits) -> str:
    """The limit that a sign exceeds, in its own unit; empty where none is allowed at all."""
    key = LIMITED.get(sign.kind)
    if key is None:
        return ""
    limit = getattr(limits, key)
    return f"; the limit is {limit:.1%}" if sign.found else f"; the limit is {limit:g}"


def raise_limit(sign: LeakSign, limits: LeakLimits) -> str:
    """The value of the key that lets a sign pass, with its file."""
    enough = math.floor(sign.strength * 100 + 1) / 100
    return f"set {LIMITED.get(sign.kind)}: {enough:g} in conf/leaks/{limits.option}.yaml"


def describe_parts(table: pd.DataFrame, parts: pd.Series, schema: Schema) -> dict[str, dict[str, Any]]:
    """Rows, labels, first and last time of each part."""
    rows = {part: table[parts == part] for part in PARTS}
    return {part: {"rows": len(found), **describe_rows(found, schema)} for part, found in rows.items()}


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("split", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
