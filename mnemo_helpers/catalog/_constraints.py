"""Constraints beside the sentences of the business that they keep, and each without the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mnemo_helpers import render
from mnemo_helpers.catalog import _read
from mnemo_helpers.catalog._read import Connection

_KINDS = {"p": "primary key", "u": "unique", "f": "foreign key", "c": "check", "x": "exclude"}

# NOT NULL has a row here from version 18 on only, and stands in the dictionary on all. A unique index with a condition
# keeps a sentence as well as a constraint does, but is none.
_CONSTRAINTS = """
SELECT k.conrelid::bigint AS oid, k.conname, k.contype::text, pg_catalog.pg_get_constraintdef(k.oid),
       pg_catalog.obj_description(k.oid, 'pg_constraint'),
       pg_catalog.array_position('{p,u,f,c,x}', k.contype) AS place
FROM pg_catalog.pg_constraint AS k
WHERE k.conrelid = ANY (%s) AND k.contype IN ('p', 'u', 'f', 'c', 'x') AND (k.contype <> 'f' OR k.conparentid = 0)
UNION ALL
SELECT i.indrelid::bigint, c.relname, 'u',
       pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(c.oid), '^CREATE UNIQUE INDEX .* USING btree ', 'UNIQUE '),
       pg_catalog.obj_description(c.oid, 'pg_class'), 2
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY (%s) AND i.indisunique AND i.indisvalid
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid)
ORDER BY oid, place, 2
"""


@dataclass(frozen=True)
class Constraint:
    """A constraint, or a unique index that is as good as one.

    Attributes:
        name: its name.
        table: the name of its table.
        kind: ``primary key``, ``unique``, ``foreign key``, ``check`` or ``exclude``.
        definition: as SQL writes it.
        sentence: what its comment says, which should be the sentence of the business that it keeps; None without.
    """

    name: str
    table: str
    kind: str
    definition: str
    sentence: str | None


@dataclass(frozen=True)
class Constraints(render.Showing):
    """The constraints of tables, each with its sentence."""

    all: tuple[Constraint, ...]

    @property
    def shown(self) -> render.Shown:
        """The constraints as a table."""
        return _table(self.all)


@dataclass(frozen=True)
class Pairing(render.Showing):
    """Sentences and constraints, paired by what the constraints' comments say.

    Attributes:
        pairs: each sentence with the constraints that keep it, as far as there are any.
        without_constraint: sentences that nothing keeps.
        without_sentence: constraints that no sentence asks for: without a comment, or with one that nobody said.
    """

    pairs: tuple[tuple[str, tuple[Constraint, ...]], ...]
    without_constraint: tuple[str, ...]
    without_sentence: tuple[Constraint, ...]

    @property
    def shown(self) -> render.Shown:
        """The pairs as a table, and below it what has no partner."""
        rows = [(sentence, each.name, each.definition) for sentence, keepers in self.pairs for each in keepers]
        parts = [render.table(["sentence", "kept by", "which is"], rows)] if rows else []
        if self.without_constraint:
            parts.append(render.note("fail", "\n".join(["Sentences without a constraint:", *self.without_constraint])))
        if self.without_sentence:
            parts.append(render.note("fail", "Constraints without a sentence:", _table(self.without_sentence)))
        if not self.without_constraint and not self.without_sentence:
            parts.append(render.note("pass", "Each sentence has its constraint, and each constraint its sentence."))
        return render.stack(*parts)


def constraints(*tables: str, connection: Connection | None = None) -> Constraints:
    """Return the constraints of tables: keys, foreign keys, checks, exclusions, and unique indexes.

    NOT NULL is not among them: only from version 18 on does it have a name. ``dictionary`` shows it on all versions.

    Args:
        tables: their names; without names, all that the search path reaches.
        connection: where to ask; None for the main session of the SQL cells.

    Raises:
        UnknownName: there is no such table.
        SQLError: the server refuses to tell.
    """
    told = _read.by_table(tables, connection, _CONSTRAINTS)
    return Constraints(
        tuple(
            Constraint(name, table, _KINDS[kind], definition, sentence)
            for table, name, kind, definition, sentence, _ in told
        )
    )


def pair(sentences: Iterable[str], *tables: str, connection: Connection | None = None) -> Pairing:
    """Pair the sentences of a business with the constraints whose comments repeat them, word for word.

    Args:
        sentences: what the business says; blanks and the full stop at the end do not matter.
        tables: the names of the tables that are to keep them; without names, all that the search path reaches.
        connection: where to ask; None for the main session of the SQL cells.

    Raises:
        UnknownName: there is no such table.
        SQLError: the server refuses to tell.
    """
    said = {_words(sentence): sentence.strip() for sentence in sentences if sentence.strip()}
    keepers: dict[str, list[Constraint]] = {words: [] for words in said}
    alone: list[Constraint] = []
    for each in constraints(*tables, connection=connection).all:
        keepers.get(_words(each.sentence or ""), alone).append(each)
    return Pairing(
        tuple((said[words], tuple(found)) for words, found in keepers.items() if found),
        tuple(said[words] for words, found in keepers.items() if not found),
        tuple(alone),
    )


def _words(sentence: str) -> str:
    return " ".join(sentence.split()).removesuffix(".")


def _table(constraints: Sequence[Constraint]) -> render.Shown:
    return render.table(
        ["table", "constraint", "kind", "definition", "sentence"],
        [(each.table, each.name, each.kind, each.definition, each.sentence or "") for each in constraints],
    )
