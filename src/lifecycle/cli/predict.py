"""predict: predictions for the rows of a file; rejected rows go to a file with the reason."""

from pathlib import Path

from lifecycle.cli.parser import Parser
from lifecycle.cli.read_options import HELP, parse_read_options

INPUT = "rows as they were exported, or with the model's features: .csv, .tsv, .xlsx, .json, .jsonl, .parquet"
OUTPUT = "CSV, Parquet or JSON lines, by its ending: .csv, .parquet, .jsonl"


def main(arguments: list[str]) -> int:
    """Score every row that keeps the contract, and print how many were scored and rejected; 2 where all were."""
    given = parser().parse_args(arguments)
    from lifecycle.release import batch_predict
    from lifecycle.release.batch_files import choose_writer
    from lifecycle.release.release import load_release, load_release_at

    target = Path(given.output)
    choose_writer(target)
    release = load_release_at(given.rev) if given.rev else load_release()
    work = batch_predict.PredictionJob(release, Path(given.input), target, parse_read_options(given.read))
    scored, rejected, done = batch_predict.predict_file(work)
    if done:
        print(f"resumed after {done} chunks of an earlier run")
    print(f"{scored:,} rows scored by release {release.version}: {target}")
    if rejected:
        print(f"{rejected:,} rows rejected, with the reason: {work.rejected}")
    return 2 if rejected and not scored else 0


def parser() -> Parser:
    """The command line."""
    made = Parser(
        prog="lifecycle predict",
        usage="lifecycle predict --input FILE --output FILE [--read KEY=VALUE] [--rev REV]",
        description="Score the rows of a file with the release.",
    )
    made.add_argument("--input", required=True, metavar="FILE", help=INPUT)
    made.add_argument("--output", required=True, metavar="FILE", help=OUTPUT)
    made.add_argument("--read", action="append", default=[], metavar="KEY=VALUE", help=HELP)
    made.add_argument("--rev", metavar="REV", help="the release of an earlier revision")
    return made
