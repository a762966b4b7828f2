"""Files in storages that fsspec opens: an S3 server and an SSH server, both on this machine."""

from pathlib import Path

import pytest

from lifecycle.errors import LifecycleError
from lifecycle.onboarding.detect import detect_format
from lifecycle.sources import files
from lifecycle.sources.fetch import read_contents

TABLE = b"id,price\n1,2.50\n"  # as in the bucket of conftest.py


def rejected(address: str) -> LifecycleError:
    """The error for an address, which shows no secret."""
    with pytest.raises(LifecycleError) as caught:
        read_contents(address)
    assert [secret for secret in ("hunter2", "swordfish") if secret in str(caught.value)] == []
    return caught.value


def test_an_object_is_read_as_a_file(bucket: str) -> None:
    (batch,) = files.read(tables={"orders": {"path": f"{bucket}/orders/2013.csv", "format": "csv"}})
    assert batch.rows.to_dict("list") == {"id": ["1"], "price": ["2.50"]}
    assert batch.origin is not None
    assert batch.origin.source == "s3://shop/orders/2013.csv"
    assert detect_format(f"{bucket}/orders/2013.csv").reading["path"] == "s3://shop/orders/2013.csv"


def test_a_missing_object_or_server_is_reported(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    error = rejected(f"{bucket}/orders/2014.csv")
    assert error.what.startswith("it cannot be read: FileNotFoundError")
    assert error.where == "s3://shop/orders/2014.csv"


def test_a_storage_without_its_package_names_it() -> None:
    pytest.importorskip("fsspec")
    error = rejected("oss://shop/orders.csv")
    assert (error.what, error.todo) == ("what opens oss:// is not installed", "pip install ossfs")


@pytest.mark.parametrize("address", ["memory://a.csv", "reference://a.json", "simplecache::s3://a/b", "s4://a/b"])
def test_an_address_of_another_kind_is_rejected(address: str) -> None:
    assert rejected(address).what


def test_a_file_on_another_machine_is_read_over_ssh(host: str, tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_bytes(TABLE)
    assert read_contents(f"{host}{tmp_path}/orders.csv") == TABLE
    error = rejected(f"{host}{tmp_path}/order.csv")
    assert error.what.startswith("it cannot be read: FileNotFoundError")
