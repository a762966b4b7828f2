"""The verdict on the comparison, and the findings that close the gate."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal

from lifecycle.options import options
from lifecycle.reporting.text import join_words
from lifecycle.review.comparison import Difference, MetricDifference, SliceDifference
from lifecycle.review.kpis import ReportedKpi, RequiredKpi
from lifecycle.review.versions import Gap

Word = Literal["better", "worse", "no significant difference", "not comparable"]

ACCEPT = "accept:"
INCOMPLETE = "incomplete"
KPI = "kpi:"  # before the metric of a removed or weakened KPI


@options
class ReviewVerdict:
    """The verdict in a word, and its reason in a sentence."""

    word: Word
    reason: str


@options
class Finding:
    """Something that closes the gate. `accept` is the name by which a person may accept it, where one may."""

    what: str
    accept: str = ""
    accepted: bool = False


def judge(metrics: Sequence[MetricDifference], rows: str, deciding: Collection[str]) -> ReviewVerdict:
    """The verdict of the deciding metrics on the rows; worse as soon as one of them is significantly worse."""
    known = [one for one in metrics if one.name in deciding and one.mark != "inconclusive"]
    worse = [one for one in known if one.mark == "worse"]
    better = [one for one in known if one.mark == "better"]
    if not known:
        return ReviewVerdict(
            word="not comparable", reason="no metric could be computed for both versions on the same rows."
        )
    if worse:
        also = f", although {join_names(better)} is significantly better" if better else ""
        return ReviewVerdict(word="worse", reason=f"{describe_moves(worse)} on {rows}{also}.")
    if better:
        return ReviewVerdict(word="better", reason=f"{describe_moves(better)} on {rows}.")
    return ReviewVerdict(word="no significant difference", reason=f"{describe_equality(known)} on {rows}.")


def describe_equality(metrics: Sequence[Difference]) -> str:
    """That metrics are equal, or differ within tolerance and noise."""
    if all(one.difference == 0 for one in metrics):
        return f"the same {join_names(metrics)}"
    verb = "differs" if len(metrics) == 1 else "differ"
    return f"{join_names(metrics)} {verb} by no more than tolerance and noise"


def join_names(differences: Sequence[Difference]) -> str:
    """The names in words."""
    return join_words([one.name for one in differences])


def describe_moves(differences: Sequence[Difference]) -> str:
    """Each metric with its values of both versions and the interval of the difference."""
    return ", ".join(
        f"{one.name} goes from {one.base:.4f} to {one.head:.4f} "
        f"({one.difference:+.4f}, {one.low or 0.0:+.4f} to {one.high or 0.0:+.4f})"
        for one in differences
    )


def find_missed_floors(kpis: Sequence[ReportedKpi]) -> list[Finding]:
    """A finding for each KPI that head misses; nobody can accept one, since its floor can be changed."""
    return [
        Finding(what=f"KPI {kpi.metric} misses its floor {kpi.floor}: {kpi.reason}") for kpi in kpis if not kpi.passed
    ]


def find_weakened_kpis(before: Sequence[RequiredKpi], after: Sequence[RequiredKpi]) -> list[Finding]:
    """A finding for each KPI of base that head asks for no more, or with a floor that is easier to reach."""
    kept = {one.metric: one for one in after}
    return [
        Finding(what=describe_weakening(one, kept.get(one.metric)), accept=f"{KPI}{one.metric}")
        for one in before
        if one.metric not in kept or kept[one.metric].is_weaker_than(one)
    ]


def describe_weakening(before: RequiredKpi, after: RequiredKpi | None) -> str:
    """What became of a KPI of base, in words."""
    if after is None:
        return f"KPI {before.metric} of base, floor {before.floor:g}, is removed"
    if before.better != after.better:
        return f"KPI {before.metric} is turned round: better was {before.better}, is {after.better}"
    return (
        f"the floor of KPI {before.metric} is lowered from {before.floor:g} to {after.floor:g} "
        f"({before.better} is better)"
    )


def find_regressions(
    metrics: Sequence[MetricDifference], slices: Sequence[SliceDifference], watched: Collection[str]
) -> list[Finding]:
    """A finding for each watched metric and each slice that is significantly worse than its tolerance."""
    findings = [
        Finding(
            what=f"{describe_moves([one])}: significantly worse than its tolerance {one.tolerance:.4g}",
            accept=one.name,
        )
        for one in metrics
        if one.mark == "worse" and one.name in watched
    ]
    return findings + [
        Finding(what=f"slice {describe_moves([one])}, {one.rows:,} rows: significantly worse", accept=one.name)
        for one in slices
        if one.mark == "worse"
    ]


def find_inconclusive(metrics: Sequence[MetricDifference], watched: Collection[str]) -> list[Finding]:
    """A finding for each watched metric that is inconclusive and has changed, or is missing."""
    known = {one.name for one in metrics if one.mark != "inconclusive" or one.difference == 0}
    return [
        Finding(what=f"comparison incomplete: {name} is inconclusive", accept=INCOMPLETE)
        for name in sorted(set(watched) - known)
    ]


def find_gaps(gaps: Sequence[Gap]) -> list[Finding]:
    """A finding for each thing that could not be compared; one name accepts all of them."""
    return [Finding(what=f"comparison incomplete: {gap.what}", accept=INCOMPLETE) for gap in gaps]


def accept_findings(findings: Sequence[Finding], accepted: Collection[str]) -> list[Finding]:
    """The findings, with those marked that were accepted by name."""
    return [replace(one, accepted=bool(one.accept) and one.accept in accepted) for one in findings]


def find_unused(findings: Sequence[Finding], accepted: Collection[str]) -> list[str]:
    """The accepted names that no finding has, sorted."""
    return sorted(set(accepted) - {one.accept for one in findings})
