"""What the text of a column holds."""

from __future__ import annotations

import math
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lifecycle.data.cells.reading import read_cells
from lifecycle.errors import UnfitTable
from lifecycle.onboarding.infer.column_types import ColumnInference, describe_columns, infer_columns


def kind(*values: str | None, name: str = "x", layout: str = "", decimal: str = "") -> ColumnInference:
    table = pd.DataFrame({name: pd.Series(list(values), dtype="str")})
    return infer_columns(table, {name: layout} if layout else {}, decimal)[name]


@pytest.mark.parametrize(
    ("values", "type_", "numbers"),
    [
        (["1", "2", "30"], "integer", [1, 2, 30]),
        (["1", "2.0", "3"], "integer", [1, 2, 3]),
        (["1.0", "2.00", "3e0"], "integer", [1, 2, 3]),
        (["$1,715.0", "$20", "-$5.5"], "number", [1715, 20, -5.5]),
        (["100%", "50 %"], "integer", [100, 50]),
        (["52.1 kg", "60.9 kg"], "number", [52.1, 60.9]),
        (["6,36,167", "66,23,974"], "integer", [636167, 6623974]),
        (["\u22120.4", "11.9"], "number", [-0.4, 11.9]),
        (["EUR 1,734.21", "EUR 802.83"], "number", [1734.21, 802.83]),
        (["(5)", "7"], "integer", [-5, 7]),
        (["1,5", "2,25"], "number", [1.5, 2.25]),
        (["1.234,5", "2"], "number", [1234.5, 2]),
        (["1,234", "5,678"], "integer", [1234, 5678]),
        (["1 234,5", "80"], "number", [1234.5, 80]),
        (["1 234", "5 678 901"], "integer", [1234, 5678901]),
        (["1\u00a0234,5", "1\u202f234,25", "-7 000"], "number", [1234.5, 1234.25, -7000]),
        (["1 234.5", "$2 000"], "number", [1234.5, 2000]),
        (["1'234.5", "-80"], "number", [1234.5, -80]),
        (["1’234’567", "(80)"], "integer", [1234567, -80]),
        (["1e3", ".5"], "number", [1000, 0.5]),
        (["4", " ", "6"], "integer", [4, math.nan, 6]),
        (["4", "?", "5", "none", "n/a"], "integer", [4, math.nan, 5, math.nan, math.nan]),
        (["inf", "4.5", "-Infinity", "\u221e", "1.#INF"], "number", [math.nan, 4.5, math.nan, math.nan, math.nan]),
    ],
)
def test_numbers_hidden_in_text(values: list[str], type_: str, numbers: list[float]) -> None:
    found = kind(*values)
    assert found.type == type_
    pd.testing.assert_series_equal(found.values, pd.Series(numbers, dtype="float64"))


IMAGES = [f"cats/{place:04}.{end}" for place, end in enumerate(["png", "JPG", "jpeg", "webp"] * 6)]


def test_different_relative_paths_of_images_are_images() -> None:
    found = kind(*IMAGES, None)
    assert (found.type, found.why) == ("image", "paths of images: 24 different paths")
    assert found.values.tolist()[:2] == ["cats/0000.png", "cats/0001.JPG"]
    assert found.missing == 1
    assert kind(*(f"{place}.png" for place in range(24))).type == "image"


@pytest.mark.parametrize("other", ["/cats/1.png", "../1.png", "C:\\1.png", "https://a.org/1.png", "cats/1.txt", "png"])
def test_other_paths_and_addresses_are_no_images(other: str) -> None:
    assert kind(*IMAGES, other).type == "category"


def test_a_few_images_that_recur_are_a_category() -> None:
    assert kind(*IMAGES[:10], *IMAGES[:10], *IMAGES[:10]).type == "category"


def test_images_are_text_on_request() -> None:
    assert kind(*IMAGES, layout="text").type == "category"


def test_thousands_or_decimals_are_settled_by_the_other_columns_and_by_the_reading() -> None:
    table = pd.DataFrame({"a": ["1,234", "5,678"], "b": ["1,5", "2,25"]}, dtype="str")
    assert infer_columns(table, {})["a"].values.tolist() == [1.234, 5.678]
    assert kind("1,234", "5,678", decimal=",").values.tolist() == [1.234, 5.678]
    assert kind("1,234", "5,678", layout="1.234,5").values.tolist() == [1.234, 5.678]


def test_each_column_is_read_by_its_own_style_where_that_is_sure() -> None:
    table = pd.DataFrame({"a": ["1,70", "3,06"], "b": ["3.03", "6.56"], "c": ["6.030", "8.358"]}, dtype="str")
    for decimal, c in (("", [6.03, 8.358]), (".", [6.03, 8.358]), (",", [6030, 8358])):
        found = infer_columns(table.copy(), {}, decimal)
        assert found["a"].values.tolist() == [1.7, 3.06]
        assert found["b"].values.tolist() == [3.03, 6.56]
        assert found["c"].values.tolist() == c


def test_a_requested_decimal_point_settles_ambiguous_numbers() -> None:
    table = pd.DataFrame({"a": ["1,234", "5,678"], "b": ["1,5", "2,25"]}, dtype="str")
    found = infer_columns(table, {}, ".")
    assert (found["a"].values.tolist(), found["b"].values.tolist()) == ([1234, 5678], [1.5, 2.25])


def test_the_number_format_is_noted() -> None:
    assert kind("1 234,5", "2").why == "numbers with a space between thousands, a decimal comma"
    assert kind("1'234", "2").why == "integers with an apostrophe between thousands"
    assert kind("$1,234", "($5)").why == "integers with $ and parentheses, a comma between thousands"
    assert kind("1.5", "2").why == "numbers"


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (["007", "123"], "codes rather than numbers"),
        (["9" * 20, "1"], "codes rather than numbers"),
        (["030 123 456", "089 123 456"], "2 different texts"),
        (["12 34", "1 234"], "2 different texts"),
        (["50%", "3"], "numbers in different units"),
        (["$5", "€5"], "numbers in different units"),
        (["5 kg", "300 g"], "numbers in different units: g, kg"),
        (
            ["19M", "8.7M", "201k", "varies"],
            "75.0% of them numbers with M for 1,000,000 and k for 1,000 but not varies",
        ),
        (["5 kg", "7 kg", "8 kg", "heavy"], "75.0% of them numbers with kg but not heavy"),
        (["10.0.0.1", "10.0.0.2"], "100% of them begin with a number, such as '10.0.0.1'"),
        (["12 bags", "3 boxes of 5", "a few"], "67% of them begin with a number, such as '12 bags'"),
        (["<5", ">=100", "10-20", "approx 7"], "100% of them begin with a number, such as '<5'"),
        ([*map(str, range(30)), "about 5"], "96.8% of them numbers but not about 5"),
    ],
)
def test_texts_that_look_like_numbers_are_noted(values: list[str], why: str) -> None:
    found = kind(*values)
    assert found.type == "category"
    assert why in found.why


@pytest.mark.parametrize(
    ("values", "true", "false"),
    [
        (["t", "f"], ("t",), ("f",)),
        (["No", "yes", "YES"], ("yes", "YES"), ("No",)),
        (["1", "0", "1.0"], ("1", "1.0"), ("0",)),
        (["0.0", "1.0"], ("1.0",), ("0.0",)),
        (["Yes", "yes ", "Y", "TRUE", "1", "N", "None", None], ("Yes", "yes", "Y", "TRUE", "1"), ("N",)),
        (["ja", "Nein"], ("ja",), ("Nein",)),
        (["oui", "non", "O"], ("oui", "O"), ("non",)),
        (["S\u00ed", "no"], ("S\u00ed",), ("no",)),
        (["\u0434\u0430", "\u043d\u0435\u0442"], ("\u0434\u0430",), ("\u043d\u0435\u0442",)),
        (["wahr", "falsch"], ("wahr",), ("falsch",)),
        (["yes", "0"], ("yes",), ("0",)),
        (["NO", "SI", "NA"], ("SI",), ("NO",)),
        (["true", "False", "?"], ("true",), ("False",)),
    ],
)
def test_booleans(values: list[str], true: tuple[str, ...], false: tuple[str, ...]) -> None:
    found = kind(*values)
    assert (found.type, found.true, found.false) == ("boolean", true, false)


@pytest.mark.parametrize("values", [["red", "blue"], ["1", "2"], ["yes", "yes"], ["S", "N"]])
def test_two_values_that_are_no_yes_and_no(values: list[str]) -> None:
    assert kind(*values).type != "boolean"


@pytest.mark.parametrize(
    ("values", "layout", "first"),
    [
        (["2020-01-31", "2020-02-01"], "%Y-%m-%d", "2020-01-31"),
        (["31/01/2020", "01/02/2020"], "%d/%m/%Y", "2020-01-31"),
        (["01/31/2020", "02/01/2020"], "%m/%d/%Y", "2020-01-31"),
        (["31.1.20", "1.2.20"], "%d.%m.%y", "2020-01-31"),
        (["May 23, 2014", "June 1, 2014"], "%B %d, %Y", "2014-05-23"),
        (["23-May-14", "1-Jun-14"], "%d-%b-%y", "2014-05-23"),
        (["2020-01-31T10:00:00Z", "2020-02-01T00:00:00+01:00"], "%Y-%m-%dT%H:%M:%S%z", "2020-01-31 10:00"),
        (["2020-01-31 10:00", "2020-02-01 23:59"], "%Y-%m-%d %H:%M", "2020-01-31 10:00"),
        (["2020-01-31", "2020-02-01T10:00:00.5Z"], "ISO8601", "2020-01-31"),
        (["1/31/2020 1:30 PM", "2/1/2020 1:30 AM"], "%m/%d/%Y %I:%M %p", "2020-01-31 13:30"),
        (["1949-01", "1949-02"], "%Y-%m", "1949-01-01"),
    ],
)
def test_times(values: list[str], layout: str, first: str) -> None:
    found = kind(*values)
    assert (found.type, found.layout) == ("time", layout)
    assert found.values[0] == pd.Timestamp(first, tz="UTC")


@pytest.mark.parametrize(
    ("name", "values", "layout"),
    [
        ("time", ["1517966773840", "1517966037750"], "milliseconds"),
        ("created_at", ["1517966773", "1517966037"], "seconds"),
        ("date", ["20180131", "20180201"], "%Y%m%d"),
    ],
)
def test_times_written_as_numbers_need_a_name_that_says_so(name: str, values: list[str], layout: str) -> None:
    assert (kind(*values, name=name).type, kind(*values, name=name).layout) == ("time", layout)
    assert kind(*values, name="barcode").type == "integer"


def test_an_ambiguous_day_and_month_are_an_error() -> None:
    with pytest.raises(UnfitTable) as caught:
        kind("03/04/2021", "05/06/2021", name="due date")
    assert str(caught.value).splitlines() == [
        "error: day and month are ambiguous in 'due date': %d/%m/%Y and %m/%d/%Y both fit every value",
        "where: column due date, for example 03/04/2021",
        "next:  add --format-of 'due date=%d/%m/%Y' or --format-of 'due date=%m/%d/%Y'",
    ]


def test_a_requested_format_settles_it_or_is_rejected() -> None:
    assert kind("03/04/2021", layout="%m/%d/%Y").values[0] == pd.Timestamp("2021-03-04", tz="UTC")
    with pytest.raises(UnfitTable, match=r"1 value of 'x' not in the format %d/%m/%Y"):
        kind("03/04/2021", "soon", layout="%d/%m/%Y")
    with pytest.raises(UnfitTable, match="'nonsense' is no format for 'x'"):
        kind("03/04/2021", layout="nonsense")


def test_dates_among_other_words_stay_words() -> None:
    assert kind("2020-01-31", "soon").type == "category"


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ([*map(str, range(20)), "-999", "-999"], ("-999",)),
        ([*map(str, range(20)), "-200.0", "-200"], ("-200.0", "-200")),
        ([*map(str, range(20)), "9999", "9999"], ("9999",)),
        ([*map(str, range(20)), "-999"], ()),
        ([*map(str, range(0, 9000, 500)), "9999", "9999"], ()),
        ([*map(str, range(-20, 20)), "-9", "-9"], ()),
    ],
)
def test_numbers_far_outside_the_rest_that_repeat_mean_missing(values: list[str], codes: tuple[str, ...]) -> None:
    found = kind(*values)
    assert found.codes == codes
    assert found.values.isna().sum() == (2 if codes else 0)


@pytest.mark.parametrize(
    ("values", "true", "false"),
    [
        (["X", None, "x", " "], ("X", "x"), ("",)),
        (["\u2713", None], ("\u2713",), ("",)),
        (["5", "", "5.0"], ("5", "5.0"), ("",)),
        (["yes", "NA", "yes"], ("yes",), ("", "NA")),
    ],
)
def test_one_value_beside_gaps_is_a_boolean(values: list[str | None], true: tuple[str, ...], false: list[str]) -> None:
    found = kind(*values)
    assert (found.type, found.true, found.false, found.distinct, found.missing) == ("boolean", true, false, 2, 0)
    assert found.values.tolist() == [value is not None and value.strip() not in ("", "NA") for value in values]


def test_one_value_without_gaps_or_one_day_beside_gaps_is_none() -> None:
    assert kind("X", "X").type == "category"
    assert kind("2020-01-31", None).type == "time"


def test_spellings_that_differ_in_case_blanks_or_form_are_one_category() -> None:
    found = kind("North", "north ", "NORTH", "North", "New  York", "new york", "South", "caf\u00e9", "cafe\u0301")
    assert found.spellings == {"North": ("NORTH", "north"), "New  York": ("new york",), "cafe\u0301": ("caf\u00e9",)}
    assert found.values.tolist() == [*["North"] * 4, *["New  York"] * 2, "South", "cafe\u0301", "cafe\u0301"]
    assert (found.distinct, found.why) == (4, "4 different texts, 4 other spellings joined")


def test_a_letter_in_both_cases_stays_two_categories_where_both_are_frequent() -> None:
    found = kind(*["M"] * 9, *["m"] * 5, "f")
    assert (found.spellings, found.apart) == ({}, ("M", "m"))
    assert kind(*["M"] * 20, "m", "f").spellings == {"M": ("m",)}


@pytest.mark.parametrize("column", [
    ["1", "2.0", "?", "", None, "3"],
    ["$1,234.5", "($20)", "-$5", "n/a"],
    ["1.234,5 kg", "0,25 KG", "7"],
    ["1.2k", "3M", "850"],
    ["inf", "4.5", "1e999", "-2"],
    ["\u22123", "\uff15", "\u0663"],
    [*map(str, range(20)), "-999.0", "-999", "-999.00"],
    ["Yes", "yes ", "Y", "TRUE", "1", "N", "None", "?", None],
    ["X", None, "x", "NA"],
    ["5", None, "5.0"],
    ["North", "north ", "NORTH", "unknown", "South", None],
    ["NA", "EU", "AS"],
    ["2020-01-31", "2020-02-01", None],
    ["007", "123"],
])  # fmt: skip
def test_the_cells_are_read_to_the_inferred_values(column: list[str | None]) -> None:
    cells = pd.Series(column, dtype="str")
    found = kind(*column)
    read = read_cells(cells, found.type, found.reading)
    assert not read.unread.any()
    assert [None if pd.isna(one) else one for one in read.values] == [
        None if pd.isna(one) else one for one in found.values
    ]


SPELLED = st.fixed_dictionaries({
    "decimal": st.sampled_from([".", ","]),
    "thousands": st.sampled_from(["", " ", "'", "."]),
    "before": st.sampled_from(["", "$", "EUR ", "kr "]),
    "after": st.sampled_from(["", "%", " kg", " m²", "°C"]),
    "minus": st.sampled_from(["-{}", "\u2212{}", "{}-", "({})"]),
    "digits": st.sampled_from(["0123456789", "\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669"]),
})  # fmt: skip


def spell(number: Decimal, decimal: str, thousands: str, before: str, after: str, minus: str, digits: str) -> str:
    grouped = f"{abs(number):,f}".translate(str.maketrans({",": thousands, ".": decimal}))
    text = (before or "") + grouped.translate(str.maketrans("0123456789", digits)) + ("" if before else after)
    return minus.format(text) if number < 0 else text


@given(st.lists(st.decimals(-(10**7), 10**7, places=2), min_size=3, max_size=30, unique=True), SPELLED)
def test_numbers_in_any_notation_are_the_same_numbers(numbers: list[Decimal], style: dict[str, str]) -> None:
    assume(style["decimal"] != style["thousands"])
    texts = [spell(one, **style) for one in [*numbers, Decimal("0.25")]]
    found = kind(*texts, decimal=style["decimal"])
    assert found.type == "number"
    gone = [float(code) for code in found.reading.na_values]
    expected = [None if float(one) in gone else float(one) for one in [*numbers, Decimal("0.25")]]
    assert [None if pd.isna(one) else one for one in found.values] == expected
    read = read_cells(pd.Series(texts, dtype="str"), "number", found.reading)
    pd.testing.assert_series_equal(read.values, found.values, check_names=False)


def test_missing_codes_are_noted() -> None:
    found = kind("4", "?", "5", "N/A", "?")
    assert found.codes == ("?", "N/A")
    assert found.why == "integers; ?, N/A is a code for missing values (3 rows)"


def test_none_is_a_word_among_words_and_na_one_among_codes_of_two_letters() -> None:
    assert kind("none", "petrol", "diesel").codes == ()
    assert kind("NA", "EU", "AS").codes == ()
    assert kind("NA", "north", "south").codes == ("NA",)


def test_free_text_and_categories() -> None:
    assert kind(*(f"the {place}th of many different words" for place in range(30))).type == "text"
    assert kind(*(f"code-{place}" for place in range(30))).type == "category"
    assert kind(*(["a very long name of a contract"] * 30), "another long name of it").type == "category"
    assert kind(None, None).why == "no value in any row"


def test_a_person_is_told_of_text_that_nearly_is_numbers_of_joined_spellings_and_of_infinities() -> None:
    table = pd.DataFrame(
        {
            "load": ["12 bags", "3 boxes of 5", "a few"],
            "city": ["Oslo", "OSLO", "Rome"],
            "ratio": ["inf", "1.5", "2.5"],
            "ref": ["3f2a77", "7b7bc1", "e1d"],
        },
        dtype="str",
    )
    assert [(note.what, note.why) for note in describe_columns(infer_columns(table, {}).values())] == [
        (
            "load is text, though 67% of them begin with a number, such as '12 bags'",
            "write plain numbers in one unit in the source to read them as numbers",
        ),
        (
            "city: 1 spelling differs in case or blanks alone: 'Oslo' for 'OSLO'",
            "joined; take them out of spellings: in conf/schema/ if they are different things",
        ),
        ("ratio is infinite in 1 row", "read as missing"),
    ]


def test_sentinels_are_one_code_in_whatever_spelling() -> None:
    found = kind(*map(str, range(20)), "-999.0", "-999", "-999.00")
    assert (found.reading.na_values, found.missing) == (("-999",), 3)


def test_a_requested_notation_takes_units_too() -> None:
    assert kind("1.234,5 kr", "7 kr", layout="1.234,5").values.tolist() == [1234.5, 7.0]
    with pytest.raises(UnfitTable, match=r"of 'x' not in the format 1.234,5"):
        kind("1.234,5 kr", "about 7 kr", layout="1.234,5")


AMOUNTS = [1234.5, -7.25, 1_000_000.75, math.nan, 0.5]


@pytest.mark.parametrize(
    "texts",
    [
        ["1234.5", "-7.25", "1000000.75", None, "0.5"],
        ["1,234.50", "-7.25", "1,000,000.75", "", "0.50"],
        ["1,234.5", "(7.25)", "10,00,000.75", "NA", ".5"],
        ["1.234,5", "-7,25", "1.000.000,75", "n/a", "0,5"],
        ["1 234,5", "\u22127,25", "1\u00a0000\u202f000,75", "?", "0,5"],
        ["1'234.5", "7.25-", "1’000’000.75", "null", "0.5"],
        ["1.2345E3", "-7.25e0", "1.00000075e+6", "NaN", "5e-1"],
        ["$1,234.50", "-$7.25", "$1,000,000.75", "-", "$0.50"],
        ["EUR 1.234,50", "EUR -7,25", "EUR 1.000.000,75", "None", "EUR 0,50"],
        ["1 234,50 kr", "-7,25 kr", "1 000 000,75 kr", "unknown", "0,50 kr"],
        ["1234.5 kg", "-7.25kg", "1000000.75 KG", "#N/A", "0.5"],
        ["1234.5%", "-7.25 %", "1,000,000.75%", "missing", "0.5%"],
        ["1.2345k", "-7.25", "1.00000075M", "nil", "0.5"],
        ["１２３４．５", "-７.２５", "1000000.75", "inf", "0.5"],
    ],
)
def test_one_column_of_amounts_in_many_notations(texts: list[str | None]) -> None:
    found = kind(*texts)
    assert (found.type, found.distinct) == ("number", 4)
    pd.testing.assert_series_equal(found.values, pd.Series(AMOUNTS))


@pytest.mark.parametrize(
    "spelled",
    [("1", "2", "30"), ("1.0", "2.0", "30.0"), ("1.00", "2", "3e1"), ("1 pc", "2 pcs", "30 pcs"), ("+1", "2", "$30")],
)
def test_one_column_of_counts_in_many_notations(spelled: tuple[str, str, str]) -> None:
    found = kind(*spelled, None, spelled[0])
    assert found.type == "integer"
    pd.testing.assert_series_equal(found.values, pd.Series([1.0, 2.0, 30.0, math.nan, 1.0]))


@pytest.mark.parametrize(
    ("yes", "no", "gap"),
    [
        ("yes", "no", None),
        ("Y", "N", "NA"),
        ("TRUE", "FALSE", ""),
        ("True", "False", "None"),
        ("1", "0", "?"),
        ("1.0", "0.0", "nan"),
        ("t", "f", "null"),
        ("on", "off", "-"),
        ("Ja", "Nein", "n/a"),
        ("\u2713", "\u2717", None),
    ],
)
def test_one_boolean_in_many_spellings(yes: str, no: str, gap: str | None) -> None:
    found = kind(yes, no, gap, yes)
    assert (found.type, found.true, found.false) == ("boolean", (yes,), (no,))
    assert found.values.tolist() == [True, False, pd.NA, True]
