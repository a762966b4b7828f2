"""Small data sets that come with scikit-learn; no download."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, Literal

import pandas as pd

from lifecycle.sources.batches import Batch, Origin

Name = Literal["wine", "digits", "iris", "diabetes", "breast_cancer", "linnerud"]

PUBLISHERS: dict[Name, str] = {
    "wine": "UCI Machine Learning Repository, Forina et al.",
    "digits": "UCI Machine Learning Repository, Alpaydin and Kaynak",
    "iris": "UCI Machine Learning Repository, Fisher",
    "diabetes": "Efron, Hastie, Johnstone and Tibshirani, Annals of Statistics 32 (2004)",
    "breast_cancer": "UCI Machine Learning Repository, Wolberg, Street and Mangasarian",
    "linnerud": "Tenenhaus, La régression PLS (1998)",
}
UNSTATED = ("diabetes", "linnerud")


def describe_origin(*, name: Name) -> Origin:
    """The package with its version, and who published the rows."""
    licence = "not stated" if name in UNSTATED else "CC BY 4.0"
    return Origin(f"Python package scikit-learn {version('scikit-learn')}, {name}", licence, PUBLISHERS[name])


def is_bundled(*, name: Name) -> bool:
    """True: the package is part of the environment."""
    return True


def read(*, name: Name) -> Iterator[Batch]:
    """One batch of the table `name`: the features as numbers, and `target`, a class by its name or a number.

    Where there are several targets, each keeps its own name.
    """
    from sklearn import datasets

    data_set = getattr(datasets, f"load_{name}")(as_frame=True)
    yield Batch(table=name, period=None, rows=data_set.data.assign(**extract_targets(data_set)))


def extract_targets(data_set: Any) -> dict[str, pd.Series]:
    """The target columns."""
    if isinstance(data_set.target, pd.DataFrame):
        return {str(name): data_set.target[name].astype("float64") for name in data_set.target.columns}
    if "target_names" not in data_set:
        return {"target": data_set.target.astype("float64")}
    classes = [str(label) for label in data_set.target_names]
    return {"target": pd.Series([classes[code] for code in data_set.target], dtype="str")}
