"""A release that makes features of raw rows: of the shops' orders."""

from pathlib import Path

import pandas as pd
from builders import releases, shops
from threadpoolctl import threadpool_limits

from lifecycle.data.dataset import Dataset
from lifecycle.modeling.persistence import write_model
from lifecycle.modeling.pipeline import Plan, Recipe, fit_pipeline
from lifecycle.options import Call
from lifecycle.release import raw_schema, release, row_schema
from lifecycle.release.release import RawParts

ORDERS = shops.build_orders()
EXAMPLE = {"shop": "north", "ordered_at": "2024-03-20T08:00:00Z"}


def files(features: pd.DataFrame, folder: Path) -> dict[str, bytes]:
    """The files of the release that learns from these features; its model is written into the folder too."""
    rows = features.drop(columns="order").astype({"shop": "str", "city": "str"})
    rows = rows.astype({name: "float64" for name in rows if name not in ("shop", "city")})
    estimator = Call(target="lightgbm.LGBMRegressor", arguments=releases.TREES)
    recipe = Recipe(
        option="lightgbm", estimator=estimator, inputs=releases.NATIVE, plan=Plan(task="regression", classes=0)
    )
    labels = (rows["degrees"].fillna(0) + 9 * rows["late_shop_2D"].fillna(0)).to_numpy()
    with threadpool_limits(1):
        pipeline = fit_pipeline(recipe, Dataset(rows, labels, features[["order"]]), seed=1)
    write_model(folder / "model.skops", {"pipeline": pipeline})
    kinds = {name: "text" if name in ("shop", "city") else "number" for name in rows}
    typical = {name: "north" if kind == "text" else 1.0 for name, kind in kinds.items()}
    made = {name: "made by a step" for name in rows if name not in shops.SCHEMA.columns}
    schema = shops.SCHEMA.with_target(None)
    packed = shops.pack(ORDERS)
    asked = packed.definitions
    question = raw_schema.build_raw_contract("How warm?", schema, "orders", asked.asked, asked.nullable)
    return release.pack_release(
        model=(folder / "model.skops").read_bytes(),
        agreed=row_schema.build_contract("How warm?", "regression", schema, kinds, made, typical),
        threshold=None,
        request={"order": "o1", **typical},
        page="# How warm?",
        lineage={"through": "2024-03-20", "data": {}},
        forms={},
        raw=RawParts(question, packed.files, EXAMPLE),
    )
