"""An earlier version put into the workspace: checked by its hashes, tried by a prediction, or taken back.

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
from lifecycle.versioning.revisions import LOCK

Kind = Literal["all", "data", "model"]
PIPELINE = Path("dvc.yaml")
REMOTES = Path(".dvc/config")
DATA = "collect"
MODEL = ("train", "evaluate", "package")
PLACE = paths.RUNS / "rollback"
TRIED = (paths.FEATURES, paths.MODEL, paths.RELEASE)  # what the prediction reads
JOURNAL = PLACE / "journal.json"
ASIDE = PLACE / "aside"
NAMED = 3  # files in a message
IDENTITY = ("-c", "user.name=lifecycle", "-c", "user.email=lifecycle@localhost")


@dataclass(frozen=True)
class Plan:
    """What a rollback makes of the workspace: a tree of Git's files, and outputs of a revision beside them.

    `outs` are the outputs that go back, `stored` those of them that DVC keeps, `beside` what the prediction reads of
    today's and the workspace lacks, `lacking` the stages of today's model that the revision did not have.
    """

    kind: Kind
    revision: str
    commit: str
    tree: str
    outs: Sequence[Out]
    stored: Sequence[Out]
    beside: Sequence[Out] = ()
    lacking: list[str] = field(default_factory=list)

    @property
    def placed(self) -> list[str]:
        """Where outputs are put."""
        return [str(out["path"]) for out in (*self.stored, *self.beside)]


@dataclass(frozen=True)
class Done:
    """What a rollback did.

    Git's files that differ from HEAD now, objects brought, outputs' files checked, what the model answers, stages
    that `dvc repro` would run, and the stash commit of the work that was given up, if any.
    """

    changed: list[Path]
    brought: dvc_storage.Brought
    checked: int
    answers: str
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


def planned(kind: Kind, revision: str) -> Plan:
    """What rolling back to a revision means; raises LifecycleError where that cannot be."""
    commit = revisions.resolve_revision(revision)
    if not revisions.read_lock(commit):
        raise MissingFile(
            f"{revision} has no {LOCK}: nothing was built there",
            where=f"{revision}:{LOCK}",
            todo=f"git log --oneline -- {LOCK} lists the versions",
        )
    return {"all": whole, "data": earlier_data, "model": earlier_model}[kind](revision, commit)


def whole(revision: str, commit: str) -> Plan:
    """Every file as the revision had it; only where the storage is, is no part of a version."""
    tree = git_trees.made(commit, {REMOTES: revisions.read_blob("HEAD", REMOTES)})
    return Plan("all", revision, commit, tree, revisions.list_outputs(commit), dvc_storage.in_dvc(commit))


def earlier_data(revision: str, commit: str) -> Plan:
    """The revision's raw batches, and what asked for them, with today's code.

    The lock then says that today's collect wrote them, so that it does not collect anew.
    """
    problem = same_problem(revision, commit)
    today, then = entries("HEAD", (DATA,)), entries(commit, (DATA,))
    must_have(then, (DATA,), revision)
    must_have(today, (DATA,), "HEAD")
    day, other = params("HEAD")["through"], params(commit)["through"]
    entry = then[DATA] | {
        "cmd": today[DATA]["cmd"].replace(f"through={day}", f"through={other}"),
        "deps": today[DATA]["deps"],
    }
    source = paths.CONF / "source" / f"{problem}.yaml"
    files = {
        paths.PARAMS: with_through(other),
        source: revisions.read_blob(commit, source),
        Path(LOCK): with_entries({DATA: entry}),
        **in_git(commit, entry["outs"]),
    }
    return partial("data", revision, commit, files, entry["outs"])


def earlier_model(revision: str, commit: str) -> Plan:
    """The revision's model with its threshold and release, frozen, on today's data and code."""
    same_problem(revision, commit)
    then, today = entries(commit, MODEL), entries("HEAD", MODEL)
    must_have(then, MODEL[:1], revision)
    stages = revisions.read_record("HEAD", PIPELINE)["stages"]
    kept = [name for name in MODEL if name in then and name in stages]
    for name in kept:
        must_write_the_same(name, then[name], stages[name], revision)
    made = {name: then[name] | ({"cmd": today[name]["cmd"]} if name in today else {}) for name in kept}
    outs = [out for entry in made.values() for out in entry["outs"]]
    files = {
        PIPELINE: frozen(kept, commit),
        Path(LOCK): with_entries(made),
        **in_git(commit, outs),
    }
    lacking = [name for name in MODEL if name in stages and name not in then]
    return replace(partial("model", revision, commit, files, outs), lacking=lacking)


def partial(kind: Kind, revision: str, commit: str, files: Mapping[Path, bytes | None], outs: Sequence[Out]) -> Plan:
    """The plan that puts these files into HEAD's tree, and these outputs of the revision beside them."""
    tree = git_trees.made("HEAD", files)
    kept = {str(out["path"]) for out in dvc_storage.in_dvc(commit)}
    stored = [out for out in outs if out["path"] in kept]
    return Plan(kind, revision, commit, tree, outs, stored, lacked(stored))


def lacked(stored: Sequence[Out]) -> list[Out]:
    """The outputs of HEAD that the prediction reads, as far as they are neither here nor brought."""
    wanted = {str(path) for path in TRIED if not path.exists()} - {str(out["path"]) for out in stored}
    return [out for out in dvc_storage.in_dvc("HEAD") if out["path"] in wanted]


def same_problem(revision: str, commit: str) -> str:
    """The problem of HEAD; raises WrongValue when the revision has another."""
    today, then = params("HEAD")["problem"], params(commit)["problem"]
    if today != then:
        raise WrongValue(
            f"the problem of {revision} is {then}, today's is {today}: neither data nor model fits the other's",
            where=f"{revision}:{paths.PARAMS}, key problem",
            todo=f"lifecycle rollback {revision}, which goes back with everything",
        )
    return str(today)


def params(revision: str) -> dict[str, Any]:
    """The picks of a revision."""
    return dict(revisions.read_record(revision, paths.PARAMS))


def entries(revision: str, stages: Iterable[str]) -> dict[str, Any]:
    """What the lock of a revision says of the stages, of those that it knows."""
    known = revisions.read_lock(revision).get("stages", {})
    return {name: known[name] for name in stages if name in known}


def must_have(found: Mapping[str, Any], stages: Iterable[str], revision: str) -> None:
    """Raise MissingFile unless the lock of the revision knows the stages."""
    for name in stages:
        if name not in found:
            raise MissingFile(
                f"{LOCK} of {revision} knows no stage {name}",
                where=f"{revision}:{LOCK}",
                todo=f"git log --oneline -- {LOCK} lists the versions",
            )


def must_write_the_same(name: str, entry: Mapping[str, Any], stage: Mapping[str, Any], revision: str) -> None:
    """Raise WrongValue when a stage writes other files today than it did."""
    then = {str(out["path"]) for out in entry["outs"]}
    today = {next(iter(out)) if isinstance(out, dict) else str(out) for out in stage["outs"]}
    if then != today:
        raise WrongValue(
            f"{name} wrote other files at {revision} than today: {', '.join(sorted(then ^ today))}",
            where=f"{revision}:{LOCK}, stage {name}",
            todo=f"lifecycle rollback {revision}, which goes back with everything",
        )


def with_through(day: Any) -> bytes:
    """HEAD's params.yaml with another day under its key `through`."""
    text = revisions.read_bytes("HEAD", paths.PARAMS).decode("utf-8")
    return set_key(text, ["through"], str(day), str(paths.PARAMS)).encode()


def with_entries(made: Mapping[str, Any]) -> bytes:
    """HEAD's dvc.lock with these entries in place of its own."""
    lock = revisions.read_lock("HEAD")
    return dvc_internals.lock_text(lock | {"stages": lock["stages"] | made}).encode()


def frozen(stages: list[str], commit: str) -> bytes:
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


def in_git(commit: str, outs: Sequence[Out]) -> dict[Path, bytes | None]:
    """The outputs' files that Git keeps, as a commit has them; None for those that it has not but HEAD."""
    tops = [str(out["path"]) for out in outs]
    known = {
        path for path in git_trees.files("HEAD", *tops) | git_trees.files(commit, *tops) if path.name != ".gitignore"
    }
    return {path: revisions.read_blob(commit, path) for path in sorted(known)}


def roll(plan: Plan, discard: bool, smoke_test: str) -> Done:
    """Put the plan into the workspace, or leave it as it was and raise LifecycleError.

    `smoke_test` is the text of a program that asks the restored model one question.

    Work that no commit has is rejected, or with `discard` given up; Git's files of it stay in a stash commit.
    """
    take_back_interrupted(discard)
    brought = dvc_storage.bring(plan.commit, plan.stored) + dvc_storage.bring("HEAD", plan.beside)
    hashes = {path: name for out in plan.outs for path, name in revisions.list_files(plan.commit, out)}
    with dvc_storage.only_one() as repo:
        journal = begun(repo, plan, discard)
        try:
            git_trees.put(plan.tree)
            check_out(repo, plan)
            must_be_whole(plan, hashes)
            answers = tried(smoke_test)
            stale = sorted(repo.status())
        except BaseException as cause:
            undo(repo, journal)
            if isinstance(cause, LifecycleError) or not isinstance(cause, Exception):
                raise
            raise FileError(
                f"the rollback failed and was taken back: {' '.join(str(cause).split())[:300]}",
                where=f"{plan.revision}, {type(cause).__name__}",
                todo="mend what is named above, then try again",
            ) from cause
        finish()
    return Done(sorted(git_trees.differing("HEAD")), brought, len(hashes), answers, stale, journal.discarded)


def begun(repo: Repository, plan: Plan, discard: bool) -> Journal:
    """The journal, written, of a workspace whose present state can be had again; raises WrongValue for unsaved work."""
    edited, aside = git_trees.differing("HEAD") | git_trees.staged(), unsaved(repo, plan)
    if (edited or aside) and not discard:
        raise uncommitted(sorted(edited | aside))
    dvc_storage.keep(repo)
    stash = git_trees.git(*IDENTITY, "stash", "create") if edited else ""
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
        move(path, ASIDE / path)
    return journal


def unsaved(repo: Repository, plan: Plan) -> set[Path]:
    """Outputs of today with other bytes than the lock says, and files that nobody knows where the plan writes."""
    ours = {out.path for out in repo.outputs()}
    tree, tops = git_trees.files(plan.tree), set(map(Path, plan.placed))
    folders = {folder for path in tree | tops for folder in path.parents}
    strangers = {path for path in git_trees.untracked() if not ours & {path, *path.parents}}
    blocking = {path for path in strangers if path in folders or (tree | tops) & {path, *path.parents}}
    return blocking | dvc_storage.changed(repo)


def uncommitted(work: list[Path]) -> WrongValue:
    """The rejection to touch work that no commit has."""
    named = ", ".join(map(str, work[:NAMED])) + (f" and {len(work) - NAMED} more" if len(work) > NAMED else "")
    return WrongValue(
        f"there is work that no commit has: {named}",
        where="the workspace",
        todo="commit it (an output: dvc commit first), or add --discard to give it up",
    )


def check_out(repo: Repository, plan: Plan) -> None:
    """Put the plan's outputs into place; those of today that an earlier whole version did not have go."""
    before = {str(out.path) for out in repo.outputs() if out.is_cached}
    repo.reload()
    if plan.kind == "all":
        for top in before - {str(out.path) for out in repo.outputs()} - set(map(str, git_trees.files(plan.tree))):
            remove(Path(top))
    repo.check_out(plan.placed)


def must_be_whole(plan: Plan, hashes: Mapping[Path, str]) -> None:
    """Raise CorruptFile unless every output of the plan stands here with its MD5."""
    for path, wanted in hashes.items():
        found = hash_md5(path) if path.is_file() else "missing"
        if found != wanted:
            raise CorruptFile(
                f"{path} of {plan.revision} is {found}, and {LOCK} says {wanted}; the rollback was taken back",
                where=f"{plan.revision}:{LOCK}",
                todo=f"rebuild it: git worktree add ../earlier {plan.revision}, and there: make repro",
            )


def tried(trial: str) -> str:
    """What the model that stands here answers to a few rows; raises FileError when it answers none.

    `trial` is the program that asks it, in a Python of its own with the code that stands here.
    """
    done = run_program([sys.executable, "-"], content=trial.encode(), environment={"PYTHONPATH": "src"})
    if done.returncode:
        last = (done.stderr.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
        raise FileError(
            f"the model does not answer ({last[:300]}); the rollback was taken back",
            where=f"{paths.MODEL}, with the code and features beside it",
            todo="go back with everything, without --data or --model; or set up the environment first: make setup",
        )
    return done.stdout.decode(errors="replace").strip()


def take_back_interrupted(discard: bool) -> None:
    """Take back what a rollback that was killed had begun, unless a person committed what stood here.

    Raises WrongValue when files were edited since.
    """
    if not JOURNAL.exists():
        return
    with dvc_storage.only_one() as repo:
        if not JOURNAL.exists():
            return
        journal = Journal(**read_json(JOURNAL))
        if was_committed(journal):
            settle(journal)
            return
        edited = git_trees.differing(journal.worktree) & git_trees.differing(journal.target)
        own = sorted(path for path in edited if not is_half(path, journal))
        if own and not discard:
            raise uncommitted(own)
        undo(repo, journal)


def was_committed(journal: Journal) -> bool:
    """Whether HEAD moved after the journal was written, and has all of Git's files as they stand here."""
    moved = journal.head not in ("", revisions.resolve_revision("HEAD"))
    return moved and not git_trees.differing("HEAD") | git_trees.staged()


def settle(journal: Journal) -> None:
    """Leave the workspace as it was committed; what was put aside comes back where nothing stands now."""
    for name in journal.aside:
        if (ASIDE / name).exists() and is_free(Path(name)):
            move(ASIDE / name, Path(name))
    finish()


def is_free(path: Path) -> bool:
    """Whether nothing stands at a path, and no file or link where its folders go."""
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
        remove(Path(top))
    git_trees.put_back(journal.worktree, journal.target)
    git_trees.git("read-tree", journal.index)
    repo.reload()
    if journal.there:
        repo.check_out(journal.there)
    for name in journal.aside:
        if (ASIDE / name).exists():
            remove(Path(name))
            move(ASIDE / name, Path(name))
    finish()


def finish() -> None:
    """The rollback is over: nothing is to be taken back."""
    JOURNAL.unlink()
    shutil.rmtree(PLACE)


def remove(path: Path) -> None:
    """Remove a file or a folder with all in it, there or not."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def move(path: Path, target: Path) -> None:
    """Rename a file or folder, making the folders above its new place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    path.rename(target)
