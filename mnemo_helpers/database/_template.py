"""Templates: the databases that hold a data set, built once a machine and cloned ever after."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg
from psycopg import sql

from mnemo_helpers import course, server
from mnemo_helpers.database._connect import Connection, admin, told, value
from mnemo_helpers.database._databases import (
    Found,
    Mark,
    Say,
    digest,
    drop,
    dropped_on_failure,
    find,
    fit,
    lock,
    new_name,
    rename,
    silent,
    together,
)
from mnemo_helpers.errors import MnemoError, UnknownName

Rows = Literal["full", "empty"]

_EXTENSIONS = ("pgstattuple", "pg_stat_statements", "postgres_fdw", "hypopg")
_WRAPPERS = Path(__file__).with_name("template.sql")
_MAKERS = (Path(__file__), Path(__file__).with_name("_grading.py"), _WRAPPERS)
_STEP = 100_000


@dataclass(frozen=True)
class DataSet:
    """A folder of ``datasets/``: ``schema.sql``, then ``load()`` of ``load.py`` for the rows, then ``finish.sql``.

    Attributes:
        name: what lessons call it; with a colon and a variant where it has several, as ``shop:tiny``.
        folder: its folder.
        variant: what ``load()`` is told besides; what ``variant()`` of ``load.py`` makes of the words behind the colon.
    """

    name: str
    folder: Path
    variant: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """Its name and variant as a part of the names of databases."""
        return "_".join((self.folder.name, *(re.sub(r"[^0-9a-z]+", "_", word) for word in self.variant)))

    @property
    def version(self) -> str:
        """The hash of its files, of what else its rows depend on, and of its variant.

        Not of the course's version, which changes no row.
        """
        files = sorted(path for path in self.folder.iterdir() if path.suffix in (".sql", ".py"))
        if self.variant:
            files += course.load(self.folder / "load.py").sources()
        parts = [part for path in files for part in (path.name.encode(), path.read_bytes())]
        return digest(*parts, *(word.encode() for word in self.variant))

    @property
    def schema(self) -> bytes:
        """The statements that create its tables."""
        if self.variant:
            made: bytes = course.load(self.folder / "load.py").schema(*self.variant)
            return made
        return (self.folder / "schema.sql").read_bytes()

    @property
    def build(self) -> str:
        """The hash of its files and of how templates and grading databases are made of them."""
        return digest(self.version.encode(), *(path.read_bytes() for path in _MAKERS))


def datasets() -> tuple[str, ...]:
    """Return the names of the course's data sets."""
    return tuple(sorted(path.parent.name for path in (course.root() / "datasets").glob("*/load.py")))


def data_set(name: str) -> DataSet:
    """Return the data set of that name.

    Args:
        name: one of ``datasets()``; of one that comes in several variants also with words behind it, as ``shop:tiny``
            or ``shop:0.25:42``. Such a data set has in its ``load.py`` a function ``variant()``, which is given these
            words, ``sources()``, which returns the files that its rows depend on besides its own, and ``schema()``,
            which returns its tables; both ``schema()`` and ``load()`` are told the variant.

    Raises:
        UnknownName: there is none; the message names the nearest.
        MnemoError: it does not come in that variant.
    """
    plain, *words = name.split(":")
    if plain not in datasets():
        raise UnknownName("data set", plain, datasets())
    folder = course.root() / "datasets" / plain
    loader = course.load(folder / "load.py")
    if hasattr(loader, "variant"):
        return DataSet(name, folder, loader.variant(*words))
    if words:
        raise MnemoError(f"The data set {plain} comes in one variant only.", remedy=f"Write {plain} alone.")
    return DataSet(name, folder)


def template(dataset: str, rows: Rows = "full", say: Say = silent) -> str:
    """Return the name of the template of a data set, building it if this server has none yet.

    Args:
        dataset: one of ``datasets()``.
        rows: ``full`` for the data set as it is, ``empty`` for its tables and keys alone.
        say: is told how far a building has come.

    Raises:
        UnknownName: there is no such data set.
        MnemoError: it cannot be built; nothing of it is left.
    """
    data = data_set(dataset)
    held = server.ensure(say)
    with told(f"preparing the data set {dataset}"), admin(held) as connection:
        return ready(connection, held, data, rows, say)[0]


def ready(connection: Connection, held: server.Server, data: DataSet, rows: Rows, say: Say) -> tuple[str, Mark]:
    """Return the template's name and mark, building it if there is none that may be trusted.

    Args:
        connection: of the role that makes databases.
        held: the server.
        data: the data set.
        rows: ``full`` or ``empty``.
        say: is told how far a building has come.
    """
    shared, own = _names(held, data, rows)
    there = find(connection, (shared, own))
    for name in (shared, own):
        mark = _usable(there.get(name))
        if mark is not None:
            return name, mark
    # Another learner's template could hold anything; one of our own is told apart by our role's name.
    name = shared if shared not in there and _administers(connection) else own
    # Nobody who needs a small one waits for a large one.
    with lock(connection, f"the data set {data.slug}", say):
        there = find(connection, [name])
        mark = _usable(there.get(name))
        if mark is None:
            if name in there:
                _discard(connection, name)
            mark = _build(connection, held, data, rows, name, say)
            _forget(connection, data)
    return name, mark


def _usable(found: Found | None) -> Mark | None:
    return found.mark if found is not None and found.trusted else None


def built(dataset: str) -> bool:
    """Tell whether the server has the full template of a data set, without building it."""
    data, held = data_set(dataset), server.ensure()
    with told(f"looking for the data set {dataset}"), admin(held) as connection:
        return any(map(_usable, find(connection, _names(held, data, "full")).values()))


def _names(held: server.Server, data: DataSet, rows: Rows) -> tuple[str, str]:
    shared = fit(f"mnemo_{data.slug}_{'empty_' if rows == 'empty' else ''}{data.build}")
    return shared, of_role(held, shared)


def of_role(held: server.Server, name: str) -> str:
    """Return a name that on a given server is the learner's own, since others work there too."""
    return name if held.kind != "given" else fit(f"{name}_{digest(held.learner.encode())}")


def _administers(connection: Connection) -> bool:
    return bool(
        value(connection.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"))
    )


def _build(connection: Connection, held: server.Server, data: DataSet, rows: Rows, name: str, say: Say) -> Mark:
    new = new_name(name)
    drop(connection, new)
    if rows == "full":
        say(f"{data.name}: preparing the data, once on this server.")
    with dropped_on_failure(connection, new):
        create_plain(connection, held, new)
        with admin(held, new) as inside:
            extras = _add_extras(inside, held)
            # Whoever owns a clone then owns what is in it.
            inside.execute("SET ROLE pg_database_owner")
            inside.execute(data.schema)
            if rows == "full":
                course.load(data.folder / "load.py").load(inside, _teller(data.name, say), *data.variant)
            finish = data.folder / "finish.sql"
            if finish.is_file():
                inside.execute(finish.read_bytes())
            inside.execute("RESET ROLE")
            inside.execute("VACUUM (ANALYZE, FREEZE)")
            mark = Mark(data.name, data.version, _count(inside), extras)
        here = sql.Identifier(new)
        # A session on a template bars its cloning, so that nobody may ever have one.
        together(
            connection,
            [
                sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(here),
                sql.SQL("ALTER DATABASE {} IS_TEMPLATE true ALLOW_CONNECTIONS false").format(here),
                mark.comment(new),
                rename(new, name),
            ],
        )
    return mark


def create_plain(connection: Connection, held: server.Server, name: str, owner: str | None = None) -> None:
    """Create an empty database that orders text by code points and knows every letter, as our own servers do."""
    statement = sql.SQL("CREATE DATABASE {} {} TEMPLATE template0 ENCODING 'UTF8' {}")
    owned = sql.SQL("OWNER {}").format(sql.Identifier(owner)) if owner else sql.SQL("")
    locales = [""]
    if held.kind == "given":
        # The teacher's server may order text in another way; which of these it has depends on its system.
        libc = [f"LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE '{name}'" for name in ("C.UTF-8", "en_US.UTF-8")]
        builtin = ["LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C'"]
        locales = [*(builtin if held.version >= 170000 else []), *libc, ""]
    for locale in locales:
        try:
            connection.execute(statement.format(sql.Identifier(name), owned, sql.SQL(locale)))
            return
        except (psycopg.errors.WrongObjectType, psycopg.errors.InvalidParameterValue):
            if locale == locales[-1]:
                raise


def _teller(name: str, say: Say) -> Callable[[int, int], None]:
    told_of = 0

    def progress(done: int, total: int) -> None:
        nonlocal told_of
        step = total if done >= total else done // _STEP * _STEP
        if step > told_of:
            told_of = step
            say(f"{name}: {step:,} of {total:,} rows")

    return progress


def _add_extras(inside: Connection, held: server.Server) -> bool:
    """Add what only a superuser may, where there is one; the schema ``mnemo`` is on the search path of every lesson."""
    if held.owner is None:
        return False
    wanted = (*_EXTENSIONS, "pageinspect")
    there = {
        name
        for (name,) in inside.execute("SELECT name FROM pg_available_extensions WHERE name = ANY (%s)", [[*wanted]])
    }
    inside.execute("CREATE SCHEMA mnemo")
    for name in _EXTENSIONS:
        if name in there:
            inside.execute(sql.SQL("CREATE EXTENSION {} SCHEMA mnemo").format(sql.Identifier(name)))
    if "pageinspect" in there:
        inside.execute("CREATE SCHEMA pageinspect; CREATE EXTENSION pageinspect SCHEMA pageinspect")
        inside.execute(_WRAPPERS.read_bytes())
    if "postgres_fdw" in there:
        inside.execute("GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO pg_database_owner")
    inside.execute(
        "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA mnemo FROM PUBLIC;"
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA mnemo TO pg_database_owner;"
        "GRANT USAGE ON SCHEMA mnemo TO pg_database_owner"
    )
    return True


def _count(inside: Connection) -> int:
    tables = inside.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    ).fetchall()
    counts = (sql.SQL("(SELECT count(*) FROM {})").format(sql.Identifier("public", name)) for (name,) in tables)
    return int(value(inside.execute(sql.SQL("SELECT ") + sql.SQL(" + ").join([sql.SQL("0"), *counts]))))


def _forget(connection: Connection, data: DataSet) -> None:
    """Drop what was made from earlier versions of the data set; what was cloned from it stays as it is."""
    made = re.compile(rf"mnemo_{re.escape(data.slug)}_(empty_)?(?P<build>[0-9a-f]{{8}})(_[0-9a-z]+)*")
    mine = connection.execute("SELECT datname FROM pg_database WHERE datdba = current_user::regrole").fetchall()
    for (name,) in mine:
        found = made.fullmatch(name)
        if found and found["build"] != data.build:
            _discard(connection, name)


def _discard(connection: Connection, name: str) -> None:
    connection.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(name)))
    drop(connection, name)
