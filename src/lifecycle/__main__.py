"""`lifecycle <command>`: one module of `lifecycle.cli` each."""

import os
import signal
import sys
from importlib import import_module

from lifecycle.errors import LifecycleError, UnknownName, suggest_name
from lifecycle.stages import runner  # first of all that imports numpy: it sets what numpy reads when it loads

COMMANDS = {
    "picks": "which option of conf/ each word of params.yaml picks, and that there is one",
    "new": "write the configuration of a new problem from a table, with reasons",
    "feedback": "labels that came back become a new raw batch; --queue N lists rows worth a label",
    "replay": "months in production played again, for several policies of retraining",
    "summary": "what the present version is and how good it is",
    "diff": "what changed between two data versions: batches, rows, columns, shifts",
    "remote": "set where data and models are shared: a folder, s3://, ssh:// ...",
    "verify": "hash what versions need in cache and remote, and mend one from the other",
    "rollback": "put an earlier version into the workspace: whole, its data or its model",
    "review": "what this version does to the numbers of an earlier one, and whether it is real",
    "gate": "exit 3 unless every KPI is reached; with --base, unless nothing got really worse",
    "comment": "post the report of a run on the pull request that it is of",
    "due": "whether a policy of conf/policy/ asks for a new model now",
    "advance": "move params.yaml to the next data version that the source has",
    "propose": "open a pull request with the data version built here, unless it is worse",
    "predict": "answer the rows of a file with the release",
    "serve": "answer over HTTP with the release",
    "monitor": "what is new in later rows, against those that the model learned from",
    "lineage": "from a model or a metric back to code, configuration and sources",
    "release": "tag HEAD as a version of the model; exit 3 while its test gate is closed",
    "promote": "tag a released version as the one that serves in a stage",
    "publish": "a tag's release on GitHub: what is served, with its reports",
    "gc": "remove from the cache what neither the workspace nor a tag needs",
    "timings": "time and memory of the last runs of every stage",
    "audit": "rebuild everything elsewhere and compare every hash with dvc.lock",
}


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code."""
    try:
        runner.require_own_code()
        code = ran(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
        return code
    except LifecycleError as error:
        return runner.failed(error)
    except BrokenPipeError:
        return unread()


def ran(asked: list[str]) -> int:
    """Run what is asked and return its exit code; raises UnknownName for a command that there is not."""
    if not asked or asked[0] in ("-h", "--help"):
        print("\n".join(["usage: lifecycle COMMAND", "", *(f"  {name:15}{said}" for name, said in COMMANDS.items())]))
        return 0
    if asked[0] not in COMMANDS:
        raise UnknownName(f"there is no command {asked[0]!r}", where="command line", todo=suggest_name(asked[0], COMMANDS))
    return int(import_module(f"lifecycle.cli.{asked[0]}").main(asked[1:]))


def unread() -> int:
    """End as a Unix program does whose output nobody reads to the end, such as before `| head -1`."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter would complain when it ends
    return 128 + getattr(signal, "SIGPIPE", 13)  # which Windows does not have


if __name__ == "__main__":
    sys.exit(main())
