"""present: the reports of every stage → reports/index.html, the whole lifecycle of this version on one page."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.io.atomic import write_text
from lifecycle.io.hashes import sha256
from lifecycle.io.records import read_json
from lifecycle.io.tables import read_csv
from lifecycle.options import options
from lifecycle.reporting.index import sections
from lifecycle.reporting.index.markdown import document, pictures
from lifecycle.reporting.index.page import page
from lifecycle.reporting.index.section import Section
from lifecycle.reporting.text import counted, until
from lifecycle.stages import runner

KIND = "One version of a model, from the question to what is in use"
CLOSING = (
    "Made from the reports beside this page, which the stages of dvc.yaml wrote. Intervals hold with 95 %. "
    "The page runs no script and asks for nothing from a network."
)


@options
class Config:
    """Nothing: the page tells what the reports say."""


def run(config: Config) -> str:
    """Write the page."""
    told = [*told_sections()]
    scope, test, quality = read_json(paths.SCOPE), read_json(paths.TEST), read_json(paths.QUALITY)
    reached = sum(verdict["passed"] for verdict in test["kpis"].values())
    facts = [
        ("Data", version(read_json(paths.PROVENANCE))),
        ("Rows kept", f"{quality['kept_rows']:,}"),
        ("Winner", read_json(paths.SELECTION)["winner"]),
        ("KPIs reached on the sealed test", f"{reached} of {len(test['kpis'])}"),
    ]
    asked = scope["problem"]
    write_text(paths.INDEX, page(KIND, asked["question"], facts, told, CLOSING))
    return f"{len(told)} sections in {paths.INDEX} (open it in a browser)"


def version(provenance: dict[str, Any]) -> str:
    """The data version in two or three words."""
    return until(provenance).strip() or counted(len(provenance["batches"]), "batch", "batches")


def told_sections() -> Iterator[Section]:
    """The sections in order; the monitor's where that has run."""
    yield full(sections.question(read_json(paths.SCOPE)), paths.SCOPE_PAGE, "The question in full")
    yield sections.data(read_json(paths.PROVENANCE))
    yield sections.quality(read_json(paths.QUALITY))
    yield sections.parts(read_json(paths.PARTS))
    yield exploration()
    yield full(sections.candidates(read_json(paths.SELECTION)), paths.SELECTION_PAGE, "All candidates with intervals")
    yield evaluation()
    yield sections.tested(read_json(paths.TEST))
    yield release()
    yield from monitor()


def exploration() -> Section:
    """What the train rows look like."""
    report = paths.EXPLORE / "README.md"
    lead = "The train part alone in pictures: what is learned here cannot favour a later score."
    return full(Section("exploration", "Exploration", lead, pictures=pictures(report)), report, "All tables")


def evaluation() -> Section:
    """How the model does on the valid part."""
    report = paths.EVALUATION / "README.md"
    importance = read_csv(paths.EVALUATION / "importance.csv")
    made = sections.evaluation(read_json(paths.METRICS), read_json(paths.THRESHOLD), importance)
    drawn = tuple(picture for picture in pictures(report) if picture.file != "importance.png")  # it is the chart
    return full(replace(made, pictures=drawn), report, "The evaluation in full")


def release() -> Section:
    """What is served."""
    version, files = sha256(paths.RELEASE / "manifest.json")[:12], read_json(paths.RELEASE / "manifest.json")["files"]
    lead = f"Version {version}: {counted(len(files), 'file')} in {paths.RELEASE}, each checked by its hash before use."
    card = paths.RELEASE / "card.md"
    return full(Section("release", "Release", lead, pictures=pictures(card)), card, "The model card")


def monitor() -> Iterator[Section]:
    """How later rows differ from those learned from, where that has been looked at."""
    report = paths.MONITORING / "README.md"
    if report.exists():
        lead = "The newest rows of this version against those that the model learned from."
        made = Section("monitor", "Monitor", lead, pictures=pictures(report))
        yield full(made, report, "The monitor's report")


def full(section: Section, report: Path, title: str) -> Section:
    """The section with the report that it tells of in full."""
    return replace(section, documents=(document(title, report, paths.INDEX.parent),))


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("present", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
