"""The sections of an answer to a schema exercise."""

from __future__ import annotations

import pytest

from mnemo_helpers.grading import Action, Question
from mnemo_helpers.grading._sections import Incomplete, take_apart

ACTIONS = (Action("record", ("code", "name"), "A carrier is recorded."), Action("rename", ("code", "name")))
QUESTIONS = (Question("carriers", ("code", "name")),)
WHOLE = """
CREATE TABLE a (x int);  -- action is not a heading here
CREATE TABLE b (x int);
-- action record(code, name)
INSERT INTO a VALUES (:code); INSERT INTO b VALUES (:name);
  --  Action rename ( code,name ) :
UPDATE b SET x = :name
-- question carriers
SELECT 1, ';'
"""


def test_an_answer_is_taken_apart() -> None:
    """Headings may be spaced and cased in their own way, and leave their arguments out."""
    design = take_apart(WHOLE, ACTIONS, QUESTIONS)
    assert design.ddl == ("CREATE TABLE a (x int);", design.ddl[1])
    assert design.ddl[1].endswith("CREATE TABLE b (x int);")
    assert design.actions == {
        "record": ("INSERT INTO a VALUES (:code);", "INSERT INTO b VALUES (:name);"),
        "rename": ("UPDATE b SET x = :name",),
    }
    assert design.questions == {"carriers": "SELECT 1, ';'"}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("-- question carriers\nSELECT 1, ';'", "", r"missing or empty:\n-- question carriers\(code, name\)$"),
        (
            "INSERT INTO a VALUES (:code); INSERT INTO b VALUES (:name);",
            "-- later",
            r"record\(code, name\)   A carrier",
        ),
        ("-- action record(code, name)", "-- action recrod(code, name)", r"nearest is: -- action record\(code, name\)"),
        ("-- question carriers", "-- question rename", r"Nothing is asked for under “-- question rename”"),
        (
            "-- action record(code, name)",
            "-- action record(name, code)",
            r"should read: -- action record\(code, name\)",
        ),
        ("-- question carriers", "-- action record\nSELECT 1\n-- question carriers", "is there twice"),
        ("SELECT 1, ';'", "SELECT 1; SELECT 2", "A question is one query"),
        ("SET x = :name", "SET x = :nme", r"No value called :nme comes in under “-- action rename.*nearest.*:name\."),
        ("SET x = :name", "SET x = ':name'", "':name' under “-- action rename.*Write :name without quotes"),
    ],
)
def test_what_a_section_lacks_is_told(before: str, after: str, said: str) -> None:
    """With the heading that was asked for."""
    assert before in WHOLE
    with pytest.raises(Incomplete, match=said):
        take_apart(WHOLE.replace(before, after), ACTIONS, QUESTIONS)
