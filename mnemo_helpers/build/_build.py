"""``notebooks/`` built from ``lessons/``, and compared with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from mnemo_helpers import course
from mnemo_helpers.build import _execute
from mnemo_helpers.build._lint import claims_in, lint
from mnemo_helpers.build._notebook import Notebook, first_line, read, tags, text, write
from mnemo_helpers.build._source import source
from mnemo_helpers.errors import MnemoError


def build(
    lessons: Sequence[str] = (), *, state: Path | None = None, say: Callable[[str], None] = lambda line: None
) -> list[Path]:
    """Build, execute and write the lessons' notebooks, their pages with them; return the files that changed.

    The outputs come from the embedded PostgreSQL, whatever ``MNEMO_SERVER`` says, so that they are the same wherever
    they are built. A ``measured`` cell keeps the outputs that are there while its source is unchanged; to take them
    anew, remove the notebook first.

    Args:
        lessons: their ids; every lesson where there are none.
        state: the state directory to run on; the course's own ``.cache/state`` where not given.
        say: told about each lesson.

    Raises:
        MnemoError: a cell failed, or a lesson does not keep to the rules; nothing is written for that lesson.
    """
    state = state or course.root() / ".cache" / "state"
    changed = []
    for lesson in _chosen(lessons):
        built, path = source(lesson), _path(lesson)
        _refuse(_lint(lesson, built))
        # Cells that wait for those of another notebook have no outputs of their own.
        if lesson.alone:
            _execute.execute(lesson, built, state, server="embedded")
            if path.is_file():
                _execute.keep_measured(built, read(path))
        _refuse(_lint(lesson, built))
        written = write(built, path)
        changed += [path] if written else []
        say(f"{lesson.id} {lesson.title}: {'built' if written else 'unchanged'}")
    return changed


def check(lessons: Sequence[str] = ()) -> list[str]:
    """Return where ``notebooks/`` is not what ``lessons/`` builds, one line a finding, without running anything.

    Sources, ids, tags and metadata are compared, and every lesson is held to the rules; outputs are compared by the
    tests of the notebooks, which run them. Without ``lessons`` the course as a whole is looked at too: notebooks that
    belong to no lesson, claims that no lesson proves.
    """
    found: list[str] = []
    for lesson in _chosen(lessons):
        built, path = source(lesson), _path(lesson)
        if not path.is_file():
            found += [f"lesson {lesson.id}: it has no notebook {_shown(path)}", *_lint(lesson, built)]
            continue
        committed = read(path)
        found += [f"lesson {lesson.id}: {problem}" for problem in _differences(built, committed)]
        found += [f"lesson {lesson.id}: {problem}" for problem in _execution(lesson, committed)]
        if text(committed).encode() != path.read_bytes():
            found.append(f"lesson {lesson.id}: {_shown(path)} was written by something else than the build")
        found += _lint(lesson, committed)
    return found if lessons else [*found, *_whole()]


def _differences(built: Notebook, committed: Notebook) -> Iterator[str]:
    if built.metadata != committed.metadata:
        yield "the notebook's metadata differ"
    ours, theirs = [cell.id for cell in built.cells], [cell.id for cell in committed.cells]
    for index, cell in enumerate(built.cells):
        if cell.id not in theirs:
            yield f"cell {index + 1} ({first_line(cell)}) is not in the notebook"
    for index, cell in enumerate(committed.cells):
        place = f"cell {index + 1} of the notebook ({first_line(cell)})"
        if cell.id not in ours:
            yield f"{place} is not in the lesson"
            continue
        twin = built.cells[ours.index(cell.id)]
        if twin.source != cell.source or twin.cell_type != cell.cell_type:
            yield f"{place} has another source"
        elif twin.metadata != cell.metadata:
            yield f"{place} has tags {tags(cell)} and other metadata; the lesson says {tags(twin)}"
    if ours != theirs and sorted(ours) == sorted(theirs):
        yield "the cells stand in another order"


def _execution(lesson: course.Text, committed: Notebook) -> Iterator[str]:
    counts = [cell.execution_count for cell in committed.cells if cell.cell_type == "code"]
    if lesson.alone and counts != list(range(1, len(counts) + 1)):
        yield "the notebook was not executed from top to bottom"
    if not lesson.alone and any(counts):
        yield "the notebook was executed, and its cells wait for those of another one"


def _whole() -> Iterator[str]:
    folder = course.root() / "notebooks"
    expected = {_path(text) for text in course.texts()}
    for path in sorted(folder.rglob("*.ipynb")):
        if path not in expected and ".ipynb_checkpoints" not in path.parts:
            yield f"{_shown(path)} belongs to no lesson"
    cells = [cell for text in course.texts() for cell in source(text).cells if cell.cell_type == "code"]
    proven = {claim for cell in cells for claim in claims_in(cell.source)}
    for claim in course.claims():
        if claim not in proven:
            yield f"claims.toml: no lesson proves {claim}"


def _lint(lesson: course.Text, notebook: Notebook) -> list[str]:
    from mnemo_helpers import grading

    own = [number for number in grading.exercises() if number.rpartition(".")[0] == lesson.id]
    return lint(lesson, notebook, exercises=own, claims=course.claims())


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise MnemoError("\n".join(problems), remedy="Change the lesson's text; nothing was written.")


def _chosen(lessons: Sequence[str]) -> list[course.Text]:
    chosen = [course.lesson(number) for number in lessons]
    return [text for lesson in chosen for text in course.with_pages(lesson)] or course.texts()


def _path(lesson: course.Text) -> Path:
    return course.root() / "notebooks" / lesson.notebook


def _shown(path: Path) -> str:
    return path.relative_to(course.root()).as_posix()
