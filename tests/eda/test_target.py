"""What each task says of a small table typed by hand."""

import pandas as pd
import pytest

from lifecycle.data.problem import Budget, Decision, Minimum, Problem, Task
from lifecycle.data.schema import Column, Schema
from lifecycle.eda.figures import draw_plots
from lifecycle.eda.profile import summarize_table
from lifecycle.eda.report import describe_plot, render_report
from lifecycle.eda.target import CATEGORIES, PANELS
from lifecycle.eda.tasks.binary import Binary
from lifecycle.eda.tasks.by_task import TARGETS, create_target
from lifecycle.eda.tasks.clustering import Clustering
from lifecycle.eda.tasks.multiclass import Multiclass
from lifecycle.eda.tasks.regression import Regression
from lifecycle.eda.view import View

NAN = float("nan")
TARGET_OF = {"binary": "sold", "multiclass": "kind", "regression": "price", "clustering": None}

COLUMNS = {
    "when": Column(type="time", role="time", description="when it was offered"),
    "sold": Column(type="boolean", role="forbidden", description="someone bought it"),
    "kind": Column(type="category", role="forbidden", description="what it is", categories=("flat", "house", "hut")),
    "price": Column(type="number", role="forbidden", description="what is paid", unit="CHF"),
    "area": Column(type="number", role="feature", description="living space", unit="m²"),
    "rooms": Column(type="integer", role="feature", description="rooms"),
    "town": Column(type="category", role="feature", description="where it is"),
    "note": Column(type="text", role="feature", description="what the owner writes"),
}
TABLE = pd.DataFrame(
    {
        "when": pd.date_range("2020-01-01", periods=6, freq="12h", tz="UTC"),
        "sold": pd.Series([True, True, False, False, True, False], dtype="boolean"),
        "kind": pd.Series(["flat", "house", "flat", "house", "flat", "flat"], dtype="str"),
        "price": [100.0, 400.0, 200.0, 500.0, 300.0, 300.0],
        "area": [10.0, 40.0, 20.0, 50.0, 30.0, 35.0],
        "rooms": pd.Series([1, 4, 2, 4, 3, None], dtype="Int64"),
        "town": pd.Series(["Bern", "Basel", "Bern", "Basel", "Bern", None], dtype="str"),
        "note": pd.Series(["quiet flat", "house", "Flat", None, "flat", "flat, quiet"], dtype="str"),
    }
)


def problem(task: Task, **more) -> Problem:
    return Problem(
        question="What is it?",
        decision=Decision(who="the agent", how="tells the owner"),
        unit="one offer",
        task=task,
        target=TARGET_OF[task],
        split="by_time",
        score="any",
        kpis=(),
        minimum=Minimum(rows=1),
        budget=Budget(minutes=1.0, memory_gib=1.0, disk_gib=1.0),
        **more,
    )


def seen(task: Task, table: pd.DataFrame = TABLE, columns=COLUMNS, **more) -> View:
    """The view of a task: the columns of its schema that may be shown."""
    schema = Schema(columns=columns, tables={}).with_target(TARGET_OF[task])
    shown = schema.columns_with_role("time", "target", "feature", "context")
    return View(table[shown], pd.Series([f"r{place}" for place in table.index]), problem(task, **more), schema)


def lessons(task: Task, table: pd.DataFrame = TABLE, columns=COLUMNS, **more) -> dict[str, str]:
    return {plot.file: plot.caption for plot in draw_plots(create_target(seen(task, table, columns, **more)))}


def page(task: Task, table: pd.DataFrame = TABLE, columns=COLUMNS, **more) -> str:
    target = create_target(seen(task, table, columns, **more))
    shown = [describe_plot(plot) for plot in draw_plots(target)]
    return render_report(target, shown, summarize_table(target.view.table, target.view.schema), "All rows")


def test_every_task_has_a_target():
    assert {
        "binary": Binary,
        "multiclass": Multiclass,
        "regression": Regression,
        "clustering": Clustering,
    } == TARGETS


COMMON = {
    "texts.png": "Half of all texts are at most this long: `note` 5 characters.",
    "missing.png": "3 of 6 columns have missing values; `note` has most, in 16.7% of rows.",
}
EVERY = "6 rows, chosen by their id; equal values are spread a little."


def test_captions_of_binary():
    assert lessons("binary") == COMMON | {
        "rate_over_time.png": "Between 0.0% (the day from 2020-01-02) and 100.0% (from 2020-01-01); "
        "over all rows 50.0%.",
        "rate_by_town.png": "From 0.0% at `(missing)` (1 row) to 66.7% at `Bern` (3 rows).",
        "histograms.png": "`area` is most strongly associated with the target: "
        "its median is 30 m² where `sold` is true, 35 m² "
        "where it is false. Each group of rows adds up to 100 %; values far outside count in the outermost bar.",
        "scatter.png": f"`area` and `rooms` have joint strength 0.00 (alone 0.00 and 0.00). {EVERY}",
        "correlations.png": "The strongest is `area` with `rooms`: 0.97.",
    }


def test_captions_of_regression():
    assert lessons("regression") == COMMON | {
        "target.png": "Half of all rows lie between 225 CHF and 375 CHF; mean 300 CHF, median 300 CHF. "
        "Values far outside count in the outermost bar.",
        "mean_over_time.png": "Between 250 CHF (the day from 2020-01-01) and 350 CHF (from 2020-01-02); "
        "over all rows 300 CHF.",
        "mean_by_town.png": "From 200 CHF at `Bern` (3 rows) to 450 CHF at `Basel` (2 rows).",
        "histograms.png": "`area` is most strongly associated with the target: "
        "its median is 45 m² where `price` is above its "
        "own median, 25 m² elsewhere. "
        "Each group of rows adds up to 100 %; values far outside count in the outermost bar.",
        "scatter.png": f"`price` rises with `area`: rank correlation 0.99. {EVERY} "
        "Values far outside are drawn at the edge.",
        "correlations.png": "The strongest is `area` with `price`: 0.99.",
    }


def test_captions_of_multiclass():
    assert lessons("multiclass") == COMMON | {
        "target.png": "`flat` has most rows, 66.7%; `house` has fewest, 33.3% (2 rows). `hut` has no row.",
        "classes_over_time.png": "The share of `flat` changes most: from 50.0% (the day from 2020-01-01) to 100.0% "
        "(from 2020-01-03).",
        "classes_by_town.png": "At `Basel` 0.0% of rows are `flat`, of all rows 66.7%.",
        "histograms.png": "`rooms` is most strongly associated with the target: "
        "its median is 2 at `flat` and 4 at `house`. "
        "Each class adds up to 100 %; values far outside count in the outermost bar.",
        "scatter.png": f"`rooms` and `area` have joint strength 0.00 (alone 0.50 and 0.00). {EVERY}",
        "correlations.png": "The strongest is `area` with `rooms`: 0.97.",
    }


def test_captions_of_clustering():
    assert lessons("clustering") == COMMON | {
        "rows_over_time.png": "Between 2 rows (the day from 2020-01-01) and 2 (from 2020-01-01).",
        "rows_by_town.png": "`Bern` has most rows, 50.0%; there are 3 levels.",
        "histograms.png": "`rooms` leans most to one side: its median is 3, its mean 2.8. "
        "Each feature adds up to 100 %; values far outside count in the outermost bar.",
        "scatter.png": f"`area` and `rooms` move together most: rank correlation 0.97. {EVERY} "
        "Values far outside are drawn at the edge.",
        "correlations.png": "The strongest is `area` with `rooms`: 0.97.",
        "missing.png": "3 of 5 columns have missing values; `note` has most, in 16.7% of rows.",
    }


@pytest.mark.parametrize(
    ("task", "facts"),
    [
        ("binary", ["| target | `sold`: someone bought it |", "| target rate | 50.0%, 3 rows |"]),
        ("multiclass", ["| target | `kind`: what it is |", "| classes | 3, from 0.0% (`hut`) to 66.7% (`flat`) |"]),
        (
            "regression",
            [
                "| target | `price`: what is paid |",
                "| target mean | 300 CHF; median 300 CHF, from 100 CHF to 500 CHF |",
            ],
        ),
        ("clustering", ["| target | none: rows are put into groups that no column names |"]),
    ],
)
def test_facts(task, facts):
    made = page(task)
    assert all(fact in made for fact in facts)
    assert "| period | 2020-01-01 to 2020-01-03 (UTC), `when` |" in made


@pytest.mark.parametrize(
    ("task", "rows"),
    [
        ("binary", ["| `town` | 1 | 16.67% | 0.0% | 60.0% |", "| `flat` | 4 | 66.7% | 50.0% |"]),
        (
            "multiclass",
            ["| `town` | 1 | 16.67% | `flat`, 100.0% | `flat`, 60.0% |", "| `house` | 1 | 16.7% | `house`, 100.0% |"],
        ),
        ("regression", ["| `town` | 1 | 16.67% | 300 CHF | 300 CHF |", "| `flat` | 4 | 66.7% | 225 CHF |"]),
        ("clustering", ["| `town` | 1 | 16.67% |", "| `flat` | 4 | 66.7% |"]),
    ],
)
def test_missing_values_and_words_in_the_words_of_the_task(task, rows):
    made = page(task).splitlines()
    assert set(rows) <= set(made)


@pytest.mark.slow
def test_terms_of_one_task_do_not_reach_another():
    for task in ("multiclass", "regression", "clustering"):
        assert "is true" not in page(task) and "rate" not in page(task)
    assert "ntervals" not in page("multiclass") + page("clustering")
    assert "Confidence intervals are of 95 % and treat rows as independent." in page("regression")
    assert "rows with the same `town` are correlated" in page("regression", block="town")


def test_associations_of_each_task():
    assert "| `area` | 0.986 | 500 CHF at `50` | 100 CHF at `10` | living space |" in page("regression")
    # Chi-square over n is 1, its correction 4 / 5; the narrow side is 2 - 1 / 5.
    assert "| `rooms` | 0.500 | At `4` 0.0% of rows are `flat`, of all rows 66.7% | rooms |" in page("multiclass")
    assert "| `area` | 0.975 | living space |" in page("clustering")
    assert "## Strongest associations with other features" in page("clustering")


@pytest.mark.parametrize("task", TARGETS)
def test_without_time_numbers_or_categories(task):
    columns = {name: column for name, column in COLUMNS.items() if name not in ("when", "area", "rooms", "town")}
    made = lessons(task, columns=columns)
    assert set(made) == {"texts.png", "missing.png"} | (
        {"target.png"} if task in ("multiclass", "regression") else set()
    )
    assert "| period |" not in page(task, columns=columns)


@pytest.mark.parametrize("task", TARGETS)
def test_one_row_is_enough(task):
    made = lessons(task, TABLE.head(1), slices=("kind", "nothing"))
    assert made["missing.png"] == "No value is missing."
    assert any("has a single level, so it carries no information." in caption for caption in made.values())
    assert "1 rows" not in page(task, TABLE.head(1))


@pytest.mark.parametrize("task", TARGETS)
def test_no_value_at_all_in_the_features(task):
    table = TABLE.assign(area=NAN, rooms=pd.Series([None] * 6, dtype="Int64"), town=pd.Series([None] * 6, dtype="str"))
    table["note"] = pd.Series([None] * 6, dtype="str")
    made = lessons(task, table)
    assert made["texts.png"] == "There is no text."
    assert made["correlations.png"] == "No two columns are correlated."


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_a_target_that_never_varies(task):
    table = pd.concat([TABLE.head(1)] * 40, ignore_index=True)
    made = lessons(task, table)
    assert "_over_time.png" in " ".join(made)


def wide(task: Task) -> tuple[pd.DataFrame, dict[str, Column]]:
    """130 numeric and 130 category features, all the same but one of each, which have missing values."""
    numeric, named = [f"n{place:03}" for place in range(130)], [f"c{place:03}" for place in range(130)]
    columns = {name: COLUMNS[name] for name in ("sold", "kind", "price")}
    columns |= {name: Column(type="number", role="feature", description="") for name in numeric}
    columns |= {name: Column(type="category", role="feature", description="") for name in named}
    more = {name: TABLE["area"].mask(TABLE["area"] > 45) for name in numeric} | dict.fromkeys(named, TABLE["town"])
    return pd.concat([TABLE, pd.DataFrame(more)], axis=1), columns


@pytest.mark.parametrize("task", TARGETS)
@pytest.mark.slow
def test_of_many_columns_few_are_plotted_and_the_rest_is_counted(task):
    table, columns = wide(task)
    target = create_target(seen(task, table, columns))
    assert (len(target.numeric), len(target.categories)) == (PANELS, CATEGORIES)
    drawn = render_report(target, [], summarize_table(target.view.table, target.view.schema), "All rows")
    assert "the plots show the 24 of 130 numeric features and the 8 of 130 category features most strongly" in drawn
    related = 130 if task == "clustering" else 260
    assert f"{related - 100} weaker associations are left out." in drawn
    assert "160 columns with fewer missing values are left out." in drawn
    assert "30 columns are left out." in drawn


def test_many_classes_are_merged():
    names = tuple(f"k{place:02}" for place in range(30))
    columns = COLUMNS | {"kind": Column(type="category", role="forbidden", description="", categories=names)}
    table = pd.concat([TABLE] * 6, ignore_index=True)
    table["kind"] = pd.Series([names[min(place, 29)] for place in range(36)], dtype="str")
    target = create_target(seen("multiclass", table, columns))
    assert isinstance(target, Multiclass)
    assert target.stacked.names == (*names[:7], "k29", "(others)")
    assert target.groups.names == ("k00", "k01", "k02", "k29")
    made = lessons("multiclass", table, columns)
    assert made["target.png"].endswith("The 24 classes with most rows are plotted, 6 are not.")
    assert "The 4 classes with most rows are plotted, 26 are not." in made["histograms.png"]


def test_a_name_cannot_break_the_page():
    odd = {"area": "😀 a|b\nc", "town": "`](", "note": "self", "price": "<p>"}
    columns = {odd.get(name, name): column for name, column in COLUMNS.items()} | {
        "<p>": Column(type="number", role="target", description="x\n|y", unit="|"),
    }
    schema = Schema(columns=columns, tables={})
    table = TABLE.rename(columns=odd)[schema.columns_with_role("time", "target", "feature")]
    target = Regression(View(table, pd.Series(list("abcdef")), problem("regression"), schema))
    shown = [describe_plot(plot) for plot in draw_plots(target)]
    made = render_report(target, shown, summarize_table(table, schema), "All rows")
    assert "| target | `<p>`: x \\|y |" in made
    assert "![By '(: where it is](mean_by___8d3699d1.png)" in made
    assert all(line.count(" | ") == 4 for line in made.splitlines() if line.startswith("| `😀 a\\|b c` | 0."))
