"""A clock that a history sets: the server's own cannot be turned, so an answer is made to read another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mnemo_helpers import sql
from mnemo_helpers.grading._sections import Design

_CALLED = {"now", "clock_timestamp", "statement_timestamp", "transaction_timestamp"}
# Keywords with a value, and no functions that a search path could hide.
_KEYWORDS = {"current_date", "current_timestamp", "current_time", "localtimestamp", "localtime"}

_NOW = "coalesce(nullif(pg_catalog.current_setting('mnemo.clock', true), '')::timestamptz, pg_catalog.now())"
_TYPES = dict.fromkeys(_CALLED, "timestamptz") | {
    "current_date": "date",
    "current_timestamp": "timestamptz",
    "current_time": "timetz",
    "localtimestamp": "timestamp",
    "localtime": "time",
}
# A precision may follow the keywords; what is set is whole seconds, so that it changes nothing.
MADE: tuple[str, ...] = (
    "CREATE SCHEMA mnemo_clock",
    "GRANT USAGE ON SCHEMA mnemo_clock TO PUBLIC",
    *(
        f"CREATE FUNCTION mnemo_clock.{name}({argument}) RETURNS {type} STABLE LANGUAGE sql RETURN ({_NOW})::{type}"
        for name, type in _TYPES.items()
        for argument in (("", "int") if name in _KEYWORDS else ("",))
    ),
)
"""Statements that make the clock in a database."""


def reading(design: Design) -> Design:
    """Return a design that reads the clock that a history sets wherever it asked for the time."""

    def read(statements: Sequence[str]) -> tuple[str, ...]:
        return tuple(map(rewritten, statements))

    return replace(
        design,
        ddl=read(design.ddl),
        actions={name: read(statements) for name, statements in design.actions.items()},
        questions={name: rewritten(query) for name, query in design.questions.items()},
    )


def setting(moment: str) -> str:
    """Return the statement that sets the clock until the transaction ends."""
    return f"SET LOCAL mnemo.clock = '{moment}'"


def rewritten(text: str) -> str:
    """Return a text of SQL with each question for the time put to the clock, also in the bodies of functions."""
    done: list[str] = []
    tokens = [token for token in sql.tokens(text) if token[0] not in ("space", "comment")]
    position = 0
    for i, (kind, start, end) in enumerate(tokens):
        written = text[start:end]
        if kind == "dollar":
            tag = written[: written.index("$", 1) + 1]
            inside = written.removeprefix(tag).removesuffix(tag)
            done += [text[position:start], tag, rewritten(inside), written[len(tag) + len(inside) :]]
        elif kind == "string" and written.startswith("'") and i and _is_body(text, tokens[:i]):
            done += [text[position:start], "'", rewritten(written[1:-1]), "'"]
        elif kind == "word" and written.lower() in _TYPES:
            name = written.lower()
            called = text[tokens[i + 1][1]] == "(" if i + 1 < len(tokens) else False
            schema = _schema(text, tokens[:i])
            if (name in _CALLED and not called) or schema not in ("", "pg_catalog"):
                continue
            begin = tokens[i - 2][1] if schema else start
            done += [text[position:begin], f"mnemo_clock.{name}", "" if called else "()"]
        else:
            continue
        position = end
    return "".join([*done, text[position:]])


def _is_body(text: str, before: Sequence[tuple[str, int, int]]) -> bool:
    """Tell whether a string after these tokens is the body of a function."""
    words = [text[start:end].lower() for kind, start, end in before if kind == "word"]
    return words[-1:] == ["as"] and text[before[-1][1] :].lower().startswith("as") and "function" in words[:4]


def _schema(text: str, before: Sequence[tuple[str, int, int]]) -> str:
    """Return the word before a dot that these tokens end with, or nothing."""
    if len(before) < 2 or text[before[-1][1]] != ".":
        return ""
    _, start, end = before[-2]
    return text[start:end].lower().strip('"')
