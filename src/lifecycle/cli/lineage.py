"""lineage: from a model or a metric back to code, configuration, environment, raw batches and their sources."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lifecycle import paths
from lifecycle.cli.parser import Parser
from lifecycle.reporting.text import format_count
from lifecycle.versioning import revisions
from lifecycle.versioning.lineage import ancestry

USAGE = "lifecycle lineage [--json] [PATH | REV] [PATH]"


def main(arguments: list[str]) -> int:
    """Print where a file comes from, as text or JSON."""
    parser = Parser(prog="lifecycle lineage", usage=USAGE, description="Where a file of a version comes from.")
    parser.add_argument("asked", nargs="*", metavar="PATH | REV", help=f"default: {paths.MODEL} of HEAD")
    parser.add_argument("--json", action="store_true", help="all of it, for programs")
    given = parser.parse_args(arguments)
    found = ancestry(*which(given.asked))
    print(json.dumps(found, indent=2, sort_keys=True) if given.json else "\n".join(text(found)))
    return 0


def which(asked: list[str]) -> tuple[str, Path]:
    """The revision and the path; one argument alone is a path where its first folder is one that stages write to."""
    if len(asked) > 1:
        return asked[0], Path(asked[1])
    if not asked:
        return "HEAD", paths.MODEL
    tops = {out["path"].split("/")[0] for out in revisions.list_outputs("HEAD")}
    return ("HEAD", Path(asked[0])) if asked[0].split("/")[0] in tops else (asked[0], paths.MODEL)


def text(found: Mapping[str, Any]) -> Iterator[str]:
    """The way back, stage by stage, and the sources at its end."""
    yield f"{found['path']} of {found['revision'][:12]}"
    for name, stage in found["stages"].items():
        yield f"\n{name}: {stage['command'].rpartition('lifecycle.stages.')[2]}"
        for topic in ("outs", "from", "given"):
            yield from (f"  {topic:5} {path} {md5[:12]}" for path, md5 in stage[topic].items())
        yield from (f"  conf  {file}" for file in stage["params"])
    yield ""
    yield from (f"environment {path} {md5[:12]}" for path, md5 in found["environment"].items())
    sources = defaultdict(list)
    for batch in found["batches"]:
        sources[(batch["source"], batch["licence"], batch["publisher"])].append(batch)
    for (source, licence, publisher), several in sources.items():
        rows = sum(batch["rows"] for batch in several)
        yield f"source {source} ({licence}; {publisher}): {format_count(len(several), 'batch', 'batches')}, {rows:,} rows"
