"""advance: move `through` in params.yaml to the next data version that the source has, so that it is collected."""

from datetime import date

from lifecycle import paths
from lifecycle.cli.parser import Parser
from lifecycle.config import load
from lifecycle.io.records import edit_yaml
from lifecycle.io.yaml_edit import set_key
from lifecycle.options import Call, options
from lifecycle.paths import PARAMS
from lifecycle.retraining import proposals
from lifecycle.sources import interface
from lifecycle.sources.provenance import read_collected, read_provenance, read_stored_batches

USAGE = "lifecycle advance [--today DAY]"


@options
class Config:
    """The source and the last day of the present data version."""

    source: Call
    through: date


def main(arguments: list[str]) -> int:
    """Write the next version's last day into params.yaml, or say that there is none; those proposed are passed over."""
    parser = Parser(prog="lifecycle advance", usage=USAGE, description="Move params.yaml to the next data version.")
    parser.add_argument("--today", type=date.fromisoformat, default=date.today(), metavar="DAY", help="YYYY-MM-DD")
    today = parser.parse_args(arguments).today
    config, earlier = load(Config), read_collected()
    ends = interface.list_version_ends(
        config.source,
        "conf/source/",
        config.through,
        today=today,
        stored=lambda table: read_stored_batches(table, earlier),
    )
    proposed = {day: name for day, name in proposals.list_proposed().items() if day > config.through}
    last = max(proposed, default=config.through)
    later = find_next_end(last, ends if ends or is_dated() else [today])
    passed = f" ({proposed[last]} was proposed before)" if proposed else ""
    if later is None:
        print(f"the source has nothing after {last}{passed}")
        return 0
    edit_yaml(PARAMS, lambda text: set_through(text, later))
    print(f"through {config.through} → {later}{passed}; next: make repro")
    return 0


def is_dated() -> bool:
    """Whether a day decides which rows the present version holds; what is read whole is named by the day of reading."""
    return not paths.PROVENANCE.exists() or read_provenance().through is not None


def find_next_end(through: date, ends: list[date]) -> date | None:
    """The first end of a batch after the present version; None where there is none."""
    return min((end for end in ends if end > through), default=None)


def set_through(text: str, through: date) -> str:
    """params.yaml with another last day, all else as it was; raises WrongValue where it has no `through`."""
    return set_key(text, ["through"], str(through), str(PARAMS))
