"""Say whether the folder of a new project is one of a monorepo whose engine is the one of the template.

Run by copier in the project's folder, with the engine's source. Needs nothing but Python.
"""

import re
import sys
import tomllib
from pathlib import Path

LOCK = Path("../../engine.lock")
PIN = re.compile(r"^lifecycle==(\S+)", re.MULTILINE)


def main(source: str) -> int:
    """0 where it is, else 2 and what to do."""
    version = tomllib.loads((Path(source) / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    pinned = PIN.search(LOCK.read_text(encoding="utf-8")) if LOCK.is_file() else None
    if pinned and pinned[1] == version:
        return 0
    print(describe_pinned(pinned[1], version) if pinned else describe_missing(), file=sys.stderr)
    return 2


def describe_missing() -> str:
    """The error for a folder that is in no monorepo."""
    return f"""error: a member of a monorepo stands two folders below its top, and there is no engine.lock
where: {LOCK.resolve()}
next:  copier copy --trust --data layout=monorepo ADDRESS FOLDER, then in it ... projects/NAME"""


def describe_pinned(pinned: str, version: str) -> str:
    """The error for a template of another version."""
    return f"""error: the monorepo pins lifecycle {pinned}, and this template is of {version}
where: {LOCK.resolve()}
next:  make upgrade there, or give copier the template's version: --vcs-ref v{pinned}"""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
