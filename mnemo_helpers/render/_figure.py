"""A figure of matplotlib as SVG: the same bytes each time, its words as text."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def figure(draw: Callable[[Axes], object], size: tuple[float, float]) -> str:
    """Return what is drawn on one pair of axes, as SVG.

    Args:
        draw: draws on the axes.
        size: width and height, in inches.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "mnemo"}):
        whole = Figure(figsize=size, layout="constrained")
        draw(whole.add_subplot())
        drawn = io.StringIO()
        whole.savefig(drawn, format="svg", metadata={"Date": None})
    svg = drawn.getvalue()
    return svg[svg.index("<svg") :]
