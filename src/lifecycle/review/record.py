"""The whole review as one record, from which the page is written."""

import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.evaluation import metric as metrics
from lifecycle.evaluation.gates import Gate
from lifecycle.evaluation.metric import Metric
from lifecycle.options import options
from lifecycle.review import config_diff as changed
from lifecycle.review import data_diff, verdict
from lifecycle.review.comparison import Terms, metrics_compared, slices_compared, worst_first
from lifecycle.review.paired_predictions import Compared, Question, compared
from lifecycle.review.plots import plots
from lifecycle.review.versions import Gaps, Side, base_side
from lifecycle.versioning import freshness, revisions

HERE = Side("head")


@options
class Config:
    """What is asked, how strictly differences are judged, and all metrics."""

    problem: Problem
    schema: Schema
    gate: Gate
    metric: dict[str, Metric]
    seed: int


@dataclass(frozen=True)
class Asked:
    """What to compare with, the problem's name, what a person accepts, and a folder of base's timings if any."""

    base: str
    problem: str
    accepted: frozenset[str] = frozenset()
    clock: Path | None = None


def review(config: Config, asked: Asked, stale: Callable[[], list[str]]) -> dict[str, Any]:
    """Everything that the change does; raises UnknownName for a base that is no revision.

    `stale` gives a sentence for each sign that dvc.lock is stale.
    """
    question = Question(config.problem, config.schema.asking(config.problem.target))
    named = metrics.of_task(config.metric, config.problem.task)
    terms = Terms(named, config.problem.score, config.problem.slices, config.gate, config.seed)
    gaps = Gaps()
    base = base_side(asked.base, gaps)
    tested = gaps.attempt(HERE, "KPIs", lambda one: dict(one.record(paths.TEST))) or {}
    found = compared(base, question, gaps) if base else Compared([])
    scored = [one(pair, terms, config.problem.task, found.classes) for pair in found.pairs]
    more = beside(base, config, asked, named, gaps) if base else {}
    signs = [verdict.Finding(what) for what in stale()]
    signs += [verdict.Finding(what, freshness.FROZEN) for what in freshness.frozen()]
    return concluded(config, asked, scored, found, tested, more, gaps, signs) | {
        "base": {"asked": asked.base, "revision": base and base.revision},
        "head": head(),
        "kpis": kpis(tested),
    }


def one(pair: Any, terms: Terms, task: str, classes: tuple[str, ...]) -> dict[str, Any]:
    """What one pair says."""
    return {
        "rows": pair.rows,
        "count": len(pair.context),
        "blocks": int(pair.blocks.nunique()),
        "metrics": metrics_compared(pair, terms),
        "slices": worst_first(slices_compared(pair, terms)),
        "sliced_by": terms.score,
        "thresholds": {"base": pair.base.cut, "head": pair.head.cut} if task == "binary" else {},
        "plots": plots(pair, task, classes),
    }


def beside(base: Side, config: Config, asked: Asked, named: dict[str, Metric], gaps: Gaps) -> dict[str, Any]:
    """All that is compared beside the predictions: data, options, stages, code, packages, cost, kept numbers."""
    question = config.schema.asking(config.problem.target)
    same_question(base, config, asked, gaps)
    settings = changed.options_changed(base, HERE, gaps)
    clocks = changed.clock(asked.clock, paths.RUNS) if asked.clock else []
    return {
        "kept": kept_numbers(base, named, gaps),
        "data": data_diff.data(base, HERE, question, asked.problem, gaps),
        "options": settings,
        "rules": changed.rules_changed(settings, asked.problem),
        "stages": changed.stages_changed(base, HERE, gaps),
        "code": changed.code_changed(base),
        "packages": changed.packages_changed(base, HERE),
        "cost": changed.cost(base, HERE, gaps),
        "clock": clocks,
    }


def same_question(base: Side, config: Config, asked: Asked, gaps: Gaps) -> None:
    """Add a gap where base asks another question."""
    path = paths.CONF / "problem" / f"{asked.problem}.yaml"
    before = gaps.attempt(base, "the question", lambda one: dict(one.record(path))) or {}
    for key, now in (("task", config.problem.task), ("target", config.problem.target)):
        if before and before.get(key) != now:
            gaps.add(f"base: another question: {key} was {before.get(key)}, is {now}", f"git diff {asked.base} {path}")


def kept_numbers(base: Side, named: dict[str, Metric], gaps: Gaps) -> list[dict[str, Any]]:
    """The numbers in reports/test.json of both, each of its own test rows; a metric that went is a gap."""
    before, after = (
        gaps.attempt(side, "metrics", lambda one: dict(one.record(paths.TEST)["metrics"])) for side in (base, HERE)
    )
    if before is None or after is None:
        return []
    for name in sorted(before.keys() - named.keys()):
        gaps.add(f"head: metric {name} of base is not measured any more: renamed or removed", "keep it in conf/metric/")
    return [
        {"name": name, "base": before.get(name), "head": after.get(name)}
        for name in sorted(before.keys() | after.keys())
    ]


def concluded(
    config: Config,
    asked: Asked,
    scored: list[dict[str, Any]],
    found: Compared,
    tested: dict[str, Any],
    more: dict[str, Any],
    gaps: Gaps,
    stale: list[verdict.Finding],
) -> dict[str, Any]:
    """Verdict and gate, above all that they rest on."""
    deciding = {config.problem.score, *(kpi.metric for kpi in config.problem.kpis)}
    first: dict[str, Any] = scored[0] if scored else {"metrics": [], "slices": [], "rows": ""}
    come_to = verdict.verdict(first["metrics"], first["rows"], deciding)
    if not scored:
        come_to = verdict.Verdict("not comparable", "; ".join(gap.what for gap in gaps.found[:2]) + ".")
    watched = deciding | set(config.gate.tolerances)
    findings = [
        *verdict.floors(tested.get("kpis", {})),
        *verdict.regressions(first["metrics"], first["slices"], watched),
        *(verdict.untold(first["metrics"], watched) if scored else []),
        *verdict.incomplete(gaps.found),
        *stale,
    ]
    held = verdict.decided(findings, asked.accepted)
    return {
        "verdict": asdict(come_to),
        "gate": {
            "open": all(one.accepted for one in held),
            "findings": [asdict(one) for one in held],
            "unused": verdict.unused(held, asked.accepted),
        },
        "gaps": [asdict(gap) for gap in gaps.found],
        "rows": {"base": found.base_rows, "head": found.head_rows, "shared": found.shared_rows},
        "deciding": sorted(deciding),
        "comparisons": scored,
        **more,
    }


def head() -> dict[str, Any]:
    """The commit that the files here stand on, and whether tracked ones differ from it."""
    commit = revisions.git("rev-parse", "--verify", "--quiet", "HEAD").stdout.decode().strip()
    changes = revisions.git("status", "--porcelain", "--untracked-files=no").stdout.strip()
    return {"revision": commit or None, "changed": bool(changes)}


def kpis(tested: dict[str, Any]) -> list[dict[str, Any]]:
    """Head's KPIs as the test stage judged them, by name."""
    return [{**one, "metric": name} for name, one in sorted(tested.get("kpis", {}).items())]


def accepted(names: Collection[str], labels: str) -> frozenset[str]:
    """The names accepted outright or by labels `accept:NAME`, given as JSON list or with commas between them."""
    try:
        told = json.loads(labels)
    except ValueError:
        told = labels.split(",")
    found = [one.strip() for one in told if isinstance(one, str)] if isinstance(told, list) else []
    return frozenset(names) | {
        one.removeprefix(verdict.ACCEPT).strip() for one in found if one.startswith(verdict.ACCEPT)
    }
