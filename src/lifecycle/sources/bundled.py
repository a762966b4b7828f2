"""Small data sets that come with scikit-learn; no download."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Literal

import pandas as pd

from lifecycle.batches import Batch, Origin

Name = Literal["wine", "digits", "iris", "diabetes", "breast_cancer"]

PUBLISHERS: dict[Name, str] = {
    "wine": "UCI Machine Learning Repository, Forina et al.",
    "digits": "UCI Machine Learning Repository, Alpaydin and Kaynak",
    "iris": "UCI Machine Learning Repository, Fisher",
    "diabetes": "Efron, Hastie, Johnstone and Tibshirani, Annals of Statistics 32 (2004)",
    "breast_cancer": "UCI Machine Learning Repository, Wolberg, Street and Mangasarian",
}


def origin(*, name: Name) -> Origin:
    """The package with its version, and who published the rows."""
    licence = "not stated" if name == "diabetes" else "CC BY 4.0"
    return Origin(f"Python package scikit-learn {version('scikit-learn')}, {name}", licence, PUBLISHERS[name])


def read(*, name: Name) -> Iterator[Batch]:
    """One batch of the table `name`: the features as numbers, and `target`, a class by its name or a number."""
    from sklearn import datasets

    found = getattr(datasets, f"load_{name}")(as_frame=True)
    target = found.target.astype("float64")
    if "target_names" in found:
        classes = [str(label) for label in found.target_names]
        target = pd.Series([classes[code] for code in found.target], dtype="str")
    yield Batch(table=name, period=None, rows=found.data.assign(target=target))
