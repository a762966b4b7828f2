"""publish: a tag's release on GitHub: the served release as an archive, its test report, and the index page."""

import gzip
import tarfile
from pathlib import Path

from lifecycle import paths
from lifecycle.cli.parser import Parser
from lifecycle.errors import MissingFile
from lifecycle.io.atomic import write_beside
from lifecycle.review.github import publish_release
from lifecycle.versioning import registry

USAGE = "lifecycle publish TAG"
ARCHIVE = paths.RUNS / "release.tar.gz"
REPORTS = (paths.TEST, paths.INDEX)


def main(arguments: list[str]) -> int:
    """Write the archive, create or complete the tag's release, and print where it is."""
    parser = Parser(prog="lifecycle publish", usage=USAGE, description="Publish what is served, with its reports.")
    parser.add_argument("tag", metavar="TAG", help="a tag that was pushed to GitHub")
    tag = parser.parse_args(arguments).tag
    registry.check_own_tag(tag)
    require_files(paths.RELEASE, *REPORTS)
    pack_folder(paths.RELEASE, ARCHIVE)
    print(publish_release(tag, [ARCHIVE, *REPORTS]))
    return 0


def require_files(*needed: Path) -> None:
    """Raise MissingFile for what no stage has written here."""
    if missing := [str(path) for path in needed if not path.exists()]:
        raise MissingFile(f"there is no {', '.join(missing)}", where=missing[0], todo="make repro")


def pack_folder(folder: Path, archive: Path) -> None:
    """Write a folder's files as an archive: the same bytes for the same files, whoever packs them and when."""
    with (
        write_beside(archive) as beside,
        beside.open("wb") as stream,
        gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as packed,
    ):
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            packed.add(path, path.as_posix(), filter=normalize_entry)


def normalize_entry(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """The entry without owner, time and the machine's permissions."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o644
    return entry
