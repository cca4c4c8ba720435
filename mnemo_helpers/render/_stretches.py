"""Where something lies in a long list: a strip for each question, with its stretches marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mnemo_helpers.render._shown import Shown, escape

_BLUE = "#0072b2"
_LETTER, _STRIP, _LINE, _LEAST = 7.5, 560, 26, 1.5


def stretches(values: Mapping[str, Sequence[tuple[int, int]]], length: int) -> Shown:
    """Draw for each name a strip, and on it each stretch where it lies, thin ones a little too wide to be seen.

    Args:
        values: for each name, the first and the last place of each stretch, counted from 1, in their order.
        length: how many places the list has.
    """
    told = {name: _told(found, length) for name, found in values.items()}
    widest = max(map(len, told), default=0)
    text = "\n".join(f"{name.ljust(widest)}  {said}" for name, said in told.items())
    left = 8 + widest * _LETTER
    drawn, y = [], 0
    for name, found in values.items():
        y += _LINE
        marks = "".join(
            f"<rect x='{left + (first - 1) / length * _STRIP:.1f}' y='{y - 14}' height='18' fill='{_BLUE}' "
            f"width='{max((last - first + 1) / length * _STRIP, _LEAST):.1f}'/>"
            for first, last in found
        )
        drawn.append(
            f"<g><title>{escape(told[name])}</title><text x='4' y='{y}'>{escape(name)}</text>"
            f"<rect x='{left:.0f}' y='{y - 14}' width='{_STRIP}' height='18' fill='currentColor' opacity='.12'/>{marks}"
            f"<text x='{left + _STRIP + 8:.0f}' y='{y}'>{escape(_count(len(found)))}</text></g>"
        )
    width, height = int(left + _STRIP + 110), y + 12
    return Shown(
        text,
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}' "
        f"style='max-width:100%' role='img' font-family='sans-serif' font-size='13' fill='currentColor'>"
        f"<title>{escape(text)}</title>{''.join(drawn)}</svg>",
    )


def _told(found: Sequence[tuple[int, int]], length: int) -> str:
    if not found:
        return "nothing"
    places = sum(last - first + 1 for first, last in found)
    return f"{places:,} of {length:,} in {_count(len(found))}, from place {found[0][0]:,} to {found[-1][1]:,}"


def _count(number: int) -> str:
    return f"{number:,} stretch{'es' if number != 1 else ''}"
