"""tune: the train part → best arguments, trials and cross-validated scores of one candidate."""

import sys
from dataclasses import asdict
from typing import Any

from lifecycle import entry, paths
from lifecycle.files.examples import read_examples
from lifecycle.files.records import write_json
from lifecycle.files.tables import write_csv
from lifecycle.metrics import Metric
from lifecycle.options import options
from lifecycle.pipeline import Inputs, Model, recipe
from lifecycle.problem import Problem
from lifecycle.progress import Progress
from lifecycle.schema import Schema
from lifecycle.search import Search, Trial, as_table, best, trials_of, tune
from lifecycle.split import folds_by_time

LOSS = "log_loss"


@options
class Config:
    """The candidate, how it is searched, and by which metric."""

    problem: Problem
    schema: Schema
    model: Model
    inputs: dict[str, Inputs]
    search: Search
    metric: dict[str, Metric]
    seed: int


def run(config: Config) -> str:
    """Write the best recipe with its fold scores, and every trial."""
    model, problem = config.model, config.problem
    examples = read_examples(config.schema, "train")
    folds = folds_by_time(examples.context[config.schema.time], config.search.folds)
    metric, loss = config.metric[problem.score], config.metric[LOSS]
    with Progress(f"tune {model.option}", trials_of(model, config.search)) as progress:

        def watch(number: int, trial: Trial) -> None:
            progress.step(f"{problem.score} {trial.score:.4f} with {trial.arguments}")

        trials = tune(
            model,
            config.inputs[model.inputs],
            examples,
            folds,
            config.search,
            (problem.score, metric),
            (LOSS, loss),
            config.seed,
            watch,
        )
    top = trials[best(trials, metric)]
    folder = paths.TUNE / model.option
    write_json(folder / "best.json", record(config, top, [len(valid) / len(train) for train, valid in folds]))
    write_csv(folder / "trials.csv", as_table(trials, list(model.space), problem.score, LOSS))
    return f"{model.option} {problem.score} {top.score:.4f} over {len(folds)} folds, best of {len(trials)} trials"


def record(config: Config, top: Trial, ratios: list[float]) -> dict[str, Any]:
    """The winning trial: its recipe, rank, fold scores and losses, and the folds' ratios of valid to train rows."""
    model = config.model
    return {
        "recipe": asdict(recipe(model, config.inputs[model.inputs], top.arguments)),
        "rank": model.rank,
        "score": {"metric": config.problem.score, "mean": top.score, "folds": top.scores},
        "loss": {"metric": LOSS, "folds": top.losses},
        "rounds": top.rounds,
        "valid_to_train": ratios,
    }


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return entry.enter("tune", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
