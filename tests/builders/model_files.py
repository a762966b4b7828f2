"""Model files written by other processes, whose bytes must not differ."""

import os
import subprocess
import sys
from pathlib import Path

import lifecycle


def write_twice(module: Path, folders: tuple[Path, Path]) -> list[Path]:
    """The folders, after `write_all(folder)` of a test module ran in a process for each.

    The processes have another hash seed and another number of threads.
    """
    folders_of_code = (Path(lifecycle.__file__).parents[1], Path(__file__).parents[1], module.parent)
    search = os.pathsep.join(map(str, folders_of_code))
    running = []
    for folder, seed, threads in zip(folders, ("1", "2"), ("1", "3"), strict=True):
        own = {"PYTHONPATH": search, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": threads}
        code = f"import pathlib, {module.stem} as tests; tests.write_all(pathlib.Path({str(folder)!r}))"
        running.append(subprocess.Popen([sys.executable, "-c", code], env=os.environ | own))
    assert [process.wait() for process in running] == [0, 0]
    return list(folders)
