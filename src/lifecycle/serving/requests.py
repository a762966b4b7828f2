"""What a request says: bytes to rows that keep the contract, rejected with the reason where they are none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lifecycle.release.contract import Contract, normalize_id
from lifecycle.release.fields import Value
from lifecycle.release.release import Release
from lifecycle.serving.bodies import parse_body
from lifecycle.serving.envelopes import Reply, Rows, open_body
from lifecycle.serving.rejections import RequestRejected

# Rejections that one response lists at most.
MOST_LISTED = 100


@dataclass(frozen=True)
class PredictRequest:
    """The rows of a request as sent and as the model takes them; `reply` makes the response of their predictions."""

    records: list[Mapping[str, Any]]
    values: list[list[Value]]
    reply: Reply


def parse_request(body: bytes, release: Release, most: int) -> PredictRequest:
    """The rows in a body: a row, a list of rows, or an envelope around them; raises RequestRejected."""
    return read_rows(open_body(parse_body(body), release.contract, most), release.contract)


def read_rows(rows: Rows, agreed: Contract) -> PredictRequest:
    """The rows as the model takes them; raises RequestRejected with each field that does not fit the contract."""
    records, values, wrong = [normalize_id(record, agreed.id) for record in rows.records], [], []
    for row, (read, rejections) in enumerate(agreed.read_many(records)):
        values.append(read)
        wrong += [{"row": row, "field": one.field, "got": one.got, "wanted": one.wanted} for one in rejections]
        if len(wrong) >= MOST_LISTED:
            break
    if wrong:
        raise RequestRejected(422, f"{len(wrong)} fields do not fit the contract", wrong[:MOST_LISTED])
    return PredictRequest(records, values, rows.reply)
