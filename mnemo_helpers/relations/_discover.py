"""Dependencies that the rows of a table happen to keep: found in memory, verified by the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from psycopg import sql

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.relations import _cover, _mine
from mnemo_helpers.relations._dependency import Dependency, single, write
from mnemo_helpers.relations._heading import bits
from mnemo_helpers.relations._relation import Relation
from mnemo_helpers.relations._source import Connection, Source, encoded
from mnemo_helpers.relations._theory import Pair, Theory
from mnemo_helpers.relations._values import Answer, Listed, Table

SAMPLE_ROWS = 500_000
_SHOWN = 100


@dataclass(frozen=True, repr=False)
class Discovery:
    """What the rows of a table keep: hypotheses, for rows of tomorrow may break them.

    Attributes:
        dependencies: the minimal ones, by their left sides.
        rows: how many rows the table has.
        read: how many of them were looked at in memory; the server has looked at all.
        verified: how many questions the server was asked; what follows from their answers by Armstrong's axioms was not
            asked again.
    """

    dependencies: Listed[Dependency]
    rows: int
    read: int
    verified: int
    _relation: Relation

    @property
    def relation(self) -> Relation:
        """The columns as a relation with these dependencies."""
        return self._relation

    @property
    def shown(self) -> render.Shown:
        """What a reader sees."""
        looked = "all of them read" if self.read == self.rows else f"{self.read:,} of them read"
        caption = (
            f"{len(self.dependencies)} minimal dependencies hold in {self.rows:,} rows ({looked}, verified by "
            f"{self.verified} quer{'y' if self.verified == 1 else 'ies'})"
        )
        grouped: dict[frozenset[str], list[str]] = {}
        for one in self.dependencies:
            grouped.setdefault(one.left, []).extend(one.right)
        rows = [(", ".join(left) or "{}", ", ".join(right)) for left, right in grouped.items()]
        return render.table(("these columns", "determine"), rows, caption=caption)

    def __str__(self) -> str:
        """Return it as plain text."""
        return self.shown.text

    __repr__ = __str__

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.shown._repr_mimebundle_()


def discover(
    source: str,
    *,
    columns: Sequence[str] | None = None,
    most_left: int = 3,
    sample_rows: int = SAMPLE_ROWS,
    connection: Connection | None = None,
) -> Discovery:
    """Return every minimal functional dependency that holds in a table or a query; NULL equals NULL.

    At most ``sample_rows`` rows are read, and what holds in them is put to the server: where it finds rows that break
    one, they join the sample and the search begins anew. What is returned is thus exactly what holds in all rows.

    Args:
        source: a table's name, or a query.
        columns: which columns to look at; None for all.
        most_left: how many columns a left side may have.
        sample_rows: how many rows are read at most.
        connection: where to ask; None for the main session of the SQL cells.

    Raises:
        SQLError: the server refuses the query.
        UnknownName: there is no such column.
        MnemoError: a figure makes no sense, or the source has too many columns.
    """
    _refuse(most_left, "most_left", 0)
    _refuse(sample_rows, "sample_rows", 1)
    src = Source(source, columns, connection)
    rows, verified = src.count(), 0
    lines = src.lines(-(-rows // sample_rows) if rows > sample_rows else 1)
    codes = encoded(lines, len(src.heading.names))
    read = codes.shape[1]
    while True:
        found = _mine.minimal(codes, most_left)
        failed: list[Pair] = []
        for left, right in _asked(src, found):
            verified += 1
            if not _holds(src, left, right):
                failed += [(left, one) for one in bits(right) if not _holds(src, left, one)]
        if not failed:
            break
        if read == rows:
            raise MnemoError(
                f"The rows of {source.strip()} changed while they were looked at.",
                remedy="Try again when they are at rest.",
            )
        lines += b"".join(src.breaking_lines(*pair) for pair in failed)
        codes = encoded(lines, len(src.heading.names))
    singles = [write(src.heading, (x, one, False)) for x, y in found for one in bits(y)]
    relation = Relation(src.heading.names, [write(src.heading, (x, y, False)) for x, y in found], name=_name(source))
    return Discovery(Listed(singles), rows, read, verified, relation)


def discover_nearly(
    source: str,
    *,
    tolerance: float = 0.01,
    columns: Sequence[str] | None = None,
    most_left: int = 1,
    connection: Connection | None = None,
) -> Table:
    """Return the minimal dependencies that hold but for a few rows, with how many those are; ``exceptions`` shows them.

    Args:
        source: a table's name, or a query; all its rows are read.
        tolerance: which part of the rows may have to go for it to hold.
        columns: which columns to look at; None for all.
        most_left: how many columns a left side may have; each more takes many times longer.
        connection: where to ask; None for the main session of the SQL cells.

    Raises:
        SQLError: the server refuses the query.
        UnknownName: there is no such column.
        MnemoError: a figure makes no sense, or the source has too many columns.
    """
    _refuse(most_left, "most_left", 0)
    if not 0 < tolerance < 1:
        raise MnemoError(f"tolerance is {tolerance}.", remedy="Give a part of all rows, above 0 and below 1: 0.01.")
    src = Source(source, columns, connection)
    codes = encoded(src.lines(), len(src.heading.names))
    rows = codes.shape[1]
    found = [
        (write(src.heading, (left, right, False)), _wrong(src, left, right))
        for left, right, _ in _mine.nearly(codes, most_left, int(tolerance * rows))
    ]
    found.sort(key=lambda pair: pair[1])
    return Table(
        ("dependency", "rows that break it", "percent"),
        tuple((str(one), wrong, round(100 * wrong / rows, 3)) for one, wrong in found),
        f"of {rows:,} rows; as few as have to go for it to hold",
    )


def holds_in(source: str, dependency: str | Dependency, *, connection: Connection | None = None) -> Answer:
    """Tell whether a dependency, functional or multivalued, holds in a table or a query; NULL equals NULL.

    A no comes with the rows of the table that break it.

    Args:
        source: a table's name, or a query.
        dependency: as for ``Relation``.
        connection: where to ask; None for the main session of the SQL cells.

    Raises:
        SQLError: the server refuses the query.
        MnemoError: the dependency is malformed or names an unknown column.
    """
    src = Source(source, None, connection)
    for left, right, many in single(src.heading, dependency):
        said = write(src.heading, (left, right, many))
        if many:
            missing = _missing(src, left, right & ~left)
            if missing is not None:
                because = f"{said} does not hold: with it, this row would be there too."
                return Answer(False, because, None, partial(Table, missing.columns, missing.rows, missing.caption))
        elif not _holds(src, left, right):
            wrong = _wrong(src, left, right & ~left)
            because = f"{said} does not hold: {wrong:,} row{'s' if wrong != 1 else ''} would have to go."
            return Answer(False, because, None, partial(_exceptions, src, left, right & ~left, 10))
    return Answer(True, f"{dependency} holds in {src.count():,} rows.")


def exceptions(
    source: str, dependency: str | Dependency, *, most: int = _SHOWN, connection: Connection | None = None
) -> Table:
    """Return what breaks a functional dependency in a table: left sides that have several right sides, how often each.

    Args:
        source: a table's name, or a query.
        dependency: a functional one.
        most: how many lines are returned at most.
        connection: where to ask; None for the main session of the SQL cells.

    Raises:
        SQLError: the server refuses the query.
        MnemoError: the dependency is malformed, multivalued or names an unknown column.
    """
    src = Source(source, None, connection)
    ((left, right, many), *_) = single(src.heading, dependency)
    if many:
        raise MnemoError(
            f"{dependency} is multivalued; exceptions are counted for functional dependencies.",
            remedy="Ask holds_in, which names a row that is missing.",
        )
    return _exceptions(src, left, right & ~left, most)


def _asked(src: Source, found: Sequence[Pair]) -> list[Pair]:
    """Return dependencies from which all that were found follow, one for each left side."""
    cover, _, _ = _cover.minimal_cover(Theory(src.heading.full, tuple(found)))
    grouped: dict[int, int] = {}
    for left, right in cover:
        grouped[left] = grouped.get(left, 0) | right
    return list(grouped.items())


def _holds(src: Source, left: int, right: int) -> bool:
    query = "SELECT NOT EXISTS (SELECT FROM (SELECT DISTINCT {both} FROM {src}) AS d {grouped} HAVING count(*) > 1)"
    return not right & ~left or bool(src.ask(query, both=left | right, grouped=src.grouped(left))[0][0])


def _wrong(src: Source, left: int, right: int) -> int:
    query = (
        "SELECT coalesce(sum(n - most), 0) FROM (SELECT sum(mnemo_n) AS n, max(mnemo_n) AS most FROM"
        " (SELECT {both}, count(*) AS mnemo_n FROM {src} GROUP BY {both}) AS c {grouped}) AS g"
    )
    return int(src.ask(query, both=left | right, grouped=src.grouped(left))[0][0])


def _exceptions(src: Source, left: int, right: int, most: int) -> Table:
    shown, order = src.names(left) + sql.SQL(", ") if left else sql.SQL(""), src.names(left)
    found = src.ask(
        "SELECT {left}{right}, mnemo_n FROM (SELECT {both}, count(*) AS mnemo_n, count(*) OVER ({partition}) AS mnemo_k"
        " FROM {src} GROUP BY {both}) AS c WHERE mnemo_k > 1 ORDER BY {left}mnemo_n DESC, {right} LIMIT {most}",
        left=shown,
        right=right,
        both=left | right,
        partition=sql.SQL("PARTITION BY {}").format(order) if left else sql.SQL(""),
        most=sql.Literal(most + 1),
    )
    caption = f"the first {most}; there are more" if len(found) > most else ""
    return Table((*src.heading.listed(left), *src.heading.listed(right), "rows"), tuple(found[:most]), caption)


def _missing(src: Source, left: int, right: int) -> Table | None:
    rest = src.heading.full & ~left & ~right
    if not right or not rest:
        return None
    one = sql.SQL("1 AS mnemo_one")
    found = src.ask(
        "WITH bad AS MATERIALIZED (SELECT {some} FROM (SELECT {some}, count(DISTINCT ROW({right})) AS mnemo_a,"
        " count(DISTINCT ROW({rest})) AS mnemo_b, count(DISTINCT ROW({right}, {rest})) AS mnemo_c FROM {src} {grouped})"
        " AS c WHERE mnemo_a * mnemo_b <> mnemo_c LIMIT 1),"
        " d AS (SELECT DISTINCT {of_q} FROM {src}, bad WHERE ROW({left_of_q}) IS NOT DISTINCT FROM ROW(bad.*))"
        " SELECT {all} FROM (SELECT DISTINCT {known} FROM d) AS a CROSS JOIN (SELECT DISTINCT {rest} FROM d) AS b"
        " EXCEPT SELECT {all} FROM d ORDER BY {all} LIMIT 1",
        some=left if left else one,
        left_of_q=src.names(left, of="q") if left else sql.SQL("1"),
        right=right,
        rest=rest,
        known=left | right,
        all=src.heading.full,
        of_q=src.names(src.heading.full, of="q"),
        grouped=src.grouped(left),
    )
    return Table(src.heading.names, tuple(found), "is not there") if found else None


def _refuse(value: object, name: str, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise MnemoError(f"{name} is {value!r}.", remedy=f"Give a whole number, {least} or more.")


def _name(source: str) -> str:
    word = source.strip().split(".")[-1]
    return word if word.isidentifier() else "r"
