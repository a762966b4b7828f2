"""Features put together: columns kept, steps run, and what may not reach the model."""

import pandas as pd
import pytest

from lifecycle.data.features.build import Features, build_features, join_history
from lifecycle.data.schema import Column, Schema
from lifecycle.errors import UnknownName, WrongValue
from lifecycle.options import Call

ROLES = {
    "id": "id",
    "time": "time",
    "late": "target",
    "carrier": "feature",
    "delay": "forbidden",
    "day": "context",
}
SCHEMA = Schema(
    columns={name: Column(type="text", role=role, description="") for name, role in ROLES.items()}, tables={}
)
TABLE = pd.DataFrame(
    {
        "id": ["a", "b"],
        "time": pd.to_datetime(["2013-01-01T10:00Z", "2013-01-01T15:00Z"], utc=True),
        "late": [True, False],
        "carrier": ["AA", "UA"],
        "delay": [30.0, 1.0],
        "day": ["2013-01-01", "2013-01-01"],
    }
)
REJECTED = TABLE.assign(id=["c", "d"], reason=["cancelled", "duplicate id"])
CLOCK = Call(
    target="lifecycle.data.features.calendar.extract_minute_of_day",
    arguments={"time": "time", "zone": "UTC", "name": "minute"},
)


def made(keep=("carrier",), steps=(CLOCK,)):
    return build_features(
        TABLE, REJECTED, Features(keep=keep, past=("cancelled",), steps=steps), SCHEMA, "conf/features/x.yaml"
    )


def test_id_then_kept_columns_then_steps():
    assert made().to_dict("list") == {"id": ["a", "b"], "carrier": ["AA", "UA"], "minute": [600, 900]}


@pytest.mark.parametrize(
    ("column", "role"),
    [("delay", "forbidden"), ("late", "target"), ("day", "context"), ("nothing", "absent")],
)
def test_a_column_that_is_no_feature_may_not_be_kept(column, role):
    with pytest.raises(WrongValue) as caught:
        made(keep=("carrier", column))
    assert str(caught.value) == (
        f"error: '{column}' may not reach the model: in the schema it is {role}\n"
        "where: conf/features/x.yaml, key keep\n"
        f"next:  remove {column} from keep, or give it role: feature in conf/schema/"
    )


def test_a_name_made_twice_is_rejected():
    with pytest.raises(WrongValue) as caught:
        made(steps=(CLOCK, CLOCK))
    assert str(caught.value) == (
        "error: made twice: minute\nwhere: conf/features/x.yaml, key steps\nnext:  give one another name:"
    )


def test_a_wrong_argument_names_the_step_and_the_nearest_name():
    wrong = Call(target=CLOCK.target, arguments={"time": "time", "zon": "UTC", "name": "minute"})
    with pytest.raises(UnknownName) as caught:
        made(steps=(CLOCK, wrong))
    assert "steps.1, key zon" in caught.value.where
    assert caught.value.todo == "use 'zone'"


def joined(table=TABLE, past=("cancelled",)):
    return join_history(table, REJECTED, Features(keep=(), past=past, steps=()), SCHEMA)


def test_history_holds_the_rejected_rows_that_happened_all_the_same():
    assert sorted(joined()["id"]) == ["a", "b", "c"]
    assert "reason" not in joined()
    assert joined(past=()).equals(TABLE)


def test_history_is_in_the_order_of_time_and_id_whatever_the_order_of_the_rows():
    assert joined()["id"].tolist() == ["a", "c", "b"]
    assert joined(TABLE.iloc[::-1]).equals(joined())
    assert joined().index.tolist() == [0, 1, 2]


def test_what_the_rejected_rows_call_their_reason_is_a_free_name():
    columns = dict.fromkeys(("id", "reason"), Column(type="text", role="context", description=""))
    schema = Schema(columns=columns | {"id": SCHEMA.columns["id"]}, tables={})
    table = pd.DataFrame({"id": ["b"], "reason": ["fog"]})
    rejected = pd.DataFrame({"id": ["a"], "reason": ["ice"], "reason_2": ["cancelled"]})
    past = join_history(table, rejected, Features(keep=(), past=("cancelled",), steps=()), schema)
    assert past.to_dict("list") == {"id": ["a", "b"], "reason": ["ice", "fog"]}
