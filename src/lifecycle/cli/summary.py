"""summary: what the present version is made of, how good it is, and where to read on."""

from typing import Any

from lifecycle import paths
from lifecycle.cli.parser import takes_none
from lifecycle.config import read_parameters
from lifecycle.io.records import read_json
from lifecycle.reporting.text import format_through
from lifecycle.sources.provenance import Provenance, read_provenance
from lifecycle.versioning import freshness


def main(arguments: list[str]) -> int:
    """Print the version's data, winner and KPIs, and whether they are those of what stands here."""
    takes_none("lifecycle summary", "What the present version is and how good it is.", arguments)
    print("\n".join(["", *lines(), *outdated(freshness.stale(committed=False)), ""]))
    return 0


def lines() -> list[str]:
    """The summary, line by line."""
    params, quality = read_parameters(), read_json(paths.QUALITY)
    chosen, test = read_json(paths.SELECTION), read_json(paths.TEST)
    return [
        f"problem  {params['problem']}: {days(read_provenance())}{quality['kept_rows']:,} rows kept, "
        f"{quality['rejected_rows']:,} rejected",
        f"winner   {chosen['reason']}",
        f"test     {test['rows']:,} rows" + span(test) + label(test),
        *(kpi(name, verdict) for name, verdict in sorted(test["kpis"].items())),
        "read     reports/scope.md, reports/explore/README.md, reports/select.md, reports/evaluate/README.md",
        f"open     {paths.INDEX}, everything on one page",
    ]


def outdated(signs: list[str]) -> list[str]:
    """In one line, that the numbers above are not those of what stands here; none where nothing says so."""
    if not signs:
        return []
    more = f", and {len(signs) - 1} more like it" if signs[1:] else ""
    return [f"stale    {signs[0]}{more}: the numbers above are of other versions until dvc repro"]


def days(provenance: Provenance) -> str:
    """The last day of the data, where one decides which rows there are."""
    return f"data{format_through(provenance.through)}, " if provenance.through else ""


def span(test: dict[str, Any]) -> str:
    """From when to when the test rows are, where they have a time."""
    return f" from {test['first'][:10]} to {test['last'][:10]} (UTC)" if "first" in test else ""


def label(test: dict[str, Any]) -> str:
    """The test rows' labels in one number, where there is one."""
    if "label_rate" in test:
        return f", {test['label_rate']:.1%} positive"
    return f", {test['label_mean']:.4g} on average" if "label_mean" in test else ""


def kpi(name: str, verdict: dict[str, Any]) -> str:
    """One KPI with its interval, beside the baseline's."""
    ours, trivial = verdict["model"], verdict["baseline"]
    mark = "passed" if verdict["passed"] else "MISSED"
    return (
        f"  {mark} {name:8} {ours['value']:.4f} ({ours['low']:.4f} to {ours['high']:.4f}), floor {verdict['floor']}, "
        f"baseline {trivial['value']:.4f}"
    )
