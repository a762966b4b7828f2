import hashlib
from pathlib import Path

from lifecycle.io.hashes import hash_sha256


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert hash_sha256(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()
