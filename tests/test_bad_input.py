from __future__ import annotations

import os
import resource
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import subprocess

    from conftest import Repository

JANUARY = "data/raw/orders/2013-01.parquet"


def rejected(done: subprocess.CompletedProcess[str]) -> tuple[str, str, str]:
    """What, where and next of a rejection, which says nothing else."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert [line[:7] for line in lines] == ["error: ", "where: ", "next:  "], done.stderr
    what, where, todo = (line[7:] for line in lines)
    return what, where, todo


def rewrite(repository: Repository, name: str, **columns: object) -> None:
    path = repository.folder / name
    pd.read_parquet(path).assign(**columns).to_parquet(path)


def small_files_only() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))


def wait_for(path: Path, seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.01)


def test_an_unknown_key_is_named_with_its_file_and_the_nearest_key(changed: Repository) -> None:
    path = changed.folder / "conf/gate/floors.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "resample: 50\n", encoding="utf-8")
    before = changed.outputs()
    what, where, todo = rejected(changed.stage("test", "problem=generated", "schema=generated", "gate=floors"))
    assert what == "unknown key 'resample'"
    assert where == "conf/gate/floors.yaml, key resample"
    assert todo == "use 'resamples'"
    assert changed.outputs() == before


def test_an_unknown_option_is_named_with_the_nearest_one(changed: Repository) -> None:
    before = changed.outputs()
    what, where, todo = rejected(changed.stage("split", "schema=generated", "split=by_tim"))
    assert what == "split: there is no option 'by_tim'"
    assert where.startswith("conf/split/")
    assert todo == "use 'by_time'"
    assert changed.outputs() == before


def test_dvc_repro_with_an_unknown_option_says_so_and_goes_on_once_it_is_corrected(changed: Repository) -> None:
    before, locked = changed.outputs(), changed.locked()
    changed.edit("params.yaml", {r"^leaks: .*": "leaks: defalt"})
    done = changed.run("dvc", "repro")
    assert done.returncode != 0
    assert done.stderr == "ERROR: failed to reproduce 'split': dependency 'conf/leaks/defalt.yaml' does not exist\n"
    # DVC removes the outputs of a stage before it runs it; those of all others stand as they were.
    own = {"data/split.parquet", "data/sealed.parquet", "reports/split.json"}
    assert changed.outputs() == {name: content for name, content in before.items() if name not in own}
    changed.edit("params.yaml", {r"^leaks: .*": "leaks: default"})
    changed.repro()
    assert changed.outputs() == before
    assert changed.locked() == locked


def test_a_value_of_the_wrong_type_is_named_with_its_file_and_key(changed: Repository) -> None:
    changed.edit("conf/split/by_time.yaml", {r"^test_days: .*": "test_days: many"})
    before = changed.outputs()
    what, where, todo = rejected(changed.stage("split", "schema=generated", "split=by_time"))
    assert what.startswith("test_days is 'many': ")
    assert where.endswith("key test_days")
    assert "test_days" in todo
    assert changed.outputs() == before


def test_a_target_outside_the_allow_list_is_not_called(changed: Repository) -> None:
    changed.edit("conf/source/generated.yaml", {r"^_target_: .*": "_target_: os.mkdir", r"^rows: .*": "path: called"})
    before = changed.outputs()
    what, where, todo = rejected(changed.stage("collect", "source=generated"))
    assert what == "_target_ 'os.mkdir' is not on the allow-list"
    assert where.startswith("conf/source/")
    assert "a package that pyproject.toml lists under [tool.lifecycle]" in todo
    assert changed.outputs() == before
    assert not (changed.folder / "called").exists()


def test_a_missing_column_is_named_with_its_batch(changed: Repository) -> None:
    path = changed.folder / JANUARY
    pd.read_parquet(path).rename(columns={"weight": "weights"}).to_parquet(path)
    before = changed.outputs()
    what, where, todo = rejected(changed.stage("clean", "schema=generated", "clean=generated"))
    assert what == "column 'weight' is missing; the table has 9 columns, 75 rows"
    assert where == f"{JANUARY}, column weight"
    assert todo.startswith("use 'weights' in conf/schema/")
    assert changed.outputs() == before


def test_a_column_of_another_type_is_named_with_a_value(changed: Repository) -> None:
    rewrite(changed, JANUARY, weight="heavy")
    before = changed.outputs()
    what, where, _ = rejected(changed.stage("clean", "schema=generated", "clean=generated"))
    assert what == "column 'weight' is str, not number; for example 'heavy'"
    assert where == f"{JANUARY}, column weight, 75 rows"
    assert changed.outputs() == before


def test_a_batch_without_rows_is_rejected(changed: Repository) -> None:
    path = changed.folder / JANUARY
    pd.read_parquet(path).iloc[:0].to_parquet(path)
    before = changed.outputs()
    what, where, _ = rejected(changed.stage("clean", "schema=generated", "clean=generated"))
    assert what == f"no rows in {JANUARY}"
    assert where == JANUARY
    assert changed.outputs() == before


def test_equal_labels_are_rejected_with_the_label_and_the_rows(changed: Repository) -> None:
    for path in sorted((changed.folder / "data/raw/orders").iterdir()):
        rewrite(changed, str(path.relative_to(changed.folder)), late=True)
    before = changed.outputs()
    what, where, _ = rejected(changed.stage("clean", "schema=generated", "clean=generated"))
    assert what == "all labels are equal: late is True in every row"
    assert where == "data/table.parquet, column late, 600 rows kept, 0 rejected"
    assert changed.outputs() == before


def test_a_data_version_before_the_first_row_is_rejected_with_a_day_that_works(changed: Repository) -> None:
    before = changed.outputs()
    what, where, todo = rejected(changed.stage("collect", "source=generated", "through=2012-12-31"))
    assert what == "no data version ends on 2012-12-31: the first row is of 2013-01-01"
    assert where == "params.yaml, key through"
    assert todo == "set through: 2013-01-31"
    assert changed.outputs() == before


def test_a_corrupt_batch_is_rejected_by_clean(changed: Repository) -> None:
    path = changed.folder / JANUARY
    path.write_bytes(path.read_bytes()[:-100])
    before = changed.outputs()
    what, where, todo = rejected(changed.stage("clean", "schema=generated", "clean=generated"))
    assert what.startswith(f"{JANUARY} cannot be read as Parquet")
    assert where.startswith(f"{JANUARY}, ")
    assert JANUARY in todo
    assert changed.outputs() == before


def test_a_batch_that_changed_since_it_was_collected_is_rejected_by_collect(changed: Repository) -> None:
    rewrite(changed, JANUARY, weight=1.0)
    before = changed.outputs()
    what, _, todo = rejected(changed.stage("collect", "source=generated"))
    assert what == f"{JANUARY} has changed since it was collected"
    assert todo == f"rm {JANUARY} && dvc repro collect"
    assert changed.outputs() == before


def test_a_full_disk_leaves_every_earlier_output_whole(changed: Repository) -> None:
    before = changed.outputs()
    done = changed.stage("clean", "schema=generated", "clean=generated", preexec_fn=small_files_only)
    what, where, todo = rejected(done)
    assert what.startswith("no space left to write table.parquet")
    assert where == "data/table.parquet"
    assert "lifecycle gc" in todo
    assert changed.outputs() == before


def test_a_repro_killed_within_a_stage_is_taken_up_by_the_next(changed: Repository) -> None:
    before, locked = changed.outputs(), changed.locked()
    assert (changed.folder / "reports/explore/README.md").exists()
    running = changed.start("dvc", "repro", "--force", "--single-item", "explore", start_new_session=True)
    deadline = time.monotonic() + 60
    while (changed.folder / "reports/explore/README.md").exists():
        assert time.monotonic() < deadline, "the stage did not start"
        time.sleep(0.01)
    wait_for(changed.folder / "reports/explore/histograms.png")
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    assert running.returncode == -signal.SIGKILL
    assert changed.outputs() != before
    changed.repro()
    assert changed.locked() == locked
    assert changed.outputs() == before
