"""How much two searches differ by luck alone: what another seed would have found, fitted and compared.

Under another seed a search tries other parameters, on other folds, and picks others, of a model that is neither better
nor worse for it in the long run. Test rows cannot show that: two picks differ on them however many there are. What a
search may pick is on record, though. Where both versions search in the same way, their trials are of one kind, and
which search made which is chance. Dealt anew to two searches of as many trials each, the best of all falls to one, and
the other picks the best that it was dealt. The mean square of the difference between these two picks is the variance
that luck adds (the deal is that of a permutation test: Fisher, The Design of Experiments, 1935, section 21; that the
choice of parameters belongs to the variance: Bouthillier et al., Accounting for Variance in Machine Learning
Benchmarks, MLSys 2021).
"""

import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lifecycle import paths
from lifecycle.config import from_record
from lifecycle.errors import CorruptFile, UnfitTable
from lifecycle.modeling.boosting_rounds import set_boosting_rounds
from lifecycle.modeling.pipeline import Recipe
from lifecycle.modeling.tuning import TuningResult
from lifecycle.options import Call
from lifecycle.versioning.version import Version

MOST = 5  # picks of the other search that are fitted; that it picks a later one has a probability of 1 in 32
OF_FOLD = re.compile(r"_\d+$")


@dataclass(frozen=True)
class SearchTrial:
    """A recipe that was tried, its mean score over the folds, and the mean of its boosting rounds where it has some."""

    recipe: Recipe
    score: float
    rounds: int | None


@dataclass(frozen=True)
class Search:
    """What a version searched by which score: each candidate's recipe without the searched parameters, and trials."""

    score: str
    fixed: Mapping[str, Recipe]
    trials: Sequence[SearchTrial]


@dataclass(frozen=True)
class Deal:
    """The recipes that two searches may pick, the best of all first, and the probability of each of the others."""

    recipes: list[Recipe]
    probabilities: list[float]


def deal_searches(base: Version, head: Version, sign: int) -> Deal:
    """What two searches may pick of the trials of both; `sign` is 1 where a higher score is better, -1 where lower.

    Raises UnfitTable where the versions do not search in the same way, MissingFile or CorruptFile where a search is not
    on record.
    """
    before, after = read_search(base), read_search(head)
    if not before.trials:
        raise UnfitTable("base has no search on record", where=str(paths.TUNE), todo="dvc repro")
    if before.score != after.score or before.fixed != after.fixed or len(before.trials) != len(after.trials):
        raise UnfitTable(
            "the versions do not search in the same way",
            where=str(paths.TUNE),
            todo="change what is searched in a change of its own",
        )
    offset = measure_offset(before.trials, after.trials)
    pooled = [*(replace(trial, score=trial.score + offset) for trial in before.trials), *after.trials]
    ranked = sorted(pooled, key=lambda trial: -sign * trial.score)[: MOST + 1]
    return Deal(
        recipes=[set_boosting_rounds(trial.recipe, trial.rounds) for trial in ranked],
        probabilities=compute_probabilities(len(pooled), len(ranked) - 1),
    )


def measure_offset(before: Sequence[SearchTrial], after: Sequence[SearchTrial]) -> float:
    """How much higher head's folds score than base's, by the recipes that both tried; 0 without any."""
    one, other = ({repr(trial.recipe): trial.score for trial in trials} for trials in (before, after))
    both = sorted(one.keys() & other.keys())
    return float(np.mean([other[key] - one[key] for key in both])) if both else 0.0


def compute_probabilities(count: int, ranks: int) -> list[float]:
    """Of `count` trials, dealt to two searches, the probability that the one without the best picks rank 2, 3, ….

    The last one has what is left.

    >>> [round(one, 4) for one in compute_probabilities(8, 3)]
    [0.5714, 0.2857, 0.1429]
    """
    left, found = 1.0, []
    for rank in range(1, ranks + 1):
        found.append(left if rank == ranks else left * (count / 2) / (count - rank))
        left -= found[-1]
    return found


def compute_luck(values: Sequence[float], probabilities: Sequence[float]) -> float:
    """The root mean square difference of a measure between two picks; the first value is that of the best one.

    0 where nothing else may be picked; what is undefined is left out.
    """
    gaps = [(value - values[0], weight) for value, weight in zip(values[1:], probabilities, strict=True)]
    known = [(gap, weight) for gap, weight in gaps if not math.isnan(gap)]
    total = sum(weight for _, weight in known)
    return math.sqrt(sum(weight * gap**2 for gap, weight in known) / total) if total else 0.0


def read_search(version: Version) -> Search:
    """The search of the candidates that have a form for the task."""
    picks = version.read_record(paths.PARAMS).get("candidates") or []
    names = [picks] if isinstance(picks, str) else picks
    tuned = {str(name): read_tuned(version, str(name)) for name in names}
    known = {name: one for name, one in tuned.items() if one is not None}
    return Search(
        score=", ".join(sorted({one.best.score.metric for one in known.values()})),
        fixed={name: one.fixed for name, one in known.items()},
        trials=[trial for one in known.values() for trial in one.list_trials()],
    )


@dataclass(frozen=True)
class TunedCandidate:
    """What reports/tune/ says of a candidate: the best trial, and all of them in a table."""

    best: TuningResult
    table: pd.DataFrame

    @property
    def searched(self) -> list[str]:
        """The names of the searched parameters."""
        others = {"trial", "rows", "final", self.best.score.metric, self.best.loss.metric}
        return [name for name in self.table.columns if name not in others and not OF_FOLD.search(name)]

    @property
    def fixed(self) -> Recipe:
        """The recipe without the searched parameters."""
        kept = {name: one for name, one in self.best.recipe.estimator.arguments.items() if name not in self.searched}
        return self.make_recipe(kept)

    def make_recipe(self, arguments: dict[str, Any]) -> Recipe:
        """The recipe with these arguments and no others."""
        estimator = self.best.recipe.estimator
        return replace(self.best.recipe, estimator=Call(target=estimator.target, arguments=arguments))

    def list_trials(self) -> Iterator[SearchTrial]:
        """The finalists, or all trials where there are none, that have a score."""
        fixed = self.fixed.estimator.arguments
        for row in self.table[self.table["final"] == self.table["final"].max()].to_dict("records"):
            score = float(row[self.best.score.metric])
            if math.isnan(score):
                continue
            tried = {name: row[name] for name in self.searched if not pd.isna(row[name])}
            rounds = [row[name] for name in row if str(name).startswith("rounds_")]
            yield SearchTrial(
                recipe=self.make_recipe(fixed | {name: self.restore(name, one) for name, one in tried.items()}),
                score=score,
                rounds=round(float(np.mean(rounds))) if rounds else None,
            )

    def restore(self, name: str, value: Any) -> Any:
        """A value of the table in its parameter's type: an integer stands there as 3.0 where another is missing."""
        known = self.best.recipe.estimator.arguments.get(name)
        return int(value) if isinstance(known, int) and not isinstance(known, bool) else value


def read_tuned(version: Version, name: str) -> TunedCandidate | None:
    """A candidate's trials; None where it has no form for the task."""
    folder = paths.TUNE / name
    record = version.read_record(folder / "best.json")
    if record.get("recipe") is None:
        return None
    best = from_record(TuningResult, record, where=str(folder / "best.json"), todo=f"dvc repro tune@{name}")
    return TunedCandidate(best, parse_trials(version.read_text(folder / "trials.csv"), best, folder / "trials.csv"))


def parse_trials(text: str, best: TuningResult, path: Path) -> pd.DataFrame:
    """The table of trials in a file's text; raises CorruptFile where it is none."""
    try:
        table = pd.read_csv(io.StringIO(text))
        return table.assign(**{best.score.metric: table[best.score.metric].astype("float64")})
    except (ValueError, KeyError) as cause:
        raise CorruptFile(
            f"{path} is no table of trials ({' '.join(str(cause).split())[:120]})",
            where=str(path),
            todo=f"dvc repro --force tune@{path.parent.name}",
        ) from cause
