"""Git's trees of files: made from a revision without touching anything, and put into the workspace in one step.

Paths are those from the working folder, which is the top of the Git repository or a folder of it. Nothing outside of
the working folder is looked at or changed.
"""

import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from lifecycle.errors import FileError
from lifecycle.io.programs import run_program
from lifecycle.versioning import revisions

PATIENCE = 10.0  # seconds that another Git process may take
PLAIN = "100644"


def git(*arguments: str, index: Path | None = None, content: bytes | None = None) -> str:
    """What a Git command prints; raises FileError with Git's own words when it fails.

    `index` is an index file to use in place of the repository's, `content` what the command reads. The command goes
    on when this process is killed, so that it leaves no lock.
    """
    environment = {"GIT_INDEX_FILE": str(index.resolve())} if index else {}
    done = run_program(["git", *arguments], content=content, environment=environment, detached=True)
    if done.returncode:
        message = " ".join(done.stderr.decode(errors="replace").split())
        raise FileError(f"git {arguments[0]} failed: {message[:300]}", where="Git", todo="git status, then try again")
    return done.stdout.decode(errors="surrogateescape").strip()


def make_tree(base: str, files: Mapping[Path, bytes | None]) -> str:
    """The id of the tree of a commit or tree with these files' bytes in place of its own; None leaves a file out."""
    top = revisions.find_prefix()
    with TemporaryDirectory(prefix="tree-") as folder:
        index = Path(folder) / "index"
        git("read-tree", base, index=index)
        entries = [describe_entry(f"{top}{path.as_posix()}", content) for path, content in files.items()]
        git(
            "update-index", "-z", "--index-info", index=index, content="".join(entries).encode(errors="surrogateescape")
        )
        return git("write-tree", index=index)


def describe_entry(path: str, content: bytes | None) -> str:
    """A file with these bytes as `git update-index --index-info` reads it; None takes the file out."""
    if content is None:
        return f"0 {'0' * 40}\t{path}\0"
    return f"{PLAIN} {git('hash-object', '-w', '--stdin', content=content)}\t{path}\0"


def take_folder(commit: str) -> str:
    """The id of HEAD's tree with the working folder as a commit or tree has it; at the top this is its own tree."""
    if not (top := revisions.find_prefix()):
        return git("rev-parse", f"{commit}^{{tree}}")
    with TemporaryDirectory(prefix="tree-") as folder:
        index = Path(folder) / "index"
        git("read-tree", "HEAD", index=index)
        git("rm", "-r", "--cached", "--quiet", "--force", "--ignore-unmatch", "--", ".", index=index)
        git("read-tree", f"--prefix={top}", f"{commit}:{top}", index=index)
        return git("write-tree", index=index)


def save_work(*identity: str) -> str:
    """The id of a stash commit of the work in the working folder that HEAD has not; nothing is changed.

    Work elsewhere in the repository is no part of it: that stays where it is, and would be in the way of `stash apply`.
    """
    staged = take_folder(git("write-tree"))
    with TemporaryDirectory(prefix="tree-") as folder:
        index = Path(folder) / "index"
        git("read-tree", staged, index=index)
        git("add", "--update", "--", ".", index=index)
        edited = git("write-tree", index=index)
    commit = (*identity, "commit-tree", "-m", "work that was given up", "-p", "HEAD")
    return git(*commit, "-p", git(*commit, staged), edited)


def check_out_tree(tree: str) -> None:
    """Make index and workspace equal to the tree below the working folder; files in neither are left alone."""
    wait_for_others()
    git("restore", f"--source={tree}", "--staged", "--worktree", "--", ".")


def restore_tree(tree: str, instead_of: str) -> None:
    """As `check_out_tree`, where the workspace may be half way to another tree: that one's own files are removed."""
    wait_for_others()
    stage_tree(instead_of)
    check_out_tree(tree)


def stage_tree(tree: str) -> None:
    """Make the index equal to the tree below the working folder; the workspace is left alone."""
    git("restore", f"--source={tree}", "--staged", "--", ".")


def wait_for_others() -> None:
    """Wait while another Git process holds the index; raises FileError when it does not let go."""
    lock = Path(git("rev-parse", "--git-path", "index.lock"))
    until = time.monotonic() + PATIENCE
    while lock.exists() and time.monotonic() < until:
        time.sleep(0.1)
    if lock.exists():
        raise FileError("another Git process holds the index", where=str(lock), todo=f"when none runs: rm {lock}")


def list_tree_files(tree: str, *below: str) -> set[Path]:
    """The files of a commit or tree, or those below the paths that are named."""
    listed = git("ls-tree", "-r", "-z", "--name-only", tree, *below)
    return {Path(name) for name in listed.split("\0") if name}


def find_differing(tree: str) -> set[Path]:
    """The files of the index or the tree whose bytes in the workspace are not those of the tree."""
    named = git("diff", "--name-only", "-z", "--no-renames", "--relative", tree)
    return {Path(name) for name in named.split("\0") if name}


def find_staged() -> set[Path]:
    """The files whose bytes in the index are not those of HEAD."""
    named = git("diff", "--cached", "--name-only", "-z", "--no-renames", "--relative")
    return {Path(name) for name in named.split("\0") if name}


def find_untracked() -> set[Path]:
    """The files of the workspace that Git does not track, the ignored ones too."""
    return {Path(name) for name in git("ls-files", "--others", "-z").split("\0") if name}
