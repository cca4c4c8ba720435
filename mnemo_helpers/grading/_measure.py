"""Asking a database for one value, as the course's own statements do."""

from __future__ import annotations

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading._run import Refused, SessionEnded, TimedOut, session

_STATEMENT_S = 30.0


def one_value(place: str, statement: str, *, statement_s: float = _STATEMENT_S) -> str:
    """Return the one value that a statement gives, as the server's text.

    Args:
        place: the database.
        statement: one row, one column.
        statement_s: seconds that it may take.

    Raises:
        MnemoError: the server refused it, or it gave something else.
    """
    try:
        with session(place, statement_s=statement_s, all_s=statement_s + 2, role="learner") as own:
            own.connection.execute("BEGIN READ ONLY; SELECT 1")
            found = own.run(statement, most=2)
    except Refused as refused:
        raise MnemoError("\n".join(refused.error.lines())) from None
    except (TimedOut, SessionEnded):
        raise MnemoError(f"The measurement had not ended after {statement_s:g} seconds.") from None
    value = found.rows[0][0] if found and len(found.rows) == 1 and len(found.columns) == 1 else None
    if value is None:
        raise MnemoError("The measurement gave no single value.")
    return value
