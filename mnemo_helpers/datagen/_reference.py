"""The rows of the small tables: places, sellers, goods and accounts."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from mnemo_helpers.datagen._catalogue import catalogue, launched_at
from mnemo_helpers.datagen._clock import BEGIN, DAY, END, HOUR, instant
from mnemo_helpers.datagen._draw import below, happens, part, stream
from mnemo_helpers.datagen._plan import Plan
from mnemo_helpers.datagen._words import words

Row = Sequence[Any]
KINDS = ("cash", "payable", "commission", "shipping")


def accounts() -> list[tuple[str, int | None, int]]:
    """Return the accounts in the order of their numbers: kind, seller (None for the shop's own), currency's index."""
    known = words()
    codes = [currency["code"] for currency in known.places["currencies"]]
    own: list[tuple[str, int | None, int]] = [
        (kind, None, index) for kind in KINDS if kind != "payable" for index in range(len(codes))
    ]
    owed: list[tuple[str, int | None, int]] = [
        ("payable", number, codes.index(code))
        for number, tenant in enumerate(known.trade["tenants"])
        for code in tenant["currencies"]
    ]
    return own + owed


def few(plan: Plan) -> Iterator[tuple[str, list[Row]]]:
    """Yield the small tables with their rows."""
    known = words()
    places, trade = known.places, known.trade
    regions = [region["name"] for region in places["regions"]]
    yield "languages", [(each["code"], each["name"], each["script"]) for each in places["languages"]]
    yield "currencies", [(each["code"], each["name"], each["digits"]) for each in places["currencies"]]
    yield (
        "countries",
        [(each["code"], each["name"], each["language"], each["currency"]) for each in places["countries"]],
    )
    yield (
        "regions",
        [(n, each["country"], each["name"], each["time_zone"]) for n, each in enumerate(places["regions"], 1)],
    )
    yield (
        "warehouses",
        [(n, regions.index(each["region"]) + 1, each["name"]) for n, each in enumerate(places["warehouses"], 1)],
    )
    opened = instant(datetime.date(2023, 6, 1))
    yield (
        "tenants",
        [
            (n, each["name"], each["country"], opened + n * 5 * DAY + 9 * HOUR)
            for n, each in enumerate(trade["tenants"], 1)
        ],
    )
    yield (
        "tenant_currencies",
        [(n, code) for n, each in enumerate(trade["tenants"], 1) for code in each["currencies"]],
    )
    yield "brands", [(n, name, tier) for n, (name, tier) in enumerate(_brands(), 1)]
    yield "categories", _categories()
    yield from _products(plan)
    yield "promotions", _promotions(plan)
    codes = [currency["code"] for currency in places["currencies"]]
    yield (
        "accounts",
        [
            (n, kind, None if tenant is None else tenant + 1, codes[currency])
            for n, (kind, tenant, currency) in enumerate(accounts(), 1)
        ],
    )


def _brands() -> list[tuple[str, int]]:
    known = words()
    return [(name, tier) for root in known.categories["roots"] for name, tier in known.trade["brands"][root["slug"]]]


def _categories() -> list[Row]:
    roots, leaves = words().categories["roots"], words().categories["leaves"]
    slugs = [root["slug"] for root in roots]
    top: list[Row] = [(n, None, root["slug"], root["name"]) for n, root in enumerate(roots, 1)]
    below_them: list[Row] = [
        (leaf_id(n), slugs.index(leaf["root"]) + 1, leaf["slug"], leaf["name"]) for n, leaf in enumerate(leaves)
    ]
    return top + below_them


def leaf_id(leaf: int) -> int:
    """Return the number in the tables of a leaf of the tree of categories."""
    return len(words().categories["roots"]) + 1 + leaf


def _promotions(plan: Plan) -> list[Row]:
    return [
        (
            n,
            each.code,
            leaf_id(each.leaf),
            each.percent,
            BEGIN + each.first_day * DAY,
            BEGIN + each.after_day * DAY,
        )
        for n, each in enumerate(catalogue(plan).promotions, 1)
    ]


def _products(plan: Plan) -> Iterator[tuple[str, list[Row]]]:
    known, of = words(), catalogue(plan)
    leaves, goods, brands = known.categories["leaves"], known.trade["products"], _brands()
    home = _languages_of_tenants()
    created = launched_at(of)
    word = stream(plan.seed, "product texts", 0, plan.products)
    updated = np.where(happens(word[2], 24, 96), created + (END - created) * part(word[3], 0, 16) // 65536, created)
    draws = [below(word[0], 0, len(goods["adjectives"])), part(word[0], 24, 2), part(word[1], 24, 2)]
    draws += [below(word[1], 0, len(goods["use"])), below(word[2], 0, len(goods["care"]["home"]))]
    columns = [of.tenant, of.brand, of.leaf, of.noun, of.weight_g, created, updated, *draws]
    products: list[Row] = []
    texts: list[Row] = []
    order = np.argsort(created, kind="stable").tolist()
    facts = list(zip(*(column.tolist() for column in columns), strict=True))
    for index in order:
        tenant, brand, leaf, noun, weight, at, changed, adjective, other, material, use, care = facts[index]
        number = index + 1
        root, nouns = leaves[leaf]["root"], leaves[leaf]["nouns"]
        # An English name may be one of the finer nouns; the first two have their like in every language.
        english = nouns["en"][noun + 2 * (other == 3)]
        name = f"{brands[brand][0]} {goods['adjectives'][adjective]} {english}"
        description = f"{english.capitalize()} by {brands[brand][0]}. "
        description += f"{goods['material'][root][material]} {goods['use'][use]} {goods['care'][root][care]}"
        sku = f"{leaves[leaf]['slug'][:3].upper()}-{number:06}"
        products.append((number, tenant + 1, brand + 1, leaf_id(leaf), sku, name, description, weight, at, changed))
        if other != 3:
            texts += [(number, code, f"{brands[brand][0]}: {nouns[code][noun]}") for code in home[tenant]]
    yield "products", products
    yield "product_texts", texts


def _languages_of_tenants() -> list[list[str]]:
    """Return the languages in which each seller names its goods: its own, the largest also three more; not English."""
    known = words()
    language = {each["code"]: each["language"] for each in known.places["countries"]}
    found = []
    for number, tenant in enumerate(known.trade["tenants"]):
        wanted = {language[tenant["country"]], *(("de", "fr", "ja") if number == 0 else ())}
        found.append([code for code in known.languages if code in wanted and code != "en"])
    return found
