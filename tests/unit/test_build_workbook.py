"""A learner's copies: without outputs, kept up to date, never overwritten."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
import small_course
from nbformat.v4 import new_code_cell, new_output

from mnemo_helpers import build, course
from mnemo_helpers.errors import MnemoError

NAME = "1_count"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small course with notebooks that show something."""
    monkeypatch.setenv("MNEMO_COURSE", str(small_course.write(tmp_path)))
    for lesson in course.lessons().values():
        notebook = build.source(lesson)
        for number, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1):
            cell.outputs, cell.execution_count = [new_output("stream", name="stdout", text="seen\n")], number
        build.write(notebook, tmp_path / "notebooks" / lesson.notebook)
    return tmp_path


def mine(root: Path) -> Path:
    """Return the learner's copy."""
    return small_course.notebook_file(root, folder="workbook")


def beside(root: Path, number: str = "") -> Path:
    """Return what is offered beside it."""
    return small_course.notebook_file(root, f"{NAME} (updated{number})", "workbook")


def change(path: Path, source: str) -> str:
    """Put another source into a notebook's second cell and return the file's new text."""
    notebook = build.read(path)
    notebook.cells[1].source = source
    build.write(notebook, path)
    return path.read_text()


def hows() -> list[tuple[str, str]]:
    """Update the workbook and return what was done to which lesson."""
    return [(copied.lesson, copied.how) for copied in build.update_workbook()]


def test_a_page_is_copied_too(root: Path) -> None:
    """Beside its lesson, under its own name."""
    small_course.add_page(root)
    page = course.texts()[1]
    build.write(build.source(page), root / "notebooks" / page.notebook)
    assert (page.id, "new") in hows()
    assert (root / "workbook" / page.notebook).is_file()


def test_a_copy_has_no_outputs_and_keeps_ids_and_tags(root: Path) -> None:
    """Predictions are honest, and a cell is the same cell in both."""
    assert hows() == [(small_course.FIRST, "new"), (small_course.SECOND, "new")]
    copy, built = build.read(mine(root)), build.read(small_course.notebook_file(root))
    code = [cell for cell in copy.cells if cell.cell_type == "code"]
    assert [(cell.outputs, cell.execution_count) for cell in code] == [([], None)] * 4
    assert [(c.id, c.source, c.metadata) for c in copy.cells] == [(c.id, c.source, c.metadata) for c in built.cells]
    assert hows() == []


def test_an_untouched_copy_follows_the_course(root: Path) -> None:
    """What JupyterLab writes by itself, outputs and metadata, is no change of the learner's."""
    build.update_workbook()
    notebook = build.read(mine(root))
    notebook.metadata["widgets"] = {}
    notebook.cells[2].outputs = [new_output("stream", name="stdout", text="ran\n")]
    notebook.cells[2].metadata["collapsed"] = True
    nbformat.write(notebook, mine(root))
    change(small_course.notebook_file(root), "Four pebbles.")
    assert hows() == [(small_course.FIRST, "updated")]
    assert build.read(mine(root)).cells[1].source == "Four pebbles."


def test_a_copy_that_was_run_keeps_its_outputs_while_the_course_is_unchanged(root: Path) -> None:
    """Opening the course again does not undo what was run."""
    build.update_workbook()
    notebook = build.read(mine(root))
    notebook.cells[2].outputs = [new_output("stream", name="stdout", text="ran\n")]
    nbformat.write(notebook, mine(root))
    before = mine(root).read_bytes()
    assert hows() == []
    assert mine(root).read_bytes() == before


def test_a_touched_copy_stays_and_the_new_lesson_is_put_beside_it_once(root: Path) -> None:
    """The learner's bytes are the same after an update; the new version is offered under another name, once."""
    build.update_workbook()
    kept = change(mine(root), "My own words.")
    assert hows() == []
    change(small_course.notebook_file(root), "Four pebbles.")
    assert hows() == [(small_course.FIRST, "beside")]
    assert mine(root).read_text() == kept
    assert build.read(beside(root)).cells[1].source == "Four pebbles."
    assert hows() == []
    beside(root).unlink()
    assert hows() == []
    assert not beside(root).exists()


def test_what_lies_beside_is_the_learners_too_once_it_is_touched(root: Path) -> None:
    """An untouched offer is renewed; a touched one stays, and the next goes under yet another name."""
    build.update_workbook()
    change(mine(root), "My own words.")
    change(small_course.notebook_file(root), "Four pebbles.")
    build.update_workbook()
    change(small_course.notebook_file(root), "Five pebbles.")
    assert hows() == [(small_course.FIRST, "beside")]
    assert build.read(beside(root)).cells[1].source == "Five pebbles."
    kept = change(beside(root), "My second words.")
    change(small_course.notebook_file(root), "Six pebbles.")
    assert hows() == [(small_course.FIRST, "beside")]
    assert beside(root).read_text() == kept
    assert build.read(beside(root, " 2")).cells[1].source == "Six pebbles."


def test_an_added_cell_is_a_change(root: Path) -> None:
    """A learner who only wrote a cell of their own keeps it."""
    build.update_workbook()
    notebook = build.read(mine(root))
    notebook.cells.append(new_code_cell("2 + 2"))
    nbformat.write(notebook, mine(root))
    kept = mine(root).read_text()
    change(small_course.notebook_file(root), "Four pebbles.")
    assert hows() == [(small_course.FIRST, "beside")]
    assert mine(root).read_text() == kept


def test_a_removed_copy_comes_back(root: Path) -> None:
    """To begin a lesson again it is enough to remove the copy."""
    build.update_workbook()
    change(mine(root), "My own words.")
    mine(root).unlink()
    assert hows() == [(small_course.FIRST, "new")]
    assert build.read(mine(root)).cells[1].source == "Three pebbles lie on the table."


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"given": 3}', '{"given": {"1": []}}', "\x00\xff"])
def test_a_lost_list_of_copies_loses_nothing(root: Path, damage: str) -> None:
    """Without knowing what was handed out, every copy that differs counts as the learner's."""
    build.update_workbook()
    kept = change(mine(root), "My own words.")
    (root / "workbook" / ".mnemo.json").write_text(damage, encoding="latin-1")
    assert hows() == [(small_course.FIRST, "beside")]
    assert mine(root).read_text() == kept
    assert hows() == []
    assert json.loads((root / "workbook" / ".mnemo.json").read_text())["given"]


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b'{"cells": 3}'])
def test_a_copy_that_cannot_be_read_is_kept(root: Path, damage: bytes) -> None:
    """A half-written notebook may still hold somebody's work."""
    build.update_workbook()
    mine(root).write_bytes(damage)
    assert hows() == [(small_course.FIRST, "beside")]
    (root / "workbook" / ".mnemo.json").unlink()
    assert hows() == []
    assert mine(root).read_bytes() == damage


def test_a_lesson_that_has_left_the_course_stays_in_the_workbook(root: Path) -> None:
    """Only the course forgets it."""
    build.update_workbook()
    small_course.notebook_file(root).unlink()
    assert hows() == []
    assert mine(root).exists()


def test_a_workbook_that_cannot_be_written_is_said(root: Path) -> None:
    """In lines: where it should be, why not, what to do."""
    (root / "workbook").write_text("a file of somebody's")
    with pytest.raises(MnemoError, match="copies of the lessons cannot be written to") as raised:
        build.update_workbook()
    assert str(root / "workbook") in raised.value.what
    assert "clone the course" in raised.value.remedy
