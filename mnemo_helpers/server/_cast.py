"""The cast: roles that nobody logs in as. Whoever works puts one on by SET ROLE, and sees what it may see."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[tuple[Any, ...]]

CAST = ("shop_web", "shop_login", "shop_support", "shop_analyst")
# From this version on a membership says whether its rights come along without SET ROLE; before, the member says it.
_INHERIT_SINCE = 160000


def setup(*members: str) -> list[str]:
    """Return the statements, of one line each, that make the cast or put it right, and let members put it on.

    They are a superuser's; the members' names are of those that need no quotes.
    """
    statements = []
    for role in CAST:
        statements += [
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{role}')"
            f" THEN CREATE ROLE {role}; END IF; END $$",
            f"ALTER ROLE {role} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD NULL",
        ]
    grant = f"GRANT {', '.join(CAST)} TO {', '.join(members)}"
    since = f"pg_catalog.current_setting('server_version_num')::int >= {_INHERIT_SINCE}"
    statements.append(
        f"DO $$ BEGIN IF {since} THEN EXECUTE '{grant} WITH INHERIT FALSE, SET TRUE'; ELSE {grant}; END IF; END $$"
    )
    return statements


def lacking(connection: Connection, *members: str) -> list[str]:
    """Return those of the cast that are not there, or that one of the members may not put on."""
    right = "SET" if connection.info.server_version >= _INHERIT_SINCE else "MEMBER"
    rows = connection.execute(
        "SELECT part FROM pg_catalog.unnest(%s::text[]) WITH ORDINALITY AS parts (part, place)"
        " LEFT JOIN pg_catalog.pg_roles ON rolname = part CROSS JOIN pg_catalog.unnest(%s::text[]) AS members (member)"
        " GROUP BY part, place HAVING NOT bool_and(coalesce(pg_catalog.pg_has_role(member::name, oid, %s), false))"
        " ORDER BY place",
        [list(CAST), list(members), right],
    )
    return [str(part) for (part,) in rows]


def make(connection: Connection, *members: str) -> None:
    """Make what the members lack of the cast, as far as the role of this connection may."""
    for part in lacking(connection, *members):
        # Somebody else may have made it, at this moment or before; then it is theirs to grant.
        with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            if not connection.execute("SELECT FROM pg_catalog.pg_roles WHERE rolname = %s", [part]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(part)))
        with suppress(psycopg.errors.InsufficientPrivilege):
            connection.execute(_grant(connection, (part,), members))


def remedy(connection: Connection, *members: str) -> str:
    """Return what whoever runs the server sends to it, so that the members lack nothing of the cast."""
    there = connection.execute("SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = ANY (%s)", [list(CAST)])
    known = {str(role) for (role,) in there}
    statements = [sql.SQL("CREATE ROLE {}").format(sql.Identifier(part)) for part in CAST if part not in known]
    statements.append(_grant(connection, CAST, members))
    return sql.SQL("; ").join(statements).as_string(connection) + ";"


def _grant(connection: Connection, parts: tuple[str, ...], members: tuple[str, ...]) -> sql.Composed:
    inherit = " WITH INHERIT FALSE" if connection.info.server_version >= _INHERIT_SINCE else ""
    names = [sql.SQL(", ").join(map(sql.Identifier, roles)) for roles in (parts, members)]
    return sql.SQL("GRANT {} TO {}" + inherit).format(*names)
