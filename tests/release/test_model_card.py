"""The model card from records typed by hand."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from lifecycle.release.model_card import CardFacts, render_card

PROBLEM = SimpleNamespace(
    question="Late?",
    unit="a flight",
    decision=SimpleNamespace(who="x_y", how="call"),
    task="binary",
    target="late",
    prediction_time=None,
    score="roc_auc",
)
KPI = {"model": {"value": 0.7, "low": 0.6, "high": None}, "baseline": {"value": 0.5}, "floor": 0.8, "passed": False}


@pytest.fixture
def facts() -> CardFacts:
    return CardFacts(
        problem=PROBLEM,  # type: ignore[arg-type]
        lineage={
            "batches": {"a": "1"},
            "data": {"table": "a" * 64},
            "model": {"model": "b" * 64},
            "environment": {"lock": "c" * 64},
            "through": "2013-09-30",
        },
        quality={"kept_rows": 1000, "rejected_rows": 1},
        parts={"parts": {"train": {"rows": 5, "first": "2013-01-01T", "last": "2013-02-01T"}, "test": {"rows": 3}}},
        training={"winner": "lightgbm", "model": {"rows": 5, "parts": ["train", "valid"]}},
        threshold=0.317,
        test={"rows": 3, "kpis": {"roc_auc": KPI}},
        slices=pd.DataFrame({"column": ["c", "c"], "value": ["v|1", "few"], "rows": [200, 99], "roc_auc": [0.7, 0.1]}),
        lock="numpy==2.4.1\nother==1\n",
        fields=3,
        portable=("trees.txt",),
    )


def test_the_card_has_purpose_data_performance_and_lineage(facts: CardFacts) -> None:
    lines = render_card(facts).splitlines()
    assert [line for line in lines if line.startswith("#")] == [
        "# Late?", "## Training data", "## Performance", "## Limitations", "## Lineage",
    ]  # fmt: skip
    assert {
        "- For x\\_y: call.",
        "- Predicted positive at probability ≥ 0.317.",
        "- Data through 2013-09-30: 1 batch, 1,000 rows kept, 1 rejected.",
        "- Rows of each part: test 3; train 5 (2013-01-01 to 2013-02-01).",
        "| roc_auc | 0.7000 | 0.6000 to – | 0.5000 | 0.8 | **no** |",
        "- roc_auc is below its floor.",
        "- Environment: numpy 2.4.1.",
        f"- `table` SHA-256 `{'a' * 12}…`",
    } <= set(lines)


def test_slices_with_few_rows_are_left_out(facts: CardFacts) -> None:
    assert "| c | v\\|1 | 200 | 0.7000 |" in render_card(facts)
    assert "few" not in render_card(facts)
    assert "The slices" not in render_card(replace(facts, slices=facts.slices.iloc[:0]))
