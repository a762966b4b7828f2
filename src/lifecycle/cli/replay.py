"""replay: a backtest of retraining policies, month by month → reports/replay/."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from functools import partial

import pandas as pd

from lifecycle import config, paths
from lifecycle.cli.parser import Parser
from lifecycle.config import from_record
from lifecycle.data.cleaning import Clean
from lifecycle.data.features.build import Features
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.evaluation.metric import Metric, select_metrics
from lifecycle.io.atomic import write_text
from lifecycle.io.progress import Progress
from lifecycle.io.records import read_json, write_json
from lifecycle.modeling.pipeline import Winner
from lifecycle.modeling.training import Training
from lifecycle.modeling.tuning import LOSS
from lifecycle.monitoring.settings import Monitor, check_monitor
from lifecycle.options import Call, options
from lifecycle.reporting.png import write_png
from lifecycle.retraining import report
from lifecycle.retraining.backtest import MonthResult, Services, compare_policies, play_policy
from lifecycle.retraining.backtest_services import BacktestServices, BacktestSetup, empty_folder
from lifecycle.retraining.known_data import collect_history, find_first_month, must_be_replayable, read_batches
from lifecycle.retraining.plots import plot_timeline
from lifecycle.retraining.policy import Policy, Replay, check_replay
from lifecycle.sources.batches import Batch

NEVER = "never"
USAGE = "lifecycle replay [replay=year] [replay.KEY=VALUE]"
DEFAULTS = {"replay": "default", "monitor": "default"}


@options
class Config:
    """The problem with its rows, how the months are run, the policies, and the monitor."""

    problem: Problem
    source: Call
    schema: Schema
    clean: Clean
    features: Features
    replay: Replay
    policy: dict[str, Policy]
    training: dict[str, Training]
    monitor: Monitor
    metric: dict[str, Metric]
    through: date
    seed: int


def main(arguments: list[str]) -> int:
    """Run the months, print each as it ends, and write reports/replay/. Arguments are Hydra overrides."""
    parser = Parser(prog="lifecycle replay", usage=USAGE, description="Backtest retraining policies month by month.")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="an option such as replay=year, or a value")
    settings = config.load(Config, add_defaults(parser.parse_args(arguments).overrides))
    check_replay(settings.replay, settings.policy, list(settings.monitor.rules), list(settings.training))
    check_monitor(settings.monitor)
    must_be_replayable(settings.schema.with_target(settings.problem.target))
    available = read_batches(settings.source)
    settings = replace(settings, replay=name_first_month(settings.replay, available))
    backtest = open_backtest(settings, available)
    record = run_policies(settings, backtest, make_services(settings, backtest))
    write_report(record, settings)
    print(report.describe_verdict(record).replace("**", ""))
    print(f"read {paths.REPLAY / 'README.md'}")
    return 0


def add_defaults(arguments: list[str]) -> list[str]:
    """The arguments, with the default of each group that neither they nor params.yaml pick."""
    named = {argument.split("=", 1)[0] for argument in arguments} | set(config.read_parameters())
    return [*(f"{group}={option}" for group, option in DEFAULTS.items() if group not in named), *arguments]


def name_first_month(replay: Replay, available: Sequence[Batch]) -> Replay:
    """The options with a first month: their own, else that of the last months of the batches."""
    return replay if replay.first else replace(replay, first=str(find_first_month(available, replay.months)))


def open_backtest(settings: Config, available: Sequence[Batch]) -> BacktestServices:
    """All rows through the last month, and an empty folder for releases and logs."""
    replay, schema = settings.replay, settings.schema.with_target(settings.problem.target)
    last = pd.Period(replay.first, freq="M") + replay.months - 1
    history = collect_history(available, settings.clean, settings.features, schema, last, replay.share, replay.delay)
    features = len(history.features.columns) - 1
    print(f"{len(history.days):,} rows through {last}, {replay.share:.0%} of all, {features} features")
    setup = BacktestSetup(
        problem=settings.problem,
        schema=schema,
        recipe=from_record(Winner, read_json(paths.WINNER)).recipe,
        trainings=settings.training,
        monitor=settings.monitor,
        metrics=select_metrics(settings.metric, settings.problem.task),
        seed=settings.seed,
    )
    return BacktestServices(setup, replay, history, empty_folder(paths.RUNS / "replay"))


def make_services(settings: Config, backtest: BacktestServices) -> Services:
    """The steps of production for the policies."""
    loss = LOSS[settings.problem.task]
    return Services(
        train=backtest.train,
        count_labels=backtest.count_labels,
        serve=backtest.serve,
        score_held=backtest.score_held,
        loss=(loss, settings.metric[loss]),
        metrics=backtest.setup.metrics,
        rules=settings.monitor.rules,
        seed=settings.seed,
    )


def run_policies(settings: Config, backtest: BacktestServices, services: Services) -> report.BacktestRecord:
    """Every policy, the one that never retrains first, and compared with it."""
    order = sorted(settings.policy, key=lambda name: (name != NEVER, name))
    with Progress("replay", len(order) * settings.replay.months) as progress:

        def report_month(name: str, result: MonthResult) -> None:
            progress.step(report.format_month(name, result, services))

        played = {
            name: play_policy(settings.policy[name], settings.replay, services, partial(report_month, name))
            for name in order
        }
    compared = {
        name: compare_policies(results, played[NEVER], settings.replay, services)
        for name, results in played.items()
        if name != NEVER and NEVER in played
    }
    return report.make_record(played, compared, backtest.trained_through, services)


def write_report(record: report.BacktestRecord, settings: Config) -> None:
    """Write the record, the figure and the page."""
    replay = settings.replay
    summary = (
        f"{replay.months} months from {replay.first} on, {replay.share:.0%} of the rows, labels known after "
        f"{replay.delay} days. A challenger is judged on the last {replay.held} days with labels and released if it is "
        f"{' or '.join(replay.promote)}. No decision used data from after its month's end."
    )
    write_json(paths.REPLAY / "replay.json", asdict(record))
    figure = plot_timeline(record, settings.problem.kpis[0].metric, "Backtest of retraining policies")
    write_png(paths.REPLAY / "timeline.png", figure)
    write_text(paths.REPLAY / "README.md", report.render_page(record, summary))
