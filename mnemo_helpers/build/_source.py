"""A lesson's text as a notebook that nobody has run yet."""

from __future__ import annotations

import os
from pathlib import Path

from mnemo_helpers import course
from mnemo_helpers.build._notebook import Cell, Notebook, name_cells, tags
from mnemo_helpers.errors import MnemoError

# Nothing in here may differ from one machine to the next, versions of Python among it.
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}


def source(lesson: course.Text) -> Notebook:
    """Return the notebook that a lesson's or a page's text makes, with ids and tags and without outputs.

    Its first cell is the title with what the front matter says. The last one of a lesson leads to the lessons before
    and after and to its pages, that of a page to its lesson.

    Raises:
        MnemoError: the text does not begin with its title as its heading.
    """
    import jupytext
    from nbformat import v4

    body = course.split_front_matter(lesson.source.read_text(encoding="utf-8"))[1]
    cells = jupytext.reads(body, fmt="md:myst").cells
    heading = f"# {lesson.title}"
    if not cells or cells[0].source.split("\n")[0].strip() != heading:
        raise MnemoError(
            f"The text of lesson {lesson.id} does not begin with its title.",
            remedy=f"Begin {lesson.source} with the line {heading!r} after the front matter.",
        )
    cells[0].source = cells[0].source.partition("\n")[2].strip("\n")
    cells = [v4.new_markdown_cell(_opening(lesson)), *(cell for cell in cells if cell.source.strip())]
    if last := _leads_on(lesson):
        cells.append(v4.new_markdown_cell(last))
    for cell in cells:
        cell.metadata = {"tags": sorted(_tags(cell))} if _tags(cell) else {}
    name_cells(cells, lesson.slug)
    return v4.new_notebook(cells=cells, metadata=_METADATA)


def _tags(cell: Cell) -> set[str]:
    # What opening says includes seconds, and where the server was found.
    opens = cell.cell_type == "code" and ("lesson.open(" in cell.source or "lesson.reset(" in cell.source)
    return {*tags(cell), "measured"} if opens else set(tags(cell))


def _opening(lesson: course.Text) -> str:
    if isinstance(lesson, course.Page):
        return f"# {lesson.title}\n\n*Beside lesson {_link(lesson, lesson.lesson)}.*"
    known = course.lessons()
    needs = ", ".join(_link(lesson, known[number]) for number in lesson.needs if number in known)
    built = f", after {needs}" if needs else ""
    can = "\n".join(f"- {objective}" for objective in lesson.objectives)
    cut = f" in {lesson.sittings} sittings" if lesson.sittings != 1 else ""
    return f"# {lesson.title}\n\n*{lesson.minutes} minutes{cut}{built}.* At its end you can:\n\n{can}"


def _leads_on(lesson: course.Text) -> str:
    if isinstance(lesson, course.Page):
        return f"← {_link(lesson, lesson.lesson)}"
    beside = ", ".join(f"[{page.title}]({_relative(lesson, page)})" for page in course.pages(lesson))
    parts = (f"Beside this lesson: {beside}" if beside else "", _neighbours(lesson))
    return "\n\n".join(part for part in parts if part)


def _neighbours(lesson: course.Lesson) -> str:
    order = list(course.lessons().values())
    here = next(index for index, other in enumerate(order) if other.id == lesson.id)
    before = f"← {_link(lesson, order[here - 1])}" if here else ""
    after = f"{_link(lesson, order[here + 1])} →" if here + 1 < len(order) else ""
    return " · ".join(part for part in (before, after) if part)


def _link(here: course.Text, other: course.Lesson) -> str:
    return f"[{other.id} {other.title}]({_relative(here, other)})"


def _relative(here: course.Text, other: course.Text) -> str:
    return Path(os.path.relpath(other.notebook, here.notebook.parent)).as_posix()
