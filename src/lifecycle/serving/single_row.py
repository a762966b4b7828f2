"""One row scored without a table: the fitted pipeline as plain functions of the row's values.

Only for transformers and estimators that are known to treat each column by itself, and only where it gives
the pipeline's own scores on rows made for the purpose; otherwise there is no such way, and a table is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.data.columns import with_columns
from lifecycle.modeling.pipeline import predict_scores
from lifecycle.release import outputs
from lifecycle.release.fields import Value, get_dtype
from lifecycle.release.release import Release
from lifecycle.serving.row_estimators import compile_estimator
from lifecycle.serving.row_inputs import UNKNOWN, Unsupported, compile_inputs, list_levels

Scores = npt.NDArray[np.float64]
Row = Callable[[Sequence[Value]], Scores]
Floats = npt.NDArray[np.float64]

KINKS = (0.0, -1.0, 1e9, 0.3333333)


def compile_release(release: Release) -> Row | None:
    """The scores of one row, shaped as `modeling.pipeline.predict` gives them; None where there is no such way."""
    try:
        found = compile_pipeline(release)
        return found if is_proven(release, found) else None
    except (Unsupported, AttributeError, KeyError, IndexError, TypeError, ValueError):
        return None  # whatever a library keeps elsewhere in another version: the table is always right


def compile_pipeline(release: Release) -> Row:
    """The pipeline as one function; raises Unsupported."""
    fields = release.contract.fields
    prepare = compile_inputs(release.pipeline["inputs"], fields, release.typical)
    score = compile_estimator(release.pipeline["estimator"], release.plan.task)
    return lambda row: score(prepare(row))


def is_proven(release: Release, found: Row) -> bool:
    """Whether the function scores made-up rows exactly as the pipeline does."""
    rows = pd.concat(list(generate_trials(release)), ignore_index=True)
    scores = predict_scores(release.plan, release.pipeline["estimator"], release.pipeline["inputs"].transform(rows))
    expected = outputs.round_significant(scores)
    values = [list(row) for row in rows.itertuples(index=False, name=None)]
    return all(
        np.array_equal(outputs.round_significant(found(row)), expected[[place]]) for place, row in enumerate(values)
    )


def generate_trials(release: Release) -> Iterator[pd.DataFrame]:
    """The example, the typical row, and the typical row with each feature missing, unknown, known and far off."""
    fields, typical = release.contract.fields, release.typical
    yield release.contract.check(pd.DataFrame([release.example["request"]])).features
    yield typical
    known = list_levels(release.pipeline["inputs"])
    for one in fields:
        values = [None, UNKNOWN, *known.get(one.name, [])[:20]] if one.kind == "text" else [np.nan, *KINKS]
        changed = pd.concat([typical] * len(values), ignore_index=True)
        yield with_columns(changed, {one.name: pd.Series(values, dtype=get_dtype(one.kind))})
