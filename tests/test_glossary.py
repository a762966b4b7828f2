"""docs/glossary.md: sorted terms, one line each, each used in the documentation or the configuration."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GLOSSARY = ROOT / "docs/glossary.md"
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines()
    if line.startswith("|")
][2:]
TERMS = [row[0] for row in ROWS]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "conf").rglob("*.yaml")]
USES = " ".join(
    " ".join(page.read_text(encoding="utf-8").lower().split()) for page in sorted(PAGES) if page != GLOSSARY
)


def test_terms_are_sorted_and_unique() -> None:
    assert sorted(set(TERMS), key=str.lower) == TERMS


def test_each_term_has_one_line_with_its_meaning() -> None:
    assert [row for row in ROWS if len(row) != 2 or not all(row)] == []
    assert [term for term, meaning in ROWS if meaning.endswith(".")] == []


@pytest.mark.parametrize("term", TERMS)
def test_each_term_is_used(term: str) -> None:
    pattern = r"(?<![a-z])" + term.lower().replace(" ", "[ _]")
    assert re.search(pattern, USES), f"{term} is neither in the docs nor in conf/"
