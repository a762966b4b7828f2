"""tune: the train part → best arguments, trials and cross-validated scores of one candidate."""

import sys
from dataclasses import asdict, replace
from typing import Any

from lifecycle import paths
from lifecycle.data.dataset import among
from lifecycle.data.dataset_files import read_dataset, read_folds
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.errors import LeakFound
from lifecycle.evaluation.metric import Metric, asked
from lifecycle.io.progress import Progress
from lifecycle.io.records import write_json
from lifecycle.io.tables import write_csv
from lifecycle.modeling.pipeline import Form, Inputs, Model, Steps, plan_of
from lifecycle.modeling.tuning import (
    LOSS,
    Candidate,
    CrossValidation,
    Search,
    Trial,
    as_table,
    best,
    trials_of,
    tune,
    unseen,
)
from lifecycle.modeling.warm_start import must_not_have_seen, seen
from lifecycle.options import options
from lifecycle.stages import runner
from lifecycle.versioning.revisions import resolve_revision


@options
class Config:
    """The candidate, what goes around it, how it is searched, and by which metric."""

    problem: Problem
    schema: Schema
    model: Model
    inputs: dict[str, Inputs]
    reduce: Steps
    augment: Steps
    search: Search
    metric: dict[str, Metric]
    seed: int


def run(config: Config) -> str:
    """Write the best recipe with its fold scores, and every trial; or that the candidate cannot do the task."""
    model, task = config.model, config.problem.task
    form, folder = model.form(task), paths.TUNE / model.option
    if form is None:
        write_json(folder / "best.json", {"recipe": None, "rank": model.rank})
        return f"{model.option} has no form for {task}"
    one, contest = candidate(config, form), contested(config)
    one, contest, unjudged = started(one, contest, config.schema.id)
    trials = search(config, one, contest)
    top = trials[best(trials, contest.metric[1])]
    write_json(folder / "best.json", record(config, one, contest, top) | {"unjudged": unjudged})
    write_csv(folder / "trials.csv", as_table(trials, list(form.space), contest.metric[0], contest.loss[0]))
    return (
        f"{model.option} {contest.metric[0]} {top.score:.4f} over {len(contest.folds)} folds, "
        f"best of {len(trials)} trials"
    )


def contested(config: Config) -> CrossValidation:
    """The train part with its folds and metrics."""
    schema, task = config.schema.asking(config.problem.target), config.problem.task
    metric, loss = ((name, asked(config.metric, name, task)) for name in (config.problem.score, LOSS[task]))
    examples = read_dataset(schema, "train")
    return CrossValidation(examples, read_folds(schema, examples), metric, loss)


def candidate(config: Config, form: Form) -> Candidate:
    """The family's form for the task, with its inputs and the plan around it."""
    schema = config.schema.asking(config.problem.target)
    plan = replace(plan_of(config.problem.task, schema), reduce=config.reduce.steps, augment=config.augment.steps)
    return Candidate(config.model.option, form, config.inputs[form.inputs], plan)


def started(one: Candidate, contest: CrossValidation, key: str) -> tuple[Candidate, CrossValidation, list[int]]:
    """The candidate and its contest where it starts from an earlier model, with the folds that cannot judge it.

    The revision is kept as the commit that it stands for now. Raises LeakFound where the earlier model has
    learned from rows that judge, and no fold is left.
    """
    named = one.form.arguments.get("warm_start_from")
    if named is None:
        return one, contest, []
    commit = resolve_revision(named)
    known = seen(commit, key)
    must_not_have_seen(named, known)
    fresh, unjudged = unseen(contest, among(contest.examples.context[key], known))
    if not fresh.folds:
        raise LeakFound(
            f"the model of {named} has learned from valid rows of every fold, or from all train rows before them",
            where="conf/model/continued.yaml, key warm_start_from",
            todo="name the revision of an earlier data version, or take continued off candidates: in params.yaml",
        )
    form = replace(one.form, arguments=one.form.arguments | {"warm_start_from": commit})
    return replace(one, form=form), fresh, unjudged


def search(config: Config, one: Candidate, contest: CrossValidation) -> list[Trial]:
    """The trials, with their progress shown."""
    with Progress(f"tune {one.option}", trials_of(one.form, config.search)) as progress:

        def watch(number: int, trial: Trial) -> None:
            progress.step(f"{contest.metric[0]} {trial.score:.4f} with {trial.arguments}")

        return tune(one, contest, config.search, config.seed, watch)


def record(config: Config, one: Candidate, contest: CrossValidation, top: Trial) -> dict[str, Any]:
    """The winning trial: its recipe, rank, fold scores and losses, and the folds' ratios of valid to train rows."""
    return {
        "recipe": asdict(one.recipe(top.arguments)),
        "rank": config.model.rank,
        "score": {"metric": contest.metric[0], "mean": top.score, "folds": top.scores},
        "loss": {"metric": contest.loss[0], "folds": top.losses},
        "rounds": top.rounds,
        "valid_to_train": [len(valid) / len(train) for train, valid in contest.folds],
    }


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("tune", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
