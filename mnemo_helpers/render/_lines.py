"""Lines over one axis, drawn by matplotlib."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mnemo_helpers.render._figure import figure
from mnemo_helpers.render._shown import Shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito (2008): apart for every kind of colour vision; each line has a mark and a dash of its own too.
_LOOKS = (("#0072b2", "o", "-"), ("#d55e00", "s", "--"), ("#009e73", "^", "-."), ("#cc79a7", "D", ":"))


def lines(values: Mapping[str, Mapping[float, float]], across: str, up: str) -> Shown:
    """Draw lines from their points, from zero upwards; the text lists the points.

    Args:
        values: for each line by its name, its heights by their place.
        across: what the horizontal axis tells.
        up: what the vertical axis tells.
    """

    def draw(axes: Axes) -> None:
        for (name, points), (colour, mark, dash) in zip(values.items(), _LOOKS * len(values), strict=False):
            axes.plot(list(points), list(points.values()), color=colour, marker=mark, linestyle=dash, label=name)
        axes.set(xlabel=across, ylabel=up, ylim=(0, None))
        axes.grid(alpha=0.3)
        axes.legend()

    text = "\n".join(
        f"{name}: " + ", ".join(f"{height:,.0f} at {place:g}" for place, height in points.items())
        for name, points in values.items()
    )
    return Shown(f"{up}, by {across}:\n{text}", figure(draw, (6.4, 3.6)))
