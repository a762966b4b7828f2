"""How often a review calls a change where there is none: other seeds, other test shares, parameters searched anew."""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders.effort import count_rounds
from builders.sides import BASE, HEAD, Beside, ask, name_rows, recipe_of, write_rows, write_search, write_side

from lifecycle import paths
from lifecycle.data.problem import Task
from lifecycle.data.schema import Column
from lifecycle.data.splits import FOLD, find_fold_positions, split_ordered, split_random, split_stratified
from lifecycle.evaluation.gates import Gate
from lifecycle.evaluation.metric import Metric
from lifecycle.io.records import write_json
from lifecycle.modeling.pipeline import Winner
from lifecycle.modeling.tuning import Trial
from lifecycle.review.comparison import Terms
from lifecycle.review.paired_predictions import pair_predictions
from lifecycle.review.question import Question
from lifecycle.review.record import compare_pairs, find_findings, judge
from lifecycle.review.refit import RefitTerms
from lifecycle.review.versions import Gaps

pytestmark = pytest.mark.slow  # many pairs of models

PAIRS, ROWS = count_rounds(62, 200), 800
TRIALS = 4
NAMES = ["a", "b", "c", "d"]
GATE = Gate(judge="value", beat_baseline=False, resamples=50, tolerance=0.005)
Split = Callable[..., pd.DataFrame]


@dataclass(frozen=True)
class Version:
    """How the rows of a version are split."""

    split: Split
    seed: int
    test: float


@dataclass(frozen=True)
class Judged:
    word: str
    closed: bool
    rows: str
    gaps: list[str]


def declare(task: Task, target: str, needs: str) -> Metric:
    return Metric(target=target, tasks=(task,), needs=needs, better="lower", description="")


METRICS: dict[Task, dict[str, Metric]] = {
    "binary": {
        "brier": declare("binary", "lifecycle.evaluation.metrics.probabilistic.brier", "probability"),
        "log_loss": declare("binary", "lifecycle.evaluation.metrics.probabilistic.log_loss", "probability"),
    },
    "regression": {
        "mae": declare("regression", "sklearn.metrics.mean_absolute_error", "number"),
    },
}


def make_rows(number: int, task: Task) -> pd.DataFrame:
    """Rows of no time with a target that four features tell a part of."""
    generator = np.random.default_rng([number, 5])
    values = generator.normal(size=(ROWS, 4))
    signal = values[:, 0] - 0.7 * values[:, 1] + 0.5 * values[:, 2] * (values[:, 2] > 0)
    target = signal + generator.normal(size=ROWS)
    return pd.DataFrame(values, columns=NAMES).assign(
        id=name_rows(ROWS),
        at=pd.Timestamp("2013-01-01T00:00Z") + pd.to_timedelta(np.arange(ROWS), unit="h"),
        side=np.where(generator.random(ROWS) < 0.5, "left", "right"),
        y=pd.array(target > 0.8, dtype="boolean") if task == "binary" else target,
    )


def draw_arguments(number: int, task: Task, seed: int) -> tuple[type, list[dict[str, Any]]]:
    """A kind of model and some arguments of it, drawn as wide as conf/model/ has them, as many as conf/search/ asks."""
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    drawn = np.random.default_rng([seed, 9])
    if number % 3 == 0:
        kind = DecisionTreeClassifier if task == "binary" else DecisionTreeRegressor
        return kind, [
            {"max_depth": int(drawn.integers(2, 7)), "min_samples_leaf": int(drawn.integers(5, 40))}
            for _ in range(TRIALS)
        ]
    if task == "binary":
        return LogisticRegression, [{"C": float(10 ** drawn.uniform(-3.5, -0.5))} for _ in range(TRIALS)]
    return Ridge, [{"alpha": float(10 ** drawn.uniform(-1, 3))} for _ in range(TRIALS)]


def search(
    table: pd.DataFrame, assigned: pd.DataFrame, task: Task, kind: type, drawn: list[dict[str, Any]]
) -> list[Trial]:
    """Each of the arguments over the folds of the train part, by their squared error."""
    values, labels = table[NAMES], table["y"].astype("int64" if task == "binary" else "float64")
    folds = [find_fold_positions(assigned[name]) for name in assigned.columns if name.startswith(FOLD)]

    def lose(arguments: dict[str, Any], train: np.ndarray, valid: np.ndarray) -> float:
        fitted = kind(**arguments).fit(values.iloc[train], labels.iloc[train])
        guess = (
            fitted.predict_proba(values.iloc[valid])[:, 1] if task == "binary" else fitted.predict(values.iloc[valid])
        )
        return float(((guess - labels.iloc[valid]) ** 2).mean())

    losses = [[lose(arguments, *fold) for fold in folds] for arguments in drawn]
    return [
        Trial(arguments=arguments, scores=found, losses=found, rounds=[None] * len(folds))
        for arguments, found in zip(drawn, losses, strict=True)
    ]


def build(folder: Path, version: Version, table: pd.DataFrame, question: Question, number: int) -> None:
    assigned = version.split(table, question.schema, version.seed, test=version.test, valid=0.15, folds=2)
    kind, drawn = draw_arguments(number, question.problem.task, version.seed)
    trials = search(table, assigned, question.problem.task, kind, drawn)
    best = min(trials, key=lambda trial: trial.score)
    recipe = recipe_of(question, f"{kind.__module__.rsplit('.', 1)[0]}.{kind.__name__}", best.arguments)
    parts = pd.Series(assigned["part"].to_numpy(), index=table["id"])
    write_side(folder, parts, recipe, question, version.seed, threshold=0.35)
    write_search(folder, recipe, trials, best)


def choose_pair(number: int, task: Task) -> tuple[str, Version, Version]:
    """A pair of no change: another seed, another share of test rows, or both; the split is by chance or in time."""
    chance: Split = split_stratified if task == "binary" and number % 2 else split_random
    kinds = {
        0: ("seed", Version(chance, number, 0.25), Version(chance, number + 1000, 0.25)),
        1: ("smaller share", Version(chance, number, 0.3), Version(chance, number, 0.25)),
        2: ("larger share", Version(chance, number, 0.25), Version(chance, number, 0.3)),
        3: ("share in time", Version(split_ordered, 1, 0.25), Version(split_ordered, 1, 0.3)),
        4: ("seed and share", Version(chance, number, 0.3), Version(chance, number + 1000, 0.25)),
        5: ("seed in time", Version(split_ordered, number, 0.25), Version(split_ordered, number + 1000, 0.25)),
    }
    return kinds[number % 6]


def review_pair(number: int, task: Task) -> tuple[str, Judged]:
    question = ask_with_time(task)
    table = make_rows(number, task)
    write_rows(table, question)
    kind, base, head = choose_pair(number, task)
    build(BASE, base, table, question, number)
    build(HEAD, head, table, question, number)
    return kind, judge_files(question, head.seed)


def judge_files(question: Question, seed: int) -> Judged:
    """What a review says of the two versions whose files are here."""
    task = question.problem.task
    metrics, gaps = METRICS[task], Gaps()
    terms = Terms(metrics, next(iter(metrics)), question.problem.slices, GATE, seed)
    paired = pair_predictions(Beside("base"), question, RefitTerms(GATE.refit, seed, -1), gaps)
    comparisons = compare_pairs(replace(paired, other=None), terms, task)
    found = judge(comparisons, set(metrics), gaps)
    closed = bool(find_findings(comparisons, [], set(metrics), gaps))
    return Judged(found.word, closed, comparisons[0].rows, [gap.what for gap in gaps.found])


def ask_with_time(task: Task) -> Question:
    question = ask(task, NAMES, ["side"])
    schema = question.schema
    columns = schema.columns | {"at": Column(role="time", type="time", description="")}
    return Question(question.problem, type(schema)(columns=columns, tables={}))


def test_of_pairs_without_a_change_at_most_1_in_20_is_called_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    judged = [review_pair(number, "regression" if number % 4 == 3 else "binary") for number in range(PAIRS)]
    assert Counter(tuple(one.gaps) for _, one in judged) == {(): PAIRS}
    seeds = [one for kind, one in judged if kind == "seed"]
    assert len(seeds) > PAIRS / 6
    assert all(one.rows.startswith("all of head's 200 test rows, both fitted anew") for one in seeds)
    alarms = Counter((kind, one.word) for kind, one in judged if one.word != "no significant difference" or one.closed)
    assert alarms.total() <= PAIRS / 20, alarms


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_recipe_that_learns_nothing_is_found_to_be_worse_after_a_refit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.chdir(tmp_path)
    question, table = ask_with_time("binary"), make_rows(number, "binary")
    write_rows(table, question)
    build(BASE, Version(split_random, 1, 0.25), table, question, number)
    build(HEAD, Version(split_random, 2, 0.25), table, question, number)
    constant = recipe_of(question, "sklearn.dummy.DummyClassifier", {"strategy": "prior"})
    write_json(paths.WINNER, asdict(Winner(candidate="tested", recipe=constant)))
    trial = Trial(arguments={}, scores=[0.2, 0.2], losses=[0.2, 0.2], rounds=[None, None])
    write_search(HEAD, constant, [trial], trial)
    found = judge_files(question, 1)
    assert (found.word, found.closed, found.gaps) == ("worse", True, [])
    assert found.rows.startswith("all of head's 200 test rows, both fitted anew")
