"""Which options, stages and packages differ, on values typed by hand."""

from lifecycle.review.config_diff import (
    PINNED,
    ValueChange,
    compare_values,
    explain_rerun,
    find_differences,
    flatten,
)


def test_values_are_named_by_their_path_of_keys():
    assert flatten({"a": {"b": 1, "c": [1, 2]}, "d": [{"e": 3}], "f": {}}) == {
        "a.b": 1, "a.c": [1, 2], "d.0.e": 3, "f": {},
    }  # fmt: skip


def test_why_a_stage_ran_again():
    before = {"cmd": "x", "deps": [{"path": "p", "md5": "1"}], "params": {"f.yaml": {"k": 1}}}
    after = {"cmd": "y", "deps": [{"path": "p", "md5": "2"}], "params": {"f.yaml": {"k": 2}}}
    assert sorted(explain_rerun(before, after)) == ["command", "f.yaml.k", "p"]
    assert (
        list(explain_rerun(None, after)),
        list(explain_rerun(before, None)),
        list(explain_rerun(before, before)),
    ) == (["new"], ["removed"], [])


def test_packages_are_read_from_a_lock():
    lock = "a==1.0 \\\n    --hash=sha256:00\nb[extra]==2.0 ; python_version > '3'\n    # via a==9\n"
    assert PINNED.findall(lock) == [("a", "1.0"), ("b", "2.0")]
    assert find_differences({"a": "1", "b": "2"}, {"a": "1", "c": "3"}) == ["b", "c"]


def test_values_that_differ_or_are_missing_are_changes():
    assert compare_values({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 4}) == [
        ValueChange(name="b", base=2, head=4),
        ValueChange(name="c", base=3),
    ]
