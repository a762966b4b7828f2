"""`python -m benchmarks NAME`: one module of this folder each."""

import sys
from importlib import import_module
from pathlib import Path

from lifecycle.errors import LifecycleError, UnknownName, suggest_name
from lifecycle.stages import runner


def main(arguments: list[str]) -> int:
    """Run a benchmark and return its exit code."""
    try:
        return run_benchmark(arguments)
    except LifecycleError as error:
        return runner.failed(error)


def run_benchmark(arguments: list[str]) -> int:
    """Run a benchmark and return its exit code; raises UnknownName for one that does not exist."""
    known = list_benchmarks()
    name = arguments[0] if arguments else ""
    if name not in known:
        raise UnknownName(f"there is no benchmark {name!r}", where="command line", todo=suggest_name(name, known))
    return int(import_module(f"benchmarks.{name}").main(arguments[1:]))


def list_benchmarks() -> list[str]:
    """The names of the benchmarks."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
