"""Which rule of a schema kept which sentence, as its refusals tell, and which rules nothing that was tried has met."""

from __future__ import annotations

from collections.abc import Mapping

from mnemo_helpers import catalog, render
from mnemo_helpers.catalog import Constraint
from mnemo_helpers.errors import MnemoError, SQLError
from mnemo_helpers.grading._run import Session

# A key that a foreign key points at is needed by it, whoever else asks.
_POINTED_AT = """
SELECT c.relname::pg_catalog.text FROM pg_catalog.pg_constraint AS k
JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) k.conindid
WHERE k.contype OPERATOR(pg_catalog.=) 'f'::pg_catalog."char"
"""


def rules(own: Session) -> tuple[Constraint, ...]:
    """Return the constraints of all tables that the search path reaches."""
    try:
        return catalog.constraints(connection=own.connection).all
    except MnemoError:
        return ()


def pair(own: Session, kept: Mapping[str, SQLError], given: tuple[Constraint, ...]) -> tuple[render.Shown, ...]:
    """Show each sentence with what kept it, and the constraints of the answer that nothing has met.

    Args:
        own: a session on the learner's schema.
        kept: by its sentence, what the server said when it was about to be broken.
        given: the constraints that are not the learner's.
    """
    there = rules(own)
    named = {(each.table.rpartition(".")[2], each.name): each for each in there}
    rows = [(sentence, *_keeper(error, named)) for sentence, error in kept.items()]
    met = {error.rule for error in kept.values()}
    found = own.run(_POINTED_AT, most=1000)
    pointed_at = {name for (name,) in found.rows} if found else set()
    unmet = [
        (each.table, each.name, each.definition)
        for key, each in named.items()
        if key not in met and each not in given and each.kind != "primary key" and each.name not in pointed_at
    ]
    shown = [render.table(("sentence", "kept by", "which is"), rows)] if rows else []
    if unmet:
        caption = "Nothing that was tried has met these. Which sentence asks for them?"
        shown.append(render.table(("table", "constraint", "which is"), unmet, caption=caption))
    return tuple(shown)


def _keeper(error: SQLError, named: Mapping[tuple[str, str], Constraint]) -> tuple[str, str]:
    table, rule = error.rule or ("", "")
    if constraint := named.get((table, rule)):
        return rule, constraint.definition
    state = error.sqlstate or ""
    if state == "23502":
        return f"{table}.{rule}", "NOT NULL"
    if state == "42501":
        return "a right that was not granted", f"SQLSTATE {state}"
    if state[:2] == "22":
        return "the type", f"SQLSTATE {state}"
    return rule or "code of its own", f"SQLSTATE {state}"
