"""What the tests of the notebooks say, of lessons that hold and of lessons that do not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import small_course
from lessons_through_nbval import COMPARED_MAJOR, known, scope
from nbformat.v4 import new_output

from mnemo_helpers import build, course, server
from mnemo_helpers.build._execute import normalise

CLONE = Path(__file__).resolve().parents[2]
LESSONS = {
    "1_count": ["{open}", 'lesson.claim("X-01", True, "so")'],
    "2_refused": ["{open}", "%%sql\nSELECT * FROM pebles", 'lesson.claim("X-02", True, "so")'],
    "3_dies": ["import os", "os._exit(1)", "1"],
    "4_differs": ["{open}", ":tags: [nbval-check-output]\nprint('here 1')", "%%sql\nCREATE TABLE once (id int)"],
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is printed when four lessons are run, of which the first holds."""
    root = small_course.write(tmp_path_factory.mktemp("course"))
    names = ", ".join(f'"{name}"' for name in LESSONS)
    toml = root / "lessons" / "course.toml"
    toml.write_text(toml.read_text().replace('"1_count", "2_again"', names))
    claims = root / "lessons" / "claims.toml"
    claims.write_text(claims.read_text() + '"X-02" = "Two and two are four."\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNEMO_COURSE", str(root))
        for name, cells in LESSONS.items():
            path = small_course.lesson_file(root, name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(small_course.TEXT.format(number="") if name != "1_count" else path.read_text())
            opening = f'from mnemo_helpers import lesson\nlesson.open("{small_course.MODULE}.{name[0]}")'
            small_course.rewrite(path, *(opening if cell == "{open}" else cell for cell in cells))
        for lesson in course.lessons().values():
            notebook = build.source(lesson)
            normalise(notebook)
            for cell in notebook.cells:
                if "here 1" in cell.source:
                    cell.outputs = [new_output("stream", name="stdout", text="here 2\n")]
            build.write(notebook, root / "notebooks" / lesson.notebook)
        command = [sys.executable, "-m", "pytest", "-c", CLONE / "pyproject.toml", "--rootdir", root, "-rA"]
        done = subprocess.run(
            [*map(str, command), "-p", "no:cacheprovider", "--color=no", str(root / "notebooks")],
            cwd=root, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1, done.stderr
    return done.stdout


def test_a_page_runs_where_its_lesson_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They share a database, so that one worker runs both, and another one may run the next lesson."""
    monkeypatch.setenv("MNEMO_COURSE", str(small_course.write(tmp_path)))
    small_course.add_page(tmp_path)
    known.cache_clear()
    folder = f"notebooks/{small_course.MODULE}_small"
    names = ("1_count", "1_count_shapes", "2_again", "elsewhere")
    first, page, second, other = (scope(tmp_path, f"{folder}/{name}.ipynb") for name in names)
    known.cache_clear()
    assert first == page
    assert second not in (first, other)


def lines(said: str, beginning: str) -> list[str]:
    """Return the lines of the report that begin with this."""
    return [line for line in said.split("\n") if line.startswith(beginning)]


def notebook(name: str) -> str:
    """Return how the report calls that notebook."""
    return f"notebooks/{small_course.MODULE}_small/{name}.ipynb"


def test_a_lesson_that_holds_passes_twice(said: str) -> None:
    """Every cell, then all of it again without a reset."""
    passed = [
        line.removeprefix(f"PASSED {notebook('1_count')}::") for line in lines(said, f"PASSED {notebook('1_count')}")
    ]
    assert passed == ["Cell 0", "Cell 1", "Run All again"]


def test_the_claims_are_counted(said: str) -> None:
    """Those whose cell passed, of those that the course makes."""
    assert lines(said, "claims proven") == ["claims proven: 1 of 2; not: X-02"]


def test_the_slowest_lessons_are_named(said: str) -> None:
    """With their seconds."""
    listed = said.partition("slowest lessons:\n")[2].split("\n")[:4]
    assert {line.split()[-1] for line in listed} == {notebook(name) for name in LESSONS}
    assert all(float(line.split()[0]) > 0 for line in listed)


def test_a_failed_cell_names_lesson_cell_sql_and_the_servers_message(said: str) -> None:
    """Enough to mend it without opening the notebook; what follows is left out, as Run All would."""
    at = f"Lesson {small_course.MODULE}.2, Count what is there, in cell 4, line "
    block = said[said.index(at) :][:900]
    assert f"of lessons/{small_course.MODULE}_small/2_refused/lesson.md:" in block
    assert "    %%sql\n    SELECT * FROM pebles\n" in block
    assert 'relation "pebles" does not exist' in block
    assert "\x1b" not in said
    assert f"FAILED {notebook('2_refused')}::Cell 2" not in said
    assert any("the lesson stopped at Cell 1" in line for line in lines(said, "SKIPPED"))


def test_a_dead_kernel_is_noticed(said: str) -> None:
    """In the cell in which it died, long before the cell's time is up."""
    at = f"Lesson {small_course.MODULE}.3, Count what is there, in cell 4, line "
    assert "RuntimeError: The kernel died while this cell ran." in said[said.index(at) :][:300]


def test_an_output_that_differs_is_shown(said: str) -> None:
    """What is committed, and what came; on another version than theirs it is said that none was compared."""
    major = server.ensure().version // 10000
    if major != COMPARED_MAJOR:
        assert f"PASSED {notebook('4_differs')}::Cell 1" in said
        assert f"outputs were not compared: this is PostgreSQL {major}, they are those of {COMPARED_MAJOR}" in said
        return
    at = f"Lesson {small_course.MODULE}.4, Count what is there, in cell 4, line "
    block = said[said.index(at) :][:600]
    assert "Cell outputs differ" in block
    assert "here 1" in block
    assert "here 2" in block


def test_a_lesson_that_cannot_run_twice_is_told(said: str) -> None:
    """A cell after the one that differs has run, and the second time it fails."""
    assert f"PASSED {notebook('4_differs')}::Cell 2" in said
    block = said[said.index("When it is run again without a reset:") :][:600]
    assert f"Lesson {small_course.MODULE}.4, Count what is there, stopped in cell 5" in block
    assert 'relation "once" already exists' in block
