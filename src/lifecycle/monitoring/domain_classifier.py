"""Multivariate drift: whether a domain classifier can tell later rows from earlier ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from lifecycle.arrays import Integers
from lifecycle.data.dataset import is_number
from lifecycle.evaluation.bootstrap import Interval, estimate_auc_width

FOLDS = 4
Z = 1.959963984540054


def measure_domain_auc(
    old: pd.DataFrame, new: pd.DataFrame, blocks: tuple[pd.Series, pd.Series], seed: int
) -> Interval:
    """The cross-validated ROC-AUC of a classifier of old against new rows, with its 95 % interval; 0.5 without drift.

    The classifier two-sample test (Lopez-Paz and Oquab, ICLR 2017). Rows of one block are scored by a classifier
    that saw none of them, since rows of one day differ from those of another without any drift. The interval is
    that of Hanley and McNeil for independent rows.
    """
    from sklearn.metrics import roc_auc_score

    rows = encode_columns(pd.concat([old, new], ignore_index=True))
    labels = np.repeat([0, 1], [len(old), len(new)])
    folds = np.concatenate([assign_folds(one, seed) for one in blocks])
    scores = np.empty(len(rows))
    for fold in range(FOLDS):
        held = folds == fold
        if held.any():
            scores[held] = fit_classifier(rows[~held], labels[~held], seed).predict_proba(rows[held])[:, 1]
    auc = float(roc_auc_score(labels, scores))
    half = estimate_auc_width(len(new), len(old), max(auc, 1 - auc), Z) / 2
    return Interval(auc, max(auc - half, 0.0), min(auc + half, 1.0))


def assign_folds(blocks: pd.Series, seed: int) -> Integers:
    """A fold for each row, that of its block: about equally many blocks in each, at random.

    Fewer blocks than folds cannot be dealt to them: then each row is its own, since a fold that held a whole side
    would leave nothing to learn that side from.
    """
    own = blocks.nunique() < FOLDS
    codes, names = pd.factorize(np.arange(len(blocks)) if own else blocks, sort=True)
    order = np.random.default_rng(seed).permutation(len(names))
    return np.asarray(order[codes] % FOLDS, dtype=np.int64)


def encode_columns(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns as numbers: numbers as they are, text by its place among the sorted values; missing values stay."""
    columns = {}
    for place, name in enumerate(rows.columns):
        values = rows[name]
        codes = pd.factorize(values, sort=True)[0].astype(np.float64) if not is_number(values) else None
        columns[f"x{place}"] = values.astype("float64") if codes is None else np.where(codes < 0, np.nan, codes)
    return pd.DataFrame(columns)


def fit_classifier(rows: pd.DataFrame, labels: Integers, seed: int) -> Any:
    """A small gradient-boosted ensemble, fitted."""
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
