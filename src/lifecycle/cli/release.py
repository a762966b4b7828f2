"""release: tag HEAD as a version of the model; exit 3 while its test gate is closed."""

from lifecycle.cli.parser import Parser
from lifecycle.versioning import registry
from lifecycle.versioning.freshness import FROZEN

USAGE = "lifecycle release [--accept frozen] [VERSION]"


def main(arguments: list[str]) -> int:
    """Make the tag and say what to push."""
    parser = Parser(prog="lifecycle release", usage=USAGE, description="Tag HEAD as a version of the model.")
    parser.add_argument("version", nargs="?", metavar="VERSION", help="such as v1.2.0; default: the next one")
    parser.add_argument("--accept", action="append", default=[], choices=[FROZEN], help="release with frozen stages")
    given = parser.parse_args(arguments)
    tag = registry.create_release(given.version or registry.choose_next_version(), given.accept)
    print(f"released {tag}")
    print(f"next: dvc push && git push origin {tag}")
    return 0
