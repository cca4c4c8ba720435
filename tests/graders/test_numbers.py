"""A number, once released, is never given to another exercise or lesson: progress is kept by it."""

from __future__ import annotations

import ast
import subprocess
import tomllib
from collections.abc import Mapping

import pytest

from mnemo_helpers import course

KINDS = {"query", "schema", "counterexample", "relation", "stage", "index", "prediction", "choice"}


def exercises(source: str) -> dict[str, str]:
    """Return the kind and name of every exercise in an ``exercises.py``, by number."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name):
            arguments, kind = node.value.args, node.value.func.id
            if kind in KINDS and arguments and isinstance(arguments[0], ast.Constant):
                found[str(arguments[0].value)] = f"{kind} {ast.unparse(node.targets[0])}"
    return found


def lessons(source: str) -> dict[str, str]:
    """Return the folder of every lesson in ``course.toml``, by number."""
    return {
        f"{module['folder'].split('_')[0]}.{name.split('_')[0]}": f"{module['folder']}/{name}"
        for module in tomllib.loads(source)["modules"]
        for name in module["lessons"]
    }


def given_away(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return what stands now under a number that another thing had before."""
    return [
        f"{number}: {before[number]} became {now[number]}"
        for number in before
        if now.get(number, before[number]) != before[number]
    ]


def git(*words: str) -> str:
    """Return what git says of the course's own repository, nothing where there is none."""
    done = subprocess.run(["git", *words], cwd=course.root(), capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def test_no_number_of_the_last_release_was_given_away() -> None:
    """Numbers may end and begin, but never change hands."""
    tag = git("describe", "--tags", "--abbrev=0")
    if not tag:
        pytest.skip("nothing was released yet")
    before = lessons(git("show", f"{tag}:lessons/course.toml"))
    found = given_away(before, lessons((course.root() / "lessons" / "course.toml").read_text()))
    for folder in before.values():
        file = course.root() / "lessons" / folder / "exercises.py"
        now = exercises(file.read_text()) if file.is_file() else {}
        found += given_away(exercises(git("show", f"{tag}:lessons/{folder}/exercises.py")), now)
    assert found == []


def test_what_changes_hands_is_found() -> None:
    """Another kind or another name under the same number; what is gone or new is no matter."""
    before = exercises('a = query("1.1.1", minutes=1)\nb = choice("1.1.2")\nc = query("1.1.3")\nd = "1.1.4"\n')
    assert before == {"1.1.1": "query a", "1.1.2": "choice b", "1.1.3": "query c"}
    now = exercises('b = query("1.1.2")\nx = query("1.1.1")\ne = schema("1.1.5")\n')
    assert given_away(before, now) == ["1.1.1: query a became query x", "1.1.2: choice b became query b"]
    assert lessons('[[modules]]\nfolder = "0_start"\nlessons = ["1_a", "2_b"]') == {
        "0.1": "0_start/1_a",
        "0.2": "0_start/2_b",
    }
