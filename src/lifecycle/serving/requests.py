"""What a request says: bytes to rows, rejected with the reason where they are none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lifecycle.release.contract import Contract, Value, normalize_id

# Rejections that one response lists at most.
MOST_LISTED = 100


class RequestRejected(Exception):
    """A rejected request: the status, the message, and the fields that are wrong."""

    def __init__(self, status: int, message: str, wrong: list[dict[str, Any]] | None = None, wait: int = 0) -> None:
        super().__init__(message)
        self.status, self.message, self.wrong, self.wait = status, message, wrong or [], wait


@dataclass(frozen=True)
class PredictRequest:
    """The rows of a request as sent and as the model takes them; `form` is the form of the response."""

    records: list[Mapping[str, Any]]
    values: list[list[Value]]
    form: str


def check_content_type(content_type: str) -> None:
    """Raise RequestRejected unless the body says that it is JSON in UTF-8."""
    kind, _, parameters = content_type.partition(";")
    charset = parameters.replace(" ", "").lower()
    if kind.strip().lower() != "application/json" or charset not in ("", "charset=utf-8", 'charset="utf-8"'):
        raise RequestRejected(415, f"content type: got {content_type[:80] or 'none'}, wanted application/json")


def parse_body(body: bytes) -> Any:
    """The JSON in a body; raises RequestRejected for what is none, NaN and infinity included."""
    from pydantic_core import from_json

    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as cause:
        raise RequestRejected(400, f"body: got no valid JSON ({' '.join(str(cause).split())[:120]})") from cause


def parse_request(body: bytes, agreed: Contract, most: int) -> PredictRequest:
    """The rows in a body: one object, a list of them, or `{"instances": [...]}`; raises RequestRejected."""
    found = parse_body(body)
    form = detect_form(found, agreed)
    records = [found] if form == "one" else found if form == "many" else found["instances"]
    if len(records) > most:
        raise RequestRejected(413, f"rows: got {len(records):,}, wanted at most {most:,}")
    for row, record in enumerate(records):
        if not isinstance(record, dict):
            raise RequestRejected(422, f"row {row}: got {type(record).__name__}, wanted an object of fields")
    records, values, wrong = [normalize_id(record, agreed.id) for record in records], [], []
    for row, record in enumerate(records):
        read, rejections = agreed.read(record)
        values.append(read)
        wrong += [{"row": row, "field": one.field, "got": one.got, "wanted": one.wanted} for one in rejections]
        if len(wrong) >= MOST_LISTED:
            break
    if wrong:
        raise RequestRejected(422, f"{len(wrong)} fields do not fit the contract", wrong[:MOST_LISTED])
    return PredictRequest(records, values, form)


def detect_form(found: Any, agreed: Contract) -> str:
    """The form of the request; raises RequestRejected where there are none."""
    if isinstance(found, list):
        if not found:
            raise RequestRejected(422, "rows: got none, wanted 1 or more")
        return "many"
    if not isinstance(found, dict):
        raise RequestRejected(422, f"body: got {type(found).__name__}, wanted a row or a list of rows")
    if "instances" not in found or "instances" in agreed.names:
        return "one"
    if (
        not isinstance(found["instances"], list)
        or not found["instances"]
        or not found.keys() <= {"instances", "parameters"}
    ):
        raise RequestRejected(422, "instances: wanted a list of 1 row or more, and nothing beside it but parameters")
    return "instances"
