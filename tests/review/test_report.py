"""The page on a record typed by hand: the verdict first, nothing too long, nothing that Markdown would misread."""

import re

from lifecycle.review.report import bar, chart, number, page, quality, table

ROW = {
    "name": "roc_auc", "better": "higher", "base": 0.7, "head": 0.72, "difference": 0.02, "low": 0.01, "high": 0.03,
    "gain": 0.02, "tolerance": 0.0035, "probability": 0.001, "mark": "better",
}  # fmt: skip
SLICE = ROW | {"name": "shop=north", "column": "shop", "value": "north", "rows": 1200, "mark": "worse", "gain": -0.02}


def record(**more):
    found = {
        "base": {"asked": "main", "revision": "a" * 40},
        "head": {"revision": "b" * 40, "changed": False},
        "verdict": {"word": "better", "reason": "roc_auc goes up."},
        "gate": {"open": True, "findings": [], "unused": []},
        "gaps": [],
        "rows": {"base": 1200, "head": 1200, "shared": 1200},
        "deciding": ["roc_auc"],
        "kpis": [],
        "comparisons": [
            {
                "rows": "the same 1,200 test rows", "count": 1200, "blocks": 30,
                "metrics": [ROW | {"name": "accuracy", "mark": "within noise"}, ROW], "slices": [SLICE],
                "sliced_by": "roc_auc", "thresholds": {"base": 0.5, "head": 0.5},
                "plots": {"roc": {"base": [0.0, 0.5, 1.0], "head": [0.0, 0.75, 1.0]}},
            }
        ],
    }  # fmt: skip
    return found | more


def test_the_verdict_comes_first_then_the_gate_then_the_metrics_that_decide():
    lines = page(record()).splitlines()
    assert lines[0] == "# 🟢 Better"
    assert lines[2] == "roc\\_auc goes up."
    assert lines[4] == "Base `aaaaaaa`, head `bbbbbbb`."
    assert lines[6] == "**Gate: open.**"
    rows = [line for line in lines if line.startswith("| **") or line.startswith("| accuracy")]
    assert rows[0] == ("| **roc\\_auc** | ↑ | 0.7000 | 0.7200 | +0.0200 | +0.0100 to +0.0300 | 0.0035 | 🟢 better |")
    assert rows[1].startswith("| accuracy | ↑ |")


def test_a_slice_that_got_worse_is_shown_although_the_whole_got_better():
    made = page(record())
    assert "1 slices of enough rows were looked at together, by roc\\_auc; **1 got really worse:**" in made
    assert "| shop=north | 1,200 | 0.7000 |" in made


def test_what_moved_beside_the_verdict_is_said_below_it():
    found = record(cost=[{"what": "winner", "base": "lightgbm", "head": "hist_gradient_boosting"}], clock=[])
    beside = [ROW | {"name": name, "mark": mark} for name, mark in (("f1", "better"), ("precision", "worse"))]
    found["comparisons"][0]["metrics"] += [*beside, ROW | {"name": "accuracy", "mark": "worse"}]
    found["comparisons"][0]["thresholds"] = {"base": 0.3166, "head": 0.2275}
    made = page(found)
    assert made.splitlines()[4:8:2] == [
        "Of the metrics that do not decide, really worse: precision, accuracy; really better: f1.",
        "**The winner is another one:** hist_gradient_boosting instead of lightgbm; reports/select.md says why.",
    ]
    said = "A row is said to be positive from a probability of 0.2275 on, in base from 0.3166 on: metrics of such decisions"
    assert said in made


def test_where_nothing_moved_beside_the_verdict_nothing_is_said_of_it():
    made = page(record(cost=[{"what": "winner", "base": "lightgbm", "head": "lightgbm"}], clock=[]))
    assert "do not decide" not in made
    assert "The winner is another one" not in made
    assert "A row is said to be positive" not in made


def test_slices_that_are_not_shown_are_counted():
    found = record()
    found["comparisons"][0]["slices"] = [SLICE | {"name": f"shop={n}", "mark": "within noise"} for n in range(20)]
    made = page(found)
    assert "All 20, the largest loss first" in made
    assert "… and 5 more in reports/review.json." in made


def test_numbers_of_quality_that_look_alike_are_left_out():
    told = [
        {"name": "kept_rows", "base": 10, "head": 20},
        {"name": "missing_share.a", "base": 0.00001, "head": 0.00002},
    ]
    assert "kept\\_rows" in quality(told)
    assert "missing" not in quality(told).split("</summary>")[1]
    assert quality(told[1:]) == "Rows kept and rejected, and missing values: the same in four digits."
    assert quality([]) == "Rows kept and rejected, and missing values: unchanged."


def test_what_is_missing_is_said_above_the_numbers():
    made = page(record(gaps=[{"what": "base: metrics not compared", "todo": "git fetch"}]))
    assert made.index("**The comparison is incomplete.**") < made.index("## Metrics")
    assert "> - base: metrics not compared — next: git fetch" in made


def test_nothing_compared_is_said_and_not_empty():
    bare = record(
        base={"asked": "main", "revision": None},
        verdict={"word": "not comparable", "reason": "this clone is shallow."},
        rows={"base": None, "head": 1200, "shared": None},
        comparisons=[],
    )
    made = page(bare)
    assert made.startswith("# 🟠 Not comparable\n\nthis clone is shallow.\n\nBase main (not here), head `bbbbbbb`.")


def test_a_page_that_would_be_too_long_leaves_out_whole_sections_and_names_them():
    many = [SLICE | {"name": f"shop={'x' * 200}{number}"} for number in range(60)]
    comparison = record()["comparisons"][0] | {"slices": many}
    made = page(record(comparisons=[comparison]), limit=5000)
    assert len(made) <= 5000
    assert made.endswith("Left out, too long for a comment: Slices, Plots; reports/review.json has all.\n")
    assert "## Metrics" in made


def test_names_cannot_break_the_table_or_become_html():
    made = page(record(comparisons=[record()["comparisons"][0] | {"slices": [SLICE | {"name": "a|<b>*c*`"}]}]))
    assert "| a\\|\\<b\\>\\*c\\*\\` |" in made


def test_a_chart_is_mermaid_with_two_lines():
    lines = {"base": [0.0, 1.0], "head": [0.0, 0.98765]}
    assert re.search(r"```mermaid\n%%.*\nxychart-beta\n", chart("ROC", "false positives", 1, lines, 1))
    assert chart("ROC", "false positives", 1, lines, 1).splitlines()[-5:] == [
        '  x-axis "false positives" 0 --> 1', '  y-axis "" 0 --> 1', "  line [0, 1]", "  line [0, 0.9877]", "```",
    ]  # fmt: skip


def test_bars_stand_left_of_the_line_for_a_loss():
    assert (bar(-0.5, 1.0), bar(0.2, 1.0), bar(0.0, 0.0)) == ("█████│", "│██", "│")


def test_numbers_have_four_digits_and_what_is_none_is_a_dash():
    assert [number(value) for value in (0.12345, 12345.6, 7, None, "x")] == ["0.1235", "1.235e+04", "7", "—", "x"]


def test_rows_beyond_the_most_are_counted():
    assert table(["a", "b:"], [["x", "1"]] * 3, most=2) == (
        "| a | b |\n| --- | ---: |\n| x | 1 |\n| x | 1 |\n\n… and 1 more in reports/review.json."
    )
