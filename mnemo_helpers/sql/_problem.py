"""A server's error in at most eight lines, as psql prints it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import psycopg
from psycopg.errors import Diagnostic
from psycopg.pq.abc import PGresult

from mnemo_helpers.errors import SQLError

# What the server does not say, and whoever sees the error for the first time needs.
_HINTS = {"25P02": "A statement before this one failed. ROLLBACK ends the transaction; then begin it again."}
_LINES = 8
_WIDTH = 160
# libpq writes the line and the caret (right for tabs and wide letters too); what comes before is the message itself.
_POSITION = re.compile(r"^(LINE \d+: .*)\n( *\^)", re.MULTILINE)
_PROCESS = re.compile(r"\b[Pp]rocess (\d+)")


def describe(
    result: PGresult,
    encoding: str,
    *,
    sessions: Mapping[int, str] | None = None,
    hint: str = "",
    statement: str = "",
) -> SQLError:
    """Return what the server raised, ready to be shown.

    Args:
        result: the server's answer.
        encoding: Python's name of the connection's encoding.
        sessions: names of our sessions by process id; an id in the text is told by its name.
        hint: one more hint, where the server gives none.
        statement: which statement of its cell it was, shown where no position tells.
    """
    diagnostic = Diagnostic(result, encoding)
    message = f"{diagnostic.severity}:  {diagnostic.message_primary}"
    full = (result.error_message or b"").decode(encoding, "replace")
    position = _POSITION.search(full, min(len(message), len(full)))
    context = (diagnostic.context or "").split("\n")[0]
    labelled = [
        ("DETAIL", _named(diagnostic.message_detail or "", sessions or {})),
        ("HINT", diagnostic.message_hint or hint or _HINTS.get(diagnostic.sqlstate or "", "")),
        ("CONTEXT", _named(context, sessions or {})),
        ("STATEMENT", "" if position else statement),
        ("SQLSTATE", diagnostic.sqlstate or ""),
    ]
    parts = [message.split("\n"), *([list(position.groups())] if position else [])]
    parts += [f"{label}:  {text}".split("\n") for label, text in labelled if text]
    rule = diagnostic.constraint_name or diagnostic.column_name
    return SQLError(_fit(parts), diagnostic.sqlstate, (diagnostic.table_name or "", rule) if rule else None)


def error_from(problem: psycopg.Error) -> SQLError:
    """Return what psycopg raised as the error that a SQL cell would show."""
    result = problem.pgresult
    if result is None:
        return SQLError(_fit([str(problem).strip().split("\n")]), problem.sqlstate)
    return describe(result, "utf-8")


def _fit(parts: Sequence[list[str]]) -> list[str]:
    # The message and the detail may be long: the longest part gives way, and each part keeps its first line.
    while sum(map(len, parts)) > _LINES:
        longest = max((part for part in parts if not part[0].startswith("LINE ")), key=len)
        del longest[-1]
        longest[-1] = longest[-1].removesuffix(" …") + " …"
    return [line if len(line) <= _WIDTH else line[: _WIDTH - 2] + " …" for part in parts for line in part]


def _named(text: str, sessions: Mapping[int, str]) -> str:
    def name(found: re.Match[str]) -> str:
        session = sessions.get(int(found.group(1)))
        other = "Another session" if found.group().startswith("P") else "another session"
        return f"session {session}" if session else other

    return _PROCESS.sub(name, text)
