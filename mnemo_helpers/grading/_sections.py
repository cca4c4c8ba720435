"""The parts of an answer to a ``schema`` exercise: its DDL, its actions, its questions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from mnemo_helpers import sql

_HEADING = re.compile(
    r"^[ \t]*--[ \t]*(action|question)[ \t]+(\w+)[ \t]*(?:\(([^)\n]*)\))?[ \t]*:?[ \t]*$", re.I | re.M
)


@dataclass(frozen=True)
class Action:
    """A change that the application makes, in the learner's own SQL or in the exercise's.

    Attributes:
        name: as the heading of its section gives it.
        args: the names of its values, which stand as ``:name`` in the SQL.
        says: one sentence on what it does.
        sql: its statements, where the exercise knows the tables and asks for no section.
        role: one of the server's cast, under which it runs; empty for the owner of the tables.
    """

    name: str
    args: tuple[str, ...]
    says: str = ""
    sql: str = ""
    role: str = ""

    @property
    def heading(self) -> str:
        """The comment line that its section begins with."""
        return f"-- action {self.name}({', '.join(self.args)})"


@dataclass(frozen=True)
class Question:
    """A question that the application asks, answered by the learner's own query or by the exercise's.

    Attributes:
        name: as the heading of its section gives it.
        columns: what the query gives, by position.
        says: one sentence on what is asked.
        sql: the query, where the exercise knows the tables and asks for no section.
        role: one of the server's cast, under which it runs; empty for the owner of the tables.
    """

    name: str
    columns: tuple[str, ...]
    says: str = ""
    sql: str = ""
    role: str = ""

    @property
    def heading(self) -> str:
        """The comment line that its section begins with."""
        return f"-- question {self.name}({', '.join(self.columns)})"


@dataclass(frozen=True)
class Design:
    """An answer, taken apart: statements of the DDL, of each action, and the query of each question."""

    ddl: tuple[str, ...]
    actions: dict[str, tuple[str, ...]]
    questions: dict[str, str]


class Incomplete(Exception):
    """The answer lacks a part that was asked for; the text says which."""


def take_apart(text: str, actions: Sequence[Action], questions: Sequence[Question]) -> Design:
    """Return the parts of an answer.

    Raises:
        Incomplete: a section is missing, empty, unknown, there twice, or has other arguments than asked, in its heading
            or in its SQL.
    """
    headings = list(_HEADING.finditer(text))
    asked: dict[tuple[str, str], Action | Question] = {("action", each.name): each for each in actions if not each.sql}
    asked |= {("question", each.name): each for each in questions if not each.sql}
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    ends = [*(heading.start() for heading in headings[1:]), len(text)][: len(headings)]
    for heading, end in zip(headings, ends, strict=True):
        key = (heading[1].lower(), heading[2])
        if key not in asked and not asked:
            raise Incomplete(f"Nothing is asked for under “{heading[0].strip()}”: the DDL alone is the answer.")
        if key not in asked:
            near = difflib.get_close_matches(key[1], [name for _, name in asked], n=1, cutoff=0.0)
            nearest = next(part for (_, name), part in asked.items() if name == near[0])
            raise Incomplete(f"Nothing is asked for under “{heading[0].strip()}”. The nearest is: {nearest.heading}")
        if key in found:
            raise Incomplete(f"The section “{heading[0].strip()}” is there twice.")
        given = tuple(part.strip() for part in (heading[3] or "").split(",") if part.strip())
        part = asked[key]
        if given and given != (part.args if isinstance(part, Action) else part.columns):
            raise Incomplete(f"The heading “{heading[0].strip()}” should read: {part.heading}")
        found[key] = tuple(sql.split(text[heading.end() : end]))
    missing = [part for key, part in asked.items() if not found.get(key)]
    if missing:
        lines = [f"{part.heading}   {part.says}".rstrip() for part in missing]
        raise Incomplete("These sections are missing or empty:\n" + "\n".join(lines))
    for (_, name), part in asked.items():
        if isinstance(part, Action):
            _check_values(part, found["action", name])
        elif len(found["question", name]) != 1:
            raise Incomplete(f"A question is one query; under “{part.heading}” there are several statements.")
    return Design(
        ddl=tuple(sql.split(text[: headings[0].start()] if headings else text)),
        actions={each.name: found.get(("action", each.name)) or tuple(sql.split(each.sql)) for each in actions},
        questions={each.name: (found.get(("question", each.name)) or sql.split(each.sql))[0] for each in questions},
    )


def _check_values(action: Action, statements: Sequence[str]) -> None:
    for statement in statements:
        for start, end in sql.binds(statement):
            name = statement[start + 1 : end]
            if name not in action.args:
                near = difflib.get_close_matches(name, action.args, n=1, cutoff=0.0)
                nearest = f" The nearest that it has is :{near[0]}." if near else ""
                raise Incomplete(f"No value called :{name} comes in under “{action.heading}”.{nearest}")
        for kind, start, end in sql.tokens(statement):
            written = statement[start:end]
            if kind == "string" and written.startswith("':") and written[2:-1] in action.args:
                raise Incomplete(
                    f"{written} under “{action.heading}” is a text of its own. "
                    f"Write {written[1:-1]} without quotes: the value comes in between quotes by itself."
                )
