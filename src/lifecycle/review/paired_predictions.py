"""Rows on which both models can be held against each other, with the answers of both."""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from lifecycle import paths
from lifecycle.arrays import Floats
from lifecycle.data.dataset import Dataset
from lifecycle.data.dataset_files import read_rows
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.errors import UnfitTable
from lifecycle.evaluation.metric import Truth
from lifecycle.evaluation.predictions import Predictions, list_classes, parse_predictions
from lifecycle.modeling.persistence import read_model
from lifecycle.modeling.pipeline import predict_dataset, make_plan
from lifecycle.review.versions import Gaps, Side

HERE = Side("head")


@dataclass(frozen=True)
class Question:
    """What is asked of both models: head's problem, with the schema that asks for its target."""

    problem: Problem
    schema: Schema

    def examples(self, ids: pd.Index) -> Dataset:
        """Head's rows of these ids, in the order of its table."""
        return read_rows(self.schema, pd.DataFrame({self.schema.id: ids}))

    def answer(self, pipeline: Any, examples: Dataset) -> tuple[Floats, Truth]:
        """A fitted pipeline's scores, and the truth; raises UnfitTable where the rows are not what it knows."""
        try:
            return predict_dataset(make_plan(self.problem.task, self.schema), pipeline, examples)
        except (ValueError, TypeError, KeyError) as cause:
            raise UnfitTable(
                f"the model rejects head's features: {' '.join(str(cause).split())[:200]}",
                where=str(paths.FEATURES),
                todo="keep the meaning and the type of the features",
            ) from cause


@dataclass(frozen=True)
class Pair:
    """Both models' answers of the same rows, and the rows' other columns in the same order.

    The truth is head's. `rows` says in words which rows these are; equal values of `blocks` share their luck.
    """

    rows: str
    base: Predictions
    head: Predictions
    context: pd.DataFrame
    blocks: pd.Series


@dataclass(frozen=True)
class Compared:
    """The pairs, the one that decides first; the test rows of each side and of both; the classes in their order."""

    pairs: list[Pair]
    base_rows: int | None = None
    head_rows: int | None = None
    shared_rows: int | None = None
    classes: tuple[str, ...] = ()


def compared(base: Side, question: Question, gaps: Gaps) -> Compared:
    """The same test rows where both sides have them; else head's with base's model, and those that both share."""
    tables = [gaps.attempt(side, "predictions", kept) for side in (base, HERE)]
    named = (name for table in reversed(tables) if table is not None for name in list_classes(table))
    classes = tuple(dict.fromkeys(named))

    def answers(side: Side, table: pd.DataFrame | None) -> Predictions | None:
        if table is None:
            return None
        return gaps.attempt(side, "predictions", lambda _: parse_predictions(table, question.problem.task, classes))

    old, new = (answers(side, table) for side, table in zip((base, HERE), tables, strict=True))
    return Compared(
        pairs=[] if new is None else pairs(base, old, new, question, gaps),
        base_rows=None if old is None else len(old.ids),
        head_rows=None if new is None else len(new.ids),
        shared_rows=None if old is None or new is None else int(new.ids.isin(old.ids).sum()),
        classes=classes,
    )


def pairs(base: Side, old: Predictions | None, new: Predictions, question: Question, gaps: Gaps) -> list[Pair]:
    """The pairs that can be made of head's answers, and of base's where they were kept."""
    ours = gaps.attempt(HERE, "rows", lambda _: judged(new, question))
    context = gaps.attempt(HERE, "rows", lambda _: contexts(question, new.ids))
    if ours is None or context is None:
        return []
    both = [*anew(base, old, ours, question, gaps), *shared(old, ours, question, gaps)]
    return [pair(rows, theirs, ours, context, question) for rows, theirs in both]


def kept(side: Side) -> pd.DataFrame:
    """The predictions of a side's test rows."""
    return side.table(paths.TEST_PREDICTIONS)


def pair(rows: str, theirs: Predictions, ours: Predictions, context: pd.DataFrame, question: Question) -> Pair:
    """The rows that base answered, with head's answers, truth and columns of the same rows."""
    around = context.loc[theirs.ids].reset_index(drop=True)
    held = ours.select(theirs.ids)
    return Pair(rows, replace(theirs, truth=held.truth), held, around, around[block(question)])


def block(question: Question) -> str:
    """The column whose equal values share their luck."""
    return question.problem.block or question.schema.id


def shared(old: Predictions | None, new: Predictions, question: Question, gaps: Gaps) -> list[tuple[str, Predictions]]:
    """Base's own answers of the test rows that both sides have, in head's order; none where there are no such rows."""
    if old is None:
        return []
    ids = new.ids[new.ids.isin(old.ids)]
    if not len(ids):
        return []
    must_agree(old.select(ids), new.select(ids), question, gaps)
    whole = len(ids) == len(old.ids) == len(new.ids)
    return [
        (
            f"the same {len(ids):,} test rows" if whole else f"the {len(ids):,} test rows that both share",
            old.select(ids),
        )
    ]


def must_agree(old: Predictions, new: Predictions, question: Question, gaps: Gaps) -> None:
    """Add a gap where the same rows have other labels in base than in head."""
    differing = 0 if question.problem.task == "clustering" else int((old.truth != new.truth).sum())
    if differing:
        gaps.add(
            f"base: {differing:,} of {len(old.ids):,} shared test rows have another label there; head's are used",
            "compare conf/clean/ and data/table.parquet of both versions",
        )


def contexts(question: Question, ids: pd.Index) -> pd.DataFrame:
    """The columns by which rows are sliced and blocked, by row id; raises UnfitTable where one is not there."""
    key = question.schema.id
    columns = list(dict.fromkeys([key, block(question), *question.problem.slices]))
    table = HERE.table(paths.TABLE, columns).set_index(key, drop=False)
    lacking = int((~ids.isin(table.index)).sum())
    if lacking:
        raise UnfitTable(
            f"{lacking:,} rows of {paths.TEST_PREDICTIONS} are not in {paths.TABLE}",
            where=str(paths.TEST_PREDICTIONS),
            todo="dvc repro",
        )
    return table.loc[ids]


def judged(new: Predictions, question: Question) -> Predictions:
    """Head's answers with the truth that clusters are held against: the inputs as head's model prepares them."""
    if question.problem.task != "clustering":
        return new
    examples = question.examples(new.ids)
    _, truth = question.answer(read_model(HERE.place(paths.MODEL))["pipeline"], examples)
    places = pd.Index(examples.context[question.schema.id]).get_indexer(new.ids)
    return replace(new, truth=truth[places])


def anew(
    base: Side, old: Predictions | None, new: Predictions, question: Question, gaps: Gaps
) -> list[tuple[str, Predictions]]:
    """Base's model on head's test rows; none where both sides have the same rows anyway."""
    if old is not None and len(old.ids) == len(new.ids) and bool(new.ids.isin(old.ids).all()):
        return []
    scored = gaps.attempt(base, "its model on head's test rows", lambda one: rescored(one, new, question))
    return [scored] if scored else []


def rescored(base: Side, new: Predictions, question: Question) -> tuple[str, Predictions]:
    """Base's released model on those of head's test rows that it did not learn from, with head's features.

    Raises UnfitTable where none is left, or where the model cannot take head's features.
    """
    model = read_model(base.place(paths.MODEL))
    ids = new.ids[~new.ids.isin(learned_from(base))]
    if not len(ids):
        raise UnfitTable("it learned from every one of them", where=str(paths.SPLIT), todo="compare on later rows")
    examples = question.examples(ids)
    scores, _ = question.answer(model["pipeline"], as_known(model["contract"], examples, question))
    cut = base.record(paths.THRESHOLD)["threshold"]
    named = pd.Index(examples.context[question.schema.id])
    left = len(new.ids) - len(ids)
    rows = f"head's {len(ids):,} test rows, which base's model scored anew"
    rows += f" ({left:,} more that it learned from are left out)" if left else ""
    return rows, replace(new.select(named), scores=scores, threshold=0.5 if cut is None else float(cut))


def learned_from(base: Side) -> pd.Series:
    """The ids of the rows that base's released model learned from."""
    parts = base.record(paths.TRAINING)["model"]["parts"]
    split = base.table(paths.SPLIT)
    return split.loc[split["part"].isin(parts)].iloc[:, 0]


def as_known(contract: dict[str, Any], examples: Dataset, question: Question) -> Dataset:
    """The examples with the features that the model knows; raises UnfitTable where one or the target is another."""
    lacking = [name for name in contract["features"] if name not in examples.features]
    target = question.schema.target
    if lacking or contract["target"] != target:
        raise UnfitTable(
            f"head has no feature {', '.join(lacking)}"
            if lacking
            else f"it answers {contract['target']}, not {target}",
            where=str(paths.FEATURES),
            todo="keep the features and the target, or compare on the rows that both share",
        )
    known = tuple(contract["columns"].get(target, {}).get("categories", ())) if target else ()
    if target and known != question.schema.columns[target].categories:
        raise UnfitTable(
            f"it knows the classes {', '.join(known)}", where="conf/schema/", todo="keep the classes and their order"
        )
    return replace(examples, features=examples.features[contract["features"]])
