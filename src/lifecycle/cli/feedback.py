"""feedback: delivered labels become a new raw batch; or the labeling queue."""

import argparse
from pathlib import Path

import pandas as pd

from lifecycle import config, paths
from lifecycle.cli.log_privacy import read_id_privacy
from lifecycle.cli.parser import Parser
from lifecycle.data.dataset_files import read_dataset
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.errors import FileError, MissingFile, WrongValue
from lifecycle.feedback import labeling_queue, labels, prediction_log
from lifecycle.feedback.deliveries import READS, find_source, is_connected, list_deliveries, read_labels
from lifecycle.feedback.labels import Delivery
from lifecycle.feedback.open_labels import find_open_labels
from lifecycle.io.budget import must_fit_bytes, must_fit_columns
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.programs import run_program, shorten_message
from lifecycle.io.records import edit_yaml, read_json, read_yaml
from lifecycle.io.tables import protect_texts, read_csv, restore_texts, write_csv, write_table
from lifecycle.io.yaml_edit import append_item
from lifecycle.options import options

USAGE = "lifecycle feedback LABELS.csv [--origin person] [--late DAYS], or: lifecycle feedback --queue N"
WORST = 5


@options
class Config:
    """The problem and its schema."""

    problem: Problem
    schema: Schema


def main(arguments: list[str]) -> int:
    """Accept the labels of a file, or print the labeling queue."""
    options = create_parser().parse_args(arguments)
    settings = config.load(Config)
    predictions = read_predictions()
    if options.queue:
        queue = protect_texts(make_queue(settings, predictions, options.queue))
        print(queue.to_csv(index=False, lineterminator="\n"), end="")
        return 0
    if options.labels is None:
        raise WrongValue("there is no file of labels", where="command line", todo=USAGE)
    print("\n".join(accept_labels(settings, Path(options.labels), options, predictions)))
    return 0


def create_parser() -> Parser:
    """The command line."""
    parser = Parser(
        prog="lifecycle feedback", usage=USAGE, description="Labels of predicted rows become a new raw batch."
    )
    parser.add_argument("labels", nargs="?", metavar="LABELS.csv", help="id and label; origin and known_at where known")
    parser.add_argument(
        "--origin",
        choices=labels.ORIGINS,
        default="service",
        help="the origin of labels, where the file does not name it",
    )
    parser.add_argument("--late", type=int, default=30, metavar="DAYS", help="from how many days on a label is late")
    parser.add_argument("--queue", type=int, metavar="N", help="print the first N rows of the labeling queue")
    return parser


def read_predictions() -> pd.DataFrame:
    """The logged predictions; prints which lines an interrupted process left incomplete."""
    reading = prediction_log.read_log()
    if reading.message:
        print(reading.message)
    return labels.tabulate_log(reading)


def make_queue(settings: Config, predictions: pd.DataFrame, count: int) -> pd.DataFrame:
    """The predicted rows without a label, the most informative first."""
    schema = settings.schema.with_target(settings.problem.target)
    entry = find_source()
    labelled = read_labels(list_deliveries(entry))
    answered = (
        predictions["id"].isin(labelled["id"])
        | find_open_labels(predictions, schema, read_id_privacy(schema.id)).notna()
    )
    waiting = predictions[~answered].reset_index(drop=True)
    slices = read_csv(paths.EVALUATION / "slices.csv").head(WORST)
    worst = [(str(column), str(value)) for column, value in zip(slices["column"], slices["value"], strict=True)]
    train = read_dataset(schema, "train").features
    return labeling_queue.rank_rows(waiting, train, worst, read_json(paths.THRESHOLD)["threshold"]).head(count)


def accept_labels(settings: Config, file: Path, options: argparse.Namespace, predictions: pd.DataFrame) -> list[str]:
    """Make a batch of the new labels in the file, list it in conf/source/, and report what became of every label.

    The list is written last: until then a second try makes the same bytes again.
    """
    entry = find_source()
    check_source(entry)
    before = list_deliveries(entry)
    late = pd.Timedelta(days=options.late)
    delivery = labels.accept_labels(
        read_label_file(settings, file, options.origin), predictions, read_labels(before), late
    )
    lines = [describe_counts(delivery)]
    if len(delivery.rejected):
        rejected = paths.FEEDBACK / f"rejected-{hash_sha256(file)[:12]}.csv"
        write_csv(rejected, delivery.rejected)
        lines.append(f"rejected rows with their reasons: {rejected}")
    if delivery.taken.empty:
        return [*lines, "nothing new: the data version stays as it is"]
    name = write_delivery(delivery.taken)
    track_file(paths.FEEDBACK / f"{name}.parquet")
    edit_yaml(entry, lambda text: append_item(text, ["batches"], name, str(entry)))
    return [*lines, f"delivery {name} is listed in {entry}: dvc repro builds the new data version"]


def read_label_file(settings: Config, file: Path, origin: str) -> pd.DataFrame:
    """The labels in a file as text, an id as the queue protects it as it is.

    Raises MissingFile, UnfitTable, and TooLarge above the budget.
    """
    if not file.is_file():
        raise MissingFile(f"{file} does not exist", where=str(file), todo=USAGE)
    size = file.stat().st_size
    must_fit_bytes(size, size, str(file))
    try:
        must_fit_columns(len(pd.read_csv(file, dtype="str", nrows=0).columns), str(file))
        rows = restore_texts(pd.read_csv(file, dtype="str", keep_default_na=False, na_values=[""]))
    except (ValueError, UnicodeDecodeError) as cause:
        raise WrongValue(
            f"{file} is no CSV file ({cause})", where=str(file), todo="id,label in the first line"
        ) from cause
    reading = settings.schema.find_reading(str(settings.problem.target)) if settings.problem.target else None
    return labels.conform_labels(rows, origin, list_labels(settings), reading, str(file))


def list_labels(settings: Config) -> tuple[str, ...]:
    """The possible labels; none for numbers. Raises WrongValue where rows have no label."""
    if settings.problem.target is None:
        raise WrongValue("the problem has no target, so no row has a label", where="conf/problem/", todo="task: binary")
    column = settings.schema.with_target(settings.problem.target).columns[settings.problem.target]
    return ("false", "true") if column.type == "boolean" else column.categories


def check_source(entry: Path) -> None:
    """Raise WrongValue unless the problem's source takes deliveries and has a list of them."""
    if not is_connected(entry) or not isinstance(read_yaml(entry).get("batches"), list):
        raise WrongValue(
            f"the source of this problem takes no labels: _target_ is {read_yaml(entry).get('_target_')}",
            where=f"{entry}, keys _target_ and batches",
            todo=f"_target_: {READS}, folder: {paths.FEEDBACK}, batches: [], and the present keys below "
            "source: (docs/retraining.md shows it)",
        )


def describe_counts(delivery: Delivery) -> str:
    """How many labels were taken, repeated and rejected, in one line."""
    reasons = "; ".join(f"{count:,} {reason}" for reason, count in delivery.rejected["reason"].value_counts().items())
    return (
        f"{len(delivery.taken):,} labels taken, {delivery.corrections:,} of them corrections, {delivery.late:,} late; "
        f"{delivery.repeated:,} delivered before; {len(delivery.rejected):,} rejected"
        + (f" ({reasons})" if reasons else "")
    )


def write_delivery(taken: pd.DataFrame) -> str:
    """Write a delivery under the name of its content, and return that name."""
    beside = paths.FEEDBACK / "new.parquet.part"
    write_table(beside, taken)
    name = hash_sha256(beside)[:12]
    beside.replace(paths.FEEDBACK / f"{name}.parquet")
    return name


def track_file(path: Path) -> None:
    """Let DVC version a file; raises FileError with DVC's message."""
    done = run_program(["dvc", "add", "--quiet", str(path)])
    if done.returncode:
        raise FileError(
            f"dvc add {path} failed: {shorten_message(done)}",
            where=str(path),
            todo=f"dvc add {path}, then the same command again",
        )
