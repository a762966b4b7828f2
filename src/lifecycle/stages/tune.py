"""tune: the train part → best arguments, trials and cross-validated scores of one candidate, and its predictions."""

import sys
from dataclasses import asdict, replace

import pandas as pd

from lifecycle import paths
from lifecycle.data.dataset import is_among
from lifecycle.data.dataset_files import read_dataset, read_folds
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.engine.choose import open_engine
from lifecycle.engine.settings import read_engine
from lifecycle.errors import LeakFound, LifecycleError, name_option
from lifecycle.evaluation.metric import Metric, get_metric
from lifecycle.io.progress import Progress
from lifecycle.io.records import write_json
from lifecycle.io.tables import write_csv, write_table
from lifecycle.modeling.cross_validation import CrossValidation, exclude_seen_rows
from lifecycle.modeling.out_of_fold import tabulate_predictions
from lifecycle.modeling.pipeline import Form, Inputs, Model, Steps, make_plan
from lifecycle.modeling.tuning import (
    LOSS,
    Candidate,
    FoldScores,
    FoldValues,
    Search,
    Trial,
    TuningResult,
    count_finals,
    count_trials,
    rank_trials,
    tabulate_trials,
    tune_candidate,
)
from lifecycle.modeling.warm_start import must_not_have_seen, read_seen_ids
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
    form, folder = model.get_form(task), paths.TUNE / model.option
    if form is None:
        write_json(folder / "best.json", {"recipe": None, "rank": model.rank})
        write_table(paths.OUT_OF_FOLD / f"{model.option}.parquet", pd.DataFrame())
        return f"{model.option} has no form for {task}"
    one, validation = make_candidate(config, form), make_cross_validation(config)
    one, validation, unjudged = start_from_earlier(one, validation, config.schema.id)
    try:
        trials = run_search(config, one, validation)
    except LifecycleError as error:
        raise name_options(error, config) from error
    finalists = find_finalists(config, trials, validation)
    best = next(iter(finalists.values()))
    write_json(folder / "best.json", asdict(build_result(config, one, validation, finalists, unjudged)))
    write_csv(
        folder / "trials.csv",
        tabulate_trials(trials, form.list_searched(), validation.metric[0], validation.loss[0]),
    )
    write_table(
        paths.OUT_OF_FOLD / f"{model.option}.parquet", list_predictions(one, validation, finalists, config, unjudged)
    )
    return (
        f"{model.option} {validation.metric[0]} {best.score:.4f} over {len(validation.folds)} folds, "
        f"best of {len(trials)} trials"
    )


def make_cross_validation(config: Config) -> CrossValidation:
    """The train part with its folds and metrics."""
    schema, task = config.schema.with_target(config.problem.target), config.problem.task
    metric, loss = ((name, get_metric(config.metric, name, task)) for name in (config.problem.score, LOSS[task]))
    examples = read_dataset(schema, "train")
    return CrossValidation(examples, read_folds(schema, examples), metric, loss)


def make_candidate(config: Config, form: Form) -> Candidate:
    """The family's form for the task, with its inputs and the plan around it."""
    schema = config.schema.with_target(config.problem.target)
    plan = replace(make_plan(config.problem.task, schema), reduce=config.reduce.steps, augment=config.augment.steps)
    return Candidate(config.model.option, form, config.inputs[form.inputs], plan)


def start_from_earlier(
    one: Candidate, validation: CrossValidation, key: str
) -> tuple[Candidate, CrossValidation, list[int]]:
    """Candidate and cross-validation where it starts from an earlier model, with the folds that cannot judge it.

    The revision is kept as the commit that it stands for now. Raises LeakFound where the earlier model has
    learned from rows that judge, and no fold is left.
    """
    revision = one.form.arguments.get("warm_start_from")
    if revision is None:
        return one, validation, []
    commit = resolve_revision(revision)
    known = read_seen_ids(commit, key)
    must_not_have_seen(revision, known)
    fresh, unjudged = exclude_seen_rows(validation, is_among(validation.examples.context[key], known))
    if not fresh.folds:
        raise LeakFound(
            f"the model of {revision} has learned from valid rows of every fold, or from all train rows before them",
            where="conf/model/continued.yaml, key warm_start_from",
            todo="name the revision of an earlier data version, or take continued off candidates: in params.yaml",
        )
    form = replace(one.form, arguments=one.form.arguments | {"warm_start_from": commit})
    return replace(one, form=form), fresh, unjudged


def run_search(config: Config, one: Candidate, validation: CrossValidation) -> list[Trial]:
    """The trials, with their progress shown; the engine of params.yaml or of the environment does their fits."""
    count = count_trials(one.form, config.search) + count_finals(one.form, validation, config.search)
    with open_engine(read_engine()) as run_tasks, Progress(f"tune {one.option}", count) as progress:

        def watch(number: int, trial: Trial) -> None:
            progress.step(f"{validation.metric[0]} {trial.score:.4f} with {trial.arguments}")

        return tune_candidate(one, validation, config.search, config.seed, watch, run_tasks)


def name_options(error: LifecycleError, config: Config) -> LifecycleError:
    """The error with the files of the candidate, the search and the split in place of their folders."""
    for group, option in (
        ("model", config.model.option),
        ("search", config.search.option),
        ("split", config.problem.split),
    ):
        error = name_option(error, group, option)
    return error


def find_finalists(config: Config, trials: list[Trial], validation: CrossValidation) -> dict[int, Trial]:
    """The best trials by their number, the best first; one at least."""
    ranked = rank_trials(trials, validation.metric[1])
    return {place: trials[place] for place in ranked[: max(config.search.finalists, 1)]}


def list_predictions(
    one: Candidate, validation: CrossValidation, finalists: dict[int, Trial], config: Config, unjudged: list[int]
) -> pd.DataFrame:
    """The finalists' predictions, to be averaged; none of clusters, of intervals, of a start from an earlier model."""
    best = next(iter(finalists.values()))
    numbers = one.plan.classes or best.predicted[0].ndim == 1
    if one.plan.task == "clustering" or not numbers or unjudged or "warm_start_from" in one.form.arguments:
        return pd.DataFrame()
    return tabulate_predictions(finalists, validation, best.rows, config.seed)


def build_result(
    config: Config, one: Candidate, validation: CrossValidation, finalists: dict[int, Trial], unjudged: list[int]
) -> TuningResult:
    """The best trial with its recipe, rank, and the folds' ratios of valid to train rows."""
    best = next(iter(finalists.values()))
    rows, features = validation.examples.features.shape
    return TuningResult(
        recipe=one.recipe(best.arguments),
        rank=config.model.rank,
        rows=rows,
        features=features,
        finalists={str(number): one.recipe(trial.arguments) for number, trial in finalists.items()},
        score=FoldScores(metric=validation.metric[0], mean=best.score, folds=tuple(best.scores)),
        loss=FoldValues(metric=validation.loss[0], folds=tuple(best.losses)),
        rounds=tuple(best.rounds),
        valid_to_train=tuple(len(valid) / len(train) for train, valid in validation.folds),
        unjudged=tuple(unjudged),
    )


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("tune", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
