"""The report of results typed by hand, and its page in headless Chromium."""

from pathlib import Path

import pandas as pd
import pytest

from lifecycle.monitoring.monitor import MonitoringResult, rank_causes
from lifecycle.monitoring.observations import RELEASED, VALIDATION, Basis
from lifecycle.monitoring.performance_checks import RESULTS
from lifecycle.monitoring.report import describe_estimates, describe_models, list_features, list_kpis
from lifecycle.monitoring.signals import COLUMNS

CHROMIUM = Path("/usr/bin/chromium")
DRAWN = "() => [...document.images].map(one => one.naturalWidth * one.naturalHeight)"
WIDE = "() => document.documentElement.scrollWidth - window.innerWidth"
CELLS = "() => [...document.querySelectorAll('table')].map(one => one.rows.length)"


@pytest.fixture(scope="module")
def browser():
    sync = pytest.importorskip("playwright.sync_api", reason="the page is not looked at: uv pip install playwright")
    if not CHROMIUM.exists():
        pytest.skip(f"the page is not looked at: {CHROMIUM} does not exist (apt-get install chromium)")
    with sync.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM))
        yield started
        started.close()


@pytest.fixture(params=[390, 1280])
def seen(request, browser, small):
    page = browser.new_page(viewport={"width": request.param, "height": 800})
    page.messages, page.requested = [], []
    page.on("console", lambda message: page.messages.append(message.text))
    page.on("pageerror", lambda error: page.messages.append(str(error)))
    page.on("request", lambda request: page.requested.append(request.url))
    page.goto((small.folder / "reports/monitor/page.html").as_uri())
    yield page
    page.close()


def test_the_page_is_complete_and_loads_nothing(seen):
    assert seen.messages == []
    assert [url for url in seen.requested if not url.startswith("data:")] == [seen.url]
    assert seen.locator("h1").inner_text() == "Drift and performance on the latest data"
    assert {"Drift by feature", "KPIs"} <= set(seen.locator("h2").all_inner_texts())


def test_every_figure_is_drawn_and_every_table_has_rows(seen):
    assert len(seen.evaluate(DRAWN)) >= 2
    assert min(seen.evaluate(DRAWN)) > 10_000
    assert min(seen.evaluate(CELLS)) >= 2


def test_the_page_is_no_wider_than_its_window(seen):
    assert seen.evaluate(WIDE) <= 0


def result(usual):
    """The result of one period in which the price drifted."""
    signal = dict.fromkeys(COLUMNS, 0.01) | {"period": "2013-09", "kind": "drift", "subject": "price", "size": 0.4}
    return MonitoringResult(
        columns=pd.DataFrame(),
        results=pd.DataFrame(columns=RESULTS),
        slices=pd.DataFrame(),
        signals=pd.DataFrame([signal | {"usual": usual, "raised": True, "message": "price"}]),
        alerts=[],
        seasonal=[],
        rows={"2013-09": 100},
        few=[],
        basis=Basis(VALIDATION, "valid part"),
    )


@pytest.mark.parametrize(("usual", "cell"), [(0.25, "0.25"), (0.0, "0"), (float("nan"), "no history yet")])
def test_what_is_usual_is_a_size_or_not_known(usual, cell):
    found = result(usual)
    cells = list_features(found, rank_causes(found, {"price": 0.5}))
    assert cells.columns == ["feature", "kind", "size", "usual", "importance"]
    assert cells.rows == [["price", "drift", "0.4", cell, "0.5"]]


def test_numbers_of_one_model_and_of_two_are_told_apart():
    assert describe_models(Basis(RELEASED, "test part")).startswith("All numbers are of the released model.")
    two = describe_models(Basis(VALIDATION, "valid part"))
    assert two.startswith("Value, low, high, floor and calibration are of the released model. All else is of the")
    assert "of the validation model on both sides: reference (valid part), estimate, compared" in two


def test_a_value_that_is_the_measured_one_is_shown_once():
    row = dict.fromkeys(RESULTS, 0.5) | {"period": "2013-09", "metric": "roc_auc", "inside": 0.0}
    table = pd.DataFrame([row])
    one, two = Basis(RELEASED, "test part"), Basis(VALIDATION, "valid part")
    assert ["compared" in list_kpis(table, basis).columns for basis in (one, two)] == [False, True]
    assert [describe_estimates(table, basis).split(" lies ")[0] for basis in (one, two)] == [
        "The measured value",
        "The compared value",
    ]
    assert describe_estimates(table, two).endswith("in 0 of 1 cases; outside for roc\\_auc in 2013-09.")
