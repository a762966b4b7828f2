"""gate: exit 3 unless every KPI is reached and dvc.lock is fresh; with a base, unless nothing got really worse."""

from typing import Any

from lifecycle import paths
from lifecycle.cli.review import PAGE, parser, written
from lifecycle.errors import GateClosed
from lifecycle.io.records import read_json
from lifecycle.review.record import accepted
from lifecycle.versioning import freshness


def main(arguments: list[str]) -> int:
    """Print a line per KPI; raises GateClosed, exit code 3, with what closes the gate."""
    given = parser("lifecycle gate", None).parse_args(arguments)
    show(read_json(paths.TEST)["kpis"])
    if given.base:
        compared(written(given))
        return 0
    reached(read_json(paths.TEST)["kpis"])
    must_be_fresh(freshness.stale(committed=False))
    freshness.must_not_be_frozen(accepted(given.accept, given.labels), "lifecycle gate")
    return 0


def show(kpis: dict[str, Any]) -> None:
    """A line per KPI."""
    for name, verdict in kpis.items():
        mark = "passed" if verdict["passed"] else "MISSED"
        print(f"{mark}  {name} {verdict['model']['value']:.4f}, floor {verdict['floor']}: {verdict['reason']}")


def reached(kpis: dict[str, Any]) -> None:
    """Raise GateClosed where a KPI is missed."""
    missed = [name for name, verdict in kpis.items() if not verdict["passed"]]
    if missed:
        first = kpis[missed[0]]
        raise GateClosed(
            f"{len(missed)} of {len(kpis)} KPIs missed: {', '.join(missed)} ({missed[0]}: {first['reason']})",
            where=f"{paths.TEST}, floors in conf/problem/",
            todo="dvc metrics diff, then improve the model; a floor is changed in conf/problem/ only",
        )


def must_be_fresh(stale: list[str]) -> None:
    """Raise GateClosed where dvc.lock is not what stands beside it makes."""
    if stale:
        raise GateClosed("; ".join(stale), where="dvc.lock", todo="dvc repro")


def compared(found: dict[str, Any]) -> None:
    """Print the verdict; raises GateClosed with everything that nobody accepted."""
    print(f"{found['verdict']['word']}: {found['verdict']['reason']}")
    for one in found["gate"]["findings"]:
        print(f"{'accepted' if one['accepted'] else 'CLOSED'}  {one['what']}")
    if not found["gate"]["open"]:
        closing = [one for one in found["gate"]["findings"] if not one["accepted"]]
        named = sorted({one["accept"] for one in closing if one["accept"]})
        cure = f"; a person may accept: {', '.join(named)}" if named else ""
        raise GateClosed(f"{len(closing)} reasons: {closing[0]['what']}", where=str(PAGE), todo=f"read {PAGE}{cure}")
