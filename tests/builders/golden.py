"""A bundled problem, small, through every stage in one process, and the numbers that are kept of it."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from builders.picks import TOP, forget_data, write_picks
from builders.versions import inside

from lifecycle import config
from lifecycle.cli.review import build_rules
from lifecycle.review.record import Config
from lifecycle.review.reported_results import find_false_results
from lifecycle.testing import stage_runs
from lifecycle.versioning import workspace

if TYPE_CHECKING:
    from conftest import Repository


def build(repository: "Repository", changes: Mapping[str, Mapping[str, str]], **picks: object) -> "Repository":
    """The problem that is picked, built in the repository's folder, every stage in one process."""
    with inside(TOP):
        workspace.copy_sources(repository.folder)
    forget_data(repository.folder)
    write_picks(repository.folder, **picks)
    for name, edits in changes.items():
        repository.edit(name, edits)
    done = repository.run(sys.executable, "-m", stage_runs.__name__)
    assert done.returncode == 0, done.stderr
    return repository


def read_numbers(repository: "Repository") -> dict[str, Any]:
    """What is kept: who won, how alike clusters come out again, and every metric of the test part."""
    test, trained = repository.json("reports/test.json"), repository.json("reports/train.json")
    known = {name: trained[name] for name in ("winner", "stability") if name in trained}
    return known | {"rows": test["rows"], "metrics": test["metrics"]}


def find_false(repository: "Repository") -> list[str]:
    """What the gate says against the results, which no one forged."""
    with inside(repository.folder):
        return find_false_results(build_rules(config.load(Config)))


def count_sections(repository: "Repository") -> int:
    """The sections of the page with all results."""
    return (repository.folder / "reports/index.html").read_text(encoding="utf-8").count("<section")


def read_golden(path: Path) -> Any:
    """The numbers that were kept."""
    return json.loads(path.read_text(encoding="utf-8"))
