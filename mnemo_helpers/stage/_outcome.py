"""How a run ended: who failed, which rows are there, and whether it could have happened one session after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import pq

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.sql import uncommented
from mnemo_helpers.stage._answer import value
from mnemo_helpers.stage._cast import Cast
from mnemo_helpers.stage._run import Run

SERIAL = "serial"

_BOOLEAN = 16
_QUERIES = ("select ", "select\n", "with ", "values ", "values(", "table ")
# These undo all that the session did, so that the others' order alone counts.
_UNDONE = ("40001", "40P01")


@dataclass(frozen=True)
class End:
    """How a run ended.

    Attributes:
        errors: the SQLSTATEs of each session that had errors.
        open: whether a step still waited at the end.
        rows: the rows of each table, as the server's text, sorted.
        read: what each session read and was answered, step by step.
    """

    errors: tuple[tuple[str, tuple[str, ...]], ...]
    open: bool
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    read: tuple[tuple[str, tuple[str, ...]], ...]

    def without(self, sessions: Sequence[str]) -> End:
        """Return the same, but for what these sessions read and met."""
        return End(
            tuple(pair for pair in self.errors if pair[0] not in sessions),
            self.open,
            self.rows,
            tuple(pair for pair in self.read if pair[0] not in sessions),
        )

    @property
    def undone(self) -> tuple[str, ...]:
        """The sessions that failed in a way that calls for another try."""
        return tuple(session for session, codes in self.errors if any(code in _UNDONE for code in codes))


def end_of(run: Run, cast: Cast, tables: Sequence[str], invariant: str = SERIAL) -> tuple[End, bool]:
    """Return how a run ended, the tables as they are now, and whether a sentence in SQL is true of them."""
    asked = "NULL" if invariant == SERIAL else _in_parentheses(invariant)
    listed = [f"(SELECT string_agg(r::text, chr(1) ORDER BY r::text) FROM ONLY {table} AS r)" for table in tables]
    (row,) = cast.ask(f"SELECT {', '.join([asked, *listed])}".encode())
    rows = tuple(
        (table, tuple(found.split("\1")) if found is not None else ())
        for table, found in zip(tables, row[1:], strict=True)
    )
    errors = [(session, run.errors(session)) for session in sorted(run.sessions)]
    read = tuple(
        (session, tuple(line for step in run.steps if step.session == session for line in step.said()))
        for session in sorted(run.sessions)
    )
    still_open = not all(step.finished for step in run.steps)
    return End(tuple(pair for pair in errors if pair[1]), still_open, rows, read), row[0] == "t"


def holds(cast: Cast, invariant: str) -> bool:
    """Tell whether a sentence in SQL is true now; one that is unknown is not.

    Raises:
        MnemoError: it is no sentence: not one row of one boolean, or no SQL.
    """

    text = uncommented(invariant).strip().rstrip(";")
    result = cast.tell(text if _is_query(text) else f"SELECT ({text})", "invariant")
    if result.status != pq.ExecStatus.TUPLES_OK or (result.ntuples, result.nfields) != (1, 1):
        raise MnemoError(
            f"The invariant gives {result.ntuples} rows of {result.nfields} columns: {text}",
            remedy="Write a sentence that is true or false, as in (SELECT count(*) FROM doctors WHERE on_call) >= 1.",
        )
    if result.ftype(0) != _BOOLEAN:
        raise MnemoError(
            f"The invariant is no boolean, it is {value(result, 0, 0)}: {text}",
            remedy="Write a sentence that is true or false, as in (SELECT count(*) FROM doctors WHERE on_call) >= 1.",
        )
    return value(result, 0, 0) == "t"


def _in_parentheses(invariant: str) -> str:
    return f"({uncommented(invariant).strip().rstrip(';')})"


def _is_query(text: str) -> bool:
    return text.lower().startswith(_QUERIES)
