"""A lesson's text becomes a notebook whose cells keep their names."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_course

from mnemo_helpers import build, course
from mnemo_helpers.errors import MnemoError


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small course that is the course."""
    monkeypatch.setenv("MNEMO_COURSE", str(tmp_path))
    return small_course.write(tmp_path)


def test_the_title_stands_once_with_what_the_front_matter_says(root: Path) -> None:
    """The first cell says title, minutes, what comes before (as links to notebooks) and the objectives."""
    first, second = (build.source(lesson) for lesson in course.lessons().values())
    assert first.cells[0].source == "# Count what is there\n\n*10 minutes.* At its end you can:\n\n- count rows"
    link = f"[{small_course.FIRST} Count what is there](1_count.ipynb)"
    assert f"*10 minutes, after {link}.*" in second.cells[0].source
    assert sum(cell.source.count("# Count") for cell in first.cells) == 1
    assert first.cells[1].source == "Three pebbles lie on the table."


def test_the_last_cell_leads_to_the_neighbours(root: Path) -> None:
    """A reader gets to the lessons before and after; the first has none before, the last none after."""
    first, second = (build.source(lesson) for lesson in course.lessons().values())
    assert first.cells[-1].source == f"[{small_course.SECOND} Count again](2_again.ipynb) →"
    assert second.cells[-1].source == f"← [{small_course.FIRST} Count what is there](1_count.ipynb)"


def test_a_link_to_another_module_leaves_the_folder(root: Path) -> None:
    """Links hold in ``notebooks/`` and in ``workbook/``, on every code host: they are relative, with slashes."""
    toml = root / "lessons" / "course.toml"
    other = '[[modules]]\nfolder = "99_z"\ntitle = "Z"\nlessons = ["1_z"]\n'
    toml.write_text(toml.read_text().replace(', "2_again"', "") + other)
    (root / "lessons" / "99_z").mkdir()
    small_course.lesson_file(root, "2_again").parent.rename(root / "lessons" / "99_z" / "1_z")
    notebook = build.source(course.lesson("99.1"))
    assert notebook.cells[-1].source.endswith(f"(../{small_course.MODULE}_small/1_count.ipynb)")


def test_a_page_stands_beside_its_lesson(root: Path) -> None:
    """Page and lesson lead to each other; the page has a notebook and cells of its own, in the lesson's database."""
    small_course.add_page(root)
    lesson, page = course.texts()[:2]
    assert isinstance(page, course.Page)
    assert (page.id, page.opens) == (f"{small_course.FIRST} shapes", small_course.FIRST)
    assert page.notebook == lesson.notebook.with_name("1_count_shapes.ipynb")
    notebook, beside = build.source(lesson), build.source(page)
    link = f"[{small_course.FIRST} Count what is there](1_count.ipynb)"
    assert beside.cells[0].source == f"# Shapes of pebbles\n\n*Beside lesson {link}.*"
    assert beside.cells[-1].source == f"← {link}"
    last = notebook.cells[-1].source
    assert last.startswith("Beside this lesson: [Shapes of pebbles](1_count_shapes.ipynb)\n\n[")
    assert not {cell.id for cell in notebook.cells} & {cell.id for cell in beside.cells}


def test_a_page_without_a_title_is_named(root: Path) -> None:
    """The message says which page lacks it, and where it is written."""
    path = small_course.add_page(root)
    path.write_text(path.read_text().replace("title: ", "titel: "))
    with pytest.raises(MnemoError, match=f"page {small_course.FIRST} shapes lacks title"):
        course.texts()


def test_an_inserted_cell_renumbers_nothing(root: Path) -> None:
    """Every cell that was there keeps its id, equal ones among them, and ids are fit for the format."""
    lesson = course.lesson(small_course.FIRST)
    text = lesson.source.read_text()
    cell = "```{code-cell}\n:tags: [nbval-check-output]\nprint(1)\n```\n"
    lesson.source.write_text(text.replace("And that", f"{cell}\nBetween.\n\n{cell}\nAnd that"))
    before = [cell.id for cell in build.source(lesson).cells]
    assert len(set(before)) == len(before)
    assert all(len(name) <= 64 and name.replace("-", "").replace("_", "").isalnum() for name in before)
    text = lesson.source.read_text()
    lesson.source.write_text(text.replace("Three pebbles", "```{code-cell}\n2\n```\n\nThree pebbles"))
    after = [cell.id for cell in build.source(lesson).cells]
    assert [name for name in after if name in before] == before
    assert len(after) == len(before) + 1


def test_metadata_are_the_same_on_every_machine(root: Path) -> None:
    """The notebook says that it is for Python 3 and no more, in particular no version."""
    notebook = build.source(course.lesson(small_course.FIRST))
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
    }


def test_sql_and_tags_come_through_as_written(root: Path) -> None:
    """A cell's source is what the text says, its tags are its only metadata; opening counts as a measurement."""
    lesson = course.lesson(small_course.FIRST)
    odd = "%%sql --expect 42P17\nSELECT 'a\\n', $1 ;\n\n-- {x} :y # no comment"
    text = lesson.source.read_text().replace("%%sql\nSELECT count(*) FROM pebbles", odd)
    lesson.source.write_text(text)
    opens, sql, *_ = [cell for cell in build.source(lesson).cells if cell.cell_type == "code"]
    assert opens.metadata == {"tags": ["measured"]}
    assert sql.source == odd
    assert sql.metadata == {"tags": ["nbval-check-output"]}
    assert (sql.outputs, sql.execution_count) == ([], None)


def test_a_text_that_does_not_begin_with_its_title_is_named(root: Path) -> None:
    """Title and heading are the same sentence, so one of them cannot be forgotten."""
    path = small_course.lesson_file(root)
    path.write_text(path.read_text().replace("\n# Count what is there", "\n# Count what was there"))
    with pytest.raises(MnemoError, match=rf"lesson {small_course.FIRST} does not begin with its title") as raised:
        build.source(course.lesson(small_course.FIRST))
    assert "'# Count what is there'" in raised.value.remedy
