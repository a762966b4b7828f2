"""What was found while an entry was read, in words."""

import pandas as pd

from lifecycle.sources.formats.entry import ReadResult
from lifecycle.sources.reading_notes import describe_reading


def test_each_finding_says_where_it_is() -> None:
    result = ReadResult(
        pd.DataFrame(),
        left_out={"equal to the header": (3, 5, 7, 9, 11, 1300)},
        infinite={"a": 1, "b": 19},
        unsaved={"net": ("D4", "D5")},
    )
    assert describe_reading(result) == [
        ("6 rows equal to the header left out", "lines 3, 5, 7, 9, 11 and 1 more"),
        ("20 infinite values are missing", "in a, b"),
        (
            "2 cells of 'net' with a formula and no saved value, so missing",
            "the first is D4; open the workbook in Excel or LibreOffice and save it, or export CSV",
        ),
    ]
    assert describe_reading(ReadResult(pd.DataFrame(), infinite={"a": 1})) == [("1 infinite value is missing", "in a")]
    assert describe_reading(ReadResult(pd.DataFrame())) == []
