"""How well a default run predicts tables of one's own, beside LightGBM's defaults and other programs, row by row."""

import shutil
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from benchmarks._rivals import FITS
from benchmarks._runs import NOTHING, Floats, Run, Usage, open_default_run, read_rows, read_run, run_rival, run_single
from lifecycle import config, paths
from lifecycle.cli.parser import Parser
from lifecycle.data.problem import Task
from lifecycle.errors import LifecycleError, WrongValue, suggest_name
from lifecycle.evaluation.bootstrap import draw_block_weights, resample_metric
from lifecycle.evaluation.metric import Metric
from lifecycle.evaluation.predictions import HALF
from lifecycle.evaluation.significance import LEVEL, MetricChange, classify_change, compare_measures
from lifecycle.options import options
from lifecycle.reporting.text import format_count

USAGE = "python -m benchmarks quality FOLDER [--other NAME[=PYTHON]] [--seconds S]"
FIRST = "lightgbm"  # the rival that is there without being asked for: this environment has it
SINGLE = "single"  # the same run without an ensemble
HERE = ("skrub", SINGLE)  # the other rivals of this environment, which need no Python of their own
KNOWN = {*FITS, SINGLE}
SCORES: Mapping[Task, str] = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
RESAMPLES, SEED = 500, 1
PLURALS: Mapping[str, str] = {"win": "wins", "tie": "ties", "loss": "losses", "failure": "failures"}
LAYOUT = "{:16.16} {:>7} {:>7} {:>5} {:9}{:>10} {:>6} {:>6} {:>6}  {:10.10}{:>10} {:>6} {:>6} {:>6}  {:32}{:>8}  {}"
HEADER = ("table", "train", "test", "left", "metric", "ours", "s", "CPU s", "MiB")
HEADER_OF_RIVAL = ("beside", "theirs", "s", "CPU s", "MiB", "ours less theirs, 95 %", "in %", "")

Result = Literal["win", "tie", "loss", "failure"]


@options
class Metrics:
    """All metrics."""

    metric: dict[str, Metric]


@dataclass(frozen=True)
class Outcome:
    """How a table ended beside a rival, and what both took."""

    rival: str
    result: Result
    ours: Usage = NOTHING
    theirs: Usage = NOTHING


def main(arguments: list[str]) -> int:
    """Print a line for each table and rival as soon as it is known, then the sums; 1 where anything failed."""
    asked = build_parser().parse_args(arguments)
    rivals, tables, started = parse_rivals(asked), list_tables(asked.folder), time.perf_counter()
    logs = (paths.RUNS / "quality").resolve()
    logs.mkdir(parents=True, exist_ok=True)
    print(LAYOUT.format(*HEADER, *HEADER_OF_RIVAL).rstrip(), flush=True)
    outcomes = [outcome for path in tables for outcome in measure_table(path, rivals, asked.seconds, logs)]
    print("\n".join(["", *(describe_rival(name, outcomes) for name in rivals)]))
    print(f"{format_count(len(tables), 'table')} in {time.perf_counter() - started:,.0f} s")
    return int(any(outcome.result == "failure" for outcome in outcomes))


def build_parser() -> Parser:
    """The command line."""
    parser = Parser(
        prog="python -m benchmarks quality",
        usage=USAGE,
        description="Measure default runs on tables, CSV files with the columns target and part (train, valid, test).",
    )
    parser.add_argument("folder", metavar="FOLDER", help="where the CSV files are")
    elsewhere = " or ".join(sorted(KNOWN - {FIRST, *HERE}))
    text = f"{' or '.join(HERE)}; or a Python that has {elsewhere}, by the program's name"
    parser.add_argument("--other", action="append", default=[], metavar="NAME[=PYTHON]", help=text)
    text = "how long each of the others may search, without its own start and end"
    parser.add_argument("--seconds", type=float, default=120.0, metavar="S", help=text)
    return parser


def parse_rivals(asked: Namespace) -> dict[str, str]:
    """The Python of each program that is measured too; raises WrongValue for an unknown one or where there is none."""
    rivals = {FIRST: sys.executable}
    for text in asked.other:
        name, given, python = text.partition("=")
        python = sys.executable if name in HERE and not given else python
        if name not in KNOWN or not shutil.which(python):
            what = f"{python!r} is no program" if name in KNOWN else f"{name!r} is not known"
            todo = suggest_name(name, KNOWN) + ", such as --other flaml=../flaml/bin/python"
            raise WrongValue(what, where="command line, --other", todo=todo)
        rivals[name] = str(Path(python).absolute())
    return rivals


def list_tables(folder: str) -> list[Path]:
    """The CSV files of a folder by name; raises WrongValue where there are none."""
    found = sorted(Path(folder).resolve().glob("*.csv")) if folder else []
    if not found:
        raise WrongValue(
            f"{folder!r} has no CSV files",
            where="command line, FOLDER",
            todo="make bench-quality DATA=FOLDER, where FOLDER/NAME.csv has the columns target and part",
        )
    return found


def measure_table(path: Path, rivals: Mapping[str, str], seconds: float, logs: Path) -> Iterator[Outcome]:
    """How the table ended beside each rival, with its line printed."""
    log = logs / f"{path.stem}.log"
    log.write_bytes(b"")
    try:
        rows = read_rows(path)
        with open_default_run(path, log) as (copy, ours):
            run = read_run(copy, rows)
            for name, python in rivals.items():
                yield measure_rival(name, python, Measured(path.stem, rows, copy, run, ours), seconds, log)
    except LifecycleError as error:
        print(f"{path.stem}: failed\n{error}", flush=True)
        yield from (Outcome(name, "failure") for name in rivals)


@dataclass(frozen=True)
class Measured:
    """A table after its default run: the copy that it was made in, what it predicted, and what it took."""

    table: str
    rows: pd.DataFrame
    copy: Path
    run: Run
    used: Usage


def measure_rival(name: str, python: str, ours: Measured, seconds: float, log: Path) -> Outcome:
    """How the table ended beside the rival, with its line printed."""
    try:
        if name == SINGLE:
            scores, theirs = run_single(ours.copy, ours.rows, log)
        else:
            scores, theirs = run_rival(name, python, ours.rows, ours.run, seconds, log)
    except LifecycleError as error:
        print(f"{ours.table}, {name}: failed\n{error}", flush=True)
        return Outcome(name, "failure", ours.used)
    change = compare_scores(ours.run, scores, config.load(Metrics).metric[SCORES[ours.run.task]])
    print(render_line(ours.table, ours.run, ours.used, name, theirs, change), flush=True)
    return Outcome(name, judge_change(change), ours.used, theirs)


def compare_scores(run: Run, theirs: Floats, metric: Metric) -> MetricChange:
    """How our scores of the test rows differ from theirs, by a paired bootstrap of the rows."""
    truth = run.select_labels(run.test)
    weights = draw_block_weights(pd.Series(np.arange(len(truth))), RESAMPLES, SEED)
    base, head = (
        resample_metric(SCORES[run.task], metric, truth, scores, HALF, weights) for scores in (theirs, run.scores)
    )
    return compare_measures(base, head, metric.sign, len(truth))


def judge_change(change: MetricChange) -> Result:
    """A win or a loss where the interval of the difference leaves out 0, else a tie."""
    mark = classify_change(change, change.p_value, LEVEL)
    return "win" if mark == "better" else "loss" if mark == "worse" else "tie"


def render_line(table: str, run: Run, ours: Usage, rival: str, theirs: Usage, change: MetricChange) -> str:
    """A table beside a rival; the difference in percent is of the rival's value."""
    rows = [f"{count:,}" for count in (run.train.sum(), run.test.sum(), run.left_out)]
    between = change.difference
    difference = f"{between.value:+.4g} ({between.low:+.4g} to {between.high:+.4g})"
    percent = f"{100 * between.value / abs(change.base):+.2f}" if change.base else "-"
    sides = [f"{change.head:.5g}", *render_usage(ours), rival, f"{change.base:.5g}", *render_usage(theirs)]
    return LAYOUT.format(table, *rows, SCORES[run.task], *sides, difference, percent, judge_change(change))


def render_usage(usage: Usage) -> list[str]:
    """Seconds, seconds of CPU time and MiB, without decimals."""
    return [f"{value:,.0f}" for value in (usage.seconds, usage.processor, usage.mebibytes)]


def describe_rival(name: str, outcomes: Sequence[Outcome]) -> str:
    """Wins, ties, losses and failures beside a rival, and what both took on the tables that both ended."""
    mine = [outcome for outcome in outcomes if outcome.rival == name]
    counted = [
        f"{format_count(sum(one.result == result for one in mine), result, PLURALS[result])}" for result in PLURALS
    ]
    both = [one for one in mine if one.result != "failure"]
    if not both:
        return f"beside {name}: {', '.join(counted)}"
    ours, theirs = (sum_usage(sides) for sides in ([one.ours for one in both], [one.theirs for one in both]))
    return f"beside {name}: {', '.join(counted)}; ours {describe_usage(ours)}; {name} {describe_usage(theirs)}"


def sum_usage(usages: Sequence[Usage]) -> Usage:
    """One after the other."""
    return reduce(Usage.add, usages, NOTHING)


def describe_usage(usage: Usage) -> str:
    """What a program took, in words."""
    seconds, processor, mebibytes = render_usage(usage)
    return f"{seconds} s, {processor} s of CPU time, at most {mebibytes} MiB"
