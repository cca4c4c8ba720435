"""The shop into a database or files of somebody's own: whole, or not at all."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from mnemo_helpers import database
from mnemo_helpers.datagen._forms import fill_form, form_schema
from mnemo_helpers.datagen._load import Progress, fill, schema, tables
from mnemo_helpers.datagen._plan import Plan
from mnemo_helpers.errors import MnemoError, ServerUnavailable

FORMATS = ("csv", "sql")
Format = Literal["csv", "sql"]


@contextmanager
def connected(dsn: str, *, read_only: bool = False) -> Iterator[psycopg.Connection[Any]]:
    """Open a database that somebody names, and close it afterwards.

    Args:
        dsn: a connection string; its password appears in no message.
        read_only: whether nothing may be written there.

    Raises:
        ServerUnavailable: the server does not let us in.
    """
    try:
        named = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        raise MnemoError(
            "That is no connection string.",
            remedy="Write it as postgresql://user@host:port/database; `mnemo status --dsn` shows one.",
        ) from None
    where = str(named.get("dbname") or "the role's own")
    try:
        connection = psycopg.connect(
            dsn,
            autocommit=True,
            application_name="mnemo data",
            options=f"-c default_transaction_read_only={'on' if read_only else 'off'} {named.get('options') or ''}",
        )
    except psycopg.Error as problem:
        raise ServerUnavailable(
            f"There is no connection to the database {where}.",
            tried=[_line(problem)],
            remedy="Look at the connection string: host, port, database, role and password.",
        ) from None
    with connection:
        yield connection


def load(connection: psycopg.Connection[Any], plan: Plan, progress: Progress, form: str | None = None) -> int:
    """Create the shop's tables in a database and fill them, in one transaction.

    Args:
        connection: to a database that has none of these tables; its first schema gets them.
        plan: how much, and which.
        progress: told how many rows are in, of about how many.
        form: one of ``FORMS``, whose tables are made besides; None for the shop alone.

    Returns:
        How many rows there are.

    Raises:
        MnemoError: a table of such a name is there, the role may not create tables, or the disk is full; nothing has
            changed.
    """
    besides = [form_schema(form)] if form else []
    with _whole_or_nothing():
        there = [
            name
            for (name,) in connection.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
                " AND relname = ANY (%s) ORDER BY 1",
                [list(tables())],
            )
        ]
        if there:
            raise MnemoError(
                f"The database has a table {there[0]} already; nothing was changed.",
                remedy="Name an empty database, or drop what is in this one.",
            )
        with connection.transaction():
            connection.execute(b"\n".join([schema(), *besides]))
            rows = fill(connection, plan, progress)
            if form:
                fill_form(connection, form)
        # What the planner does without is not worth failing for.
        with contextlib.suppress(psycopg.Error):
            connection.execute("VACUUM (ANALYZE)")
    return rows


@contextmanager
def loaded(plan: Plan, progress: Progress, form: str | None = None) -> Iterator[psycopg.Connection[Any]]:
    """Load a shop into a database that is dropped afterwards."""
    with database.scratch("learner") as name, database.connect(name, name="mnemo data") as connection:
        load(connection, plan, progress, form)
        yield connection


def export(plan: Plan, written: Format, to: Path, progress: Progress, form: str | None = None) -> list[Path]:
    """Write the shop's tables to files: one for each table, or one that psql reads.

    Args:
        plan: how much, and which.
        written: ``csv`` with a line of names and empty fields for NULL; ``sql`` with schema and rows.
        to: a directory that is not there yet, or empty.
        progress: told how many rows are in, of about how many.
        form: one of ``FORMS``, whose tables are written besides; None for the shop alone.

    Returns:
        The files.

    Raises:
        MnemoError: the directory is not empty or cannot be written to; nothing was written.
    """
    try:
        if to.exists() and (not to.is_dir() or any(to.iterdir())):
            raise MnemoError(
                f"{to} is not an empty directory; nothing was written.", remedy="Name one that is not there yet."
            )
        to.parent.mkdir(parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(prefix=f".{to.name}.", dir=to.parent))
    except OSError as problem:
        raise _unwritable(to, problem) from None
    try:
        with loaded(plan, progress, form) as connection:
            names = _write_sql(connection, half, form) if written == "sql" else _write_csv(connection, half)
        half.chmod(0o755)
        if to.exists():
            to.rmdir()
        half.rename(to)
    except OSError as problem:
        raise _unwritable(to, problem) from None
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return [to / name for name in names]


def _write_csv(connection: psycopg.Connection[Any], folder: Path) -> list[str]:
    names = _all_tables(connection)
    for table in names:
        with (folder / f"{table}.csv").open("wb") as file:
            _copy_out(connection, sql.SQL("COPY {} TO STDOUT (FORMAT csv, HEADER)"), table, file)
    return [f"{table}.csv" for table in names]


def _all_tables(connection: psycopg.Connection[Any]) -> list[str]:
    """Return the tables in an order in which their rows can be loaded; those of a form come last."""
    there = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' ORDER BY 1"
    )
    return [*tables(), *(name for (name,) in there if name not in tables())]


def _write_sql(connection: psycopg.Connection[Any], folder: Path, form: str | None) -> list[str]:
    with (folder / "shop.sql").open("wb") as file:
        file.write(b"BEGIN;\n" + schema() + (form_schema(form) if form else b""))
        for table in _all_tables(connection):
            columns = connection.execute(
                "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
                " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped",
                [table],
            ).fetchone()
            assert columns is not None
            file.write(f"\nCOPY {table} ({columns[0]}) FROM stdin;\n".encode())
            _copy_out(connection, sql.SQL("COPY {} TO STDOUT"), table, file)
            file.write(b"\\.\n")
        file.write(b"COMMIT;\nANALYZE;\n")
    return ["shop.sql"]


def _copy_out(connection: psycopg.Connection[Any], statement: sql.SQL, table: str, file: Any) -> None:
    with connection.cursor().copy(statement.format(sql.Identifier(table))) as rows:
        for part in rows:
            file.write(part)


def _unwritable(to: Path, problem: OSError) -> MnemoError:
    return MnemoError(
        f"{to} cannot be written: {problem.strerror}; nothing was kept.",
        remedy="Name a directory that you may write to, on a disk with room.",
    )


@contextmanager
def _whole_or_nothing() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.DiskFull as problem:
        raise MnemoError(
            "The server's disk is full; nothing was changed.",
            tried=[_line(problem)],
            remedy="Make room there, or load a smaller size.",
        ) from None
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidSchemaName) as problem:
        raise MnemoError(
            "The role may not create tables there; nothing was changed.",
            tried=[_line(problem)],
            remedy="Connect as the database's owner, or GRANT CREATE ON SCHEMA public to this role.",
        ) from None
    except psycopg.Error as problem:
        raise ServerUnavailable(
            "The loading was broken off; nothing was changed.",
            tried=[_line(problem)],
            remedy="Is the server still there? Then load again.",
        ) from None


def _line(problem: psycopg.Error) -> str:
    said = problem.diag.message_primary or (str(problem).strip().splitlines() or [type(problem).__name__])[0]
    return said.rpartition("FATAL:")[2].strip() or said
