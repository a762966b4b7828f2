"""What a cold rebuild, a no-op and a rebuild after one change cost, beside what they are held against."""

import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.cli.parser import reject_arguments
from lifecycle.config import read_parameters
from lifecycle.io.records import edit_yaml, read_yaml
from lifecycle.io.yaml_edit import set_key
from lifecycle.testing import stage_runs
from lifecycle.versioning import workspace

TRIVIAL = "  trivial{0}:\n    cmd: echo {0} > {0}.txt\n    outs:\n    - {0}.txt\n"


def main(arguments: list[str]) -> int:
    """Measure everything in copies of this repository and print times with their ratios, in one run."""
    reject_arguments(
        "python -m benchmarks rebuild", "Time a cold rebuild, a no-op and a rebuild after one change.", arguments
    )
    paths.RUNS.mkdir(exist_ok=True)
    log = (paths.RUNS / "bench.log").resolve()
    log.write_bytes(b"")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        cold, warm, one, many = (Path(folder) / name for name in ("cold", "warm", "one", "many"))
        for copy in (cold, warm):
            workspace.copy_sources(copy)
            (copy / "dvc.lock").unlink(missing_ok=True)
        create_trivial_repository(one, 1, log)
        create_trivial_repository(many, count_stages(read_parameters()), log)
        in_one_process = measure_seconds(lambda: run_in_one_process(warm, log))
        rebuilt = measure_seconds(lambda: run_repro(cold, log))
        nothing, least, floor = (measure_best(partial(run_repro, folder, log)) for folder in (cold, one, many))
        change_candidate(cold)
        changed = measure_seconds(lambda: run_repro(cold, log))
    print_comparison("cold rebuild, dvc repro", rebuilt, "the same stages in one warm process", in_one_process)
    print_comparison("nothing to do, dvc repro", nothing, "nothing to do with one trivial stage", least)
    print_comparison("nothing to do, dvc repro", nothing, "with as many trivial stages", floor)
    print_comparison("as many trivial stages", floor, "one trivial stage: DVC's own work", least)
    print_comparison("one candidate changed, dvc repro", changed, "cold rebuild", rebuilt)
    return 0


def print_comparison(name: str, seconds: float, other: str, beside: float) -> None:
    """One line: a time, what it is held against, and the ratio."""
    print(f"{name:34} {seconds:7.1f} s | {other:38} {beside:7.1f} s | ratio {seconds / beside:5.2f}", flush=True)


def measure_seconds(work: Callable[[], object]) -> float:
    """How many seconds the work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure_best(work: Callable[[], object], times: int = 5) -> float:
    """The shortest of several runs, which other work on the machine disturbed least."""
    return min(measure_seconds(work) for _ in range(times))


def run_repro(folder: Path, log: Path) -> None:
    """Run `dvc repro` in a folder."""
    workspace.run_checked(folder, ["dvc", "repro"], {}, log)


def count_stages(params: Mapping[str, Any]) -> int:
    """How many stages dvc.yaml has, one per candidate where it lists a matrix."""
    stages = read_yaml(Path("dvc.yaml"))["stages"].values()
    return sum(len(params["candidates"]) if "matrix" in stage else 1 for stage in stages)


def create_trivial_repository(folder: Path, stages: int, log: Path) -> None:
    """A repository with stages that do nothing, built once."""
    folder.mkdir()
    workspace.run_checked(folder, ["git", "init", "--quiet"], {}, log)
    workspace.run_checked(folder, ["dvc", "init", "--quiet"], {}, log)
    text = "stages:\n" + "".join(TRIVIAL.format(number) for number in range(stages))
    (folder / "dvc.yaml").write_text(text, encoding="utf-8")
    run_repro(folder, log)


def run_in_one_process(folder: Path, log: Path) -> None:
    """Run every stage in one process of its own, with the code of the folder."""
    workspace.run_checked(folder, [sys.executable, "-m", stage_runs.__name__], {}, log)


def change_candidate(folder: Path) -> None:
    """Change one argument of the decision tree in a copy; raises WrongValue where it has no max_depth."""
    path = folder / "conf" / "model" / "decision_tree.yaml"
    depth = int(read_yaml(path).get("max_depth", 0)) + 1
    edit_yaml(path, lambda text: set_key(text, ["max_depth"], depth, str(path)))
