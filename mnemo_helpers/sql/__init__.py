"""SQL cells: PostgreSQL as it is, from a notebook.

``%sql`` and ``%%sql`` keep ipython-sql's syntax; below it each named session is one raw connection that behaves as psql
does. Every magic is a thin line over a function of this module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import psycopg

from mnemo_helpers.sql import _cell
from mnemo_helpers.sql._lexer import bind, binds, split, tokens, uncommented
from mnemo_helpers.sql._problem import error_from
from mnemo_helpers.sql._result import Result
from mnemo_helpers.sql._session import Opener
from mnemo_helpers.sql._sessions import Sessions

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = [
    "Result",
    "bind",
    "binds",
    "close_all",
    "connect",
    "error_from",
    "execute",
    "load",
    "session",
    "sessions",
    "split",
    "tokens",
    "uncommented",
    "use",
]

_sessions = Sessions()


def use(open: Opener, main: str = "main") -> None:
    """Tell how a session is opened; sessions of before are closed and forgotten.

    Args:
        open: takes a session's name, returns a connection in autocommit mode.
        main: the name of the session in which a cell runs that names none.
    """
    _sessions.use(open, main)


def execute(
    text: str,
    session: str | None = None,
    variables: Mapping[str, Any] | None = None,
    expect: str | Sequence[str] | None = None,
    *,
    keep_all: bool = False,
) -> Result | None:
    """Run statements as a SQL cell does: what they say is shown, but for the rows of the last, which are returned.

    Args:
        text: one statement or several.
        session: a session's name, ``@name`` to open one, an address, or None for the main one.
        variables: what ``:name`` may stand for.
        expect: a SQLSTATE, a class of two letters, or several of them, one of which must come.
        keep_all: keep every row; otherwise the first hundred are kept and the others counted.

    Raises:
        SQLError: the server refused a statement.
        MnemoError: nothing is open; an expected error did not come; a value cannot be filled in.
    """
    expected = (expect,) if isinstance(expect, str) else tuple(expect or ())
    keep = None if keep_all else _cell.ROWS_SHOWN
    return _cell.run(_sessions, _sessions.named(session), text, variables or {}, expect=expected, keep=keep)


def session(name: str | None = None) -> psycopg.Connection[Any]:
    """Return the raw connection of a session, opened if need be; None for the main one.

    Raises:
        UnknownName: there is no such session (``@name`` opens it).
        MnemoError: nothing is open.
    """
    return _sessions.named(name).connection()


def sessions() -> tuple[str, ...]:
    """Return the names of the sessions, in the order in which they were named."""
    return tuple(session.name for session in _sessions.all())


def connect(name: str) -> psycopg.Connection[Any]:
    """Open a connection of the caller's own, where a cell that names no session runs.

    Args:
        name: what ``pg_stat_activity`` shows of it.

    Raises:
        MnemoError: nothing is open.
    """
    return _sessions.connect(name)


def close_all() -> None:
    """Close every session's connection; an open transaction is rolled back, the next cell connects anew."""
    _sessions.close_all()


def load(shell: InteractiveShell) -> None:
    """Register ``%sql`` and ``%%sql`` on IPython's shell; twice does no more than once."""
    from mnemo_helpers.sql import _register

    _register.register(shell, _sessions)
