"""The roles of Mnemo's own servers, and their passwords, which stand in one private file and nowhere else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

OWNER, LEARNER, ANSWER = "mnemo", "learner", "answer"
ROLES = (OWNER, LEARNER, ANSWER)
_ITERATIONS = 4096


def make_passwords() -> dict[str, str]:
    """Return a random password for each role."""
    return {role: secrets.token_urlsafe(24) for role in ROLES}


def write_passfile(path: Path, passwords: dict[str, str]) -> None:
    """Write a file that libpq reads passwords from, in one step and private from the first byte."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"*:*:*:{escape(role)}:{escape(password)}\n" for role, password in passwords.items())
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def escape(text: str) -> str:
    """Return text as a field of a passfile."""
    return text.replace("\\", "\\\\").replace(":", "\\:")


def setup_sql(passwords: dict[str, str]) -> str:
    """Return what single-user mode is told, one statement a line: each role as it should be, made if need be.

    Only what the server stores of a password is in it, never the password.
    """
    lines = []
    for role, rights in (
        (OWNER, "SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS"),
        (LEARNER, "CREATEDB"),
        (ANSWER, "NOCREATEDB"),
    ):
        lines.append(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{role}')"
            f" THEN CREATE ROLE {role}; END IF; END $$"
        )
        lines.append(f"ALTER ROLE {role} LOGIN {rights} PASSWORD '{verifier(passwords[role])}'")
    lines.append(f"GRANT pg_monitor, pg_signal_backend TO {LEARNER}")
    return "\n".join(lines) + "\n"


def verifier(password: str) -> str:
    """Return what PostgreSQL stores of a password.

    Source: RFC 5803 and PostgreSQL's documentation of ``pg_authid.rolpassword``.
    """
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    b64 = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${_ITERATIONS}:{b64[0]}${b64[1]}:{b64[2]}"
