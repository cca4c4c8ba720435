"""A tree, a line a branch, with figures beside it and a bar for each branch's share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mnemo_helpers.render._shown import Shown, escape

# Blue stays apart from grey for every kind of colour vision; what is not known is hatched, and its bounds stand beside.
_BLUE = "#0072b2"
_LINE, _LETTER, _INDENT, _BAR = 20, 7.3, 2, 120


@dataclass(frozen=True)
class Branch:
    """One line of a tree.

    Attributes:
        depth: how far it is set in.
        name: what it is.
        values: its figures, one for each column.
        share: of the whole, at least and at most, from 0 to 1; None where it has none.
    """

    depth: int
    name: str
    values: tuple[str, ...]
    share: tuple[float, float] | None = None


def tree(branches: Sequence[Branch], columns: Sequence[str], *, bars: str = "") -> Shown:
    """Draw branches below one another, set in by their depth.

    Args:
        branches: in order, each below the one that it belongs to.
        columns: what the figures are.
        bars: what the bars show; without it there are none.
    """
    names = [" " * (_INDENT * branch.depth) + branch.name for branch in branches]
    widths = [max([len(head), *(len(branch.values[i]) for branch in branches)]) for i, head in enumerate(columns)]
    first = max(map(len, names), default=0)

    def line(name: str, values: Sequence[str]) -> str:
        placed = [name.ljust(first), *(value.rjust(width) for value, width in zip(values, widths, strict=True))]
        return "  ".join(placed).rstrip()

    text = [line("", columns), *(line(name, branch.values) for name, branch in zip(names, branches, strict=True))]
    return Shown("\n".join(text), _svg(names, branches, columns, widths, first, bars, "\n".join(text)))


def _svg(
    names: Sequence[str],
    branches: Sequence[Branch],
    columns: Sequence[str],
    widths: Sequence[int],
    first: int,
    bars: str,
    text: str,
) -> str:
    left = _BAR + 16 if bars else 4
    ends, x = [], left + first * _LETTER
    for width in widths:
        x += (width + 2) * _LETTER
        ends.append(x)
    width_px, height = int(x + 8), _LINE * (len(branches) + 1) + 6
    drawn = [f"<text x='4' y='14' opacity='.7'>{escape(bars)}</text>"]
    drawn += [
        f"<text x='{end:.0f}' y='14' text-anchor='end' opacity='.7'>{escape(head)}</text>"
        for end, head in zip(ends, columns, strict=True)
    ]
    for i, (name, branch) in enumerate(zip(names, branches, strict=True)):
        y = _LINE * (i + 1) + 14
        if bars and branch.share is not None:
            drawn.append(_bar(y, *branch.share))
        indent = len(name) - len(name.lstrip(" "))
        drawn.append(f"<text x='{left + indent * _LETTER:.0f}' y='{y}'>{escape(name.strip())}</text>")
        drawn += [
            f"<text x='{end:.0f}' y='{y}' text-anchor='end'>{escape(value)}</text>"
            for end, value in zip(ends, branch.values, strict=True)
            if value
        ]
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width_px}' height='{height}' "
        f"viewBox='0 0 {width_px} {height}' style='max-width:100%' role='img' font-family='monospace' font-size='12' "
        f"fill='currentColor'><title>{escape(text)}</title>"
        f"{''.join(drawn)}</svg>"
    )


def _bar(y: int, least: float, most: float) -> str:
    sure, perhaps = least * _BAR, (most - least) * _BAR
    told = f"{least:.0%}" if round(least, 2) == round(most, 2) else f"{least:.0%} to {most:.0%}"
    maybe = (
        f"<rect x='{4 + sure:.1f}' y='{y - 10}' width='{perhaps:.1f}' height='11' fill='none' stroke='{_BLUE}' "
        "stroke-dasharray='3 2'/>"
        if perhaps >= 1
        else ""
    )
    return (
        f"<g><title>{told}</title><rect x='4' y='{y - 10}' width='{max(sure, 0.5):.1f}' height='11' fill='{_BLUE}'/>"
        f"{maybe}</g>"
    )
