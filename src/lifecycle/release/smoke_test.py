"""A prediction of a few rows with the model that stands in the workspace, run as a program of its own.

A rollback gives this file's text to a new Python, since the code that goes with the restored model may be another
than the code that restored it.
"""

import sys
from pathlib import Path
from typing import Any

ROWS = 3


def main() -> int:
    """Print the answers, with the model's name; raises whatever the model raises."""
    print("; ".join(released() if Path("models/release").is_dir() else fitted()))
    return 0


def rows() -> Any:
    """The features of a few rows."""
    from lifecycle.data.dataset import conform_features
    from lifecycle.io.tables import read_table

    return conform_features(read_table(Path("data/features.parquet")).head(ROWS))


def released() -> list[str]:
    """What the release answers, one text per row; raises ValueError when a row has no answer."""
    from importlib import import_module

    release = import_module("lifecycle.release.release").load_release(Path("models/release"))
    answers = release.predict(rows())
    return ["release " + release.version, *(told(answer) for answer in answers.to_dict("records"))]


def told(answer: dict[str, Any]) -> str:
    """An answer in one line; raises ValueError when it is empty."""
    import pandas as pd

    if not answer or pd.isna(list(answer.values())).any():
        raise ValueError(f"a row has no answer: {answer}")
    return " ".join(f"{name} {value!r}" for name, value in answer.items())


def fitted() -> list[str]:
    """What the fitted pipeline answers, one text per row: a number, or the probability of each class.

    Raises ValueError when an answer is no finite number.
    """
    import numpy as np

    from lifecycle.modeling.persistence import read_model

    model = read_model(Path("models/model.skops"))
    found = rows()[model["contract"]["features"]]
    pipeline = model["pipeline"]
    answers = pipeline.predict_proba(found) if hasattr(pipeline, "predict_proba") else pipeline.predict(found)
    if len(answers) != len(found) or not np.isfinite(np.asarray(answers, dtype=float)).all():
        raise ValueError(f"{len(found)} rows were answered with {answers}")
    return [", ".join(repr(float(number)) for number in np.atleast_1d(answer)) for answer in answers]


if __name__ == "__main__":
    sys.exit(main())
