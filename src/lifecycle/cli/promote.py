"""promote: tag a released version as the one that serves in a stage, such as prod."""

from lifecycle.cli.parser import Parser
from lifecycle.versioning import registry

USAGE = "lifecycle promote VERSION STAGE"


def main(arguments: list[str]) -> int:
    """Make the tag and say what to push."""
    parser = Parser(prog="lifecycle promote", usage=USAGE, description="Name the version that serves in a stage.")
    parser.add_argument("version", metavar="VERSION", help="a released version, such as v1.2.0")
    parser.add_argument("stage", metavar="STAGE", help="such as prod or staging")
    given = parser.parse_args(arguments)
    tag = registry.promote_version(given.version, given.stage)
    print(f"{given.version} serves in {given.stage}: tag {tag}")
    print(f"next: git push origin '{tag}'")
    return 0
