import numpy as np
import pandas as pd

from lifecycle.onboarding.infer import roles
from lifecycle.onboarding.infer.column_types import ColumnInference, infer_columns


def columns(**values: list[str | None]) -> dict[str, ColumnInference]:
    """The inferred columns of a table of text."""
    return infer_columns(pd.DataFrame({name: pd.Series(cells, dtype="str") for name, cells in values.items()}), {})


def test_duplicates_are_rows_equal_in_every_column() -> None:
    table = pd.DataFrame({"a": ["x", "x", None, None, "x"], "b": ["1", "1", "2", "2", "3"]}, dtype="str")
    assert roles.count_duplicates(table) == 2
    assert roles.count_duplicates(table[[]]) == 0


def test_a_column_named_like_an_id_identifies_rows_before_keys_and_a_count() -> None:
    found = columns(
        n=["1", "2", "3"], word=["ab", "cd", "ef"], mark=["a-1", "b-2", "c-3"], customer_id=["k7", "k9", "k8"]
    )
    assert roles.find_id(found, 3) == ("customer_id", "a unique value in every row, and named like an id")
    assert roles.find_id({name: found[name] for name in ("n", "mark")}, 3) == ("mark", "a unique key in every row")
    assert roles.find_id({"word": found["word"]}, 3) is None
    assert roles.find_id({"n": found["n"]}, 3) == ("n", "counts the rows without a gap")
    assert roles.find_id(found, 2) is None


def test_ids_come_before_numbers_and_amounts_are_none() -> None:
    found = columns(TicketNo=["7", "9", "4"], ORDERID=["5", "2", "9"], InvoiceNo=["€12", "€19", "€16"])
    assert roles.find_id(found, 3) == ("ORDERID", "a unique value in every row, and named like an id")
    found.pop("ORDERID")
    assert roles.find_id(found, 3) == ("TicketNo", "a unique value in every row, and named like an id")
    found.pop("TicketNo")
    assert roles.find_id(found, 3) is None


def test_integers_number_rows_only_without_gaps_and_missing_values() -> None:
    found = columns(run=["3", "1", "2"], gap=["1", "2", "4"], few=["1", "2", None])
    assert [roles.is_running(found[name]) for name in ("run", "gap", "few")] == [True, False, False]


def test_equal_columns_name_the_first_of_them() -> None:
    assert roles.find_equal_columns(columns(a=["x", None], b=["x", None], c=["x", "y"], d=["x", None])) == {
        "b": "a",
        "d": "a",
    }


def test_a_repeated_id_identifies_groups_and_a_nearly_unique_one_rows() -> None:
    shops = [f"s{place % 13}" for place in range(26)]
    nearly = [f"k{place}" for place in range(25)] + ["k0"]
    found = columns(shop_id=shops, key_id=nearly)
    assert [roles.identifies_groups(one) for one in found.values()] == [True, False]
    assert [roles.nearly_identifies_rows(one) for one in found.values()] == [False, True]


def test_shares_of_the_most_frequent_and_of_unique_values() -> None:
    column = columns(a=["x", "x", "y", None])["a"]
    assert np.isclose(roles.compute_top_share(column), 2 / 3)
    assert np.isclose(roles.compute_unique_share(column), 1 / 3)
