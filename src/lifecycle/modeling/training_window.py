"""Which of the labelled rows to learn from, by their age: all, the newest, or ever fewer of the older ones."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from lifecycle.errors import WrongValue

Places = npt.NDArray[np.int64]
DAY = pd.Timedelta(days=1)


def select_by_age(times: pd.Series, days: int | None, half_life: int | None, seed: int) -> Places:
    """The positions of the rows to learn from, in their order.

    `days` keeps the rows of so many days before the newest; `half_life` keeps a row that is so many days old
    with a probability of one half, twice as old one quarter, which weights by age whatever the estimator. Raises
    WrongValue for a number below 1.
    """
    for name, value in (("days", days), ("half_life", half_life)):
        if value is not None and value < 1:
            raise WrongValue(f"{name} is {value}", where=f"conf/training/, key {name}", todo="use 1 or more, or null")
    age = ((times.max() - times) / DAY).to_numpy(dtype=np.float64)
    chosen = np.ones(len(age), dtype=bool) if days is None else age < days
    if half_life is not None:
        chosen &= np.random.default_rng(seed).random(len(age)) < 0.5 ** (age / half_life)
    return np.flatnonzero(chosen)
