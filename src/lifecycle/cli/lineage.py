"""lineage: from a model or a metric back to code, configuration, environment, raw batches and their sources."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from lifecycle import paths
from lifecycle.cli.parser import Parser
from lifecycle.reporting.text import format_count, list_names
from lifecycle.versioning import erased_versions, revisions
from lifecycle.versioning.lineage import Lineage, trace_lineage

USAGE = "lifecycle lineage [--json] [PATH | REV] [PATH]"


def main(arguments: list[str]) -> int:
    """Print where a file comes from, as text or JSON."""
    parser = Parser(prog="lifecycle lineage", usage=USAGE, description="Where a file of a version comes from.")
    parser.add_argument("target", nargs="*", metavar="PATH | REV", help=f"default: {paths.MODEL} of HEAD")
    parser.add_argument("--json", action="store_true", help="all of it, for programs")
    options = parser.parse_args(arguments)
    lineage = trace_lineage(*parse_target(options.target))
    print(format_json(lineage) if options.json else "\n".join(format_lineage(lineage)))
    return 0


def parse_target(words: list[str]) -> tuple[str, Path]:
    """The revision and the path; one argument alone is a path where its first folder is one that stages write to."""
    if len(words) > 1:
        return words[0], Path(words[1])
    if not words:
        return "HEAD", paths.MODEL
    tops = {out["path"].split("/")[0] for out in revisions.list_outputs("HEAD")}
    return ("HEAD", Path(words[0])) if words[0].split("/")[0] in tops else (words[0], paths.MODEL)


def format_json(lineage: Lineage) -> str:
    """The lineage as JSON, in which a stage's inputs are named `from`."""
    record = asdict(lineage)
    for stage in record["stages"].values():
        stage["from"] = stage.pop("inputs")
    record["erased"] = [asdict(one) for one in describe_erased(lineage.revision)]
    return json.dumps(record, indent=2, sort_keys=True)


@dataclass(frozen=True)
class ErasedFiles:
    """Files of a version that were erased: when and why, which ones, and the metrics of the version's test."""

    message: str
    files: list[str]
    metrics: dict[str, float]


def describe_erased(commit: str) -> list[ErasedFiles]:
    """What was erased of a version, by each erasure."""
    return [
        ErasedFiles(
            message=erased_versions.describe_erasure(one),
            files=sorted({one.objects[name] for name in one.versions[commit].objects if name in one.objects}),
            metrics=one.versions[commit].metrics,
        )
        for one in erased_versions.find_erasures_of(commit)
    ]


def format_erased(one: ErasedFiles) -> str:
    """What was erased, and what the version was good for."""
    metrics = ", ".join(f"{name} {value:.4g}" for name, value in sorted(one.metrics.items()))
    return f"{one.message}: {list_names(one.files)}; its test: {metrics or 'none'}"


def format_lineage(lineage: Lineage) -> Iterator[str]:
    """The lineage stage by stage, and the sources at its end."""
    yield f"{lineage.path} of {lineage.revision[:12]}"
    for name, stage in lineage.stages.items():
        yield f"\n{name}: {stage.command.rpartition('lifecycle.stages.')[2]}"
        for topic, hashes in (("outs", stage.outs), ("from", stage.inputs), ("given", stage.given)):
            yield from (f"  {topic:5} {path} {md5[:12]}" for path, md5 in hashes.items())
        yield from (f"  conf  {file}" for file in stage.params)
    yield ""
    yield from (f"environment {path} {md5[:12]}" for path, md5 in lineage.environment.items())
    sources = defaultdict(list)
    for batch in lineage.batches:
        sources[(batch["source"], batch["licence"], batch["publisher"])].append(batch)
    for (source, licence, publisher), several in sources.items():
        rows = sum(batch["rows"] for batch in several)
        count = format_count(len(several), "batch", "batches")
        yield f"source {source} ({licence}; {publisher}): {count}, {rows:,} rows"
    yield from map(format_erased, describe_erased(lineage.revision))
