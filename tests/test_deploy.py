"""What the container and the manifests promise, read from their files: no engine runs here."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lifecycle.__main__ import COMMANDS

TOP = Path(__file__).parents[1]
DOCKERFILE = re.sub(r"\\\n\s*", " ", (TOP / "Dockerfile").read_text(encoding="utf-8"))
MANIFESTS = sorted((TOP / "deploy").glob("*.yaml"))
LISTED = yaml.safe_load((TOP / "deploy/kustomization.yaml").read_text(encoding="utf-8"))
POD = yaml.safe_load((TOP / "deploy/deployment.yaml").read_text(encoding="utf-8"))["spec"]["template"]["spec"]


def instructions(name):
    return re.findall(rf"(?m)^{name} (.+)$", DOCKERFILE)


def test_the_last_stage_takes_the_environment_from_the_first_and_holds_no_sources_of_it():
    assert [line.split(" AS ")[1:] for line in instructions("FROM")] == [["build"], []]
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "COPY --from=build /venv /venv" in last
    assert "pip" not in last
    assert "requirements" not in last


def test_packages_are_pinned_by_the_lock_and_its_hashes():
    (installed,) = [word for word in instructions("RUN") if "pip install" in word]
    assert "--require-hashes --requirement /build/requirements.lock" in installed
    assert "--hash=sha256:" in (TOP / "requirements.lock").read_text(encoding="utf-8")


def test_the_process_has_no_rights():
    assert instructions("USER") == ["10001:10001"]
    assert DOCKERFILE.index("\nUSER ") < DOCKERFILE.index("\nENTRYPOINT ")


def test_all_that_is_copied_is_let_through_and_nothing_else():
    ignored = (TOP / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[0] == "*"
    let_through = {line[1:] for line in ignored if line.startswith("!")}
    copied = {name for line in instructions("COPY") if "--from" not in line for name in shlex.split(line)[:-1]}
    assert copied == let_through


def test_the_command_is_one_of_ours():
    assert instructions("ENTRYPOINT") == ['["python", "-m", "lifecycle"]']
    (command,) = instructions("CMD")
    assert yaml.safe_load(command)[0] in COMMANDS
    assert [*yaml.safe_load(command), "serve.events=null"] == POD["containers"][0]["args"]
    assert instructions("HEALTHCHECK")


def test_every_manifest_is_listed():
    assert sorted(LISTED["resources"]) == [path.name for path in MANIFESTS if path.name != "kustomization.yaml"]


@pytest.mark.parametrize("name", LISTED["resources"])
def test_a_manifest_keeps_the_schema_of_kubernetes(name):
    validate = str(Path(sys.executable).with_name("kubernetes-validate"))
    done = subprocess.run(
        [validate, "--strict", str(TOP / "deploy" / name)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wrong_manifest_would_be_found(tmp_path):
    text = (TOP / "deploy/deployment.yaml").read_text(encoding="utf-8").replace("replicas: 2", "replicas: two")
    (tmp_path / "wrong.yaml").write_text(text)
    validate = str(Path(sys.executable).with_name("kubernetes-validate"))
    done = subprocess.run([validate, "--strict", str(tmp_path / "wrong.yaml")], capture_output=True, check=False)
    assert done.returncode != 0


def test_a_pod_may_write_to_its_volumes_alone_and_is_drained_before_it_is_killed():
    container = POD["containers"][0]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert {mount["mountPath"] for mount in container["volumeMounts"]} == {"/app/data", "/tmp"}
    served = yaml.safe_load((TOP / "conf/serve/default.yaml").read_text(encoding="utf-8"))
    pause = int(container["lifecycle"]["preStop"]["exec"]["command"][1])
    assert POD["terminationGracePeriodSeconds"] > served["drain_seconds"] + pause
    assert container["ports"][0]["containerPort"] == served["port"]
    assert all(probe in container for probe in ("startupProbe", "readinessProbe", "livenessProbe"))
