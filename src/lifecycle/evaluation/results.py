"""The results on the test part as reports/test.json holds them: each KPI judged, all metrics, and of which rows."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from lifecycle.data import label_stats
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.evaluation import baseline
from lifecycle.evaluation.bootstrap import draw_block_weights
from lifecycle.evaluation.case import Case
from lifecycle.evaluation.gates import Gate, KpiVerdict, Rivals, judge_kpis
from lifecycle.evaluation.metric import Metric, compute_metrics, select_metrics


@dataclass(frozen=True)
class Rules:
    """What the results depend on beside rows and model: the KPIs, how strictly they are judged, metrics and seed.

    The schema has the problem's target.
    """

    problem: Problem
    schema: Schema
    gate: Gate
    metrics: Mapping[str, Metric]
    seed: int


@dataclass(frozen=True)
class Results:
    """A verdict for each KPI, every metric of the task, and what the rows are: their number, blocks, labels, times."""

    verdicts: list[KpiVerdict]
    metrics: dict[str, float]
    rows: dict[str, object]

    def to_record(self) -> dict[str, object]:
        """The content of reports/test.json."""
        return {
            "passed": all(verdict.passed for verdict in self.verdicts),
            "kpis": {verdict.metric: asdict(verdict) for verdict in self.verdicts},
            "metrics": self.metrics,
            **self.rows,
        }


def compute_results(case: Case, rules: Rules) -> Results:
    """The results of a model's scores; the case has the labels of the train part, which make the trivial baseline."""
    blocks = case.context[rules.problem.block or rules.schema.id]
    rivals = Rivals(
        truth=case.truth,
        model=case.scores,
        baseline=baseline.predict_baseline(case.labels_train, case.scores, case.task, rules.seed),
        threshold=case.decision_threshold,
        weights=draw_block_weights(blocks, rules.gate.resamples, rules.seed),
    )
    every = select_metrics(rules.metrics, case.task)
    return Results(
        verdicts=judge_kpis(rules.problem.kpis, rules.metrics, rivals, rules.gate),
        metrics=compute_metrics(every, case.truth, case.scores, case.decision_threshold),
        rows={
            "rows": len(case.truth),
            "blocks": int(blocks.nunique()),
            **label_stats.describe_labels(case.truth, rules.schema),
            **label_stats.describe_time_span(case.context, rules.schema),
        },
    )
