"""The plots of the monitoring report: what they name, and figures of nothing."""

import pandas as pd
from builders.figures import read_words

from lifecycle.monitoring.observations import RELEASED, VALIDATION, Basis
from lifecycle.monitoring.performance_checks import RESULTS
from lifecycle.monitoring.plots import plot_drift, plot_kpis

ROW = dict.fromkeys(RESULTS, 0.7) | {"period": "2013-09", "metric": "roc_auc"}
SIGNAL = {"subject": "price", "size": 0.4, "limit": 0.1, "usual": float("nan"), "raised": True}


def test_kpis_name_the_models_and_the_reference() -> None:
    words = read_words(plot_kpis(pd.DataFrame([ROW]), "KPIs", Basis(VALIDATION, "valid part")))
    assert {"valid part", "validation model, measured", "released model, measured", "roc_auc"} <= set(words)


def test_where_one_model_has_all_numbers_it_is_drawn_once() -> None:
    words = read_words(plot_kpis(pd.DataFrame([ROW]), "KPIs", Basis(RELEASED, "test part")))
    assert "test part" in words
    assert [word for word in words if word.endswith("measured")] == ["released model, measured"]


def test_without_predictions_the_figure_says_so() -> None:
    words = read_words(plot_kpis(pd.DataFrame(columns=RESULTS), "KPIs", Basis(RELEASED, "test part")))
    assert "no period has predictions" in words


def test_a_drift_without_history_is_drawn_beside_its_limit() -> None:
    assert "price" in read_words(plot_drift(pd.DataFrame([SIGNAL]), "Drift"))
