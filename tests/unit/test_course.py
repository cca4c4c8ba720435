"""Where the course is, and what each lesson says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_course

from mnemo_helpers import build, course, grading
from mnemo_helpers.errors import MnemoError, UnknownName


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small course that is the course."""
    monkeypatch.setenv("MNEMO_COURSE", str(tmp_path))
    return small_course.write(tmp_path)


def test_the_course_is_the_clone_wherever_one_works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A notebook in ``workbook/`` and a shell anywhere find the same lessons."""
    monkeypatch.delenv("MNEMO_COURSE", raising=False)
    monkeypatch.chdir(tmp_path)
    assert course.root() == Path(__file__).resolve().parents[2]


def test_a_course_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another course may be named; a wrong name is not passed over in silence."""
    monkeypatch.setenv("MNEMO_COURSE", str(tmp_path))
    with pytest.raises(MnemoError, match="lessons are not here") as raised:
        course.root()
    assert str(tmp_path) in raised.value.tried[0]


def test_lessons_come_in_the_order_of_the_course(root: Path) -> None:
    """Number and place come from the folders, the rest from the front matter."""
    first, second = course.lessons().values()
    assert (first.id, second.id) == (small_course.FIRST, small_course.SECOND)
    assert (first.title, first.minutes, first.objectives, first.needs) == (
        "Count what is there",
        10,
        ("count rows",),
        (),
    )
    assert second.needs == (small_course.FIRST,)
    assert first.notebook.as_posix() == f"{small_course.MODULE}_small/1_count.ipynb"


def test_the_tenth_lesson_and_exercise_come_after_the_ninth(root: Path) -> None:
    """A number with two digits is no number with one: in the order of the course, in links, in exercises."""
    module, eleventh = small_course.MODULE, f"{small_course.MODULE}.11"
    (root / "lessons" / "course.toml").write_text(
        f'[[modules]]\nfolder = "{module}_small"\ntitle = "Small"\nlessons = ["1_count", "2_again", "11_more"]\n'
    )
    folder = root / "lessons" / f"{module}_small" / "11_more"
    folder.mkdir()
    (folder / "lesson.md").write_text(small_course.TEXT.format(number=eleventh).replace("is there", "is more"))
    one = """choice("{id}", minutes=1, options={{"a": "1"}}, proof="SELECT 'a'", because={{}})"""
    numbers = [f"{eleventh}.{n}" for n in (10, 2, 1, 11)]
    lines = ["from mnemo_helpers.grading import choice", *(f"_{i} = {one.format(id=n)}" for i, n in enumerate(numbers))]
    (folder / "exercises.py").write_text("\n".join(lines))
    assert list(course.lessons()) == [small_course.FIRST, small_course.SECOND, eleventh]
    assert list(grading.exercises()) == [f"{eleventh}.{n}" for n in (1, 2, 10, 11)]
    assert {exercise.lesson for exercise in grading.exercises().values()} == {eleventh}
    assert build.source(course.lesson(eleventh)).cells[0].id.startswith("11_more-")
    assert build.source(course.lesson(small_course.FIRST)).cells[-1].source.startswith(f"[{small_course.SECOND} ")
    with pytest.raises(UnknownName, match=f"There is no lesson '{module}.10'"):
        course.lesson(f"{module}.10")


def test_an_unknown_lesson_names_the_nearest(root: Path) -> None:
    """The message holds every lesson that there is."""
    with pytest.raises(UnknownName, match="There is no lesson '1'") as raised:
        course.lesson("1")
    assert small_course.SECOND in raised.value.remedy


@pytest.mark.parametrize("key", ["title", "minutes", "objectives", "data"])
def test_incomplete_front_matter_is_named(root: Path, key: str) -> None:
    """The lesson, what it lacks, and where to write it."""
    path = small_course.lesson_file(root)
    path.write_text(path.read_text().replace(f"{key}:", f"not_{key}:"))
    with pytest.raises(MnemoError, match=f"front matter of lesson {small_course.FIRST} lacks {key}") as raised:
        course.lessons()
    assert str(path) in raised.value.remedy


@pytest.mark.parametrize("text", ["", "# A lesson without any\n", "---\n---\n# Empty\n", "---\n- a list\n---\n"])
def test_no_front_matter_lacks_everything(root: Path, text: str) -> None:
    """A text that holds none is told what is due."""
    small_course.lesson_file(root).write_text(text)
    with pytest.raises(MnemoError, match="lacks title, minutes, objectives, data"):
        course.lessons()


def test_front_matter_that_is_not_yaml_is_named(root: Path) -> None:
    """The lesson is said with YAML's own words."""
    path = small_course.lesson_file(root)
    path.write_text(path.read_text().replace("minutes: 10", "minutes: [10"))
    with pytest.raises(MnemoError, match=f"front matter of lesson {small_course.FIRST} is not YAML"):
        course.lessons()


def test_a_lesson_without_a_text_is_named(root: Path) -> None:
    """``course.toml`` promised it."""
    small_course.lesson_file(root, "2_again").unlink()
    with pytest.raises(MnemoError, match=f"has lesson {small_course.SECOND}, but there is no"):
        course.lessons()


def test_a_rule_in_the_prose_is_no_front_matter() -> None:
    """Only the first two lines of dashes count."""
    assert course.split_front_matter("---\na: 1\n---\nx\n\n---\ny\n") == ("a: 1\n", "x\n\n---\ny\n")
