"""What a learner sees: every picture and table as HTML or SVG, with a plain text that carries the same facts."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mnemo_helpers.render._lines import lines
from mnemo_helpers.render._shown import Showing, Shown, escape
from mnemo_helpers.render._spans import spans
from mnemo_helpers.render._stretches import stretches
from mnemo_helpers.render._swimlanes import Moment, Resumed, Waiting, swimlanes
from mnemo_helpers.render._tree import Branch, tree

__all__ = [
    "Branch",
    "Kind",
    "Moment",
    "Resumed",
    "Showing",
    "Shown",
    "Stop",
    "Waiting",
    "beside",
    "course_map",
    "dependency_diagram",
    "escape",
    "lines",
    "note",
    "pre",
    "show",
    "spans",
    "stack",
    "stretches",
    "swimlanes",
    "table",
    "tree",
]

Kind = Literal["pass", "fail", "not_graded", "not_attempted", "info", "hint", "claim"]

# Blue and orange stay apart for every kind of colour vision (Okabe and Ito, 2008); the sign says it without colour.
_SIGNS: dict[str, tuple[str, str]] = {
    "pass": ("✔", "#0072b2"),
    "fail": ("✘", "#d55e00"),
    "not_graded": ("◌", "#777777"),
    "not_attempted": ("…", "#777777"),
    "info": ("·", "#777777"),
    "hint": ("→", "#b07d00"),
    "claim": ("✔", "#0072b2"),
}


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    caption: str = "",
    right: Sequence[bool] | None = None,
) -> Shown:
    """Lay out rows under their columns; None is shown as NULL, numbers stand to the right.

    Args:
        columns: the headings; two may be alike.
        rows: one sequence a row, as long as ``columns``.
        caption: one line under the table.
        right: which columns stand to the right, where the values are a server's text and do not tell.
    """
    body = [list(row) for row in rows]
    if right is None:
        right = [
            any(_numeric(row[i]) for row in body) and all(row[i] is None or _numeric(row[i]) for row in body)
            for i in range(len(columns))
        ]
    cells = [["NULL" if value is None else str(value) for value in row] for row in body]
    plain = [[cell.replace("\n", "⏎") for cell in row] for row in cells]
    widths = [max([len(name), *(len(row[i]) for row in plain)]) for i, name in enumerate(columns)]

    def line(row: Sequence[str]) -> str:
        placed = (c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True))
        return " | ".join(placed).rstrip()

    text = [line(columns), "-+-".join("-" * width for width in widths), *map(line, plain)]
    head = "".join(f"<th style='text-align:{_side(r)}'>{escape(c)}</th>" for c, r in zip(columns, right, strict=True))
    trs = []
    for row, shown in zip(body, cells, strict=True):
        tds = []
        for value, cell, r in zip(row, shown, right, strict=True):
            inner = "<i style='opacity:.6'>NULL</i>" if value is None else escape(cell)
            tds.append(f"<td style='text-align:{_side(r)};white-space:pre-wrap'>{inner}</td>")
        trs.append(f"<tr>{''.join(tds)}</tr>")
    page = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(trs)}</tbody></table>"
    if caption:
        text.append(caption)
        page += f"<div style='opacity:.7;font-size:90%'>{escape(caption)}</div>"
    return Shown("\n".join(text), page)


def note(kind: Kind, text: str, *more: Shown) -> Shown:
    """Say something in one or a few lines, with a sign that tells its kind, and put ``more`` below it."""
    sign, colour = _SIGNS[kind]
    first, *rest = text.split("\n")
    plain = "\n".join([f"{sign} {first}", *(f"  {line}" for line in rest)])
    lines = "<br>".join(escape(line) for line in text.split("\n"))
    page = (
        f"<div style='border-left:4px solid {colour};padding:.2em .7em;margin:.3em 0'>"
        f"<b style='color:{colour}'>{sign}</b> {lines}</div>"
    )
    return stack(Shown(plain, page), *more)


def pre(text: str) -> Shown:
    """Show lines as they are: each blank kept, each letter as wide as the next."""
    return Shown(text, f"<pre style='margin:.2em 0'>{escape(text)}</pre>")


def stack(*parts: Shown) -> Shown:
    """Put several things one below the other."""
    return Shown("\n".join(part.text for part in parts), "\n".join(part.html for part in parts))


def beside(*parts: Shown) -> Shown:
    """Put several things side by side; their texts one below the other."""
    boxes = "".join(f"<div>{part.html}</div>" for part in parts)
    page = f"<div style='display:flex;gap:2em;flex-wrap:wrap;align-items:flex-start'>{boxes}</div>"
    return Shown("\n\n".join(part.text for part in parts), page)


@dataclass(frozen=True)
class Stop:
    """One lesson on the map of the course.

    Attributes:
        title: its number and title.
        exercises: each exercise's number, and whether it is ``passed``, ``tried`` or ``untouched``.
    """

    title: str
    exercises: tuple[tuple[str, Literal["passed", "tried", "untouched"]], ...]


# Filled, half filled, empty: the shape says it without colour.
_MARKS = {"passed": ("●", "#0072b2"), "tried": ("◐", "#d55e00"), "untouched": ("○", "#777777")}


def course_map(modules: Mapping[str, Sequence[Stop]]) -> Shown:
    """Draw the lessons of each module, one a line, with a mark for each exercise.

    Args:
        modules: the lessons, by the title of their module.
    """
    lines, drawn, y = [], [], 0
    right = 30 + 8 * max((len(stop.title) for stops in modules.values() for stop in stops), default=0)
    most = max((len(stop.exercises) for stops in modules.values() for stop in stops), default=0)
    for module, stops in modules.items():
        y += 30
        lines.append(module)
        drawn.append(f"<text x='0' y='{y}' font-weight='bold'>{escape(module)}</text>")
        for stop in stops:
            y += 24
            passed = sum(state == "passed" for _, state in stop.exercises)
            marks = "  ".join(f"{_MARKS[state][0]} {number}" for number, state in stop.exercises)
            lines += [f"  {stop.title}: {passed} of {len(stop.exercises)} passed", *([f"    {marks}"] if marks else [])]
            drawn.append(f"<text x='16' y='{y}'>{escape(stop.title)}</text>")
            for i, (number, state) in enumerate(stop.exercises):
                drawn.append(_dot(right + 24 * i, y - 5, state, f"{number} {state}"))
    y += 34
    lines.append("  ".join(f"{mark} {name}" for name, (mark, _) in _MARKS.items()))
    for i, name in enumerate(_MARKS):
        drawn.append(_dot(10 + 110 * i, y - 5, name, name) + f"<text x='{24 + 110 * i}' y='{y}'>{name}</text>")
    width, height, text = max(right + 24 * most, 340), y + 8, "\n".join(lines)
    page = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}' "
        f"role='img' font-family='sans-serif' font-size='14' fill='currentColor'>"
        f"<title>{escape(text)}</title>{''.join(drawn)}</svg>"
    )
    return Shown(text, page)


def _dot(x: int, y: int, state: str, title: str) -> str:
    colour = _MARKS[state][1]
    ring = f"<circle cx='{x}' cy='{y}' r='7' fill='{colour if state == 'passed' else 'none'}' stroke='{colour}'/>"
    half = f"<path d='M{x} {y - 7}A7 7 0 0 0 {x} {y + 7}Z' fill='{colour}'/>" if state == "tried" else ""
    return f"<g stroke-width='2'><title>{escape(title)}</title>{ring}{half}</g>"


def dependency_diagram(
    attributes: Sequence[str], dependencies: Sequence[tuple[Sequence[str], Sequence[str], bool]]
) -> Shown:
    """Draw attributes in a row, and below them a line for each dependency: dots on its left side, arrows to its right.

    Args:
        attributes: their names, in order.
        dependencies: the left side, the right side, and whether it is multivalued: then dashed, with two arrowheads.
    """
    # Each line meets an attribute at a place of its own, so that no two lie on one another.
    meets = {
        name: [i for i, (left, right, _) in enumerate(dependencies) if name in {*left, *right}] for name in attributes
    }
    boxes, x = {}, 8
    for name in attributes:
        width = max(16 + 8 * max(len(name), 2), 14 * (len(meets[name]) + 1))
        boxes[name] = (x, width)
        x += width + 8
    drawn = [
        f"<rect x='{left}' y='8' width='{width}' height='26' rx='3' fill='none' stroke='currentColor'/>"
        f"<text x='{left + width / 2:g}' y='26' text-anchor='middle'>{escape(name)}</text>"
        for name, (left, width) in boxes.items()
    ]
    lines, y = [" | ".join(attributes)], 34
    for i, (left, right, multivalued) in enumerate(dependencies):
        y += 24
        said = f"{', '.join(left) or '{}'} {'->>' if multivalued else '->'} {', '.join(right) or '{}'}"
        lines.append(said)
        at = {
            name: boxes[name][0] + boxes[name][1] * (meets[name].index(i) + 1) / (len(meets[name]) + 1)
            for name in (*left, *right)
        }
        drawn.append(_arrow([at[name] for name in left], [at[name] for name in right], y, multivalued, said))
    height, text = y + 14, "\n".join(lines)
    page = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{x}' height='{height}' viewBox='0 0 {x} {height}' "
        f"style='max-width:100%' role='img' font-family='sans-serif' font-size='14' fill='currentColor'>"
        f"<title>{escape(text)}</title>{''.join(drawn)}</svg>"
    )
    return Shown(text, page)


def _arrow(starts: Sequence[float], ends: Sequence[float], y: int, multivalued: bool, said: str) -> str:
    colour = "#d55e00" if multivalued else "#0072b2"
    dashes = " stroke-dasharray='6 3'" if multivalued else ""
    # What nothing determines comes from the left edge.
    across = [*starts, *ends] if starts else [6, *ends]
    path = f"M{min(across):g} {y}H{max(across):g}" + "".join(f"M{place:g} {y}V34" for place in (*starts, *ends))
    heads = "".join(
        f"<path d='M{end - 4:g} {top + 8}L{end:g} {top}L{end + 4:g} {top + 8}Z'/>"
        for end in ends
        for top in ((34, 43) if multivalued else (34,))
    )
    dots = "".join(f"<circle cx='{start:g}' cy='{y}' r='4'/>" for start in starts or [6])
    return (
        f"<g fill='{colour}' stroke='{colour}'><title>{escape(said)}</title>"
        f"<path d='{path}' fill='none' stroke-width='1.5'{dashes}/>{heads}{dots}</g>"
    )


def show(shown: Shown) -> None:
    """Show it where the reader is: as a notebook output, or printed on a terminal."""
    interactive = sys.modules.get("IPython")
    if interactive is not None and interactive.get_ipython() is not None:
        from IPython.display import display

        display(shown)
    else:
        print(shown.text)


def _numeric(value: object) -> bool:
    import decimal

    return isinstance(value, int | float | decimal.Decimal) and not isinstance(value, bool)


def _side(right: bool) -> str:
    return "right" if right else "left"
