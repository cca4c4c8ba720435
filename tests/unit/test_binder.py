"""What Binder would build from this repository, rendered without an engine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mnemo_helpers import course

RENDER = ("--no-build", "--debug", "--user-id", "1000", "--user-name", "jovyan", ".")


@pytest.fixture(scope="module")
def rendered() -> tuple[str, str]:
    """The Dockerfile that repo2docker makes of this repository, and what it said meanwhile."""
    command = [str(Path(sys.executable).with_name("jupyter-repo2docker")), *RENDER]
    nowhere = {**os.environ, "DOCKER_HOST": "tcp://127.0.0.1:9"}
    done = subprocess.run(command, cwd=course.root(), env=nowhere, capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


def test_the_image_has_the_python_that_the_course_is_proven_with(rendered: tuple[str, str]) -> None:
    """``binder/runtime.txt`` decides, not repo2docker's default of the day."""
    assert "Building conda environment for python=3.11" in rendered[1]


def test_the_course_is_installed_from_the_whole_clone_with_its_pins(rendered: tuple[str, str]) -> None:
    """The repository is there before pip runs, as ``-e .`` and the constraints beside it need."""
    dockerfile = rendered[0]
    install = dockerfile.index('pip install --no-cache-dir -r "binder/requirements.txt"')
    assert dockerfile.index("COPY --chown=1000:1000 src/ ${REPO_DIR}/") < install
    lines = (course.root() / "binder" / "requirements.txt").read_text().split("\n")
    assert "-e ." in lines
    constraints = next(line.removeprefix("-c ") for line in lines if line.startswith("-c "))
    assert (course.root() / "binder" / constraints).resolve() == course.root() / "constraints.txt"


def test_the_templates_are_built_into_the_image_by_its_user(rendered: tuple[str, str]) -> None:
    """``postBuild`` runs last and as jovyan, in whose home the server's data then lie."""
    dockerfile = rendered[0]
    after = dockerfile.index("RUN ./binder/postBuild")
    assert dockerfile.rindex("USER ", 0, after) == dockerfile.rindex("USER ${NB_USER}", 0, after)
    assert dockerfile.index('pip install --no-cache-dir -r "binder/requirements.txt"') < after
    assert re.search(r"^ENV .*\n? *HOME=/home/\$\{NB_USER\}", dockerfile, re.MULTILINE)


def test_what_postbuild_calls_exists(rendered: tuple[str, str]) -> None:
    """It prepares everything and leaves no server running, by commands that ``mnemo`` has; no logic of its own."""
    lines = (course.root() / "binder" / "postBuild").read_text().strip().split("\n")
    ours = [line for line in lines if line.startswith("mnemo ")]
    assert ours == ["mnemo warm", "mnemo stop"]
    assert lines[-1] == ours[-1]
    for line in ours:
        command = [sys.executable, "-m", "mnemo_helpers.cli", line.split()[1], "--help"]
        assert subprocess.run(command, capture_output=True, check=False).returncode == 0
