"""test: opens the sealed part once → every KPI with its confidence interval, pass or fail."""

import sys
from dataclasses import asdict
from typing import Any

from lifecycle import paths
from lifecycle.data import label_stats
from lifecycle.data.dataset_files import read_labels, read_sealed
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.evaluation import baseline
from lifecycle.evaluation.bootstrap import draw_block_weights
from lifecycle.evaluation.case import Case
from lifecycle.evaluation.gates import Gate, KpiVerdict, Rivals, judge_kpis
from lifecycle.evaluation.metric import Metric, compute_metrics, select_metrics
from lifecycle.evaluation.predictions import tabulate_case
from lifecycle.io.records import read_json, write_json
from lifecycle.io.tables import write_table
from lifecycle.modeling.persistence import read_model
from lifecycle.modeling.pipeline import make_plan, predict_dataset
from lifecycle.options import options
from lifecycle.stages import runner


@options
class Config:
    """The KPIs, how strictly they are judged, and all metrics."""

    problem: Problem
    schema: Schema
    gate: Gate
    metric: dict[str, Metric]
    seed: int


def run(config: Config) -> str:
    """Write the predictions of the test part and a verdict for each KPI; a missed KPI stops nothing here."""
    problem, schema = config.problem, config.schema.with_target(config.problem.target)
    case = score_sealed_rows(config, schema)
    write_table(paths.TEST_PREDICTIONS, tabulate_case(case, schema.id))
    trivial = baseline.predict_baseline(read_labels(schema, "train"), case.scores, problem.task, config.seed)
    blocks = case.context[problem.block or schema.id]
    weights = draw_block_weights(blocks, config.gate.resamples, config.seed)
    rivals = Rivals(case.truth, case.scores, trivial, case.decision_threshold, weights)
    verdicts = judge_kpis(problem.kpis, config.metric, rivals, config.gate)
    others = compute_metrics(
        select_metrics(config.metric, problem.task), case.truth, case.scores, case.decision_threshold
    )
    write_json(paths.TEST, build_record(verdicts, others, case, schema) | {"blocks": int(blocks.nunique())})
    passed = sum(verdict.passed for verdict in verdicts)
    return f"{passed} of {len(verdicts)} KPIs reached on {len(case.truth):,} test rows: " + ", ".join(
        f"{one.metric} {one.model.value:.4f} ({one.model.low:.4f} to {one.model.high:.4f})" for one in verdicts
    )


def score_sealed_rows(config: Config, schema: Schema) -> Case:
    """The test rows with the released model's predictions, at the threshold that evaluate chose."""
    examples = read_sealed(schema)
    scores, truth = predict_dataset(
        make_plan(config.problem.task, schema), read_model(paths.MODEL)["pipeline"], examples
    )
    return Case(
        task=config.problem.task,
        truth=truth,
        scores=scores,
        context=examples.context,
        features=examples.features,
        classes=schema.classes,
        target=schema.target,
        threshold=read_json(paths.THRESHOLD)["threshold"],
    )


def build_record(verdicts: list[KpiVerdict], others: dict[str, float], case: Case, schema: Schema) -> dict[str, Any]:
    """Verdicts by KPI, all metrics, and which rows they are of."""
    return {
        "passed": all(verdict.passed for verdict in verdicts),
        "kpis": {verdict.metric: asdict(verdict) for verdict in verdicts},
        "metrics": others,
        "rows": len(case.truth),
        **label_stats.describe_labels(case.truth, schema),
        **label_stats.describe_time_span(case.context, schema),
    }


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("test", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
