"""The course on disk: where it is, which lessons it has, what each says of itself."""

from __future__ import annotations

import functools
import importlib.util
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from mnemo_helpers.errors import MnemoError, UnknownName


@dataclass(frozen=True)
class Lesson:
    """One lesson as its front matter tells it.

    Attributes:
        id: module and lesson number, as ``"1.1"``.
        folder: the directory with ``lesson.md`` and ``exercises.py``.
        module: the title of its module.
        minutes: how long it takes, practice included.
        objectives: what the reader can do at the end, each beginning with a verb.
        needs: ids of the lessons that it builds on.
        data: the data set that its database holds.
    """

    id: str
    folder: Path
    module: str
    title: str
    minutes: int
    objectives: tuple[str, ...]
    needs: tuple[str, ...]
    data: str

    @property
    def source(self) -> Path:
        """The lesson's text."""
        return self.folder / "lesson.md"

    @property
    def exercises(self) -> Path:
        """The lesson's exercises."""
        return self.folder / "exercises.py"

    @property
    def notebook(self) -> Path:
        """The built notebook, relative to ``notebooks/`` and to ``workbook/`` alike."""
        return Path(self.folder.parent.name) / f"{self.folder.name}.ipynb"


@functools.cache
def root() -> Path:
    """Return the directory that holds ``lessons/``, ``datasets/`` and ``notebooks/``.

    Raises:
        MnemoError: the course is nowhere above this package or the working directory.
    """
    here, cwd = Path(__file__).resolve(), Path.cwd()
    for folder in (here.parents[1], cwd, *cwd.parents):
        if (folder / "lessons" / "course.toml").is_file():
            return folder
    raise MnemoError(
        "The course's lessons are not here.",
        tried=(str(here.parents[1]), f"{cwd} and the directories above it"),
        remedy="Clone the course and install it from there (make lab does both), or start Jupyter inside the clone.",
    )


@functools.cache
def lessons() -> dict[str, Lesson]:
    """Return every lesson by id, in the order of the course."""
    found: dict[str, Lesson] = {}
    with (root() / "lessons" / "course.toml").open("rb") as file:
        modules = tomllib.load(file)["modules"]
    for module in modules:
        for name in module["lessons"]:
            folder = root() / "lessons" / module["folder"] / name
            number = f"{module['folder'].split('_')[0]}.{name.split('_')[0]}"
            front = front_matter((folder / "lesson.md").read_text(encoding="utf-8"))
            found[number] = Lesson(
                id=number,
                folder=folder,
                module=module["title"],
                title=front["title"],
                minutes=front["minutes"],
                objectives=tuple(front["objectives"]),
                needs=tuple(front.get("needs", ())),
                data=front["data"],
            )
    return found


def lesson(number: str) -> Lesson:
    """Return the lesson of that id.

    Raises:
        UnknownName: there is none; the message names the nearest.
    """
    known = lessons()
    if number not in known:
        raise UnknownName("lesson", number, known)
    return known[number]


@functools.cache
def claims() -> dict[str, str]:
    """Return every claim that the course makes: the ledger's id and one sentence."""
    with (root() / "lessons" / "claims.toml").open("rb") as file:
        return dict(tomllib.load(file)["claims"])


def front_matter(text: str) -> dict[str, Any]:
    """Return the YAML between the two ``---`` lines at the top of a lesson."""
    import yaml

    _, front, _ = text.split("---\n", 2)
    read: dict[str, Any] = yaml.safe_load(front)
    return read


@functools.cache
def load(path: Path) -> ModuleType:
    """Load a Python file of the course (exercises, a data set's loader) by its path, once.

    Neither ``lessons/`` nor ``datasets/`` is a package: what stands there is found from the root alone.
    """
    name = "mnemo_course_" + "_".join(path.relative_to(root()).with_suffix("").parts)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise MnemoError(f"The course has no file {path.relative_to(root())}.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
