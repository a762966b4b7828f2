"""erase: rows that must go leave batches, logs, outputs, cache and remotes; what versions were good for stays known."""

import argparse
import os
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from lifecycle import config
from lifecycle.cli.parser import Parser
from lifecycle.data.schema import Schema
from lifecycle.erasure import erase
from lifecycle.erasure.erase import EraseRequest
from lifecycle.erasure.local_files import FileChange
from lifecycle.erasure.plan import ErasePlan
from lifecycle.erasure.search import parse_condition, read_values
from lifecycle.erasure.stored_events import StoreChange
from lifecycle.errors import MissingFile
from lifecycle.options import options
from lifecycle.reporting.text import format_count, list_names
from lifecycle.sources.secrets import mask_secrets
from lifecycle.versioning import freshness
from lifecycle.versioning.erasures import ErasedVersion, Erasure, read_erasures

USAGE = "lifecycle erase [--dry] [--models] [--reason TEXT] (--ids FILE | --where COLUMN=VALUE | --recorded)"
NEXT = (
    "next    dvc repro   # builds this version without them",
    'then    git add --all . && git commit --message "Rows erased" . && dvc push',
    "and     the same command again, which then finds nothing",
    "others  git pull && dvc pull && lifecycle erase --recorded   # in every other clone",
)


@options
class Config:
    """The schema, which names the column of the ids."""

    schema: Schema


def main(arguments: list[str], now: datetime | None = None) -> int:
    """Erase and print what went, or with `--dry` what would; raises MissingFile while something is left to do."""
    given = create_parser().parse_args(arguments)
    for plan, record in prepare(given, now or datetime.now(UTC)):
        print("\n".join(describe_plan(plan, record)))
        if not given.dry and (not plan.is_empty or plan.unreachable or record.unfinished):
            carry_out(plan, record)
    return 0


def prepare(given: argparse.Namespace, now: datetime) -> Iterator[tuple[ErasePlan, Erasure]]:
    """What is to be done: for the rows that are asked for, or for each record in turn."""
    if given.recorded:
        for record in read_erasures():
            yield erase.prepare_recorded(record, given.models)
        return
    id = config.load(Config).schema.id
    column, values = (id, read_values(Path(given.ids), id)) if given.ids else parse_condition(given.where)
    request = EraseRequest(
        column=column,
        values=values,
        id=id,
        date=f"{now:%Y-%m-%d}",
        reason=given.reason,
        salt=secrets.token_hex(16),
        with_models=given.models,
    )
    yield erase.prepare(request, os.environ)


def create_parser() -> Parser:
    """The command line."""
    parser = Parser(prog="lifecycle erase", usage=USAGE, description="Remove rows that must go, from every version.")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--ids", metavar="FILE", help="a file with an id of the schema's id column on each line")
    which.add_argument("--where", metavar="COLUMN=VALUE", help="all rows with this value in a raw column")
    which.add_argument(
        "--recorded", action="store_true", help="what the records of earlier erasures name, in this clone"
    )
    parser.add_argument("--dry", action="store_true", help="only say what would go")
    parser.add_argument("--models", action="store_true", help="also every model of the affected versions")
    parser.add_argument("--reason", metavar="TEXT", default="on request", help="why, as versions will say it")
    return parser


def carry_out(plan: ErasePlan, record: Erasure) -> None:
    """Do what is planned and say what is next; raises MissingFile while something is left to do."""
    ended = erase.carry_out(plan, record)
    print("\n".join([f"record  {ended.path}", *NEXT]))
    if ended.unfinished:
        raise MissingFile(
            f"not everything is erased yet: {'; '.join(ended.unfinished)}",
            where=str(ended.path),
            todo="see that it can be reached or has ended, then the same command again",
        )


def describe_plan(plan: ErasePlan, record: Erasure) -> Iterator[str]:
    """What goes, line by line, and what stays and has to be known."""
    for batch in plan.batches:
        yield f"batch   data/raw/{batch.name}: {batch.removed:,} of {format_count(batch.rows, 'row')}"
    yield from (f"labels  {path}" for path in plan.labels)
    yield from map(describe_file, plan.files)
    yield from map(describe_store, plan.events)
    for store, names in sorted(plan.stores.items()):
        if names:
            yield f"store   {store}: {format_count(len(names), 'object')}, {list_names(list_paths(plan, names), 4)}"
    yield from (f"version {describe_version(commit, one)}" for commit, one in sorted(plan.versions.items()))
    yield from (f"left    {one.name}: {one.reason}" for one in plan.unreachable)
    yield from describe_rest(plan)
    if plan.is_empty:
        yield f"erase: nothing holds these rows any more; {record.path}"
    else:
        yield f"erase: {format_count(plan.rows, 'raw row')} by {record.column}, {len(record.values):,} values"


def describe_file(one: FileChange) -> str:
    """What becomes of a file."""
    if one.rebuilt:
        return f"output  {one.path}: dvc repro makes it anew"
    if one.rows:
        return f"file    {one.path}: {one.removed:,} of {format_count(one.rows, 'row')}"
    return f"file    {one.path}"


def describe_store(one: StoreChange) -> str:
    """What becomes of a store of events."""
    count = f"{len(one.numbers):,} of {format_count(one.events, 'event')}"
    return f"events  {mask_secrets(one.address)}: {count}; restart the services that have read them"


def list_paths(plan: ErasePlan, names: set[str]) -> Sequence[str]:
    """The files that objects are of, each once."""
    return sorted({plan.objects[name] for name in names})


def describe_version(commit: str, one: ErasedVersion) -> str:
    """A version that loses objects, and what it was good for."""
    tags = f" ({', '.join(one.tags)})" if one.tags else ""
    metrics = ", ".join(f"{name} {value:.4g}" for name, value in sorted(one.metrics.items()))
    return f"{commit[:12]}{tags}: {format_count(len(one.objects), 'object')}; {metrics or 'no test'}"


def describe_rest(plan: ErasePlan) -> Iterator[str]:
    """What holds such rows and stays: files of people, and Git's history."""
    yield from (f"yours   {path} holds them: edit or remove it by hand" for path in plan.others)
    if any(one.rebuilt for one in plan.files):
        yield from (f"frozen  {one}, so dvc repro would not make its outputs anew" for one in freshness.find_frozen())
    if plan.held:
        named = list_names([f"{one.path} ({format_count(one.versions, 'version')})" for one in plan.held])
        paths = " ".join(f"--path {one.path}" for one in plan.held)
        yield f"git     its history holds them: {named}"
        yield f"git     git filter-repo --invert-paths {paths}   # gives every later commit another id"
