"""Other programs: their output, their exit code, and the errors where they fail."""

import sys
from pathlib import Path

import pytest

from lifecycle.errors import FileError, MissingFile
from lifecycle.io.programs import follow_logged, read_output, run_logged, run_program


def test_the_output_is_read_without_surrounding_blanks() -> None:
    assert read_output(sys.executable, "-c", "print(' one ')") == "one"


def test_a_failure_is_an_error_with_the_programs_own_message() -> None:
    with pytest.raises(FileError, match="ended with exit code 3: no such thing") as caught:
        read_output(sys.executable, "-c", "import sys; print('no such\\nthing', file=sys.stderr); sys.exit(3)")
    assert caught.value.todo.startswith(sys.executable)


def test_a_failure_without_a_message_says_so() -> None:
    with pytest.raises(FileError, match="ended with exit code 1: no message"):
        read_output(sys.executable, "-c", "import sys; sys.exit(1)")


def test_a_program_that_is_not_installed_is_named() -> None:
    with pytest.raises(MissingFile, match="there is no program no-such-program"):
        run_program(["no-such-program", "--help"])


def test_a_program_gets_content_and_environment_and_any_exit_code_is_returned() -> None:
    code = "import os, sys; print(os.environ['WORD'] + sys.stdin.read()); sys.exit(4)"
    done = run_program([sys.executable, "-c", code], content=b"two", environment={"WORD": "one"})
    assert (done.returncode, done.stdout.decode().strip()) == (4, "onetwo")


def test_a_program_that_takes_too_long_is_an_error() -> None:
    with pytest.raises(FileError, match=r"did not end within 0\.1 seconds"):
        run_program([sys.executable, "-c", "import time; time.sleep(30)"], seconds=0.1)


def test_a_logged_program_appends_to_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n", encoding="utf-8")
    code = (
        "import os, sys; print(os.getcwd(), os.environ['WORD'], flush=True); print('err', file=sys.stderr); sys.exit(2)"
    )
    assert run_logged([sys.executable, "-c", code], tmp_path, {"WORD": "one"}, log) == 2
    assert log.read_text(encoding="utf-8").splitlines() == ["before", f"{tmp_path} one", "err"]


def test_a_followed_program_hands_over_each_line_of_its_log(tmp_path: Path) -> None:
    log, lines = tmp_path / "log", []
    code = "import os, sys; print(os.environ['WORD'], flush=True); print('err', file=sys.stderr); sys.exit(2)"
    assert follow_logged([sys.executable, "-c", code], tmp_path, {"WORD": "one"}, log, lines.append) == 2
    assert lines == log.read_text(encoding="utf-8").splitlines() == ["one", "err"]
