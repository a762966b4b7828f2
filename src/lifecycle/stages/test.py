"""test: opens the sealed part once → every KPI with its confidence interval, pass or fail."""

import sys

from lifecycle import paths
from lifecycle.data.dataset_files import read_sealed
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.evaluation.gates import Gate
from lifecycle.evaluation.metric import Metric
from lifecycle.evaluation.predictions import tabulate_case
from lifecycle.evaluation.results import Rules, compute_results
from lifecycle.io.records import write_json
from lifecycle.io.tables import write_table
from lifecycle.modeling.sealed import build_case, score_rows
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
    schema = config.schema.with_target(config.problem.target)
    rules = Rules(config.problem, schema, config.gate, config.metric, config.seed)
    examples = read_sealed(schema)
    case = build_case(rules, examples, *score_rows(rules, examples))
    write_table(paths.TEST_PREDICTIONS, tabulate_case(case, schema.id))
    results = compute_results(case, rules)
    write_json(paths.TEST, results.to_record())
    passed = sum(verdict.passed for verdict in results.verdicts)
    return f"{passed} of {len(results.verdicts)} KPIs reached on {len(case.truth):,} test rows: " + ", ".join(
        f"{one.metric} {one.model.value:.4f} ({one.model.low:.4f} to {one.model.high:.4f})" for one in results.verdicts
    )


def main(arguments: list[str]) -> int:
    """Run the stage with Hydra overrides."""
    return runner.enter("test", Config, run, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
