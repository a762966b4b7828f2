"""Both versions' winners, fitted anew on the training rows that both share, so that none of head's test rows is known.

What is compared then is the recipe of each version (candidate, parameters, preparation, augmentation, training
window) under one seed, on head's labels and features and with the code that is here.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from lifecycle import paths
from lifecycle.arrays import Floats
from lifecycle.config import from_record
from lifecycle.data.dataset import Dataset
from lifecycle.errors import UnfitTable, WrongValue
from lifecycle.evaluation.metric import Truth
from lifecycle.io.progress import track
from lifecycle.modeling.boosting_rounds import set_boosting_rounds
from lifecycle.modeling.ensembles import fit_recipe
from lifecycle.modeling.persistence import read_model
from lifecycle.modeling.pipeline import Recipe, Winner
from lifecycle.modeling.training import Training, select_training_rows
from lifecycle.review.learned_rows import find_starting_point, read_learned_ids
from lifecycle.review.question import Question
from lifecycle.review.versions import HEAD
from lifecycle.versioning.version import Version

# Both versions must share at least this part of the rows that each learned from.
LEAST_SHARED = 0.5


@dataclass(frozen=True)
class RefitTerms:
    """The most work of a fit, in training rows times features, and the seed of all.

    `sign` is 1 where a higher score of the problem is better, -1 where a lower one is.
    """

    work: int
    seed: int
    sign: int = 1


@dataclass(frozen=True)
class Learner:
    """A version as far as fitting anew needs it: the contract of its model, and its training window."""

    contract: dict[str, Any]
    training: Training


@dataclass(frozen=True)
class SharedRows:
    """The training rows that both versions share, the rows that are judged, and what learns from them under a seed."""

    train: Dataset
    judged: Dataset
    base: Learner
    head: Learner
    question: Question
    seed: int

    @property
    def ids(self) -> pd.Index:
        """The ids of the rows that are judged."""
        ids: pd.Index = pd.Index(self.judged.context[self.question.schema.id])
        return ids

    def score_recipe(self, recipe: Recipe, learner: Learner) -> tuple[Floats, Truth]:
        """A recipe's scores of the judged rows, fitted on what the learner's window keeps, and the truth."""
        question = self.question
        train = question.match_features(learner.contract, self.train)
        fitted = fit_recipe(
            recipe, select_training_rows(train, learner.training, question.schema, self.seed), self.seed
        )
        return question.predict(fitted, question.match_features(learner.contract, self.judged))


@dataclass(frozen=True)
class RefittedModels:
    """The scores of both on the rows named by `ids`, their truth, and how many rows both were fitted on."""

    ids: pd.Index
    base: Floats
    head: Floats
    truth: Truth
    rows: int


def refit_both(base: Version, ids: pd.Index, question: Question, terms: RefitTerms) -> RefittedModels:
    """Both recipes fitted on the shared training rows, on all rows of head's test part, which `ids` names.

    Raises as `read_shared_rows` and `read_recipe` do, and what fitting raises.
    """
    shared = read_shared_rows(base, ids, ids, question, terms)
    sides = [(read_recipe(base), shared.base), (read_recipe(HEAD), shared.head)]
    with track("refit", sides, "models") as recipes:
        (old, _), (new, truth) = (shared.score_recipe(recipe, learner) for recipe, learner in recipes)
    return RefittedModels(shared.ids, old, new, truth, len(shared.train.labels))


def read_shared_rows(
    base: Version, sealed: pd.Index, judged: pd.Index, question: Question, terms: RefitTerms
) -> SharedRows:
    """The training rows that both versions share beside the sealed ones, and the judged rows.

    Raises UnfitTable where too few training rows are shared, WrongValue where the work is above the limit.
    """
    ids = find_shared_ids(base, sealed, question.schema.id)
    old, new = read_learner(base), read_learner(HEAD)
    check_work(len(ids), max(len(one.contract["features"]) for one in (old, new)), terms.work)
    return SharedRows(question.read_rows(ids), question.read_rows(judged), old, new, question, terms.seed)


def read_learner(version: Version) -> Learner:
    """The contract of a version's model, and its training window."""
    return Learner(read_model(version.locate(paths.MODEL))["contract"], read_training(version))


def find_shared_ids(base: Version, judged: pd.Index, key: str) -> pd.Index:
    """The training rows of both versions that are not judged; raises UnfitTable where they are fewer than half."""
    learned = [read_learned_ids(version, key) for version in (base, HEAD)]
    shared = learned[1].intersection(learned[0], sort=False).difference(judged, sort=False)
    if len(shared) < LEAST_SHARED * max(len(one) for one in learned):
        raise UnfitTable(
            f"both share {len(shared):,} training rows beside them, of {len(learned[0]):,} and {len(learned[1]):,}, "
            "too few for a refit",
            where=str(paths.SPLIT),
            todo="change the rows or the split in a change of its own",
        )
    return shared


def check_work(rows: int, features: int, limit: int) -> None:
    """Raise WrongValue where fitting on so many rows and features is more work than the limit."""
    if rows * features > limit:
        raise WrongValue(
            f"a refit on {rows:,} rows of {features:,} features is {rows * features:,} values, above {limit:,}",
            where="conf/gate/, key refit",
            todo=f"refit: {rows * features} in conf/gate/, or change the split or the seed in a change of its own",
        )


def read_recipe(version: Version) -> Recipe:
    """The recipe of the version's winner with the boosting rounds that it was trained for.

    Raises UnfitTable for one that starts from an earlier model, which may know the rows.
    """
    if start := find_starting_point(version):
        raise UnfitTable(
            f"its model starts from that of {start[:7]}, which cannot be fitted anew",
            where=str(paths.WINNER),
            todo="change the split or the seed in a change of its own",
        )
    winner = from_record(Winner, version.read_record(paths.WINNER), where=str(paths.WINNER), todo="dvc repro select")
    return set_boosting_rounds(winner.recipe, version.read_record(paths.TRAINING).get("rounds"))


def read_training(version: Version) -> Training:
    """The training window that the version picks; without a pick there is none."""
    pick = version.read_record(paths.PARAMS).get("training")
    if pick is None:
        return Training(parts=("train", "valid"))
    path = paths.CONF / "training" / f"{pick}.yaml"
    return from_record(Training, version.read_record(path), where=str(path), todo=f"correct {path}")
