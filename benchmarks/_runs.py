"""A default run of this repository on a table, and other programs on the same rows: scores, and what each took."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks import _measured, _rivals
from lifecycle import config, paths
from lifecycle.data.cleaning import read_tables, run_steps
from lifecycle.data.dataset import encode_labels
from lifecycle.data.problem import Task
from lifecycle.data.splits import PARTS
from lifecycle.errors import CorruptFile, UnfitTable
from lifecycle.evaluation.predictions import parse_predictions
from lifecycle.io.programs import run_logged
from lifecycle.io.records import edit_yaml, read_json
from lifecycle.io.tables import read_table
from lifecycle.io.yaml_edit import set_key
from lifecycle.stages import clean
from lifecycle.versioning import workspace

TARGET, PART = _rivals.TARGET, "part"
NAME = "measured"  # the problem's name in the copy

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.int64] | Floats


@dataclass(frozen=True)
class Usage:
    """What a program took: seconds, seconds of CPU time, and MiB of its largest process."""

    seconds: float
    processor: float
    mebibytes: float

    def add(self, other: "Usage") -> "Usage":
        """One program after the other."""
        peak = max(self.mebibytes, other.mebibytes)
        return Usage(self.seconds + other.seconds, self.processor + other.processor, peak)


NOTHING = Usage(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Run:
    """A default run on a table: its scores of the test rows, and the labels of all rows.

    `labels` has a number, 0 or 1, or the code of a class for each row of the CSV file, and NaN for one that is left
    out. `train` and `test` mark the rows that are learnt from and predicted, `scores` has a row for each of these.
    """

    task: Task
    classes: int
    labels: Floats
    train: Booleans
    test: Booleans
    scores: Floats

    @property
    def left_out(self) -> int:
        """How many rows clean left out, here and for every other program."""
        return int((~self.train & ~self.test).sum())

    def select_labels(self, chosen: Booleans) -> Labels:
        """The labels of these rows, codes as integers."""
        values = self.labels[chosen]
        return values if self.task == "regression" else values.astype(np.int64)


def read_rows(path: Path) -> pd.DataFrame:
    """The table; raises UnfitTable where a column is missing or no row is to be learnt from or predicted."""
    rows = pd.read_csv(path, low_memory=False)
    if lacking := [name for name in (TARGET, PART) if name not in rows]:
        raise UnfitTable(
            f"there is no column {' and no column '.join(lacking)}; the columns are {', '.join(map(str, rows))[:200]}",
            where=str(path),
            todo=f"name what is asked {TARGET}, and say in {PART} of each row whether it is train or test",
        )
    found = set(normalize_parts(rows))
    if not {"train", "test"} <= found <= set(PARTS):
        raise UnfitTable(
            f"{PART} holds {', '.join(map(repr, sorted(found)))[:200]}, not train and test",
            where=f"{path}, column {PART}",
            todo=f"write train or test into {PART} of each row; valid is possible too",
        )
    return rows


def normalize_parts(rows: pd.DataFrame) -> pd.Series:
    """The part of each row, as the split `given` reads it."""
    return rows[PART].astype("str").fillna("").str.strip().str.lower()


@contextlib.contextmanager
def open_default_run(path: Path, log: Path) -> Iterator[tuple[Path, Usage]]:
    """A copy of this repository after `lifecycle new` and `dvc repro` up to the stage test; params.yaml stays else."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        copy = Path(folder)
        workspace.copy_sources(copy)
        forget_data(copy)
        new = ["lifecycle", "new", NAME, "--data", str(path), "--target", TARGET, "--part", PART]
        written = run_measured(new, copy, log)
        yield copy, written.add(rebuild(copy, "problem", NAME, log))


def rebuild(copy: Path, group: str, pick: str, log: Path) -> Usage:
    """Pick an option in the copy and rebuild it up to the stage test."""
    edit_yaml(copy / paths.PARAMS, lambda text: set_key(text, [group], pick, str(paths.PARAMS)))
    return run_measured(["dvc", "repro", "test"], copy, log)


def run_single(copy: Path, rows: pd.DataFrame, log: Path) -> tuple[Floats, Usage]:
    """The scores of the same run without an ensemble, and what it took beyond the search, which stays."""
    used = rebuild(copy, "ensemble", "none", log)
    return read_run(copy, rows).scores, used


def forget_data(copy: Path) -> None:
    """Remove what is of this repository's own problem: what dvc.lock has, labels that came back, and erasures."""
    for path in [copy / "dvc.lock", *(copy / "data").glob("*/*")]:
        if path.is_file() and path.name != "README.md":
            path.unlink()


def run_measured(command: Sequence[str], folder: Path, log: Path) -> Usage:
    """What a command takes in a folder, with the folder's code; raises its own error of three lines when it fails."""
    with tempfile.TemporaryDirectory() as kept:
        file = Path(kept, "usage.json")
        start = [sys.executable, "-I", _measured.__file__, str(file)]
        code = run_logged([*start, *command], folder, workspace.build_environment(folder), log)
        workspace.raise_logged(code, command, log)
        return Usage(**read_json(file))


def read_run(copy: Path, rows: pd.DataFrame) -> Run:
    """What stands in the files of the copy, in the order of the table's rows."""
    with contextlib.chdir(copy):
        return read_files(rows)


def read_files(rows: pd.DataFrame) -> Run:
    """What stands in the files of this folder, in the order of the table's rows."""
    found = config.load(clean.Config)
    schema, task = found.schema.with_target(found.problem.target), found.problem.task
    table = read_table(paths.TABLE, [schema.id, TARGET])
    labels = pd.Series(encode_labels(table, schema), index=pd.Index(table[schema.id]), dtype="float64")
    ids = list_ids(found, rows).astype(table[schema.id].dtype)
    known = labels.reindex(ids).to_numpy().copy()
    known[ids.duplicated(keep=False)] = np.nan
    parts, kept = normalize_parts(rows).to_numpy(), ~np.isnan(known)
    predicted = parse_predictions(read_table(paths.TEST_PREDICTIONS), task, schema.classes)
    test = kept & (parts == "test")
    chosen = predicted.select(pd.Index(ids[test]))
    must_match(chosen.truth, known[test])
    return Run(task, len(schema.classes) or 2, known, kept & (parts != "test"), test, chosen.scores)


def list_ids(found: clean.Config, rows: pd.DataFrame) -> pd.Series:
    """The id that the steps of conf/clean/ give each row of the table, in its order.

    Raises CorruptFile where their rows are not those of the table.
    """
    raw, _ = clean.read_raw(found.schema)
    tables = run_steps(read_tables(raw, found.schema, found.clean.unit), found.clean, "conf/clean/")
    units = clean.select_unit(tables, found.clean).reset_index(drop=True)
    same = len(units) == len(rows) and (normalize_parts(units) == normalize_parts(rows)).all()
    if not same:
        raise CorruptFile(
            f"the table was read as {len(units):,} rows, and pandas reads {len(rows):,}, or in another order",
            where=str(paths.RAW),
            todo="write the table as plain CSV: a line of names, then a line for each row",
        )
    return units[found.schema.id]


def must_match(truth: npt.NDArray[np.generic], labels: Floats) -> None:
    """Raise CorruptFile unless the predictions are of the rows with these labels."""
    if not np.array_equal(truth.astype(np.float64), labels):
        raise CorruptFile(
            f"the labels of {np.sum(truth != labels):,} of {len(labels):,} test rows are not those of the table",
            where=str(paths.TEST_PREDICTIONS),
            todo="report this: rows were matched wrongly",
        )


def run_rival(name: str, python: str, rows: pd.DataFrame, run: Run, seconds: float, log: Path) -> tuple[Floats, Usage]:
    """A program's scores of the test rows, learnt from the train rows, and what it took from its start to its end."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        features = rows.drop(columns=[TARGET, PART])
        features[run.train].assign(**{TARGET: run.select_labels(run.train)}).to_csv(
            Path(folder, "train.csv"), index=False
        )
        features[run.test].to_csv(Path(folder, "test.csv"), index=False)
        script = [python, "-I", _rivals.__file__, name, run.task, str(run.classes), str(seconds), "."]
        used = run_measured(script, Path(folder), log)
        return np.loadtxt(Path(folder, "scores.txt"), ndmin=2 if run.task == "multiclass" else 1), used
