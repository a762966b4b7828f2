"""Drift of all columns together: whether a classifier can tell later rows from earlier ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.dataset import is_number
from lifecycle.evaluation.bootstrap import Interval, auc_width

Places = npt.NDArray[np.int64]

FOLDS = 4
Z = 1.959963984540054


def told_apart(old: pd.DataFrame, new: pd.DataFrame, blocks: tuple[pd.Series, pd.Series], seed: int) -> Interval:
    """The ROC-AUC with which rows never learned from are told apart, with its 95 % interval; 0.5 where they are alike.

    The classifier two-sample test (Lopez-Paz and Oquab, ICLR 2017), cross-validated: rows of one block are
    judged together, by a classifier that saw none of them, since rows of one day can be told from those of
    another without any drift. The interval is that of Hanley and McNeil for independent rows.
    """
    from sklearn.metrics import roc_auc_score

    rows = encoded(pd.concat([old, new], ignore_index=True))
    labels = np.repeat([0, 1], [len(old), len(new)])
    folds = np.concatenate([folded(one, seed) for one in blocks])
    scores = np.empty(len(rows))
    for fold in range(FOLDS):
        held = folds == fold
        if held.any():
            scores[held] = fitted(rows[~held], labels[~held], seed).predict_proba(rows[held])[:, 1]
    found = float(roc_auc_score(labels, scores))
    half = auc_width(len(new), len(old), max(found, 1 - found), Z) / 2
    return Interval(found, max(found - half, 0.0), min(found + half, 1.0))


def folded(blocks: pd.Series, seed: int) -> Places:
    """A fold for each row, that of its block: about equally many blocks in each, by chance.

    Fewer blocks than folds cannot be dealt to them: then each row is its own, since a fold that held a whole side
    would leave nothing to learn that side from.
    """
    own = blocks.nunique() < FOLDS
    codes, names = pd.factorize(np.arange(len(blocks)) if own else blocks, sort=True)
    order = np.random.default_rng(seed).permutation(len(names))
    return np.asarray(order[codes] % FOLDS, dtype=np.int64)


def encoded(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns as numbers: numbers as they are, text by its place among the sorted values; gaps stay."""
    columns = {}
    for place, name in enumerate(rows.columns):
        values = rows[name]
        codes = pd.factorize(values, sort=True)[0].astype(np.float64) if not is_number(values) else None
        columns[f"x{place}"] = values.astype("float64") if codes is None else np.where(codes < 0, np.nan, codes)
    return pd.DataFrame(columns)


def fitted(rows: pd.DataFrame, labels: Places, seed: int) -> Any:
    """A small ensemble of trees that tells the labels."""
    from lightgbm import LGBMClassifier

    made = LGBMClassifier(
        n_estimators=40,
        num_leaves=15,
        min_child_samples=20,
        deterministic=True,
        force_row_wise=True,
        n_jobs=1,
        random_state=seed,
        verbose=-1,
    )
    return made.fit(rows, labels)
