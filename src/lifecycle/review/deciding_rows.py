"""Which rows decide between two versions, with the predictions of both, where either may have learned from some."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from lifecycle import paths
from lifecycle.arrays import Booleans
from lifecycle.errors import CorruptFile
from lifecycle.evaluation.predictions import HALF, Predictions
from lifecycle.modeling.persistence import read_model
from lifecycle.options import options
from lifecycle.review.learned_rows import read_learned_ids
from lifecycle.review.likeness import LEAST_SHARE, Likeness, measure_likeness
from lifecycle.review.question import Question
from lifecycle.review.refit import RefitTerms, refit_both
from lifecycle.review.versions import Gaps
from lifecycle.versioning.version import Version

SCORED = "its model on head's test rows"


@options
class RowSelection:
    """What became of head's test rows where some of them could not be compared as they are, and why those could not.

    Of `whole` rows `left` are left; `likeness` says how like the whole they are, None where none is left. They were
    compared alone, or all rows were after a refit, or none were.
    """

    whole: int
    left: int
    why: str
    likeness: Likeness | None
    outcome: Literal["left out", "refitted", "not comparable"] = "not comparable"

    @property
    def representative(self) -> bool:
        """Whether at least half of the rows are left, and these are like the whole."""
        return self.likeness is not None and self.left >= LEAST_SHARE * self.whole and self.likeness.alike


@dataclass(frozen=True)
class Sides:
    """Both models' predictions of the same rows in the same order, and the rows in words."""

    rows: str
    base: Predictions
    head: Predictions


@dataclass(frozen=True)
class Candidates:
    """Base, its predictions of its own test rows where it has some, and head's of its own."""

    base: Version
    old: Predictions | None
    new: Predictions
    question: Question
    classes: tuple[str, ...]
    gaps: Gaps

    @property
    def shared(self) -> Booleans:
        """Which of head's test rows are base's too."""
        if self.old is None:
            return np.zeros(len(self.new.ids), dtype=np.bool_)
        return np.asarray(self.new.ids.isin(self.old.ids), dtype=np.bool_)

    @property
    def same_rows(self) -> bool:
        """Whether both have the same test rows."""
        return self.old is not None and len(self.old.ids) == len(self.new.ids) and bool(self.shared.all())


def choose_deciding(
    both: Candidates, shared: Sides | None, terms: RefitTerms
) -> tuple[Sides | None, RowSelection | None]:
    """The rows that decide, None where no rows may, and what became of rows where some had to be looked at.

    The same test rows where both versions have them. Else head's with base's model, as far as that did not learn from
    them: the others are left out where what is left is representative; where it is not, both are fitted anew and
    compared on all rows. Where neither is possible, the `shared` test rows decide if they are representative.
    """
    if both.same_rows:
        return shared, None
    learned = both.gaps.attempt(both.base, SCORED, lambda one: find_learned(one, both))
    selection = None
    if learned is not None and learned.any():
        selection = describe_selection(both, ~learned, "base's model has learned from the others")
    sides, selection = decide_by_head(both, learned, selection, terms)
    return (sides, selection) if sides else fall_back(both, shared, selection)


def decide_by_head(
    both: Candidates, learned: Booleans | None, selection: RowSelection | None, terms: RefitTerms
) -> tuple[Sides | None, RowSelection | None]:
    """Head's test rows, or those left of them, or all after a refit; None with a gap where none is possible."""
    if learned is None:
        return None, None
    if selection is None or selection.representative:
        scored = both.gaps.attempt(both.base, SCORED, lambda one: score_rows(one, both, ~learned))
        return scored, selection and replace(selection, outcome="left out" if scored else "not comparable")
    purpose = (
        f"head's {selection.whole:,} test rows, {selection.whole - selection.left:,} of which it has learned from,"
    )
    refitted = both.gaps.attempt(both.base, purpose, lambda one: refit_rows(one, both, terms))
    return refitted, replace(selection, outcome="refitted" if refitted else "not comparable")


def fall_back(
    both: Candidates, shared: Sides | None, selection: RowSelection | None
) -> tuple[Sides | None, RowSelection | None]:
    """The test rows that both share, where they are all of head's or representative; else None."""
    if shared is None:
        return None, selection
    if both.shared.all():
        return shared, None
    ours = describe_selection(both, both.shared, "base has no predictions of the others")
    if ours.representative:
        return shared, replace(ours, outcome="left out")
    return None, selection or ours


def find_learned(base: Version, both: Candidates) -> Booleans:
    """Which of head's test rows base's model has learned from."""
    return np.asarray(both.new.ids.isin(read_learned_ids(base, both.question.schema.id)), dtype=np.bool_)


def describe_selection(both: Candidates, kept: Booleans, why: str) -> RowSelection:
    """The rows kept against all of head's test rows."""
    return RowSelection(
        whole=len(kept),
        left=int(kept.sum()),
        why=why,
        likeness=measure_likeness(both.new, kept, both.classes) if kept.any() else None,
    )


def score_rows(base: Version, both: Candidates, kept: Booleans) -> Sides:
    """Base's released model on the kept rows of head's test part, with head's features.

    Raises UnfitTable where the model cannot take head's features.
    """
    model, question = read_model(base.locate(paths.MODEL)), both.question
    dataset = question.read_rows(both.new.ids[kept])
    scores, _ = question.predict(model["pipeline"], question.match_features(model["contract"], dataset))
    head = both.new.select(pd.Index(dataset.context[question.schema.id]))
    out = int((~kept).sum())
    rows = f"head's {len(head.ids):,} test rows, scored by base's model"
    rows += f" ({out:,} more that it has learned from are left out)" if out else ""
    return Sides(rows, replace(head, scores=scores, threshold=get_base_threshold(base, both)), head)


def refit_rows(base: Version, both: Candidates, terms: RefitTerms) -> Sides:
    """Both recipes, fitted on the training rows that both share, on all of head's test rows."""
    found = refit_both(base, both.new.ids, both.question, terms)
    rows = (
        f"all of head's {len(found.ids):,} test rows, both fitted anew on the {found.rows:,} training rows they share"
    )
    head = replace(both.new.select(found.ids), scores=found.head, truth=found.truth)
    return Sides(rows, replace(head, scores=found.base, threshold=get_base_threshold(base, both)), head)


def get_base_threshold(base: Version, both: Candidates) -> float:
    """The threshold of base's decisions."""
    if both.old is not None or both.question.problem.task != "binary":
        return HALF if both.old is None else both.old.threshold
    return read_threshold(base)


def read_threshold(version: Version) -> float:
    """The decision threshold that the version's evaluation chose; one half where it chose none.

    Raises MissingFile or CorruptFile where it is not on record.
    """
    record = version.read_record(paths.THRESHOLD)
    if not isinstance(record, dict) or not isinstance(record.get("threshold", ""), int | float | None):
        raise CorruptFile(
            f"{paths.THRESHOLD} holds no threshold", where=str(paths.THRESHOLD), todo="dvc repro --force evaluate"
        )
    return HALF if record["threshold"] is None else float(record["threshold"])
