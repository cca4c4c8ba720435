"""What a lesson must keep to."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_course
from nbformat.v4 import new_output

from mnemo_helpers import build, course

CLAIMS = {"X-01": "One and one are two."}


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> course.Lesson:
    """The first lesson of a small course."""
    monkeypatch.setenv("MNEMO_COURSE", str(small_course.write(tmp_path)))
    return course.lesson(small_course.FIRST)


def findings(lesson: course.Lesson, *replacements: tuple[str, str], exercises: tuple[str, ...] = ()) -> list[str]:
    """Return what is wrong with the lesson once its text has been changed."""
    text = lesson.source.read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    lesson.source.write_text(text)
    course._lessons.cache_clear()  # what course.toml and the front matter say is read once a process
    again = course.lesson(lesson.id)
    return build.lint(again, build.source(again), exercises=exercises, claims=CLAIMS)


def test_a_project_may_take_two_sittings(lesson: course.Lesson) -> None:
    """As long together as two lessons."""
    assert findings(lesson, ("minutes: 10", "minutes: 110\nsittings: 2")) == []
    assert (
        build.source(course.lesson(lesson.id))
        .cells[0]
        .source.startswith("# Count what is there\n\n*110 minutes in 2 sittings.* At its end")
    )


def test_a_lesson_that_keeps_to_everything(lesson: course.Lesson) -> None:
    """Nothing is found where nothing is wrong."""
    assert findings(lesson) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("minutes: 10", "minutes: 56", "minutes is 56"),
        ("minutes: 10", "minutes: ten", "minutes is 'ten'"),
        ("minutes: 10", "minutes: 111\nsittings: 2", "minutes is 111"),
        ("minutes: 10", "minutes: 100\nsittings: 3", "sittings is 3"),
        ("minutes: 10", "minutes: 10\nsittings: two", "sittings is 'two'"),
        ("- count rows", "- Counting rows", "'Counting rows' does not begin with a verb"),
        ("data: pebbles", "data: pebbles\nneeds: ['7.7']", "needs '7.7', which is no lesson before it"),
        (
            "data: pebbles",
            "data: pebbles\nneeds: [1.10]",
            "needs 1.1, which is no lesson before it; it stands without quotes",
        ),
        ("data: pebbles", "data: boulders", "'boulders' has no folder"),
        ("import time\n", "import time\n" + "1\n" * 8, "has 10 lines of Python"),
        ("[measured]", "[mesured]", "has the tag 'mesured'"),
        ("[measured]", "[measured, raises-exception]", "has the tag 'raises-exception'"),
        ("[measured]", "[measured, nbval-check-output]", "is tagged measured and nbval-check-output"),
        ("[measured]", "[exercise]", "must be tagged exercise if"),
        ('claim("X-01"', 'claim("X-02"', "proves the claim X-02, which is not in claims.toml"),
        ("%%sql", "%hint 90.1.9\n%%sql", "a cell asks about exercise 90.1.9"),
    ],
)
def test_each_rule_names_the_lesson_and_what_is_wrong(lesson: course.Lesson, old: str, new: str, said: str) -> None:
    """One broken rule gives a line that begins with the lesson and says which."""
    found = findings(lesson, (old, new))
    assert [line for line in found if said in line and line.startswith(f"lesson {lesson.id}: ")], found


def test_sql_may_be_as_long_as_it_needs(lesson: course.Lesson) -> None:
    """Eight lines are for Python; a statement is what the lesson is about."""
    assert findings(lesson, ("%%sql\n", "%%sql\n" + "SELECT 1;\n" * 20)) == []


def test_exercises_and_cells_name_each_other(lesson: course.Lesson) -> None:
    """An exercise without a cell, a cell without an exercise and an exercise asked twice are found."""
    own = f"{lesson.id}.1"
    cell = "```{code-cell}\n:tags: [exercise]\n%%exercise " + own + "\n\n```\n\n"
    assert f"exercise {own} has 0 %%exercise cells" in findings(lesson, exercises=(own,))[0]
    assert findings(lesson, ("And that", f"{cell}And that"), exercises=(own,)) == []
    assert f"%%exercise {own} is not in exercises.py" in findings(lesson)[0]
    found = findings(lesson, ("And that", f"Again.\n\n{cell}And that"), exercises=(own,))
    assert f"exercise {own} has 2 %%exercise cells" in found[0]


def test_a_fifth_claim_is_too_many(lesson: course.Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lesson carries four claims at most."""
    monkeypatch.setitem(globals(), "CLAIMS", {f"X-0{n}": "" for n in range(6)})
    more = "".join(f'lesson.claim("X-0{n}", True, "so")\n' for n in range(2, 6))
    assert "it proves 5 claims" in findings(lesson, ('lesson.claim("X-01"', f'{more}lesson.claim("X-01"'))[0]


def test_a_page_to_look_things_up_in_may_prove_more(lesson: course.Lesson) -> None:
    """Nobody carries it in one sitting."""
    claims = {f"X-0{n}": "" for n in range(6)}
    cells = "".join(
        f'```{{code-cell}}\n:tags: [measured]\nlesson.claim("{claim}", True, "so")\n```\n\n' for claim in claims
    )
    opening = small_course.OPENING.format(number=lesson.id)
    (lesson.folder / "more.md").write_text(f"---\ntitle: More\n---\n\n# More\n\n{opening}\n{cells}", encoding="utf-8")
    (page,) = course.pages(lesson)
    assert build.lint(page, build.source(page), exercises=(), claims=claims) == []


def test_what_is_shown_is_compared_or_measured(lesson: course.Lesson) -> None:
    """A cell that shows something without saying whether it is always the same is found, once it has run."""
    lesson.source.write_text(lesson.source.read_text().replace(":tags: [measured]\n", ""))
    notebook = build.source(lesson)
    assert build.lint(lesson, notebook, exercises=(), claims=CLAIMS) == []
    cell = next(cell for cell in notebook.cells if "time_ns" in cell.source)
    cell.outputs = [new_output("stream", name="stdout", text="1\n")]
    found = build.lint(lesson, notebook, exercises=(), claims=CLAIMS)
    assert "must be tagged nbval-check-output (always the same) or measured" in found[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kept in /home/ada/.local/state", "a path"),
        ("kept in /var/tmp/mnemo-1", "a path"),
        (r"C:\Users\ada", "a path"),
        ("listening on 127.0.0.1:54321", "a port"),
        ("port 54321", "a port"),
        ("Process 4711 waits for ShareLock", "a process id"),
        ("<object at 0x7f3a2b1c4d5e>", "an address in memory"),
    ],
)
@pytest.mark.parametrize("kind", ["stream", "text/html"])
def test_outputs_are_free_of_the_machine_they_were_made_on(
    lesson: course.Lesson, kind: str, text: str, said: str
) -> None:
    """Paths, ports, processes and addresses are found in what was printed and in what was displayed."""
    notebook = build.source(lesson)
    cell = notebook.cells[-3]
    shown = {"name": "stdout", "text": text} if kind == "stream" else {"data": {kind: f"<b>{text}</b>"}}
    cell.outputs = [new_output("stream" if kind == "stream" else "display_data", **shown)]
    assert f"shows {said}, which" in build.lint(lesson, notebook, exercises=(), claims=CLAIMS)[0]


@pytest.mark.parametrize("text", ["3 / 5", "home/away", "JFK at 05:17", "36:00", "processed 4 rows", "port of call"])
def test_what_only_looks_alike_is_left_alone(lesson: course.Lesson, text: str) -> None:
    """Figures and slashes of the lesson's own are no leak."""
    notebook = build.source(lesson)
    notebook.cells[-3].outputs = [new_output("stream", name="stdout", text=text)]
    assert build.lint(lesson, notebook, exercises=(), claims=CLAIMS) == []
