"""Claims that rows can break: a dependency, a decomposition, an invariant, two queries that answer alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mnemo_helpers.relations import Relation


@dataclass(frozen=True)
class Rule:
    """A claim that fails where a query finds rows.

    Attributes:
        says: the claim as one sentence.
        breaks: a query; its rows show how the claim fails, and without any it holds.
        broken: what these rows are, as one sentence.
        seen: a query that shows what the rows look like where the claim holds, if there is something to show.
        held: what its rows are, as one sentence.
    """

    says: str
    breaks: str
    broken: str
    seen: str = ""
    held: str = ""


@dataclass(frozen=True)
class Alike:
    """A claim that two queries give the same rows, in whatever order.

    Attributes:
        says: the claim as one sentence.
        claimed: the query that is said to be right.
        right: the query that is.
    """

    says: str
    claimed: str
    right: str


def determines(table: str, left: str, right: str) -> Rule:
    """Claim a functional dependency: rows that agree in ``left`` agree in ``right``; NULL is equal to NULL.

    Args:
        table: its name.
        left: the columns that determine, with commas between them.
        right: the columns that are determined, likewise.
    """
    ours, theirs = _names(left), _names(right)
    agree = " AND ".join(f"a.{name} IS NOT DISTINCT FROM b.{name}" for name in ours)
    differ = " OR ".join(f"a.{name} IS DISTINCT FROM b.{name}" for name in theirs)
    first, then = ", ".join(ours), ", ".join(theirs)
    columns = ", ".join(f"a.{name}" for name in (*ours, *theirs))
    return Rule(
        says=f"In {table}, {first} determines {then}.",
        breaks=f"SELECT a.* FROM {table} AS a WHERE EXISTS (SELECT FROM {table} AS b WHERE {agree} AND ({differ})) "
        f"ORDER BY {columns}",
        broken=f"These rows agree in {first} and differ in {then}:",
        seen=f'SELECT {first}, count(*) AS "rows", count(DISTINCT ROW({then})) AS "different {_unquoted(then)}" '
        f"FROM {table} GROUP BY {first} ORDER BY {first}",
        held=f"For each {first}, there is one {then}:",
    )


def joins_back(table: str, *parts: str) -> Rule:
    """Claim that a decomposition is lossless: the parts, joined back, give no row that was not there.

    A join never pairs NULLs, so the columns in common should be NOT NULL. The claim of a multivalued dependency
    ``a ->> b`` is the same as that of the parts ``"a, b"`` and ``"a, …"`` with all other columns.

    Args:
        table: its name.
        parts: each the columns of one part, with commas between them, in the order in which they are joined.
    """
    columns: list[str] = []
    joined = ""
    for i, part in enumerate(map(_names, parts), 1):
        source = f"(SELECT DISTINCT {', '.join(part)} FROM {table}) AS part_{i}"
        common = [name for name in part if name in columns]
        if not joined:
            joined = source
        elif common:
            joined += f" JOIN {source} USING ({', '.join(common)})"
        else:
            joined += f" CROSS JOIN {source}"
        columns += [name for name in part if name not in columns]
    every = ", ".join(columns)
    split = " and ".join(f"({', '.join(_names(part))})" for part in parts)
    return Rule(
        says=f"{table}, split into {split}, joins back to what it was.",
        breaks=f"SELECT {every} FROM {joined} EXCEPT SELECT {every} FROM {table} ORDER BY {every}",
        broken="Joined back, these rows appear from nowhere:",
        seen=f"SELECT {every} FROM {joined} ORDER BY {every}",
        held="Joined back, the parts give the rows that you put in:",
    )


def keeps(table: str, relation: Relation) -> tuple[Rule, ...]:
    """Claim each dependency of a relation, whose attributes are columns of a table: rules that rows must keep.

    Args:
        table: its name.
        relation: the dependencies; ``A`` is the column ``a``, as everywhere in SQL.
    """
    rules = []
    for one in relation.dependencies:
        left, right = (
            ", ".join(name for name in relation.attributes if name in side) for side in (one.left, one.right)
        )
        if one.multivalued:
            others = ", ".join(name for name in relation.attributes if name not in one.right or name in one.left)
            rules.append(joins_back(table, f"{left}, {right}", others))
        else:
            rules.append(determines(table, left, right))
    return tuple(rules)


def never(says: str, query: str) -> Rule:
    """Claim an invariant: the schema lets no rows in for which a query finds anything.

    Args:
        says: the invariant as one sentence.
        query: finds what breaks it.
    """
    return Rule(says=says, breaks=query, broken="This breaks it:")


def alike(claimed: str, right: str, *, says: str = "The query gives what is asked for.") -> Alike:
    """Claim that a query gives the same rows as the right one, in whatever order.

    Args:
        claimed: the query that is said to be right.
        right: the query that is.
        says: the claim as one sentence.
    """
    return Alike(says, claimed, right)


def _names(columns: str) -> Sequence[str]:
    return tuple(name.strip() for name in columns.split(","))


def _unquoted(columns: str) -> str:
    return columns.replace('"', "")
