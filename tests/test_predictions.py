"""Predictions per row."""

import numpy as np
import pandas as pd

from lifecycle.examples import Examples
from lifecycle.predictions import as_table


def test_a_row_is_flagged_when_its_chance_reaches_the_threshold():
    context = pd.DataFrame({"id": ["a", "b", "c"]}, index=[7, 8, 9])
    examples = Examples(pd.DataFrame(index=[7, 8, 9]), np.array([1, 0, 1]), context)
    found = as_table(examples, np.array([0.4, 0.5, 0.6]), 0.5, "id")
    assert found.to_dict("list") == {
        "id": ["a", "b", "c"],
        "label": [1, 0, 1],
        "chance": [0.4, 0.5, 0.6],
        "flag": [False, True, True],
    }
