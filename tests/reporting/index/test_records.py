"""A report may hold more than the page shows; what the page shows must have its type."""

import pytest

from lifecycle.config import from_record
from lifecycle.errors import CorruptFile
from lifecycle.reporting.index.records import PartView, ProvenanceView


def test_other_keys_are_passed_over():
    assert from_record(PartView, {"rows": 3, "label_rate": 0.5}) == PartView(rows=3)


@pytest.mark.parametrize("record", [{}, {"rows": "3"}, {"rows": 3.5}, {"rows": 3, "first": 2013}])
def test_a_missing_key_or_another_type_is_an_error(record):
    with pytest.raises(CorruptFile):
        from_record(PartView, record)


def test_the_error_names_the_place_in_the_record():
    batch = {"batch": "flights/a.parquet", "rows": None, "source": "s", "licence": "l", "publisher": "p"}
    with pytest.raises(CorruptFile, match=r"batches\.0\.rows"):
        from_record(ProvenanceView, {"batches": [batch]})
