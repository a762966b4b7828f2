"""What is seen of an API by its first page."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from lifecycle.__main__ import main
from lifecycle.onboarding.detect import detect_format
from lifecycle.sources import files

ROWS = [{"id": number} for number in range(4)]


def test_an_api_with_a_link_to_its_next_page_is_read_to_the_end(web: Any, reply: Any) -> None:
    def answer(asked: Any) -> Any:
        last = asked.parameters.get("page") == "2"
        return reply(
            json.dumps(ROWS[2:] if last else ROWS[:2]).encode(),
            headers={} if last else {"Link": '</rows?page=2>; rel="next"'},
        )

    web.answer = answer
    found = detect_format(f"{web.address}/rows")
    assert found.reading == {"path": f"{web.address}/rows", "format": "rest", "paging": {"by": "link"}}
    assert found.table["id"].to_list() == ["0", "1", "2", "3"]
    assert [(note.what, note.why) for note in found.notes] == [
        ("pages by link", "the response holds the address of the next page")
    ]


def test_an_api_that_says_the_next_address_inside_is_read_to_the_end(web: Any, reply: Any) -> None:
    def answer(asked: Any) -> Any:
        last = asked.parameters.get("after") == "2"
        page = {"rows": ROWS[2:] if last else ROWS[:2], "next": None if last else f"{web.address}/rows?after=2"}
        return reply(json.dumps(page).encode())

    web.answer = answer
    found = detect_format(f"{web.address}/rows")
    assert found.reading["paging"] == {"by": "cursor", "next": "next"}
    assert found.reading["records"] == "rows"
    assert len(found.table) == 4


def test_one_answer_is_a_file_like_any_other(web: Any, reply: Any) -> None:
    web.one_by_one(reply(json.dumps(ROWS).encode()))
    assert detect_format(f"{web.address}/rows").reading == {"path": f"{web.address}/rows", "format": "json"}


@pytest.mark.parametrize("kind", ["rest", "s3", "database"])
def test_lifecycle_new_takes_every_kind_of_address(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("conf").mkdir()
    address = {"rest": an_api, "s3": an_object, "database": a_database}[kind](request)
    assert main(["new", "shop", "--data", address, "--target", "paid"]) == 0
    said = OmegaConf.to_container(OmegaConf.load("conf/source/shop.yaml"), resolve=True)
    (batch,) = files.read(tables=said["tables"])
    assert batch.table == "shop"
    assert batch.rows["id"].astype("str").to_list() == [str(number) for number in range(30)]


def an_api(request: pytest.FixtureRequest) -> str:
    """The address of an API of two pages."""
    web, reply = request.getfixturevalue("web"), request.getfixturevalue("reply")
    rows = [{"id": number, "size": number % 7, "paid": ["yes", "no"][number % 2]} for number in range(30)]

    def answer(asked: Any) -> Any:
        page = rows[20:] if asked.parameters else rows[:20]
        return reply(json.dumps(page).encode(), headers={} if asked.parameters else {"Link": '<?p=2>; rel="next"'})

    web.answer = answer
    return f"{web.address}/rows"


def an_object(request: pytest.FixtureRequest) -> str:
    """The address of an object in S3."""
    bucket = request.getfixturevalue("bucket")
    lines = [f"{number},{number % 7},{'yes' if number % 2 else 'no'}\n" for number in range(30)]
    put(bucket, "rows.csv", ("id,size,paid\n" + "".join(lines)).encode())
    return f"{bucket}/rows.csv"


def a_database(request: pytest.FixtureRequest) -> str:
    """The address of a database of one table."""
    with sqlite3.connect("shop.sqlite") as connection:
        connection.execute("CREATE TABLE rows (id INTEGER, size INTEGER, paid TEXT)")
        rows = [(number, number % 7, ("no", "yes")[number % 2]) for number in range(30)]
        connection.executemany("INSERT INTO rows VALUES (?, ?, ?)", rows)
    connection.close()
    return "sqlite:///shop.sqlite"


def put(bucket: str, key: str, data: bytes) -> None:
    """Write an object."""
    import boto3

    client = boto3.client("s3")
    client.put_object(Bucket=bucket.removeprefix("s3://"), Key=key, Body=data)
    client.close()
