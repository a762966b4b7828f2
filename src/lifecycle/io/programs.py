"""Other programs, run until they end: their output, or an error in three lines."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lifecycle.errors import FileError, MissingFile

SHOWN = 300


def run_program(
    command: Sequence[str],
    *,
    content: bytes | None = None,
    environment: Mapping[str, str] | None = None,
    seconds: float | None = None,
    detached: bool = False,
) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end, whatever its exit code, and capture its output.

    `content` is its standard input, `environment` is added to this process's. With `detached` it goes on when this
    process is killed. Raises MissingFile where the program is not installed, FileError after `seconds`.
    """
    try:
        return subprocess.run(
            command,
            input=content,
            capture_output=True,
            check=False,
            env={**os.environ, **(environment or {})},
            timeout=seconds,
            start_new_session=detached,
        )
    except FileNotFoundError as cause:
        raise MissingFile(
            f"there is no program {command[0]}", where=format_command(command), todo=f"install {command[0]}"
        ) from cause
    except subprocess.TimeoutExpired as cause:
        raise FileError(
            f"{command[0]} did not end within {seconds:g} seconds", where=format_command(command), todo="try again"
        ) from cause


def read_output(program: str, *arguments: str) -> str:
    """What a program prints, without surrounding blanks.

    Raises MissingFile where it is not installed, FileError with its message where its exit code is not 0.
    """
    done = run_program([program, *arguments])
    command = format_command([program, *arguments])
    if done.returncode:
        message = shorten_message(done) or "no message"
        raise FileError(f"{program} ended with exit code {done.returncode}: {message}", where=command, todo=command)
    return done.stdout.decode(errors="replace").strip()


def run_logged(command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path) -> int:
    """Run a program in a folder, append its output to a log, and return its exit code.

    `environment` is added to this process's.
    """
    with log.open("ab") as stream:
        done = subprocess.run(
            command, check=False, cwd=folder, env={**os.environ, **environment}, stdout=stream, stderr=stream
        )
    return done.returncode


def follow_logged(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path, take: Callable[[str], None]
) -> int:
    """As `run_logged`, and hand each line of the output over as it comes."""
    with (
        log.open("ab") as stream,
        subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        for line in process.stdout or ():
            stream.write(line)
            stream.flush()
            take(line.decode(errors="replace").rstrip())
    return process.returncode


def shorten_message(done: subprocess.CompletedProcess[bytes]) -> str:
    """The end of what a program wrote to standard error, else to standard output, on one line."""
    return " ".join((done.stderr or done.stdout).decode(errors="replace").split())[-SHOWN:]


def format_command(command: Sequence[str]) -> str:
    """The command on one line, cut where it is long."""
    return " ".join(command)[:SHOWN]
