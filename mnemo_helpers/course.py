"""The course on disk: where it is, which lessons it has, what each says of itself."""

from __future__ import annotations

import dataclasses
import functools
import importlib.util
import os
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
        sittings: in how many it is done; one, but for a project.
    """

    id: str
    folder: Path
    module: str
    title: str
    minutes: int
    objectives: tuple[str, ...]
    needs: tuple[str, ...]
    data: str
    sittings: int = 1

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
        return Path(self.folder.parent.name) / f"{self.slug}.ipynb"

    @property
    def slug(self) -> str:
        """The name of its notebook, which its cells' ids begin with."""
        return self.folder.name

    @property
    def opens(self) -> str:
        """The id of the lesson whose database it uses: its own."""
        return self.id

    @property
    def alone(self) -> bool:
        """Whether it can be run by itself: a lesson always."""
        return True


@dataclass(frozen=True)
class Page:
    """A notebook beside a lesson, in the lesson's database: a reference to come back to, a lab.

    Attributes:
        lesson: the lesson.
        source: its text, in the lesson's folder.
        alone: whether it can be run by itself; otherwise its cells wait for those of another page.
    """

    lesson: Lesson
    source: Path
    title: str
    alone: bool = True

    @property
    def id(self) -> str:
        """The lesson's id and the page's name, as ``"3.2 anomalies"``."""
        return f"{self.lesson.id} {self.source.stem}"

    @property
    def slug(self) -> str:
        """The name of its notebook, which its cells' ids begin with."""
        return f"{self.lesson.slug}_{self.source.stem}"

    @property
    def notebook(self) -> Path:
        """The built notebook, relative to ``notebooks/`` and to ``workbook/`` alike."""
        return self.lesson.notebook.with_stem(self.slug)

    @property
    def opens(self) -> str:
        """The id of the lesson whose database it uses."""
        return self.lesson.id


Text = Lesson | Page
"""What becomes a notebook."""


def root() -> Path:
    """Return the directory that holds ``lessons/``, ``datasets/`` and ``notebooks/``.

    ``MNEMO_COURSE`` names one; otherwise it is the clone that this package was installed from, or the nearest above
    the working directory.

    Raises:
        MnemoError: the course is in none of these places.
    """
    named = os.environ.get("MNEMO_COURSE")
    return _root(Path(named).absolute() if named else None, Path.cwd())


@functools.cache
def _root(named: Path | None, cwd: Path) -> Path:
    clone = Path(__file__).resolve().parents[1]
    for folder in (named,) if named else (clone, cwd, *cwd.parents):
        if (folder / "lessons" / "course.toml").is_file():
            return folder
    raise MnemoError(
        "The course's lessons are not here.",
        tried=(f"MNEMO_COURSE={named}",) if named else (str(clone), f"{cwd} and the directories above it"),
        remedy="Clone the course and install it from there (make lab does both), or start Jupyter inside the clone.",
    )


def lessons() -> dict[str, Lesson]:
    """Return every lesson by id, in the order of the course.

    Raises:
        MnemoError: a lesson is not there, or its front matter is incomplete; the message names it.
    """
    return _lessons(root())


@functools.cache
def _lessons(course: Path) -> dict[str, Lesson]:
    found: dict[str, Lesson] = {}
    with (course / "lessons" / "course.toml").open("rb") as file:
        modules = tomllib.load(file)["modules"]
    for module in modules:
        for name in module["lessons"]:
            folder = course / "lessons" / module["folder"] / name
            number = f"{module['folder'].split('_')[0]}.{name.split('_')[0]}"
            if not (folder / "lesson.md").is_file():
                raise MnemoError(f"course.toml has lesson {number}, but there is no {folder / 'lesson.md'}.")
            front = front_matter((folder / "lesson.md").read_text(encoding="utf-8"), number)
            missing = [key for key in ("title", "minutes", "objectives", "data") if not front.get(key)]
            if missing:
                raise MnemoError(
                    f"The front matter of lesson {number} lacks {', '.join(missing)}.",
                    remedy=f"Write it between the two --- lines at the top of {folder / 'lesson.md'}.",
                )
            found[number] = Lesson(
                id=number,
                folder=folder,
                module=module["title"],
                title=front["title"],
                minutes=front["minutes"],
                objectives=tuple(front["objectives"]),
                needs=tuple(front.get("needs") or ()),
                data=front["data"],
                sittings=front.get("sittings", 1),
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


def pages(lesson: Lesson) -> tuple[Page, ...]:
    """Return the pages beside a lesson: every other Markdown text in its folder, by name.

    Raises:
        MnemoError: the front matter of one has no title.
    """
    found = []
    for path in sorted(lesson.folder.glob("*.md")):
        if path == lesson.source:
            continue
        page = Page(lesson, path, "")
        front = front_matter(path.read_text(encoding="utf-8"), page.id)
        if not front.get("title"):
            raise MnemoError(
                f"The front matter of page {page.id} lacks title.",
                remedy=f"Write it between the two --- lines at the top of {path}.",
            )
        found.append(dataclasses.replace(page, title=front["title"], alone=front.get("alone", True)))
    return tuple(found)


def texts() -> list[Text]:
    """Return all that becomes a notebook: every lesson in the order of the course, its pages behind it.

    Raises:
        MnemoError: as ``lessons`` and ``pages`` do.
    """
    return [text for lesson in lessons().values() for text in with_pages(lesson)]


def with_pages(lesson: Lesson) -> list[Text]:
    """Return the lesson and the pages beside it.

    Raises:
        MnemoError: as ``pages`` does.
    """
    return [lesson, *pages(lesson)]


def claims() -> dict[str, str]:
    """Return every claim that the course makes: the ledger's id and one sentence."""
    return _claims(root())


@functools.cache
def _claims(course: Path) -> dict[str, str]:
    with (course / "lessons" / "claims.toml").open("rb") as file:
        return dict(tomllib.load(file)["claims"])


def front_matter(text: str, number: str) -> dict[str, Any]:
    """Return the YAML between the two ``---`` lines at the top of lesson ``number``; empty where there is none.

    Raises:
        MnemoError: it is not YAML.
    """
    import yaml

    try:
        read = yaml.safe_load(split_front_matter(text)[0])
    except yaml.YAMLError as problem:
        raise MnemoError(f"The front matter of lesson {number} is not YAML: {problem}") from None
    return read if isinstance(read, dict) else {}


def split_front_matter(text: str) -> tuple[str, str]:
    """Return a lesson's front matter and what comes after it."""
    if not text.startswith("---\n") or text.count("---\n") < 2:
        return "", text
    _, front, body = text.split("---\n", 2)
    return front, body


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
