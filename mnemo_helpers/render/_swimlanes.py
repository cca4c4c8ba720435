"""Several sessions side by side, time downwards: what each did, whom it waited for, when it went on."""

from __future__ import annotations

import textwrap
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from mnemo_helpers.render._shown import Shown, escape

# Blue and orange stay apart for every kind of colour vision (Okabe and Ito, 2008); words say it without colour.
_BLUE, _ORANGE = "#0072b2", "#d55e00"
_LINE, _GAP, _LETTER, _GUTTER = 17, 12, 7.3, 34
_WIDTH, _NARROWEST, _WIDEST = 960, 260, 420


@dataclass(frozen=True)
class Waiting:
    """A step that waits.

    Attributes:
        whom: the lanes that it waits for.
        what: for what.
        until: the number of the moment in which it goes on; None where it never does.
    """

    whom: tuple[str, ...]
    what: str
    until: int | None


@dataclass(frozen=True)
class Resumed:
    """A step of before that goes on.

    Attributes:
        number: the moment in which it began.
        lane: whose it is.
        said: what it answered, a line each.
        failed: whether it ended in an error.
    """

    number: int
    lane: str
    said: tuple[str, ...]
    failed: bool


@dataclass(frozen=True)
class Moment:
    """A step, and what else moved with it.

    Attributes:
        number: counted from 1.
        lane: whose it is.
        done: what was done, as it was written.
        said: what was answered, a line each.
        failed: whether it ended in an error.
        waits: whom it waits for, or None.
        resumed: steps of before that go on with it.
    """

    number: int
    lane: str
    done: str
    said: tuple[str, ...] = ()
    failed: bool = False
    waits: Waiting | None = None
    resumed: tuple[Resumed, ...] = ()


def swimlanes(lanes: Sequence[str], moments: Sequence[Moment], notes: Sequence[str] = ()) -> Shown:
    """Draw one lane for each session, time downwards; a wait is a bar, tied to whom it waits for.

    Args:
        lanes: the sessions' names.
        moments: what was done, in order.
        notes: sentences below the picture.
    """
    return Shown("\n".join([*_text(lanes, moments), *notes]), _Picture(lanes, moments, notes).svg())


def _text(lanes: Sequence[str], moments: Sequence[Moment]) -> Iterator[str]:
    digits, width = len(str(len(moments))), max(map(len, lanes), default=0)
    pad = " " * (digits + width + 3)
    for moment in moments:
        first, *more = moment.done.split("\n")
        yield f"{moment.number:>{digits}} {moment.lane:>{width}}: {first}"
        yield from (pad + line for line in more)
        yield from (f"{pad}  {line}" for line in _told(moment))
        for resumed in moment.resumed:
            yield f"{'':{digits}} {resumed.lane:>{width}}: {_goes_on(resumed)}"
            yield from (f"{pad}  {line}" for line in _marked(resumed.said, resumed.failed))


def _told(moment: Moment) -> list[str]:
    if moment.waits is not None:
        return [f"waits for {' and '.join(moment.waits.whom)}: {moment.waits.what}"]
    return _marked(moment.said, moment.failed)


def _goes_on(resumed: Resumed) -> str:
    return f"step {resumed.number} {'fails' if resumed.failed else 'goes on'}"


def _marked(said: Sequence[str], failed: bool) -> list[str]:
    return [*said[:-1], f"✘ {said[-1]}"] if failed and said else list(said)


class _Picture:
    """The lanes as SVG, row by row."""

    def __init__(self, lanes: Sequence[str], moments: Sequence[Moment], notes: Sequence[str]) -> None:
        self._moments, self._lanes = moments, lanes
        share = (_WIDTH - _GUTTER) // max(len(lanes), 1)
        self._lane = max(_NARROWEST, min(_WIDEST, share))
        self._letters = int((self._lane - 30) / _LETTER)
        self._notes = [line for note in notes for line in textwrap.wrap(note, max(self._letters * len(lanes), 60))]
        self._x = {name: _GUTTER + 6 + i * self._lane for i, name in enumerate(lanes)}
        self._rows: dict[int, int] = {}
        self._bottom = 0
        self._texts = list(self._laid_out())

    def svg(self) -> str:
        width = _GUTTER + self._lane * len(self._lanes)
        height = self._bottom + 8 + _LINE * len(self._notes)
        drawn = "".join([*self._lines(), *self._waits(), *self._texts, *self._below()])
        said = "\n".join([*_text(self._lanes, self._moments), *self._notes])
        return (
            f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' "
            f"viewBox='0 0 {width} {height}' style='max-width:100%' role='img' font-family='monospace' "
            f"font-size='12' fill='currentColor'><title>{escape(said)}</title>{drawn}</svg>"
        )

    def _laid_out(self) -> Iterator[str]:
        y = 20
        for name, x in self._x.items():
            yield f"<text x='{x + 12}' y='{y}' font-weight='bold' font-size='14'>{escape(name)}</text>"
        y += _LINE + 4
        for moment in self._moments:
            self._rows[moment.number] = y
            yield f"<text x='{_GUTTER - 12}' y='{y}' text-anchor='end' opacity='.6'>{moment.number}</text>"
            x = self._x[moment.lane]
            yield f"<circle cx='{x}' cy='{y - 4}' r='4'/>"
            at = yield from self._block(x, y, moment.done.split("\n"), "")
            loud = moment.failed or moment.waits is not None
            deepest = yield from self._block(x, at, _told(moment), _ORANGE if loud else _BLUE)
            for resumed in moment.resumed:
                x = self._x[resumed.lane]
                yield f"<circle cx='{x}' cy='{y - 4}' r='4' fill='none' stroke='currentColor'/>"
                at = yield from self._block(x, y, [_goes_on(resumed)], "")
                said = _marked(resumed.said, resumed.failed)
                at = yield from self._block(x, at, said, _ORANGE if resumed.failed else _BLUE)
                deepest = max(deepest, at)
            y = deepest + _GAP
        self._bottom = y

    def _block(self, x: int, y: int, lines: Sequence[str], colour: str) -> Generator[str, None, int]:
        fill = f" fill='{colour}'" if colour else ""
        for line in lines:
            for piece in textwrap.wrap(line, self._letters, drop_whitespace=False, tabsize=2) or [""]:
                yield f"<text x='{x + 12}' y='{y}' xml:space='preserve'{fill}>{escape(piece)}</text>"
                y += _LINE
        return y

    def _lines(self) -> Iterator[str]:
        for x in self._x.values():
            yield f"<path d='M{x} 26V{self._bottom - _GAP}' stroke='currentColor' opacity='.35'/>"

    def _waits(self) -> Iterator[str]:
        for moment in self._moments:
            if moment.waits is None:
                continue
            x, top = self._x[moment.lane], self._rows[moment.number] - 4
            until = moment.waits.until
            end = self._rows[until] - 4 if until is not None else self._bottom - _GAP
            said = f"{moment.lane} {_told(moment)[0]}, from step {moment.number} to {until or 'the end'}"
            yield (
                f"<rect x='{x - 4}' y='{top}' width='8' height='{max(end - top, 4)}' fill='{_ORANGE}' "
                f"fill-opacity='.35' stroke='{_ORANGE}'><title>{escape(said)}</title></rect>"
            )
            for other in moment.waits.whom:
                if other in self._x:
                    to = self._x[other]
                    head = 7 if to < x else -7
                    yield (
                        f"<path d='M{x} {top + 8}H{to}m{head} -4l{-head} 4l{head} 4' fill='none' stroke='{_ORANGE}' "
                        f"stroke-dasharray='5 3'/>"
                    )

    def _below(self) -> Iterator[str]:
        for i, line in enumerate(self._notes):
            yield f"<text x='{_GUTTER}' y='{self._bottom + 4 + _LINE * i}'>{escape(line)}</text>"
