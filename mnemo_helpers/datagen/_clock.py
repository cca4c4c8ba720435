"""The shop's time: two years, with the rhythm of the day, the week and the year, and growth.

The hours of the history have weights; the k-th of n happenings falls where the k-th part of all the weight is reached.
So a number is enough to know a time, and times come in the order of the numbers.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import numpy as np

from mnemo_helpers.datagen._draw import Ints, Words, part

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_SCALE = 36


def instant(day: datetime.date) -> int:
    """Return the first instant of a day (UTC), in microseconds since 1970."""
    return (day - datetime.date(1970, 1, 1)).days * DAY


FIRST_DAY = datetime.date(2024, 1, 1)
LAST_DAY = datetime.date(2025, 12, 31)
BEGIN = instant(FIRST_DAY)
END = instant(LAST_DAY) + DAY
DAYS = (END - BEGIN) // DAY
# Customers could join half a year before the first order.
DOORS_OPEN = datetime.date(2023, 7, 1)


def day_of(times: Ints) -> Ints:
    """Return the days of instants, counted from the first day of the history."""
    return (times - BEGIN) // DAY


class Rhythm:
    """When happenings of one sort fall, in hours of weight.

    Args:
        first: the first day.
        last: the last day.
        rhythm: the table ``rhythm`` of the distributions.
        growth_percent: weight of the last day, in percent of the first.
        boosted: the days, counted from ``FIRST_DAY``, that a promotion makes busier.
    """

    def __init__(
        self,
        first: datetime.date,
        last: datetime.date,
        rhythm: dict[str, list[int]],
        growth_percent: int,
        boosted: Sequence[int] = (),
        boost_percent: int = 100,
    ) -> None:
        """Weigh every hour."""
        days = (last - first).days + 1
        shift = (first - FIRST_DAY).days
        extra = frozenset(boosted)
        weights: list[int] = []
        for number in range(days):
            day = first + datetime.timedelta(number)
            weight = rhythm["weekly"][day.weekday()] * _of_year(rhythm["yearly"], day)
            weight *= 100 * days + (growth_percent - 100) * number
            weight = weight * (boost_percent if number + shift in extra else 100) // (days * 100_000)
            weights.extend(weight * hour for hour in rhythm["utc_hours"])
        sums = [0]
        for weight in weights:
            sums.append(sums[-1] + weight)
        # Python's integers have no bound: scaled exactly.
        self._sums = np.array([(value << _SCALE) // sums[-1] for value in sums], dtype=np.int64)
        self._begin = instant(first)

    def times(self, numbers: Ints, of: int, words: Words) -> Ints:
        """Return when the numbered ones of ``of`` happenings fall, not before those with lower numbers."""
        low = (numbers << _SCALE) // of
        high = (numbers + 1 << _SCALE) // of
        place = low + ((high - low) * part(words, 0, 20) >> 20)
        hour = np.searchsorted(self._sums, place, side="right") - 1
        within = (place - self._sums[hour]) * HOUR // (self._sums[hour + 1] - self._sums[hour])
        return self._begin + hour * HOUR + within


def _of_year(yearly: list[int], day: datetime.date) -> int:
    """Return the weight of a day in hundredths of that of its month, sliding from one month to the next."""
    middle = 15
    step = day.day - middle
    other = yearly[(day.month - 1 + (1 if step > 0 else -1)) % 12]
    own = yearly[day.month - 1]
    return 100 * own + (other - own) * abs(step) * 100 // 31
