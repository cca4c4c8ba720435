"""A workload measured in a transaction that is rolled back: the pages of its questions, the WAL of its writes."""

from __future__ import annotations

import atexit
import contextlib
import functools
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mnemo_helpers import database, plans, sql
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading._index import Indexed, Read
from mnemo_helpers.grading._rows import Rows
from mnemo_helpers.grading._run import Refused, Session, session

_KEPT = 2
_MOST_ROWS = 100_000
_ALL_S = 60.0
_SETTLED_S = 5.0
_READ = "EXPLAIN (ANALYZE, BUFFERS, VERBOSE, TIMING OFF, FORMAT JSON)\n"
_WRITE = "EXPLAIN (ANALYZE, WAL, TIMING OFF, FORMAT JSON)\n"
_TABLES = """SELECT pg_catalog.quote_ident(relname) FROM pg_catalog.pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm') ORDER BY 1"""
_UNSEEN = """SELECT relname FROM pg_catalog.pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm') AND relallvisible < relpages"""
# An index without its name: what it is made of is the answer, and how it is called is the learner's.
_INDEXES = """SELECT i.indexrelid::text, pg_catalog.pg_relation_size(i.indexrelid)::text,
  pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(i.indexrelid), 'INDEX .* ON', 'INDEX ON')
FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
WHERE c.relnamespace = 'public'::regnamespace ORDER BY 3, 1"""
# Statistics on several columns as they were asked for; as long as ANALYZE has not filled them, of no kind.
_STATISTICS = """SELECT CASE WHEN s.statistics_name IS NULL
  THEN pg_catalog.regexp_replace(pg_catalog.pg_get_statisticsobjdef(e.oid), 'STATISTICS [^ ]+ ([(][^)]*[)] )?',
    'STATISTICS not filled ')
  ELSE pg_catalog.regexp_replace(pg_catalog.pg_get_statisticsobjdef(e.oid), 'STATISTICS [^ ]+ ', 'STATISTICS ') END
FROM pg_catalog.pg_statistic_ext AS e JOIN pg_catalog.pg_namespace AS n ON n.oid = e.stxnamespace
LEFT JOIN pg_catalog.pg_stats_ext AS s ON (s.statistics_schemaname, s.statistics_name) = (n.nspname, e.stxname)
  AND (s.n_distinct IS NOT NULL OR s.dependencies IS NOT NULL OR s.most_common_vals IS NOT NULL)
WHERE e.stxnamespace = 'public'::regnamespace ORDER BY 1"""

_ABOUT = """SELECT c.relname, (pg_catalog.pg_relation_size(c.oid) / 8192)::text,
  (SELECT pg_catalog.string_agg(
     a.attname || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
   FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  (SELECT pg_catalog.string_agg(pg_catalog.pg_get_indexdef(i.indexrelid), ';' ORDER BY i.indexrelid)
   FROM pg_catalog.pg_index AS i WHERE i.indrelid = c.oid)
FROM pg_catalog.pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'm') ORDER BY c.oid"""


@dataclass(frozen=True)
class Measured:
    """What a workload takes.

    Attributes:
        pages: of each question, for each set of values.
        plans: of each question, for each set of values.
        records: of WAL, for each write.
        index_bytes: of each index, by its oid.
        indexes: their definitions without names, sorted; after them those of statistics on several columns.
        contents: of each table, what tells its rows from others, where the answer decides on them.
        answers: what the question gives, for each set of values, where the answer decides on its words.
    """

    pages: Mapping[str, tuple[int, ...]]
    plans: Mapping[str, tuple[plans.Plan, ...]]
    records: Mapping[str, int]
    index_bytes: Mapping[str, int]
    indexes: tuple[str, ...]
    contents: tuple[str, ...] = ()
    answers: tuple[Rows, ...] = ()

    def grown(self, before: Measured) -> int:
        """Return by how many bytes all indexes have grown: by those that were made, less those that were dropped.

        Those that were there before and still are do not count: what writes add to them is no part of the answer.

        Args:
            before: what the workload takes without an answer.
        """
        made = sum(size for oid, size in self.index_bytes.items() if oid not in before.index_bytes)
        return made - sum(size for oid, size in before.index_bytes.items() if oid not in self.index_bytes)


@dataclass
class Place:
    """A database that holds one state of an exercise's data; every check in it is rolled back.

    Attributes:
        exercise: whose data it holds.
        state: which of them.
        name: the database's.
    """

    exercise: Indexed
    state: str
    name: str

    @contextlib.contextmanager
    def check(self) -> Iterator[Session]:
        """Open a transaction in which everything may be tried; afterwards nothing of it is left."""
        with session(self.name, statement_s=self.exercise.timeout_s, all_s=_ALL_S) as own:
            own.control("BEGIN")
            try:
                yield own
            finally:
                with contextlib.suppress(Refused):
                    own.control("ROLLBACK")
                    if self.exercise.writes or self.exercise.decides == "data":
                        # Rows that were rolled back leave pages behind, which the next check would count.
                        _settle(own)

    @functools.cached_property
    def before(self) -> Measured:
        """What the workload takes without an answer."""
        with self.check() as own:
            return measure(self.exercise, own)

    @functools.cached_property
    def tables(self) -> tuple[tuple[str | None, ...], ...]:
        """Of each table its name, pages, columns with their types, and its indexes with semicolons between."""
        with self.check() as own:
            found = own.run(_ABOUT, most=1000)
        return tuple(tuple(row) for row in found.rows) if found else ()


_places: dict[Indexed, dict[str, tuple[Place, contextlib.ExitStack]]] = {}


def place(exercise: Indexed, state: str) -> Place:
    """Return the database of one state of an exercise's data, made if need be; those of the last few exercises stay.

    Raises:
        NoAnswerRole: the server has no role for answers.
        MnemoError: the tables cannot be made.
    """
    kept = _places.setdefault(exercise, {})
    for other in [*_places][: max(0, len(_places) - _KEPT)]:
        forget(other)
    if state not in kept:
        stack = contextlib.ExitStack()
        name = stack.enter_context(database.scratch())
        found = Place(exercise, state, name)
        try:
            _make(exercise, state, name)
            with found.check() as own:
                # Rows of a first check, undone, leave room in the tables that the rows of later ones fill again.
                measure(exercise, own)
        except BaseException:
            stack.close()
            raise
        kept[state] = (found, stack)
    return kept[state][0]


def forget(exercise: Indexed) -> None:
    """Drop the databases of an exercise.

    Args:
        exercise: whose.
    """
    for _, stack in _places.pop(exercise, {}).values():
        stack.close()


@atexit.register
def _forget_all() -> None:
    for exercise in [*_places]:
        forget(exercise)


def _make(exercise: Indexed, state: str, name: str) -> None:
    with session(name, statement_s=_ALL_S, all_s=2 * _ALL_S) as own:
        try:
            for statement in (*sql.split(exercise.states[state]), *sql.split(exercise.given)):
                own.run(statement)
            own.run("ANALYZE")
            _settle(own)
        except Refused as no:
            raise MnemoError(f"The tables of exercise {exercise.id} cannot be made: {no}") from None


def _settle(own: Session) -> None:
    """Clear up until each page is known to be visible to all, since scans of the index alone count on it.

    VACUUM passes over what somebody may still see or is just writing, and would leave entries of few dead rows for
    later.
    """
    until = time.monotonic() + _SETTLED_S
    while True:
        own.control("VACUUM (FREEZE, INDEX_CLEANUP ON)")
        unseen = own.run(_UNSEEN, most=1)
        if not unseen or not unseen.rows or time.monotonic() > until:
            return


def measure(exercise: Indexed, own: Session, question: str | None = None) -> Measured:
    """Return what the workload takes as things are in this transaction.

    Args:
        exercise: whose workload.
        own: where.
        question: what is asked instead of the exercise's own question, where the answer decides on its words.

    Raises:
        Refused: the server refuses a part of the workload, since the answer has changed what it rests on.
        TimedOut: it took too long.
    """
    found = {name: tuple(_read(own, read, question)) for name, read in exercise.reads.items()}
    records = {name: _records(own, statement) for name, statement in exercise.writes.items()}
    rows = own.run(_INDEXES, most=1000)
    indexes = rows.rows if rows else ()
    rows = own.run(_STATISTICS, most=1000)
    statistics = rows.rows if rows else ()
    return Measured(
        {name: tuple(plan.buffers for plan in asked) for name, asked in found.items()},
        found,
        records,
        {str(oid): int(size or 0) for oid, size, _ in indexes},
        (*(str(definition) for _, _, definition in indexes), *(str(definition) for (definition,) in statistics)),
        _contents(own) if exercise.decides == "data" else (),
        tuple(_answers(own, exercise, question)) if exercise.decides == "question" else (),
    )


def _answers(own: Session, exercise: Indexed, question: str | None) -> Iterator[Rows]:
    for read in exercise.reads.values():
        for values in read.values or ({},):
            yield own.run(sql.bind(question or read.sql, values), most=_MOST_ROWS) or Rows((), (), ())


def _contents(own: Session) -> tuple[str, ...]:
    tables = own.run(_TABLES, most=1000)
    found = []
    for (table,) in tables.rows if tables else ():
        rows = own.run(f"SELECT count(*), sum(pg_catalog.hashtext(t::text)) FROM {table} AS t", most=1)
        found += [f"{table} {rows.rows[0]}"] if rows else []
    return tuple(found)


def _read(own: Session, read: Read, question: str | None) -> Iterator[plans.Plan]:
    for values in read.values or ({},):
        yield _explained(own, _READ + sql.bind(question or read.sql, values))


def _records(own: Session, statement: str) -> int:
    own.control("SAVEPOINT written")
    try:
        return int(_explained(own, _WRITE + statement).root.told.get("WAL Records", 0))
    finally:
        with contextlib.suppress(Refused):
            own.control("ROLLBACK TO written")


def _explained(own: Session, statement: str) -> plans.Plan:
    rows = own.run(statement, most=10)
    text = rows.rows[0][0] if rows else None
    return plans.read(text or "")
