"""The data sets that come with scikit-learn."""

import typing

import pytest

from lifecycle import targets
from lifecycle.errors import WrongValue
from lifecycle.options import Call
from lifecycle.sources import bundled

SIZES = {
    "wine": (178, 14, "class_0"),
    "digits": (1797, 65, "0"),
    "iris": (150, 5, "setosa"),
    "diabetes": (442, 11, 151.0),
    "breast_cancer": (569, 31, "malignant"),
    "linnerud": (20, 6, 191.0),
}


@pytest.mark.parametrize("name", typing.get_args(bundled.Name))
def test_each_set_is_one_batch_with_its_target(name: bundled.Name) -> None:
    (batch,) = bundled.read(name=name)
    assert batch.name == f"{name}/all.parquet"
    assert (*batch.rows.shape, batch.rows["Weight" if name == "linnerud" else "target"][0]) == SIZES[name]
    assert bundled.describe_origin(name=name).source.endswith(f", {name}")


def test_an_unknown_set_is_rejected() -> None:
    asked = Call(target="lifecycle.sources.bundled.read", arguments={"name": "boston"})
    with pytest.raises(WrongValue, match="name is 'boston'"):
        targets.call(asked, "conf/source/")
