"""Rows on which both models can be compared, with the predictions of both."""

from dataclasses import dataclass, field, replace

import pandas as pd

from lifecycle import paths
from lifecycle.arrays import Booleans
from lifecycle.errors import CorruptFile, UnfitTable
from lifecycle.evaluation.metric import decide_classes
from lifecycle.evaluation.predictions import Predictions, list_classes, parse_predictions
from lifecycle.modeling.persistence import read_model
from lifecycle.review.deciding_rows import Candidates, RowSelection, Sides, choose_deciding, read_threshold
from lifecycle.review.question import Question
from lifecycle.review.refit import RefitTerms
from lifecycle.review.rivals import Rivals, find_rivals
from lifecycle.review.versions import HEAD, Gaps
from lifecycle.versioning.version import Version


@dataclass(frozen=True)
class Pair:
    """Both models' predictions of the same rows, and the rows' other columns in the same order.

    The truth is head's. `rows` describes the rows in words; rows with equal values of `blocks` are correlated.
    `rivals` are what another search might have picked.
    """

    rows: str
    base: Predictions
    head: Predictions
    context: pd.DataFrame
    blocks: pd.Series
    rivals: Rivals = field(default_factory=Rivals)


@dataclass(frozen=True)
class PairedPredictions:
    """The pair that decides, None where no rows may; another beside it; what became of rows; the classes in order.

    `base_rows`, `head_rows` and `shared_rows` count the test rows of base, of head and of both.
    """

    deciding: Pair | None = None
    other: Pair | None = None
    selection: RowSelection | None = None
    base_rows: int | None = None
    head_rows: int | None = None
    shared_rows: int | None = None
    classes: tuple[str, ...] = ()


def pair_predictions(base: Version, question: Question, terms: RefitTerms, gaps: Gaps) -> PairedPredictions:
    """The rows that decide, and beside them the test rows that both versions share where these are others."""
    tables = [gaps.attempt(version, "predictions", read_predictions) for version in (base, HEAD)]
    names = (name for table in reversed(tables) if table is not None for name in list_classes(table))
    classes = tuple(dict.fromkeys(names))
    old, new = (
        None if table is None else parse_side(version, table, question, classes, gaps)
        for version, table in zip((base, HEAD), tables, strict=True)
    )
    found = PairedPredictions(
        base_rows=None if old is None else len(old.ids),
        head_rows=None if new is None else len(new.ids),
        shared_rows=None if old is None or new is None else int(new.ids.isin(old.ids).sum()),
        classes=classes,
    )
    return found if new is None else add_pairs(found, Candidates(base, old, new, question, classes, gaps), terms)


def add_pairs(found: PairedPredictions, both: Candidates, terms: RefitTerms) -> PairedPredictions:
    """The pairs that head's predictions allow, and base's where it has some."""
    new, question, gaps = both.new, both.question, both.gaps
    head = gaps.attempt(HEAD, "rows", lambda _: add_cluster_truth(new, question))
    context = gaps.attempt(HEAD, "rows", lambda _: read_context(question, new.ids))
    if head is None or context is None:
        return found
    both = replace(both, new=head)
    shared = select_shared(both)
    deciding, selection = choose_deciding(both, shared, terms)
    other = None if shared is deciding else shared
    rivals = find_rivals(both, deciding, selection, terms) if deciding else Rivals()
    return replace(
        found,
        deciding=make_pair(deciding, context, question, rivals) if deciding else None,
        other=make_pair(other, context, question, Rivals()) if other else None,
        selection=selection,
    )


def read_predictions(version: Version) -> pd.DataFrame:
    """The predictions of a version's test rows; raises CorruptFile where a row stands there twice."""
    table = version.read_table(paths.TEST_PREDICTIONS)
    repeated = int(table.iloc[:, :1].duplicated().sum())
    if repeated:
        raise CorruptFile(
            f"{repeated:,} of {len(table):,} rows of {paths.TEST_PREDICTIONS} stand there more than once",
            where=str(paths.TEST_PREDICTIONS),
            todo="dvc repro --force test",
        )
    return table


def parse_side(
    version: Version, table: pd.DataFrame, question: Question, classes: tuple[str, ...], gaps: Gaps
) -> Predictions | None:
    """A version's predictions, of two classes with the threshold in its reports/evaluate/threshold.json."""
    task = question.problem.task
    parsed = gaps.attempt(version, "predictions", lambda _: parse_predictions(table, task, classes))
    if parsed is None or task != "binary":
        return parsed
    threshold = gaps.attempt(version, "the decision threshold", read_threshold)
    if threshold is None:
        return parsed
    decided = replace(parsed, threshold=threshold)
    check_decisions(version, decided, table["predicted"].to_numpy(dtype=bool), gaps)
    return decided


def check_decisions(version: Version, decided: Predictions, recorded: Booleans, gaps: Gaps) -> None:
    """Add a gap where the recorded decisions are not those of the threshold."""
    differing = int((decide_classes(decided.scores, decided.threshold) != recorded).sum())
    if differing:
        gaps.add(
            f"{version.name}: {differing:,} of {len(recorded):,} test rows are not predicted as the threshold "
            f"{decided.threshold:.6g} of {paths.THRESHOLD} says, which is used",
            "dvc repro --force test",
        )


def make_pair(sides: Sides, context: pd.DataFrame, question: Question, rivals: Rivals) -> Pair:
    """The predictions of both with the rows' other columns, and head's truth on both sides."""
    around = context.loc[sides.head.ids].reset_index(drop=True)
    base = replace(sides.base, truth=sides.head.truth)
    return Pair(sides.rows, base, sides.head, around, around[question.block], rivals)


def select_shared(both: Candidates) -> Sides | None:
    """Both versions' own predictions of the test rows that both have, in head's order; None without such rows."""
    ids = both.new.ids[both.shared]
    if both.old is None or not len(ids):
        return None
    rows = f"the same {len(ids):,} test rows" if both.same_rows else f"the {len(ids):,} test rows that both share"
    sides = Sides(rows, both.old.select(ids), both.new.select(ids))
    check_labels(sides, both)
    return sides


def check_labels(sides: Sides, both: Candidates) -> None:
    """Add a gap where the same rows have other labels in base than in head."""
    if both.question.problem.task == "clustering":
        return
    differing = int((sides.base.truth != sides.head.truth).sum())
    if differing:
        both.gaps.add(
            f"base: {differing:,} of {len(sides.base.ids):,} shared test rows have another label there; "
            "head's are used",
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
