"""projects: the folders of the projects in this Git repository, or those of them that differ from a revision."""

from pathlib import Path

from lifecycle.cli.parser import Parser
from lifecycle.versioning import projects

USAGE = "lifecycle projects [--base REV | --tag TAG]"
HEAD = "HEAD"


def main(arguments: list[str]) -> int:
    """Print a folder per line, from the top of the repository; raises UnknownName for a revision or tag of none."""
    parser = Parser(prog="lifecycle projects", usage=USAGE, description="The projects of this Git repository.")
    parser.add_argument("--base", metavar="REV", help="only projects that HEAD has otherwise than this revision")
    parser.add_argument("--tag", metavar="TAG", help="only the project that this tag of a release is of")
    options = parser.parse_args(arguments)
    found = list_named(options.base, options.tag)
    print("".join(f"{folder.as_posix()}\n" for folder in found), end="")
    return 0


def list_named(base: str | None, tag: str | None) -> list[Path]:
    """The project of a tag, those that differ from a revision, or all that are here."""
    if tag:
        return [projects.find_tagged(tag)]
    return projects.list_touched(base, HEAD) if base else projects.list_present()
