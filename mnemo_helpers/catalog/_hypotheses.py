"""What may be so of a column, as data: aggregates that decide it, words about it, and a query for whoever doubts it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Hypothesis:
    """Something that may be so of a column; in its SQL, ``{column}`` is the column and ``{c}`` is it as text.

    Attributes:
        kind: what it is called.
        category: of the types that it is asked of, as in ``pg_type.typcategory``; empty for all.
        kept: an aggregate that, once it is false, no further row mends.
        seen: an aggregate that gives words about it.
        query: shows it, from ``{table}``.
        besides: an aggregate that more rows may mend.
    """

    kind: str
    category: str
    kept: str
    seen: str
    query: str
    besides: str = "true"


_MOST_FREQUENT = "SELECT {column}, count(*) FROM {table} GROUP BY {column} ORDER BY count(*) DESC LIMIT 10"


def _reads(kind: str, category: str, pattern: str, words: str, besides: str = "true") -> Hypothesis:
    escaped = pattern.replace("{", "{{").replace("}", "}}")
    return Hypothesis(
        kind, category, f"bool_and({{c}} ~ '{escaped}')", f"'every value reads as {words}'", _MOST_FREQUENT, besides
    )


# In this order; what holds first of a column is told of it, so that a constant is not called a number as well.
HYPOTHESES = (
    Hypothesis("always NULL", "", "count({c}) = 0", "'no row has a value'", "SELECT count({column}) FROM {table}"),
    Hypothesis(
        "constant",
        "",
        "min({c}) = max({c})",
        "CASE WHEN count({c}) = count(*) THEN 'always ' ELSE 'NULL or ' END || left(min({c}), 40)",
        "SELECT {column}, count(*) FROM {table} GROUP BY {column}",
    ),
    # With a zero in front, as in 02134, it is a code.
    _reads("number as text", "S", r"^-?(0|[1-9]\d*)(\.\d+)?$", "a number"),
    _reads(
        "date as text",
        "S",
        r"^\d{4}-[01]\d-[0-3]\d([ T][0-2]\d:[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?$",
        "a date or an instant",
    ),
    _reads("uuid as text", "S", r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", "a uuid"),
    _reads("list as text", "S", r"^\w+(, ?\w+)*$", "words with commas between", "bool_or({c} ~ ',')"),
    # A few numbers read so by chance: those of a small column, or below sixty.
    _reads(
        "clock as number",
        "N",
        r"^(\d|[1-5]\d|([1-9]|1\d|2[0-3])[0-5]\d|2400)$",
        "hhmm",
        "count(DISTINCT {column}) >= 20 AND max(length({c})) > 2",
    ),
    Hypothesis(
        "candidate key",
        "",
        "count(DISTINCT {c}) = count(*)",
        "'no value comes twice, none is missing'",
        "SELECT {column} FROM {table} GROUP BY {column} HAVING count(*) > 1",
    ),
)
