"""Where the largest errors sit: the rows that surprised most, and the features that the model leans on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.examples import Examples

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def surprise(labels: Labels, chance: Floats) -> Floats:
    """The log loss of each row in nats, with chances kept within 1e-9 of 0 and 1."""
    sure = np.clip(np.where(labels == 1, chance, 1 - chance), 1e-9, 1.0)
    return np.asarray(-np.log(sure), dtype=np.float64)


def largest(context: pd.DataFrame, labels: Labels, chance: Floats, count: int = 20) -> pd.DataFrame:
    """The rows with the largest surprise, the largest first, with what is known of them."""
    loss = surprise(labels, chance)
    places = np.argsort(-loss, kind="stable")[:count]
    told = pd.DataFrame({"label": labels[places], "chance": chance[places], "surprise": loss[places]})
    return pd.concat([told, context.iloc[places].reset_index(drop=True)], axis=1)


def concentration(context: pd.DataFrame, columns: list[str], labels: Labels, chance: Floats) -> pd.DataFrame:
    """Which values hold more than their share of all surprise: `share_of_rows`, `share_of_loss`, `ratio`.

    The highest ratio first; values with fewer than 1 in 200 rows are left out.
    """
    loss = pd.Series(surprise(labels, chance))
    rows = []
    for column in columns:
        groups = loss.groupby(context[column].astype("str").fillna("(missing)").to_numpy())
        share = groups.size() / len(loss)
        held = groups.sum() / loss.sum()
        rows += [
            {"column": column, "value": str(key), "share_of_rows": share[key], "share_of_loss": held[key]}
            for key in share.index[share >= 0.005]
        ]
    found = pd.DataFrame(rows, columns=["column", "value", "share_of_rows", "share_of_loss"])
    found = found.assign(ratio=found["share_of_loss"] / found["share_of_rows"])
    return found.sort_values(["ratio", "column", "value"], ascending=[False, True, True], ignore_index=True)


def permutation_importance(
    predict: Callable[[pd.DataFrame], Floats],
    score: Callable[[Labels, Floats], float],
    examples: Examples,
    seed: int,
    repeats: int = 2,
) -> pd.DataFrame:
    """How much the score falls when one feature's values are shuffled among the rows, the largest fall first.

    Breiman, Machine Learning 45 (2001), with the mean over the repeats. A feature whose news another one
    carries too falls little.
    """
    generator = np.random.default_rng(seed)
    whole = score(examples.labels, predict(examples.features))
    rows = []
    for name in examples.features.columns:
        falls = []
        for _ in range(repeats):
            order = generator.permutation(len(examples.labels))
            shuffled = examples.features.assign(**{name: examples.features[name].to_numpy()[order]})
            falls.append(whole - score(examples.labels, predict(shuffled)))
        rows.append({"feature": name, "fall": float(np.mean(falls))})
    found = pd.DataFrame(rows)
    return found.sort_values(["fall", "feature"], ascending=[False, True], ignore_index=True)
