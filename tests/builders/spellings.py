"""One table in many spellings: the same rows as different people and systems would export them."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

COLUMNS = ("customer_id", "since_date", "balance", "visits", "member", "plan", "churn")
FIRST = datetime(2021, 3, 14, tzinfo=UTC)
Row = Mapping[str, Any]
Write = Callable[[Any], str]


def rows(count: int = 240) -> list[dict[str, Any]]:
    """Rows in order of time, with gaps; `churn` depends on the others."""
    generator = np.random.default_rng(5)
    made = []
    for number in range(count):
        balance = round(float(generator.normal(400, 1500)), 2)
        visits, member = int(generator.integers(0, 40)), bool(generator.random() < 0.4)
        plan = str(generator.choice(["basic", "café", "gold"]))
        score = balance / 1500 + visits / 20 - 1.5 * member + float(generator.normal(0, 0.8))
        made.append(
            {
                "customer_id": f"C-{number:04d}",
                "since_date": FIRST + timedelta(days=2 * number),
                "balance": None if generator.random() < 0.05 else balance,
                "visits": None if generator.random() < 0.05 else visits,
                "member": None if generator.random() < 0.05 else member,
                "plan": plan,
                "churn": score > 0.5,
            }
        )
    return made


def point(value: float) -> str:
    """1234.5, every number with two digits behind the point."""
    return f"{value:.2f}"


def grouped(thousands: str, decimal: str) -> Write:
    """1,234.50 with other signs."""
    return lambda value: f"{value:,.2f}".translate({ord(","): thousands, ord("."): decimal})


def indian(value: float) -> str:
    """1,23,456.50: the last three digits apart, then pairs."""
    whole, part = f"{abs(value):.2f}".split(".")
    head, tail = whole[:-3], whole[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)][::-1]
    return ("-" if value < 0 else "") + ",".join([*pairs, tail]) + f".{part}"


def around(before: str, write: Write, after: str) -> Write:
    """A number with a unit or a currency beside it."""
    return lambda value: f"{before}{write(value)}{after}"


def trailing_minus(value: float) -> str:
    """12.50- for a negative number."""
    return f"{abs(value):.2f}" + ("-" if value < 0 else "")


def parentheses(value: float) -> str:
    """(12.50) for a negative number."""
    return f"({abs(value):.2f})" if value < 0 else f"{value:.2f}"


def unicode_minus(value: float) -> str:
    """The sign of typesetting before a negative number."""
    return point(value).replace("-", "\u2212")


def stamp(form: str) -> Write:
    """A time by signs of strftime."""
    return lambda value: value.strftime(form)


def since(factor: float, digits: int = 0) -> Write:
    """A time as a number since 1970."""
    return lambda value: f"{value.timestamp() * factor:.{digits}f}"


def excel_day(value: datetime) -> str:
    """A time as Excel's number of a day."""
    return str((value - datetime(1899, 12, 30, tzinfo=UTC)).days)


def words(true: str, false: str) -> Write:
    """A boolean in two words."""
    return lambda value: true if value else false


DAY, TRUE_FALSE = stamp("%Y-%m-%d"), words("true", "false")


@dataclass(frozen=True)
class Spelling:
    """How the rows are written; a missing value is `gap`, or the column's own code in `gaps`."""

    name: str
    numbers: Write = point
    times: Write = DAY
    booleans: Write = TRUE_FALSE
    gap: str = ""
    gaps: Mapping[str, str] = field(default_factory=dict)
    texts: Write = str
    delimiter: str = ","
    encoding: str = "utf-8"
    options: Sequence[str] = ()

    def cell(self, name: str, value: Any) -> str:
        """One cell as text."""
        if value is None:
            return self.gaps.get(name, self.gap)
        if name == "balance":
            return self.numbers(value)
        if isinstance(value, bool):
            return self.booleans(value)
        if isinstance(value, datetime):
            return self.times(value)
        return self.texts(value) if isinstance(value, str) else str(value)

    def write(self, made: Sequence[Row], path: Path) -> str:
        """The rows as delimited text; the address."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator="\n")
        writer.writerow(made[0])
        writer.writerows([self.cell(name, value) for name, value in row.items()] for row in made)
        path.with_suffix(".csv").write_bytes(text.getvalue().encode(self.encoding))
        return str(path.with_suffix(".csv"))


CODES = {"balance": "-99999", "visits": "-999", "member": "n/a"}
SPELLINGS = (
    Spelling("plain"),
    Spelling("semicolon and decimal comma", grouped("", ","), delimiter=";"),
    Spelling("tabs", delimiter="\t"),
    Spelling("bars", delimiter="|"),
    Spelling("thousands by comma", grouped(",", ".")),
    Spelling("thousands by point", grouped(".", ","), delimiter=";"),
    Spelling("thousands by narrow space", grouped("\u202f", ","), delimiter=";"),
    Spelling("thousands by apostrophe", grouped("'", ".")),
    Spelling("thousands in the Indian way", indian),
    Spelling("dollars", around("$", grouped(",", "."), "")),
    Spelling("kronor", around("", grouped(" ", ","), " kr"), delimiter=";"),
    Spelling("currency code", around("EUR ", grouped(",", "."), "")),
    Spelling("trailing minus", trailing_minus),
    Spelling("parentheses", parentheses),
    Spelling("minus of Unicode", unicode_minus),
    Spelling("day first", times=stamp("%d.%m.%Y")),
    Spelling("month first", times=stamp("%m/%d/%Y")),
    Spelling("named month", times=stamp("%d %b %Y")),
    Spelling("long date", times=stamp("%B %d, %Y")),
    Spelling("ISO 8601 in UTC", times=stamp("%Y-%m-%dT%H:%M:%SZ")),
    Spelling("offset of zero", times=stamp("%Y-%m-%d %H:%M:%S+00:00")),
    Spelling("stamp of a log", times=stamp("%d/%b/%Y:%H:%M:%S +0000")),
    Spelling("ctime", times=stamp("%a %b %d %H:%M:%S %Y")),
    Spelling("seconds", times=since(1)),
    Spelling("seconds as floats", times=since(1, 1)),
    Spelling("milliseconds", times=since(1e3)),
    Spelling("nanoseconds", times=lambda value: str(int(value.timestamp()) * 10**9)),
    Spelling("compact date", times=stamp("%Y%m%d")),
    Spelling("Excel's days", times=excel_day),
    Spelling("Yes and No", booleans=words("Yes", "No")),
    Spelling("y and n", booleans=words("y", "n")),
    Spelling("1 and 0", booleans=words("1", "0")),
    Spelling("TRUE and FALSE", booleans=words("TRUE", "FALSE")),
    Spelling("on and off", booleans=words("on", "off")),
    Spelling("ja and nein", booleans=words("ja", "nein")),
    Spelling("missing codes", gaps=CODES),
    Spelling("NA", gap="NA"),
    Spelling("blanks around", texts=lambda text: f" {text} ", booleans=words(" yes", "no ")),
    Spelling("latin-1", encoding="latin-1"),
    Spelling("UTF-16", encoding="utf-16"),
    Spelling("UTF-8 with a mark", encoding="utf-8-sig"),
)


def typed(made: Sequence[Row]) -> pd.DataFrame:
    """The rows in types of their own."""
    table = pd.DataFrame({name: [row[name] for row in made] for name in made[0]})
    types = {"visits": "Int64", "member": "boolean", "churn": "boolean", "since_date": "datetime64[us, UTC]"}
    return table.astype({name: kind for name, kind in types.items() if name in table})


def write_parquet(made: Sequence[Row], path: Path) -> str:
    """Parquet in types of its own."""
    typed(made).to_parquet(path.with_suffix(".parquet"))
    return str(path.with_suffix(".parquet"))


def write_decimals(made: Sequence[Row], path: Path) -> str:
    """Parquet with decimals and categories in a dictionary."""
    table = typed(made).astype({"plan": "category"})
    money = [None if pd.isna(value) else Decimal(f"{value:.2f}") for value in table["balance"]]
    table.assign(balance=pd.Series(money, dtype=object)).to_parquet(path.with_suffix(".parquet"))
    return str(path.with_suffix(".parquet"))


def write_excel(made: Sequence[Row], path: Path) -> str:
    """A worksheet, whose times have no zone."""
    table = typed(made)
    table.assign(since_date=table["since_date"].dt.tz_localize(None)).to_excel(path.with_suffix(".xlsx"), index=False)
    return str(path.with_suffix(".xlsx"))


def list_json(made: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows in the types of JSON."""
    return [
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
        for row in made
    ]


def write_json(made: Sequence[Row], path: Path) -> str:
    """A list of objects."""
    path.with_suffix(".json").write_text(json.dumps(list_json(made)), encoding="utf-8")
    return str(path.with_suffix(".json"))


def write_json_lines(made: Sequence[Row], path: Path) -> str:
    """One object a line."""
    lines = [json.dumps(row, ensure_ascii=False) for row in list_json(made)]
    path.with_suffix(".jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path.with_suffix(".jsonl"))


def write_sqlite(made: Sequence[Row], path: Path) -> str:
    """A table of a database."""
    with sqlite3.connect(path.with_suffix(".sqlite")) as database:
        pd.DataFrame(list_json(made)).to_sql("customers", database, index=False)
    database.close()
    return f"sqlite:///{path.with_suffix('.sqlite')}"


FILES: Mapping[str, Callable[[Sequence[Row], Path], str]] = {
    "Parquet": write_parquet,
    "Parquet with decimals": write_decimals,
    "Excel": write_excel,
    "JSON": write_json,
    "JSON lines": write_json_lines,
    "SQLite": write_sqlite,
} | {one.name: one.write for one in SPELLINGS}
