"""predict: answers to the rows of a file, and the rows that could not be answered with their reasons."""

from pathlib import Path

from lifecycle.cli.parser import Parser

ENDINGS = "CSV, Parquet or JSON lines, by its ending: .csv, .parquet, .jsonl"


def main(arguments: list[str]) -> int:
    """Answer every row that keeps the contract, and say how many did not."""
    given = parser().parse_args(arguments)
    from lifecycle.release import batch_predict
    from lifecycle.release.batch_files import choose_writer
    from lifecycle.release.release import load_release, load_release_at

    target = Path(given.output)
    choose_writer(target)
    release = load_release_at(given.rev) if given.rev else load_release()
    work = batch_predict.Batch(release, Path(given.input), target)
    answered, rejected, done = batch_predict.predict_file(work)
    if done:
        print(f"went on after {done} pieces of an earlier run")
    print(f"{answered:,} rows answered by release {release.version}: {target}")
    if rejected:
        print(f"{rejected:,} rows rejected, with reasons: {work.rejected}")
    return 0


def parser() -> Parser:
    """The command line."""
    made = Parser(
        prog="lifecycle predict",
        usage="lifecycle predict --input FILE --output FILE [--rev REV]",
        description="Answer the rows of a file with the release.",
    )
    made.add_argument("--input", required=True, metavar="FILE", help=ENDINGS)
    made.add_argument("--output", required=True, metavar="FILE", help=ENDINGS)
    made.add_argument("--rev", metavar="REV", help="the release of an earlier revision")
    return made
