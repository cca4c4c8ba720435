"""Lessons that are run: what is built from them, and what is said of one that fails."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_course

from mnemo_helpers import build, course, database, places
from mnemo_helpers.errors import MnemoError

NEVER = "\n```{code-cell}\nraise SystemError('this cell was run')\n```\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small course that is the course."""
    monkeypatch.setenv("MNEMO_COURSE", str(small_course.write(tmp_path)))
    return tmp_path


def edit(root: Path, old: str, new: str) -> None:
    """Change the first lesson's text."""
    path = small_course.lesson_file(root)
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def only(root: Path, source: str) -> course.Lesson:
    """Leave the first lesson nothing but this cell, and return it."""
    small_course.rewrite(small_course.lesson_file(root), source)
    return course.lesson(small_course.FIRST)


def run() -> list[str]:
    """Build the first lesson and return the names of the files that changed."""
    return [path.name for path in build.build([small_course.FIRST], state=places.state())]


def test_the_same_bytes_when_built_twice(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the builder's own settings are, and although one cell shows the time."""
    monkeypatch.setenv("MNEMO_SERVER", "local:/nowhere")
    assert run() == ["1_count.ipynb"]
    path = small_course.notebook_file(root)
    before = path.read_bytes()
    code = [cell for cell in build.read(path).cells if cell.cell_type == "code"]
    opened, counted, measured, claimed = (cell.outputs[0].data["text/plain"] for cell in code)
    assert opened.startswith("· PostgreSQL 18")
    assert "3\n1 row" in counted
    assert measured.isdigit()
    assert claimed == "✔ X-01: two"
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert run() == []
    assert path.read_bytes() == before
    assert build.check([small_course.FIRST]) == []


def test_a_lesson_begins_afresh_unless_it_is_run_again(root: Path) -> None:
    """What was there before is gone, nothing that the build imported is a name; Run All again meets what was left."""
    edit(root, "SELECT count(*) FROM pebbles", "INSERT INTO pebbles VALUES (4)")
    edit(root, "import time\ntime.time_ns()", "[name for name in dir() if name[0] != '_']")
    lesson = course.lesson(small_course.FIRST)
    begun = database.reset_lesson(lesson)
    with database.connect(begun.database) as connection:
        connection.execute("INSERT INTO pebbles VALUES (4)")
    notebook = build.source(lesson)
    build.execute(lesson, notebook, places.state())
    names = notebook.cells[4].outputs[0].data["text/plain"]
    assert "'lesson'" in names
    assert not {"build", "database", "fresh"} & set(names.replace("'", " ").split())
    with pytest.raises(MnemoError, match=r"(?s)stopped in cell 4.*duplicate key value.*\(id\)=\(4\)"):
        build.execute(lesson, build.source(lesson), places.state(), anew=False)


def test_cells_that_wait_for_another_notebook_are_not_run(root: Path) -> None:
    """A page that is not to be run alone is written without outputs, and is then what its text builds."""
    page = small_course.add_page(root)
    page.write_text(page.read_text().replace("---\ntitle", "---\nalone: false\ntitle", 1) + NEVER)
    assert sorted(run()) == ["1_count.ipynb", "1_count_shapes.ipynb"]
    notebook = build.read(small_course.notebook_file(root).with_name("1_count_shapes.ipynb"))
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [(cell.execution_count, cell.outputs) for cell in code] == [(None, [])] * 2
    assert build.check([small_course.FIRST]) == []


def test_an_error_stops_the_build_and_is_told_whole(root: Path) -> None:
    """Lesson, cell, line, SQL and the server's message; the notebook that was there stays."""
    edit(root, "SELECT count(*) FROM pebbles", "SELECT count(*) FROM pebles")
    path = small_course.notebook_file(root)
    build.write(build.source(course.lesson(small_course.FIRST)), path)
    before = path.read_bytes()
    with pytest.raises(MnemoError) as raised:
        run()
    said = str(raised.value)
    line = 1 + small_course.lesson_file(root).read_text().split("\n").index("%%sql")
    text = f"lessons/{small_course.MODULE}_small/1_count/lesson.md"
    assert said.startswith(
        f"Lesson {small_course.FIRST}, Count what is there, stopped in cell 4, line {line} of {text}:"
    )
    assert "SELECT count(*) FROM pebles\n" in said
    assert 'relation "pebles" does not exist' in said
    assert "42P01" in said
    assert "Traceback" not in said
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("source", "said"), [('raise ValueError("no")', "ValueError: no"), ("import os\nos._exit(1)", "The kernel died.")]
)
def test_whatever_stops_a_cell_is_named(root: Path, source: str, said: str) -> None:
    """Python, and a kernel that is gone; without the colours of a terminal."""
    lesson = only(root, source)
    with pytest.raises(MnemoError) as raised:
        build.execute(lesson, build.source(lesson), places.state(), anew=False)
    assert f"Lesson {lesson.id}, Count what is there, stopped in cell 3, line " in str(raised.value)
    assert said in str(raised.value)
    assert "\x1b" not in str(raised.value)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (":tags: [measured]\n'/home/ada/mnemo'", "shows a path, which is another one on the next machine"),
        ("1 + 1", "shows something, so it must be tagged nbval-check-output"),
    ],
)
def test_a_lesson_that_breaks_a_rule_is_not_written(root: Path, source: str, said: str) -> None:
    """What is shown belongs to no machine, and each cell says whether it shows the same always."""
    only(root, source)
    with pytest.raises(MnemoError, match=rf"lesson {small_course.FIRST}: cell 3 .* {said}") as raised:
        run()
    assert "nothing was written" in raised.value.remedy
    assert not small_course.notebook_file(root).exists()
