"""The page of a report as a person sees it, in headless Chromium."""

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
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto((small.folder / "reports/monitor/page.html").as_uri())
    yield page
    page.close()


def test_the_page_is_whole_and_asks_nothing_of_any_other(seen):
    assert seen.said == []
    assert [url for url in seen.asked if not url.startswith("data:")] == [seen.url]
    assert seen.locator("h1").inner_text() == "What is new in the newest rows"
    assert {"Features", "KPIs"} <= set(seen.locator("h2").all_inner_texts())


def test_every_picture_is_drawn_and_every_table_has_rows(seen):
    assert len(seen.evaluate(DRAWN)) >= 2
    assert min(seen.evaluate(DRAWN)) > 10_000
    assert min(seen.evaluate(CELLS)) >= 2


def test_the_page_is_no_wider_than_its_window(seen):
    assert seen.evaluate(WIDE) <= 0
