"""How large the indexes of a database are, so that those which a statement makes can be told from the rest."""

from __future__ import annotations

from typing import Any

import psycopg

from mnemo_helpers.plans._explain import send

_BYTES = """
SELECT c.oid, pg_catalog.pg_relation_size(c.oid)
FROM pg_catalog.pg_index JOIN pg_catalog.pg_class AS c ON c.oid = indexrelid
WHERE c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace)
"""


def index_bytes(connection: psycopg.Connection[Any]) -> dict[int, int]:
    """Return how large each index is, by its oid, as things are in this transaction.

    Args:
        connection: where.
    """
    return dict(send(connection, _BYTES))
