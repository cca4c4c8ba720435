"""Which rule of a schema kept which sentence, as its refusals tell, and which rules nothing that was tried has met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Rules:
    """The constraints of a schema.

    Attributes:
        all: every one.
        given: those that are not the learner's.
        pointed_at: names of the keys that foreign keys point at.
    """

    all: tuple[Constraint, ...] = ()
    given: tuple[Constraint, ...] = ()
    pointed_at: frozenset[str] = frozenset()


def constraints(own: Session) -> tuple[Constraint, ...]:
    """Return the constraints of all tables that the search path reaches."""
    try:
        return catalog.constraints(connection=own.connection).all
    except MnemoError:
        return ()


def read(own: Session, given: tuple[Constraint, ...]) -> Rules:
    """Return the constraints of the learner's schema, beside those that were given."""
    found = own.run(_POINTED_AT, most=1000)
    return Rules(constraints(own), given, frozenset(str(name) for (name,) in found.rows) if found else frozenset())


def pair(rules: Rules, kept: Mapping[str, SQLError]) -> tuple[render.Shown, ...]:
    """Show each sentence with what kept it, and the constraints of the answer that nothing has met.

    Args:
        rules: those of the learner's schema.
        kept: by its sentence, what the server said when it was about to be broken.
    """
    named = {(each.table.rpartition(".")[2], each.name): each for each in rules.all}
    rows = [(sentence, *_keeper(error, named)) for sentence, error in kept.items()]
    met = {error.rule for error in kept.values()}
    asked_for = {*rules.given}
    unmet = [
        (each.table, each.name, each.definition)
        for key, each in named.items()
        if not (key in met or each in asked_for or each.name in rules.pointed_at or _asks_for_none(each))
    ]
    shown = [render.table(("sentence", "kept by", "which is"), rows)] if rows else []
    if unmet:
        caption = "Nothing that was tried has met these. Is there a sentence that asks for each?"
        shown.append(render.table(("table", "constraint", "which is"), unmet, caption=caption))
    return tuple(shown)


def _asks_for_none(constraint: Constraint) -> bool:
    """Tell whether a rule is there for another reason than to refuse: a key for its rows, a foreign key that acts."""
    return constraint.kind == "primary key" or " ON DELETE " in constraint.definition


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
    return rule or ("code of its own" if state == "P0001" else "no constraint that has a name"), f"SQLSTATE {state}"
