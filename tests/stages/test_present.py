"""The page is looked at in a browser: nothing is asked for, everything is drawn, every link leads somewhere."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

CHROMIUM = Path("/usr/bin/chromium")
WIDTHS = (390, 1280)
TITLES = [
    "Question",
    "Data",
    "Quality",
    "Parts",
    "Exploration",
    "Candidates",
    "Evaluation",
    "Test",
    "Release",
    "Monitor",
]
UNSEEN = """() => [...document.querySelectorAll('.track, .bar')]
  .filter(one => !one.getBoundingClientRect().width || !one.getBoundingClientRect().height).length"""
SIZES = "() => [...document.images].map(one => [one.naturalWidth, one.naturalHeight])"
WIDE = "() => [document.documentElement.scrollWidth, window.innerWidth]"
LINKS = "() => [...document.querySelectorAll('a')].map(one => one.href)"
IDS = "() => [...document.querySelectorAll('[id]')].map(one => one.id)"


@pytest.fixture(scope="module")
def browser():
    sync = pytest.importorskip("playwright.sync_api", reason="the page is not looked at: uv pip install playwright")
    if not CHROMIUM.exists():
        pytest.skip(f"the page is not looked at: {CHROMIUM} does not exist (apt-get install chromium)")
    with sync.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM))
        yield started
        started.close()


@pytest.fixture(params=WIDTHS)
def seen(request, browser, small):
    page = browser.new_page(viewport={"width": request.param, "height": 800})
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto((small.folder / "reports" / "index.html").as_uri())
    yield page
    page.close()


def test_the_page_is_whole_at_any_width(seen):
    assert seen.said == []
    assert [url for url in seen.asked if not url.startswith("data:")] == [seen.url]
    assert seen.locator("h2").all_inner_texts() == [f"{place} {title}" for place, title in enumerate(TITLES, start=1)]
    assert seen.evaluate(UNSEEN) == 0
    assert seen.locator(".bar").count() > 20
    sizes = seen.evaluate(SIZES)
    assert len(sizes) > 5
    assert all(min(size) > 0 for size in sizes)
    across, window = seen.evaluate(WIDE)
    assert across <= window


def test_every_link_leads_somewhere(seen):
    ids = seen.evaluate(IDS)
    links = [urlsplit(link) for link in seen.evaluate(LINKS)]
    inside = [link for link in links if link.path == urlsplit(seen.url).path]
    files = [Path(unquote(link.path)) for link in links if link not in inside and link.scheme == "file"]
    assert [link.fragment for link in inside if link.fragment not in ids] == []
    assert len(inside) >= len(TITLES)
    assert files
    assert [file for file in files if not file.exists()] == []


def test_the_monitor_is_told_where_it_has_run(changed):
    monitor = changed.folder / "reports" / "monitor"
    monitor.mkdir(parents=True, exist_ok=True)
    (monitor / "README.md").write_text("# What has changed\n\nNothing.\n", encoding="utf-8")
    done = changed.stage("present")
    assert done.stdout.startswith("present: 10 sections in reports/index.html"), done.stderr
    assert "Nothing." in (changed.folder / "reports" / "index.html").read_text(encoding="utf-8")


def test_the_page_is_the_same_for_the_same_reports(changed):
    before = (changed.folder / "reports" / "index.html").read_bytes()
    assert changed.stage("present").returncode == 0
    assert (changed.folder / "reports" / "index.html").read_bytes() == before
    assert len(before) < 2_000_000
