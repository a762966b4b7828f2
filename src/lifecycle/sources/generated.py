"""Made-up orders of three shops: a few hundred rows to try a change of the pipeline in seconds."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from lifecycle.sources.batches import Batch, Origin

FIRST = pd.Period("2013-01", freq="M")
SHOPS = ("north", "south", "west")


def describe_origin(*, rows: int, months: int, seed: int) -> Origin:
    """Where the rows come from: nowhere but a seed, however many they are."""
    return Origin(source="made up by lifecycle.sources.generated", licence="CC0 1.0", publisher="this repository")


def read(*, rows: int, months: int, seed: int) -> Iterator[Batch]:
    """The orders of each month from January 2013 on, about `rows` in all; the same seed gives the same rows."""
    for number in range(months):
        month = FIRST + number
        count = rows * (number + 1) // months - rows * number // months
        rows_of_month = generate_orders(month, count, np.random.default_rng([seed, number]))
        yield Batch(table="orders", period=month, rows=rows_of_month)


def generate_orders(month: pd.Period, count: int, generator: np.random.Generator) -> pd.DataFrame:
    """The orders of one month: late where they are heavy, go far or come from the shop in the north.

    A few weights and shops are missing, and so is the delivery of an order that was lost.
    """
    minutes = np.sort(generator.choice(month.days_in_month * 24 * 60, size=count, replace=False))
    ordered = pd.Series(month.start_time.tz_localize("UTC") + pd.to_timedelta(minutes, unit="m"))
    weight, distance = generator.uniform(0.5, 20.0, count).round(2), generator.uniform(1.0, 900.0, count).round(1)
    shop = pd.Series(generator.choice(SHOPS, count), dtype="str")
    noise = generator.normal(0.0, 0.5, count)
    far = 0.5 + 0.1 * weight + distance / 300 + 1.5 * (shop == "north").to_numpy() + noise
    days = pd.Series(far).clip(0.2).round(2)
    lost = generator.random(count) < 0.02
    return pd.DataFrame(
        {
            "order": [f"{month}-{place:04d}" for place in range(count)],
            "ordered_at": ordered.astype("datetime64[us, UTC]"),
            "day": ordered.dt.strftime("%Y-%m-%d"),
            "weight": pd.Series(weight).mask(generator.random(count) < 0.05),
            "distance": distance,
            "shop": shop.mask(generator.random(count) < 0.03),
            "delivered_at": (ordered + pd.to_timedelta((days * 86400).round(), unit="s"))
            .astype("datetime64[us, UTC]")
            .mask(lost),
            "days_taken": days.mask(lost),
            "late": (days > 3.5).astype("boolean").mask(lost),
        }
    )
