"""package: model, contract, threshold, card, example and lineage → models/release/, the folder that is served."""

import sys
from typing import Any

import pandas as pd

from lifecycle import card, contract, entry, lineage, paths, portable, release
from lifecycle.contract import Kind, Value
from lifecycle.errors import UnfitTable
from lifecycle.examples import Examples, is_number
from lifecycle.features.assembly import Features, makers
from lifecycle.files.atomic import write_folder
from lifecycle.files.examples import read_examples
from lifecycle.files.model import parse_model
from lifecycle.files.records import read_json
from lifecycle.files.tables import read_csv, read_table
from lifecycle.options import Call, options
from lifecycle.problem import Problem
from lifecycle.schema import Schema

# Rows on which the feature steps are run to learn what each makes.
FEW = 50


@options
class Config:
    """The problem with its name, and the schema and the features that the contract is made of."""

    name: str
    problem: Problem
    schema: Schema
    features: Features


def run(config: Config) -> str:
    """Write the release whole: a folder of files that name each other's hashes."""
    schema = config.schema.asking(config.problem.target)
    model = paths.MODEL.read_bytes()
    forms = portable.forms(parse_model(model, paths.MODEL)["pipeline"]["estimator"])
    threshold = read_json(paths.THRESHOLD)["threshold"]
    agreed, made_of = agreement(config, schema), lineage.found(config.name)
    files = release.packed(
        model=model,
        agreed=agreed,
        threshold=threshold,
        request=request(read_examples(schema, "valid"), contract.parsed(agreed, "contract.json"), schema),
        page=card.page(facts(config, made_of, threshold, len(agreed["properties"]), tuple(forms))),
        lineage=made_of,
        forms=forms,
    )
    made = release.opened(files, str(paths.RELEASE))
    write_folder(paths.RELEASE, files)
    return f"release {made.version}: {len(made.contract.fields)} features, {len(files)} files"


def facts(
    config: Config, made_of: dict[str, Any], threshold: float | None, fields: int, forms: tuple[str, ...]
) -> card.Facts:
    """What the card tells, from what earlier stages wrote."""
    return card.Facts(
        problem=config.problem,
        lineage=made_of,
        quality=read_json(paths.QUALITY),
        parts=read_json(paths.PARTS),
        training=read_json(paths.TRAINING),
        threshold=threshold,
        test=read_json(paths.TEST),
        slices=read_csv(paths.EVALUATION / "slices.csv"),
        lock=paths.ENVIRONMENT.read_text(encoding="utf-8"),
        fields=fields,
        portable=forms,
    )


def agreement(config: Config, schema: Schema) -> dict[str, Any]:
    """The contract: the features in the model's order, each with what the schema or its step says of it."""
    made = read_table(paths.FEATURES).drop(columns=schema.id)
    learned = read_examples(schema, *read_json(paths.TRAINING)["model"]["parts"])
    kinds = {str(name): kind_of(made[name], schema) for name in learned.features.columns}
    steps = makers(read_table(paths.TABLE).head(FEW), config.features, "conf/features/")
    return contract.made(
        config.problem.question,
        config.problem.task,
        schema,
        kinds,
        {name: described(step) for name, step in steps.items()},
        {name: typical(learned.features[name], kind) for name, kind in kinds.items()},
    )


def kind_of(values: pd.Series, schema: Schema) -> Kind:
    """The kind of a feature: as the schema says, else as the step made it."""
    column = schema.columns.get(str(values.name))
    if column is not None and column.role == "feature":
        return contract.KINDS.get(column.type, "text")
    if pd.api.types.is_bool_dtype(values):
        return "flag"
    return "number" if is_number(values) else "text"


def described(step: Call) -> str:
    """A feature step in words: the function and what it is given."""
    given = ", ".join(f"{name} {told(value)}" for name, value in step.arguments.items())
    return f"made by {step.target.removeprefix('lifecycle.features.')}: {given}"


def told(value: Any) -> str:
    """An argument in words."""
    return " ".join(map(str, value)) or "none" if isinstance(value, list | tuple) else str(value)


def typical(values: pd.Series, kind: Kind) -> Value:
    """The median of numbers, the most frequent flag or text, the first of equally frequent ones; None without any."""
    there = values.dropna()
    if there.empty:
        return None
    if kind in ("number", "whole"):
        return as_kind(float(there.median()), kind)
    counts = there.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return as_kind(counts.index[0], kind)


def as_kind(value: Any, kind: Kind) -> Value:
    """A feature's value as a request has it."""
    if pd.isna(value):
        return None
    if kind == "text":
        return str(value)
    if kind == "flag":
        return bool(value)
    return float(value) if kind == "number" else round(float(value))


def request(examples: Examples, agreed: contract.Contract, schema: Schema) -> dict[str, Any]:
    """The first of the examples that keeps the contract, as a request; raises UnfitTable where none does."""
    rows = examples.features.assign(**{schema.id: examples.context[schema.id].to_numpy()})
    for row in rows.head(FEW).to_dict("records"):
        asked = {schema.id: row[schema.id]} | {one.name: as_kind(row[one.name], one.kind) for one in agreed.fields}
        _, refusals = agreed.read(asked)
        if not refusals:
            return asked
    raise UnfitTable(
        f"none of the first {FEW} rows keeps the contract; {refusals[0].field}: got {refusals[0].got}, "
        f"wanted {refusals[0].wanted}",
        where=f"{paths.FEATURES}, column {refusals[0].field}",
        todo=f"correct {refusals[0].field} in conf/schema/ or in the step of conf/features/ that makes it",
    )


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return entry.enter("package", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
