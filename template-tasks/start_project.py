"""Make a new project ready: a Git repository, its environment, and the files of its problem where its rows are given.

Run by copier in the project's folder, with the project's name, where its rows are, the target, and the way to the top
of the monorepo that it is in, if any.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

INCOMING = Path("data/incoming")


def main(name: str, data: str, target: str, top: str) -> int:
    """Make the project ready; it stays where `lifecycle new` finds fault with the rows, so that it can be run again."""
    if subprocess.run(["git", "rev-parse", "--git-dir"], capture_output=True, check=False).returncode:
        subprocess.run(["git", "init", "--quiet"], check=True)
    environment = os.environ | {"PYTHONPATH": "src"}
    if subprocess.run(["make", "--no-print-directory", "setup"], env=environment, check=False).returncode:
        print("the environment could not be made; what is said above says why", file=sys.stderr)
        return 2
    if not data:
        return 0
    asked = ["--target", target] if target else []
    command = [f"{top}.venv/bin/lifecycle", "new", name, "--data", take_file(data), *asked, "--select"]
    if subprocess.run(command, env=environment, check=False).returncode:
        print("the project is ready, its problem is not: correct what is said above, then:", *command, file=sys.stderr)
    return 0


def take_file(data: str) -> str:
    """The address; a file's is that of its copy in data/incoming/, so that the path is the same for everyone."""
    path = Path(os.environ.get("PWD", ".")) / data
    if not path.is_file():
        return data
    INCOMING.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, INCOMING / path.name)
    return (INCOMING / path.name).as_posix()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
