"""The page of a report in headless Chromium."""

from pathlib import Path

import pytest

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
