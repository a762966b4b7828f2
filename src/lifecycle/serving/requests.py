"""What a request says: bytes to rows as the model takes them, rejected with the reason where they are none."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lifecycle.release.fields import Value
from lifecycle.release.release import Release
from lifecycle.release.row_reader import RowReader
from lifecycle.release.rows_read import RowRead
from lifecycle.serving.bodies import parse_body
from lifecycle.serving.envelopes import Reply, Rows, open_body
from lifecycle.serving.rejections import RequestRejected

# Rejections that one response lists at most.
MOST_LISTED = 100


@dataclass(frozen=True)
class PredictRequest:
    """The rows of a request, each with its prepared form, its values as the model takes them, and the raw row.

    `reply` makes the response of their predictions.
    """

    rows: Sequence[RowRead]
    reply: Reply

    @property
    def values(self) -> list[list[Value]]:
        """The rows as the model takes them."""
        return [row.values for row in self.rows]


def parse_request(body: bytes, release: Release, most: int, prepared: bool) -> PredictRequest:
    """The rows in a body: a row, a list of rows, or an envelope around them; raises RequestRejected.

    `prepared` takes every row as a prepared one.
    """
    reader = release.choose_reader(prepared)
    return read_rows(open_body(parse_body(body), reader, most), reader)


def read_rows(rows: Rows, reader: RowReader) -> PredictRequest:
    """The rows as the model takes them; raises RequestRejected with each field that does not fit its contract."""
    read: list[RowRead] = []
    wrong: list[dict[str, Any]] = []
    for place, row in enumerate(reader.read_records(rows.records)):
        read.append(row)
        wrong += [{"row": place, "field": one.field, "got": one.got, "wanted": one.wanted} for one in row.rejections]
        if len(wrong) >= MOST_LISTED:
            break
    if wrong:
        raise RequestRejected(422, f"{len(wrong)} fields do not fit the contract", wrong[:MOST_LISTED])
    return PredictRequest(read, rows.reply)
