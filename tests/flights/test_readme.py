"""README shows what the flights give: its numbers are those of the reports, where these are of the same picks."""

import json
import re
from pathlib import Path

import pytest
from builders.picks import read_picks

from lifecycle.cli.summary import format_summary

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
# What params.yaml picked for the numbers in README. Whoever picks something else shows their own, or none.
PICKS = {
    "problem": "flight_delay",
    "through": "2013-09-30",
    "leaks": "default",
    "candidates": [
        *("baseline", "linear", "decision_tree", "random_forest", "svm", "mlp"),
        *("lightgbm", "lightgbm_engineered", "kmeans", "gaussian_mixture", "agglomerative"),
    ],
    "reduce": "none",
    "augment": "none",
    "search": "bayesian",
    "selection": "best",
    "ensemble": "greedy",
    "calibration": "out_of_fold",
    "training": "all_but_test",
    "gate": "floors",
    "seed": 1,
}
NEEDED = ("data/provenance.json", "reports/quality.json", "reports/select.json", "reports/test.json")


@pytest.fixture
def _built() -> None:
    """Skips the test where params.yaml picks something else, or its results are not there."""
    found = read_picks(ROOT)
    if other := sorted(name for name, pick in PICKS.items() if found.get(name) != pick):
        pytest.skip(f"README shows the flights through 2013-09-30; params.yaml has another {', '.join(other)}")
    if absent := [name for name in NEEDED if not (ROOT / name).exists()]:
        pytest.skip(f"README is held against {absent[0]}, which is not there: make repro")


@pytest.mark.usefixtures("_built")
def test_printed_summary_is_the_summary_of_the_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    block = README.split("<!-- output of make repro -->")[1].split("```")[1]
    for line in format_summary():
        assert line in block


@pytest.mark.usefixtures("_built")
def test_as_many_rows_are_scored_as_were_kept() -> None:
    quality = json.loads((ROOT / "reports/quality.json").read_text(encoding="utf-8"))
    assert f"\n{quality['kept_rows']:,} rows scored by release " in README


@pytest.mark.usefixtures("_built")
def test_reports_that_are_shown_exist() -> None:
    shown = set(re.findall(r"(?:`|\]\()(reports/[\w./]+)", README)) - {"reports/index.html"}  # kept by DVC, not Git
    assert len(shown) > 5
    assert [name for name in sorted(shown) if not (ROOT / name).exists()] == []


def test_files_of_the_flights_that_pages_name_exist() -> None:
    named = {
        name
        for page in (ROOT / "README.md", *PAGES)
        for name in re.findall(r"[`(]((?:conf|src|docs|tests)/[\w./]*flight[\w./]*)", page.read_text(encoding="utf-8"))
    }
    assert {"docs/flights.md", "src/flights/"} <= named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("variant", re.findall(r"`dvc exp run -S (conf/\w+/flight\w+\.yaml:[^`]+)`", README))
def test_variants_name_keys_that_exist(variant: str) -> None:
    file, _, assignment = variant.rpartition(":")
    key = assignment.split("=")[0].split(".")[-1]
    assert re.search(rf"(?m)^\s*{key}:", (ROOT / file).read_text(encoding="utf-8")), f"{key} is not in {file}"
