"""``mnemo build --check``: are the notebooks what the lessons build?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
import small_course

from mnemo_helpers import build, course
from mnemo_helpers.build._execute import normalise
from mnemo_helpers.cli import main


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small course whose notebooks are what its lessons build."""
    monkeypatch.setenv("MNEMO_COURSE", str(small_course.write(tmp_path)))
    for lesson in course.lessons().values():
        notebook = build.source(lesson)
        normalise(notebook)
        build.write(notebook, tmp_path / "notebooks" / lesson.notebook)
    return tmp_path


def test_nothing_is_found_where_nothing_differs(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the command says so."""
    assert build.check() == []
    assert main(["build", "--check"]) == 0
    assert capsys.readouterr().out == "notebooks/ is what lessons/ builds.\n"


def test_a_changed_lesson_names_both_cells(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The lesson, and the cell on either side, are said; the command fails."""
    path = small_course.lesson_file(root)
    path.write_text(path.read_text().replace("SELECT count(*)", "SELECT max(id)"))
    found = build.check()
    assert found[0] == f"lesson {small_course.FIRST}: cell 4 (%%sql) is not in the notebook"
    assert found[1] == f"lesson {small_course.FIRST}: cell 4 of the notebook (%%sql) is not in the lesson"
    assert len(found) == 2
    assert build.check([small_course.SECOND]) == []
    assert main(["build", "--check"]) == 1
    complained = capsys.readouterr().err
    assert "(%%sql) is not in the notebook" in complained
    assert "What to do: mnemo build" in complained


def test_a_page_is_held_to_its_text_too(root: Path) -> None:
    """A page without its notebook is said, and its lesson's last cell has to lead to it."""
    small_course.add_page(root)
    found = build.check([small_course.FIRST])
    assert f"lesson {small_course.FIRST} shapes: it has no notebook notebooks/" in "\n".join(found)
    assert any("(Beside this lesson: [Shapes of pebbles]" in line for line in found), found


def test_a_page_that_is_not_run_alone_has_not_been_run(root: Path) -> None:
    """Its committed notebook has no outputs of one run."""
    path = small_course.add_page(root)
    path.write_text(path.read_text().replace("---\ntitle", "---\nalone: false\ntitle", 1))
    page = course.pages(course.lesson(small_course.FIRST))[0]
    notebook, there = build.source(page), root / "notebooks" / page.notebook
    build.write(notebook, there)
    said = f"lesson {page.id}: the notebook was executed, and its cells wait for those of another one"
    assert said not in build.check([small_course.FIRST])
    notebook.cells[1].execution_count = 1
    build.write(notebook, there)
    assert said in build.check([small_course.FIRST])


def source(notebook: build.Notebook) -> None:
    """Edit a cell in the notebook."""
    notebook.cells[3].source = "%%sql\nSELECT 1"


def tags(notebook: build.Notebook) -> None:
    """Take a tag away."""
    notebook.cells[3].metadata = {}


def metadata(notebook: build.Notebook) -> None:
    """Let a tool write its version."""
    notebook.metadata["language_info"]["version"] = "3.11.7"


def order(notebook: build.Notebook) -> None:
    """Move a cell."""
    notebook.cells.insert(2, notebook.cells.pop())


def added(notebook: build.Notebook) -> None:
    """Add a cell."""
    notebook.cells.append(nbformat.v4.new_markdown_cell("More.", id="more"))


def unrun(notebook: build.Notebook) -> None:
    """Leave a cell out when running."""
    notebook.cells[3].execution_count = None


def error(notebook: build.Notebook) -> None:
    """Commit an error."""
    notebook.cells[3].outputs = [nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (source, "cell 4 of the notebook (%%sql) has another source"),
        (tags, "has tags [] and other metadata; the lesson says ['nbval-check-output']"),
        (metadata, "the notebook's metadata differ"),
        (order, "the cells stand in another order"),
        (added, "cell 9 of the notebook (More.) is not in the lesson"),
        (unrun, "the notebook was not executed from top to bottom"),
        (error, "cell 4 (%%sql) shows an error"),
    ],
)
def test_an_edited_notebook_is_found(root: Path, edit: Callable[[build.Notebook], None], said: str) -> None:
    """Whatever was changed by hand, the line says what and where."""
    path = small_course.notebook_file(root)
    notebook = build.read(path)
    edit(notebook)
    build.write(notebook, path)
    found = build.check()
    assert [line for line in found if line.startswith(f"lesson {small_course.FIRST}: ") and said in line], found


def test_a_notebook_that_jupyterlab_saved_is_found(root: Path) -> None:
    """The same cells in another layout would be another set of bytes at the next build."""
    path = small_course.notebook_file(root)
    path.write_text(path.read_text().replace('\n "', '\n  "'))
    assert "was written by something else than the build" in build.check()[0]


def test_a_lesson_without_a_notebook_and_a_notebook_without_a_lesson(root: Path) -> None:
    """Both directions are looked at, JupyterLab's own copies are not."""
    path = small_course.notebook_file(root)
    (path.parent / ".ipynb_checkpoints").mkdir()
    path.rename(path.parent / ".ipynb_checkpoints" / path.name)
    small_course.notebook_file(root, "2_again").with_stem("3_more").write_text("{}")
    folder = f"notebooks/{small_course.MODULE}_small"
    assert build.check() == [
        f"lesson {small_course.FIRST}: it has no notebook {folder}/1_count.ipynb",
        f"{folder}/3_more.ipynb belongs to no lesson",
    ]


def test_a_file_that_is_no_notebook_is_an_error_of_lines(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A conflict marker or half a file is said with its name."""
    small_course.notebook_file(root).write_text("<<<<<<< HEAD\n{}")
    assert main(["build", "--check"]) == 1
    assert "1_count.ipynb is not a notebook" in capsys.readouterr().err


def test_a_claim_that_no_lesson_proves_is_found(root: Path) -> None:
    """Prose that mentions a claim proves nothing; a cell does."""
    claims = root / "lessons" / "claims.toml"
    claims.write_text(claims.read_text() + '"X-02" = "Two and two are five."\n')
    path = small_course.lesson_file(root)
    path.write_text(path.read_text().replace("And that", 'As `lesson.claim("X-02"` would say.\n\nAnd that'))
    assert "claims.toml: no lesson proves X-02" in build.check()
    assert build.check([small_course.SECOND]) == []


def test_the_rules_for_lessons_are_part_of_the_check(root: Path) -> None:
    """A lesson that is too long is found before anybody has to run it."""
    path = small_course.lesson_file(root)
    path.write_text(path.read_text().replace("minutes: 10", "minutes: 90"))
    course._lessons.cache_clear()  # the front matter is read once a process
    assert any("minutes is 90" in line for line in build.check())


def test_exercises_are_compared_with_the_cells(root: Path) -> None:
    """The inventory is read from ``exercises.py`` beside the lesson."""
    number = f"{small_course.FIRST}.1"
    body = f'''"""One exercise."""

from mnemo_helpers.grading import choice

one = choice(
    "{number}",
    minutes=1,
    options={{"a": "one", "b": "two"}},
    proof="SELECT 'a'",
    because={{"b": "It is one."}},
    hints=("Count.", "Count again.", "It is the first."),
)
'''
    small_course.lesson_file(root).with_name("exercises.py").write_text(body)
    assert f"lesson {small_course.FIRST}: exercise {number} has 0 %%exercise cells, one is due" in build.check()
