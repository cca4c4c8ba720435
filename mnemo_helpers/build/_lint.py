"""What a lesson must keep to, whoever writes it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from mnemo_helpers import course
from mnemo_helpers.build._execute import leak
from mnemo_helpers.build._notebook import Cell, Notebook, first_line, tags

LONGEST_PYTHON = 8
LONGEST_SITTING_MINUTES = 55
MOST_SITTINGS = 2
MOST_CLAIMS = 4
_TAGS = {"exercise", "measured", "nbval-check-output"}
_CLAIM = re.compile(r"""\blesson\.claim\(\s*["']([^"']+)["']""")
_EXERCISE = re.compile(r"%%exercise\s+(\S+)")
_ABOUT_EXERCISE = re.compile(r"^%(?:hint|solution|measure)\s+(\S+)", re.MULTILINE)


def claims_in(source: str) -> list[str]:
    """Return the ids of the claims that this cell proves."""
    return _CLAIM.findall(source)


def lint(
    lesson: course.Text, notebook: Notebook, *, exercises: Collection[str], claims: Mapping[str, str]
) -> list[str]:
    """Return what is wrong with a lesson or a page, one line a finding; nothing where all is well.

    Args:
        notebook: the lesson's notebook; where it was executed, what its cells show is judged too.
        exercises: the ids of the lesson's exercises.
        claims: every claim of the course by its id.
    """
    found = [*(_front_matter(lesson) if isinstance(lesson, course.Lesson) else ()), *_exercises(notebook, exercises)]
    proven = set()
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        proven.update(claims_in(cell.source))
        found += [f"cell {index + 1} ({first_line(cell)}) {problem}" for problem in _cell(cell, claims)]
    # A page beside a lesson is looked things up in, and not carried in one sitting.
    if isinstance(lesson, course.Lesson) and len(proven) > MOST_CLAIMS:
        found.append(f"it proves {len(proven)} claims; {MOST_CLAIMS} are the most that one lesson can carry")
    return [f"lesson {lesson.id}: {problem}" for problem in found]


def _front_matter(lesson: course.Lesson) -> Iterator[str]:
    known = list(course.lessons())
    if lesson.sittings not in range(1, MOST_SITTINGS + 1):
        yield f"sittings is {lesson.sittings!r}; a whole number up to {MOST_SITTINGS} is due"
    elif not isinstance(lesson.minutes, int) or not 0 < lesson.minutes <= LONGEST_SITTING_MINUTES * lesson.sittings:
        yield f"minutes is {lesson.minutes!r}; a whole number up to {LONGEST_SITTING_MINUTES} is due for each sitting"
    for objective in lesson.objectives:
        if not isinstance(objective, str) or not objective[:1].islower():
            yield f"objective {objective!r} does not begin with a verb in lower case"
    for need in lesson.needs:
        if need not in known[: known.index(lesson.id)]:
            # YAML reads 1.10 without quotes as the number 1.1.
            unquoted = "" if isinstance(need, str) else "; it stands without quotes"
            yield f"needs {need!r}, which is no lesson before it{unquoted}"
    if not (course.root() / "datasets" / lesson.data.partition(":")[0]).is_dir():
        yield f"its data {lesson.data!r} has no folder in datasets/"


def _exercises(notebook: Notebook, exercises: Collection[str]) -> Iterator[str]:
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    asked = [match[1] for source in code if (match := _EXERCISE.match(source))]
    for number in exercises:
        if asked.count(number) != 1:
            yield f"exercise {number} has {asked.count(number)} %%exercise cells, one is due"
    for number in asked:
        if number not in exercises:
            yield f"%%exercise {number} is not in exercises.py"
    for number in (match for source in code for match in _ABOUT_EXERCISE.findall(source)):
        if number not in exercises:
            yield f"a cell asks about exercise {number}, which is not in exercises.py"


def _cell(cell: Cell, claims: Mapping[str, str]) -> Iterator[str]:
    marked = set(tags(cell))
    lines = [line for line in cell.source.split("\n") if line.strip()]
    if not cell.source.startswith("%%") and len(lines) > LONGEST_PYTHON:
        yield f"has {len(lines)} lines of Python; over {LONGEST_PYTHON} belong into the package or into SQL"
    for tag in sorted(marked - _TAGS):
        yield f"has the tag {tag!r}; there are {', '.join(sorted(_TAGS))}"
    if ("exercise" in marked) != cell.source.startswith("%%exercise"):
        yield "must be tagged exercise if it begins with %%exercise, and only then"
    if {"measured", "nbval-check-output"} <= marked:
        yield "is tagged measured and nbval-check-output: its output is either a measurement or always the same"
    if cell.outputs and not marked:
        yield "shows something, so it must be tagged nbval-check-output (always the same) or measured"
    for claim in claims_in(cell.source):
        if claim not in claims:
            yield f"proves the claim {claim}, which is not in claims.toml"
    if any(output.output_type == "error" for output in cell.outputs):
        yield "shows an error"
    if leaked := leak(cell):
        yield f"shows {leaked}, which is another one on the next machine"
