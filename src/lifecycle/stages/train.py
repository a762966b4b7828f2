"""train: the winner and the rows it may learn from → models/model.skops and its validation model."""

import sys
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from lifecycle import paths
from lifecycle.config import from_record
from lifecycle.data.dataset import Dataset, among
from lifecycle.data.dataset_files import read_dataset
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.evaluation.metrics.clustering import Clusters, stability
from lifecycle.io.records import read_json, write_json
from lifecycle.modeling.persistence import write_model
from lifecycle.modeling.pipeline import (
    Recipe,
    Scores,
    fit,
    fit_estimator,
    make_inputs,
    predict,
    with_rounds,
)
from lifecycle.modeling.training import Training, rounds_for, windowed
from lifecycle.modeling.warm_start import seen
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
    found = read_json(paths.WINNER)
    winner, chosen = found["candidate"], from_record(Recipe, found["recipe"])
    schema = config.schema.asking(config.problem.target)
    train = windowed(fresh(chosen, schema, "train"), config.training, schema, config.seed)
    rounds = rounds_for(chosen, train, config.seed)
    made = with_rounds(chosen, rounds)
    released = windowed(fresh(chosen, schema, *config.training.parts), config.training, schema, config.seed)
    for path, examples in ((paths.VALIDATION_MODEL, train), (paths.MODEL, released)):
        pipeline = fit(made, examples, config.seed)
        write_model(path, {"pipeline": pipeline, "contract": contract(schema, list(examples.features.columns))})
    write_json(
        paths.TRAINING,
        {
            "winner": winner,
            "rounds": rounds,
            "arguments": made.estimator.arguments,
            "validation_model": {"parts": ["train"], "rows": len(train.labels)},
            "model": {"parts": list(config.training.parts), "rows": len(released.labels)},
            "features": list(train.features.columns),
            **steadiness(made, train, config.seed),
        },
    )
    return f"{winner} fitted on {len(released.labels):,} rows" + (f" in {rounds} rounds" if rounds else "")


def fresh(chosen: Recipe, schema: Schema, *parts: str) -> Dataset:
    """The examples of the parts; without those that the earlier model has seen, where the winner starts from one."""
    examples = read_dataset(schema, *parts)
    commit = chosen.estimator.arguments.get("warm_start_from")
    if commit is None:
        return examples
    return examples.take(np.flatnonzero(~among(examples.context[schema.id], seen(commit, schema.id))))


def steadiness(made: Recipe, train: Dataset, seed: int) -> dict[str, float]:
    """`stability` of clusters: how alike they come out of halves of the train rows; empty where rows have labels."""
    if made.plan.task != "clustering":
        return {}
    prepared = make_inputs(made, train.features, seed).fit_transform(train.features)

    def clusters(rows: Scores) -> Clusters:
        inputs = pd.DataFrame(rows, columns=prepared.columns)
        fitted = fit_estimator(made, inputs, np.zeros(len(inputs), dtype=np.int64), seed)
        return predict(made.plan, fitted, inputs).astype(np.int64)

    return {"stability": stability(clusters, prepared.to_numpy(dtype=np.float64), seed, REPEATS)}


def contract(schema: Schema, features: list[str]) -> dict[str, Any]:
    """What the model takes and answers: its features in order, and the schema's columns as plain values."""
    columns = {name: asdict(column) for name, column in schema.columns.items() if column.role != "forbidden"}
    return {"features": features, "target": schema.target, "columns": plain(columns)}


def plain(value: Any) -> Any:
    """The value with tuples as lists."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    return [plain(entry) for entry in value] if isinstance(value, list | tuple) else value


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("train", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
