"""Whether the outputs of the stages stand here with the bytes that dvc.lock says."""

from dataclasses import dataclass, field
from pathlib import Path

from lifecycle.errors import CorruptFile
from lifecycle.versioning import dvc_internals
from lifecycle.versioning.dvc_internals import Repository

NAMED = 5  # absent files in a message


@dataclass(frozen=True)
class WrongOutputs:
    """The outputs that are absent, and those that are here with another hash than dvc.lock has."""

    absent: list[Path] = field(default_factory=list)
    differing: list[Path] = field(default_factory=list)

    def describe(self) -> list[str]:
        """A sentence on those that are absent, and one for each that differs."""
        return [*describe_absent(self.absent), *(f"{path} has another hash than dvc.lock" for path in self.differing)]


def describe_absent(absent: list[Path]) -> list[str]:
    """A sentence that names the absent outputs; none where there is none."""
    if not absent:
        return []
    named = ", ".join(map(str, absent[:NAMED]))
    more = f" and {len(absent) - NAMED} more" if len(absent) > NAMED else ""
    return [f"{named}{more} {'is' if len(absent) == 1 else 'are'} not here (make pull, or make repro)"]


def find_wrong_outputs() -> WrongOutputs:
    """The wrong outputs of all stages, kept by DVC or by Git; raises CorruptFile where DVC cannot read."""
    try:
        with dvc_internals.open_repository() as repo:
            return compare_outputs(repo)
    except dvc_internals.dvc_error() as cause:
        raise CorruptFile(
            f"DVC cannot read this repository ({' '.join(str(cause).split())})", where="dvc.lock", todo="dvc status"
        ) from cause


def compare_outputs(repo: Repository) -> WrongOutputs:
    """The outputs of an open repository that are not as dvc.lock says, by their path."""
    outs = sorted(repo.outputs(), key=lambda out: out.path.as_posix())
    return WrongOutputs(
        absent=[out.path for out in outs if not out.exists],
        differing=[out.path for out in outs if out.exists and out.differs()],
    )
