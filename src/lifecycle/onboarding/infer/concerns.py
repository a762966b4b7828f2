"""What to look at first: the decisions that harm most where they are wrong, the riskiest on top."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lifecycle.data.splits import PARTS, describe_largest_group, explain_part
from lifecycle.onboarding.infer import target as targets
from lifecycle.onboarding.infer.booleans import means_no
from lifecycle.onboarding.infer.column_types import describe_columns
from lifecycle.onboarding.infer.decide import ProblemInference
from lifecycle.onboarding.infer.missing_codes import SURE
from lifecycle.onboarding.infer.time_order import is_clock, part_rows
from lifecycle.onboarding.note import Note
from lifecycle.reporting.text import format_count, list_names, quote_option, shorten_text

MOST = 7
AT_RANDOM = ("stratified", "random")
UNREAD, SPLIT, KEPT_TOGETHER, TARGET, LEAK, TEXT, CODE, ZONE, ID = range(1, 10)  # from the riskiest on


@dataclass(frozen=True)
class Concern:
    """A decision that may be wrong: its rank from 1, the riskiest; what it is and why; how to change it."""

    rank: int
    what: str
    why: str
    todo: str

    def render(self) -> str:
        """One line."""
        return f"{shorten_text(self.what, 160)}: {shorten_text(self.why, 160)}; {shorten_text(self.todo, 160)}"


def list_concerns(problem: ProblemInference) -> list[Concern]:
    """Every decision that may be wrong, the riskiest first; those of one rank in the order of the columns."""
    every = [
        *find_unread_times(problem),
        *find_split_doubts(problem),
        *find_inferred_splits(problem),
        *find_target_doubts(problem),
        *find_leaks(problem),
        *find_nearly_read(problem),
        *find_lone_no(problem),
        *find_codes(problem),
        *find_zone(problem),
        *find_computed_id(problem),
    ]
    return sorted(every, key=lambda concern: concern.rank)


def find_unread_times(problem: ProblemInference) -> Iterator[Concern]:
    """Columns that look like dates or times of day and are not read as such."""
    for name, hint in problem.structure.hints.items():
        role = next(column.role for column in problem.columns if column.name == name)
        if hint.kind == "date":
            yield Concern(UNREAD, f"{shorten_text(name)} is not read as times, role {role}", hint.what, hint.todo)
        elif hint.kind == "clock":
            yield Concern(TEXT, f"{shorten_text(name)} is text, role {role}", hint.what, hint.todo)


def find_split_doubts(problem: ProblemInference) -> Iterator[Concern]:
    """A split at random beside times or a year, and rows that may belong together but are parted."""
    structure = problem.structure
    if problem.split in AT_RANDOM:
        for name in structure.times:
            why = "later rows may be in train, and none or several columns tell the order of the rows"
            what = f"split at random although {shorten_text(name)} is a time"
            yield Concern(SPLIT, what, why, f"{quote_option('--time', name)} to test on the last rows")
        for name in structure.years:
            todo = f"{structure.hints[name].todo} {quote_option('--time', name)} to test on the last years"
            yield Concern(
                SPLIT, f"split at random although {shorten_text(name)} is a year", "it may order the rows", todo
            )
    if problem.split not in ("grouped", "given") and not problem.find_column("group"):
        for group in structure.groups[:2]:
            why = group.explain(problem.request.target or "")
            what = f"rows of one {shorten_text(group.name)} are in several parts"
            rank = SPLIT if group.is_likely else TEXT
            yield Concern(rank, what, why, f"{quote_option('--group', group.name)} to keep them in one")
    yield from find_odd_parts(problem)


def find_odd_parts(problem: ProblemInference) -> Iterator[Concern]:
    """Parts by time from which nothing can be learned, and a group with more than half of the rows."""
    time, group = problem.find_column("time"), problem.find_column("group")
    if problem.split == "ordered" and time and problem.target and problem.target.task != "regression":
        parts = part_rows(problem.inferred[time].values)
        labels = problem.target.labels.rename(problem.target.name)
        for reason in (explain_part(part, parts.dropna(), labels[parts.notna()]) for part in PARTS):
            if reason:
                yield Concern(SPLIT, reason, f"rows are parted by {shorten_text(time)}", "--split stratified")
    if problem.split == "grouped" and group:
        largest = describe_largest_group(problem.inferred[group].texts.rows.rename(group))
        if largest:
            yield Concern(
                SPLIT, largest, "no part can have its share", "--split stratified, whose test is of known ones"
            )


def find_inferred_splits(problem: ProblemInference) -> Iterator[Concern]:
    """A split by a group or by a time that was inferred from the values, and the rows that lack it."""
    structure = problem.structure
    if structure.group:
        what = f"{shorten_text(structure.group.name)} is the group of the rows, split {problem.split}"
        other = "ordered" if problem.split == "grouped" and problem.find_column("time") else "grouped"
        todo = f"--split {other}" if problem.split != other else "--split random if later rows are of the same ones"
        yield Concern(KEPT_TOGETHER, what, structure.group.explain(problem.request.target or ""), todo)
    if structure.time and problem.split == "ordered" and not structure.time.sorted:
        what = f"the last rows by {shorten_text(structure.time.name)} are the test"
        yield Concern(KEPT_TOGETHER, what, structure.time.why, "--split random if it does not order the rows")
    for column in problem.columns:
        missing = problem.inferred[column.name].missing if column.reject and column.raw else 0
        if missing:
            what = f"{format_count(missing, 'row')} without {shorten_text(column.name)} will be rejected"
            todo = "fill them in the source, or --split random" if column.role != "id" else "fill them in the source"
            yield Concern(KEPT_TOGETHER, what, f"it is the {column.role} of the rows", todo)


def find_target_doubts(problem: ProblemInference) -> Iterator[Concern]:
    """Oddities of the target: labels that are missing, spellings that were joined, classes of few rows."""
    if problem.target is None:
        return
    rate = targets.describe_imbalance(problem.target)
    for note in (one for one in targets.describe_target(problem.target) if not rate or one != Note(*rate)):
        todo = f"correct it in the source, or under {shorten_text(problem.target.name)}: in conf/schema/"
        yield Concern(TARGET, f"the target: {note.what}", note.why, todo)


def find_leaks(problem: ProblemInference) -> Iterator[Concern]:
    """The columns that are kept from the model because they give the target away."""
    forbidden = [column for column in problem.columns if column.role == "forbidden"]
    if forbidden:
        what = f"{list_names(column.name for column in forbidden)} kept from the model"
        todo = "role: feature in conf/schema/ only if known at the prediction time"
        yield Concern(LEAK, what, forbidden[0].role_why, todo)


def find_nearly_read(problem: ProblemInference) -> Iterator[Concern]:
    """Text that nearly is numbers, spellings that were joined or were not, infinite numbers."""
    named = problem.columns_with_role("target", "id", "group", "part", "time")
    columns = [one for name, one in problem.inferred.items() if name not in named]
    for note in describe_columns(columns):
        yield Concern(TEXT, note.what, "as its values are written", note.why)


def find_lone_no(problem: ProblemInference) -> Iterator[Concern]:
    """Columns with nothing but a no beside gaps, of which nothing says whether they mean yes."""
    for name, column in problem.inferred.items():
        if column.distinct == 1 and column.missing and means_no(column.texts.values[0]):
            what = f"{shorten_text(name)} is {shorten_text(column.texts.values[0])} or a gap"
            why = f"{format_count(column.missing, 'gap')} may mean yes or missing; read as missing, so it is constant"
            yield Concern(TEXT, what, why, "write yes into the gaps in the source if they mean it")


def find_codes(problem: ProblemInference) -> Iterator[Concern]:
    """Numbers and times that are read as missing."""
    for name, column in problem.inferred.items():
        codes = [code for code in column.codes if code and code.lower() not in SURE]
        if codes:
            what = f"{list_names(codes, 3)} in {shorten_text(name)} means a missing value"
            todo = "take it out of na_values: in conf/schema/ if it is a value"
            yield Concern(CODE, what, f"{format_count(column.missing, 'row')} missing in all", todo)


def find_zone(problem: ProblemInference) -> Iterator[Concern]:
    """Times of a clock whose zone nothing tells."""
    clocks = [name for name, column in problem.inferred.items() if is_clock(column)]
    if clocks and problem.request.zone is None:
        what = f"{list_names(clocks)} read as UTC"
        yield Concern(ZONE, what, "the clock times have no zone", "--zone Europe/Berlin, or what the clock shows")


def find_computed_id(problem: ProblemInference) -> Iterator[Concern]:
    """The id that is computed because no column names a row."""
    for column in problem.columns:
        if column.role == "id" and not column.raw:
            what = f"rows get a computed id, {column.name}"
            yield Concern(ID, what, "no column has a key in every row", "--id COLUMN if one names the row")


def render_concerns(concerns: Iterable[Concern]) -> list[str]:
    """The numbered lines of the riskiest decisions; one line where there are none."""
    listed = list(concerns)[:MOST]
    if not listed:
        return ["look at these first: nothing doubtful"]
    return ["look at these first", *(f"  {number}. {one.render()}" for number, one in enumerate(listed, 1))]


def note_others(concerns: Iterable[Concern]) -> list[Note]:
    """The decisions behind the riskiest ones, as notes."""
    return [Note(one.what, f"{one.why}; {one.todo}") for one in list(concerns)[MOST:]]
