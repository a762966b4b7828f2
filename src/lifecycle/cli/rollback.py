"""rollback: put an earlier version into the workspace, whole or its data or model alone, checked and tried."""

import argparse
from pathlib import Path

from lifecycle.cli.parser import Parser
from lifecycle.release import smoke_test
from lifecycle.reporting.text import format_count
from lifecycle.versioning import revisions, rollback
from lifecycle.versioning.rollback import RollbackPlan, RollbackResult

USAGE = "lifecycle rollback [--data | --model] [--discard] REV"
TITLES = {
    "all": "data, model and code",
    "data": "the raw data alone, with today's code",
    "model": "the model alone, with today's data",
}


def main(arguments: list[str]) -> int:
    """Change the workspace and print what was done, and the commit to make."""
    options = create_parser().parse_args(arguments)
    plan = rollback.make_plan(options.kind, options.revision)
    done = rollback.roll_back(plan, options.discard, Path(smoke_test.__file__).read_text(encoding="utf-8"))
    print("\n".join(format_result(plan, done)))
    return 0


def create_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = Parser(prog="lifecycle rollback", usage=USAGE, description="Put an earlier version into the workspace.")
    parser.add_argument("revision", metavar="REV", help="a commit, tag or branch, such as HEAD~1 or model@v1.0.0")
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--data", dest="kind", action="store_const", const="data", help=TITLES["data"])
    one.add_argument("--model", dest="kind", action="store_const", const="model", help=TITLES["model"])
    parser.add_argument("--discard", action="store_true", help="overwrite uncommitted work")
    parser.set_defaults(kind="all")
    return parser


def format_result(plan: RollbackPlan, done: RollbackResult) -> list[str]:
    """The result, line by line."""
    name = plan.revision if plan.commit.startswith(plan.revision) else f"{plan.revision} ({plan.commit[:12]})"
    fetched = done.fetched
    lines = [
        f"rolled back to {name}: {TITLES[plan.kind]}",
        f"files   {format_count(len(done.changed), 'file')} of Git changed, "
        f"{format_count(fetched.objects, 'object')} of DVC, {fetched.fetched} of them from the remote",
        *(f"repaired {one}, which was corrupt in the cache" for one in fetched.repaired),
        f"hashes  {format_count(done.checked, 'file')} checked, each has the MD5 in dvc.lock",
        f"smoke   {done.predicted}",
    ]
    if done.discarded:
        lines.append(
            f"discarded work is in stash {done.discarded[:12]}; git stash apply {done.discarded[:12]} restores it"
        )
    lines += [f"missing {stage} did not exist at {name}: dvc repro runs it" for stage in plan.missing]
    return [*lines, *list_next_steps(plan, name, done)]


def list_next_steps(plan: RollbackPlan, name: str, done: RollbackResult) -> list[str]:
    """The commands to run next, and the commit to make."""
    if not done.changed:
        return ["next    nothing: this is what HEAD has"]
    what = {"all": "Back to", "data": "The data of", "model": "The model of"}[plan.kind]
    alone = " ." if revisions.find_folder() else ""  # of what is staged, this project's
    commit = f'git commit --message "{what} {name}"{alone}'
    rebuild = [f"next    dvc repro   # runs {', '.join(done.stale)}", f"then    git add --all . && {commit}"]
    return [*(rebuild if done.stale else [f"next    {commit}"]), "or      lifecycle rollback --discard HEAD"]
