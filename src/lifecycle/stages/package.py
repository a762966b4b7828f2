"""package: model, contract, threshold, card, example and lineage → models/release/, the folder that is served."""

import sys
from typing import Any

from lifecycle import paths
from lifecycle.data.cleaning import Clean, read_tables
from lifecycle.data.dataset_files import read_dataset
from lifecycle.data.features.build import Features, find_steps_by_column, join_history
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.io.atomic import write_folder
from lifecycle.io.records import read_json
from lifecycle.io.tables import read_csv, read_table
from lifecycle.modeling.persistence import parse_model
from lifecycle.online import packing
from lifecycle.options import options
from lifecycle.release import build, contract, lineage_record, model_card, portable, raw_schema, release, row_schema
from lifecycle.stages import runner
from lifecycle.stages.clean import read_raw
from lifecycle.versioning.environment import find_environment


@options
class Config:
    """The problem with its name, and the schema, the cleaning and the features that the contract is made of."""

    name: str
    problem: Problem
    schema: Schema
    clean: Clean
    features: Features


def run(config: Config) -> str:
    """Write the release whole: a folder of files that name each other's hashes."""
    schema = config.schema.with_target(config.problem.target)
    model = paths.MODEL.read_bytes()
    forms = portable.export_portable_forms(parse_model(model, paths.MODEL)["pipeline"]["estimator"])
    threshold = read_json(paths.THRESHOLD)["threshold"]
    agreed, made_of = build_contract(config, schema), lineage_record.build_lineage(config.name)
    files = release.pack_release(
        model=model,
        agreed=agreed,
        threshold=threshold,
        request=build.build_example_request(
            read_dataset(schema, "valid"), contract.parse_contract(agreed, "contract.json"), schema
        ),
        page=model_card.render_card(gather_facts(config, made_of, threshold, len(agreed["properties"]), tuple(forms))),
        lineage=made_of,
        forms=forms,
        raw=pack_raw_parts(config, schema),
    )
    made = release.build_release(files, str(paths.RELEASE))
    write_folder(paths.RELEASE, files)
    return f"release {made.version}: {describe_rows(made)}, {len(files)} files"


def describe_rows(made: release.Release) -> str:
    """What a row of the release has, in words."""
    features = f"{len(made.contract.fields)} features"
    return f"{len(made.raw.fields)} raw columns make {features}" if made.raw else features


def pack_raw_parts(config: Config, schema: Schema) -> release.RawParts | None:
    """What raw rows are answered with; None where rows are asked with the model's features."""
    clean, features = config.clean, config.features
    if features.asked == "prepared" or packing.is_plain(schema, clean, features):
        return None
    cells = read_raw(schema)[0]
    raw = read_tables(cells, schema, clean.unit)
    past = join_history(read_table(paths.TABLE), read_table(paths.REJECTED), features, schema)
    found = packing.pack_features(raw, past, read_table(paths.FEATURES), schema, clean, features)
    asked, unit = found.definitions, clean.unit
    agreed = raw_schema.build_raw_contract(
        config.problem.question,
        schema,
        unit,
        asked.asked,
        asked.nullable,
        build.list_known_values(raw[unit][[*asked.asked]], schema),
        {name: f"column {name} of the raw table {unit}" for name in asked.asked},
        asked.years,
    )
    row = cells[unit].iloc[found.example]
    example = {name: build.format_raw_value(row[name], schema.tables[unit][name]) for name in asked.asked}
    return release.RawParts(agreed, found.files, example)


def gather_facts(
    config: Config, made_of: dict[str, Any], threshold: float | None, fields: int, forms: tuple[str, ...]
) -> model_card.CardFacts:
    """What the card tells, from what earlier stages wrote."""
    return model_card.CardFacts(
        problem=config.problem,
        lineage=made_of,
        quality=read_json(paths.QUALITY),
        parts=read_json(paths.PARTS),
        training=read_json(paths.TRAINING),
        threshold=threshold,
        test=read_json(paths.TEST),
        slices=read_csv(paths.EVALUATION / "slices.csv"),
        lock=find_environment().read_text(encoding="utf-8"),
        fields=fields,
        portable=forms,
    )


def build_contract(config: Config, schema: Schema) -> dict[str, Any]:
    """The contract: the features in the model's order, each with what the schema or its step says of it."""
    made = read_table(paths.FEATURES).drop(columns=schema.id)
    learned = read_dataset(schema, *read_json(paths.TRAINING)["model"]["parts"])
    kinds = {str(name): build.infer_kind(made[name], schema) for name in learned.features.columns}
    steps = find_steps_by_column(read_table(paths.TABLE).head(build.FEW), config.features, "conf/features/")
    return row_schema.build_contract(
        config.problem.question,
        config.problem.task,
        schema,
        kinds,
        {name: build.describe_step(step) for name, step in steps.items()},
        build.list_typical_values(learned.features, kinds, schema),
    )


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("package", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
