"""What both models predict: head's problem on head's rows, and a model's predictions of them."""

from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from lifecycle import paths
from lifecycle.arrays import Floats
from lifecycle.data.dataset import Dataset
from lifecycle.data.dataset_files import read_named_rows
from lifecycle.data.problem import Problem
from lifecycle.data.schema import Schema
from lifecycle.errors import UnfitTable
from lifecycle.evaluation.metric import Truth
from lifecycle.modeling.pipeline import make_plan, predict_dataset


@dataclass(frozen=True)
class Question:
    """What both models predict: head's problem, with the schema that has its target."""

    problem: Problem
    schema: Schema

    @property
    def block(self) -> str:
        """The column whose equal values mark correlated rows."""
        return self.problem.block or self.schema.id

    def read_rows(self, ids: pd.Index) -> Dataset:
        """Head's rows of these ids, in the order of its table."""
        return read_named_rows(self.schema, ids.to_series())

    def predict(self, pipeline: Any, dataset: Dataset) -> tuple[Floats, Truth]:
        """A fitted pipeline's scores, and the truth; raises UnfitTable where the rows lack what it needs."""
        try:
            return predict_dataset(make_plan(self.problem.task, self.schema), pipeline, dataset)
        except (ValueError, TypeError, KeyError) as cause:
            raise UnfitTable(
                f"the model rejects head's features: {' '.join(str(cause).split())[:200]}",
                where=str(paths.FEATURES),
                todo="keep the meaning and the type of the features",
            ) from cause

    def match_features(self, contract: dict[str, Any], dataset: Dataset) -> Dataset:
        """The rows with the features of a model's contract.

        Raises UnfitTable where head lacks one of them, or has another target or other classes.
        """
        missing = [name for name in contract["features"] if name not in dataset.features]
        target = self.schema.target
        if missing or contract["target"] != target:
            raise UnfitTable(
                f"head has no feature {', '.join(missing)}"
                if missing
                else f"it predicts {contract['target']}, not {target}",
                where=str(paths.FEATURES),
                todo="keep the features and the target, or compare on the rows that both share",
            )
        known = tuple(contract["columns"].get(target, {}).get("categories", ())) if target else ()
        if target and known != self.schema.columns[target].categories:
            raise UnfitTable(
                f"it knows the classes {', '.join(known)}",
                where="conf/schema/",
                todo="keep the classes and their order",
            )
        return replace(dataset, features=dataset.features[contract["features"]])
