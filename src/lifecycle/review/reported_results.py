"""Whether reports/test.json and the test predictions are what rows, model and conf/ give: computed anew, and compared.

The predictions are checked on a sample, which is drawn by the hash of their own file: whoever changes one draws
another sample, so that nobody can know which rows will not be looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle import paths
from lifecycle.arrays import Floats
from lifecycle.data.columns import name_id_column
from lifecycle.data.dataset import Dataset
from lifecycle.data.dataset_files import read_sealed
from lifecycle.errors import LifecycleError, UnfitTable
from lifecycle.evaluation.case import Case
from lifecycle.evaluation.predictions import (
    TRUTH,
    encode_truth,
    list_output_columns,
    parse_scores,
    tabulate_scores,
)
from lifecycle.evaluation.results import Rules, compute_results
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.records import read_json
from lifecycle.io.tables import read_table
from lifecycle.modeling.pipeline import Labels, Scores
from lifecycle.modeling.sealed import build_case, score_rows
from lifecycle.review.result_differences import describe_differences, find_values_outside

SAMPLE = 2_000  # rows: it has one of the false ones in 86 % of cases where one in a thousand is false
# As a share of the largest score: as many digits as reports have, far above those that another processor changes.
CLOSE = 1e-6
STORED = paths.TEST_PREDICTIONS


@dataclass(frozen=True)
class StoredPredictions:
    """The table of predictions, and the seed of the sample, which follows from its bytes."""

    table: pd.DataFrame
    seed: int


def find_false_results(rules: Rules) -> list[str]:
    """A sentence for each thing that predictions and report say and rows, model and conf/ do not.

    What keeps them from being computed is one of them.
    """
    try:
        return list(check_results(read_stored(), read_sealed(rules.schema), rules))
    except LifecycleError as error:
        return [*describe_outside(), f"the results cannot be recomputed: {error.what}"]


def describe_outside() -> list[str]:
    """The KPIs whose reported value contradicts its own interval, as far as there is a report."""
    try:
        return [f"KPI {name}: {words}" for name, words in sorted(find_values_outside(read_json(paths.TEST)).items())]
    except LifecycleError:
        return []  # the report itself is what cannot be read, and that is said


def read_stored() -> StoredPredictions:
    """The predictions that the test stage wrote; raises MissingFile or CorruptFile."""
    table = read_table(STORED)
    return StoredPredictions(table, int(hash_sha256(STORED)[:16], 16))


def check_results(stored: StoredPredictions, examples: Dataset, rules: Rules) -> Iterator[str]:
    """What is wrong with predictions and report of the sealed rows."""
    unfit = find_unfit(stored.table, examples, rules)
    if unfit:
        yield f"{STORED}: {unfit}"
        return
    scores = read_scores(stored.table, rules)
    truth = examples.labels
    if rules.problem.task == "clustering":  # whose truth is what the model makes of the inputs
        _, truth = score(rules, examples)
    case = build_case(rules, examples, scores, truth)
    yield from find_false_labels(stored.table, case)
    yield from find_false_outputs(stored.table, case)
    yield from find_false_scores(stored.seed, examples, case, rules)
    yield from describe_differences(read_json(paths.TEST), compute_results(case, rules).to_record())


def find_unfit(stored: pd.DataFrame, examples: Dataset, rules: Rules) -> str:
    """Why the table cannot be the predictions of the sealed rows; empty where it can."""
    task, key = rules.problem.task, rules.schema.id
    column = name_id_column(key)
    wanted = [column, *filter(None, [TRUTH[task]]), *list_output_columns(task, rules.schema.classes)]
    lacking = [name for name in wanted if name not in stored]
    if lacking:
        return f"it has no column {', '.join(lacking)}"
    ids, sealed = pd.Index(stored[column]), pd.Index(examples.context[key])
    more, fewer = int((~ids.isin(sealed)).sum()), int((~sealed.isin(ids)).sum())
    if more or fewer or len(ids) != len(sealed):
        return f"it has {len(ids):,} rows, the sealed part {len(sealed):,}; {more:,} are not sealed, {fewer:,} lack"
    return "" if ids.equals(sealed) else "its rows are in another order than the table's"


def read_scores(stored: pd.DataFrame, rules: Rules) -> Scores:
    """The stored scores; raises UnfitTable where one is no finite number."""
    try:
        scores = parse_scores(stored, rules.problem.task, rules.schema.classes)
    except (ValueError, TypeError, KeyError) as cause:
        raise make_unfit(f"{STORED} holds no scores ({' '.join(str(cause).split())[:200]})") from cause
    if not np.isfinite(scores).all():
        raise make_unfit(f"{STORED} has rows without a finite score")
    return scores


def make_unfit(what: str) -> UnfitTable:
    """The error for predictions that cannot be judged."""
    return UnfitTable(what, where=str(STORED), todo="dvc repro --force test")


def find_false_labels(stored: pd.DataFrame, case: Case) -> Iterator[str]:
    """Rows whose stored truth is not that of the table."""
    name = TRUTH[case.task]
    if name is not None:
        kept = encode_truth(stored[name], case.task, case.classes)
        count = int((~np.isclose(kept, case.truth, rtol=0, atol=0, equal_nan=True)).sum())
        if count:
            yield f"{STORED}: {count:,} of {len(kept):,} rows have another {name} than {paths.TABLE}"


def find_false_outputs(stored: pd.DataFrame, case: Case) -> Iterator[str]:
    """Columns that do not follow from the stored scores and the threshold."""
    for name, column in tabulate_scores(case.task, case.classes, case.threshold, case.scores).items():
        count = int((stored[name].to_numpy() != column).sum()) if name in stored else len(stored)
        if count:
            yield f"{STORED}: {name} of {count:,} of {len(stored):,} rows does not follow from score and threshold"


def find_false_scores(seed: int, examples: Dataset, case: Case, rules: Rules) -> Iterator[str]:
    """Rows to which the model gives another score.

    Where a sample has one, all rows are scored as the test stage did it, in one go: a few estimators round a row
    otherwise beside other rows.
    """
    sampled = examples.sample(SAMPLE, seed)
    places = pd.Index(examples.context[rules.schema.id]).get_indexer(pd.Index(sampled.context[rules.schema.id]))
    if not count_other(case.scores[places], score(rules, sampled)[0]):
        return
    count = count_other(case.scores, score(rules, examples)[0])
    if count:
        yield f"{STORED}: {paths.MODEL} gives {count:,} of {len(case.scores):,} rows another score"


def count_other(stored: Floats, scored: Floats) -> int:
    """How many rows have another score, all of them where the scores are of another kind."""
    if stored.shape != scored.shape:
        return len(scored)
    same = np.isclose(stored, scored, rtol=0, atol=CLOSE * float(np.abs(scored).max(initial=0.0)))
    return int((~all_in_row(same)).sum())


def all_in_row(same: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Whether all of each row is true."""
    return same if same.ndim == 1 else np.asarray(same.all(axis=1))


def score(rules: Rules, examples: Dataset) -> tuple[Scores, Labels]:
    """The model's scores and truth; raises UnfitTable where it takes the rows' features for others than its own."""
    try:
        return score_rows(rules, examples)
    except (ValueError, TypeError, KeyError) as cause:
        raise UnfitTable(
            f"{paths.MODEL} rejects the features of the sealed rows: {' '.join(str(cause).split())[:200]}",
            where=f"{paths.MODEL}, {paths.FEATURES}",
            todo="dvc repro --force train",
        ) from cause
