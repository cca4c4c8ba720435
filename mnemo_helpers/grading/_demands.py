"""What an exercise on indexes shows: its tables and its workload, and what is demanded beside what was measured."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping

from mnemo_helpers import render, sql
from mnemo_helpers.grading._index import Indexed, Read
from mnemo_helpers.grading._workload import Measured, Place

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


def compare(exercise: Indexed, before: Measured, found: Measured | None, state: str) -> render.Shown:
    """Return what is demanded, what was, and what is with the answer, a line for each question and write.

    Args:
        exercise: whose demands they are.
        before: what its workload takes without an answer.
        found: what it takes with the answer; None where there is none yet.
        state: the state of the data on which both were measured.
    """
    rows: list[tuple[str, ...]] = []
    for name, read in exercise.reads.items():
        now = (_pages(found, name),) if found else ()
        rows.append((name, _pages(before, name), *now, _demand(read)))
    for name, was in before.records.items():
        now = (f"{found.records[name]:,} records",) if found else ()
        most = exercise.most_of(name)
        rows.append((name, f"{was:,} records", *now, f"at most {most:g} times that" if most is not None else ""))
    if exercise.most_bytes is not None:
        was_bytes = sum(before.index_bytes.values())
        now = (kilobytes(was_bytes + found.grown(before)),) if found else ()
        grow = exercise.most_bytes
        demand = f"may grow by {kilobytes(grow)}" if grow >= 0 else f"must shrink by {kilobytes(-grow)}"
        rows.append(("all indexes", kilobytes(was_bytes), *now, demand))
    heads = ("workload", "now", *(("with your answer",) if found else ()), "demand")
    caption = f"The data: {state}." if len(exercise.states) > 1 else ""
    return render.table(heads, rows, caption=caption)


def _pages(measured: Measured, name: str) -> str:
    pages = measured.pages[name]
    ways = dict.fromkeys(
        node.type
        for plan in measured.plans[name]
        for node in plan.nodes
        if node.relation and node.type.endswith("Scan")
    )
    span = f"{pages[0]:,}" if len(set(pages)) == 1 else f"{min(pages):,} to {max(pages):,}"
    return f"{span} pages, {', '.join(ways)}" if ways else f"{span} pages"


def _demand(read: Read) -> str:
    said = [f"at most {read.most_pages:,} pages"] if read.most_pages is not None else []
    said += [f"{table} by {' or '.join(ways)}" for table, ways in (read.by or {}).items()]
    if not read.sorts:
        said.append("no sort")
    return "; ".join(said) or "no worse"


def kilobytes(figure: int) -> str:
    """Return a number of bytes as people read it.

    Args:
        figure: the bytes.
    """
    return f"{figure / 1024:,.0f} kB"


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
