"""Raw tables as teams export them, their problems as `lifecycle new` writes them, and releases of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import yaml
from builders import picks, spellings

if TYPE_CHECKING:
    from conftest import Repository

STAGES = ("trace", "collect", "clean", "split", "featurize", "tune", "select", "train", "evaluate", "test", "package")


@dataclass(frozen=True)
class RawProblem:
    """The cells of a table as text, its target, what is added to the files that `new` writes, and what is picked."""

    name: str
    cells: pd.DataFrame
    target: str
    tables: Mapping[str, pd.DataFrame]
    additions: Mapping[str, object]
    candidates: Sequence[str] = ("lightgbm",)
    ensemble: str = "none"


def telco(count: int = 1000) -> RawProblem:
    """Contracts: blank amounts, codes for missing numbers, money, flags in two spellings, an untidy category."""
    random = np.random.default_rng(3)
    months = random.integers(0, 73, count)
    monthly = random.normal(65, 25, count).clip(18)
    kind = random.choice(["Month-to-month", "One year", "Two year "], count, p=[0.55, 0.25, 0.2])
    season = 1.5 * np.sin(months / 4)  # which no line follows, so that trees add something to a linear model
    score = monthly / 40 - months / 20 + season + 1.5 * (kind == "Month-to-month") + random.normal(0, 1, count)
    age = random.integers(18, 90, count).astype(str)
    cells = pd.DataFrame(
        {
            "customerID": [f"{number:04d}-{'ABCDEFG'[number % 7] * 3}QX" for number in range(count)],
            "Senior": random.choice(["0", "1"], count, p=[0.85, 0.15]),
            "Partner": random.choice(["Yes", "No"], count),
            "Age": np.where(random.random(count) < 0.1, "-999", age),
            "Months": months.astype(str),
            "Contract": kind,
            "Internet": random.choice(["DSL", "Fiber optic", "n/a"], count),
            "Monthly charge": [f"${amount:,.2f}" for amount in monthly],
            "Total": [
                f"{amount:,.2f}" if number else " " for number, amount in zip(months, monthly * months, strict=True)
            ],
            "Churn": np.where(score > 0.8, "Yes", "No"),
        }
    )
    return RawProblem("telco", cells, "Churn", {}, {}, candidates=("linear", "lightgbm"), ensemble="greedy")


def timed(count: int = 1000) -> RawProblem:
    """Rows in time, whose weekday and day of the year are features."""
    spelling = spellings.Spelling("", times=spellings.stamp("%d.%m.%Y"), gaps=spellings.CODES)
    made = spellings.rows(count)
    cells = pd.DataFrame([{name: spelling.cell(name, value) for name, value in row.items()} for row in made])
    return RawProblem("timed", cells, "churn", {}, {})


def shuttles(count: int = 1000) -> RawProblem:
    """Shuttles with the company that flies them and their reviews: tables that steps join, by a key and by the id."""
    random = np.random.default_rng(4)
    company = random.integers(1, 60, count)
    crew, engines = random.integers(1, 12, count), random.integers(1, 7, count)
    rating, reviews = random.integers(20, 100, 60), random.integers(0, 300, count)
    price = 900 + 210 * crew + 140 * engines + 6 * rating[company - 1] + 2 * reviews + random.normal(0, 80, count)
    cells = pd.DataFrame(
        {
            "id": [f"S{number:05d}" for number in range(count)],
            "company_id": company.astype(str),
            "crew": crew.astype(str),
            "engines": [f"{number}.0" for number in engines],
            "moon_clearance": random.choice(["t", "f"], count),
            "price": [f"${amount:,.1f}" for amount in price],
        }
    )
    tables = {
        "companies": pd.DataFrame(
            {"id": [str(number) for number in range(1, 61)], "company_rating": [f"{share}%" for share in rating]}
        ),
        "reviews": pd.DataFrame({"shuttle_id": cells["id"], "number": reviews.astype(str)}).iloc[::-3],
    }
    return RawProblem("shuttles", cells, "price", tables, join_companies_and_reviews())


def hours(count: int = 600) -> RawProblem:
    """Rides of each hour, by a day in the order of another country and an hour: calendar, and counts of days before."""
    random = np.random.default_rng(5)
    starts = pd.date_range("2023-03-01", periods=count, freq="h")
    weather, temp = random.integers(1, 4, count), random.normal(15, 6, count)
    casual = random.poisson(4 * (4 - weather))
    registered = random.poisson(40 + 900 * np.sin(starts.hour.to_numpy() / 24 * np.pi) * (starts.day_of_week < 5))
    cells = pd.DataFrame(
        {
            "instant": [str(number) for number in range(1, count + 1)],
            "dteday": starts.strftime("%d/%m/%Y"),
            "hr": starts.hour.astype(str),
            "weathersit": weather.astype(str),
            "temp": [f"{degrees:.1f} C" for degrees in temp],
            "casual": casual.astype(str),
            "registered": registered.astype(str),
            "cnt": [f"{number:,}" for number in casual + registered],
        }
    )
    return RawProblem("hours", cells, "cnt", {}, look_back_by_hour())


def look_back_by_hour() -> dict[str, object]:
    """What a person adds to the files of hourly counts: an id, begin and end of the hour, and counts of days before."""
    values, history = "lifecycle.data.steps.values", "lifecycle.data.features.history"
    known = {"value": "cnt", "known_at": "counted", "prediction_time": "started", "by": ["hr"]}
    of_clock = {"type": "time", "date_format": "%Y-%m-%d %H:%M"}
    day, hour = "{dteday:%Y-%m-%d}", "{hr}"
    columns = {
        "instant": {"role": "context", "missing": "keep"},
        "dteday": {"role": "context"},
        "ride_hour": {"description": "day and hour", "type": "text", "role": "id", "missing": "reject"},
        "started": {"description": "begin of the hour", "type": "time", "role": "time", "missing": "reject"},
        "counted": {"description": "end of the hour", "type": "time", "role": "forbidden"},
    }
    columns["started"] |= {"read": {"date_format": "%Y-%m-%d %H:%M"}}
    texts = {"_target_": f"{values}.format_text", "table": "hours"}
    steps = [
        texts | {"name": "ride_hour", "form": f"{day}-{hour}"},
        texts | {"name": "started", "form": f"{day} {hour}:00"},
        {"_target_": f"{values}.read_columns", "table": "hours", "columns": {"started": of_clock}},
        {"_target_": "lifecycle.data.steps.times.shift_time", "table": "hours", "time": "started", "by": "1h",
         "name": "counted"},
    ]  # fmt: skip
    features = [
        {"_target_": "lifecycle.data.features.calendar.extract_date_parts", "day": "day", "take": ["days_to_holiday"]},
        {"_target_": f"{history}.average_recent", "name": "usual", "windows": ["7D"], **known},
        {"_target_": f"{history}.find_latest", "name": "last", **known},
    ]
    return {
        "problem": {"prediction_time": {"column": "started"}},
        "schema": {"columns": columns},
        "clean": {"steps": steps},
        "features": {"steps": features},
    }


def join_companies_and_reviews() -> dict[str, object]:
    """What a person adds to the files of shuttles for the two other tables."""
    rated = {"description": "how customers rate the company", "type": "number", "role": "feature"}
    counted = {"description": "reviews of the shuttle", "type": "integer", "role": "feature"}
    join = {"_target_": "lifecycle.data.steps.joins.join_by_key", "table": "shuttles"}
    steps = [
        {
            "_target_": "lifecycle.data.steps.values.read_columns",
            "table": "companies",
            "columns": {"id": {"type": "integer"}},
        },
        join | {"other": "companies", "by": "company_id", "key": "id", "columns": {"company_rating": "company_rating"}},
        join | {"other": "reviews", "by": "id", "key": "shuttle_id", "columns": {"reviews": "number"}},
    ]
    files = {name: {"path": f"{name}.csv", "format": "csv"} for name in ("companies", "reviews")}
    raw = {"companies": {"id": "text", "company_rating": "text"}, "reviews": {"shuttle_id": "text", "number": "text"}}
    return {
        "source": {"tables": files},
        "schema": {
            "tables": raw,
            "columns": {"company_rating": rated | {"read": {"units": ["%"]}}, "reviews": counted},
        },
        "clean": {"steps": steps},
        "features": {"keep": ["company_rating", "reviews"]},
    }


def merge(found: object, more: object) -> object:
    """What is there with what is added: keys to mappings, entries to the end of lists."""
    if isinstance(found, dict) and isinstance(more, dict):
        return found | {key: merge(found[key], value) if key in found else value for key, value in more.items()}
    return [*found, *more] if isinstance(found, list) and isinstance(more, list) else more


def build(problem: RawProblem, repository: Repository) -> None:
    """The release of the problem in a repository: `new`, the additions, and every stage up to package."""
    for name, table in {problem.name: problem.cells, **problem.tables}.items():
        table.to_csv(repository.folder / f"{name}.csv", index=False)
    done = repository.lifecycle("new", problem.name, "--data", f"{problem.name}.csv", "--target", problem.target)
    assert done.returncode == 0, done.stdout + done.stderr
    for group, more in problem.additions.items():
        path = repository.folder / f"conf/{group}/{problem.name}.yaml"
        whole = merge(yaml.safe_load(path.read_text(encoding="utf-8")), more)
        path.write_text(yaml.safe_dump(whole, sort_keys=False), encoding="utf-8")
    run_stages(problem.name, repository, candidates=problem.candidates, ensemble=problem.ensemble)


def run_stages(
    name: str,
    repository: Repository,
    through: str = "2030-01-31",
    candidates: Sequence[str] = ("lightgbm",),
    ensemble: str = "none",
) -> None:
    """Every stage up to package, of the problem with this name."""
    chosen = {"problem": name, "through": through, "candidates": list(candidates), "search": "none"}
    picks.write_picks(repository.folder, **chosen, ensemble=ensemble)
    for stage, arguments in list_commands(repository.folder):
        if stage in STAGES:
            ran = repository.stage(stage, *arguments)
            assert ran.returncode == 0, ran.stdout + ran.stderr


def list_commands(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Each stage with its arguments, as dvc.yaml passes the picks: tune once for each candidate."""
    stages = yaml.safe_load((folder / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    values = yaml.safe_load((folder / "params.yaml").read_text(encoding="utf-8"))
    for name, stage in stages.items():
        for candidate in values["candidates"] if "matrix" in stage else [""]:
            yield name, fill(stage["cmd"], {**values, "item.model": candidate}).split()[3:]


def fill(text: str, values: Mapping[str, object]) -> str:
    """The text with a value in place of each `${name}`."""
    return re.sub(r"\$\{([\w.]+)\}", lambda found: str(values[found[1]]), text)
