"""Predictions of the open rows, which have no label yet: logged, so that they are judged when the labels come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from lifecycle import paths
from lifecycle.data.columns import ID, name_free_column, with_columns
from lifecycle.data.schema import Role, Schema
from lifecycle.errors import UnfitTable
from lifecycle.feedback.prediction_log import Log, Privacy
from lifecycle.io.atomic import write_beside
from lifecycle.io.tables import read_table, write_csv
from lifecycle.release.batch_files import choose_writer
from lifecycle.release.fields import list_values
from lifecycle.release.release import Release, list_records

LOGGED = 10_000  # records at once
SHOWN: tuple[Role, ...] = (
    "time",
    "prediction_time",
    "group",
    "context",
)  # roles of columns by which a person knows a row


@dataclass(frozen=True)
class OpenPredictions:
    """The ids, the features and the predictions of the open rows that keep the contract, and why others do not.

    `rejected` has `id`, `field`, `got` and `wanted` of each row that does not.
    """

    ids: pd.Series
    features: pd.DataFrame
    predictions: pd.DataFrame
    rejected: pd.DataFrame


def predict_open_rows(release: Release, schema: Schema) -> OpenPredictions:
    """The predictions of the open rows; raises UnfitTable where their features are not those of the model."""
    rows = read_table(paths.OPEN_FEATURES)
    must_have_features(rows, release)
    checked = release.contract.check(rows)
    kept = rows.iloc[checked.places].reset_index(drop=True)
    rejected = checked.rejected.drop(columns="row")
    rejected.insert(0, ID, rows[schema.id].iloc[checked.rejected["row"]].to_numpy())
    return OpenPredictions(
        ids=kept[schema.id].astype("str").rename(ID),
        features=kept.drop(columns=schema.id),
        predictions=release.predict_features(checked.features.reset_index(drop=True)),
        rejected=rejected,
    )


def must_have_features(rows: pd.DataFrame, release: Release) -> None:
    """Raise UnfitTable unless the open rows have the features that the release takes."""
    wrong = release.contract.check_columns([str(name) for name in rows.columns])
    if wrong:
        raise UnfitTable(
            f"{wrong[0].field}: got {wrong[0].got}, wanted {wrong[0].wanted}",
            where=f"{paths.OPEN_FEATURES}; {len(wrong)} columns do not fit the contract of release {release.version}",
            todo="dvc repro, or predict in a checkout of the commit that the release is of",
        )


def log_predictions(found: OpenPredictions, log: Log, release: Release, privacy: Privacy, now: datetime) -> None:
    """Append the predictions to the prediction log, each marked as that of an open row."""
    for start in range(0, len(found.ids), LOGGED):
        places = slice(start, start + LOGGED)
        log.append([*build_records(found, places, release, privacy, now)])


def build_records(
    found: OpenPredictions, places: slice, release: Release, privacy: Privacy, now: datetime
) -> Iterator[dict[str, Any]]:
    """The records of some of the rows, as the service logs its own."""
    time = now.isoformat(timespec="microseconds").replace("+00:00", "Z")
    columns = {str(name): list_values(values) for name, values in found.features.iloc[places].items()}
    for place, (id, prediction) in enumerate(
        zip(found.ids.iloc[places], list_records(found.predictions.iloc[places]), strict=True)
    ):
        yield {
            "id": privacy.redact(release.contract.id, id),
            "time": time,
            "version": release.version,
            "inputs": privacy.redact_inputs({name: values[place] for name, values in columns.items()}),
            "prediction": prediction,
            "open": True,
        }


def write_predictions(found: OpenPredictions, schema: Schema, target: Path) -> Path:
    """Write the predictions in the format of the ending of `target`; the file of the rejected rows, if there are some.

    A row stands there with what a person knows it by: its id, its times, groups and other columns beside the features.
    """
    with write_beside(target) as beside:
        writer = choose_writer(target)(beside)
        writer.write(tabulate_predictions(found, schema))
        writer.close()
    rejected = target.with_name(f"{target.stem}.rejected.csv")
    if len(found.rejected):
        write_csv(rejected, found.rejected)
    return rejected


def tabulate_predictions(found: OpenPredictions, schema: Schema) -> pd.DataFrame:
    """The ids, then the columns of the roles that are `SHOWN` as text, then the predictions."""
    shown = schema.columns_with_role(*SHOWN)
    rows = read_table(paths.OPEN, [schema.id, *shown])
    rows = rows.set_index(rows[schema.id].astype("str")).loc[found.ids.to_numpy(), shown].reset_index(drop=True)
    taken = {ID, *map(str, found.predictions.columns)}
    known = {name_free_column(str(name), taken): write_as_text(values) for name, values in rows.items()}
    return with_columns(pd.DataFrame({ID: found.ids, **known}), found.predictions)


def write_as_text(values: pd.Series) -> pd.Series:
    """Values as text, a time as 2013-10-01T08:30:00Z, nothing for a missing one."""
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    return values.astype("str").fillna("")
