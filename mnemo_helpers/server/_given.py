"""A server that somebody else runs and MNEMO_SERVER names: used with the rights that it grants."""

from __future__ import annotations

import psycopg

Connection = psycopg.Connection[tuple[object, ...]]


def connect(dsn: str) -> Connection:
    """Connect as the learner."""
    return psycopg.connect(dsn, autocommit=True, prepare_threshold=None)


def answer_role(connection: Connection) -> str | None:
    """Return the answer role."""
    return None


def conninfo(role: str, database: str) -> str:
    """Return how to connect."""
    raise NotImplementedError
