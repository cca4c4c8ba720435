"""What an exercise on indexes is about: its tables with their indexes, and what its workload says."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from mnemo_helpers import render, sql
from mnemo_helpers.grading._workload import Place

_WIDTH = 110


def list_workload(place: Place) -> render.Shown:
    """Return the tables and the statements of an exercise, as lines.

    Args:
        place: one state of the exercise's data.

    Raises:
        Refused: the server refused to look.
    """
    exercise = place.exercise
    lines = [*_tables(place), "The workload:"]
    for name, read in exercise.reads.items():
        lines += [f"  {name}", *_wrapped(read.sql)]
        given = dict.fromkeys(_given(read.sql, values) for values in read.values)
        lines += _wrapped(f"with {'; or '.join(given)}") if any(given) else []
    for name, write in exercise.writes.items():
        lines += [f"  {name}", *_wrapped(write)]
    return render.pre("\n".join(lines))


def _tables(place: Place) -> Iterator[str]:
    for name, pages, columns, indexes in place.tables:
        yield f"{name}, {int(pages or 0):,} pages"
        yield from _wrapped(columns or "no columns")
        for index in (indexes or "no index").split(";"):
            yield from _wrapped(index.replace(" ON public.", " ON "))


def _given(question: str, values: Mapping[str, str | int]) -> str:
    named = {question[start + 1 : end] for start, end in sql.binds(question)}
    return ", ".join(f":{name} = {value}" for name, value in values.items() if name in named)


def _wrapped(text: str) -> list[str]:
    # Statements stand in the exercises with the blanks of their place there.
    return textwrap.wrap(" ".join(text.split()), _WIDTH, initial_indent="    ", subsequent_indent="      ")
