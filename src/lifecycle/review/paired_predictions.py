"""Rows on which both models can be compared, with the predictions of both."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from lifecycle import paths
from lifecycle.arrays import Floats
from lifecycle.data.dataset import Dataset
from lifecycle.data.dataset_files import read_named_rows
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.errors import UnfitTable
from lifecycle.evaluation.metric import Truth
from lifecycle.evaluation.predictions import HALF, Predictions, list_classes, parse_predictions
from lifecycle.modeling.persistence import read_model
from lifecycle.modeling.pipeline import make_plan, predict_dataset
from lifecycle.review.versions import HEAD, Gaps
from lifecycle.versioning.version import Version


@dataclass(frozen=True)
class Question:
    """What both models predict: head's problem, with the schema that has its target."""

    problem: Problem
    schema: Schema

    @property
    def block(self) -> str:
        """The column whose equal values mark correlated rows."""
        return self.problem.block or self.schema.id

    def read_rows(self, ids: pd.Index) -> Dataset:
        """Head's rows of these ids, in the order of its table."""
        return read_named_rows(self.schema, pd.DataFrame({self.schema.id: ids}))

    def predict(self, pipeline: Any, dataset: Dataset) -> tuple[Floats, Truth]:
        """A fitted pipeline's scores, and the truth; raises UnfitTable where the rows lack what it needs."""
        try:
            return predict_dataset(make_plan(self.problem.task, self.schema), pipeline, dataset)
        except (ValueError, TypeError, KeyError) as cause:
            raise UnfitTable(
                f"the model rejects head's features: {' '.join(str(cause).split())[:200]}",
                where=str(paths.FEATURES),
                todo="keep the meaning and the type of the features",
            ) from cause


@dataclass(frozen=True)
class Pair:
    """Both models' predictions of the same rows, and the rows' other columns in the same order.

    The truth is head's. `rows` describes the rows in words; rows with equal values of `blocks` are correlated.
    """

    rows: str
    base: Predictions
    head: Predictions
    context: pd.DataFrame
    blocks: pd.Series


@dataclass(frozen=True)
class PairedPredictions:
    """The pairs, the deciding one first; how many test rows base, head and both have; the classes in their order."""

    pairs: list[Pair]
    base_rows: int | None = None
    head_rows: int | None = None
    shared_rows: int | None = None
    classes: tuple[str, ...] = ()


def pair_predictions(base: Version, question: Question, gaps: Gaps) -> PairedPredictions:
    """The same test rows where both versions have them; else head's with base's model, and the shared ones."""
    tables = [gaps.attempt(version, "predictions", read_predictions) for version in (base, HEAD)]
    names = (name for table in reversed(tables) if table is not None for name in list_classes(table))
    classes = tuple(dict.fromkeys(names))

    def parse(version: Version, table: pd.DataFrame | None) -> Predictions | None:
        if table is None:
            return None
        return gaps.attempt(version, "predictions", lambda _: parse_predictions(table, question.problem.task, classes))

    old, new = (parse(version, table) for version, table in zip((base, HEAD), tables, strict=True))
    return PairedPredictions(
        pairs=[] if new is None else make_pairs(base, old, new, question, gaps),
        base_rows=None if old is None else len(old.ids),
        head_rows=None if new is None else len(new.ids),
        shared_rows=None if old is None or new is None else int(new.ids.isin(old.ids).sum()),
        classes=classes,
    )


def make_pairs(base: Version, old: Predictions | None, new: Predictions, question: Question, gaps: Gaps) -> list[Pair]:
    """The pairs that head's predictions allow, and base's where it has some."""
    head = gaps.attempt(HEAD, "rows", lambda _: add_cluster_truth(new, question))
    context = gaps.attempt(HEAD, "rows", lambda _: read_context(question, new.ids))
    if head is None or context is None:
        return []
    both = [*score_head_rows(base, old, head, question, gaps), *select_shared(old, head, question, gaps)]
    return [make_pair(rows, predictions, head, context, question) for rows, predictions in both]


def read_predictions(version: Version) -> pd.DataFrame:
    """The predictions of a version's test rows."""
    return version.read_table(paths.TEST_PREDICTIONS)


def make_pair(rows: str, base: Predictions, head: Predictions, context: pd.DataFrame, question: Question) -> Pair:
    """The rows that base predicted, with head's predictions, truth and columns of the same rows."""
    around = context.loc[base.ids].reset_index(drop=True)
    selected = head.select(base.ids)
    return Pair(rows, replace(base, truth=selected.truth), selected, around, around[question.block])


def select_shared(
    old: Predictions | None, new: Predictions, question: Question, gaps: Gaps
) -> Iterator[tuple[str, Predictions]]:
    """Base's own predictions of the test rows that both versions have, in head's order; nothing without such rows."""
    if old is None:
        return
    ids = new.ids[new.ids.isin(old.ids)]
    if not len(ids):
        return
    check_labels(old.select(ids), new.select(ids), question, gaps)
    all_rows = len(ids) == len(old.ids) == len(new.ids)
    rows = f"the same {len(ids):,} test rows" if all_rows else f"the {len(ids):,} test rows that both share"
    yield rows, old.select(ids)


def check_labels(old: Predictions, new: Predictions, question: Question, gaps: Gaps) -> None:
    """Add a gap where the same rows have other labels in base than in head."""
    differing = 0 if question.problem.task == "clustering" else int((old.truth != new.truth).sum())
    if differing:
        gaps.add(
            f"base: {differing:,} of {len(old.ids):,} shared test rows have another label there; head's are used",
            "compare conf/clean/ and data/table.parquet of both versions",
        )


def read_context(question: Question, ids: pd.Index) -> pd.DataFrame:
    """The columns that slice and block rows, by row id; raises UnfitTable for a row that the table lacks."""
    key = question.schema.id
    columns = list(dict.fromkeys([key, question.block, *question.problem.slices]))
    table = HEAD.read_table(paths.TABLE, columns).set_index(key, drop=False)
    missing = int((~ids.isin(table.index)).sum())
    if missing:
        raise UnfitTable(
            f"{missing:,} rows of {paths.TEST_PREDICTIONS} are not in {paths.TABLE}",
            where=str(paths.TEST_PREDICTIONS),
            todo="dvc repro",
        )
    return table.loc[ids]


def add_cluster_truth(new: Predictions, question: Question) -> Predictions:
    """Head's predictions with the truth that clusters are judged by: the inputs as head's model prepares them."""
    if question.problem.task != "clustering":
        return new
    dataset = question.read_rows(new.ids)
    _, truth = question.predict(read_model(HEAD.locate(paths.MODEL))["pipeline"], dataset)
    positions = pd.Index(dataset.context[question.schema.id]).get_indexer(new.ids)
    return replace(new, truth=truth[positions])


def score_head_rows(
    base: Version, old: Predictions | None, new: Predictions, question: Question, gaps: Gaps
) -> Iterator[tuple[str, Predictions]]:
    """Base's model on head's test rows; nothing where both versions have the same rows anyway."""
    if old is not None and len(old.ids) == len(new.ids) and bool(new.ids.isin(old.ids).all()):
        return
    scored = gaps.attempt(base, "its model on head's test rows", lambda one: score_unseen(one, new, question))
    if scored:
        yield scored


def score_unseen(base: Version, new: Predictions, question: Question) -> tuple[str, Predictions]:
    """Base's released model on those of head's test rows that it was not trained on, with head's features.

    Raises UnfitTable where none is left, or where the model cannot take head's features.
    """
    model = read_model(base.locate(paths.MODEL))
    ids = new.ids[~new.ids.isin(read_training_ids(base))]
    if not len(ids):
        raise UnfitTable("it was trained on every one of them", where=str(paths.SPLIT), todo="compare on later rows")
    dataset = question.read_rows(ids)
    scores, _ = question.predict(model["pipeline"], match_features(model["contract"], dataset, question))
    threshold = base.read_record(paths.THRESHOLD)["threshold"]
    named = pd.Index(dataset.context[question.schema.id])
    left = len(new.ids) - len(ids)
    rows = f"head's {len(ids):,} test rows, scored by base's model"
    rows += f" ({left:,} more that it was trained on are left out)" if left else ""
    return rows, replace(new.select(named), scores=scores, threshold=HALF if threshold is None else float(threshold))


def read_training_ids(base: Version) -> pd.Series:
    """The ids of the rows that base's released model was trained on."""
    parts = base.read_record(paths.TRAINING)["model"]["parts"]
    split = base.read_table(paths.SPLIT)
    return split.loc[split["part"].isin(parts)].iloc[:, 0]


def match_features(contract: dict[str, Any], dataset: Dataset, question: Question) -> Dataset:
    """The rows with the features of a model's contract.

    Raises UnfitTable where head lacks one of them, or has another target or other classes.
    """
    missing = [name for name in contract["features"] if name not in dataset.features]
    target = question.schema.target
    if missing or contract["target"] != target:
        raise UnfitTable(
            f"head has no feature {', '.join(missing)}"
            if missing
            else f"it predicts {contract['target']}, not {target}",
            where=str(paths.FEATURES),
            todo="keep the features and the target, or compare on the rows that both share",
        )
    known = tuple(contract["columns"].get(target, {}).get("categories", ())) if target else ()
    if target and known != question.schema.columns[target].categories:
        raise UnfitTable(
            f"it knows the classes {', '.join(known)}", where="conf/schema/", todo="keep the classes and their order"
        )
    return replace(dataset, features=dataset.features[contract["features"]])
