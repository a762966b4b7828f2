"""A project's whole loop on a few of its rows, twice in two folders: whether both write the same bytes.

# tests/test_whole_loop.py
from lifecycle.testing.small_loop import rebuild_sample

def test_the_whole_loop_on_a_few_rows(tmp_path):
    found = rebuild_sample(tmp_path)
    assert found.differing == []
    assert found.unwritten == []
    assert found.looking_ahead == []
"""

import contextlib
import os
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from lifecycle import config, paths
from lifecycle.data.features.build import build_features
from lifecycle.data.schema import Schema
from lifecycle.io.hashes import hash_sha256
from lifecycle.io.tables import read_table
from lifecycle.stages import featurize
from lifecycle.testing import raw_sample, stage_runs
from lifecycle.testing.cases import find_top
from lifecycle.testing.option_files import list_candidate_forms, list_options
from lifecycle.testing.pipeline_file import list_outs, matches, read_stages
from lifecycle.testing.promises import plainly
from lifecycle.versioning import workspace

FAST = ("baseline", "linear")
LEFT_OUT = ("collect",)
# Two orders of sets and two numbers of threads.
RUNS: Mapping[str, Mapping[str, str]] = {
    "one": {"PYTHONHASHSEED": "1", "OMP_NUM_THREADS": "1"},
    "another place": {"PYTHONHASHSEED": "2", "OMP_NUM_THREADS": "2"},
}


@dataclass(frozen=True)
class SmallLoop:
    """The folders of the two runs, and what is wrong: each list is empty where the project keeps its promises.

    `differing` are the outputs that the runs wrote with other bytes, `unwritten` those of dvc.yaml that no stage wrote,
    and `looking_ahead` the features of earlier rows that later rows change.
    """

    folders: tuple[Path, Path]
    differing: list[str]
    unwritten: list[str]
    looking_ahead: list[str]


@plainly()
def rebuild_sample(folder: Path, rows: int = 2000) -> SmallLoop:
    """Run every stage after collect on at most so many rows of the project in the working folder or above it.

    Two copies, in new folders below `folder`, are rebuilt side by side, with two fast candidates and no search; the
    project itself is only read. Fails the test with the three lines of the error of a stage that fails.
    """
    with contextlib.chdir(find_top(Path.cwd())):
        one, other = (prepare_copy(folder.resolve() / name, rows) for name in RUNS)
    logs = [folder.resolve() / f"{name}.log" for name in RUNS]
    with ThreadPoolExecutor(len(RUNS)) as runs:
        list(runs.map(run_copy, (one, other), RUNS.values(), logs))
    with contextlib.chdir(one):
        unwritten, looking_ahead = list_unwritten(), list_features_looking_ahead()
    return SmallLoop((one, other), list_differing(hash_outputs(one), hash_outputs(other)), unwritten, looking_ahead)


def prepare_copy(copy: Path, rows: int) -> Path:
    """A copy of this project with a sample of its raw rows, fast candidates and no search."""
    workspace.copy_sources(copy)
    (copy / "dvc.lock").unlink(missing_ok=True)
    raw_sample.write_sample(copy, rows)
    picks = {**config.read_parameters(), **choose_fast_picks()}
    (copy / paths.PARAMS).write_text(format_picks(picks), encoding="utf-8")
    return copy


def choose_fast_picks() -> dict[str, Any]:
    """Two candidates that are fitted in no time, or else the first two that there are; no search."""
    named = [option for option, _ in list_candidate_forms()]
    fast = [option for option in FAST if option in named] or named
    return {"candidates": fast[:2], **({"search": "none"} if "none" in list_options("search") else {})}


def format_picks(picks: Mapping[str, Any]) -> str:
    """The text of params.yaml with these picks."""
    import yaml

    return yaml.safe_dump(dict(picks), sort_keys=False, allow_unicode=True)


def run_copy(copy: Path, environment: Mapping[str, str], log: Path) -> None:
    """Run the stages of a copy with its own package and this engine; raises the error of the stage that fails."""
    command = [sys.executable, "-m", stage_runs.__name__, *LEFT_OUT]
    path = os.pathsep.join(filter(None, [str(copy / paths.SOURCE), os.environ.get("PYTHONPATH")]))
    workspace.raise_logged(workspace.run(copy, command, {**environment, "PYTHONPATH": path}, log), command, log)


def hash_outputs(copy: Path) -> dict[str, str]:
    """The SHA-256 of every file below the folders that stages write to, by its path in the copy."""
    with contextlib.chdir(copy):
        tops = sorted({out.split("/")[0] for stage in read_stages() for out in list_outs(stage)})
        files = [path for top in tops for path in sorted(Path(top).rglob("*")) if path.is_file()]
        return {path.as_posix(): hash_sha256(path) for path in files}


def list_differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """The files that are not in both with the same bytes."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def list_unwritten() -> list[str]:
    """The outputs of dvc.yaml that are not here; of one per candidate, where no candidate has one."""
    here = [path.as_posix() for path in Path().rglob("*")]
    outs = [out for stage in read_stages() for out in list_outs(stage)]
    return [out for out in outs if not any(matches(name, [out]) for name in here)]


def list_features_looking_ahead() -> list[str]:
    """The features of the earlier half of the rows that come out otherwise without the later half.

    What is learned from rows belongs to the model's pipeline: a feature of a row may look at earlier rows only.
    """
    settings = config.load(featurize.Config)
    schema, table, rejected = settings.schema, read_table(paths.TABLE), read_table(paths.REJECTED)
    last = find_middle(table, schema)
    early, past = choose_early(table, schema.time, last), choose_early(rejected, schema.time, last)
    if schema.time is None:
        early = pd.Series(range(len(table)), index=table.index) < last
    asked = early & choose_early(table, schema.find_column("prediction_time"), last)
    whole = build_features(table, rejected, settings.features, schema, featurize.WHERE)
    alone = build_features(table[early], rejected[past], settings.features, schema, featurize.WHERE)
    together, apart = whole[asked], alone[asked[early]]
    return [str(name) for name in together if not together[name].equals(apart[name])]


def find_middle(table: pd.DataFrame, schema: Schema) -> Any:
    """The time of the middle row, or its place in the table where rows have no time."""
    times = table[schema.time] if schema.time else pd.Series(range(len(table)))
    return times.sort_values(ignore_index=True)[len(table) // 2]


def choose_early(table: pd.DataFrame, column: str | None, last: Any) -> pd.Series:
    """Which rows have no later time than `last`; all where there is no such column, or none is known."""
    return ~(table[column] > last) if column else pd.Series(True, index=table.index)
