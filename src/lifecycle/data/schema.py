"""The schema of a table: type, valid values and role of each column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pandas as pd

from lifecycle.data.cells import reading
from lifecycle.data.cells.reading import Reading
from lifecycle.errors import UnfitTable, UnknownName, WrongValue, suggest_name
from lifecycle.options import options

if TYPE_CHECKING:
    import pandera.pandas as pa

Type = reading.Type
Role = Literal["id", "time", "prediction_time", "group", "part", "target", "feature", "forbidden", "context"]

DTYPES: Mapping[Type, str] = {
    "number": "float64",
    "integer": "Int64",
    "text": "str",
    "category": "str",
    "time": "datetime64[us, UTC]",
    "day": "str",
    "image": "str",
    "boolean": "boolean",
}


@options
class Column:
    """One column of the table.

    `role`: `id` identifies the row, `time` orders rows, `prediction_time` is when the prediction is made, `group`
    marks rows that belong together (a customer, a machine), `part` holds train, valid or test, `target` is
    predicted, `feature` is input of the model, `forbidden` is known only after the prediction time, `context` is
    none of these. A `feature` of type `text` is free text; one of type `category` has recurring values, and one of
    type `image` the path of an image file, below the folder that the option of `conf/inputs/` names.
    `missing` and `outside` are the treatment of a missing value and of one outside the range or the
    categories: reject the row, keep the value, blank it, or clip it to the range. `read` is how its cells are
    written; without it the schema's own `read` holds.
    """

    type: Type
    role: Role
    description: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    categories: tuple[str, ...] = ()
    missing: Literal["keep", "reject"] = "keep"
    outside: Literal["reject", "blank", "clip"] = "reject"
    read: Reading | None = None


@options
class Schema:
    """Columns of the table by name, and the raw columns that it is built from, by raw table.

    `read` is how the cells of text are written of every column that does not say so itself; without it cells have
    the types of `tables` or those that steps give them.
    """

    columns: dict[str, Column]
    tables: dict[str, dict[str, Type]]
    read: Reading | None = None

    def find_reading(self, name: str) -> Reading | None:
        """How the cells of a column are written; None where they have its type already."""
        return self.columns[name].read or self.read

    def columns_with_role(self, *roles: Role) -> list[str]:
        """The columns with one of the roles, in the order of the file."""
        return [name for name, column in self.columns.items() if column.role in roles]

    def get_column(self, role: Role) -> str:
        """The one column with a role; raises WrongValue when there is none or more than one."""
        names = self.columns_with_role(role)
        if len(names) != 1:
            raise WrongValue(
                f"{len(names)} columns have the role {role}: {', '.join(names) or 'none'}",
                where="conf/schema/, key columns",
                todo=f"give exactly one column role: {role}",
            )
        return names[0]

    @property
    def id(self) -> str:
        """The column that identifies a row."""
        return self.get_column("id")

    def find_column(self, role: Role) -> str | None:
        """The one column with a role, or None; raises WrongValue when there is more than one."""
        return self.get_column(role) if self.columns_with_role(role) else None

    @property
    def time(self) -> str | None:
        """The column that orders the rows in time; None if there is none."""
        return self.find_column("time")

    @property
    def day(self) -> str | None:
        """The column with the local calendar day; without one, the time column."""
        days = [name for name, column in self.columns.items() if column.type == "day"]
        return days[0] if days else self.time

    @property
    def target(self) -> str | None:
        """The column to predict; None if rows have no label."""
        return self.find_column("target")

    @property
    def free_texts(self) -> list[str]:
        """The features that hold free text."""
        return self._list_features("text")

    @property
    def images(self) -> list[str]:
        """The features that hold paths of images."""
        return self._list_features("image")

    def _list_features(self, type: Type) -> list[str]:
        return [name for name in self.columns_with_role("feature") if self.columns[name].type == type]

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the target's classes in the order of their codes; empty for a number and without a target."""
        column = self.columns[self.target] if self.target else None
        if column is None or column.type not in ("boolean", "category"):
            return ()
        return (f"not {self.target}", str(self.target)) if column.type == "boolean" else column.categories

    def with_target(self, target: str | None) -> Schema:
        """The schema with `target` as its only target: any other becomes forbidden; raises UnknownName otherwise."""
        if target is not None and target not in self.columns:
            raise UnknownName(
                f"the target {target!r} is not a column of the schema",
                where="conf/problem/, key target",
                todo=suggest_name(target, self.columns),
            )
        roles: dict[str, Role] = dict.fromkeys(self.columns_with_role("target"), "forbidden")
        roles |= {target: "target"} if target else {}
        changed = {name: replace(self.columns[name], role=role) for name, role in roles.items()}
        return replace(self, columns=self.columns | changed)


def must_have_columns(table: pd.DataFrame, names: Sequence[str], where: str) -> None:
    """Raise UnfitTable unless every wanted column is in the table."""
    for name in names:
        if name not in table.columns:
            near = suggest_name(name, [str(column) for column in table.columns])
            raise UnfitTable(
                f"column {name!r} is missing; the table has {len(table.columns)} columns, {len(table):,} rows",
                where=f"{where}, column {name}",
                todo=f"{near} in conf/schema/, or correct the source",
            )


def conform_raw(table: pd.DataFrame, types: Mapping[str, Type], where: str) -> pd.DataFrame:
    """The wanted columns of a raw table in their declared types.

    Raises UnfitTable for a table without rows, a missing column, or a value that is not of its type.
    """
    import pandera.errors

    must_have_columns(table, list(types), where)
    if table.empty:
        raise UnfitTable(f"no rows in {where}", where=where, todo="choose a later through: in params.yaml")
    try:
        return build_raw_contract(types).validate(table[list(types)], lazy=True)
    except pandera.errors.SchemaErrors as cause:
        name = str(cause.failure_cases["column"].iloc[0])
        raise UnfitTable(
            f"column {name!r} is {table[name].dtype}, not {types[name]}; for example {find_example(table[name])}",
            where=f"{where}, column {name}, {len(table):,} rows",
            todo=f"correct the source, or declare another type for {name} in conf/schema/",
        ) from cause


def find_example(values: pd.Series) -> str:
    """The first value that is no number if some are, else the first value."""
    filled = values.dropna()
    odd = filled[pd.to_numeric(filled, errors="coerce").isna()] if len(filled) else filled
    return repr(next(iter(odd if len(odd) else filled), None))


def build_raw_contract(types: Mapping[str, Type]) -> pa.DataFrameSchema:
    """The pandera schema of a raw table."""
    import pandera.pandas as pa

    return pa.DataFrameSchema(
        {name: pa.Column(DTYPES[kind], nullable=True, coerce=True) for name, kind in types.items()}
    )


def build_contract(schema: Schema) -> pa.DataFrameSchema:
    """The pandera schema of the cleaned table: types, ranges, categories, missing values, unique ids."""
    import pandera.pandas as pa

    columns = {}
    for name, column in schema.columns.items():
        checks = []
        if column.low is not None:
            checks.append(pa.Check.ge(column.low))
        if column.high is not None:
            checks.append(pa.Check.le(column.high))
        if column.categories:
            checks.append(pa.Check.isin(list(column.categories)))
        columns[name] = pa.Column(
            DTYPES[column.type],
            checks,
            nullable=column.missing == "keep",
            unique=column.role == "id",
        )
    return pa.DataFrameSchema(columns, strict=True, ordered=True)


def enforce_schema(table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The unchanged table if it conforms to the schema; raises UnfitTable otherwise."""
    import pandera.errors

    try:
        return build_contract(schema).validate(table, lazy=True)
    except pandera.errors.SchemaErrors as cause:
        first = cause.failure_cases.iloc[0]
        raise UnfitTable(
            f"the cleaned table breaks its schema: {first['check']} fails for {first['failure_case']!r}",
            where=f"data/table.parquet, column {first['column']}, {len(cause.failure_cases):,} cases",
            todo=f"correct {first['column']} in conf/schema/ or the step in conf/clean/ that makes it",
        ) from cause
