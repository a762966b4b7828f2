"""rollback: put an earlier version into the workspace, whole or its data or model alone, checked and tried."""

import argparse
from pathlib import Path

from lifecycle.cli.parser import Parser
from lifecycle.release import smoke_test
from lifecycle.reporting.text import format_count
from lifecycle.versioning import rollback
from lifecycle.versioning.rollback import Done, Plan

USAGE = "lifecycle rollback [--data | --model] [--discard] REV"
TITLES = {
    "all": "data, model and code",
    "data": "the raw data alone, with today's code",
    "model": "the model alone, with today's data",
}


def main(arguments: list[str]) -> int:
    """Change the workspace and print what was done, and the commit to make."""
    given = parser().parse_args(arguments)
    plan = rollback.planned(given.kind, given.revision)
    done = rollback.roll(plan, given.discard, Path(smoke_test.__file__).read_text(encoding="utf-8"))
    print("\n".join(told(plan, done)))
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = Parser(prog="lifecycle rollback", usage=USAGE, description="Put an earlier version into the workspace.")
    made.add_argument("revision", metavar="REV", help="a commit, tag or branch, such as HEAD~1 or model@v1.0.0")
    one = made.add_mutually_exclusive_group()
    one.add_argument("--data", dest="kind", action="store_const", const="data", help=TITLES["data"])
    one.add_argument("--model", dest="kind", action="store_const", const="model", help=TITLES["model"])
    made.add_argument("--discard", action="store_true", help="give up work that no commit has")
    made.set_defaults(kind="all")
    return made


def told(plan: Plan, done: Done) -> list[str]:
    """What was done, line by line."""
    name = plan.revision if plan.commit.startswith(plan.revision) else f"{plan.revision} ({plan.commit[:12]})"
    brought = done.brought
    lines = [
        f"rolled back to {name}: {TITLES[plan.kind]}",
        f"files   {format_count(len(done.changed), 'file')} of Git changed, {format_count(brought.objects, 'object')} of DVC, "
        f"{brought.fetched} of them from the remote",
        *(f"mended  {one} had other bytes in the cache" for one in brought.mended),
        f"hashes  {format_count(done.checked, 'file')} checked, each has the MD5 in dvc.lock",
        f"smoke   {done.answers}",
    ]
    if done.discarded:
        lines.append(f"gave up the work of stash {done.discarded[:12]}; git stash apply {done.discarded[:12]} has it")
    lines += [f"lacking {stage} was not there at {name}: dvc repro makes it" for stage in plan.lacking]
    return [*lines, *next_steps(plan, name, done)]


def next_steps(plan: Plan, name: str, done: Done) -> list[str]:
    """What is left to run, and the commit to make."""
    if not done.changed:
        return ["next    nothing: this is what HEAD has"]
    what = {"all": "Back to", "data": "The data of", "model": "The model of"}[plan.kind]
    commit = f'git commit --message "{what} {name}"'
    rebuild = [f"next    dvc repro   # runs {', '.join(done.stale)}", f"then    git add --all && {commit}"]
    return [*(rebuild if done.stale else [f"next    {commit}"]), "or      lifecycle rollback --discard HEAD"]
