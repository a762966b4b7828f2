"""A table in which every name and every cell wants to act, and what of it is live in a file or an output."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
from markdown_it import MarkdownIt

MARK = "zqxevil"  # stands in everything hostile and in nothing else
TEXTS = {
    "script": f'<script>{MARK}("1")</script>',
    "image": f"<img src=x onerror={MARK}(2)>",
    "figure": f"![{MARK}](https://{MARK}.example/p.png)",
    "link": f"[{MARK}](//{MARK}.example/3) [{MARK}](javascript:{MARK}(3))",
    "address": f"https://{MARK}.example/4 www.{MARK}.example <https://{MARK}.example>",
    "mention": f"@{MARK} {MARK}@{MARK}.example #17 GH-17",
    "terminal": f"{MARK}\x1b[31m\x1b]0;{MARK}\x07\x9b2J",
    "direction": f"{MARK}\u202etxt.exe\u2066",
    "formula": f"=cmd|' /C {MARK}'!A0",
    "plus": f"+{MARK}(1)",
    "minus": f"-{MARK}+cmd|' /C calc'!A0",
    "sum": f"@SUM({MARK})",
    "later": f'{MARK};=cmd("{MARK}")',
    "cell": f"a|b | `{MARK}` </td><td> **{MARK}** __{MARK}__",
    "heading": f"# {MARK}",
    "entity": f"&lt;b&gt; &#60;img src=x onerror={MARK}&#62; ${MARK}$ ~~{MARK}~~",
    "lines": f"{MARK}\n# {MARK}\n<h1>{MARK}</h1>",
    "close": f"{MARK}`](x) --> </title></script><svg onload={MARK}(6)>",
    "label": f'{MARK}"}} 1\nlifecycle_{MARK} 1',
}
ID, TARGET = f"=key({MARK})", f"<b onclick={MARK}()>left</b>"
FILE = f"+{MARK} <img src=x onerror={MARK}(7)>\u202e.csv"
QUESTION = f"<img src=x onerror={MARK}> [will](https://{MARK}.example) @{MARK} #17 leave\x1b[31m?"
LINKS = re.compile(rf"(?i)(https?://|www\.)\S*{MARK}|@{MARK}|#17\b|GH-17\b|mailto:")
OURS = re.compile(r"(\.\./)?[a-z0-9_-]+\.(png|csv|html)")  # the links of our reports
NUMBER = re.compile(r"[+-]?[0-9.]+(e[+-]?[0-9]+)?")
FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
BINARY = {".png", ".parquet", ".skops", ".npz", ".onnx"}


def make_table(rows: int = 300) -> dict[str, list[str]]:
    """Numbers, categories and free texts under the hostile names; the first number and category make the target."""
    random = np.random.default_rng(5)
    table: dict[str, list[str]] = {
        ID: [f"=cmd|' /C {MARK}'!A{place}" for place in range(rows)],
        "time": [f"2021-{1 + place // 28 % 12:02}-{1 + place % 28:02} 12:00:00" for place in range(rows)],
    }
    levels = list(TEXTS.values())
    for place, name in enumerate(levels):
        some = [levels[place], levels[(place + 1) % len(levels)], levels[(place + 2) % len(levels)]]
        numbers = [f"{value:.2f}" for value in random.normal(size=rows)]
        gaps = random.random(rows) < 0.05
        cells = random.choice(some, rows).tolist() if place % 2 else numbers
        table[name] = ["" if gap else cell for gap, cell in zip(gaps, cells, strict=True)]
    table["every"] = [levels[place % 12] for place in range(rows)]
    table["note"] = [" ".join(random.choice(levels, 4)) + f" {place}" for place in range(rows)]
    strength = np.array([float(cell or 0) for cell in table[levels[0]]])
    strength += np.array([cell == levels[1] for cell in table[levels[1]]])
    yes, no = TEXTS["image"], TEXTS["formula"]
    table[TARGET] = np.where(strength + 0.5 * random.normal(size=rows) > 0.4, yes, no).tolist()
    return table


def write_table(path: Path, table: dict[str, list[str]]) -> None:
    """The table as CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))


def find_live(path: Path) -> Iterator[str]:
    """What is live in a file, by its ending."""
    if path.suffix in BINARY:
        return
    text = path.read_text(encoding="utf-8")
    yield from find_hidden(text)
    if path.suffix == ".md":
        yield from find_in_markdown(text)
    elif path.suffix == ".html":
        yield from find_in_html(text)
    elif path.suffix == ".csv":
        yield from find_in_csv(text)
    elif path.suffix == ".json":
        json.loads(text)


def find_hidden(text: str) -> Iterator[str]:
    """Characters that act on a terminal or an editor."""
    for found in HIDDEN.finditer(text):
        yield f"character {found[0]!r} in {text[max(0, found.start() - 30) : found.end() + 20]!r}"


def find_in_markdown(text: str) -> Iterator[str]:
    """HTML, links, images, headings and emphasis that come from outside, as GitHub would read them."""
    for found in re.finditer(r"<(script|img|svg|h1|b onclick|/?td)", text):
        yield f"tag {found[0]} in {text[found.start() - 60 : found.end() + 20]!r}"
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    for token in tokens:
        before = tokens[tokens.index(token) - 1].type if token.type == "inline" else ""
        if token.type == "html_block" or (before == "heading_open" and token.content.strip() == MARK):
            yield f"{token.type} {token.content!r}"
        for inner in token.children or []:
            if inner.type in ("html_inline", "s_open"):
                yield f"{inner.type} in {token.content!r}"
            target = str(inner.attrs.get("href", inner.attrs.get("src", "")))
            if inner.type in ("link_open", "image") and not OURS.fullmatch(target):
                yield f"{inner.type} {inner.attrs}"
            if inner.type == "text" and LINKS.search(inner.content):
                yield f"a word that links: {inner.content!r}"


class Page(HTMLParser):
    """Collects what of a page comes from outside and acts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag if tag in ("script", "style") else ""
        acting = [name for name, value in attrs if MARK in (value or "") and (name[:2] == "on" or name in LOADING)]
        if acting or any(MARK in name for name, _ in attrs) or (tag in ("img", "h1") and dict(attrs).get("src") == "x"):
            self.found.append(f"tag {tag} with {attrs}")

    def handle_endtag(self, tag: str) -> None:
        self.inside = "" if tag == self.inside else self.inside

    def handle_data(self, data: str) -> None:
        if self.inside and MARK in data:
            self.found.append(f"{self.inside} {data[:200]!r}")

    def handle_comment(self, data: str) -> None:
        if MARK in data:
            self.found.append(f"comment {data[:200]!r}")


LOADING = {"src", "href", "action", "formaction", "srcset", "style", "xlink:href", "http-equiv"}


def find_in_html(text: str) -> Iterator[str]:
    """Tags, attributes, scripts and comments that come from outside."""
    page = Page()
    page.feed(text)
    yield from page.found


def find_in_csv(text: str) -> Iterator[str]:
    """Cells that a spreadsheet would compute, whichever sign it takes for the separator."""
    for delimiter in ",;\t":
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            for cell in row:
                if FORMULA.match(cell) and not NUMBER.fullmatch(cell):
                    yield f"cell {cell[:80]!r}, cut at {delimiter!r}"


def yaml_text(text: str) -> str:
    """A text as YAML on one line, for a file that a stranger wrote."""
    return json.dumps(text)
