"""What each step of a run has touched, as the server's own table of locks tells it.

PostgreSQL keeps the lock of every table that a transaction has used, for reading too, until the transaction ends. What
a step may have touched is therefore among the locks that its transaction holds after it, and a step is sent together
with the question which these are. A statement outside of a transaction is sent as BEGIN, statement, question, COMMIT,
which is what it is, so that its locks are seen before they go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from psycopg.pq.abc import PGresult

from mnemo_helpers.sql import split, tokens
from mnemo_helpers.stage._answer import Refusal, read, value
from mnemo_helpers.stage._cast import Cast, array
from mnemo_helpers.stage._script import Step, words

Kind = Literal["begin", "statement", "neutral", "end", "opaque"]

# A table, and a lock's mode by its strength: 1 AccessShareLock … 8 AccessExclusiveLock.
Locks = frozenset[tuple[int, int]]

_MODES = (
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
)
_READS = ("select", "values", "table")
_STATEMENTS = (*_READS, "insert", "update", "delete", "merge", "with", "lock")
# Functions that change from call to call and yet tell nothing of other sessions, nor do anything to them.
_HARMLESS = ("nextval", "currval", "lastval", "setval", "random", "gen_random_uuid", "clock_timestamp", "timeofday")
_LEVEL = re.compile(r"isolation\s+level\s+(serializable|repeatable\s+read|read\s+committed|read\s+uncommitted)")

# Asked of the session itself, by the function below pg_locks, so that the view is not among its locks.
_ASKED = b"mnemo_relation"
_OWN = """SELECT relation AS mnemo_relation, mode FROM pg_catalog.pg_lock_status()
WHERE pid = pg_catalog.pg_backend_pid() AND locktype = 'relation'"""
_LOCKS = b"""SELECT relation, mode FROM pg_locks WHERE pid = $1::int AND locktype = 'relation'
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
_UNSAFE = """SELECT DISTINCT proname FROM pg_proc WHERE proname = ANY ($1::text[])
AND (provolatile = 'v' AND proname <> ALL ($2::text[]) OR pronamespace <> 'pg_catalog'::regnamespace)"""
# A table is plain if nothing of it runs code of its own, and nothing is put off until COMMIT.
_TABLES = """SELECT c.oid, c.relname, c.relkind, c.oid >= 16384 AND c.relkind IN ('r', 'p', 'i', 'I', 'S', 't')
  AND NOT c.relrowsecurity AND NOT c.relhasrules
  AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = c.oid AND (NOT tgisinternal OR tgdeferrable))
  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND condeferrable)
  AND NOT EXISTS (SELECT FROM pg_attrdef d, regexp_matches(pg_get_expr(adbin, adrelid), '(\\w+)\\(', 'g') f, pg_proc p
    WHERE d.adrelid = c.oid AND p.proname = f[1] AND p.provolatile = 'v' AND p.proname <> ALL ($2::text[]))
  AND NOT EXISTS (SELECT FROM pg_depend d JOIN pg_proc p ON p.oid = d.refobjid AND d.refclassid = 'pg_proc'::regclass
    WHERE d.objid IN (SELECT c.oid UNION SELECT oid FROM pg_attrdef WHERE adrelid = c.oid
      UNION SELECT oid FROM pg_constraint WHERE conrelid = c.oid
      UNION SELECT indexrelid FROM pg_index WHERE indrelid = c.oid))
FROM pg_class c WHERE c.oid = ANY ($1::oid[])"""


@dataclass(frozen=True)
class Table:
    """What is known of a table, an index or a sequence.

    Attributes:
        name: its name without its schema.
        sequence: whether it is a sequence, which no transaction undoes.
        plain: whether its locks tell all that using it touches.
    """

    name: str
    sequence: bool
    plain: bool


@dataclass
class Touched:
    """What one step did.

    Attributes:
        session: whose step.
        kind: what sort of statement it is.
        level: the level that it begins a transaction with, if it does.
        reads: whether it does nothing but read.
        locks: those of its transaction after it, and those that it waited for.
        ended: the number of the step with which it ended; None where it never did.
        failed: whether it ended in an error.
        alone: whether it is a transaction of its own.
    """

    session: str
    kind: Kind
    level: str | None
    reads: bool
    locks: Locks = frozenset()
    ended: int | None = None
    failed: bool = False
    alone: bool = False


@dataclass
class Watch:
    """Looks on while one run is played.

    Attributes:
        steps: what each step did, by its number.
    """

    cast: Cast
    known: Known
    steps: dict[int, Touched] = field(default_factory=dict)

    def sent(self, number: int, step: Step, *, in_transaction: bool) -> str:
        """Note a step before it is sent, and return what is sent for it."""
        kind, level, reads = self.known.sort(step.sql)
        alone = not in_transaction and kind == "statement" and level is None
        if alone and "lock" in words(step.sql):
            # LOCK alone is an error, and would be none behind a BEGIN.
            kind, alone = "opaque", False
        self.steps[number] = Touched(step.session, kind, level, reads, alone=alone)
        first = [words(statement)[0] for statement in split(step.sql)] if kind == "statement" else []
        if not set(first) - {"begin", "start", "lock"}:
            # LOCK takes no snapshot, and a question behind it would: it is asked from outside.
            return step.sql
        asking = f"{step.sql}\n; {_OWN}"
        return f"BEGIN; {asking}; COMMIT" if alone else asking

    def heard(self, number: int, at: int, results: Sequence[PGresult]) -> list[PGresult]:
        """Note what a step touched and with which step it ended; return what it answered itself."""
        touched = self.steps[number]
        own = list(results[1:] if touched.alone else results)
        asked = next((i for i, result in enumerate(own) if result.nfields and result.fname(0) == _ASKED), None)
        if asked is not None:
            found = own[asked]
            touched.locks |= _read([(value(found, row, 0), value(found, row, 1)) for row in range(found.ntuples)])
            own = own[:asked] + [result for result in own[asked + 1 :] if isinstance(read(result), Refusal)]
        touched.ended = at
        touched.failed = any(isinstance(read(result), Refusal) for result in own)
        if asked is None and touched.kind == "statement" and not touched.failed:
            self.waits(number)
        return own

    def waits(self, number: int) -> None:
        """Note the locks that a step's transaction holds and waits for, asked from outside."""
        touched = self.steps[number]
        pid = self.cast.sessions[touched.session].pid
        touched.locks |= _read([(row[0], row[1]) for row in self.cast.ask(_LOCKS, str(pid))])


class Known:
    """What is known of the database's tables and functions; asked once each."""

    def __init__(self, cast: Cast, steps: Iterable[Step]) -> None:
        """Look up the functions that the steps name."""
        self._cast = cast
        self._tables: dict[int, Table] = {}
        called = {name for step in steps for name in _called(step.sql)}
        rows = cast.ask(_UNSAFE.encode(), array(called), array(_HARMLESS))
        self._unsafe = {name for (name,) in rows}

    def sort(self, sql: str) -> tuple[Kind, str | None, bool]:
        """Return a step's kind, the level of the transaction that it begins ("" for the default), whether it reads."""
        statements = [words(statement) for statement in split(sql)]
        level: str | None = None
        if statements and _kind(statements[0]) == "begin":
            found = _LEVEL.search(" ".join(statements[0]))
            level = " ".join(found[1].split()) if found else ""
            if "only" in statements[0] or "deferrable" in statements[0]:
                # Who declares to read only is spared some conflicts at SERIALIZABLE, depending on who commits.
                return "opaque", level, False
            if len(statements) == 1:
                return "begin", level, False
            statements = statements[1:]
        kinds = {_kind(statement) for statement in statements}
        if kinds == {"statement"} and not self._unsafe & _called(sql):
            reads = all(statement[0] in _READS and "for" not in statement for statement in statements)
            return "statement", level, reads
        if len(statements) == 1 and level is None and kinds <= {"end", "neutral"}:
            return kinds.pop(), None, False
        return "opaque", level, False

    def rows_only(self, sql: str) -> bool:
        """Tell whether a step can change nothing that outlives it but rows; locks by a number go with their session."""
        statements = [words(statement) for statement in split(sql)]
        kinds = {_kind(statement) for statement in statements}
        advisory = all(
            str(name).startswith(("pg_advisory_", "pg_try_advisory_")) for name in self._unsafe & _called(sql)
        )
        return kinds <= {"begin", "statement", "end", "neutral"} and advisory

    def table(self, oid: int) -> Table:
        """Return what is known of a table."""
        if oid not in self._tables:
            rows = self._cast.ask(_TABLES.encode(), f"{{{oid}}}", array(_HARMLESS))
            name, kind, plain = rows[0][1:] if rows else ("", "", "f")
            self._tables[oid] = Table(name or "", kind == "S", plain == "t")
        return self._tables[oid]


def _read(rows: Iterable[tuple[str | None, str | None]]) -> Locks:
    found = ((int(relation or 0), mode) for relation, mode in rows)
    return frozenset((relation, _MODES.index(mode) + 1) for relation, mode in found if mode in _MODES)


def _kind(statement: Sequence[str]) -> Kind:
    match statement:
        case ["begin", *_] | ["start", "transaction", *_]:
            return "begin"
        case ["commit" | "rollback" | "end" | "abort", *rest]:
            if not rest or rest in (["work"], ["transaction"]):
                return "end"
            return "neutral" if rest[0] == "to" else "opaque"
        case ["select", *rest] if "into" in rest:
            return "opaque"
        case [word, *_] if word in _STATEMENTS:
            return "statement"
        case ["savepoint" | "release" | "show", *_]:
            return "neutral"
        case ["set", what, *_] if what not in ("transaction", "session", "constraints", "local"):
            return "neutral"
    return "opaque"


def _called(sql: str) -> set[str]:
    """Return the names that stand before an opening parenthesis."""
    found, before = set(), ""
    for kind, start, end in tokens(sql):
        if kind == "word":
            before = sql[start:end].lower()
        elif kind == "name":
            before = sql[start + 1 : end - 1]
        elif kind == "other" and sql[start] == "(" and before:
            found.add(before)
            before = ""
        elif kind not in ("space", "comment"):
            before = ""
    return found
