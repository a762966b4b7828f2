"""The log of answers: written whole, read in order, torn ends told, private fields left out."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lifecycle
from lifecycle.errors import CorruptFile, LogUnwritable, WrongValue
from lifecycle.feedback import prediction_log
from lifecycle.feedback.prediction_log import Log, Privacy, build_privacy, read_log

STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ROW = {
    "id": "a",
    "time": "2026-01-02T03:04:05.000001Z",
    "version": "0123456789ab",
    "inputs": {"size": 1.5, "place": None},
    "prediction": {"probability": 0.25, "predicted": False},
}


def numbered(number):
    return ROW | {"id": str(number)}


def test_what_is_appended_is_read_back_in_order(tmp_path):
    log = Log(tmp_path, STARTED)
    log.append([numbered(1), numbered(2)])
    log.append([numbered(3)])
    log.close()
    assert list(read_log(tmp_path)) == [numbered(1), numbered(2), numbered(3)]
    assert [path.name for path in tmp_path.iterdir()] == ["20260102T030405Z-1.jsonl"]


def test_a_record_can_be_read_as_soon_as_append_returns(tmp_path):
    log = Log(tmp_path, STARTED)
    log.append([ROW])
    assert list(read_log(tmp_path)) == [ROW]
    log.close()


def test_a_full_file_is_followed_by_the_next_in_the_order_of_numbers(tmp_path):
    log = Log(tmp_path, STARTED, limit=len(prediction_log.encode_record(numbered(10))) + 5)
    for number in range(12):
        log.append([numbered(number)])
    log.close()
    assert len(list(tmp_path.iterdir())) == 12
    assert [record["id"] for record in read_log(tmp_path)] == [str(number) for number in range(12)]


def test_two_logs_that_start_in_one_second_have_files_of_their_own(tmp_path):
    logs = [Log(tmp_path, STARTED), Log(tmp_path, STARTED)]
    for number, log in enumerate(logs):
        log.append([numbered(number)])
        log.close()
    assert [record["id"] for record in read_log(tmp_path)] == ["0", "1"]


def test_processes_that_go_on_to_further_files_at_once_lose_no_record(tmp_path):
    """Files are named by the start of their process: midnight is a moment like any other."""
    limit = 2 * len(prediction_log.encode_record(numbered(10)))
    logs = [Log(tmp_path, datetime(2026, 1, 1, 23, 59, 59, tzinfo=UTC), limit) for _ in range(2)]
    for number in range(10, 40):
        logs[number % 2].append([numbered(number)])
    for log in logs:
        log.close()
    assert sorted(record["id"] for record in read_log(tmp_path)) == [str(number) for number in range(10, 40)]
    assert len(list(tmp_path.iterdir())) == 16


def test_earlier_starts_are_read_first(tmp_path):
    for year in (2027, 2026):
        log = Log(tmp_path, STARTED.replace(year=year))
        log.append([numbered(year)])
        log.close()
    assert [record["id"] for record in read_log(tmp_path)] == ["2026", "2027"]


def test_a_torn_last_line_is_left_out_counted_and_told(tmp_path):
    (tmp_path / "20260102T030405Z-1.jsonl").write_bytes(prediction_log.encode_record(numbered(1)) + b'{"id": "2", "ti')
    (tmp_path / "20260102T030405Z-2.jsonl").write_bytes(prediction_log.encode_record(numbered(3)))
    found = read_log(tmp_path)
    assert [record["id"] for record in found] == ["1", "3"]
    assert [path.name for path in found.torn] == ["20260102T030405Z-1.jsonl"]
    assert found.message == "1 lines torn by a stopped process, at the end of 20260102T030405Z-1.jsonl"


def test_nothing_torn_says_nothing(tmp_path):
    found = read_log(tmp_path / "nowhere")
    assert list(found) == []
    assert found.message == ""


def test_a_whole_line_that_is_no_record_is_an_error_with_its_place(tmp_path):
    (tmp_path / "20260102T030405Z-1.jsonl").write_bytes(prediction_log.encode_record(ROW) + b"nonsense\n")
    with pytest.raises(CorruptFile) as caught:
        list(read_log(tmp_path))
    assert caught.value.where.endswith("20260102T030405Z-1.jsonl, line 2")


def test_a_line_holds_one_record_whatever_its_text_holds():
    text = prediction_log.encode_record({"id": "a\nb\u2028\u0000é"})
    assert text.count(b"\n") == 1
    assert json.loads(text) == {"id": "a\nb\u2028\u0000é"}


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS


@given(st.lists(st.dictionaries(TEXTS, VALUES, max_size=3), max_size=5))
def test_any_inputs_are_read_back(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("log")
    records = [{"inputs": row} for row in rows]
    log = Log(folder, STARTED, limit=100)
    log.append(records)
    log.close()
    assert list(read_log(folder)) == records


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from lifecycle.feedback.prediction_log import Log
log = Log(Path(sys.argv[1]), datetime(2026, 1, 1, tzinfo=UTC), limit=3000)
number = 0
while True:
    log.append([{"id": str(number), "inputs": {"text": "x" * 200}}])
    print(number, flush=True)
    number += 1
"""


def test_what_a_killed_process_has_acknowledged_is_in_the_log(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(Path(lifecycle.__file__).parents[1])}
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    acknowledged = [int(next(writer.stdout)) for _ in range(200)]
    writer.send_signal(signal.SIGKILL)
    acknowledged += [int(word) for word in writer.communicate()[0].splitlines()]
    found = [int(record["id"]) for record in read_log(tmp_path)]
    assert found[: len(acknowledged)] == acknowledged
    assert len(found) - len(acknowledged) in (0, 1)


def test_a_record_that_the_disk_did_not_take_whole_leaves_nothing(tmp_path, monkeypatch):
    log = Log(tmp_path, STARTED)
    log.append([numbered(1)])
    whole = prediction_log.write_all

    def half(file, data):
        os.write(file, data[:5])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(prediction_log, "write_all", half)
    with pytest.raises(LogUnwritable, match=r"predictions cannot be logged \(no space left on device\)"):
        log.append([numbered(2)])
    monkeypatch.setattr(prediction_log, "write_all", whole)
    log.append([numbered(3)])
    log.close()
    assert list(read_log(tmp_path)) == [numbered(1), numbered(3)]


LOST = {
    "removed": lambda folder: (folder / "20260102T030405Z-1.jsonl").unlink(),
    "moved": lambda folder: (folder / "20260102T030405Z-1.jsonl").rename(folder.parent / "elsewhere"),
    "shortened": lambda folder: os.truncate(folder / "20260102T030405Z-1.jsonl", 0),
    "without a folder": shutil.rmtree,
    "in a moved folder": lambda folder: folder.rename(folder.parent / "elsewhere"),
    "replaced by another": lambda folder: (folder / "other").replace(folder / "20260102T030405Z-1.jsonl"),
}


@pytest.mark.parametrize("how", LOST)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody remove an open file")
def test_a_lost_file_is_followed_by_the_next(tmp_path, how):
    folder = tmp_path / "served"
    log = Log(folder, STARTED)
    (folder / "other").write_bytes(b"")
    log.append([numbered(1)])
    LOST[how](folder)
    log.append([numbered(2)])
    log.append([numbered(3)])
    assert (log.path.name, log.replaced) == ("20260102T030405Z-2.jsonl", 1)
    log.close()
    assert list(read_log(folder)) == [numbered(2), numbered(3)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody remove an open file")
def test_a_file_that_is_lost_while_it_is_written_to_loses_no_record(tmp_path, monkeypatch):
    log, whole = Log(tmp_path, STARTED), prediction_log.write_all

    def removed(file, data):
        whole(file, data)
        if log.number == 1:
            log.path.unlink()

    monkeypatch.setattr(prediction_log, "write_all", removed)
    log.append([numbered(1)])
    log.close()
    assert list(read_log(tmp_path)) == [numbered(1)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets nobody remove an open file")
def test_files_that_are_lost_again_and_again_acknowledge_nothing(tmp_path, monkeypatch):
    log, whole = Log(tmp_path, STARTED), prediction_log.write_all

    def removed(file, data):
        whole(file, data)
        log.path.unlink()

    monkeypatch.setattr(prediction_log, "write_all", removed)
    with pytest.raises(LogUnwritable):
        log.append([numbered(1)])
    assert log.failure is not None
    log.close()


def test_what_cannot_be_taken_back_is_left_behind_with_its_file(tmp_path, monkeypatch):
    log = Log(tmp_path, STARTED)
    log.append([numbered(1)])

    def broken(*_):
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(prediction_log, "write_all", lambda file, data: os.write(file, data[:5]) and broken())
        patched.setattr(os, "ftruncate", broken)
        with pytest.raises(LogUnwritable, match="input/output error"):
            log.append([numbered(2)])
    log.append([numbered(3)])
    log.close()
    reading = read_log(tmp_path)
    assert list(reading) == [numbered(1), numbered(3)]
    assert [path.name for path in reading.torn] == ["20260102T030405Z-1.jsonl"]


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder):
    """Leave no space on the disk of a folder."""
    with (folder / "filler").open("ab", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(b" " * 512)


def test_a_full_disk_is_said_and_records_go_on_when_there_is_space_again(small_disk):
    log = Log(small_disk / "served", STARTED)
    log.append([numbered(1)])
    fill(small_disk)
    with pytest.raises(LogUnwritable) as caught:
        for number in range(2, 2000):  # the last block of the file may have some space left
            log.append([numbered(number)])
    assert str(caught.value).splitlines() == [
        "error: predictions cannot be logged (no space left on device)",
        f"where: {small_disk / 'served'}",
        f"next:  free some space: df -h {small_disk / 'served'}",
    ]
    with pytest.raises(LogUnwritable):
        log.check()
    (small_disk / "filler").unlink()
    assert log.failure is not None
    log.sync()
    assert log.failure is None
    log.append([numbered(3000)])
    log.close()
    reading = read_log(small_disk / "served")
    assert [*reading][-1] == numbered(3000)
    assert reading.torn == []


def test_a_disk_that_fills_up_is_noticed_before_a_record_is_lost_to_it(small_disk):
    log = Log(small_disk / "served", STARTED)
    log.sync()
    fill(small_disk)
    with pytest.raises(LogUnwritable, match="no space left on device"):
        log.sync()
    log.close()


def test_a_log_on_a_full_disk_is_not_begun_and_leaves_nothing(small_disk):
    fill(small_disk)
    with pytest.raises(LogUnwritable, match="no space left on device"):
        Log(small_disk / "served", STARTED)
    assert list((small_disk / "served").iterdir()) == []


def test_a_log_without_rights_is_not_begun(tmp_path, monkeypatch):
    def refused(*_):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refused)
        with pytest.raises(LogUnwritable) as caught:
            Log(tmp_path, STARTED)
    assert str(caught.value).splitlines()[::2] == [
        "error: predictions cannot be logged (permission denied)",
        f"next:  let this user write: ls -ld {tmp_path}",
    ]


def test_a_folder_that_can_be_written_is_left_as_it_was(tmp_path):
    (tmp_path / "there").mkdir()
    for name in ("there", "not there"):
        prediction_log.check_folder(tmp_path / name, STARTED)
    assert list(tmp_path.rglob("*")) == [tmp_path / "there"]


def test_private_fields_are_dropped_or_hashed_with_a_key():
    kept = Privacy(frozenset({"name"}), frozenset({"tail"}), b"k" * 16).redact_inputs(
        {"name": "x", "tail": "N1", "size": 2.0}
    )
    assert set(kept) == {"tail", "size"}
    assert kept["size"] == 2.0
    assert kept["tail"] == Privacy(hashed=frozenset({"tail"}), key=b"k" * 16).redact("tail", "N1")
    assert kept["tail"] != Privacy(hashed=frozenset({"tail"}), key=b"j" * 16).redact("tail", "N1")
    assert len(str(kept["tail"])) == 16


def test_a_missing_value_stays_missing():
    assert Privacy(hashed=frozenset({"tail"}), key=b"k").redact_inputs({"tail": None}) == {"tail": None}


def test_hashes_without_a_key_are_rejected():
    with pytest.raises(WrongValue, match="tail should be logged as hashes, and LIFECYCLE_LOG_KEY has 0 characters"):
        build_privacy([], ["tail"], {})
    assert build_privacy([], ["tail"], {"LIFECYCLE_LOG_KEY": "k" * 16}).key == b"k" * 16
    assert build_privacy(["a"], [], {}) == Privacy(drop=frozenset({"a"}))
