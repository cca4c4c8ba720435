"""Outputs are the same whenever and wherever they were made."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_course
from nbformat.v4 import new_output

from mnemo_helpers import build, course
from mnemo_helpers.build._execute import environment, keep_measured, normalise, where


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> course.Lesson:
    """The first lesson of a small course."""
    monkeypatch.setenv("MNEMO_COURSE", str(small_course.write(tmp_path)))
    return course.lesson(small_course.FIRST)


def test_what_was_printed_in_pieces_is_one_text_and_cells_count_from_one(lesson: course.Lesson) -> None:
    """How a kernel cut its output, and how many cells it had run before, leave no trace."""
    notebook = build.source(lesson)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    code[1].execution_count = 7
    code[1].outputs = [
        new_output("stream", name="stdout", text="a"),
        new_output("stream", name="stdout", text="b\n"),
        new_output("stream", name="stderr", text="c\n"),
        new_output("execute_result", data={"text/plain": "1"}, execution_count=7),
        new_output("stream", name="stdout", text="d\n"),
    ]
    normalise(notebook)
    assert [cell.execution_count for cell in code] == [1, 2, 3, 4]
    assert [output.get("text") for output in code[1].outputs] == ["ab\n", "c\n", None, "d\n"]
    assert code[1].outputs[2].execution_count == 2


def measured(lesson: course.Lesson, shown: str) -> tuple[build.Notebook, build.Cell]:
    """Return the lesson's notebook, whose measured cell has shown that."""
    notebook = build.source(lesson)
    normalise(notebook)
    cell = next(cell for cell in notebook.cells if "time_ns" in cell.source)
    cell.outputs = [new_output("execute_result", data={"text/plain": shown}, execution_count=cell.execution_count)]
    return notebook, cell


def test_a_measurement_stays_while_its_cell_is_unchanged(lesson: course.Lesson) -> None:
    """The committed figures come back, counted as the cell is now, wherever in the lesson it stands."""
    committed, _ = measured(lesson, "1")
    lesson.source.write_text(lesson.source.read_text().replace("Three pebbles", "```{code-cell}\n2\n```\n\nThree"))
    built, cell = measured(lesson, "2")
    keep_measured(built, committed)
    assert cell.outputs[0].data == {"text/plain": "1"}
    assert cell.outputs[0].execution_count == cell.execution_count == 4


def test_a_measurement_is_new_when_its_cell_is(lesson: course.Lesson) -> None:
    """Another source is another measurement."""
    committed, _ = measured(lesson, "1")
    lesson.source.write_text(lesson.source.read_text().replace("time.time_ns()", "time.time_ns() // 1"))
    built, cell = measured(lesson, "2")
    keep_measured(built, committed)
    assert cell.outputs[0].data == {"text/plain": "2"}


def test_what_is_no_measurement_is_never_kept(lesson: course.Lesson) -> None:
    """A cell that is compared shows what the server answers now."""
    committed, before = measured(lesson, "1")
    built, cell = measured(lesson, "2")
    before.metadata = cell.metadata = {"tags": ["nbval-check-output"]}
    keep_measured(built, committed)
    assert cell.outputs[0].data == {"text/plain": "2"}


def test_a_maintainers_environment_does_not_reach_an_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Language, time zone, libpq's variables and IPython's profile are the build's own."""
    for name, value in {"PGOPTIONS": "-c x=1", "PGTZ": "Asia/Tokyo", "TZ": "Asia/Tokyo", "LC_ALL": "de_DE"}.items():
        monkeypatch.setenv(name, value)
    env = environment(tmp_path, tmp_path / "own")
    assert not [name for name in env if name.startswith("PG")]
    assert (env["TZ"], env["LC_ALL"]) == ("UTC", "C.UTF-8")
    assert env["MNEMO_STATE"] == str(tmp_path)
    assert all(env[name].startswith(str(tmp_path / "own")) for name in ("IPYTHONDIR", "MNEMO_PROGRESS"))
    assert env["MPLBACKEND"].startswith("module://matplotlib_inline")


def test_a_cell_is_named_by_its_line_in_the_text(lesson: course.Lesson) -> None:
    """Whoever has to mend it finds it at once."""
    notebook = build.source(lesson)
    index = next(index for index, cell in enumerate(notebook.cells) if "count(*)" in cell.source)
    line = 1 + lesson.source.read_text().split("\n").index("%%sql")
    path = lesson.source.relative_to(course.root())
    assert where(lesson, notebook, index) == f"in cell {index + 1}, line {line} of {path}"
