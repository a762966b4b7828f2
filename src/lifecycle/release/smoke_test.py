"""Predictions of a few rows with the model in the workspace, run as a program of its own.

A rollback gives this file's text to a new Python, since the code that goes with the restored model may be another
than the code that restored it.
"""

import sys
from pathlib import Path
from typing import Any

ROWS = 3


def main() -> int:
    """Print the predictions, with the model's name; raises whatever the model raises."""
    print("; ".join(predict_with_release() if Path("models/release").is_dir() else predict_with_model()))
    return 0


def read_rows() -> Any:
    """The features of a few rows."""
    from lifecycle.data.dataset import conform_features
    from lifecycle.io.tables import read_table

    return conform_features(read_table(Path("data/features.parquet")).head(ROWS))


def predict_with_release() -> list[str]:
    """The predictions of the release, one text per row; raises ValueError when a row has no prediction."""
    from importlib import import_module

    release = import_module("lifecycle.release.release").load_release(Path("models/release"))
    predictions = release.predict(read_rows())
    return [
        "release " + release.version,
        *(format_prediction(prediction) for prediction in predictions.to_dict("records")),
    ]


def format_prediction(prediction: dict[str, Any]) -> str:
    """A prediction in one line; raises ValueError when it is empty."""
    import pandas as pd

    if not prediction or pd.isna(list(prediction.values())).any():
        raise ValueError(f"a row has no prediction: {prediction}")
    return " ".join(f"{name} {value!r}" for name, value in prediction.items())


def predict_with_model() -> list[str]:
    """The predictions of the fitted pipeline, one text per row: a number, or the probability of each class.

    Raises ValueError when an prediction is no finite number.
    """
    import numpy as np

    from lifecycle.modeling.persistence import read_model

    model = read_model(Path("models/model.skops"))
    found = read_rows()[model["contract"]["features"]]
    pipeline = model["pipeline"]
    predictions = pipeline.predict_proba(found) if hasattr(pipeline, "predict_proba") else pipeline.predict(found)
    if len(predictions) != len(found) or not np.isfinite(np.asarray(predictions, dtype=float)).all():
        raise ValueError(f"{len(found)} rows were predicted as {predictions}")
    return [", ".join(repr(float(number)) for number in np.atleast_1d(prediction)) for prediction in predictions]


if __name__ == "__main__":
    sys.exit(main())
