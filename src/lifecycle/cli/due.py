"""due: whether a policy of conf/policy/ asks for a new model now, and why → runs/due.md where it does."""

from datetime import date
from pathlib import Path

from lifecycle import config, paths
from lifecycle.cli.parser import Parser
from lifecycle.data.schema import Schema
from lifecycle.errors import MissingFile
from lifecycle.feedback.deliveries import READS, find_source, list_deliveries, read_labels
from lifecycle.io.atomic import write_text
from lifecycle.io.records import read_json
from lifecycle.io.tables import read_table
from lifecycle.monitoring.alerts import Alert
from lifecycle.options import options
from lifecycle.reporting.markdown import escape_words
from lifecycle.retraining.policy import Policy
from lifecycle.versioning import registry, revisions

USAGE = "lifecycle due [--policy NAME] [--report FOLDER] [--today DAY]"
NOTE = paths.RUNS / "due.md"


@options
class Config:
    """When a new model is asked for, and the schema, which names the rows' id."""

    policy: Policy
    schema: Schema


def main(arguments: list[str]) -> int:
    """Say whether a new model is due, and write the note of it; without a reason there is no note."""
    parser = Parser(prog="lifecycle due", usage=USAGE, description="Whether a new model is to be tried now.")
    parser.add_argument("--policy", default="monthly", metavar="NAME", help="of conf/policy/; default: monthly")
    parser.add_argument("--report", type=Path, default=paths.MONITORING, metavar="FOLDER", help="what a monitor wrote")
    parser.add_argument("--today", type=date.fromisoformat, default=date.today(), metavar="DAY", help="YYYY-MM-DD")
    given = parser.parse_args(arguments)
    asked = config.load(Config, [f"policy={given.policy}"])
    NOTE.unlink(missing_ok=True)
    released = find_last_release()
    new_labels = count_new_labels(released, asked.schema.id) if asked.policy.when == "labels" else 0
    why = asked.policy.ask(read_alerts(given.report), count_months(released, given.today), new_labels)
    print(f"due by {given.policy}: {why}" if why else f"not due by {given.policy}")
    if why:
        write_text(NOTE, f"A new model is due by the policy {escape_words(f'{given.policy}: {why}')}.\n")
    return 0


def find_last_release() -> str:
    """The revision of the last release; where nothing was released, HEAD."""
    known = registry.list_releases()
    return registry.name_tag(known[-1]) if known else "HEAD"


def read_alerts(report: Path) -> list[Alert]:
    """The alerts that are on in the newest period of a monitor's report; raises MissingFile without one."""
    path = report / "monitor.json"
    if not path.exists():
        raise MissingFile(f"no monitor has written {path}", where=str(path), todo="dvc repro, or lifecycle monitor")
    found = read_json(path)
    return [Alert(**one) for one in found["alerts"] if one["period"] == found["newest"]]


def count_months(revision: str, today: date) -> int:
    """How many months have ended since the last day of a revision's data."""
    last = date.fromisoformat(str(revisions.read_record(revision, paths.PARAMS)["through"]))
    return (today.year - last.year) * 12 + today.month - last.month


def count_new_labels(revision: str, id: str) -> int:
    """How many rows have got a label since a revision: one that was delivered, or one that came with the table."""
    return len(find_delivered(revision) | find_labelled(revision, id))


def find_delivered(revision: str) -> set[str]:
    """The ids of the labels in deliveries that today's source lists and the revision's did not."""
    entry = find_source()
    found = revisions.read_tracked(revision, entry)
    then = revisions.read_record(revision, entry) if found else {}
    known = then.get("batches", []) if then.get("_target_") == READS else []
    return set(read_labels([name for name in list_deliveries(entry) if name not in known])["id"])


def find_labelled(revision: str, id: str) -> set[str]:
    """The ids of the rows that today's table has, each with its label, and the revision's had not; none without one.

    Raises MissingFile where the revision's table is nowhere.
    """
    if not paths.TABLE.exists():
        return set()
    before, now = (
        read_table(path, [id])[id].astype("str") for path in (revisions.locate(revision, paths.TABLE), paths.TABLE)
    )
    return set(now) - set(before)
