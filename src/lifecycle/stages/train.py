"""train: the winner and the rows it may learn from → models/model.skops and its validation model."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from lifecycle import paths
from lifecycle.config import from_record
from lifecycle.data.dataset import Dataset, is_among
from lifecycle.data.dataset_files import read_dataset
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.evaluation.metrics.clustering import Clusters, measure_stability
from lifecycle.io.records import read_json, write_json
from lifecycle.modeling.boosting_rounds import Rounds, set_boosting_rounds
from lifecycle.modeling.ensembles import find_training_rounds, fit_recipe
from lifecycle.modeling.persistence import write_model
from lifecycle.modeling.pipeline import (
    Member,
    Recipe,
    Scores,
    Winner,
    fit_estimator,
    make_inputs,
    predict_scores,
)
from lifecycle.modeling.training import Training, select_training_rows
from lifecycle.modeling.warm_start import read_seen_ids
from lifecycle.options import options
from lifecycle.stages import runner

REPEATS = 10


@options
class Config:
    """The problem and schema that go into the model's file, and what the model learns from."""

    problem: Problem
    schema: Schema
    training: Training
    seed: int


def run(config: Config) -> str:
    """Fit the winner twice: on train alone to be judged on valid, and on all configured parts to be released."""
    winner = from_record(Winner, read_json(paths.WINNER))
    recipe = winner.recipe
    schema = config.schema.with_target(config.problem.target)
    train = select_training_rows(read_unseen_rows(recipe, schema, "train"), config.training, schema, config.seed)
    rounds = find_training_rounds(recipe, train, config.seed)
    final = set_boosting_rounds(recipe, rounds)
    released = select_training_rows(
        read_unseen_rows(recipe, schema, *config.training.parts), config.training, schema, config.seed
    )
    for path, examples in ((paths.VALIDATION_MODEL, train), (paths.MODEL, released)):
        pipeline = fit_recipe(final, examples, config.seed)
        write_model(path, {"pipeline": pipeline, "contract": build_contract(schema, list(examples.features.columns))})
    write_json(
        paths.TRAINING,
        {
            "winner": winner.candidate,
            "rounds": rounds,
            "arguments": final.estimator.arguments,
            "members": [describe_member(one) for one in final.members],
            "validation_model": {"parts": ["train"], "rows": len(train.labels)},
            "model": {"parts": list(config.training.parts), "rows": len(released.labels)},
            "features": list(train.features.columns),
            **measure_cluster_stability(final, train, config.seed),
        },
    )
    return f"{winner.candidate} fitted on {len(released.labels):,} rows{describe_rounds(rounds)}"


def describe_rounds(rounds: Rounds) -> str:
    """The number of boosting rounds, or that of each of an ensemble's members that has one."""
    every = [str(one) for one in (rounds if isinstance(rounds, Sequence) else [rounds]) if one]
    return f" in {', '.join(every)} rounds" if every else ""


def describe_member(member: Member) -> dict[str, Any]:
    """An ensemble's member as reports/train.json has it: its candidate, weight and arguments."""
    recipe = member.recipe
    return {"candidate": recipe.option, "weight": member.weight, "arguments": recipe.estimator.arguments}


def read_unseen_rows(recipe: Recipe, schema: Schema, *parts: str) -> Dataset:
    """The examples of the parts; without those that the earlier model has seen, where the winner starts from one."""
    examples = read_dataset(schema, *parts)
    commit = recipe.estimator.arguments.get("warm_start_from")
    if commit is None:
        return examples
    return examples.take(np.flatnonzero(~is_among(examples.context[schema.id], read_seen_ids(commit, schema.id))))


def measure_cluster_stability(recipe: Recipe, train: Dataset, seed: int) -> dict[str, float]:
    """`stability` of clusters: how alike they come out of halves of the train rows; empty where rows have labels."""
    if recipe.plan.task != "clustering":
        return {}
    prepared = make_inputs(recipe, train.features, seed).fit_transform(train.features)

    def clusters(rows: Scores) -> Clusters:
        inputs = pd.DataFrame(rows, columns=prepared.columns)
        fitted = fit_estimator(recipe, inputs, np.zeros(len(inputs), dtype=np.int64), seed)
        return predict_scores(recipe.plan, fitted, inputs).astype(np.int64)

    return {"stability": measure_stability(clusters, prepared.to_numpy(dtype=np.float64), seed, REPEATS)}


def build_contract(schema: Schema, features: list[str]) -> dict[str, Any]:
    """The inputs and outputs of the model: its features in order, and the schema's columns as plain values."""
    columns = {name: asdict(column) for name, column in schema.columns.items() if column.role != "forbidden"}
    return {"features": features, "target": schema.target, "columns": convert_tuples(columns)}


def convert_tuples(value: Any) -> Any:
    """The value with tuples as lists."""
    if isinstance(value, dict):
        return {key: convert_tuples(entry) for key, entry in value.items()}
    return [convert_tuples(entry) for entry in value] if isinstance(value, list | tuple) else value


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("train", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
