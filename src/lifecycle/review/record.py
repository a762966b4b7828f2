"""The whole review as one record, from which the report is written."""

import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.config import from_record
from lifecycle.data.problem import Problem, Task
from lifecycle.data.schema import Schema
from lifecycle.evaluation.gates import Gate
from lifecycle.evaluation.metric import Metric, get_metric, select_metrics
from lifecycle.io.records import round_floats
from lifecycle.options import options
from lifecycle.review import config_diff, verdict
from lifecycle.review.comparison import MetricDifference, SliceDifference, Terms, compare_metrics, compare_slices
from lifecycle.review.data_diff import DataChanges, compare_data
from lifecycle.review.deciding_rows import RowSelection
from lifecycle.review.kpis import ReportedKpi, read_kpis, read_requirements
from lifecycle.review.paired_predictions import Pair, PairedPredictions, pair_predictions
from lifecycle.review.plots import Plots, compare_plots
from lifecycle.review.question import Question
from lifecycle.review.refit import RefitTerms
from lifecycle.review.remarks import find_remarks
from lifecycle.review.rules import compare_rules, list_changed_judges
from lifecycle.review.verdict import Finding, ReviewVerdict
from lifecycle.review.versions import HEAD, Gap, Gaps, find_base
from lifecycle.versioning import freshness, revisions
from lifecycle.versioning.version import Version


@options
class Config:
    """The problem, how strictly differences are judged, and all metrics."""

    problem: Problem
    schema: Schema
    gate: Gate
    metric: dict[str, Metric]
    seed: int


@dataclass(frozen=True)
class ReviewRequest:
    """The revision to compare with, the problem's name, the findings accepted by name, and base's timings if any."""

    base: str
    problem: str
    accepted: frozenset[str] = frozenset()
    clock: Path | None = None


@options
class BaseVersion:
    """The revision as it was asked for, and its commit; None where this clone does not have it."""

    asked: str
    revision: str | None


@options
class HeadVersion:
    """The commit below the workspace, None without one, and whether tracked files differ from it."""

    revision: str | None
    changed: bool


@options
class GateState:
    """Whether the gate is open, its findings, and accepted names that no finding has."""

    open: bool
    findings: list[Finding]
    unused: list[str]


@options
class RowCounts:
    """How many test rows each version has, and how many both share; None where it is not known."""

    base: int | None
    head: int | None
    shared: int | None


@options
class Thresholds:
    """The decision thresholds of reports/evaluate/threshold.json of each version."""

    base: float
    head: float


@options
class ReviewComparison:
    """Both models on the same `count` rows, which `rows` describes, in `blocks` independent blocks.

    One that `decides` makes the verdict. The slices are compared by the metric `sliced_by`. Only two classes have
    thresholds. `search` says what the intervals cover of the search, empty where none lies between the versions.
    `remarks` are about models that predict the same of all rows.
    """

    decides: bool
    rows: str
    count: int
    blocks: int
    metrics: list[MetricDifference]
    slices: list[SliceDifference]
    sliced_by: str
    thresholds: Thresholds | None
    search: str
    remarks: list[str]
    plots: Plots


@options
class Changes:
    """What differs beside the predictions.

    `kept` are the metrics of reports/test.json, each of its own test rows. `rules` are the options that decide what
    counts, `judges` the files of code that do.
    """

    kept: list[config_diff.ValueChange]
    data: DataChanges
    options: list[config_diff.OptionChange]
    rules: list[config_diff.OptionChange]
    judges: list[str]
    stages: list[config_diff.StageChange]
    code: list[str]
    packages: list[config_diff.PackageChange]
    cost: list[config_diff.CostChange]
    clock: list[config_diff.Timing]


@options
class Review:
    """A change against its base. One comparison decides, if any, by the metrics named in `deciding`: head's and base's.

    `selection` is None where no test row had to be left out. `changes` is None where base is not here; the JSON
    record has its fields beside the others.
    """

    base: BaseVersion
    head: HeadVersion
    verdict: ReviewVerdict
    gate: GateState
    gaps: list[Gap]
    rows: RowCounts
    deciding: list[str]
    kpis: list[ReportedKpi]
    comparisons: list[ReviewComparison] = field(default_factory=list)
    selection: RowSelection | None = None
    changes: Changes | None = None

    @property
    def decisive(self) -> ReviewComparison | None:
        """The comparison that decides; None where the versions are not comparable."""
        return next((one for one in self.comparisons if one.decides), None)


def to_json(review: Review) -> dict[str, Any]:
    """The record as plain values with floats in six digits, as reports/review.json has it."""
    record = asdict(review)
    return dict(round_floats(record | (record.pop("changes") or {})))


def from_json(record: dict[str, Any], where: Path) -> Review:
    """The review of a record of `to_json`; raises CorruptFile for another record."""
    names = {one.name for one in fields(Changes)}
    inner = {key: value for key, value in record.items() if key in names}
    outer = {key: value for key, value in record.items() if key not in names}
    return from_record(Review, outer | {"changes": inner or None}, where=str(where), todo="lifecycle review --base REV")


def review(config: Config, request: ReviewRequest, find_stale: Callable[[], list[str]]) -> Review:
    """Compare the workspace with the base; raises UnknownName for a base that is no revision.

    `find_stale` returns a sentence for each sign that dvc.lock is stale.
    """
    question = Question(config.problem, config.schema.with_target(config.problem.target))
    metrics = select_metrics(config.metric, config.problem.task)
    terms = Terms(metrics, config.problem.score, config.problem.slices, config.gate, config.seed)
    gaps = Gaps()
    base = find_base(request.base, gaps)
    kpis = gaps.attempt(HEAD, "KPIs", read_kpis) or []
    refit = RefitTerms(
        config.gate.refit, config.seed, get_metric(metrics, config.problem.score, config.problem.task).sign
    )
    paired = pair_predictions(base, question, refit, gaps) if base else PairedPredictions()
    comparisons = compare_pairs(paired, terms, config.problem.task)
    changes = compare_versions(base, config, request, metrics, gaps) if base else None
    weakened, earlier = compare_requirements(base, gaps) if base else ([], set())
    stale = [Finding(what=what) for what in find_stale()]
    stale += [Finding(what=what, accept=freshness.FROZEN) for what in freshness.find_frozen()]
    deciding = {config.problem.score, *(kpi.metric for kpi in config.problem.kpis)} | (earlier & metrics.keys())
    findings = find_findings(comparisons, kpis, deciding | set(config.gate.tolerances), gaps)
    return Review(
        base=BaseVersion(asked=request.base, revision=base.revision if base else None),
        head=describe_head(),
        verdict=judge(comparisons, deciding, gaps),
        gate=decide_gate([*findings, *weakened, *stale], request.accepted),
        gaps=gaps.found,
        rows=RowCounts(base=paired.base_rows, head=paired.head_rows, shared=paired.shared_rows),
        deciding=sorted(deciding),
        kpis=kpis,
        comparisons=comparisons,
        selection=paired.selection,
        changes=changes,
    )


def compare_requirements(base: Version, gaps: Gaps) -> tuple[list[Finding], set[str]]:
    """A finding for each KPI of base that head lacks or has with a weaker floor; the metrics that base decides by."""
    before, after = (gaps.attempt(version, "required KPIs", read_requirements) for version in (base, HEAD))
    if before is None or after is None:
        return [], set()
    return verdict.find_weakened_kpis(before.kpis, after.kpis), before.metrics


def compare_pairs(paired: PairedPredictions, terms: Terms, task: Task) -> list[ReviewComparison]:
    """The comparison that decides, where there is one, and the one beside it."""
    return [
        compare_pair(pair, terms, task, paired.classes, decides)
        for pair, decides in ((paired.deciding, True), (paired.other, False))
        if pair is not None
    ]


def compare_pair(pair: Pair, terms: Terms, task: Task, classes: tuple[str, ...], decides: bool) -> ReviewComparison:
    """The metrics, slices and plots of one pair."""
    return ReviewComparison(
        decides=decides,
        rows=pair.rows,
        count=len(pair.context),
        blocks=int(pair.blocks.nunique()),
        metrics=compare_metrics(pair, terms),
        slices=compare_slices(pair, terms),
        sliced_by=terms.score,
        thresholds=Thresholds(base=pair.base.threshold, head=pair.head.threshold) if task == "binary" else None,
        search=pair.rivals.note,
        remarks=find_remarks(pair, classes),
        plots=compare_plots(pair, task, classes),
    )


def compare_versions(
    base: Version, config: Config, request: ReviewRequest, metrics: dict[str, Metric], gaps: Gaps
) -> Changes:
    """All that is compared beside the predictions."""
    check_question(base, config, request, gaps)
    schema = config.schema.with_target(config.problem.target)
    return Changes(
        kept=compare_reported_metrics(base, metrics, gaps),
        data=compare_data(base, HEAD, schema, request.problem, gaps),
        options=config_diff.compare_options(base, HEAD, gaps),
        rules=compare_rules(base, HEAD, gaps),
        judges=list_changed_judges(base),
        stages=config_diff.compare_stages(base, HEAD, gaps),
        code=config_diff.list_changed_code(base),
        packages=config_diff.compare_packages(base, HEAD),
        cost=config_diff.compare_cost(base, HEAD, gaps),
        clock=config_diff.compare_times(request.clock, paths.RUNS) if request.clock else [],
    )


def check_question(base: Version, config: Config, request: ReviewRequest, gaps: Gaps) -> None:
    """Add a gap where base has another task or target."""
    pick = gaps.attempt(base, "the question", lambda one: str(one.read_record(paths.PARAMS).get("problem")))
    path = paths.CONF / "problem" / f"{pick or request.problem}.yaml"
    before = gaps.attempt(base, "the question", lambda one: dict(one.read_record(path))) or {}
    for key, now in (("task", config.problem.task), ("target", config.problem.target)):
        if before and before.get(key) != now:
            gaps.add(
                f"base: another question: {key} was {before.get(key)}, is {now}", f"git diff {request.base} {path}"
            )


def compare_reported_metrics(base: Version, metrics: dict[str, Metric], gaps: Gaps) -> list[config_diff.ValueChange]:
    """The metrics in reports/test.json of both, each of its own test rows; a removed metric is a gap."""
    before, after = (
        gaps.attempt(version, "metrics", lambda one: dict(one.read_record(paths.TEST)["metrics"]))
        for version in (base, HEAD)
    )
    if before is None or after is None:
        return []
    for name in sorted(before.keys() - metrics.keys()):
        gaps.add(f"head: metric {name} of base is not measured any more: renamed or removed", "keep it in conf/metric/")
    return [
        config_diff.ValueChange(name=name, base=before.get(name), head=after.get(name))
        for name in sorted(before.keys() | after.keys())
    ]


def judge(comparisons: list[ReviewComparison], deciding: Collection[str], gaps: Gaps) -> ReviewVerdict:
    """The verdict of the comparison that decides; without one the first gaps say why."""
    for one in comparisons:
        if one.decides:
            return verdict.judge(one.metrics, one.rows, deciding)
    return ReviewVerdict(word="not comparable", reason="; ".join(gap.what for gap in gaps.found[:2]) + ".")


def find_findings(
    comparisons: list[ReviewComparison], kpis: list[ReportedKpi], watched: Collection[str], gaps: Gaps
) -> list[Finding]:
    """What closes the gate: missed floors, regressions, inconclusive metrics, gaps."""
    findings = verdict.find_missed_floors(kpis)
    for one in comparisons:
        if one.decides:
            findings += verdict.find_regressions(one.metrics, one.slices, watched)
            findings += verdict.find_inconclusive(one.metrics, watched)
    return findings + verdict.find_gaps(gaps.found)


def decide_gate(findings: list[Finding], accepted: Collection[str]) -> GateState:
    """The gate, open where every finding was accepted."""
    judged = verdict.accept_findings(findings, accepted)
    return GateState(
        open=all(one.accepted for one in judged), findings=judged, unused=verdict.find_unused(judged, accepted)
    )


def describe_head() -> HeadVersion:
    """The commit below the workspace, and whether tracked files differ from it."""
    commit = revisions.git("rev-parse", "--verify", "--quiet", "HEAD").stdout.decode().strip()
    changes = revisions.git("status", "--porcelain", "--untracked-files=no", "--", ".").stdout.strip()
    return HeadVersion(revision=commit or None, changed=bool(changes))


def parse_accepted(names: Collection[str], labels: str) -> frozenset[str]:
    """The names accepted outright or by labels `accept:NAME`, which are a JSON list or separated by commas."""
    try:
        parsed = json.loads(labels)
    except ValueError:
        parsed = labels.split(",")
    texts = [one.strip() for one in parsed if isinstance(one, str)] if isinstance(parsed, list) else []
    return frozenset(names) | {
        one.removeprefix(verdict.ACCEPT).strip() for one in texts if one.startswith(verdict.ACCEPT)
    }
