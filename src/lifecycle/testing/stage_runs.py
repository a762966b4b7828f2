"""Every stage of the dvc.yaml in the present folder, one after the other in one process: `python -m` this module.

What DVC adds (hashes, the cache) is left out, and so are the seconds that each stage needs to import its libraries.
"""

import re
import shlex
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from lifecycle import stages
from lifecycle.config import read_parameters
from lifecycle.errors import LifecycleError, WrongValue
from lifecycle.io.programs import read_output
from lifecycle.testing.pipeline_file import ENGINE, PIPELINE, read_stages


def run_stages(left_out: set[str]) -> int:
    """Run the stages in the order of dvc.yaml, with a candidate's for each; the first exit code that is not 0."""
    params = read_parameters()
    for name, stage in read_stages().items():
        for model in params["candidates"] if "matrix" in stage else [""]:
            if name not in left_out and (code := run_command(fill_in(stage["cmd"], params, model))):
                return code
    return 0


def fill_in(command: str, params: Mapping[str, Any], model: str) -> str:
    """The command of a stage, with params.yaml's words in place; raises WrongValue for a word that it has not."""
    known = {**{key: str(value) for key, value in params.items()}, "item.model": model}
    if unknown := [name for name in re.findall(r"\$\{([^}]+)\}", command) if name not in known]:
        raise WrongValue(
            f"the command {command!r} needs {', '.join(unknown)}, which params.yaml has not",
            where=f"{PIPELINE} and params.yaml",
            todo=f"add {unknown[0]}: to params.yaml",
        )
    return re.sub(r"\$\{([^}]+)\}", lambda found: known[found[1]], command)


def run_command(command: str) -> int:
    """Run a stage of the engine here and any other command as a program; raises FileError where that fails."""
    program, *words = shlex.split(command)
    if found := ENGINE.match(command):
        code: int = import_module(f"{stages.__name__}.{found[1]}").main(words[2:])
        return code
    print(read_output(program, *words))
    return 0


def main(left_out: list[str]) -> int:
    """Run all stages but these and return the exit code; what fails says so in three lines."""
    try:
        return run_stages(set(left_out))
    except LifecycleError as error:
        print(error, file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
