"""The roles of Mnemo's own servers, and their passwords, which stand in one private file and nowhere else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

import psycopg

from mnemo_helpers.server import _cast

OWNER, LEARNER, ANSWER = "mnemo", "learner", "answer"
_ROLES = (OWNER, LEARNER, ANSWER)
_ITERATIONS = 4096


def make_passwords() -> dict[str, str]:
    """Return a random password for each role."""
    return {role: make_password() for role in _ROLES}


def make_password() -> str:
    """Return a random password; no character of it means anything to libpq, a shell or SQL."""
    return secrets.token_hex(24)


def write_passfile(path: Path, passwords: dict[str, str]) -> None:
    """Write a file that libpq reads passwords from, in one step and private from the first byte."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"*:*:*:{_field(role)}:{_field(password)}\n" for role, password in passwords.items())
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def _field(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _read_passfile(path: Path) -> dict[str, str]:
    fields = (line.split(":") for line in path.read_text(encoding="utf-8").splitlines())
    return {role: password for _, _, _, role, password in fields}


def setup(passwords: dict[str, str]) -> list[str]:
    """Return the statements, of one line each, that make the roles with their rights or put them right.

    They hold what the server stores of a password, never the password.
    """
    statements = []
    for role, rights in (
        (OWNER, "SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS"),
        (LEARNER, "CREATEDB"),
        (ANSWER, "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"),
    ):
        statements += [
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{role}')"
            f" THEN CREATE ROLE {role}; END IF; END $$",
            f"ALTER ROLE {role} LOGIN {rights} VALID UNTIL 'infinity' PASSWORD '{verifier(passwords[role])}'",
        ]
    return [
        *statements,
        # Those who may see one thing and not another, for lessons and answers alike.
        *_cast.setup(LEARNER, ANSWER),
        # What lessons on locks and plans need.
        f"GRANT pg_monitor, pg_signal_backend TO {LEARNER}",
        f"GRANT SET ON PARAMETER deadlock_timeout, log_lock_waits, track_io_timing TO {LEARNER}",
        # Answers that are played by several sessions end their deadlocks at once, and the same one each time.
        f"GRANT SET ON PARAMETER deadlock_timeout, log_lock_waits TO {ANSWER}",
        # Answers come into the databases that are opened to them, and no other.
        "REVOKE CONNECT, TEMPORARY ON DATABASE postgres, template1 FROM PUBLIC",
        f"GRANT CONNECT, TEMPORARY ON DATABASE postgres, template1 TO {LEARNER}",
    ]


def repair(connection: psycopg.Connection[tuple[object, ...]], passfile: Path) -> None:
    """Put the roles right when somebody changed them: a learner who tries ALTER ROLE must not lock themselves out.

    A server that an older version of the course has made gets what it lacks.
    """
    passwords = _read_passfile(passfile)
    rows = connection.execute(
        "SELECT rolname, rolpassword FROM pg_catalog.pg_authid WHERE rolname = ANY(%s) AND rolcanlogin", [list(_ROLES)]
    ).fetchall()
    stored = {str(name): str(password) for name, password in rows}
    if (
        all(_accepts(stored.get(role, ""), passwords[role]) for role in _ROLES)
        and not _cast.lacking(connection, LEARNER, ANSWER)
        and _may_hasten(connection)
    ):
        return
    with connection.transaction():
        for statement in setup(passwords):
            connection.execute(statement.encode())


def _may_hasten(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = connection.execute(
        "SELECT pg_catalog.has_parameter_privilege(%s, 'log_lock_waits', 'SET')", [ANSWER]
    ).fetchone()
    return row is not None and bool(row[0])


def verifier(password: str, salt: bytes | None = None) -> str:
    """Return what PostgreSQL stores of a password.

    Source: RFC 5803 and PostgreSQL's documentation of ``pg_authid.rolpassword``.
    """
    salt = secrets.token_bytes(16) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    b64 = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${_ITERATIONS}:{b64[0]}${b64[1]}:{b64[2]}"


def _accepts(stored: str, password: str) -> bool:
    head = f"SCRAM-SHA-256${_ITERATIONS}:"
    if not stored.startswith(head):
        return False
    salt = base64.b64decode(stored.removeprefix(head).split("$")[0])
    return hmac.compare_digest(stored, verifier(password, salt))
