"""Labels that come back, joined to the logged predictions: accepted ones, and rejected ones with the reason.

A label comes from the `service` (what happened) or from a `person` (a correction): of two labels of one row the
person's is used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from lifecycle.data.cells.reading import Reading, Type, read_cells
from lifecycle.data.steps.feedback import PERSON, choose_latest_labels, parse_known_at
from lifecycle.errors import UnfitTable, suggest_name

ORIGINS = ("service", PERSON)
UNDATED = "a person corrected this row before: give known_at, so that the newer label is known"
INPUT = "input."
FIXED = ["id", "label", "origin", "known_at", "predicted_at", "version", "prediction"]


@dataclass(frozen=True)
class Delivery:
    """The result of a delivery: the `taken` rows of a new batch, those `rejected` with a `reason`, and counts.

    `repeated` were delivered before or twice, `late` came later than agreed and are taken all the same,
    `corrections` are taken in place of an earlier label.
    """

    taken: pd.DataFrame
    rejected: pd.DataFrame
    repeated: int
    late: int
    corrections: int


def accept_labels(labels: pd.DataFrame, log: pd.DataFrame, earlier: pd.DataFrame, late: pd.Timedelta) -> Delivery:
    """The accepted and rejected of `labels` (id, label, origin, known_at), by the predictions in `log`.

    `earlier` holds the labels taken before, `late` is the time from prediction to label from which on it is late.
    The same labels give the same rows in the same order, whatever order they came in.
    """
    labels = labels.sort_values(["id", "origin", "label", "known_at"], kind="stable", ignore_index=True)
    labels = labels.assign(same=find_repeated(labels, earlier))
    same = labels["same"] | labels.duplicated(["id", "origin", "label", "same"], keep="first")
    fresh = labels[~same].drop(columns="same").reset_index(drop=True)
    reason = pd.Series(pd.NA, index=fresh.index, dtype="str")
    set_reason(reason, ~fresh["id"].isin(log["id"]), "no prediction with this id was logged")
    set_reason(reason, fresh.duplicated(["id", "origin"], keep=False), "conflicting labels were delivered together")
    set_reason(
        reason, find_contradictions(fresh, earlier), "contradicts an earlier label, and only a person may correct one"
    )
    set_reason(reason, find_undated(fresh, earlier), UNDATED)
    taken = fresh[reason.isna()].merge(log, on="id", how="left")
    waited = parse_known_at(taken["known_at"]) - pd.to_datetime(taken["predicted_at"], utc=True)
    return Delivery(
        taken=order_columns(taken),
        rejected=fresh.assign(reason=reason)[reason.notna()].reset_index(drop=True),
        repeated=int(same.sum()),
        late=int((waited > late).sum()),
        corrections=int(taken["id"].isin(earlier["id"]).sum()),
    )


def find_repeated(labels: pd.DataFrame, earlier: pd.DataFrame) -> pd.Series:
    """Which labels are not new: accepted before from the same origin, or the service's and equal to the latest one.

    A person's earlier label is new again if another label replaced it, unless it is known to be older.
    """
    person, agrees = (
        labels["origin"] == PERSON,
        labels["label"] == labels["id"].map(choose_latest_labels(earlier)["label"]),
    )
    theirs = earlier[earlier["origin"] == PERSON]
    newest = parse_known_at(theirs["known_at"]).groupby(theirs["id"]).max()
    older = parse_known_at(labels["known_at"]) <= pd.Series(newest.reindex(labels["id"]).array, index=labels.index)
    return (find_accepted_before(labels, earlier) & (~person | agrees | older)) | (~person & agrees)


def find_accepted_before(labels: pd.DataFrame, earlier: pd.DataFrame) -> pd.Series:
    """Which labels were taken before, from the same origin."""
    keys = ["id", "origin", "label"]
    known = set(earlier[keys].itertuples(index=False, name=None))
    found = [key in known for key in labels[keys].itertuples(index=False, name=None)]
    return pd.Series(found, index=labels.index, dtype=bool)


def find_undated(fresh: pd.DataFrame, earlier: pd.DataFrame) -> pd.Series:
    """Which labels of a person lack a time that is needed: after a dated one, or for an earlier label again."""
    dated = earlier.loc[(earlier["origin"] == PERSON) & earlier["known_at"].notna(), "id"]
    needed = fresh["id"].isin(dated) | find_accepted_before(fresh, earlier)
    return (fresh["origin"] == PERSON) & fresh["known_at"].isna() & needed


def find_contradictions(fresh: pd.DataFrame, earlier: pd.DataFrame) -> pd.Series:
    """Which labels are not a person's and differ from one that was taken before."""
    return (fresh["origin"] != PERSON) & fresh["id"].isin(earlier["id"])


def set_reason(reasons: pd.Series, rows: pd.Series, reason: str) -> None:
    """Write a reason at the rows that have none yet."""
    reasons[rows & reasons.isna()] = reason


def order_columns(taken: pd.DataFrame) -> pd.DataFrame:
    """The batch: fixed columns, then inputs by name, rows by id and origin."""
    inputs = sorted(name for name in taken.columns if name.startswith(INPUT))
    return taken[[*FIXED, *inputs]].sort_values(["id", "origin"], kind="stable", ignore_index=True)


def tabulate_log(records: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """The last prediction of each id: `id`, `predicted_at`, `version`, `prediction` (JSON), `open`, `row`, inputs.

    `open` is whether it was made while the row had no label; `row` is then the row's id in the table.
    """
    last = {str(record["id"]): record for record in records}
    rows = [
        {
            "id": key,
            "predicted_at": record["time"],
            "version": record["version"],
            "prediction": json.dumps(record["prediction"], sort_keys=True, ensure_ascii=False),
            "open": record.get("open", False),
            "row": str(record.get("row", key)),
            **{INPUT + name: value for name, value in record["inputs"].items()},
        }
        for key, record in sorted(last.items())
    ]
    return pd.DataFrame(rows, columns=None if rows else ["id", "predicted_at", "version", "prediction", "open", "row"])


def conform_labels(
    labels: pd.DataFrame, origin: str, classes: tuple[str, ...], reading: Reading | None, where: str
) -> pd.DataFrame:
    """Delivered labels as `accept_labels` takes them, each as text; raises UnfitTable for one that is no label.

    `id` and `label` are needed; `origin` (service or person) and `known_at` may stand beside them. `classes`
    are the labels that there are, empty for numbers, and `reading` is how the target's cells are written.
    """
    for name in ("id", "label"):
        if name not in labels.columns:
            raise UnfitTable(
                f"column {name!r} is missing; the file has {', '.join(map(str, labels.columns))}",
                where=where,
                todo=f"{suggest_name(name, [str(one) for one in labels.columns])} as {name}, or name the column {name}",
            )
    conformed = pd.DataFrame(
        {"id": labels["id"].astype("str").str.strip(), "label": normalize_labels(labels["label"], classes, reading)}
    )
    conformed["origin"] = labels["origin"].astype("str").fillna(origin) if "origin" in labels else origin
    conformed["known_at"] = labels["known_at"].astype("str") if "known_at" in labels else pd.NA
    conformed = conformed.astype("str")
    check_values(conformed["id"].notna() & (conformed["id"] != ""), labels["id"], "an id", where)
    check_values(
        conformed["label"].notna(), labels["label"], f"one of {', '.join(classes)}" if classes else "a number", where
    )
    check_values(conformed["origin"].isin(ORIGINS), conformed["origin"], f"one of {', '.join(ORIGINS)}", where)
    times = pd.to_datetime(conformed["known_at"], utc=True, errors="coerce", format="ISO8601")
    check_values(
        times.notna() | conformed["known_at"].isna(),
        conformed["known_at"],
        "a time such as 2013-10-01T12:00:00Z",
        where,
    )
    return conformed


BOOLEANS = {"true": "true", "1": "true", "1.0": "true", "yes": "true", "false": "false", "0": "false", "0.0": "false",
         "no": "false"}  # fmt: skip


def normalize_labels(values: pd.Series, classes: tuple[str, ...], reading: Reading | None) -> pd.Series:
    """Labels in one spelling; missing where they are none of the classes, or no number where there are no classes.

    They may be written as the target's cells are, or as a label is here: true, false, a class, or a plain number.
    """
    plain = normalize_plain_labels(values, classes)
    if reading is None:
        return plain
    kind: Type = "boolean" if classes == ("false", "true") else "category" if classes else "number"
    read = read_cells(values, kind, reading).values.astype("object")
    words = read.map(lambda value: str(value).lower() if kind == "boolean" else value, na_action="ignore").astype("str")
    found = normalize_plain_labels(words, classes)
    return found.where(found.notna(), plain)


def normalize_plain_labels(values: pd.Series, classes: tuple[str, ...]) -> pd.Series:
    """Labels in one spelling, of those that are written as here."""
    words = values.astype("str").str.strip()
    if classes == ("false", "true"):
        return words.str.lower().map(BOOLEANS).astype("str")
    if classes:
        return words.where(words.isin(classes))
    numbers = pd.to_numeric(words, errors="coerce")
    return numbers.map(lambda value: f"{value:.12g}", na_action="ignore").astype("str")


def check_values(fits: pd.Series, values: pd.Series, wanted: str, where: str) -> None:
    """Raise UnfitTable for the first value that does not fit."""
    if not fits.all():
        place = int((~fits).to_numpy().argmax())
        raise UnfitTable(
            f"{int((~fits).sum()):,} of {len(fits):,} rows do not fit; the first has {values.iloc[place]!r}, "
            f"not {wanted}",
            where=f"{where}, line {place + 2}",
            todo="correct those lines; nothing was taken",
        )
