"""Cells that hold signs of Markdown."""

import numpy as np
import pandas as pd

from lifecycle.reporting.markdown import picture, plain, table


def test_a_table():
    rows = pd.DataFrame({"name": ["a|b", "c\nd"], "count": [1200, 3], "share": [0.5, np.nan], "left out": [1, 2]})
    assert table(rows, {"name": "", "count": ",d", "share": ".1%"}).splitlines() == [
        "| name | count | share |",
        "|---|---:|---:|",
        "| a\\|b | 1,200 | 50.0% |",
        "| c d | 3 |  |",
    ]


def test_words_stay_words():
    assert plain("a_b *c* <d> [e] `f` \\ g") == r"a\_b \*c\* \<d\> \[e\] \`f\` \\ g"


def test_a_picture():
    assert picture("ROC curve", "roc") == "![ROC curve](roc.png)"
