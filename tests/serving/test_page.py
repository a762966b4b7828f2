"""The page as a person sees it, in headless Chromium."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from builders import releases

TOP = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"the page was not looked at: there is no {CHROMIUM}; apt-get install chromium"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    releases.write(folder / "models")
    for name in ("conf", "params.yaml"):
        (folder / name).symlink_to(TOP / name)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"PYTHONPATH": str(TOP / "src"), "LIFECYCLE_API_KEY": "secret"}
    command = [sys.executable, "-m", "lifecycle", "serve", f"serve.port={port}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        until = time.monotonic() + 120
        while time.monotonic() < until and process.poll() is None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/ready")
                break
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="module")
def page(address):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        found = browser.new_page(viewport={"width": 1200, "height": 800})
        found.requests = []
        found.on("request", lambda request: found.requests.append(request.url))
        found.refused = []
        found.on("console", lambda one: found.refused.append(one.text) if "Security Policy" in one.text else None)
        found.goto(address)
        yield found
        browser.close()


def read_headline(page):
    page.click("#predict")
    page.wait_for_selector("#prediction:not(:empty)")
    page.wait_for_load_state("networkidle")
    return page.text_content("#prediction")


def test_a_person_asks_and_sees_the_answer_with_its_reasons(page, address):
    assert page.text_content("h1") == "How late?"
    assert page.input_value("input[name=size]") == "0.5"  # the median: the service has a key, which nobody has shown
    assert read_headline(page) == "rejected"
    assert "key: wanted Authorization: Bearer KEY" in page.text_content("#detail")
    page.fill("#key", "secret")
    page.evaluate("document.getElementById('prediction').textContent = ''")
    assert read_headline(page).endswith(("%", "predicted positive"))
    assert "contribution of each feature in the trees" in page.text_content("#detail")
    assert page.locator(".effect").count() >= 3
    page.fill("input[name=hour]", "99")
    page.evaluate("document.getElementById('prediction').textContent = ''")
    assert read_headline(page) == "rejected"
    assert "hour: got 99, wanted a whole number from 0 to 23" in page.text_content("#detail")
    assert page.get_attribute("input[name=hour]", "class") == "wrong"
    assert all(one.startswith(address) for one in page.requests)
    assert page.refused == []
    assert page.evaluate("getComputedStyle(document.querySelector('main')).display") == "grid"


def test_a_script_that_got_into_the_page_does_not_run(page):
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'stolen = 1'}))")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=stolen=1>')")
    assert page.evaluate("typeof stolen") == "undefined"
    assert any("script-src" in text for text in page.refused)


def test_no_other_page_shows_it_in_a_frame(page, address):
    other = page.context.browser.new_page()
    other.set_content(f"<h1>Win a prize</h1><iframe src='{address}'></iframe>")
    other.wait_for_load_state("networkidle")
    assert [frame.locator("form").count() for frame in other.frames] == [0, 0]
    other.close()


def test_the_page_of_fields_has_its_style(page, address):
    docs = page.context.browser.new_page()
    docs.goto(f"{address}/docs")
    assert docs.evaluate("getComputedStyle(document.querySelector('table')).borderCollapse") == "collapse"
    assert docs.evaluate("getComputedStyle(document.querySelector('td')).overflowWrap") == "anywhere"
    docs.close()
