"""The report on a record typed by hand: the verdict first, nothing too long, nothing that Markdown would misread."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from lifecycle.errors import CorruptFile
from lifecycle.review.comparison import MetricDifference, SliceDifference
from lifecycle.review.config_diff import CostChange, OptionChange, PackageChange, StageChange, Timing, ValueChange
from lifecycle.review.data_diff import DataChanges
from lifecycle.review.deciding_rows import RowSelection
from lifecycle.review.kpis import ReportedInterval, ReportedKpi
from lifecycle.review.likeness import Level, Likeness
from lifecycle.review.plots import CurvePair, Plots, ResidualBin
from lifecycle.review.record import (
    BaseVersion,
    Changes,
    GateState,
    HeadVersion,
    Review,
    ReviewComparison,
    RowCounts,
    Thresholds,
    from_json,
    to_json,
)
from lifecycle.review.report import draw_bar, format_number, render_report
from lifecycle.review.verdict import Finding, ReviewVerdict
from lifecycle.review.versions import Gap
from lifecycle.versioning.data_diff import BatchChanges, ColumnShift

METRIC = MetricDifference(
    name="roc_auc", better="higher", base=0.7, head=0.72, difference=0.02, low=0.01, high=0.03, gain=0.02,
    tolerance=0.0035, luck=0.0, p_value=0.001, mark="better",
)  # fmt: skip
SLICE = SliceDifference(
    name="shop=north", column="shop", value="north", rows=1200, base=0.7, head=0.72, difference=0.02, low=0.01,
    high=0.03, gain=-0.02, tolerance=0.0035, luck=0.0, p_value=0.001, mark="worse",
)  # fmt: skip
COMPARISON = ReviewComparison(
    decides=True, rows="the same 1,200 test rows", count=1200, blocks=30,
    metrics=[replace(METRIC, name="accuracy", low=-0.01, mark="within noise"), METRIC], slices=[SLICE],
    sliced_by="roc_auc",
    thresholds=Thresholds(base=0.5, head=0.5), search="", remarks=[],
    plots=Plots(roc=CurvePair(base=[0.0, 0.5, 1.0], head=[0.0, 0.75, 0.98765])),
)  # fmt: skip
REVIEW = Review(
    base=BaseVersion(asked="main", revision="a" * 40),
    head=HeadVersion(revision="b" * 40, changed=False),
    verdict=ReviewVerdict(word="better", reason="roc_auc goes up."),
    gate=GateState(open=True, findings=[], unused=[]),
    gaps=[],
    rows=RowCounts(base=1200, head=1200, shared=1200),
    deciding=["roc_auc"],
    kpis=[],
    comparisons=[COMPARISON],
)
CHANGES = Changes(
    kept=[], data=DataChanges(), options=[], rules=[], judges=[], stages=[], code=[], packages=[], cost=[], clock=[]
)
RULE = OptionChange(file="conf/gate/floors.yaml", key="tolerance", base=0.005, head=0.05)
SELECTION = RowSelection(
    whole=704, left=548, why="base's model has learned from the others", outcome="refitted",
    likeness=Likeness(
        measure="total variation distance", distance=0.2091, p_value=0.0,
        levels=[Level(name="no", whole=0.7344, left=0.9434), Level(name="yes", whole=0.2656, left=0.0566)],
    ),
)  # fmt: skip
KPI = ReportedKpi(
    metric="roc_auc", floor=0.7, model=ReportedInterval(value=0.72, low=0.7, high=0.74),
    baseline=ReportedInterval(value=0.5, low=0.5, high=0.5), gain=ReportedInterval(value=0.22, low=0.2, high=0.24),
    passed=True, reason="reached",
)  # fmt: skip


def changed(**more):
    return replace(REVIEW, changes=replace(CHANGES, **more))


def compared(**more):
    return replace(REVIEW, comparisons=[replace(COMPARISON, **more)])


def test_the_verdict_comes_first_then_the_gate_then_the_metrics_that_decide():
    lines = render_report(REVIEW).splitlines()
    assert lines[0] == "# 🟢 Better"
    assert lines[2] == "roc\\_auc goes up."
    assert lines[4] == "Base `aaaaaaa`, head `bbbbbbb`."
    assert lines[6] == "**Gate: open.**"
    start = lines.index("| metric | better | base | head | difference | 95 % interval | tolerance |  |")
    assert lines[start + 1] == "|---|---|---:|---:|---:|---|---:|---|"
    assert lines[start + 2] == (
        "| **roc\\_auc** | ↑ | 0.7000 | 0.7200 | +0.0200 | +0.0100 to +0.0300 | 0.0035 | 🟢 better |"
    )
    assert lines[start + 3].startswith("| accuracy | ↑ |")
    assert lines[start + 3].endswith("| within noise |")


def test_a_slice_that_got_worse_is_shown_although_all_rows_got_better():
    text = render_report(REVIEW)
    assert (
        "1 slices of enough rows were compared together, by roc\\_auc; **1 got significantly worse:**\n\n| slice |"
        in text
    )
    assert "| shop=north | 1,200 | 0.7000 |" in text


def test_side_effects_and_a_new_winner_are_below_the_verdict():
    beside = [replace(METRIC, name=name, mark=mark) for name, mark in (("f1", "better"), ("precision", "worse"))]
    found = replace(
        compared(
            metrics=[METRIC, *beside, replace(METRIC, name="accuracy", mark="worse")],
            thresholds=Thresholds(base=0.3166, head=0.2275),
        ),
        changes=replace(CHANGES, cost=[CostChange(what="winner", base="boosted", head="histogram")]),
    )
    text = render_report(found)
    assert text.splitlines()[4:8:2] == [
        "Of the metrics that do not decide, significantly worse: precision, accuracy; significantly better: f1.",
        "**The winner changed:** histogram instead of boosted; reports/select.md says why.",
    ]
    assert (
        "Rows are predicted positive at probability ≥ 0.2275 (base: ≥ 0.3166); metrics of such decisions move with it."
        in text
    )


def test_rules_that_moved_are_at_the_top():
    text = render_report(changed(rules=[RULE], judges=["dvc.yaml", "src/lifecycle/evaluation/gates.py"]))
    assert (
        "> [!WARNING]\n"
        "> **This change alters the rules that it is judged by.**\n"
        "> - conf/gate/floors.yaml: tolerance 0.005 → 0.05\n"
        "> - code that judges: dvc.yaml, src/lifecycle/evaluation/gates.py\n"
    ) in text
    assert text.index("alters the rules") < text.index("## Metrics")
    assert "alters the rules" not in render_report(changed())


def test_no_rule_is_hidden():
    rules = [replace(RULE, key=f"key{number}") for number in range(60)]
    text = render_report(changed(rules=rules))
    assert "key59 0.005 → 0.05" in text


def test_rows_left_out_are_shown_beside_the_whole():
    text = render_report(replace(REVIEW, selection=SELECTION))
    assert (
        "> 548 of head's 704 test rows are left (77.8%); base's model has learned from the others. These are unlike "
        "the whole: total variation distance 0.2091, p-value 0.0000 (up to 0.05 is allowed, up to 0.1 with a p-value "
        "from 0.01 on). So both versions' recipes are fitted anew"
    ) in text
    assert (
        "| target | all test rows | rows left |\n|---|---:|---:|\n| no | 0.7344 | 0.9434 |\n| yes | 0.2656 | 0.0566 |\n"
    ) in text


def test_few_rows_left_are_named_as_such():
    few = replace(SELECTION, left=100, outcome="not comparable")
    text = render_report(replace(REVIEW, selection=few))
    assert "These are fewer than half and unlike the whole:" in text
    none = render_report(replace(REVIEW, selection=replace(few, left=0, likeness=None)))
    assert "> 0 of head's 704 test rows are left (0.0%); base's model has learned from the others." in none
    assert "| target |" not in none


def test_what_intervals_cover_of_the_search_is_below_the_metrics():
    text = render_report(compared(search="The intervals cover the luck of the search."))
    assert text.index("| accuracy |") < text.index("\n\nThe intervals cover the luck of the search.\n")


def test_what_does_not_decide_is_not_shown_as_if_it_did():
    beside = replace(COMPARISON, decides=False, rows="the 50 test rows that both share")
    verdict = ReviewVerdict(word="not comparable", reason="no refit.")
    text = render_report(replace(REVIEW, comparisons=[beside], verdict=verdict))
    assert "On the 50 test rows that both share, 30 independent blocks; these do not decide, all are corrected" in text
    assert "| roc\\_auc | ↑ |" in text
    assert "## Slices" not in text
    assert "## Plots" not in text


def test_a_model_that_predicts_the_same_of_all_rows_is_remarked_on_below_the_verdict():
    text = render_report(compared(remarks=["Head's model predicts none of the 9 rows positive."]))
    assert text.splitlines()[4] == "⚠ Head's model predicts none of the 9 rows positive."


def test_an_interval_without_0_within_noise_says_why():
    noisy = replace(METRIC, mark="within noise", low=0.001, p_value=0.03)
    text = render_report(compared(metrics=[noisy, replace(noisy, name="f1"), replace(noisy, name="f2", p_value=None)]))
    assert "| +0.0010 to +0.0300 | 0.0035 | within noise after correction for 2 comparisons |" in text
    tolerated = render_report(compared(metrics=[replace(noisy, p_value=0.8)]))
    assert "| +0.0010 to +0.0300 | 0.0035 | within its tolerance and noise |" in tolerated
    usual = render_report(compared(metrics=[replace(noisy, low=-0.001)]))
    assert "| -0.0010 to +0.0300 | 0.0035 | within noise |" in usual
    slices = [replace(SLICE, mark="within noise", p_value=0.03)] * 7
    assert "│ | within noise after correction for 7 comparisons |" in render_report(compared(slices=slices))


def test_kpis_with_the_same_values_are_in_the_table_of_metrics():
    text = render_report(replace(REVIEW, kpis=[KPI]))
    assert (
        "| **roc\\_auc** | ↑ | 0.7000 | 0.7200 | +0.0200 | +0.0100 to +0.0300 | 0.0035 | 🟢 better "
        "| 0.7000 to 0.7400 | 0.7000 | 0.5000 | passed |"
    ) in text
    assert "| tolerance |  | head's interval | floor | trivial baseline | KPI |" in text
    assert "Head's KPIs" not in text


def test_kpis_with_other_values_have_a_table_of_their_own():
    other = replace(KPI, model=replace(KPI.model, value=0.8586))
    text = render_report(replace(REVIEW, kpis=[other]))
    assert "Head's KPIs on its own test rows:\n\n| KPI | head |" in text
    assert "| roc\\_auc | 0.8586 | 0.7000 to 0.7400 | 0.7000 | 0.5000 | passed |" in text
    assert "head's interval" not in text


def test_own_metrics_are_shown_where_they_are_other_numbers():
    same = [ValueChange(name="roc_auc", base=0.7, head=0.72), ValueChange(name="undefined")]
    assert "own test rows" not in render_report(changed(kept=same))
    other = [ValueChange(name="roc_auc", base=0.7, head=0.73)]
    assert "Each version on its own test rows, from its reports/test.json:" in render_report(changed(kept=other))


def test_changed_lists_and_long_texts_hide_nothing_that_went():
    names = [f"feature_{number}" for number in range(60)]
    options = [OptionChange(file="conf/features/a.yaml", key="keep", base=names, head=[*names[:58], "new"])]
    text = render_report(changed(options=options))
    assert "| conf/features/a.yaml | keep | − feature\\_58, − feature\\_59 | + new (58 stay) |" in text


def test_without_side_effects_nothing_is_reported_of_them():
    text = render_report(changed(cost=[CostChange(what="winner", base="boosted", head="boosted")]))
    assert "do not decide" not in text
    assert "The winner changed" not in text
    assert "predicted positive" not in text


def test_slices_that_are_not_shown_are_counted():
    slices = [replace(SLICE, name=f"shop={number}", mark="within noise") for number in range(20)]
    text = render_report(compared(slices=slices))
    assert "All 20, the largest loss first" in text
    assert "\n\n… and 5 more in reports/review.json." in text


def test_values_of_quality_that_look_alike_are_left_out():
    rows = [ValueChange(name="kept_rows", base=10, head=20)]
    small = [ValueChange(name="missing_share.a", base=0.00001, head=0.00002)]
    text = render_report(changed(data=DataChanges(quality=rows + small)))
    assert "| kept\\_rows | 10 | 20 |" in text
    assert "missing\\_share" not in text
    alike = render_report(changed(data=DataChanges(quality=small)))
    assert "Rows kept and rejected, and missing values: the same in four digits." in alike
    assert "Rows kept and rejected, and missing values: unchanged." in render_report(changed())


def test_gaps_are_above_the_numbers():
    text = render_report(replace(REVIEW, gaps=[Gap(what="base: metrics not compared", todo="git fetch")]))
    assert text.index("**The comparison is incomplete.**") < text.index("## Metrics")
    assert "> - base: metrics not compared — next: git fetch" in text


def test_a_review_without_a_base_says_so():
    bare = replace(
        REVIEW,
        base=BaseVersion(asked="main", revision=None),
        verdict=ReviewVerdict(word="not comparable", reason="this clone is shallow."),
        rows=RowCounts(base=None, head=1200, shared=None),
        comparisons=[],
    )
    text = render_report(bare)
    assert text.startswith("# 🟠 Not comparable\n\nthis clone is shallow.\n\nBase main (not here), head `bbbbbbb`.")


def test_the_gate_names_what_closes_it_and_by_which_name_it_is_accepted():
    findings = [Finding(what="a floor"), Finding(what="a loss", accept="auc")]
    gate = GateState(open=False, findings=[*findings, replace(findings[1], accepted=True)], unused=["else"])
    assert (
        "**Gate: closed**, for 2 reason(s):\n\n"
        "- ✖: a floor\n"
        "- ✖: a loss (label `accept:auc` accepts it)\n"
        "- ☑ accepted: a loss\n"
        "- ⚠ accepted by name, but nothing of that name is worse: else\n"
    ) in render_report(replace(REVIEW, gate=gate))


def test_a_report_that_would_be_too_long_leaves_out_whole_sections_and_names_them():
    many = [replace(SLICE, name=f"shop={'x' * 200}{number}") for number in range(60)]
    text = render_report(compared(slices=many), limit=5000)
    assert len(text) <= 5000
    assert text.endswith("Left out, too long for a comment: Slices, Plots; reports/review.json has all.\n")
    assert "## Metrics" in text


def test_names_cannot_break_the_table_or_become_html():
    text = render_report(compared(slices=[replace(SLICE, name="a|<b>*c*`")]))
    assert "| a\\|\\<b\\>\\*c\\*\\` |" in text


def test_a_name_cannot_run_in_the_template():
    text = render_report(compared(slices=[replace(SLICE, name="{{ 7 * 7 }}{% raw %}")]))
    assert "| {{ 7 \\* 7 }}{% raw %} |" in text


def test_a_chart_is_mermaid_with_two_lines():
    text = render_report(REVIEW)
    start = text.index(
        "ROC curve: true positive rate by false positive rate (base grey, head blue)\n\n```mermaid\n%%{init"
    )
    assert text[start:].splitlines()[4:10] == [
        "xychart-beta", '  x-axis "false positive rate" 0 --> 1', '  y-axis "" 0 --> 1', "  line [0, 0.5, 1]",
        "  line [0, 0.75, 0.9877]", "```",
    ]  # fmt: skip


def test_numbers_have_error_quantiles_and_residuals():
    plots = Plots(
        errors=CurvePair(base=[0.0, 2.0], head=[0.0, 3.0]),
        residuals=[ResidualBin(rows=120, actual=4.0, base=0.5, head=-0.25)],
    )
    text = render_report(compared(plots=plots))
    assert '  y-axis "" 0 --> 3\n  line [0, 2]\n  line [0, 3]\n' in text
    assert "| rows | actual | base | head |\n|---:|---:|---:|---:|\n| 120 | 4.0000 | 0.5000 | -0.2500 |\n" in text


def test_data_changes_are_listed():
    data = DataChanges(
        batches=BatchChanges(
            added={"orders/3": 600}, removed={}, changed=["orders/2"], same=1, rows_before=900, rows_after=1500
        ),
        raw_columns=["orders: colour is new"],
        schema=["a added", "b: type text → category"],
        compared="added",
        shifted=[ColumnShift(name="dew_point", kind="number", missing=(0.0, 0.0), size=0.9, distance=0.5, p_value=0.0)],
    )
    text = render_report(changed(data=data))
    assert (
        "## Data\n\n2 → 3 batches, 900 → 1,500 raw rows.\n- added: orders/3 (600 rows)\n- changed: orders/2\n\n"
        "Raw columns: orders: colour is new.\n\n"
        "Schema: a added; b: type text → category.\n"
    ) in text
    assert "or share of missing values), the added rows against all before:\n\n" in text
    assert "| dew\\_point | │█████ | d 0.900, KS 0.500 | <0.0001 | 0.0% to 0.0% |" in text


def test_configuration_cost_and_times_are_listed():
    text = render_report(
        changed(
            options=[OptionChange(file="conf/model/tree.yaml", key="max_depth", base=None, head=5)],
            stages=[
                StageChange(stage="train", why=[f"dep{number}" for number in range(8)], outputs=[]),
                StageChange(stage="test", why=["dep"], outputs=list("abcdef")),
            ],
            packages=[PackageChange(package="numpy", base="1.0", head="2.0")],
            code=[f"src/{number}.py" for number in range(17)],
            cost=[CostChange(what="training rows", base=1000, head=None)],
            clock=[
                Timing(stage="train", base_seconds=1.0, head_seconds=2.5, base_peak_mebibytes=10, head_peak_mebibytes=9)
            ],
        )
    )
    assert "| conf/model/tree.yaml | max\\_depth | — | 5 |" in text
    assert "<details><summary>2 stages ran again</summary>\n\n| stage | because of | changed |" in text
    assert "| train | dep0, dep1, dep2, dep3, dep4, dep5 and 2 more | the same bytes |" in text
    assert "| test | dep | a, b, c, d and 2 more |" in text
    assert "| numpy | 1.0 | 2.0 |" in text
    assert "src/14.py and 2 more.\n" in text
    assert "| training rows | 1,000 | — |" in text
    assert "<summary>Wall-clock time: 1.0 s → 2.5 s</summary>" in text
    assert "| train | 1.0 | 2.5 | 10.0 | 9.0 |" in text


def test_bars_are_left_of_the_line_for_a_loss():
    assert (draw_bar(-0.5, 1.0), draw_bar(0.2, 1.0), draw_bar(0.0, 0.0)) == ("█████│", "│██", "│")


def test_numbers_have_four_digits_and_none_is_a_dash():
    assert [format_number(value) for value in (0.12345, 12345.6, 7, None, "x")] == [
        "0.1235",
        "1.235e+04",
        "7",
        "—",
        "x",
    ]


def test_rows_beyond_the_most_are_counted():
    options = [OptionChange(file="params.yaml", key=str(number), base=1, head=2) for number in range(33)]
    assert "| params.yaml | 29 | 1 | 2 |\n\n… and 3 more in reports/review.json.\n" in render_report(
        changed(options=options)
    )


@pytest.mark.parametrize("review", [REVIEW, changed(rules=[RULE]), replace(REVIEW, selection=SELECTION)])
def test_the_record_is_read_back_as_it_was_written(review):
    assert from_json(to_json(review), Path("review.json")) == review


@pytest.mark.parametrize(
    ("key", "value"), [("verdict", {"word": "fine", "reason": ""}), ("deciding", "auc"), ("more", 1)]
)
def test_another_record_is_rejected(key, value):
    with pytest.raises(CorruptFile, match=key):
        from_json(to_json(REVIEW) | {key: value}, Path("review.json"))


def test_no_name_in_a_review_acts():
    name = "shop=<img src=x> ![a](https://b.example) @all #8 `c` | \x1b[31m\u202e"
    lost = Finding(what=name, accept=name)
    review = replace(
        compared(slices=[replace(SLICE, name=name)], rows=name),
        changes=replace(
            CHANGES,
            options=[OptionChange(file=name, key=name, base=name, head=name)],
            code=[name],
            data=DataChanges(raw_columns=[name], schema=[name]),
        ),
        gate=replace(REVIEW.gate, open=False, findings=[lost]),
    )
    text = render_report(review)
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    html = [one.content for token in tokens for one in [token, *(token.children or [])] if "html" in one.type]
    assert all(re.fullmatch(r"(</?(details|summary)>[^<]*)+\n*", one) for one in html)
    assert not [one for token in tokens for one in token.children or [] if one.type in ("link_open", "image")]
    texts = " ".join(one.content for token in tokens for one in token.children or [] if one.type == "text")
    assert not re.search(r"@all|https:|#8|[\x1b\u202e]", texts)
    assert not re.search("[\x1b\u202e]", text)
