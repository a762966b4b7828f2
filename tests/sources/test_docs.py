"""The examples of docs/sources.md are entries that are read as they stand."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from omegaconf import OmegaConf

from lifecycle import targets
from lifecycle.sources import files
from lifecycle.sources.secrets import PLACEHOLDER, must_hide_passwords, must_hide_values

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
EXAMPLES = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)]
ENTRIES = [(name, entry) for example in EXAMPLES for name, entry in example.get("tables", {}).items()]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: "-".join(example.get("tables", {"bundled": 0})))
def test_an_example_composes_and_names_a_function_that_takes_it(example: dict[str, Any]) -> None:
    composed = OmegaConf.to_container(OmegaConf.create(example), resolve=True)
    found = targets.resolve(composed.pop("_target_"), "docs/sources.md")
    assert callable(found)
    for name, entry in composed.get("tables", {}).items():
        made = files.parse_entry(name, entry, "docs/sources.md")
        must_hide_passwords(made.path)
        must_hide_values({**getattr(made, "headers", {}), **getattr(made, "parameters", {})}, made.path)
        assert json.dumps(entry).count("${") == len(PLACEHOLDER.findall(json.dumps(entry)))


def test_every_format_has_an_example() -> None:
    assert {entry["format"] for _, entry in ENTRIES} == {*files.FILES, *files.SERVERS}


def test_every_key_that_formats_share_is_explained() -> None:
    shared = {entry.name for entry in fields(files.Entry)}
    assert [name for name in sorted(shared) if f"`{name}`" not in PAGE] == []


def test_every_way_of_paging_and_extra_is_named() -> None:
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    extras = set(re.findall(r"lifecycle\[(\w+)\]", PAGE))
    assert extras >= {"s3", "ssh", "postgresql", "mysql", "mqtt", "web", "mongo"}
    assert [extra for extra in extras if not re.search(rf"(?m)^{extra} = \[", project)] == []
    assert [by for by in ("none", "page", "offset", "cursor", "link") if f"| `{by}` |" not in PAGE] == []
