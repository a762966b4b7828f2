"""YAML from strangers: neither aliases nor interpolations repeat without limit, and depth ends nothing."""

import pytest

from lifecycle.errors import TooLarge
from lifecycle.io.yaml_limits import must_be_plain, must_resolve_small

LAUGHS = "a0: &a0 [1, 2]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))


def test_a_billion_laughs_are_refused_before_they_are_read() -> None:
    with pytest.raises(TooLarge, match=r"its aliases repeat .* values and more, and may repeat 100,000"):
        must_be_plain(LAUGHS, "conf/a.yaml")


@pytest.mark.parametrize("text", ["[" * 200_000, "- " * 5_000 + "x", "{a: " * 101 + "1" + "}" * 101])
def test_depth_is_refused_before_it_ends_the_process(text: str) -> None:
    with pytest.raises(TooLarge, match="deep in one another, and may be 100"):
        must_be_plain(text, "conf/a.yaml")


def test_what_is_plain_or_no_yaml_passes() -> None:
    must_be_plain("base: &base {a: 1}\nother: {<<: *base, b: [" + "[1], " * 200 + "2]}\n", "conf/a.yaml")
    must_be_plain("a: &a [*b]: }", "conf/a.yaml")


def test_interpolations_that_double_are_refused() -> None:
    tree = {"a0": "x" * 10} | {f"a{n}": f"${{a{n - 1}}}${{a{n - 1}}}" for n in range(1, 40)}
    with pytest.raises(TooLarge, match=r"its interpolations make .* characters and more"):
        must_resolve_small(tree, "conf/a.yaml")
    must_resolve_small({"a": {"b": "x"}, "c": "${a.b}", "d": "${gone}", "e": "${e}"}, "conf/a.yaml")
