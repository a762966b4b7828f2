"""Predictions kept per row, for comparing versions later."""

import numpy as np
import pandas as pd

from lifecycle.appraisal.case import Case


def as_table(case: Case, key: str) -> pd.DataFrame:
    """One row per row of the case: its id and what was so and said.

    For two classes `label`, `chance` and whether it is flagged, `flag`; for several the class's name,
    `label`, and `chance_<class>` for each; for numbers `actual`, `predicted` and, where there is an
    interval, `low` and `high`; for clusters `cluster`.
    """
    return pd.DataFrame({key: case.context[key].to_numpy()} | COLUMNS[case.task](case))


def binary(case: Case) -> dict[str, np.ndarray]:
    """Label, chance and flag."""
    return {"label": case.truth, "chance": case.scores, "flag": case.scores >= case.cut}


def multiclass(case: Case) -> dict[str, np.ndarray]:
    """The class that was, and the chance of each."""
    named = np.array(case.classes, dtype=object)[case.truth]
    return {"label": named} | {f"chance_{name}": case.scores[:, code] for code, name in enumerate(case.classes)}


def regression(case: Case) -> dict[str, np.ndarray]:
    """The number that was and the one predicted, with its interval's ends."""
    ends = {"low": case.scores[:, 0], "high": case.scores[:, 2]} if case.scores.ndim == 2 else {}
    return {"actual": case.truth, "predicted": case.number} | ends


def clustering(case: Case) -> dict[str, np.ndarray]:
    """The cluster's number."""
    return {"cluster": case.clusters}


COLUMNS = {"binary": binary, "multiclass": multiclass, "regression": regression, "clustering": clustering}
