"""A release that would end, busy or fill the process that loads it does so in a process of its own."""

import io
import resource
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builders import hostile, raw_releases, releases, shops

from lifecycle.errors import CorruptFile
from lifecycle.serving import trial
from lifecycle.serving.trial import Trial, TrialLimits, pack_files, unpack_files

LIMITS = TrialLimits(60.0, 512)
Files = dict[str, bytes]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The files of a small release."""
    return releases.files("binary", "linear", tmp_path_factory.mktemp("release"))


def rejected(files: Files, limits: TrialLimits = LIMITS) -> str:
    """What is reported of a release that does not pass, in three lines."""
    with Trial(files, "models/release", limits) as begun, pytest.raises(CorruptFile) as caught:
        begun.must_pass()
    assert begun.process.poll() is not None
    assert len(str(caught.value).splitlines()) == 3
    return caught.value.what


def test_files_come_over_as_they_are(tmp_path: Path) -> None:
    files = {"a": b"", "b.json": b"\n{}\n", "\xe9": bytes(range(256))}
    (tmp_path / "stream").write_bytes(pack_files(files))
    with (tmp_path / "stream").open("rb") as stream:
        assert unpack_files(stream) == files


def test_a_release_as_it_should_be_passes(files: Files) -> None:
    with Trial(files, "models/release", LIMITS) as begun:
        begun.must_pass()


def test_what_is_wrong_is_reported_as_it_would_be_here(files: Files) -> None:
    changed = hostile.sign(files | {"threshold.json": b'{"threshold": 7}'})
    assert rejected(changed) == "threshold.json says '7', not a probability from 0 to 1, or null"


def test_memory_has_a_limit(files: Files) -> None:
    with Trial(files, "models/release", TrialLimits(60.0, 4)) as begun, pytest.raises(CorruptFile) as caught:
        begun.must_pass()
    assert caught.value.what == "the release takes more than 4 MiB to load and to predict its example"
    assert caught.value.todo.endswith("; where it is yours, in conf/serve/default.yaml: trial_mib: 8")


def write_zeros(count: int) -> bytes:
    """A Parquet file of so many zeros, which takes some kilobytes."""
    into, zeros = io.BytesIO(), pa.table({"shop": pa.array(np.zeros(count // 10, dtype="int64"))})
    with pq.ParquetWriter(into, zeros.schema, compression="zstd") as writer:
        for _ in range(10):
            writer.write_table(zeros)
    return into.getvalue()


def test_a_small_table_of_any_size_takes_no_memory_of_this_process(tmp_path: Path) -> None:
    files = raw_releases.files(shops.compute_offline(raw_releases.ORDERS)[1], tmp_path)
    changed = hostile.sign(files | {"rows.parquet": write_zeros(10**8)})
    assert len(changed["rows.parquet"]) < 10**6
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rejected(changed, TrialLimits(60.0, 128))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024


PROGRAMS = {
    "ends by a signal": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "(SIGSEGV)"),
    "aborts": ("import os; os.abort()", "(SIGABRT)"),
    "ends": ("import sys; sys.exit(7)", "(exit code 7)"),
    "reports nothing": ("", "(exit code 0)"),
    "reports no object": ("print('[7]')", "(exit code 0)"),
    "goes on": ("import sys; sys.stdin.buffer.read()\nwhile True: pass", "did not load and predict its example within"),
    "takes nothing": ("import time; time.sleep(600)", "did not load and predict its example within"),
}


@pytest.mark.parametrize("what", PROGRAMS)
def test_however_the_process_ends_it_is_a_rejection(
    files: Files, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, told = PROGRAMS[what]
    (tmp_path / "stand_in.py").write_text(program, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(trial, "PROGRAM", "stand_in")
    begun = time.monotonic()
    assert told in rejected(files | {"large": bytes(10**6)}, TrialLimits(2.0, 64))
    assert time.monotonic() - begun < 30


def test_one_that_is_left_ends(files: Files) -> None:
    with Trial(files, "models/release", LIMITS) as begun:
        assert begun.process.poll() is None
    assert begun.process.poll() is not None
