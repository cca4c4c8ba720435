"""The databases that answers are judged in, and the role that runs them."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import re
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from mnemo_helpers import server
from mnemo_helpers.database._connect import MAINTENANCE, Connection, admin, connect, told
from mnemo_helpers.database._databases import Say, digest, find, fit, lock, make, silent, together
from mnemo_helpers.database._template import data_set, of_role, ready
from mnemo_helpers.errors import MnemoError, NoAnswerRole, ServerUnavailable


def grading(dataset: str, rows: str | None = None, say: Say = silent) -> str:
    """Return a database in which the answer role may read a data set and nothing else; made once, then kept.

    Args:
        dataset: one of ``datasets()``.
        rows: None for the data set as shown; else statements that fill its empty tables.
        say: is told what takes time.

    Raises:
        NoAnswerRole: the server has none.
        MnemoError: the rows do not go in.
    """
    held = server.ensure(say)
    if held.answer is None:
        raise NoAnswerRole()
    data, answer = data_set(dataset), held.answer
    name = of_role(held, fit(f"mnemo_{data.slug}_{data.build}_{'shown' if rows is None else digest(rows.encode())}"))
    with told(f"preparing {dataset} for grading"), admin(held) as connection:
        if name in find(connection, [name]):
            return name
        with lock(connection, f"the grading of {dataset}", say):
            if name in find(connection, [name]):
                return name
            template, mark = ready(connection, held, data, "full" if rows is None else "empty", say)

            def fill(inside: Connection) -> None:
                if rows is not None:
                    _insert(inside, dataset, rows)
                inside.execute(
                    sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}").format(sql.Identifier(answer))
                )

            def settle(new: str) -> Sequence[sql.Composable]:
                here = sql.Identifier(new)
                return [
                    sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(here),
                    sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(here, sql.Identifier(answer)),
                    sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(here),
                    mark.comment(new),
                ]

            owner = held.owner or held.learner
            make(connection, held, name, template, owner=owner, settle=settle, fill=fill)
    return name


def _insert(inside: Connection, dataset: str, rows: str) -> None:
    try:
        inside.execute(rows.encode())
    except psycopg.Error as problem:
        raise MnemoError(
            f"The rows of a grading database do not go into {dataset}.",
            tried=str(problem).splitlines()[:4],
            remedy="Correct them in the exercise's file.",
        ) from None
    inside.execute("VACUUM (ANALYZE)")


def secure_answer() -> None:
    """Undo what an answer may have set for its role: every setting, the password, the limits.

    A role can change its own settings and password; this is called before each check.

    Raises:
        NoAnswerRole: the server has none, or the role no longer lets us in.
    """
    held = server.ensure()
    if held.answer is None:
        raise NoAnswerRole()
    if held.owner is None:
        _secure_given(held.answer)
        return
    with told("preparing the answer role"), admin(held) as connection:
        if _changed(connection, held.answer, _password(held)):
            with lock(connection, "the answer role"):
                _reset(connection, held.answer, _password(held))


def _secure_given(answer: str) -> None:
    # Without a right over it, the role itself takes back what it has set.
    try:
        with connect(
            MAINTENANCE, "answer", name="mnemo housekeeping", options="-c default_transaction_read_only=off"
        ) as own:
            _reset(own, answer, None)
    except ServerUnavailable as problem:
        raise NoAnswerRole(f"The role for running answers does not let us in: {problem.tried[0]}") from None


def _changed(connection: Connection, answer: str, password: str) -> bool:
    row = connection.execute(
        "SELECT rolpassword, EXISTS (SELECT FROM pg_db_role_setting WHERE setrole = a.oid)"
        " FROM pg_authid a WHERE rolname = %s",
        [answer],
    ).fetchone()
    return row is None or row[1] or not _opens(row[0], password)


def _reset(connection: Connection, answer: str, password: str | None) -> None:
    role = sql.Identifier(answer)
    places = connection.execute(
        "SELECT datname FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase"
        " WHERE s.setrole = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = %s)",
        [answer],
    ).fetchall()
    statements = [sql.SQL("ALTER ROLE {} RESET ALL").format(role)]
    statements += [
        sql.SQL("ALTER ROLE {} IN DATABASE {} RESET ALL").format(role, sql.Identifier(name)) for (name,) in places
    ]
    if password is not None:
        # Only what the server stores of it is sent.
        stored = connection.pgconn.encrypt_password(password.encode(), answer.encode(), b"scram-sha-256").decode()
        statements.append(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(stored)))
    together(connection, statements)


def _password(held: server.Server) -> str:
    passfile = conninfo_to_dict(server.conninfo(held, "answer"))["passfile"]
    for line in Path(str(passfile)).read_text(encoding="utf-8").splitlines():
        user, password = line.split(":")[3:5]
        if user == held.answer:
            return password
    raise NoAnswerRole()


@functools.lru_cache(maxsize=4)
def _opens(stored: str | None, password: str) -> bool:
    """Tell whether what the server stores of a password is of this one.

    Source: RFC 5803; PostgreSQL's documentation of ``pg_authid.rolpassword``.
    """
    found = re.fullmatch(r"SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):.+", stored or "")
    if found is None:
        return False
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(found[2]), int(found[1]))
    key = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return hmac.compare_digest(base64.b64encode(key).decode(), found[3])
