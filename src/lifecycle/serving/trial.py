"""A release is tried in a process of its own: loaded, asked its example and prepared as for serving, within limits.

Checks of structure come first and find most; what they miss may end a process, keep it busy for ever or fill the
memory, and then does so here, where nobody waits for its responses. The bytes that are tried are handed over, so what
is served afterwards is what was tried, whatever becomes of the folder meanwhile.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO

from lifecycle import paths
from lifecycle.errors import CorruptFile, FileError, LifecycleError
from lifecycle.io.process_limits import limit_process

PROGRAM = "lifecycle.serving.trial"
# Threads reserve memory of their own, which counts although it is not used.
QUIET = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
MOST = 2000  # characters of a line
TODO = f"dvc checkout {paths.RELEASE}, or dvc repro --force package"


@dataclass(frozen=True)
class TrialLimits:
    """Seconds that a trial may take, and MiB that it may take beyond what the libraries take."""

    seconds: float
    mebibytes: int


class Trial:
    """The trial of a release's files, begun; as a context it is over at its end, whatever came of it."""

    def __init__(self, files: Mapping[str, bytes], where: str, limits: TrialLimits) -> None:
        self.files, self.where, self.limits = files, where, limits
        command = [sys.executable, "-P", "-m", PROGRAM, where, str(limits.seconds), str(limits.mebibytes)]
        known = os.pathsep.join(filter(None, sys.path))
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **QUIET, "PYTHONPATH": known},
                start_new_session=True,  # Ctrl-C ends what waits for it, which then ends it
            )
        except OSError as cause:
            raise FileError(
                f"no process can be started to try a release in ({cause.strerror})", where=where, todo="try again"
            ) from cause

    def __enter__(self) -> Trial:
        return self

    def __exit__(self, kind: type[BaseException] | None, cause: BaseException | None, at: TracebackType | None) -> None:
        """End the process, if it still runs."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                with contextlib.suppress(BrokenPipeError):  # what it did not read any more
                    stream.close()

    def must_pass(self) -> None:
        """Wait for its end; raises CorruptFile where the release was rejected, or ended the process or its time."""
        try:
            output, _ = self.process.communicate(pack_files(self.files), self.limits.seconds)
        except subprocess.TimeoutExpired as cause:
            raise self.reject(
                f"did not load and predict its example within {self.limits.seconds:g} seconds",
                f"trial_seconds: {2 * self.limits.seconds:.1f}",
            ) from cause
        verdict = parse_verdict(output) if self.process.returncode == 0 else None
        if verdict is None:
            raise self.reject(f"ended the process that tried it ({name_end(self.process.returncode)})")
        if verdict.get("memory"):
            raise self.reject(
                f"takes more than {self.limits.mebibytes:,} MiB to load and to predict its example",
                f"trial_mib: {2 * self.limits.mebibytes}",
            )
        if verdict.get("what"):
            raise CorruptFile(verdict["what"], where=verdict["where"], todo=verdict["todo"])

    def reject(self, what: str, option: str = "") -> CorruptFile:
        """The error for a release that did not pass; the option lets one pass that is well meant."""
        own = f"; where it is yours, in conf/serve/default.yaml: {option}" if option else ""
        return CorruptFile(f"the release {what}", where=self.where, todo=f"{TODO}{own}")


def pack_files(files: Mapping[str, bytes]) -> bytes:
    """Files as one stream: a line with their names and sizes, then their bytes."""
    sizes = {name: len(content) for name, content in files.items()}
    return b"".join([json.dumps(sizes).encode(), b"\n", *files.values()])


def unpack_files(stream: BinaryIO) -> dict[str, bytes]:
    """The files of such a stream."""
    return {name: stream.read(size) for name, size in json.loads(stream.readline()).items()}


def parse_verdict(output: bytes) -> dict[str, str] | None:
    """What the process reported; None where it did not come to that."""
    try:
        return dict(json.loads(output))
    except (ValueError, TypeError):
        return None


def name_end(code: int) -> str:
    """How a process ended: the name of a signal, or its exit code."""
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def main(arguments: list[str]) -> int:
    """Try the files on standard input, and report on standard output, which nothing else can write to."""
    where, seconds, mebibytes = arguments
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    prepare_libraries()
    files = unpack_files(sys.stdin.buffer)
    limit_process(float(seconds), int(mebibytes))
    json.dump(try_release(files, where), report)
    report.close()
    return 0


def prepare_libraries() -> None:
    """Import what every release needs, so that the limits are on what a release takes."""
    import lightgbm  # noqa: F401

    import lifecycle.modeling.persistence
    import lifecycle.online.packing
    import lifecycle.release.release
    import lifecycle.serving.scorer  # noqa: F401


def try_release(files: Mapping[str, bytes], where: str) -> dict[str, str]:
    """Nothing for a release that can be served, else the three lines against it, or that memory did not suffice."""
    from lifecycle.release.release import build_release
    from lifecycle.serving.scorer import prepare_model

    try:
        prepare_model(build_release(files, where))
    except LifecycleError as cause:
        if ran_out_of_memory(cause):
            return {"memory": "out"}
        return {name: getattr(cause, name)[:MOST] for name in ("what", "where", "todo")}
    except MemoryError:
        return {"memory": "out"}
    return {}


def ran_out_of_memory(cause: BaseException | None) -> bool:
    """Whether an error comes of one that there is no more memory, or none for a library that the release needs."""
    while cause is not None:
        if isinstance(cause, MemoryError) or (isinstance(cause, ImportError) and "failed to map" in str(cause)):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
