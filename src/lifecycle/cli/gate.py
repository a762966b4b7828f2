"""gate: exit 3 unless all KPIs are reached and outputs, lock and results are true; with a base also if it is worse."""

from collections.abc import Sequence

from lifecycle import paths
from lifecycle.cli.review import PAGE, build_rules, create_parser, parse_request, write_review
from lifecycle.config import load
from lifecycle.errors import GateClosed
from lifecycle.review.kpis import ReportedKpi, read_kpis
from lifecycle.review.record import Config, Review, parse_accepted
from lifecycle.review.report import format_number
from lifecycle.review.reported_results import find_false_results
from lifecycle.review.versions import HEAD
from lifecycle.versioning import freshness, outputs
from lifecycle.versioning.outputs import WrongOutputs


def main(arguments: list[str]) -> int:
    """Print a line per KPI; raises GateClosed, exit code 3, with what closes the gate."""
    options = create_parser("lifecycle gate", None).parse_args(arguments)
    if options.base:
        review = write_review(parse_request(options))
        print_kpis(review.kpis)
        check_review(review)
        return 0
    check_outputs(outputs.find_wrong_outputs())
    stale = freshness.find_stale(committed=False)
    check_results(stale)
    check_freshness(stale)
    freshness.check_not_frozen(parse_accepted(options.accept, options.labels), "lifecycle gate")
    return 0


def check_outputs(wrong: WrongOutputs) -> None:
    """Raise GateClosed where outputs are absent, since what is not here cannot be judged, or differ from dvc.lock."""
    if found := wrong.describe():
        todo = "make pull, which is dvc pull; where no remote has them: make repro" if wrong.absent else "dvc repro"
        raise GateClosed("; ".join(found), where="dvc.lock and the outputs that it names", todo=todo)


def check_freshness(stale: list[str]) -> None:
    """Raise GateClosed where dvc.lock is outdated."""
    if stale:
        raise GateClosed("; ".join(stale), where="dvc.lock", todo="dvc repro")


def check_results(stale: Sequence[str] = ()) -> None:
    """Print the reported KPIs; raises GateClosed where they are not what model and rows give, or one is missed.

    Why they may be outdated, if they are, is said with what is wrong in them.
    """
    if false := find_false_results(build_rules(load(Config))):
        raise GateClosed(
            "; ".join([*false, *stale]),
            where=f"{paths.TEST}, {paths.TEST_PREDICTIONS}",
            todo="dvc repro" if stale else "dvc repro --force test, which computes them anew",
        )
    kpis = read_kpis(HEAD)
    print_kpis(kpis)
    check_kpis(kpis)


def print_kpis(kpis: Sequence[ReportedKpi]) -> None:
    """A line per KPI."""
    for kpi in kpis:
        mark = "passed" if kpi.passed else "MISSED"
        print(f"{mark}  {kpi.metric} {format_number(kpi.model.value)}, floor {kpi.floor}: {kpi.reason}")


def check_kpis(kpis: Sequence[ReportedKpi]) -> None:
    """Raise GateClosed where a KPI is missed."""
    missed = [kpi for kpi in kpis if not kpi.passed]
    if missed:
        names = ", ".join(kpi.metric for kpi in missed)
        raise GateClosed(
            f"{len(missed)} of {len(kpis)} KPIs missed: {names} ({missed[0].metric}: {missed[0].reason})",
            where=f"{paths.TEST}, floors in conf/problem/",
            todo="dvc metrics diff, then improve the model; a floor is changed in conf/problem/ only",
        )


def check_review(review: Review) -> None:
    """Print the verdict; raises GateClosed with everything that nobody accepted."""
    print(f"{review.verdict.word}: {review.verdict.reason}")
    for finding in review.gate.findings:
        print(f"{'accepted' if finding.accepted else 'CLOSED'}  {finding.what}")
    closing = [finding for finding in review.gate.findings if not finding.accepted]
    if closing:
        names = sorted({finding.accept for finding in closing if finding.accept})
        accept = f"; a person may accept: {', '.join(names)}" if names else ""
        raise GateClosed(f"{len(closing)} reasons: {closing[0].what}", where=str(PAGE), todo=f"read {PAGE}{accept}")
