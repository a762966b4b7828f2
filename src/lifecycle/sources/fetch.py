"""The bytes behind an address: a file, an http(s) URL, or any storage that fsspec opens."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from lifecycle.errors import LifecycleError, SourceError, UnknownName, suggest_name
from lifecycle.io.budget import must_fit_bytes, read_budget
from lifecycle.sources.http import fetch_url
from lifecycle.sources.retry import Wait
from lifecycle.sources.secrets import (
    fill_text,
    hide_secrets,
    mask_secrets,
    must_be_confirmed_for,
    read_storage_credentials,
)

# The package that opens each storage; protocols of fsspec that run code or nest other addresses are left out.
STORAGES: Mapping[str, str] = {
    "abfs": "adlfs",
    "az": "adlfs",
    "gcs": "gcsfs",
    "gs": "gcsfs",
    "hdfs": "pyarrow",
    "oss": "ossfs",
    "s3": "lifecycle[s3]",
    "sftp": "lifecycle[ssh]",
    "ssh": "lifecycle[ssh]",
}
# Storages whose address may name a server, which then gets the credentials whose variables begin so.
NAMED_SERVERS: Mapping[str, str] = {"abfs": "AZURE_", "az": "AZURE_", "oss": "OSS_"}

PART = 64 * 2**20  # bytes that are read at once


def read_contents(address: str, wait: Wait = time.sleep) -> bytes:
    """The bytes of a file or a URL; `wait` is called with the seconds before a retry.

    Raises SourceError if they cannot be read or are empty, TooLarge for more than the budget has, UnknownName for an
    unsupported address, WrongValue for an address with a password in plain text.
    """
    scheme = parse_scheme(address)
    if scheme in ("http", "https"):
        data = fetch_url(address, wait=wait)
    elif scheme in ("", "file"):
        data = read_file(to_local_path(address))
    else:
        data = read_object(address)
    if not data.strip():
        raise SourceError("the file is empty", where=mask_secrets(address), todo="choose a file with rows")
    return data


def list_named_credentials(address: str, known: Mapping[str, str]) -> list[str]:
    """The credentials that a storage's client sends to a server of the address's choice.

    S3 and Google's storage go to their provider, or to the endpoint that the environment names.
    """
    prefix = NAMED_SERVERS.get(parse_scheme(address))
    has_server = "." in urlsplit(address).netloc.rpartition("@")[2]
    return [name for name in known if prefix and has_server and name.startswith(prefix)]


def parse_scheme(address: str) -> str:
    """The scheme before `://`; empty for a path."""
    return urlsplit(address).scheme if "://" in address else ""


def to_local_path(address: str) -> Path:
    """The path that an address names: itself, or what follows `file://`."""
    return Path(unquote(urlsplit(address).path) if address.startswith("file://") else address)


def read_file(path: Path) -> bytes:
    """The bytes of a local file; a pipe or a device has no size, and is read as far as the budget goes."""
    try:
        with path.open("rb") as file:
            return read_bounded(file, path.stat().st_size, str(path))
    except FileNotFoundError as cause:
        names = sorted(entry.name for entry in path.parent.iterdir()) if path.parent.is_dir() else []
        todo = f"{suggest_name(path.name, names)} in {path.parent}" if names else f"correct the path: no {path.parent}"
        raise SourceError("there is no such file", where=str(path), todo=todo) from cause
    except IsADirectoryError as cause:
        names = sorted(entry.name for entry in path.iterdir() if entry.is_file())
        todo = f"name one of its files: {', '.join(names[:8])}" if names else "name a file"
        raise SourceError("this is a folder, not a file", where=str(path), todo=todo) from cause
    except OSError as cause:
        raise SourceError(
            f"the file cannot be read: {cause.strerror}", where=str(path), todo=f"ls -l {path}"
        ) from cause


def read_bounded(file: BinaryIO, size: int, where: str) -> bytes:
    """All bytes of a file that states a size; raises TooLarge for a size, or for bytes, above the budget."""
    must_fit_bytes(size, size, where)
    most = read_budget().allow(size)
    parts, left = [], most + 1
    while left and (part := file.read(min(left, PART))):
        parts.append(part)
        left -= len(part)
    must_fit_bytes(most + 1 - left, size, where, is_all=left > 0)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def read_object(address: str) -> bytes:
    """The bytes of an object in a storage that fsspec opens, with the credentials that its programs use."""
    import fsspec

    scheme = parse_scheme(address)
    if scheme not in STORAGES or "::" in address:
        raise UnknownName(
            f"{scheme}:// is no file, no web page and no storage",
            where=mask_secrets(address),
            todo=suggest_name(scheme, ["https", "http", "file", *STORAGES]),
        )
    known = read_storage_credentials()
    must_be_confirmed_for(address, list_named_credentials(address, known))
    with hide_secrets(address, known=known) as values:
        try:
            # The instance is not cached, since it would hold credentials and listings.
            with fsspec.open(fill_text(address, values), mode="rb", skip_instance_cache=True) as file:
                return read_bounded(file, int(getattr(file, "size", None) or 0), mask_secrets(address))
        except ImportError as cause:
            raise SourceError(
                f"what opens {scheme}:// is not installed",
                where=mask_secrets(address),
                todo=f"pip install {STORAGES[scheme]}",
            ) from cause
        except LifecycleError:
            raise
        except Exception as cause:  # each storage has errors of its own
            reason = " ".join(str(cause).split())[:200]
            raise SourceError(
                f"it cannot be read: {type(cause).__name__}: {reason}",
                where=mask_secrets(address),
                todo=f"correct the address, or the credentials for {scheme}://: docs/sources.md",
            ) from cause
