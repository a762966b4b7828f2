"""publish: a tag's release on GitHub: what is served as one archive, its test, and the page of everything."""

import gzip
import tarfile
from pathlib import Path

from lifecycle import paths
from lifecycle.cli.parser import Parser
from lifecycle.errors import MissingFile
from lifecycle.io.atomic import replacing
from lifecycle.io.programs import said

USAGE = "lifecycle publish TAG"
ARCHIVE = paths.RUNS / "release.tar.gz"
BESIDE = (paths.TEST, paths.INDEX)


def main(arguments: list[str]) -> int:
    """Write the archive, make or complete the tag's release, and print where it is."""
    parser = Parser(prog="lifecycle publish", usage=USAGE, description="Publish what is served, with its reports.")
    parser.add_argument("tag", metavar="TAG", help="a tag that stands on GitHub")
    tag = parser.parse_args(arguments).tag
    must_be_here(paths.RELEASE, *BESIDE)
    pack(paths.RELEASE, ARCHIVE)
    files = [str(path) for path in (ARCHIVE, *BESIDE)]
    if tag in said("gh", "release", "list", "--limit", "1000", "--json", "tagName", "--jq", ".[].tagName").split():
        said("gh", "release", "upload", tag, *files, "--clobber")
        print(f"{tag} was released before; its files are now these")
    else:
        print(said("gh", "release", "create", tag, "--verify-tag", "--generate-notes", *files))
    return 0


def must_be_here(*needed: Path) -> None:
    """Raise MissingFile for what no stage has written here."""
    if lacking := [str(path) for path in needed if not path.exists()]:
        raise MissingFile(f"there is no {', '.join(lacking)}", where=lacking[0], todo="make repro")


def pack(folder: Path, archive: Path) -> None:
    """A folder's files as an archive to unpack here: the same bytes for the same files, whoever packs them and when."""
    with (
        replacing(archive) as beside,
        beside.open("wb") as stream,
        gzip.GzipFile(filename="", mode="wb", fileobj=stream, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as packed,
    ):
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            packed.add(path, path.as_posix(), filter=plain)


def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """The entry without owner, time and the machine's permissions."""
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o644
    return entry
