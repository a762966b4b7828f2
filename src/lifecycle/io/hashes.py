"""Hashes of files."""

import hashlib
from pathlib import Path


def hash_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_md5(path: Path) -> str:
    """The MD5 of a file's bytes as 32 hexadecimal digits, by which DVC names them."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
