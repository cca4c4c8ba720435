"""The state from which each run begins: made by the script's own set-up, or kept from the tables that the steps use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Protocol

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.sql import tokens
from mnemo_helpers.stage._cast import Cast, array
from mnemo_helpers.stage._script import Script, words

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
    return _Made(cast, script, names) if script.setup else _Kept(cast, script, names)


class _Made:
    """What the script's set-up makes, and its teardown takes away."""

    def __init__(self, cast: Cast, script: Script, names: set[str]) -> None:
        self._cast, self._script, self._names = cast, script, names
        self._there = False
        self._tables: list[str] | None = None
        cast.tell("SET synchronous_commit = off", "set-up of the stage")

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
        if self._tables is None:
            self._tables = [table[1] for table in _find(self._cast, self._names) if table[2]]
        return self._tables


class _Kept:
    """Copies of the tables that the steps name, and of those tied to them by foreign keys."""

    def __init__(self, cast: Cast, script: Script, names: set[str]) -> None:
        self._cast = cast
        for step in script.steps:
            if words(step.sql)[:1] and words(step.sql)[0] in _DDL:
                raise MnemoError(
                    f"A step of {step.session} changes the tables themselves: {step.sql}",
                    remedy="Give the script `setup:` lines that make its tables anew, and `teardown:` lines.",
                )
        found = _find(cast, names)
        self._tables = _parents_first(cast, [table for table in found if table[2]])
        self._spare = [table[1] for table in found if not table[2] and table[3] == "r"]
        self._deleted = 0
        rows = [table for table in self._tables if table[3] == "r"]
        self._rows = sum(int(cast.ask(f"SELECT count(*) FROM {table[1]}".encode())[0][0] or 0) for table in rows)
        if self._rows > _ROWS:
            raise MnemoError(
                f"The tables that the steps name hold {self._rows:,} rows; a copy of them for each run is too much.",
                remedy="Give the script `setup:` lines that make small tables, and `teardown:` lines.",
            )
        columns = {table[1]: table[4] for table in rows}
        cast.tell("SET synchronous_commit = off", "set-up of the stage")
        for at, table in enumerate(columns):
            cast.tell(f"CREATE TEMP TABLE mnemo_kept_{at} AS TABLE {table}", "copy of the tables")
        fill = [
            f"INSERT INTO {table} ({listed}) OVERRIDING SYSTEM VALUE SELECT {listed} FROM mnemo_kept_{at};"
            for at, (table, listed) in enumerate(columns.items())
        ]
        triggers = cast.ask(_TRIGGERS.encode(), array(columns))
        quiet = [f"ALTER TABLE {table} DISABLE TRIGGER {name};" for table, name, _ in triggers]
        loud = [f"ALTER TABLE {table} ENABLE{always} TRIGGER {name};" for table, name, always in triggers]
        again = [f"SELECT setval('{name}', {last}, {called});" for name, last, called in _sequences(cast)]
        body = "".join([*fill, *loud, *again, "COMMIT;"])
        delete = "".join(f"DELETE FROM {table};" for table in reversed(columns))
        self._quick = "".join(["BEGIN;", *quiet, delete, body])
        truncate = f"TRUNCATE {', '.join(table[1] for table in self._tables)};" if self._tables else ""
        self._thorough = "".join(["BEGIN;", *quiet, truncate, body])
        # Whoever would write to a table that is not kept waits for this, and is told.
        if self._spare:
            cast.guard(f"BEGIN; LOCK TABLE {', '.join(self._spare)} IN SHARE MODE")

    def restore(self) -> None:
        self._deleted += self._rows + 1
        thorough = self._deleted > _DELETED
        self._cast.tell(self._thorough if thorough else self._quick, "return to the first state")
        if thorough:
            self._deleted = 0

    def leave(self) -> None:
        self._cast.tell(self._thorough, "return to the first state")

    def tables(self) -> Sequence[str]:
        return [table[1] for table in self._tables if table[3] == "r"]


# oid, name as SQL has it, whether it is used, kind, columns that can be written.
_Found = tuple[int, str, bool, str, str]


def _find(cast: Cast, names: Iterable[str]) -> list[_Found]:
    return [
        (int(oid or 0), name or "", used == "t", kind or "", columns or "")
        for oid, name, used, kind, columns in cast.ask(_NAMED.encode(), array(names))
    ]


def _parents_first(cast: Cast, tables: list[_Found]) -> list[_Found]:
    keys = {(int(child or 0), int(parent or 0)) for child, parent in cast.ask(_KEYS)}
    left, done = list(tables), list[_Found]()
    while left:
        oids = {table[0] for table in left}
        free = [table for table in left if not any((table[0], parent) in keys for parent in oids)]
        if not free:
            raise MnemoError(
                f"The tables {', '.join(table[1] for table in left)} refer to each other in a circle.",
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
