"""Asking a database for one value, with the course's own statements."""

from __future__ import annotations

from typing import Literal

from mnemo_helpers import database
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading._run import Refused, SessionEnded, TimedOut, session

_STATEMENT_S = 30.0


def as_shown(dataset: str, statement: str) -> str:
    """Return the one value that a statement gives on a data set as shown, as the server's text.

    Raises:
        MnemoError: the server refused it, or it gave something else.
    """
    database.secure_answer()
    return _one_value(database.grading(dataset), statement, role="answer", statement_s=_STATEMENT_S)


def in_own(place: str, statement: str, *, statement_s: float) -> str:
    """Return the one value that a statement gives in the learner's database, as the server's text.

    Args:
        place: the database.
        statement: one row, one column.
        statement_s: seconds that it may take; the learner's own open transaction may be in its way.

    Raises:
        MnemoError: the server refused it, or it gave something else.
    """
    return _one_value(place, statement, role="learner", statement_s=statement_s)


def _one_value(place: str, statement: str, *, role: Literal["answer", "learner"], statement_s: float) -> str:
    try:
        with session(place, statement_s=statement_s, all_s=statement_s + 2, role=role) as own:
            own.control("BEGIN READ ONLY; SELECT 1")
            found = own.run(statement, most=2)
    except Refused as refused:
        raise MnemoError("\n".join(refused.error.lines())) from None
    except (TimedOut, SessionEnded):
        raise MnemoError(f"The measurement had not ended after {statement_s:g} seconds.") from None
    value = found.rows[0][0] if found and len(found.rows) == 1 and len(found.columns) == 1 else None
    if value is None:
        raise MnemoError("The measurement gave no single value.")
    return value
