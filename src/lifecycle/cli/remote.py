"""remote: where data and models are shared: a folder, s3://, ssh:// or whatever DVC has an extra for."""

from pathlib import Path
from urllib.parse import SplitResult, urlsplit, urlunsplit

from lifecycle.cli.parser import Parser
from lifecycle.errors import FileError, WrongValue
from lifecycle.sources.secrets import find_credentials
from lifecycle.versioning import dvc_internals

NAME = "store"
USAGE = "lifecycle remote ADDRESS"


def main(arguments: list[str]) -> int:
    """Make an address the default remote in .dvc/config, and say what to commit."""
    parser = Parser(prog="lifecycle remote", usage=USAGE, description="Set where data and models are shared.")
    parser.add_argument("address", metavar="ADDRESS", help="a folder, s3://bucket/path, ssh://user@host/path, ...")
    address = check_address(parser.parse_args(arguments).address)
    set_remote(address)
    print(f"data and models are shared at {address}")
    print(f'next: git commit --message "Data at {address}" .dvc/config && dvc push')
    print("tags: lifecycle verify --remote --repair   # DVC pushes a tag's data to the remote that the tag knew")
    return 0


def check_address(address: str) -> str:
    """The address, a folder's by its whole path: DVC resolves a relative one elsewhere for an earlier revision.

    Raises WrongValue for one that holds a password or token, since .dvc/config is committed.
    """
    parts = split_address(address)
    if not parts.scheme:
        return str(Path(address).expanduser().resolve())
    if find_credentials(parts):
        safe = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))
        raise WrongValue(
            "the address holds a password or token, and .dvc/config is committed",
            where="command line, ADDRESS",
            todo=f"lifecycle remote {safe}, then: dvc remote modify --local {NAME} password ...",
        )
    return address


def split_address(address: str) -> SplitResult:
    """The parts of an address; raises WrongValue for what is none, without showing what may hold a password."""
    try:
        return urlsplit(address)
    except ValueError as cause:
        raise WrongValue(
            f"this is no address: {cause}", where="command line, ADDRESS", todo="lifecycle remote s3://bucket/path"
        ) from cause


def set_remote(address: str) -> None:
    """Write the address into .dvc/config; raises FileError where DVC rejects it."""
    try:
        with dvc_internals.open_repository() as repo:
            repo.set_default_remote(NAME, address)
    except dvc_internals.dvc_error() as cause:
        raise FileError(
            f"DVC takes no remote at {address}: {' '.join(str(cause).split())[:200]}",
            where=".dvc/config",
            todo=f"{USAGE}; s3:// and ssh:// need an extra: pip install 'lifecycle[s3,ssh]'",
        ) from cause
