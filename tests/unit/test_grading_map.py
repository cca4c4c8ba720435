"""The map of the course."""

from __future__ import annotations

from xml.etree import ElementTree

from mnemo_helpers import render


def test_the_map_says_in_text_what_it_draws() -> None:
    """One mark an exercise, told apart without colour; no script; names are no markup."""
    shown = render.course_map(
        {
            "Start": [
                render.Stop("0.1 <Here> & now", (("0.1.1", "passed"), ("0.1.2", "tried"), ("0.1.3", "untouched")))
            ],
            "Design": [render.Stop("1.1 One fact", ())],
        }
    )
    assert shown.text.splitlines() == [
        "Start",
        "  0.1 <Here> & now: 1 of 3 passed",
        "    ● 0.1.1  ◐ 0.1.2  ○ 0.1.3",
        "Design",
        "  1.1 One fact: 0 of 0 passed",
        "● passed  ◐ tried  ○ untouched",
    ]
    drawing = ElementTree.fromstring(shown.html)
    space = "{http://www.w3.org/2000/svg}"
    assert drawing.findtext(f"{space}title") == shown.text
    assert [e.findtext(f"{space}title") for e in drawing.iter(f"{space}g")][:3] == [
        "0.1.1 passed",
        "0.1.2 tried",
        "0.1.3 untouched",
    ]
    assert len(list(drawing.iter(f"{space}path"))) == 2
    assert not list(drawing.iter(f"{space}script"))


def test_a_course_without_lessons_has_a_map() -> None:
    """Its legend."""
    assert render.course_map({}).text == "● passed  ◐ tried  ○ untouched"
