"""The state from which each run begins: made by the script's own set-up, or kept from the tables that the steps use."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.sql import tokens
from mnemo_helpers.stage._cast import Cast, array
from mnemo_helpers.stage._script import Script, words
from mnemo_helpers.stage._touched import Known

_ROWS = 20_000
# Rows that are deleted leave room behind; past this many the table is made small again, so that each run finds a table
# of one page. Deleting takes a twentieth of the time of TRUNCATE (0.2 ms against 4.5 ms for two tables of five rows).
_DELETED = 100
_DDL = ("create", "alter", "drop", "truncate", "comment", "grant", "revoke", "reindex", "cluster", "refresh")

_NAMED = """WITH RECURSIVE tables AS (
  SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), uses AS (
  SELECT conrelid AS a, confrelid AS b FROM pg_constraint WHERE contype = 'f'
  UNION ALL SELECT inhrelid, inhparent FROM pg_inherits
), used AS (
  SELECT t.oid FROM tables t JOIN pg_class c USING (oid) WHERE c.relname = ANY ($1::text[])
  UNION SELECT CASE u.oid WHEN a THEN b ELSE a END FROM used u JOIN uses ON u.oid IN (a, b)
)
SELECT t.oid, t.oid::regclass::text, t.oid IN (SELECT oid FROM used), c.relkind,
  has_table_privilege(t.oid, 'UPDATE, DELETE, TRUNCATE'),
  (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
   WHERE attrelid = t.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '')
FROM tables t JOIN pg_class c USING (oid) ORDER BY 2"""
_TRIGGERS = """SELECT tgrelid::regclass::text, quote_ident(tgname), CASE tgenabled WHEN 'A' THEN ' ALWAYS' ELSE '' END
FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') AND tgrelid::regclass::text = ANY ($1::text[])"""
_SEQUENCES = b"""SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE relkind = 'S' AND n.nspname !~ '^pg_' ORDER BY 1"""
_KEYS = b"SELECT conrelid, confrelid FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid"


class State(Protocol):
    """Where every run begins."""

    def restore(self) -> None:
        """Make it so, whatever the run before has done."""

    def leave(self) -> None:
        """Do what is to be done after the last run."""

    def tables(self) -> Sequence[str]:
        """Return the tables whose rows are the end of a run."""


def state_of(cast: Cast, script: Script, invariant: str) -> State:
    """Return the state that the script's set-up makes, or the one that its tables are in now.

    Raises:
        MnemoError: the tables cannot be kept.
    """
    names = _names([*(step.sql for step in script.steps), invariant])
    cast.tell("SET synchronous_commit = off", "set-up of the stage")
    if not script.setup:
        return _Kept(cast, script, names)
    made = _Made(cast, script, names)
    before = {table.oid for table in _find(cast, names)}
    made.restore()
    try:
        known = Known(cast, script.steps)
        if not all(known.rows_only(step.sql) for step in script.steps):
            return made
        # Nothing but rows can change: they are put back, which takes a fraction of making the tables anew.
        return _Kept(cast, script, names, before, made)
    except MnemoError:
        return made


class _Made:
    """What the script's set-up makes, and its teardown takes away."""

    def __init__(self, cast: Cast, script: Script, names: set[str]) -> None:
        self._cast, self._script, self._names = cast, script, names
        self._there = False

    def restore(self) -> None:
        self.leave()
        for sql in self._script.setup:
            self._cast.tell(sql, "set-up of the stage")
        self._there = True

    def leave(self) -> None:
        if self._there:
            for sql in self._script.teardown:
                self._cast.tell(sql, "teardown of the stage")
        self._there = False

    def tables(self) -> Sequence[str]:
        return [table.name for table in _find(self._cast, self._names) if table.used and table.holds_rows]


class _Kept:
    """Copies of the tables that the steps name, of those tied to them by foreign keys, and of those that were made."""

    def __init__(
        self,
        cast: Cast,
        script: Script,
        names: set[str],
        before: Container[int] | None = None,
        made: State | None = None,
    ) -> None:
        self._cast, self._made = cast, made
        for step in script.steps:
            if made is None and words(step.sql)[:1] and words(step.sql)[0] in _DDL:
                raise MnemoError(
                    f"A step of {step.session} changes the tables themselves: {step.sql}",
                    remedy="Give the script `setup:` lines that make its tables anew, and `teardown:` lines.",
                )
        found = _find(cast, names)
        self._tables = _parents_first(
            cast, [table for table in found if table.used or (before is not None and table.oid not in before)]
        )
        rows = [table for table in self._tables if table.holds_rows]
        counts = [cast.ask(f"SELECT count(*) FROM ONLY {table.name}".encode())[0][0] for table in rows]
        self._rows, self._deleted = sum(int(count or 0) for count in counts), 0
        if self._rows > _ROWS:
            raise MnemoError(
                f"The tables that the steps name hold {self._rows:,} rows; a copy of them for each run is too much.",
                remedy="Give the script `setup:` lines that make small tables, and `teardown:` lines.",
            )
        columns = {table.name: table.columns for table in rows}
        for at, table in enumerate(rows):
            cast.tell(f"CREATE TEMP TABLE mnemo_kept_{at} AS SELECT * FROM ONLY {table.name}", "copy of the tables")
        fill = [
            f"INSERT INTO {name} ({listed}) OVERRIDING SYSTEM VALUE SELECT {listed} FROM mnemo_kept_{at};"
            for at, (name, listed) in enumerate(columns.items())
        ]
        triggers = cast.ask(_TRIGGERS.encode(), array(columns))
        quiet = [f"ALTER TABLE {table} DISABLE TRIGGER {name};" for table, name, _ in triggers]
        loud = [f"ALTER TABLE {table} ENABLE{always} TRIGGER {name};" for table, name, always in triggers]
        again = [f"SELECT setval('{name}', {last}, {called});" for name, last, called in _sequences(cast)]
        body = "".join([*fill, *loud, *again, "COMMIT;"])
        delete = "".join(f"DELETE FROM ONLY {name};" for name in reversed(columns))
        self._quick = "".join(["BEGIN;", *quiet, delete, body])
        truncate = f"TRUNCATE {', '.join(table.name for table in self._tables)};" if self._tables else ""
        self._thorough = "".join(["BEGIN;", *quiet, truncate, body])
        # Whoever would write to a table that is not kept waits for this, and is told.
        spare = [table.name for table in found if table not in self._tables and table.holds_rows and table.writable]
        if spare:
            cast.guard(f"BEGIN; LOCK TABLE {', '.join(spare)} IN SHARE MODE")

    def restore(self) -> None:
        self._deleted += self._rows + 1
        thorough = self._deleted > _DELETED
        self._cast.tell(self._thorough if thorough else self._quick, "return to the first state")
        if thorough:
            self._deleted = 0

    def leave(self) -> None:
        if self._made is None:
            self._cast.tell(self._thorough, "return to the first state")
        else:
            self._made.leave()

    def tables(self) -> Sequence[str]:
        return [table.name for table in self._tables if table.holds_rows]


@dataclass(frozen=True)
class _Found:
    """A table that is there.

    Attributes:
        oid: its number.
        name: as SQL has it.
        used: whether the steps name it, or it is tied to one that they name.
        holds_rows: whether it is no mere parent of partitions.
        writable: whether this role may write to it.
        columns: those that can be written, listed.
    """

    oid: int
    name: str
    used: bool
    holds_rows: bool
    writable: bool
    columns: str


def _find(cast: Cast, names: Iterable[str]) -> list[_Found]:
    return [
        _Found(int(oid or 0), name or "", used == "t", kind == "r", writable == "t", columns or "")
        for oid, name, used, kind, writable, columns in cast.ask(_NAMED.encode(), array(names))
    ]


def _parents_first(cast: Cast, tables: list[_Found]) -> list[_Found]:
    keys = {(int(child or 0), int(parent or 0)) for child, parent in cast.ask(_KEYS)}
    left, done = list(tables), list[_Found]()
    while left:
        oids = {table.oid for table in left}
        free = [table for table in left if not any((table.oid, parent) in keys for parent in oids)]
        if not free:
            raise MnemoError(
                f"The tables {', '.join(table.name for table in left)} refer to each other in a circle.",
                remedy="Give the script `setup:` lines that make its tables anew, and `teardown:` lines.",
            )
        done += free
        left = [table for table in left if table not in free]
    return done


def _sequences(cast: Cast) -> list[tuple[str, str, str]]:
    found = []
    for (name,) in cast.ask(_SEQUENCES):
        last, called = cast.ask(f"SELECT last_value, is_called FROM {name}".encode())[0]
        found.append(((name or "").replace("'", "''"), last or "1", "true" if called == "t" else "false"))
    return found


def _names(texts: Iterable[str]) -> set[str]:
    """Return what might name a table in SQL; comments name some that a function uses."""
    found = set()
    for text in texts:
        for kind, start, end in tokens(text):
            if kind == "word":
                found.add(text[start:end].lower())
            elif kind == "comment":
                found.update(re.findall(r"\w+", text[start:end]))
            elif kind == "name":
                found.add(text[start + 1 : end - 1].replace('""', '"'))
    return found
