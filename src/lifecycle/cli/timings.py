"""timings: time and memory of the last run of every stage, from runs/."""

from typing import Any

from lifecycle import paths
from lifecycle.cli.parser import reject_arguments
from lifecycle.errors import MissingFile
from lifecycle.io.records import read_json


def main(arguments: list[str]) -> int:
    """Print a line per stage, the last run last, and the estimate of the scope stage, also of shorter runs."""
    reject_arguments("lifecycle timings", "Time and memory of the last runs of every stage.", arguments)
    records = sorted(read_timings(), key=lambda record: str(record["started"]))
    for record in records:
        print(
            f"{record['started']}  {record['stage']:16} {record['seconds']:8.1f} s  "
            f"{record['process_seconds']:8.1f} s of CPU time  {record['peak_mebibytes']:6,} MiB"
        )
    total, peak = sum(record["seconds"] for record in records), max(record["peak_mebibytes"] for record in records)
    print(f"{'all stages':39} {total:8.1f} s, at most {peak:,} MiB")
    estimate = paths.RUNS / "estimate.json"
    if estimate.exists():
        cost = read_json(estimate)
        print(f"{'estimated by scope':39} {60 * cost['minutes']:8.1f} s, {1024 * cost['memory_gib']:,.0f} MiB")
        for plan in cost.get("plans", []):
            print(f"  {plan}")
    return 0


def read_timings() -> list[dict[str, Any]]:
    """The records of the stages that ran here; raises MissingFile when none did."""
    records = [read_json(path) for path in sorted(paths.RUNS.glob("*.json"))]
    stages = [record for record in records if "stage" in record]
    if not stages:
        raise MissingFile("no stage has run here yet", where=str(paths.RUNS), todo="make repro")
    return stages
