"""How often a review calls a change where there is none: other seeds, other test shares, parameters searched anew."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from builders.sides import BASE, HEAD, Beside, ask, name_rows, recipe_of, write_rows, write_side

from lifecycle import paths
from lifecycle.data.problem import Task
from lifecycle.data.schema import Column
from lifecycle.data.splits import FOLD, find_fold_positions, split_ordered, split_random, split_stratified
from lifecycle.evaluation.gates import Gate
from lifecycle.evaluation.metric import Metric
from lifecycle.io.records import read_json, write_json
from lifecycle.modeling.pipeline import Recipe
from lifecycle.review.comparison import Terms
from lifecycle.review.paired_predictions import pair_predictions
from lifecycle.review.question import Question
from lifecycle.review.record import compare_pairs, find_findings, judge
from lifecycle.review.refit import RefitTerms
from lifecycle.review.versions import Gaps

pytestmark = pytest.mark.slow  # 200 pairs of models

PAIRS, ROWS = 200, 800
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


def search(table: pd.DataFrame, assigned: pd.DataFrame, question: Question, number: int) -> Recipe:
    """The better of some parameters over the folds of the train part, as the stage tune finds it."""
    from sklearn.base import clone
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    classes = question.problem.task == "binary"
    if number % 3 == 0:
        kind = DecisionTreeClassifier if classes else DecisionTreeRegressor
        grid = [{"max_depth": depth, "min_samples_leaf": 15} for depth in (2, 3, 4)]
    else:
        kind = LogisticRegression if classes else Ridge
        grid = [{"C" if classes else "alpha": strength} for strength in (0.01, 0.3, 10.0)]
    values, labels = table[NAMES], table["y"].astype("int64" if classes else "float64")
    folds = [find_fold_positions(assigned[name]) for name in assigned.columns if name.startswith(FOLD)]

    def lose(arguments: dict[str, float]) -> float:
        losses = []
        for train, valid in folds:
            fitted = clone(kind(**arguments)).fit(values.iloc[train], labels.iloc[train])
            guess = fitted.predict_proba(values.iloc[valid])[:, 1] if classes else fitted.predict(values.iloc[valid])
            losses.append(float(((guess - labels.iloc[valid]) ** 2).mean()))
        return float(np.mean(losses))

    return recipe_of(question, f"{kind.__module__.rsplit('.', 1)[0]}.{kind.__name__}", min(grid, key=lose))


def build(folder: Path, version: Version, table: pd.DataFrame, question: Question, number: int) -> None:
    assigned = version.split(table, question.schema, version.seed, test=version.test, valid=0.15, folds=3)
    write_side(
        folder,
        pd.Series(assigned["part"].to_numpy(), index=table["id"]),
        search(table, assigned, question, number),
        question,
        version.seed,
        threshold=0.35,
    )


def choose_pair(number: int, task: Task) -> tuple[str, Version, Version]:
    """A pair of no change: another seed, another share of test rows by chance or in time, or both."""
    chance: Split = split_stratified if task == "binary" and number % 2 else split_random
    kinds = {
        0: ("seed", Version(chance, number, 0.25), Version(chance, number + 1000, 0.25)),
        1: ("smaller share", Version(chance, number, 0.3), Version(chance, number, 0.25)),
        2: ("larger share", Version(chance, number, 0.25), Version(chance, number, 0.3)),
        3: ("share in time", Version(split_ordered, 1, 0.25), Version(split_ordered, 1, 0.3)),
        4: ("seed and share", Version(chance, number, 0.3), Version(chance, number + 1000, 0.25)),
    }
    return kinds[number % 5]


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
    paired = pair_predictions(Beside("base"), question, RefitTerms(GATE.refit, seed), gaps)
    comparisons = compare_pairs(replace(paired, other=None), terms, task)
    found = judge(comparisons, set(metrics), gaps)
    closed = bool(find_findings(comparisons, [], set(metrics), gaps))
    return Judged(found.word, closed, comparisons[0].rows, [gap.what for gap in gaps.found])


def ask_with_time(task: Task) -> Question:
    question = ask(task, NAMES, ["side"])
    schema = question.schema
    columns = schema.columns | {"at": Column(role="time", type="time", description="")}
    return Question(question.problem, type(schema)(columns=columns, tables={}))


def test_of_200_pairs_without_a_change_at_most_1_in_20_is_called_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    judged = [review_pair(number, "regression" if number % 4 == 3 else "binary") for number in range(PAIRS)]
    assert Counter(tuple(one.gaps) for _, one in judged) == {(): PAIRS}
    seeds = [one for kind, one in judged if kind == "seed"]
    assert len(seeds) == PAIRS / 5
    assert all(one.rows.startswith("all of head's 200 test rows, both fitted anew") for one in seeds)
    alarms = Counter((kind, one.word) for kind, one in judged if one.word != "no significant difference" or one.closed)
    assert alarms.total() <= PAIRS / 20, alarms


@pytest.mark.parametrize("number", range(4))
def test_a_worse_recipe_is_found_after_a_refit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.chdir(tmp_path)
    question, table = ask_with_time("binary"), make_rows(number, "binary")
    write_rows(table, question)
    _, base, head = choose_pair(0, "binary")
    build(BASE, base, table, question, 1)
    build(HEAD, head, table, question, 1)
    record = read_json(paths.WINNER)
    record["recipe"]["estimator"]["arguments"] = {"C": 0.0003}
    write_json(paths.WINNER, record)
    found = judge_files(question, 1)
    assert (found.word, found.closed, found.gaps) == ("worse", True, [])
    assert found.rows.startswith("all of head's 200 test rows, both fitted anew")
