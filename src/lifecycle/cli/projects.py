"""projects: the folders of the projects in this Git repository, or those of them that differ from a revision."""

from lifecycle.cli.parser import Parser
from lifecycle.versioning import projects

USAGE = "lifecycle projects [--base REV]"
HEAD = "HEAD"


def main(arguments: list[str]) -> int:
    """Print a folder per line, from the top of the repository; raises UnknownName where there is no such revision."""
    parser = Parser(prog="lifecycle projects", usage=USAGE, description="The projects of this Git repository.")
    parser.add_argument("--base", metavar="REV", help="only projects that HEAD has otherwise than this revision")
    base = parser.parse_args(arguments).base
    found = projects.list_touched(base, HEAD) if base else projects.list_projects(HEAD)
    print("".join(f"{folder.as_posix()}\n" for folder in found), end="")
    return 0
