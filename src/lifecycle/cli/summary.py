"""summary: data, winner and KPIs of the present version, and which reports to read."""

import time
from collections.abc import Mapping
from typing import Any

from lifecycle import paths
from lifecycle.cli.parser import reject_arguments
from lifecycle.config import read_parameters
from lifecycle.io.records import read_json
from lifecycle.modeling.ensemble_selection import NAME
from lifecycle.reporting.text import format_count, format_through
from lifecycle.review.kpis import ReportedKpi, read_kpis
from lifecycle.review.report import format_number
from lifecycle.review.versions import HEAD
from lifecycle.serving.candidates import load_known_release
from lifecycle.serving.latency import measure_row
from lifecycle.serving.scorer import prepare_model
from lifecycle.sources.provenance import Provenance, read_provenance
from lifecycle.versioning import freshness


def main(arguments: list[str]) -> int:
    """Print the version's data, winner and KPIs, and whether they are outdated."""
    reject_arguments("lifecycle summary", "Data, winner and KPIs of the present version.", arguments)
    print("\n".join(["", *format_summary(), *describe_staleness(freshness.find_stale(committed=False)), ""]))
    return 0


def format_summary() -> list[str]:
    """The summary, line by line."""
    params, quality = read_parameters(), read_json(paths.QUALITY)
    chosen, test = read_json(paths.SELECTION), read_json(paths.TEST)
    return [
        f"problem  {params['problem']}: {describe_through(read_provenance())}{quality['kept_rows']:,} rows kept, "
        f"{quality['rejected_rows']:,} rejected",
        f"winner   {chosen['reason']}",
        *describe_ensemble(chosen),
        f"test     {test['rows']:,} rows" + describe_span(test) + describe_labels(test),
        *map(format_kpi, read_kpis(HEAD)),
        "read     reports/scope.md, reports/explore/README.md, reports/select.md, reports/evaluate/README.md",
        f"open     {paths.INDEX}, everything on one page",
    ]


def describe_ensemble(chosen: Mapping[str, Any]) -> list[str]:
    """What an ensemble gains over the best single candidate, and what that costs; nothing where none has won."""
    if chosen["winner"] != NAME:
        return []
    members = format_count(len(chosen["ensemble"]), "model")
    gain = f"{chosen['metric']} better by {chosen['ensemble_gain']:.4f} than the best alone, on held-out folds"
    return [f"ensemble {members}, {gain}{describe_release_cost()}"]


def describe_release_cost() -> str:
    """The size of the model's file in the release, and how long it takes for a row on this machine."""
    if not paths.RELEASE.is_dir():
        return ""
    release = load_known_release()
    seconds = measure_row(prepare_model(release), time.perf_counter)
    size = (paths.RELEASE / "model.skops").stat().st_size
    return f"; {size / 1024:,.0f} KiB, one row in {1000 * seconds:.2f} ms here"


def describe_staleness(signs: list[str]) -> list[str]:
    """A line that the numbers are outdated, with the first sign of it; none where they are not."""
    if not signs:
        return []
    more = f", and {len(signs) - 1} more like it" if signs[1:] else ""
    return [f"stale    {signs[0]}{more}: these numbers are outdated; run dvc repro"]


def describe_through(provenance: Provenance) -> str:
    """The last day of the data, if a day decides which rows it has."""
    return f"data{format_through(provenance.through)}, " if provenance.through else ""


def describe_span(test: dict[str, Any]) -> str:
    """The first and last day of the test rows, if they have a time."""
    return f" from {test['first'][:10]} to {test['last'][:10]} (UTC)" if "first" in test else ""


def describe_labels(test: dict[str, Any]) -> str:
    """The label rate or mean of the test rows, if there is one."""
    if "label_rate" in test:
        return f", {test['label_rate']:.1%} positive"
    return f", {test['label_mean']:.4g} on average" if "label_mean" in test else ""


def format_kpi(kpi: ReportedKpi) -> str:
    """One KPI with its interval, floor and baseline."""
    mark = "passed" if kpi.passed else "MISSED"
    value, low, high = (format_number(one) for one in (kpi.model.value, kpi.model.low, kpi.model.high))
    return (
        f"  {mark} {kpi.metric:8} {value} ({low} to {high}), floor {kpi.floor}, "
        f"baseline {format_number(kpi.baseline.value)}"
    )
