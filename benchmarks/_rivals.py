"""Other programs on the rows of a table: `python _rivals.py NAME TASK CLASSES SECONDS FOLDER`.

Reads train.csv and test.csv of the folder, whose column `target` holds a number, 0 or 1, or the code of a class, and
writes scores.txt: a line for each test row, with its number, its probability of 1, or that of each class. Runs in any
environment that has pandas and the program, without this repository's code.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

TARGET = "target"
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """The rows to learn from and those to predict, what is asked of them, and the seconds to take where one can say."""

    train: pd.DataFrame
    test: pd.DataFrame
    labels: pd.Series
    task: str
    classes: int
    seconds: float


def fit_lightgbm(rows: Rows) -> Floats:
    """LightGBM's own defaults, with texts as categories."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    train, test = (number_columns(part) for part in make_categories(rows.train, rows.test))
    if rows.task == "regression":
        return np.asarray(LGBMRegressor(verbosity=-1).fit(train, rows.labels).predict(test), dtype=np.float64)
    fitted = LGBMClassifier(verbosity=-1).fit(train, rows.labels)
    return place_classes(fitted.predict_proba(test), list(fitted.classes_), rows)


def fit_skrub(rows: Rows) -> Floats:
    """skrub's tabular_pipeline: its encoders of texts, dates and categories, and scikit-learn's boosted trees."""
    from skrub import tabular_pipeline

    if rows.task == "regression":
        fitted = tabular_pipeline("regressor").fit(rows.train, rows.labels)
        return np.asarray(fitted.predict(rows.test), dtype=np.float64)
    fitted = tabular_pipeline("classifier").fit(rows.train, rows.labels)
    return place_classes(fitted.predict_proba(rows.test), list(fitted.classes_), rows)


def fit_flaml(rows: Rows) -> Floats:
    """FLAML within its budget of seconds."""
    fitted = import_module("flaml").AutoML()
    train, test = make_categories(rows.train, rows.test)
    metric = {"regression": "rmse", "binary": "roc_auc", "multiclass": "log_loss"}[rows.task]
    task = "regression" if rows.task == "regression" else "classification"
    fitted.fit(train, rows.labels, task=task, metric=metric, time_budget=rows.seconds, seed=1, verbose=0)
    if rows.task == "regression":
        return np.asarray(fitted.predict(test), dtype=np.float64)
    return place_classes(fitted.predict_proba(test), list(fitted.classes_), rows)


def fit_autogluon(rows: Rows) -> Floats:
    """AutoGluon's preset medium_quality within its limit of seconds."""
    metric = {"regression": "root_mean_squared_error", "binary": "roc_auc", "multiclass": "log_loss"}[rows.task]
    predictor = import_module("autogluon.tabular").TabularPredictor
    fitted = predictor(label=TARGET, problem_type=rows.task, eval_metric=metric, verbosity=1)
    fitted.fit(rows.train.assign(**{TARGET: rows.labels}), presets="medium_quality", time_limit=rows.seconds)
    if rows.task == "regression":
        return np.asarray(fitted.predict(rows.test), dtype=np.float64)
    found = fitted.predict_proba(rows.test)
    return place_classes(found.to_numpy(), list(found.columns), rows)


FITS: dict[str, Callable[[Rows], Floats]] = {
    "lightgbm": fit_lightgbm,
    "skrub": fit_skrub,
    "flaml": fit_flaml,
    "autogluon": fit_autogluon,
}


def make_categories(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both parts, with a column that is text in one of them as categories: those of train."""
    texts = [name for name in train if not all(pd.api.types.is_numeric_dtype(part[name]) for part in (train, test))]
    known = {name: list(train[name].dropna().astype("str").unique()) for name in texts}
    return cast_columns(train, known), cast_columns(test, known)


def cast_columns(part: pd.DataFrame, known: dict[Any, list[str]]) -> pd.DataFrame:
    """The rows, with these columns as categories; what is missing or none of them is missing."""
    return pd.DataFrame({name: cast_texts(part[name], known[name]) if name in known else part[name] for name in part})


def cast_texts(values: pd.Series, known: list[str]) -> pd.Series:
    """A column as categories."""
    texts = values.astype("str")
    return texts.where(texts.isin(known)).astype(pd.CategoricalDtype(known))


def number_columns(part: pd.DataFrame) -> pd.DataFrame:
    """The rows under names that LightGBM takes, which are not all."""
    return part.set_axis([f"column_{place}" for place in range(part.shape[1])], axis=1)


def place_classes(probabilities: Any, known: list[Any], rows: Rows) -> Floats:
    """The probability of 1, or a column for each class; 0 for one that the program did not see."""
    placed = np.zeros((len(rows.test), rows.classes))
    placed[:, [int(code) for code in known]] = np.asarray(probabilities, dtype=np.float64)
    return placed[:, 1] if rows.task == "binary" else placed


def main(arguments: list[str]) -> int:
    """Fit the program that is named on train.csv and write its scores of test.csv."""
    name, task, classes, seconds, folder = arguments
    train, test = (pd.read_csv(Path(folder, f"{part}.csv")) for part in ("train", "test"))
    rows = Rows(train.drop(columns=TARGET), test, train[TARGET], task, int(classes), float(seconds))
    np.savetxt(Path(folder, "scores.txt"), FITS[name](rows), fmt="%.17g")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
