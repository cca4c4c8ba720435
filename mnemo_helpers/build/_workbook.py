"""A learner's own copies of the notebooks, in ``workbook/``."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import filelock

from mnemo_helpers import course
from mnemo_helpers.build._notebook import Notebook, read, write
from mnemo_helpers.errors import MnemoError

MANIFEST = ".mnemo.json"


@dataclass(frozen=True)
class Copied:
    """What became of the copy of one lesson or page.

    Attributes:
        lesson: its id.
        path: the file that was written.
        how: ``new``, ``updated`` (the learner had not touched the old one), or ``beside`` (the learner's stays).
    """

    lesson: str
    path: Path
    how: Literal["new", "updated", "beside"]


def update_workbook() -> list[Copied]:
    """Bring ``workbook/`` up to date with ``notebooks/`` and return what was written.

    Copies have no outputs, so that predictions are honest. A copy is the learner's once a source in it differs from
    what was handed out (JupyterLab changes metadata and outputs by itself, so these do not count). Such a copy is never
    written to: a changed lesson is put beside it, once, under another name.

    Raises:
        MnemoError: the directory cannot be written to.
    """
    folder = course.root() / "workbook"
    try:
        return _update(folder)
    except OSError as problem:
        raise MnemoError(
            f"Your copies of the lessons cannot be written to {folder}: {problem.strerror or problem}.",
            remedy="Make room, or clone the course to a directory of your own and begin from there.",
        ) from None


def _update(folder: Path) -> list[Copied]:
    folder.mkdir(exist_ok=True)
    copied = []
    with filelock.FileLock(folder / f"{MANIFEST}.lock"):
        given = _read_manifest(folder / MANIFEST)
        for lesson in course.texts():
            built = course.root() / "notebooks" / lesson.notebook
            if built.is_file():
                copied += _copy(lesson, _bare(read(built)), folder, given)
        _write_manifest(folder / MANIFEST, given)
    return copied


def _copy(lesson: course.Text, notebook: Notebook, folder: Path, given: dict[str, str]) -> list[Copied]:
    """Write the copy, or the one beside it, and note in ``given`` what the learner was handed under each name."""
    new = _fingerprint(notebook)
    for number, name in enumerate(_names(lesson.notebook)):
        path, key = folder / name, name.as_posix()
        there = path.exists()
        held = _held(path) if there else None
        declined = number > 0 and not there
        if held == new or (given.get(key) == new and (held is not None or declined)):
            # It is this version, touched or not; or this version was offered beside, and the learner removed it.
            given[key] = new
            return []
        if not there or (held is not None and held == given.get(key)):
            write(notebook, path)
            given[key] = new
            return [Copied(lesson.id, path, "beside" if number else "updated" if there else "new")]
    raise AssertionError("there is always another name")


def _names(first: Path) -> Iterator[Path]:
    yield first
    yield first.with_stem(f"{first.stem} (updated)")
    number = 2
    while True:
        yield first.with_stem(f"{first.stem} (updated {number})")
        number += 1


def _bare(notebook: Notebook) -> Notebook:
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def _held(path: Path) -> str | None:
    """Return the fingerprint of the notebook there; None where it cannot be read, and so must be kept."""
    try:
        return _fingerprint(read(path))
    except MnemoError:
        return None


def _fingerprint(notebook: Notebook) -> str:
    sources = [[cell.cell_type, cell.source] for cell in notebook.cells]
    return hashlib.sha256(json.dumps(sources).encode()).hexdigest()


def _read_manifest(path: Path) -> dict[str, str]:
    """Return what was handed out; nothing where that is lost, so that every copy counts as the learner's."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): str(digest) for name, digest in found["given"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _write_manifest(path: Path, given: dict[str, str]) -> None:
    half = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    half.write_text(json.dumps({"given": given}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    half.replace(path)
