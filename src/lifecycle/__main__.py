"""`lifecycle <command>`: one module of `lifecycle.cli` each."""

import os
import signal
import sys
from importlib import import_module, metadata

from lifecycle.errors import LifecycleError, UnknownName, suggest_name
from lifecycle.io.plain_text import print_plainly
from lifecycle.stages import runner  # first of all that imports numpy: it sets what numpy reads when it loads

COMMANDS = {
    "picks": "the option of conf/ that params.yaml selects for each group",
    "new": "write the configuration of a new problem from a table, with reasons",
    "feedback": "make delivered labels a new raw batch; --queue N prints the labeling queue",
    "replay": "backtest retraining policies month by month",
    "summary": "data, winner and KPIs of the present version",
    "diff": "compare two data versions: batches, rows, columns, distributions",
    "remote": "set where data and models are shared: a folder, s3://, ssh:// ...",
    "verify": "hash what versions need in cache and remote, and repair one from the other",
    "resolve": "end a merge: one side of what stages write, the raw batches of both sides, what is left by hand",
    "rollback": "restore an earlier version in the workspace: everything, its data or its model",
    "projects": "the folders of this repository's projects; with --base REV those that differ from it",
    "review": "compare this version with an earlier one: metrics, slices, data; what is significant",
    "gate": "exit 3 unless every KPI is reached; with --base also if it is significantly worse",
    "comment": "post the report of a run on its pull request",
    "due": "whether a policy of conf/policy/ calls for retraining now",
    "advance": "set params.yaml to the next data version that the source has",
    "propose": "open a pull request with the data version built here, unless it is significantly worse",
    "predict": "score the rows of a file with the release",
    "serve": "serve the release over HTTP",
    "events": "make rows of raw tables facts that the service knows",
    "monitor": "drift and performance on later rows, against the training rows",
    "lineage": "lineage of a model or metric: code, configuration, sources",
    "release": "tag HEAD as a version of the model; exit 3 if its gate is closed",
    "promote": "promote a released version to a stage",
    "publish": "publish a tag as a release on GitHub, with its reports",
    "prune": "remove stages that are no longer defined from dvc.lock",
    "gc": "remove from the cache what neither the workspace, a tag nor a branch needs",
    "erase": "remove rows that must go from every version, log, cache and remote",
    "timings": "time and memory of the last run of each stage",
    "upgrade": "take over a later version of the template and of its engine",
    "renames": "write options that the engine has renamed by their new names",
    "audit": "rebuild everything in another folder and compare every hash with dvc.lock",
}


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code."""
    try:
        runner.require_own_code()
        runner.require_pinned_engine()
        with print_plainly(sys.stdout):
            code = run_command(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
        return code
    except LifecycleError as error:
        return runner.failed(error)
    except MemoryError as cause:
        return runner.failed(runner.explain_memory(cause))
    except BrokenPipeError:
        return end_unread()


def run_command(arguments: list[str]) -> int:
    """Run a command and return its exit code; raises UnknownName for one that does not exist."""
    if not arguments or arguments[0] in ("-h", "--help"):
        lines = [f"  {name:15}{description}" for name, description in COMMANDS.items()]
        print("\n".join(["usage: lifecycle COMMAND", "", *lines]))
        return 0
    if arguments[0] == "--version":
        print(f"lifecycle {metadata.version('lifecycle')}")
        return 0
    name, *rest = arguments
    if name not in COMMANDS:
        raise UnknownName(f"there is no command {name!r}", where="command line", todo=suggest_name(name, COMMANDS))
    return int(import_module(f"lifecycle.cli.{name}").main(rest))


def end_unread() -> int:
    """End as a Unix program does whose output nobody reads to the end, such as before `| head -1`."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter would complain when it ends
    return 128 + getattr(signal, "SIGPIPE", 13)  # which Windows does not have


if __name__ == "__main__":
    sys.exit(main())
