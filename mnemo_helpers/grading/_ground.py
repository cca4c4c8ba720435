"""A database of a check's own on which sessions of an answer play, and what ends them when they do not end."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg
from psycopg.conninfo import make_conninfo

from mnemo_helpers import database, render, server, sql
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading._rows import Rows
from mnemo_helpers.grading._run import Refused, Session, session, settings
from mnemo_helpers.grading._stage import Interleaved

_ALL_S = 60.0
_SHOWN = 8
_BOOLEAN = 16
_QUERIES = ("select", "with", "values", "table")
# Whatever stands in the schema goes, so that the tables can be made anew; the schema itself may be another's. The
# sequence of an identity column goes with its table, and cannot go alone.
_WIPE = """DO $wipe$ DECLARE drops text; BEGIN
  FOR drops IN SELECT format('DROP %s IF EXISTS public.%I CASCADE', CASE relkind WHEN 'v' THEN 'VIEW'
      WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, relname)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND classid = 'pg_class'::regclass
                      AND deptype = 'i')
    UNION ALL SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure)
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT format('DROP TYPE IF EXISTS public.%I CASCADE', typname)
    FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
  LOOP EXECUTE drops; END LOOP; END $wipe$;
"""
_TABLES = """SELECT relname FROM pg_catalog.pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY oid"""


@dataclass
class Ground:
    """Where the sessions of one check play.

    Attributes:
        exercise: what is asked.
        dsn: how a session connects, as the answer role with fixed settings.
        own: the check's own session there.
        timed_out: set when all sessions were ended from outside, since together they took too long.
        all_s: seconds after which that happens.
    """

    exercise: Interleaved
    dsn: str
    own: Session
    timed_out: threading.Event = field(default_factory=threading.Event)
    all_s: float = _ALL_S

    @property
    def setup(self) -> str:
        """Statements that make the tables, whatever is there."""
        return _WIPE + self.exercise.tables

    def still_there(self) -> None:
        """Make sure that the server is there.

        Raises:
            ServerGone: it is not.
            SessionEnded: it is, and has been told to end the check's own session.
        """
        self.own.run("SELECT 1")

    def make(self) -> None:
        """Make the tables.

        Raises:
            MnemoError: their statements do not run.
        """
        try:
            self.own.control(self.setup)
        except Refused as no:
            raise self.broken("tables", no) from None

    def holds(self, sentence: str) -> bool | None:
        """Tell whether a sentence in SQL is true now; None where it is unknown.

        Raises:
            Refused: the server refuses it.
            NoSentence: it is not one value that is true or false.
        """
        text = sql.uncommented(sentence).strip().rstrip(";").strip()
        query = next((text[s:e].lower() for kind, s, e in sql.tokens(text) if kind == "word" or text[s] == "("), "")
        found = self.own.run(text if query in _QUERIES else f"SELECT ({text}\n)", most=2)
        if found is None or (len(found.rows), len(found.columns)) != (1, 1):
            shape = f"{len(found.rows)} rows of {len(found.columns)} columns" if found else "nothing"
            raise NoSentence("shape", f"It gives {shape}, not one value that is true or false.")
        value = found.rows[0][0]
        if found.types != (_BOOLEAN,):
            what = "NULL" if value is None else value
            number = re.fullmatch(r"-?[\d.]+", what)
            raise NoSentence("number" if number else "no boolean", f"It is no boolean, it is {what}.")
        return None if value is None else value == "t"

    def true(self, part: str, sentence: str) -> bool:
        """Tell whether a sentence of the exercise's own is true now.

        Raises:
            MnemoError: it is none.
        """
        try:
            return self.holds(sentence) is True
        except (Refused, NoSentence) as no:
            raise self.broken(part, no) from None

    def contents(self) -> tuple[tuple[str, Rows], ...]:
        """Return what the tables hold, in an order that is the same each time."""
        names = self.own.run(_TABLES, most=20)
        found = []
        for (name,) in names.rows if names else ():
            quoted = '"' + str(name).replace('"', '""') + '"'
            rows = self.own.run(f"SELECT * FROM {quoted} AS t ORDER BY t::text", most=1000)
            found += [(str(name), rows)] if rows else []
        return tuple(found)

    def shown(self) -> render.Shown:
        """Return what the tables hold, to be seen."""
        tables = []
        for name, rows in self.contents():
            more = len(rows.rows) - _SHOWN
            caption = f"{name}, and {more} more" if more > 0 else name if rows.rows else f"{name}: no row"
            tables.append(render.table(rows.columns, rows.readable()[:_SHOWN], caption=caption))
        return render.beside(*tables)

    def broken(self, part: str, no: Exception) -> MnemoError:
        """Return what to say when a part of the exercise itself does not work."""
        lines = no.error.lines() if isinstance(no, Refused) else [str(no)]
        return MnemoError(f"A part of exercise {self.exercise.id} does not work: its {part}.", tried=lines)


class NoSentence(Exception):
    """What is written in SQL is neither true nor false; ``reason`` says in a word why, the text what it is."""

    def __init__(self, reason: str, told: str) -> None:
        """Keep the reason."""
        self.reason = reason
        super().__init__(told)


@contextlib.contextmanager
def ground(exercise: Interleaved, *, all_s: float = _ALL_S) -> Iterator[Ground]:
    """Make a database for one check, the exercise's tables in it; drop it afterwards.

    Args:
        exercise: whose tables.
        all_s: seconds after which all sessions in it are ended.

    Raises:
        NoAnswerRole: the server has no role for answers.
        MnemoError: the tables cannot be made.
    """
    database.secure_answer()
    with database.scratch() as name, session(name, statement_s=exercise.timeout_s, all_s=2 * all_s) as own:
        # A step's time is limited by who plays it: a limit of the server's would count waiting for another as well.
        # That COMMIT returns before the disk has it no session can tell.
        options = f"{settings(0)} -c synchronous_commit=off"
        dsn = make_conninfo(server.conninfo(server.ensure(), "answer", name), options=options)
        found = Ground(exercise, dsn, own, all_s=all_s)
        watch = threading.Timer(all_s, _end_all, (name, found.timed_out))
        watch.daemon = True
        watch.start()
        try:
            found.make()
            yield found
        finally:
            watch.cancel()


def _end_all(name: str, timed_out: threading.Event) -> None:
    timed_out.set()
    with contextlib.suppress(MnemoError, psycopg.Error), database.connect(name, role="answer", name="mnemo check") as c:
        c.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
