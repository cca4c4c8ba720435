"""What is sold, by whom and for how much: the part of the shop that every visit looks things up in."""

from __future__ import annotations

import datetime
import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnemo_helpers.datagen._clock import BEGIN, DAY, DAYS, FIRST_DAY, LAST_DAY, day_of, instant
from mnemo_helpers.datagen._copy import NULL
from mnemo_helpers.datagen._draw import Ints, Words, below, choose, cumulative, part, popularity, quantile, stream
from mnemo_helpers.datagen._plan import Plan
from mnemo_helpers.datagen._words import words

_SCALE = 1 << 16


@dataclass(frozen=True)
class Shelf:
    """Products in several lists (of a category, of a seller), each in the order of popularity.

    Attributes:
        products: all lists, one after the other.
        begins: where each list begins; one more at the end.
        sums: running sums of popularity over all of them.
    """

    products: Ints
    begins: Ints
    sums: Ints

    def pick(self, lists: Ints, word: Words) -> Ints:
        """Return a product from each of the lists, by popularity."""
        low, high = self.sums[self.begins[lists]], self.sums[self.begins[lists + 1]]
        place = low + (part(word, 0, 36) * (high - low) >> 36)
        return self.products[np.searchsorted(self.sums, place, side="right") - 1]

    def first(self, lists: Ints) -> Ints:
        """Return the most popular product of each of the lists."""
        return self.products[self.begins[lists]]


def shelf(of: Ints, lists: int, flat: int) -> Shelf:
    """Put each product into the list ``of`` it; earlier products are more popular."""
    products = np.argsort(of, kind="stable")
    counts = np.bincount(of, minlength=lists)
    begins = cumulative(counts)
    ranks = np.arange(len(of), dtype=np.int64) - begins[of[products]]
    return Shelf(products, begins, cumulative(popularity(ranks, flat, _SCALE)))


@dataclass(frozen=True)
class Promotion:
    """A time in which the goods of a leaf cost less; days are counted from the first of the history."""

    code: str
    leaf: int
    percent: int
    first_day: int
    after_day: int


@dataclass(frozen=True)
class Catalogue:
    """All products, by columns; numbers begin at 0 here, and at 1 in the tables.

    Attributes:
        tenant: who sells.
        leaf: the leaf of the tree of categories.
        brand: counted over all roots.
        warehouse: where it lies.
        launch: day of its launch; before the history begins for the first of each list.
        noun: which of the leaf's nouns.
        revision_days: how long a price lasts.
        first_price: where its prices begin among ``amounts``.
        revisions: how many prices it has had, in each currency.
        amounts: prices in hundredths.
        by_leaf: products in the lists of the leaves.
        by_tenant: products in the lists of the sellers.
        slot: by seller and currency, which of the seller's currencies it is; -1 where it does not sell in it.
        home_currency: by seller.
        promotions: in the order of time.
        promoted: by day, the promotion; -1 where there is none.
    """

    tenant: Ints
    leaf: Ints
    brand: Ints
    warehouse: Ints
    launch: Ints
    noun: Ints
    weight_g: Ints
    revision_days: Ints
    first_price: Ints
    revisions: Ints
    amounts: Ints
    by_leaf: Shelf
    by_tenant: Shelf
    slot: Ints
    home_currency: Ints
    promotions: tuple[Promotion, ...]
    promoted: Ints

    def price(self, products: Ints, currencies: Ints, times: Ints) -> Ints:
        """Return what a piece costs in a currency that its seller sells in, at a time, in hundredths."""
        revision = (day_of(times) - self.launch[products]) // self.revision_days[products]
        slot = self.slot[self.tenant[products], currencies]
        price: Ints = self.amounts[self.first_price[products] + slot * self.revisions[products] + revision]
        return price

    def offered(self, products: Ints, times: Ints) -> npt.NDArray[np.bool_]:
        """Tell which products have been launched."""
        return self.launch[products] <= day_of(times)


def units() -> Ints:
    """Return the smallest amount of each currency, in hundredths."""
    return np.array([100 if currency["digits"] == 0 else 1 for currency in words().places["currencies"]])


def promotions() -> tuple[Promotion, ...]:
    """Return every promotion of the history, in the order of time."""
    leaves = [leaf["slug"] for leaf in words().categories["leaves"]]
    found = []
    for year in range(FIRST_DAY.year, LAST_DAY.year + 1):
        for each in words().trade["promotions"]:
            first = (datetime.date(year, each["month"], each["day"]) - FIRST_DAY).days
            code = f"{each['code']}-{year}"
            found.append(
                Promotion(code, leaves.index(each["leaf"]), each["percent"], first, min(first + each["days"], DAYS))
            )
    return tuple(sorted(found, key=lambda promotion: promotion.first_day))


@functools.lru_cache(maxsize=4)
def catalogue(plan: Plan) -> Catalogue:
    """Return the catalogue of a plan."""
    known = words()
    word = stream(plan.seed, "products", 0, plan.products)
    tenant, leaf, brand, launch = _goods(plan, word)
    slot = _slots()
    revision_days = quantile(known.quantiles["revision_days"], word[3], 24)
    revisions = (DAYS - 1 - launch) // revision_days + 1
    counts = revisions * (slot >= 0).sum(axis=1)[tenant]
    first_price = cumulative(counts)
    product = np.repeat(np.arange(plan.products, dtype=np.int64), counts)
    within = np.arange(first_price[-1]) - first_price[product]
    currency = _currencies(slot)[tenant[product], within // revisions[product]]
    base = _base(leaf, brand, word)[product]
    offers = promotions()
    promoted = np.full(DAYS, -1, dtype=np.int64)
    for index, offer in enumerate(offers):
        promoted[offer.first_day : offer.after_day] = index
    flat = known.weights["products"]["flat"]
    return Catalogue(
        tenant=tenant,
        leaf=leaf,
        brand=brand,
        warehouse=_warehouses(tenant, word),
        launch=launch,
        noun=part(word[0], 40, 1),
        weight_g=quantile(known.quantiles["weight_g"], word[0], 42),
        revision_days=revision_days,
        first_price=first_price[:-1],
        revisions=revisions,
        amounts=_amounts(plan, base, currency, product, within % revisions[product]),
        by_leaf=shelf(leaf, len(known.categories["leaves"]), flat),
        by_tenant=shelf(tenant, len(known.trade["tenants"]), flat),
        slot=slot,
        home_currency=_currencies(slot)[:, 0],
        promotions=offers,
        promoted=promoted,
    )


def _goods(plan: Plan, word: Words) -> tuple[Ints, Ints, Ints, Ints]:
    """Return seller, leaf, brand and day of launch of each product."""
    known = words()
    tenants, leaves = known.trade["tenants"], known.categories["leaves"]
    roots = [root["slug"] for root in known.categories["roots"]]
    root_of = np.array([roots.index(leaf["root"]) for leaf in leaves])
    numbers = np.arange(plan.products, dtype=np.int64)
    # The first products go round, so that each leaf and each seller has one from the beginning.
    early = numbers < len(leaves) + len(tenants)
    sizes = cumulative([_SCALE // (rank * rank) for rank in range(1, len(tenants) + 1)])
    tenant = np.where(early, np.maximum(numbers - len(leaves), 0), choose(sizes, word[0]))
    leaf = np.empty(plan.products, dtype=np.int64)
    for index, each in enumerate(tenants):
        mine = tenant == index
        dealt = np.flatnonzero(np.isin(root_of, [roots.index(root) for root in each["roots"]]))
        leaf[mine] = dealt[below(word[1][mine], 0, len(dealt))]
    leaf[: len(leaves)] = np.arange(len(leaves))
    brand = np.empty(plan.products, dtype=np.int64)
    first = 0
    for index, root in enumerate(roots):
        mine = root_of[leaf] == index
        count = len(known.trade["brands"][root])
        # Makers are of unequal fame: the lesser of two draws.
        brand[mine] = first + np.minimum(below(word[1][mine], 24, count), below(word[2][mine], 0, count))
        first += count
    launch = np.where(early | (part(word[2], 24, 2) < 2), 0, below(word[2], 26, DAYS - 30))
    return tenant, leaf, brand, launch


def _warehouses(tenant: Ints, word: Words) -> Ints:
    """Return the warehouse of each product, one of its seller's."""
    known = words()
    names = [each["name"] for each in known.places["warehouses"]]
    warehouse = np.empty(len(tenant), dtype=np.int64)
    for index, each in enumerate(known.trade["tenants"]):
        mine = tenant == index
        its = np.array([names.index(name) for name in each["warehouses"]])
        warehouse[mine] = its[below(word[3][mine], 0, len(its))]
    return warehouse


def _slots() -> Ints:
    """Return, by seller and currency, which of the seller's currencies it is; -1 where it does not sell in it."""
    known = words()
    codes = [currency["code"] for currency in known.places["currencies"]]
    return np.array(
        [
            [each["currencies"].index(code) if code in each["currencies"] else -1 for code in codes]
            for each in known.trade["tenants"]
        ]
    )


def _currencies(slot: Ints) -> Ints:
    """Return, by seller and slot, the currency: the inverse of ``_slots``."""
    return np.argsort(np.where(slot < 0, slot.shape[1], slot), axis=1, kind="stable")


def _base(leaf: Ints, brand: Ints, word: Words) -> Ints:
    """Return what a piece of each product costs at first, in euro cents: by category, tier of the brand, and chance."""
    known = words()
    roots = [root["slug"] for root in known.categories["roots"]]
    tiers = np.array([tier for root in roots for _, tier in known.trade["brands"][root]])
    premium = np.array(known.weights["products"]["premium_percent"])
    middle = np.array([each["price"] for each in known.categories["leaves"]])
    percent = quantile(known.quantiles["price_percent"], word[3], 40)
    base: Ints = middle[leaf] * premium[tiers[brand]] * percent // 10_000
    return base


def _amounts(plan: Plan, base: Ints, currency: Ints, product: Ints, revision: Ints) -> Ints:
    """Return prices in hundredths of their currency: a base in euro cents, changed at each revision, ending in .90."""
    known = words()
    rates = np.array([each["rate"] for each in known.places["currencies"]])
    for number in range(1, int(revision.max()) + 1):
        # A revision is of the product, in all its currencies at once.
        drawn = stream(plan.seed, f"prices {number}", 0, plan.products)[0][product]
        changed = base * quantile(known.quantiles["revision_percent"], drawn, 0) // 100
        base = np.where(revision >= number, changed, base)
    amount = np.maximum(base * rates[currency] // 100, 100)
    unit = units()[currency]
    # A yen has no hundredths: its prices end in zero.
    ended: Ints = np.where(unit == 1, amount // 100 * 100 + 90, np.maximum(amount // 1000, 1) * 1000)
    return ended


def price_rows(plan: Plan) -> dict[str, Ints]:
    """Return the rows of ``prices``."""
    of = catalogue(plan)
    counts = np.diff(np.append(of.first_price, len(of.amounts)))
    product = np.repeat(np.arange(plan.products, dtype=np.int64), counts)
    within = np.arange(len(of.amounts), dtype=np.int64) - of.first_price[product]
    slot, revision = np.divmod(within, of.revisions[product])
    begins = BEGIN + (of.launch[product] + revision * of.revision_days[product]) * DAY
    last = revision == of.revisions[product] - 1
    rows = {
        "product_id": product + 1,
        "currency_code": _currencies(of.slot)[of.tenant[product], slot],
        "valid_from": begins,
        "valid_to": np.where(last, NULL, begins + of.revision_days[product] * DAY),
        "amount": of.amounts,
    }
    order = np.lexsort((rows["currency_code"], product, begins))
    return {name: values[order] for name, values in rows.items()}


def launched_at(of: Catalogue) -> Ints:
    """Return when products were first offered: before the first hour of their first price."""
    return np.where(of.launch == 0, instant(FIRST_DAY) - 20 * DAY, BEGIN + of.launch * DAY - DAY // 2)
