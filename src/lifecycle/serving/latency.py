"""How long the prediction of one row takes, without the way to the service and back."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from lifecycle.serving.scorer import ServedModel

REPEATS = 200


def measure_row(model: ServedModel, clock: Callable[[], float]) -> float:
    """The median of the seconds that predicting the typical row takes, by the clock."""
    row = next(model.release.typical.itertuples(index=False, name=None))
    times = []
    for _ in range(REPEATS):
        start = clock()
        model.predict([row])
        times.append(clock() - start)
    return median(times)
