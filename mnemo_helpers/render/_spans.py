"""Three marks on one axis for each of several things: the middle, and how far the tail goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mnemo_helpers.render._figure import figure
from mnemo_helpers.render._shown import Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BLUE, _ORANGE = "#0072b2", "#d55e00"
_MARKS = (("o", "half within"), ("s", "95 % within"), ("^", "99 % within"))


def spans(values: Mapping[str, Sequence[float]], along: str, *, limit: float | None = None) -> Shown:
    """Draw for each thing its median, its 95th and its 99th percentile, on an axis of powers of ten.

    Args:
        values: the three figures of each, by its name.
        along: what the axis tells.
        limit: where a line is drawn that 95 of 100 are to be left of.
    """

    def draw(axes: Axes) -> None:
        for row, figures in enumerate(values.values()):
            late = limit is not None and figures[1] > limit
            colour = _ORANGE if late else _BLUE
            axes.plot([figures[0], figures[-1]], [row, row], color=colour, alpha=0.5)
            for (mark, label), at in zip(_MARKS, figures, strict=True):
                axes.plot([at], [row], color=colour, marker=mark, linestyle="", label=label if row == 0 else None)
        if limit is not None:
            axes.axvline(limit, color="black", linestyle="--", linewidth=1)
        axes.set(xlabel=along, xscale="log", yticks=range(len(values)), yticklabels=list(values))
        axes.invert_yaxis()
        axes.grid(axis="x", alpha=0.3)
        axes.legend(fontsize=8)

    lines = [
        f"{name}: " + ", ".join(f"{label} {at:,.1f}" for (_, label), at in zip(_MARKS, figures, strict=True))
        for name, figures in values.items()
    ]
    end = [f"The line is at {limit:g}."] if limit is not None else []
    return Shown("\n".join([f"{along}:", *lines, *end]), figure(draw, (7, 1.2 + 0.35 * len(values))))
