"""replay: months in production, played again for several policies of retraining side by side."""

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
from lifecycle.io.records import read_json, round_floats, write_json
from lifecycle.modeling.pipeline import Recipe
from lifecycle.modeling.tuning import LOSS
from lifecycle.monitoring.settings import Monitor, check_monitor
from lifecycle.options import Call, options
from lifecycle.reporting.png import write_png
from lifecycle.retraining import report
from lifecycle.retraining.backtest import Stage, Step, against, play
from lifecycle.retraining.backtest_services import Asked, Live, emptied
from lifecycle.retraining.known_data import happened
from lifecycle.retraining.plots import timeline
from lifecycle.retraining.policy import Policy, Replay, must_be_playable
from lifecycle.stages.train import Training

NEVER = "never"
USAGE = "lifecycle replay [replay=year] [replay.KEY=VALUE]"
GIVEN = {"replay": "default", "monitor": "default"}


@options
class Config:
    """The problem with its rows, how the months are played, the policies, and what is watched for."""

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
    """Play the months, print them as they pass, and write reports/replay/. Arguments are Hydra overrides."""
    parser = Parser(prog="lifecycle replay", usage=USAGE, description="Play months in production again, by policy.")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", help="an option such as replay=year, or a value")
    settings = config.load(Config, overrides(parser.parse_args(arguments).overrides))
    must_be_playable(settings.replay, settings.policy, list(settings.monitor.rules), list(settings.training))
    check_monitor(settings.monitor)
    live = started(settings)
    stage = staged(settings, live)
    found = record(settings, live, stage)
    write(found, settings)
    print(report.verdict(found).replace("**", ""))
    print(f"read {paths.REPLAY / 'README.md'}")
    return 0


def overrides(arguments: list[str]) -> list[str]:
    """The arguments, with the default of each group that neither they nor params.yaml pick."""
    named = {argument.split("=", 1)[0] for argument in arguments} | set(config.read_parameters())
    return [*(f"{group}={option}" for group, option in GIVEN.items() if group not in named), *arguments]


def started(settings: Config) -> Live:
    """Everything that happened through the last month, and an empty folder for releases and logs."""
    replay, schema = settings.replay, settings.schema.with_target(settings.problem.target)
    last = pd.Period(replay.first, freq="M") + replay.months - 1
    world = happened(settings.source, settings.clean, settings.features, schema, last, replay.share, replay.delay)
    print(f"{len(world.days):,} rows through {last}, {replay.share:.0%} of all, {len(world.made.columns) - 1} features")
    asked = Asked(
        problem=settings.problem,
        schema=schema,
        recipe=from_record(Recipe, read_json(paths.WINNER)["recipe"]),
        trainings=settings.training,
        monitor=settings.monitor,
        metrics=select_metrics(settings.metric, settings.problem.task),
        seed=settings.seed,
    )
    return Live(asked, replay, world, emptied(paths.RUNS / "replay"))


def staged(settings: Config, live: Live) -> Stage:
    """The months on the code that serves and watches."""
    loss = LOSS[settings.problem.task]
    return Stage(
        train=live.train,
        known=live.known,
        serve=live.serve,
        held=live.held,
        loss=(loss, settings.metric[loss]),
        metrics=live.asked.metrics,
        rules=settings.monitor.rules,
        seed=settings.seed,
    )


def record(settings: Config, live: Live, stage: Stage) -> dict[str, object]:
    """Every policy played, the one that never retrains first, and compared with it."""
    order = sorted(settings.policy, key=lambda name: (name != NEVER, name))
    with Progress("replay", len(order) * settings.replay.months) as progress:

        def tell(name: str, one: Step) -> None:
            progress.step(report.line(name, one, stage))

        played = {name: play(settings.policy[name], settings.replay, stage, partial(tell, name)) for name in order}
    compared = {
        name: against(steps, played[NEVER], settings.replay, stage)
        for name, steps in played.items()
        if name != NEVER and NEVER in played
    }
    return dict(round_floats(report.record(played, compared, live.trained_through, stage)))


def write(found: dict[str, object], settings: Config) -> None:
    """Write the record, the picture and the page."""
    replay = settings.replay
    title = (
        f"{replay.months} months from {replay.first} on, {replay.share:.0%} of the rows, labels known after "
        f"{replay.delay} days. A challenger is judged on the last {replay.held} days with labels; it is released when "
        f"it is {' or '.join(replay.promote)}. Nothing later than each month's end was known to what decided."
    )
    write_json(paths.REPLAY / "replay.json", found)
    drawn = timeline(found, settings.problem.kpis[0].metric, "Months in production, played again")
    write_png(paths.REPLAY / "timeline.png", drawn)
    write_text(paths.REPLAY / "README.md", report.page(found, title))
