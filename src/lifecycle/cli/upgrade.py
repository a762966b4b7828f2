"""upgrade: take over a later version of the template that the project was made from, the project's edits kept."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from lifecycle.cli.parser import Parser
from lifecycle.errors import FileError, MissingFile, WrongValue
from lifecycle.reporting.text import format_count
from lifecycle.versioning import revisions
from lifecycle.versioning.environment import find_engine_lock, read_pinned_engine

ANSWERS = Path(".copier-answers.yml")
USAGE = "lifecycle upgrade [--version TAG]"


def main(arguments: list[str]) -> int:
    """Merge the later version into the files here and pin its engine; raises WrongValue where edits conflict."""
    parser = Parser(prog="lifecycle upgrade", usage=USAGE, description="Take over a later version of the template.")
    parser.add_argument("--version", default="", metavar="TAG", help="a tag or commit of the template; else the latest")
    version = parser.parse_args(arguments).version
    must_be_from_template()
    must_be_merged()
    must_be_committed()
    before = read_pinned_engine() or "none"
    wanted = version or find_shared_version()
    merge_template(["--vcs-ref", wanted] if wanted else [])
    must_not_conflict()
    print(f"engine {before} → {read_pinned_engine()}; next: make setup renames")
    return 0


def must_be_from_template() -> None:
    """Raise MissingFile where nothing says which template the project was made from."""
    if not ANSWERS.is_file():
        raise MissingFile(
            "this project was not made from a template, so there is nothing to take over",
            where=str(ANSWERS),
            todo="copier copy --trust ADDRESS FOLDER, for a project that can be upgraded",
        )


def find_shared_version() -> str:
    """The version of the template that the monorepo around this project has; empty for a project that is in none."""
    shared = find_engine_lock().with_name(ANSWERS.name)
    if shared == ANSWERS or not shared.is_file():
        return ""
    return str(yaml.safe_load(shared.read_text(encoding="utf-8"))["_commit"])


def must_be_merged() -> None:
    """Raise WrongValue where a merge in another project of the repository is not completed, which Git waits for."""
    unmerged = list_unmerged()
    if unmerged:
        raise WrongValue(
            f"a merge is not completed in {format_count(len(unmerged), 'file')}: {', '.join(unmerged[:5])}",
            where="between <<<<<<< and >>>>>>> in each, from the top of the repository",
            todo="correct them and git add them, then again here",
        )


def must_be_committed() -> None:
    """Raise WrongValue where a file is not as in the last commit: an upgrade must be one step to go back."""
    changed = [
        *list_names("diff", "--name-only", "--relative", "HEAD"),
        *list_names("ls-files", "--others", "--exclude-standard"),
    ]
    if changed:
        raise WrongValue(
            f"{format_count(len(changed), 'file')} {'is' if len(changed) == 1 else 'are'} not committed: "
            f"{', '.join(changed[:5])}",
            where="Git",
            todo="git add . && git commit, or git stash --include-untracked, then again",
        )


def merge_template(options: Sequence[str]) -> None:
    """Let copier merge the later version, tasks of the template included; raises FileError where it cannot."""
    command = [sys.executable, "-m", "copier", "update", "--trust", "--defaults", "--quiet", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["nothing was said"]
        raise FileError(
            f"copier could not take over the later version: {lines[-1][:200]}",
            where=f"the template that {ANSWERS} names",
            todo="git reset --hard && git clean -fd wheels, then look at the address and the version",
        )


def must_not_conflict() -> None:
    """Raise WrongValue for files that were changed on both sides, which show both as in a merge of Git."""
    conflicts = list_unmerged("--relative")
    if conflicts:
        raise WrongValue(
            f"{format_count(len(conflicts), 'file')} changed here and in the later version: {', '.join(conflicts)}",
            where="between <<<<<<< and >>>>>>> in each",
            todo="correct them and git add them, then: make setup renames; "
            "or take everything back: git reset --hard && git clean -fd wheels",
        )


def list_unmerged(*options: str) -> list[str]:
    """The files whose merge is not completed, sorted: of the repository, or with --relative of this folder."""
    return sorted(set(list_names("diff", "--name-only", "--diff-filter=U", *options)))


def list_names(*command: str) -> list[str]:
    """The files of the project that a command of Git lists; any name, as it stands."""
    done = revisions.git(*command, "-z")
    return [name for name in done.stdout.decode("utf-8", errors="replace").split("\0") if name]
