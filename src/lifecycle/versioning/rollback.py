"""Rollback to an earlier version in the workspace: hashes checked, a prediction tried, undone if a step fails.

The order makes a kill harmless. First all bytes come into the cache, which changes nothing here. Then a journal
names the tree of files before and after, then the workspace changes. Who finds a journal takes that change back first.
"""

import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from lifecycle import paths
from lifecycle.errors import CorruptFile, FileError, LifecycleError, MissingFile, WrongValue
from lifecycle.io.hashes import hash_md5
from lifecycle.io.programs import run_program
from lifecycle.io.records import read_json, write_json
from lifecycle.io.yaml_edit import insert_key, remove_key, set_key
from lifecycle.versioning import dvc_internals, dvc_storage, git_trees, revisions
from lifecycle.versioning.dvc_internals import Repository
from lifecycle.versioning.dvc_storage import Out
from lifecycle.versioning.projects import check_alone
from lifecycle.versioning.revisions import LOCK
from lifecycle.versioning.workspace import put_first

Kind = Literal["all", "data", "model"]
PIPELINE = Path("dvc.yaml")
REMOTES = Path(".dvc/config")
DATA = "collect"
MODEL = ("train", "evaluate", "package")
PLACE = paths.RUNS / "rollback"
TRIED = (paths.FEATURES, paths.MODEL, paths.RELEASE)  # what the prediction reads
JOURNAL = PLACE / "journal.json"
ASIDE = PLACE / "aside"
TRIAL_SECONDS = 600.0  # until the model must have predicted
NAMED = 3  # files in a message
IDENTITY = ("-c", "user.name=lifecycle", "-c", "user.email=lifecycle@localhost")


@dataclass(frozen=True)
class RollbackPlan:
    """What a rollback makes of the workspace: a tree of Git's files, and outputs of a revision beside them.

    `outs` are the outputs that go back, `stored` those of them that DVC keeps, `beside` what the prediction reads of
    today's and the workspace lacks, `missing` the stages of today's model that the revision did not have.
    """

    kind: Kind
    revision: str
    commit: str
    tree: str
    outs: Sequence[Out]
    stored: Sequence[Out]
    beside: Sequence[Out] = ()
    missing: list[str] = field(default_factory=list)

    @property
    def placed(self) -> list[str]:
        """Where outputs are put."""
        return [str(out["path"]) for out in (*self.stored, *self.beside)]


@dataclass(frozen=True)
class RollbackResult:
    """What a rollback did.

    Git's files that differ from HEAD now, objects fetched, outputs' files checked, what the model predicts, stages
    that `dvc repro` would run, and the stash commit of the work that was given up, if any.
    """

    changed: list[Path]
    fetched: dvc_storage.FetchedObjects
    checked: int
    predicted: str
    stale: list[str]
    discarded: str


@dataclass(frozen=True)
class Journal:
    """What takes a rollback back: the trees of Git's files that were to be and were, the outputs that were there.

    `added` are outputs that were not, `aside` what was put aside because no commit has it, `head` HEAD's commit.
    """

    target: str
    worktree: str
    index: str
    there: list[str]
    added: list[str]
    aside: list[str]
    discarded: str
    head: str = ""


def make_plan(kind: Kind, revision: str) -> RollbackPlan:
    """What rolling back to a revision means; raises LifecycleError where that cannot be."""
    check_alone()
    commit = revisions.resolve_revision(revision)
    if not revisions.read_lock(commit):
        raise MissingFile(
            f"{revision} has no {LOCK}: nothing was built there",
            where=f"{revision}:{LOCK}",
            todo=f"git log --oneline -- {LOCK} lists the versions",
        )
    return {"all": plan_all, "data": plan_data, "model": plan_model}[kind](revision, commit)


def plan_all(revision: str, commit: str) -> RollbackPlan:
    """Every file as the revision had it; where the storage is, and what was erased since, are no part of a version."""
    kept = [REMOTES, *git_trees.list_tree_files("HEAD", f"{paths.ERASED.as_posix()}/")]
    tree = git_trees.make_tree(
        git_trees.take_folder(commit), {path: revisions.read_blob("HEAD", path) for path in kept}
    )
    return RollbackPlan(
        "all", revision, commit, tree, revisions.list_outputs(commit), dvc_storage.list_dvc_outputs(commit)
    )


def plan_data(revision: str, commit: str) -> RollbackPlan:
    """The revision's raw batches, and what asked for them, with today's code.

    The lock then says that today's collect wrote them, so that it does not collect anew.
    """
    problem = check_problem(revision, commit)
    today, then = read_entries("HEAD", (DATA,)), read_entries(commit, (DATA,))
    check_stages(then, (DATA,), revision)
    check_stages(today, (DATA,), "HEAD")
    day, other = read_params("HEAD")["through"], read_params(commit)["through"]
    entry = then[DATA] | {
        "cmd": today[DATA]["cmd"].replace(f"through={day}", f"through={other}"),
        "deps": today[DATA]["deps"],
    }
    source = paths.CONF / "source" / f"{problem}.yaml"
    files = {
        paths.PARAMS: set_through(other),
        source: revisions.read_blob(commit, source),
        Path(LOCK): set_entries({DATA: entry}),
        **list_git_files(commit, entry["outs"]),
    }
    return plan_partial("data", revision, commit, files, entry["outs"])


def plan_model(revision: str, commit: str) -> RollbackPlan:
    """The revision's model with its threshold and release, frozen, on today's data and code."""
    check_problem(revision, commit)
    then, today = read_entries(commit, MODEL), read_entries("HEAD", MODEL)
    check_stages(then, MODEL[:1], revision)
    stages = revisions.read_record("HEAD", PIPELINE)["stages"]
    kept = [name for name in MODEL if name in then and name in stages]
    for name in kept:
        check_outputs(name, then[name], stages[name], revision)
    made = {name: then[name] | ({"cmd": today[name]["cmd"]} if name in today else {}) for name in kept}
    outs = [out for entry in made.values() for out in entry["outs"]]
    files = {
        PIPELINE: freeze_stages(kept, commit),
        Path(LOCK): set_entries(made),
        **list_git_files(commit, outs),
    }
    missing = [name for name in MODEL if name in stages and name not in then]
    return replace(plan_partial("model", revision, commit, files, outs), missing=missing)


def plan_partial(
    kind: Kind, revision: str, commit: str, files: Mapping[Path, bytes | None], outs: Sequence[Out]
) -> RollbackPlan:
    """The plan that puts these files into HEAD's tree, and these outputs of the revision beside them."""
    tree = git_trees.make_tree("HEAD", files)
    kept = {str(out["path"]) for out in dvc_storage.list_dvc_outputs(commit)}
    stored = [out for out in outs if out["path"] in kept]
    return RollbackPlan(kind, revision, commit, tree, outs, stored, find_missing_outputs(stored))


def find_missing_outputs(stored: Sequence[Out]) -> list[Out]:
    """The outputs of HEAD that the prediction reads, as far as they are neither here nor fetched."""
    wanted = {str(path) for path in TRIED if not path.exists()} - {str(out["path"]) for out in stored}
    return [out for out in dvc_storage.list_dvc_outputs("HEAD") if out["path"] in wanted]


def check_problem(revision: str, commit: str) -> str:
    """The problem of HEAD; raises WrongValue when the revision has another."""
    today, then = read_params("HEAD")["problem"], read_params(commit)["problem"]
    if today != then:
        raise WrongValue(
            f"the problem of {revision} is {then}, today's is {today}: neither data nor model fits the other's",
            where=f"{revision}:{paths.PARAMS}, key problem",
            todo=f"lifecycle rollback {revision}, which goes back with everything",
        )
    return str(today)


def read_params(revision: str) -> dict[str, Any]:
    """The picks of a revision."""
    return dict(revisions.read_record(revision, paths.PARAMS))


def read_entries(revision: str, stages: Iterable[str]) -> dict[str, Any]:
    """What the lock of a revision says of the stages, of those that it knows."""
    known = revisions.read_lock(revision).get("stages", {})
    return {name: known[name] for name in stages if name in known}


def check_stages(found: Mapping[str, Any], stages: Iterable[str], revision: str) -> None:
    """Raise MissingFile unless the lock of the revision knows the stages."""
    for name in stages:
        if name not in found:
            raise MissingFile(
                f"{LOCK} of {revision} knows no stage {name}",
                where=f"{revision}:{LOCK}",
                todo=f"git log --oneline -- {LOCK} lists the versions",
            )


def check_outputs(name: str, entry: Mapping[str, Any], stage: Mapping[str, Any], revision: str) -> None:
    """Raise WrongValue when a stage writes other files today than it did."""
    then = {str(out["path"]) for out in entry["outs"]}
    today = {next(iter(out)) if isinstance(out, dict) else str(out) for out in stage["outs"]}
    if then != today:
        raise WrongValue(
            f"{name} wrote other files at {revision} than today: {', '.join(sorted(then ^ today))}",
            where=f"{revision}:{LOCK}, stage {name}",
            todo=f"lifecycle rollback {revision}, which goes back with everything",
        )


def set_through(day: Any) -> bytes:
    """HEAD's params.yaml with another day under its key `through`."""
    text = revisions.read_bytes("HEAD", paths.PARAMS).decode("utf-8")
    return set_key(text, ["through"], str(day), str(paths.PARAMS)).encode()


def set_entries(made: Mapping[str, Any]) -> bytes:
    """HEAD's dvc.lock with these entries in place of its own."""
    lock = revisions.read_lock("HEAD")
    return dvc_internals.lock_text(lock | {"stages": lock["stages"] | made}).encode()


def freeze_stages(stages: list[str], commit: str) -> bytes:
    """HEAD's dvc.yaml with these stages frozen, so that `dvc repro` keeps what they wrote."""
    text = revisions.read_bytes("HEAD", PIPELINE).decode("utf-8")
    file = str(PIPELINE)
    for name, stage in revisions.read_record("HEAD", PIPELINE)["stages"].items():
        if "frozen" in stage:
            text = remove_key(text, ["stages", name, "frozen"], file)
    for name in stages:
        why = f"as at {commit[:12]}; without this line it runs again"
        text = insert_key(text, ["stages", name, "frozen"], True, file, comment=why)
    return text.encode()


def list_git_files(commit: str, outs: Sequence[Out]) -> dict[Path, bytes | None]:
    """The outputs' files that Git keeps, as a commit has them; None for those that it has not but HEAD."""
    tops = [str(out["path"]) for out in outs]
    known = {
        path
        for path in git_trees.list_tree_files("HEAD", *tops) | git_trees.list_tree_files(commit, *tops)
        if path.name != ".gitignore"
    }
    return {path: revisions.read_blob(commit, path) for path in sorted(known)}


def roll_back(plan: RollbackPlan, discard: bool, smoke_test: str) -> RollbackResult:
    """Put the plan into the workspace, or leave it as it was and raise LifecycleError.

    `smoke_test` is the text of a program that asks the restored model one question.

    Work that no commit has is rejected, or with `discard` given up; Git's files of it stay in a stash commit.
    """
    undo_interrupted(discard)
    fetched = dvc_storage.fetch_objects(plan.commit, plan.stored) + dvc_storage.fetch_objects("HEAD", plan.beside)
    hashes = {path: name for out in plan.outs for path, name in revisions.list_files(plan.commit, out)}
    with dvc_storage.lock_repository() as repo:
        journal = begin(repo, plan, discard)
        try:
            git_trees.check_out_tree(plan.tree)
            check_out(repo, plan)
            check_hashes(plan, hashes)
            predicted = run_smoke_test(smoke_test)
            stale = sorted(repo.status())
        except BaseException as cause:
            undo(repo, journal)
            if isinstance(cause, LifecycleError) or not isinstance(cause, Exception):
                raise
            raise FileError(
                f"the rollback failed and was undone: {' '.join(str(cause).split())[:300]}",
                where=f"{plan.revision}, {type(cause).__name__}",
                todo="fix what is named above, then try again",
            ) from cause
        finish()
    return RollbackResult(
        sorted(git_trees.find_differing("HEAD")), fetched, len(hashes), predicted, stale, journal.discarded
    )


def begin(repo: Repository, plan: RollbackPlan, discard: bool) -> Journal:
    """The journal, written, of a workspace whose present state can be had again; raises WrongValue for unsaved work."""
    edited, aside = git_trees.find_differing("HEAD") | git_trees.find_staged(), find_unsaved(repo, plan)
    if (edited or aside) and not discard:
        raise reject_unsaved(sorted(edited | aside))
    dvc_storage.save_outputs(repo)
    stash = git_trees.save_work(*IDENTITY) if edited else ""
    there = {str(out.path) for out in repo.outputs() if out.is_cached and out.is_locked and out.exists}
    moved = {path.as_posix() for path in aside}
    journal = Journal(
        target=plan.tree,
        worktree=git_trees.git("rev-parse", f"{stash or 'HEAD'}^{{tree}}"),
        index=git_trees.git("write-tree"),
        there=sorted(there - moved),
        added=sorted(set(plan.placed) - there - moved),
        aside=sorted(moved),
        discarded=stash,
        head=revisions.resolve_revision("HEAD"),
    )
    write_json(JOURNAL, asdict(journal))
    for path in aside:
        move_path(path, ASIDE / path)
    return journal


def find_unsaved(repo: Repository, plan: RollbackPlan) -> set[Path]:
    """Outputs of today with other bytes than the lock says, and files that nobody knows where the plan writes."""
    ours = {out.path for out in repo.outputs()}
    tree, tops = git_trees.list_tree_files(plan.tree), set(map(Path, plan.placed))
    folders = {folder for path in tree | tops for folder in path.parents}
    strangers = {path for path in git_trees.find_untracked() if not ours & {path, *path.parents}}
    blocking = {path for path in strangers if path in folders or (tree | tops) & {path, *path.parents}}
    return blocking | dvc_storage.find_changed_outputs(repo)


def reject_unsaved(work: list[Path]) -> WrongValue:
    """The rejection to touch work that no commit has."""
    named = ", ".join(map(str, work[:NAMED])) + (f" and {len(work) - NAMED} more" if len(work) > NAMED else "")
    return WrongValue(
        f"there is work that no commit has: {named}",
        where="the workspace",
        todo="commit it (an output: dvc commit first), or add --discard to give it up",
    )


def check_out(repo: Repository, plan: RollbackPlan) -> None:
    """Put the plan's outputs into place; those of today that an earlier whole version did not have go."""
    before = {str(out.path) for out in repo.outputs() if out.is_cached}
    repo.reload()
    if plan.kind == "all":
        for top in (
            before - {str(out.path) for out in repo.outputs()} - set(map(str, git_trees.list_tree_files(plan.tree)))
        ):
            remove_path(Path(top))
    repo.check_out(plan.placed)


def check_hashes(plan: RollbackPlan, hashes: Mapping[Path, str]) -> None:
    """Raise CorruptFile unless every output of the plan is here with its MD5."""
    for path, wanted in hashes.items():
        found = hash_md5(path) if path.is_file() else "missing"
        if found != wanted:
            raise CorruptFile(
                f"{path} of {plan.revision} is {found}, and {LOCK} says {wanted}; the rollback was undone",
                where=f"{plan.revision}:{LOCK}",
                todo=f"rebuild it: git worktree add ../earlier {plan.revision}, and there: make repro",
            )


def run_smoke_test(trial: str) -> str:
    """What the model in the workspace predicts for a few rows; raises FileError when it predicts none in time.

    `trial` is the program that loads it, in a Python of its own with the code of the workspace.
    """
    done = run_program(
        [sys.executable, "-"],
        content=trial.encode(),
        environment={"PYTHONPATH": put_first(paths.SOURCE)},
        seconds=TRIAL_SECONDS,
    )
    if done.returncode:
        last = (done.stderr.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        raise FileError(
            f"the model does not predict ({last[:300]}); the rollback was undone",
            where=f"{paths.MODEL}, with the code and features beside it",
            todo="go back with everything, without --data or --model; or set up the environment first: make setup",
        )
    return done.stdout.decode(errors="replace").strip()


def undo_interrupted(discard: bool) -> None:
    """Undo an interrupted rollback, unless its files were committed since.

    Raises WrongValue when files were edited since.
    """
    if not JOURNAL.exists():
        return
    with dvc_storage.lock_repository() as repo:
        if not JOURNAL.exists():
            return
        journal = Journal(**read_json(JOURNAL))
        if was_committed(journal):
            settle(journal)
            return
        edited = git_trees.find_differing(journal.worktree) & git_trees.find_differing(journal.target)
        own = sorted(path for path in edited if not is_half(path, journal))
        if own and not discard:
            raise reject_unsaved(own)
        undo(repo, journal)


def was_committed(journal: Journal) -> bool:
    """Whether HEAD moved after the journal was written, and has all of Git's files as they stand here."""
    moved = journal.head not in ("", revisions.resolve_revision("HEAD"))
    return moved and not git_trees.find_differing("HEAD") | git_trees.find_staged()


def settle(journal: Journal) -> None:
    """Leave the workspace as it was committed; set-aside files return where no file is now."""
    for name in journal.aside:
        if (ASIDE / name).exists() and is_free(Path(name)):
            move_path(ASIDE / name, Path(name))
    finish()


def is_free(path: Path) -> bool:
    """Whether a path does not exist, and no file or link is in place of its folders."""
    return not os.path.lexists(path) and not any(above.is_file() or above.is_symlink() for above in path.parents)


def is_half(path: Path, journal: Journal) -> bool:
    """Whether a file is missing or the beginning of what it was or was to become."""
    if not path.is_file():
        return True
    found = path.read_bytes()
    return any(
        (revisions.read_blob(tree, path) or b"").startswith(found) for tree in (journal.worktree, journal.target)
    )


def undo(repo: Repository, journal: Journal) -> None:
    """Make the workspace what it was when the journal was written, however far the rollback came."""
    for top in journal.added:
        remove_path(Path(top))
    git_trees.restore_tree(journal.worktree, journal.target)
    git_trees.stage_tree(journal.index)
    repo.reload()
    if journal.there:
        repo.check_out(journal.there)
    for name in journal.aside:
        if (ASIDE / name).exists():
            remove_path(Path(name))
            move_path(ASIDE / name, Path(name))
    finish()


def finish() -> None:
    """The rollback is over: nothing is to be undone."""
    JOURNAL.unlink()
    shutil.rmtree(PLACE)


def remove_path(path: Path) -> None:
    """Remove a file or a folder with all in it, there or not."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def move_path(path: Path, target: Path) -> None:
    """Rename a file or folder, making the folders above its new place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    path.rename(target)
