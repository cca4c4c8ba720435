"""``%sql`` and ``%%sql``: ipython-sql's front end, PostgreSQL itself below it."""

from __future__ import annotations

import sys
from collections import ChainMap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError, SQLError
from mnemo_helpers.sql import _cell
from mnemo_helpers.sql._order import Order, read
from mnemo_helpers.sql._result import Result, rows

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from mnemo_helpers.sql._register import SqlMagic
    from mnemo_helpers.sql._session import Session
    from mnemo_helpers.sql._sessions import Sessions

# ipython-sql imports pandas (0.2 s, 60 MB) for --persist, which is refused here; it can do without.
_without_pandas = "pandas" not in sys.modules
if _without_pandas:
    sys.modules["pandas.core.frame"] = None  # type: ignore[assignment]
try:
    import sql.magic
finally:
    if _without_pandas:
        del sys.modules["pandas.core.frame"]

PARSER = sql.magic.SqlMagic.execute.parser
if "--expect" not in PARSER._option_string_actions:
    PARSER.add_argument("--expect", nargs="+", metavar="SQLSTATE", help="an error that must come: a code, or its class")


class PostgresMagic(sql.magic.SqlMagic):  # type: ignore[misc]
    """ipython-sql's magic with its parser and its words, and none of its engine."""

    def __init__(self, shell: InteractiveShell, sessions: Sessions, settings: SqlMagic) -> None:
        """Take the place of ipython-sql's magic on this shell."""
        super().__init__(shell)
        # %config has one SqlMagic, and it is the one with the settings that these cells heed.
        shell.configurables.remove(self)
        self._sessions, self._settings = sessions, settings

    def execute(self, line: str = "", cell: str = "", local_ns: dict[str, Any] | None = None) -> Any:
        """Run a SQL cell; what it returns is its value."""
        names = [session.name for session in self._sessions.all()]
        order = read(line, cell, PARSER, names)
        if order.list:
            return self._listed()
        if order.close:
            return self._close(order.close)
        session = self._sessions.named(order.session)
        text = order.text
        if order.file:
            text = _text_of(order.file) + "\n" + text
        elif not text.strip() and order.session and not order.result:
            session.connection()
            render.show(render.note("info", f"Session {session.name} is open."))
            return None
        try:
            return self._run(order, session, text, ChainMap(local_ns or {}, self.shell.user_ns))
        except SQLError as problem:
            word = line.strip()
            if problem.sqlstate != "42601" or not word.isidentifier() or f'"{word}"' not in problem.what:
                raise
            hint = f"HINT:  If {word} is to be a session, %%sql @{word} opens it."
            raise SQLError([*problem.lines(), hint], problem.sqlstate) from None

    def _run(self, order: Order, session: Session, text: str, variables: ChainMap[str, Any]) -> Any:
        settings = self._settings
        show = _cell.ROWS_SHOWN if settings.displaylimit is None else settings.displaylimit or None
        keep_all = bool(order.result) or settings.autopandas or settings.column_local_vars
        if settings.displaycon:
            print(session.name)
        result = _cell.run(
            self._sessions,
            session,
            text,
            variables,
            expect=order.expect,
            keep=None if keep_all else show,
            show=show,
            feedback=settings.feedback,
        )
        if settings.column_local_vars and result is not None:
            values = result.by_column()
            self.shell.user_ns.update(values)
            print(f"{', '.join(values)}: {rows(result.count)}")
            return None
        value = result.DataFrame() if settings.autopandas and result is not None else result
        if not order.result:
            return value
        self.shell.user_ns[order.result] = value
        print(f"{order.result}: {'no rows' if result is None else rows(result.count)}")
        return None

    def _listed(self) -> Result:
        lines: list[list[str | None]] = [[session.name, session.state] for session in self._sessions.all()]
        kept = [tuple(line) for line in lines]
        return Result(("session", "state"), len(lines), "", "", kept, lines, (False, False))

    def _close(self, name: str) -> None:
        session = self._sessions.close(name)
        render.show(render.note("info", f"Session {session.name} is closed."))


def _text_of(path: str) -> str:
    try:
        return Path(path).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is not UTF-8"
        raise MnemoError(f"{path} cannot be read: {reason}.") from None
