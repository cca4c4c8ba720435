"""Databases that known wrong answers are built in, one after the other: wiping one is quicker than making another."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Self

from mnemo_helpers import database
from mnemo_helpers.grading._run import Refused, SessionEnded, TimedOut, session

Place = Callable[[], AbstractContextManager[str]]

_WIPE = """
DO $$
DECLARE
    schema name;
BEGIN
    FOR schema IN
        SELECT nspname FROM pg_catalog.pg_namespace
        WHERE NOT pg_catalog.starts_with(nspname::text, 'pg_') AND nspname <> 'information_schema'
    LOOP
        EXECUTE pg_catalog.format('DROP SCHEMA %I CASCADE', schema);
    END LOOP;
    CREATE SCHEMA public;
    GRANT USAGE ON SCHEMA public TO PUBLIC;
END $$
"""


class Bench:
    """A few databases, each lent to one thread at a time and empty when it is lent."""

    def __init__(self) -> None:
        """Begin with none; the first borrowers make them."""
        self._stack = contextlib.ExitStack()
        self._free: queue.SimpleQueue[str] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        """Return the bench; leaving it drops its databases."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop the databases."""
        self._stack.__exit__(kind, problem, trace)

    @contextlib.contextmanager
    def place(self) -> Iterator[str]:
        """Lend an empty database; where it cannot be emptied afterwards, the next borrower gets another."""
        try:
            name = self._free.get_nowait()
        except queue.Empty:
            name = self._stack.enter_context(database.scratch())
        yield name
        with contextlib.suppress(Refused, TimedOut, SessionEnded), session(name, statement_s=5, all_s=10) as own:
            own.run(_WIPE)
            self._free.put(name)
