"""What a lesson calls: open, reset, claim, and the magics in IPython."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import small_data
import small_lesson

from mnemo_helpers import course, database, lesson, sql
from mnemo_helpers.errors import ClaimFailed, MnemoError, UnknownName
from mnemo_helpers.lesson import _open
from mnemo_helpers.relations import Relation

EXERCISES = """
from mnemo_helpers.grading import choice, prediction, query, wrong

count = query("LESSON.1", minutes=1, reference="SELECT count(*) FROM stones", rows={}, hints=("1", "2", "3"))
bigger = choice("LESSON.2", minutes=1, options={"a": "x", "b": "y"}, because={"b": "No."}, proof="SELECT 'a'")
stones = prediction("LESSON.3", minutes=1, label="stones", unit="stones", measure="SELECT count(*) FROM stones")
"""


@pytest.fixture(scope="module")
def number(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The number of a lesson in a course that only this module has."""
    root = tmp_path_factory.mktemp("course")
    with pytest.MonkeyPatch.context() as patch, small_data.small(root, patch) as data:
        number = small_lesson.write(root, data, EXERCISES)
        yield number
        sql.close_all()
        database.drop_lesson(course.lesson(number))


@pytest.fixture(autouse=True)
def untouched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No lesson was opened before, no exercise tried."""
    monkeypatch.setattr(_open, "_now", None)
    monkeypatch.setenv("MNEMO_PROGRESS", str(tmp_path / "progress.sqlite"))


def test_a_lesson_opens_with_two_lines(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is there, and what opening again keeps; then it is as it was left, until a reset."""
    database.drop_lesson(course.lesson(number))
    lesson.open(number)
    name = f"learner_{number.replace('.', '_')}"
    first, second = capsys.readouterr().out.splitlines()[-2:]
    assert re.fullmatch(rf"· PostgreSQL [\d.]+ .+\. Database {name}, new: 7 rows, in \d+\.\d s\.", first)
    assert second == "  Opening it again keeps what you did; lesson.reset() wipes it and brings back the start."
    assert not any(re.search(r"\d{4,5}(?!\d)|pid", line) for line in (first.replace(name, ""), second))

    sql.execute("CREATE TABLE mine AS SELECT 1; DELETE FROM piles")
    lesson.open(number)
    assert f"Database {name}, as you left it: 7 rows" in capsys.readouterr().out
    assert sql.execute("SELECT count(*) FROM mine")[0][0] == 1

    sql.execute("BEGIN; DELETE FROM stones", session="@bob")
    capsys.readouterr()
    lesson.reset()
    said = capsys.readouterr().out
    assert f"The database {name} is back at the start: 7 rows" in said
    assert "bob (idle in transaction, its open transaction undone)" in said
    assert sql.execute("SELECT to_regclass('mine'), (SELECT count(*) FROM piles), (SELECT count(*) FROM stones)")[
        0
    ] == (
        None,
        2,
        5,
    )


def test_changed_data_are_told(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    """They come in by a reset only."""
    lesson.open(number)
    schema = course.root() / "datasets" / course.lesson(number).data / "schema.sql"
    before = schema.read_text()
    schema.write_text(f"{before}-- another version\n")
    try:
        lesson.open(number)
        assert "The lesson's data have changed since: only a reset brings them in." in capsys.readouterr().out
    finally:
        schema.write_text(before)


def test_unknown_lessons_and_none(number: str) -> None:
    """The nearest is named; without an open lesson nothing is reset."""
    with pytest.raises(UnknownName, match=rf"Did you mean '{number}'"):
        lesson.open(f"{number}1")
    with pytest.raises(MnemoError, match="No lesson is open"):
        lesson.reset()


def test_a_claim_shows_what_was_seen(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    """And raises where it does not hold, is not made, or was not decided."""
    lesson.claim("X-01", 5 > 2, "five stones")
    assert capsys.readouterr().out == "✔ X-01: five stones\n"
    lesson.claim("X-01", Relation("AB", "A -> B").implies("A -> B"), "by theory")
    assert capsys.readouterr().out == "✔ X-01: by theory\n"
    with pytest.raises(ClaimFailed):
        lesson.claim("X-01", Relation("AB", "A -> B").implies("B -> A"), "by theory")
    with pytest.raises(
        ClaimFailed,
        match=r"X-01 does not hold here: Stones are counted\.\nSeen: none\nWhat to do: .*reset",
    ):
        lesson.claim("X-01", False, "none")
    with pytest.raises(UnknownName, match="X-01"):
        lesson.claim("X-02", True, "five stones")
    with pytest.raises(TypeError, match="needs True or False, not 'f'"):
        lesson.claim("X-01", "f", "five stones")  # type: ignore[arg-type]


SESSION = """
import sys
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
for cell in sys.stdin.read().split("====\\n"):
    result = shell.run_cell(cell)
    print("----", "raised" if result.error_in_exec or result.error_before_exec else "", flush=True)
"""


def test_the_magics_of_a_lesson(number: str) -> None:
    """Each cell in IPython: verdicts, hints, measures, the map; only what names no exercise raises."""
    cells = {
        f"from mnemo_helpers import lesson\nlesson.open({number!r})\n": "Opening it again keeps",
        f"lesson.open({number!r})\n": "Opening it again keeps",
        f"%%exercise {number}.1\n": "There is no answer here yet.",
        f"%%exercise {number}.1": "There is no answer here yet.",
        f"%%exercise {number}.1\nSELECT {{count}}(*) FROM $stones\n": "syntax error",
        f"%%exercise {number}.1\nSELECT count(*) FROM stones\n": "✔ Right.",
        f"%%exercise '{number}.2'\nletter: b\n": "✘ No.",
        f"%%exercise {number}.3\nstones: many\n": "“many” is not one number",
        f"%%exercise {number}.3\nstones: 8\n": "Noted: 8 stones.",
        "%sql CREATE TABLE more AS SELECT 1; INSERT INTO stones SELECT n, '' FROM generate_series(6, 16) n\n": "",
        f"%measure {number}.3\n": "Measured in your database: 16 stones. You wrote 8: close enough.",
        f"%hint {number}.1\n": "1 of 3: 1",
        f"%solution {number}.1\n": "SELECT count(*) FROM stones",
        "%progress\n": f"{number}.1",
        f"%%exercise {number}.9\nSELECT 1\n": f"Did you mean '{number}.",
        "%hint\n": "Name it, as in %hint 1.1.1.",
        "%%exercise\nSELECT 1\n": "Name it, as in %%exercise 1.1.1.",
        f"%measure {number}.1\n": "is no prediction",
        "%%stage it <<\na: BEGIN; LOCK stones\nb: SELECT max(id) FROM stones\na: COMMIT\n": "waits for a: AccessShare",
        "it.waits * 1000\n": "1000",
        "%%stage": "There is no step to play.",
        "%%stage it\nann: SELECT 1\n": "%%stage does not take 'it'.",
        "%%plan\nSELECT * FROM stones\n": "Seq Scan on stones",
        "%%plan --runs 2 it <<\nUPDATE stones SET id = id\n": "2 runs: ",
        "it.rows + 1000\n": "1000",
        "%%plan --plain\nSELECT * FROM stones\n": "It was not executed",
        "%%plan": "There is no statement to explain.",
        "%%plan --fast\nSELECT 1\n": "%%plan does not take '--fast'.",
    }
    done = subprocess.run(
        [sys.executable, "-c", SESSION],
        input="====\n".join(cells),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    shown = done.stdout.split("----")
    assert len(shown) == len(cells) + 1
    for (cell, expected), output, after in zip(cells.items(), shown, shown[1:], strict=False):
        assert expected in output, (cell, output, done.stderr)
        raises = expected.startswith(
            ("Did you", "Name it", "is no prediction", "There is no st", "%%stage does", "%%plan does")
        )
        assert after.startswith(" raised") == raises, (cell, output)
    assert "Traceback" not in done.stdout + done.stderr


def test_importing_lesson_is_light() -> None:
    """What needs a server, and what draws, is imported later."""
    code = "import sys; from mnemo_helpers import lesson; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    heavy = {
        "psycopg",
        "IPython",
        "pandas",
        "numpy",
        "matplotlib",
        "sqlalchemy",
        "sqlglot",
        "jupytext",
        "mnemo_helpers.sql",
    }
    assert not heavy & {*loaded}


def test_without_a_course_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback of files that are not there."""
    monkeypatch.setenv("MNEMO_COURSE", str(tmp_path))
    with pytest.raises(MnemoError, match="The course's lessons are not here"):
        lesson.open("1.1")
