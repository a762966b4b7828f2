"""Two versions of a problem as files: head's in the working folder, base's in a folder beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lifecycle import paths
from lifecycle.data.problem import Budget, Decision, Minimum, Problem, Task
from lifecycle.data.schema import Column, Schema
from lifecycle.evaluation.case import Case
from lifecycle.evaluation.predictions import tabulate_case
from lifecycle.io.atomic import require_file
from lifecycle.io.records import write_json
from lifecycle.io.tables import write_csv, write_table
from lifecycle.modeling.persistence import write_model
from lifecycle.modeling.pipeline import Inputs, Recipe, Winner, fit_pipeline, make_plan
from lifecycle.modeling.tuning import FoldScores, FoldValues, Trial, TuningResult, tabulate_trials
from lifecycle.options import Call
from lifecycle.review.question import Question
from lifecycle.stages.train import build_contract
from lifecycle.versioning.version import Version

BASE = Path("base")
HEAD = Path()
TARGETS: Mapping[Task, Column | None] = {
    "binary": Column(role="target", type="boolean", description=""),
    "multiclass": Column(role="target", type="category", description="", categories=("a", "b", "c")),
    "regression": Column(role="target", type="number", description=""),
    "clustering": None,
}


@dataclass(frozen=True)
class Beside(Version):
    """The version whose files lie in the folder `base`."""

    def locate(self, path: Path) -> Path:
        return require_file(BASE / path)

    def read_record(self, path: Path) -> Any:
        return super().read_record(BASE / path)

    def read_text(self, path: Path) -> str:
        return super().read_text(BASE / path)


def ask(task: Task, features: Sequence[str], slices: Sequence[str] = ()) -> Question:
    """A question whose rows have these numeric features and a target `y`."""
    columns = {"id": Column(role="id", type="text", description="")}
    columns |= {name: Column(role="feature", type="number", description="") for name in features}
    columns |= {name: Column(role="context", type="text", description="") for name in slices}
    target = TARGETS[task]
    schema = Schema(columns=columns | ({} if target is None else {"y": target}), tables={})
    problem = Problem(
        question="?",
        decision=Decision(who="", how=""),
        unit="row",
        task=task,
        target=None if target is None else "y",
        split="random",
        score="score",
        kpis=(),
        minimum=Minimum(rows=1),
        budget=Budget(minutes=1.0, memory_gib=1.0, disk_gib=1.0),
        slices=tuple(slices),
    )
    return Question(problem, schema.with_target(problem.target))


def write_rows(table: pd.DataFrame, question: Question) -> None:
    """The table and the features, which are head's."""
    write_table(paths.TABLE, table)
    write_table(paths.FEATURES, table[["id", *question.schema.columns_with_role("feature")]])


def recipe_of(question: Question, target: str, arguments: Mapping[str, Any], augment: Sequence[Call] = ()) -> Recipe:
    """A recipe without preparation."""
    plan = replace(make_plan(question.problem.task, question.schema), augment=tuple(augment))
    return Recipe(
        option="tested",
        estimator=Call(target=target, arguments=dict(arguments)),
        inputs=Inputs(numeric=(), categorical=()),
        plan=plan,
    )


def write_side(
    folder: Path, parts: pd.Series, recipe: Recipe, question: Question, seed: int = 1, threshold: float = 0.5
) -> None:
    """What the stages of a version write: `parts` has the part of each row by its id."""
    learned, judged = (question.read_rows(parts.index[parts.isin(names)]) for names in (("train", "valid"), ("test",)))
    fitted = fit_pipeline(recipe, learned, seed)
    scores, truth = question.predict(fitted, judged)
    case = Case(
        task=question.problem.task,
        truth=truth,
        scores=scores,
        context=judged.context,
        features=judged.features,
        classes=question.schema.classes,
        threshold=threshold if question.problem.task == "binary" else None,
    )
    open_parts = parts[parts != "test"]
    write_table(folder / paths.SPLIT, pd.DataFrame({"id": open_parts.index, "part": open_parts.to_numpy()}))
    write_table(folder / paths.TEST_PREDICTIONS, tabulate_case(case, "id"))
    contract = build_contract(question.schema, list(learned.features.columns))
    write_model(folder / paths.MODEL, {"pipeline": fitted, "contract": contract})
    write_json(folder / paths.TRAINING, {"rounds": None, "model": {"parts": ["train", "valid"]}})
    write_json(folder / paths.WINNER, asdict(Winner(candidate="tested", recipe=recipe)))
    write_json(folder / paths.THRESHOLD, {"threshold": case.threshold})
    write_picks(folder, seed)


def write_picks(folder: Path, seed: int = 1, training: str = "parts: [train, valid]\n") -> None:
    """The picks of candidates, seed and training window, and the window."""
    (folder / "conf/training").mkdir(parents=True, exist_ok=True)
    (folder / "conf/training/usual.yaml").write_text(training, encoding="utf-8")
    picks = f"candidates: [tested]\nseed: {seed}\ntraining: usual\n"
    (folder / "params.yaml").write_text(picks, encoding="utf-8")


def write_search(folder: Path, recipe: Recipe, trials: Sequence[Trial], best: Trial) -> None:
    """What the stage tune writes of trials, whose losses are the scores."""
    values = tuple(best.scores)
    result = TuningResult(
        recipe=recipe,
        rank=1,
        rows=100,
        features=1,
        finalists={str(list(trials).index(best)): recipe},
        score=FoldScores(metric="score", mean=best.score, folds=values),
        loss=FoldValues(metric="loss", folds=values),
        rounds=(None,) * len(values),
        valid_to_train=(0.5,) * len(values),
        unjudged=(),
    )
    write_json(folder / paths.TUNE / "tested/best.json", asdict(result))
    write_csv(
        folder / paths.TUNE / "tested/trials.csv", tabulate_trials(trials, sorted(best.arguments), "score", "loss")
    )


def name_rows(count: int) -> list[str]:
    """The ids of rows."""
    return [f"row {number:04d}" for number in range(count)]


def part_rows(count: int, test: Sequence[int] | np.ndarray[Any, Any]) -> pd.Series:
    """The part of each row by its id: `test` at these positions, else `train`."""
    parts = np.full(count, "train", dtype=object)
    parts[np.asarray(test, dtype=np.int64)] = "test"
    return pd.Series(parts, index=name_rows(count), dtype="str")
