"""What the comparison comes to, and what keeps the gate closed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lifecycle.review.versions import Gap

Row = Mapping[str, Any]

ACCEPT = "accept:"
INCOMPLETE = "incomplete"
UNTOLD = "cannot be told"


@dataclass(frozen=True)
class Verdict:
    """One of better, worse, no real difference, not comparable; and why."""

    word: str
    reason: str


@dataclass(frozen=True)
class Finding:
    """Something that closes the gate. `accept` is the name by which a person may accept it, where one may."""

    what: str
    accept: str = ""
    accepted: bool = False


def verdict(metrics: Sequence[Row], rows: str, deciding: Collection[str]) -> Verdict:
    """What the metrics that decide come to; worse as soon as one of them is really worse."""
    told = [one for one in metrics if one["name"] in deciding and one["mark"] != UNTOLD]
    worse = [one for one in told if one["mark"] == "worse"]
    better = [one for one in told if one["mark"] == "better"]
    if not told:
        return Verdict("not comparable", "no metric could be measured of both versions on the same rows.")
    if worse:
        also = f", although {listed(better)} is really better" if better else ""
        return Verdict("worse", f"{moved(worse)} on {rows}{also}.")
    if better:
        return Verdict("better", f"{moved(better)} on {rows}.")
    if all(one["difference"] == 0 for one in told):
        return Verdict("no real difference", f"the same {listed(told)} on {rows}.")
    differ = "differs" if len(told) == 1 else "differ"
    return Verdict("no real difference", f"{listed(told)} {differ} by no more than tolerance and noise on {rows}.")


def listed(rows: Sequence[Row]) -> str:
    """The names in words."""
    names = [str(one["name"]) for one in rows]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def moved(rows: Sequence[Row]) -> str:
    """Each metric with where it came from and where it went."""
    return ", ".join(
        f"{one['name']} goes from {one['base']:.4f} to {one['head']:.4f} "
        f"({one['difference']:+.4f}, {one['low']:+.4f} to {one['high']:+.4f})"
        for one in rows
    )


def floors(kpis: Mapping[str, Row]) -> list[Finding]:
    """A finding for each KPI that head misses; nobody can accept one, since its floor can be changed."""
    return [
        Finding(f"KPI {name} misses its floor {one['floor']}: {one['reason']}")
        for name, one in sorted(kpis.items())
        if not one["passed"]
    ]


def regressions(metrics: Sequence[Row], parts: Sequence[Row], watched: Collection[str]) -> list[Finding]:
    """A finding for each watched metric and each slice that is really worse than its tolerance."""
    found = [
        Finding(f"{moved([one])}: really worse than its tolerance {one['tolerance']:.4g}", str(one["name"]))
        for one in metrics
        if one["mark"] == "worse" and one["name"] in watched
    ]
    return found + [
        Finding(f"slice {moved([one])}, {one['rows']:,} rows: really worse", str(one["name"]))
        for one in parts
        if one["mark"] == "worse"
    ]


def untold(metrics: Sequence[Row], watched: Collection[str]) -> list[Finding]:
    """A finding for each watched metric of which nobody can tell whether it moved; one that stands still is told."""
    told = {str(one["name"]) for one in metrics if one["mark"] != UNTOLD or one["difference"] == 0}
    return [
        Finding(f"comparison incomplete: {name} cannot be told", INCOMPLETE) for name in sorted(set(watched) - told)
    ]


def incomplete(gaps: Sequence[Gap]) -> list[Finding]:
    """A finding for each thing that could not be compared; all are accepted by one name."""
    return [Finding(f"comparison incomplete: {gap.what}", INCOMPLETE) for gap in gaps]


def decided(findings: Sequence[Finding], accepted: Collection[str]) -> list[Finding]:
    """The findings, with those marked that were accepted by name."""
    return [Finding(one.what, one.accept, bool(one.accept) and one.accept in accepted) for one in findings]


def unused(findings: Sequence[Finding], accepted: Collection[str]) -> list[str]:
    """The accepted names that nothing has, sorted."""
    return sorted(set(accepted) - {one.accept for one in findings})
