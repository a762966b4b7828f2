"""Rows in, predictions out, each logged before it leaves."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import pandas as pd

from lifecycle.feedback.prediction_log import Log, Privacy
from lifecycle.release.fields import Value
from lifecycle.release.outputs import tabulate_outputs
from lifecycle.release.release import Release, list_records
from lifecycle.release.rows_read import RowRead, tabulate_values
from lifecycle.serving.requests import PredictRequest
from lifecycle.serving.single_row import Scores, compile_release

# Up to so many rows are quicker one by one than as a table.
FEW = 8


@dataclass(frozen=True)
class ServedModel:
    """A release ready to predict; `alone` scores one row without a table, if that is proven to be the same."""

    release: Release
    alone: Callable[[Sequence[Value]], Scores] | None

    def predict(self, rows: Sequence[Sequence[Value]]) -> list[dict[str, Any]]:
        """The predictions of rows that keep the contract, in the model's order of fields.

        Raises ArithmeticError where the model predicts no finite number.
        """
        if self.alone is not None and len(rows) <= FEW:
            return check_finite([self._one(row, self.alone) for row in rows])
        return check_finite(list_records(self.release.predict_features(self.table(rows))))

    def _one(self, row: Sequence[Value], alone: Callable[[Sequence[Value]], Scores]) -> dict[str, Any]:
        agreed = self.release.contract
        found = tabulate_outputs(agreed.task, agreed.classes, self.release.threshold, alone(row))
        return {name: values.tolist()[0] for name, values in found.items()}

    def table(self, rows: Sequence[Sequence[Value]]) -> pd.DataFrame:
        """The rows as the model's features."""
        return tabulate_values(rows, self.release.contract.fields)


def check_finite(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The predictions themselves; raises ArithmeticError for a number that JSON does not have."""
    for prediction in found:
        for name, value in prediction.items():
            if isinstance(value, float) and not math.isfinite(value):
                raise ArithmeticError(f"the model's {name} is {value}")
    return found


def prepare_model(release: Release) -> ServedModel:
    """A release with a fast path for one row where it is proven equal."""
    return ServedModel(release, compile_release(release))


def takes_same_rows(one: ServedModel, other: ServedModel) -> bool:
    """Whether two releases take the same rows."""
    mine, its = one.release.contract, other.release.contract
    return mine.fields == its.fields and mine.id == its.id


@dataclass(frozen=True)
class Scorer:
    """The model in use, the canary for a share of the requests, the prediction log, and its privacy."""

    model: ServedModel
    canary: ServedModel | None
    share: float
    log: Log
    privacy: Privacy

    @cached_property
    def alternate(self) -> ServedModel | None:
        """The canary, where it takes the same rows as the model."""
        return self.canary if self.canary and takes_same_rows(self.canary, self.model) else None

    def chosen(self, first_id: str) -> ServedModel:
        """The model for a request: the canary for its share of the ids, always the same ones."""
        if self.alternate is None:
            return self.model
        place = int.from_bytes(hashlib.sha256(first_id.encode()).digest()[:4], "big") / 2**32
        return self.alternate if place < self.share else self.model

    def predict(self, asked: PredictRequest, request: str, now: datetime) -> list[dict[str, Any]]:
        """One prediction per row with its id and the version that made it; logged when this returns."""
        name = self.model.release.contract.id
        ids = [str(row.record.get(name, f"{request}-{place}")) for place, row in enumerate(asked.rows)]
        model = self.chosen(ids[0])
        version, time = model.release.version, now.isoformat(timespec="microseconds").replace("+00:00", "Z")
        found = [
            {"id": one, "version": version, "prediction": prediction}
            for one, prediction in zip(ids, model.predict(asked.values), strict=True)
        ]
        horizon = find_horizon(model.release)
        self.log.append(
            [self._describe(one, row, name, time, horizon) for one, row in zip(found, asked.rows, strict=True)]
        )
        return found

    def _describe(self, found: Mapping[str, Any], row: RowRead, name: str, time: str, horizon: int) -> dict[str, Any]:
        """The log's record of a prediction: the features that it is of and, where a raw row was asked, that row.

        A raw row is open if its id in the table is known and its moment later than the horizon, in microseconds since
        1970: the model cannot have learned from its label, which the table of a later data version has.
        """
        inputs = {field: value for field, value in row.record.items() if field != name}
        raw = {} if row.question is None else {"question": self.privacy.redact_inputs(row.question)}
        return {
            "id": self.privacy.redact(name, found["id"]),
            "time": time,
            "version": found["version"],
            "inputs": self.privacy.redact_inputs(inputs),
            **raw,
            "prediction": found["prediction"],
            **self._describe_open(found["id"], row, name, horizon),
        }

    def _describe_open(self, id: str, row: RowRead, name: str, horizon: int) -> dict[str, Any]:
        """What the log's record of an open row has more: its id in the table, where that is another."""
        if not row.own_id or row.moment <= horizon:
            return {}
        return {"open": True} | ({} if row.own_id == id else {"row": self.privacy.redact(name, row.own_id)})


def find_horizon(release: Release) -> int:
    """The newest moment of the rows that a release knows, in microseconds since 1970; 0 where it keeps none."""
    return release.online.definitions.horizon if release.online else 0
