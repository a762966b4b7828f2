"""present: the reports of every stage → reports/index.html, the whole lifecycle of this version on one page."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from lifecycle import paths
from lifecycle.config import from_record
from lifecycle.io.atomic import write_text
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.records import read_json
from lifecycle.io.tables import read_csv
from lifecycle.options import options
from lifecycle.reporting.index import records, sections
from lifecycle.reporting.index.markdown import read_figures, read_report
from lifecycle.reporting.index.page import render_page
from lifecycle.reporting.index.section import Section
from lifecycle.reporting.text import format_count, format_through
from lifecycle.stages import runner

View = TypeVar("View")
KIND = "One version of a model, from the question to the release"
CLOSING = (
    "The stages of dvc.yaml wrote the reports that this page shows. Intervals are 95 % confidence intervals. "
    "The page runs no script and loads nothing from the network."
)


@options
class Config:
    """No option: the page shows what the reports hold."""


def run(config: Config) -> str:
    """Write the page."""
    described = [*describe_steps()]
    question = read_view(records.ScopeView, paths.SCOPE).problem.question
    write_text(paths.INDEX, render_page(KIND, question, [*list_facts()], described, CLOSING))
    return f"{len(described)} sections in {paths.INDEX} (open it in a browser)"


def read_view(declared: type[View], path: Path) -> View:
    """The part of a JSON report that the page shows; raises CorruptFile where it does not fit."""
    return from_record(declared, read_json(path), where=str(path), todo="dvc repro")


def list_facts() -> Iterator[tuple[str, str]]:
    """The facts at the head of the page."""
    provenance = read_view(records.ProvenanceView, paths.PROVENANCE)
    batches = format_count(len(provenance.batches), "batch", "batches")
    kpis = read_view(records.SealedTestView, paths.TEST).kpis
    yield "Data", format_through(provenance.through).strip() or batches
    yield "Rows kept", f"{read_view(records.QualityView, paths.QUALITY).kept_rows:,}"
    yield "Winner", read_view(records.SelectionView, paths.SELECTION).winner
    yield "KPIs reached on the sealed test part", f"{sum(one.passed for one in kpis.values())} of {len(kpis)}"


def describe_steps() -> Iterator[Section]:
    """The sections in order; the monitor's only where it has run."""
    scope = sections.describe_question(read_view(records.ScopeView, paths.SCOPE))
    yield attach_report(scope, paths.SCOPE_PAGE, "The scope report")
    yield sections.describe_data(read_view(records.ProvenanceView, paths.PROVENANCE))
    yield sections.describe_quality(read_view(records.QualityView, paths.QUALITY))
    yield sections.describe_parts(read_view(records.SplitView, paths.PARTS))
    yield describe_exploration()
    candidates = sections.describe_candidates(read_view(records.SelectionView, paths.SELECTION))
    yield attach_report(candidates, paths.SELECTION_PAGE, "All candidates with confidence intervals")
    yield describe_evaluation()
    yield sections.describe_test(read_view(records.SealedTestView, paths.TEST))
    yield describe_release()
    yield from describe_monitoring()


def describe_exploration() -> Section:
    """The figures of the train part."""
    report = paths.EXPLORE / "README.md"
    lead = "The train part only, so that nothing seen here can favour a score on the other parts."
    section = Section("exploration", "Exploration", lead, figures=read_figures(report))
    return attach_report(section, report, "All tables")


def describe_evaluation() -> Section:
    """The model on the valid part."""
    report = paths.EVALUATION / "README.md"
    table = read_csv(paths.IMPORTANCE)
    section = sections.describe_evaluation(
        read_view(records.MetricsView, paths.METRICS),
        read_view(records.ThresholdView, paths.THRESHOLD),
        dict(zip(table["feature"], table["importance"], strict=True)),
    )
    figures = tuple(one for one in read_figures(report) if one.file != "importance.png")  # it is the chart
    return attach_report(replace(section, figures=figures), report, "The evaluation report")


def describe_release() -> Section:
    """The released files and the model card."""
    manifest, card = paths.RELEASE / "manifest.json", paths.RELEASE / "card.md"
    files = format_count(len(read_json(manifest)["files"]), "file")
    lead = (
        f"Version {hash_sha256(manifest)[:12]}: {files} in {paths.RELEASE}, each checked against its hash before use."
    )
    return attach_report(Section("release", "Release", lead, figures=read_figures(card)), card, "The model card")


def describe_monitoring() -> Iterator[Section]:
    """The latest data beside the training data, where the monitor has run."""
    report = paths.MONITORING / "README.md"
    if report.exists():
        lead = "Drift and performance on the latest data of this version, compared with the training data."
        section = Section("monitor", "Monitor", lead, figures=read_figures(report))
        yield attach_report(section, report, "The monitoring report")


def attach_report(section: Section, report: Path, title: str) -> Section:
    """The section with a whole report below it."""
    return replace(section, reports=(read_report(title, report, paths.INDEX.parent),))


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("present", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
