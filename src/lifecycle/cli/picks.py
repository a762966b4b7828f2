"""picks: which option of conf/ each word picks, and that there is one."""

import sys

from lifecycle.cli.parser import reject_arguments
from lifecycle.config import must_be_option, read_parameters, read_problem_options
from lifecycle.errors import UnknownName
from lifecycle.io.processor import describe_other_digits
from lifecycle.paths import CONF
from lifecycle.versioning.matrix import must_be_lists
from lifecycle.versioning.plain_words import must_be_plain_words

# The groups whose option is named like the problem.
LIKE_PROBLEM = ("source", "schema", "clean", "features")


def main(arguments: list[str]) -> int:
    """Print the picks, and first whether last digits may differ here from those of dvc.lock.

    Raises UnknownName for the first pick that does not exist, with the nearest name, and WrongValue for one word where
    dvc.yaml takes a list and for what the shell would take as more than a word.
    """
    reject_arguments("lifecycle picks", "Which option of conf/ each word of params.yaml picks.", arguments)
    must_be_lists()
    must_be_plain_words()
    found = list_picks()
    for group, option in found:
        must_be_option(group, option)
    other_digits = describe_other_digits()
    if other_digits:
        print(other_digits, file=sys.stderr)
    print("picks: " + ", ".join(f"{group} {option}" for group, option in found if group not in LIKE_PROBLEM))
    return 0


def list_picks() -> list[tuple[str, str]]:
    """Group and option of every pick in params.yaml, and of those that the problem makes, in their order."""
    params = read_parameters()
    if "problem" not in params:
        raise UnknownName("no problem is picked", where="params.yaml, key problem", todo="add problem: flight_delay")
    problem = str(params["problem"])
    named = [(group, str(option)) for group, option in params.items() if (CONF / group).is_dir()]
    by_problem = list(read_problem_options(problem).items())
    candidates = [("model", str(name)) for name in params.get("candidates", [])]
    return [*named, *[(group, problem) for group in LIKE_PROBLEM], *by_problem, *candidates]
