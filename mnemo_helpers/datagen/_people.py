"""The customers: who they are and what they are used to, known from a customer's number alone."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from mnemo_helpers.datagen._clock import DAY, DOORS_OPEN, END, LAST_DAY, MINUTE, Rhythm
from mnemo_helpers.datagen._copy import NULL
from mnemo_helpers.datagen._draw import (
    Ints,
    Words,
    below,
    choose,
    cumulative,
    happens,
    part,
    popularity,
    stream,
    trait,
)
from mnemo_helpers.datagen._plan import Plan
from mnemo_helpers.datagen._words import words

_SCALE = 1 << 20
_ROUNDS = 12
_PIECE = 1 << 16
_SCHEMES = ("argon2id", "bcrypt", "scrypt")


@functools.cache
def _rhythm() -> Rhythm:
    return Rhythm(DOORS_OPEN, LAST_DAY, words().weights["rhythm"], 160)


def joined(plan: Plan, users: Ints) -> Ints:
    """Return when customers opened their accounts, not before those with lower numbers."""
    return _everybody(plan)["joined"][users]


@functools.cache
def _countries() -> dict[str, Ints]:
    places = words().places
    codes = [country["code"] for country in places["countries"]]
    languages = [language["code"] for language in places["languages"]]
    currencies = [currency["code"] for currency in places["currencies"]]
    of_region = [codes.index(region["country"]) for region in places["regions"]]
    climates = list(words().categories["taste"])
    return {
        "country": np.array(of_region),
        "language": np.array([languages.index(places["countries"][n]["language"]) for n in of_region]),
        "currency": np.array([currencies.index(places["countries"][n]["currency"]) for n in of_region]),
        "climate": np.array([climates.index(region["climate"]) for region in places["regions"]]),
        "ahead": np.array([region["hours_ahead"] for region in places["regions"]]),
        "sums": cumulative([region["weight"] for region in places["regions"]]),
    }


def of_region(fact: str, regions: Ints) -> Ints:
    """Return a fact of regions: ``country``, ``language``, ``currency``, ``climate`` or hours ``ahead``, as indexes."""
    return _countries()[fact][regions]


@functools.cache
def _tastes() -> tuple[Ints, ...]:
    return tuple(cumulative(weights) for weights in words().categories["taste"].values())


def taste(climates: Ints, word: Words) -> Ints:
    """Return a leaf of the tree of goods, as people in a climate like them."""
    leaves = np.empty(len(climates), dtype=np.int64)
    for index, sums in enumerate(_tastes()):
        here = climates == index
        leaves[here] = choose(sums, word[here])
    return leaves


@dataclass(frozen=True)
class Habits:
    """What customers do again and again.

    Attributes:
        region: where they live.
        favourite: the leaf that most of their orders begin with.
        second: the leaf that comes next.
        device: what they mostly use.
        method: how they pay.
    """

    region: Ints
    favourite: Ints
    second: Ints
    device: Ints
    method: Ints


@functools.cache
def _sums(name: str) -> Ints:
    return cumulative(words().weights["customers"][name])


def habits(plan: Plan, users: Ints) -> Habits:
    """Return the habits of customers."""
    every = _everybody(plan)
    return Habits(**{field.name: every[field.name][users].astype(np.int64) for field in fields(Habits)})


@functools.lru_cache(maxsize=2)
def _everybody(plan: Plan) -> dict[str, npt.NDArray[Any]]:
    """Return what is often asked of customers, worked out once: when each joined, and habits, a byte each."""
    every: dict[str, npt.NDArray[Any]] = {"joined": np.empty(plan.users, dtype=np.int64)}
    every |= {field.name: np.empty(plan.users, dtype=np.int8) for field in fields(Habits)}
    for first in range(0, plan.users, _PIECE):
        users = np.arange(first, min(first + _PIECE, plan.users), dtype=np.int64)
        every["joined"][users] = _rhythm().times(users, plan.users, trait(plan.seed, "joined", users))
        for name, values in vars(_habits(plan, users)).items():
            every[name][users] = values
    return every


def _habits(plan: Plan, users: Ints) -> Habits:
    region = choose(_countries()["sums"], trait(plan.seed, "region", users))
    climate = of_region("climate", region)
    ways = trait(plan.seed, "ways", users)
    return Habits(
        region=region,
        favourite=taste(climate, trait(plan.seed, "favourite", users)),
        second=taste(climate, trait(plan.seed, "second", users)),
        device=np.searchsorted(_sums("favourite_devices"), part(ways, 0, 8), side="right") - 1,
        method=np.searchsorted(_sums("methods"), part(ways, 8, 8), side="right") - 1,
    )


@dataclass(frozen=True)
class Crowd:
    """Who comes: customers by popularity, of those who have joined and are awake.

    Attributes:
        sums: running sums of the popularity of ranks.
        stride: carries ranks to customers, so that neither the first nor the last are all the good ones.
    """

    sums: Ints
    stride: int

    def visitors(self, plan: Plan, visits: Ints, times: Ints) -> Ints:
        """Return the customer of each visit.

        Args:
            plan: what is made.
            visits: numbers of visits.
            times: when they begin.
        """
        users = np.full(len(visits), -1, dtype=np.int64)
        waiting = np.arange(len(visits))
        awake = np.array(words().weights["rhythm"]["local_hours"])
        for number in range(_ROUNDS):
            word = trait(plan.seed, f"visitor {number}", visits[waiting])
            user = (choose(self.sums, word) * self.stride + plan.users // 3) % plan.users
            region = _everybody(plan)["region"][user]
            hour = (times[waiting] // (60 * MINUTE) + of_region("ahead", region)) % 24
            ready = joined(plan, user) + 10 * MINUTE < times[waiting]
            taken = ready & (part(word, 40, 8) <= awake[hour])
            users[waiting[taken]] = user[taken]
            waiting = waiting[~taken]
        # Who is left is somebody who joined early.
        users[waiting] = below(trait(plan.seed, "visitor", visits[waiting]), 0, max(plan.users // 8, 1))
        return users


@functools.lru_cache(maxsize=4)
def crowd(plan: Plan) -> Crowd:
    """Return the crowd of a plan."""
    stride = plan.users * 5 // 8 | 1
    while math.gcd(stride, plan.users) != 1:
        stride += 2
    flat = words().weights["customers"]["flat"]
    sums = np.zeros(plan.users + 1, dtype=np.int64)
    # In pieces, since a large shop has millions of customers.
    for first in range(0, plan.users, _PIECE):
        ranks = np.arange(first, min(first + _PIECE, plan.users), dtype=np.int64)
        sums[ranks + 1] = sums[first] + np.cumsum(popularity(ranks, flat, _SCALE))
    return Crowd(sums, stride)


def second_address_at(plan: Plan, users: Ints) -> Ints:
    """Return when customers entered a second address; ``END`` or later where they did not."""
    word = trait(plan.seed, "second address", users)
    moved = joined(plan, users) + DAY * (20 + below(word, 0, 400)) + below(word, 24, DAY // 1000) * 1000
    return np.where(happens(word, 56, words().chances["second_address"]), moved, END)


def user_rows(plan: Plan, first: int, after: int) -> Iterator[tuple[str, dict[str, Ints]]]:
    """Yield rows of ``users`` and ``credentials`` for a range of customers, and of ``addresses`` with their times.

    Args:
        plan: what is made.
        first: the first customer.
        after: the first customer after them.
    """
    known = words()
    users = np.arange(first, after, dtype=np.int64)
    word = stream(plan.seed, "users", first, after - first)
    region = habits(plan, users).region
    language = of_region("language", region)
    created = joined(plan, users)
    changed = happens(word[0], 56, known.chances["changed_profile"])
    later = created + (END - created) * part(word[0], 36, 16) // 65_536
    given, family = within("given", language, word[3], 0), within("family", language, word[3], 24)
    yield (
        "users",
        {
            "user_id": users + 1,
            "email.0": below(word[0], 0, len(known.vocabularies["handle first"].texts)),
            "email.2": below(word[1], 0, len(known.vocabularies["handle second"].texts)),
            "email.3": users + 1,
            "email.5": below(word[2], 0, len(known.vocabularies["domain"].texts)),
            "display_name.0": given,
            "display_name.2": family,
            "region_id": region + 1,
            "created_at": created,
            "updated_at": np.where(changed, later, created),
        },
    )
    yield (
        "credentials",
        {
            "user_id": users + 1,
            "scheme": np.searchsorted(_sums("schemes"), part(word[2], 24, 8), side="right") - 1,
            "secret.1": part(word[2], 32, 30),
            "changed_at": np.where(changed & (part(word[2], 62, 1) == 1), later, created),
        },
    )
    names = {"recipient.0": given, "recipient.2": family}
    first_at = created + MINUTE + below(word[1], 24, 7 * MINUTE)
    for number, times in ((1, first_at), (2, second_address_at(plan, users))):
        drawn = stream(plan.seed, f"addresses {number}", first, after - first)
        yield "addresses", _addresses(number, users, region, times, names, drawn)


def _addresses(
    number: int, users: Ints, region: Ints, times: Ints, names: dict[str, Ints], word: Words
) -> dict[str, Ints]:
    """Return the rows of the first or the second addresses; those of a time after the end are not there yet."""
    country = of_region("country", region)
    spans = np.array(words().span("phone"))
    rows = {
        "t": times,
        "user_id": users + 1,
        "address_no": np.full(len(users), number, dtype=np.int64),
        **names,
        "street.0": within("street", of_region("language", region), word[0], 0),
        "street.2": 1 + part(word[0], 24, 7),
        "city": within("city", region, word[1], 0),
        "postal_code.0": 10_000 + below(word[1], 24, 89_999),
        "region_id": region + 1,
        "phone": np.where(
            spans[country, 1] > 0, spans[country, 0] + part(word[2], 0, 16) * spans[country, 1] // 65536, NULL
        ),
        "created_at": times,
    }
    there = times < END
    return {name: values[there] for name, values in rows.items()}


def within(vocabulary: str, group: Ints, word: Words, shift: int) -> Ints:
    """Return a text out of the part of a vocabulary that belongs to each group: a language, region or country."""
    spans = np.array(words().span(vocabulary))
    places: Ints = spans[group, 0] + below(word, shift, spans[group, 1])
    return places
