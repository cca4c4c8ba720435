"""What becomes of orders: their lines, payments, parcels, returns, refunds and reviews, each after its cause.

Nothing happens from ``END`` on: what would is not there, and an order's status is what it was then.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnemo_helpers.datagen._catalogue import catalogue, units
from mnemo_helpers.datagen._clock import BEGIN, DAY, END, HOUR, SECOND, day_of
from mnemo_helpers.datagen._copy import NULL
from mnemo_helpers.datagen._draw import Ints, Words, below, cumulative, happens, part, quantile, stream
from mnemo_helpers.datagen._people import of_region, second_address_at
from mnemo_helpers.datagen._plan import Plan
from mnemo_helpers.datagen._visits import LINES, Carts, Orders, Visits
from mnemo_helpers.datagen._words import words

PLACED, PAID, SHIPPED, DELIVERED, CANCELLED = range(5)
STATUSES = ("placed", "paid", "shipped", "delivered", "cancelled")
CUSTOMER, BANK, WAREHOUSE, CARRIER, SHOP = range(5)
ACTORS = ("customer", "bank", "warehouse", "carrier", "shop")
ATTEMPTS = 3
_SUNDAY = 6
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Lines:
    """The lines of orders, one after the other: order positions, line numbers from 1, and what they hold."""

    order: Ints
    number: Ints
    product: Ints
    quantity: Ints
    price: Ints
    discount: Ints
    promotion: Ints
    word: Words

    @property
    def total(self) -> Ints:
        """What a line costs, in hundredths."""
        return self.quantity * self.price - self.discount


def order_rows(plan: Plan, come: Visits, filled: Carts, placed: Orders) -> dict[str, dict[str, Ints]]:
    """Return the rows of all tables that follow an order, by table; each in the order of orders.

    ``order`` and ``cart`` are the simulation's own numbers: what a row is called is known when its time has come.
    """
    known, of = words(), catalogue(plan)
    count = len(placed.placed)
    numbers = placed.first + np.arange(count, dtype=np.int64)
    visit = filled.visit[placed.cart]
    user, region = come.user[visit], come.habits.region[visit]
    tenant = of.tenant[filled.product[placed.cart, 0]]
    wish = of_region("currency", region)
    currency = np.where(of.slot[tenant, wish] >= 0, wish, of.home_currency[tenant])
    lines = _lines(plan, filled, placed, currency)

    stores, store_slot = _stores(of.warehouse[lines.product], lines, count)
    abroad = _warehouse_countries()[stores] != of_region("country", region)[:, None]
    goods = _sum_by(lines.order, lines.total, count)
    shipping = _shipping(goods, currency, (abroad & (stores != NULL)).any(axis=1))
    total = goods + shipping

    attempts, captured = _attempts(plan, placed)
    good = captured != NULL
    left, arrived = _parcels(plan, placed.first, captured, stores, abroad)
    all_left, all_arrived = left.max(axis=1, initial=0), arrived.max(axis=1, initial=0)
    given_up = attempts.max(axis=1) + 2 * DAY
    given_up = np.where(captured == NULL, given_up, END)
    captured_or_end = np.where(captured == NULL, END, captured)

    steps = np.stack([placed.placed, captured_or_end, all_left, all_arrived, given_up], axis=1)
    steps[:, 2] = np.where(captured == NULL, END, steps[:, 2])
    steps[:, 3] = np.where(captured == NULL, END, steps[:, 3])
    reached = steps < END
    status = np.where(reached[:, 4], CANCELLED, np.maximum(reached[:, :4].sum(axis=1) - 1, 0))
    changed = np.where(reached, steps, 0).max(axis=1)

    second = (second_address_at(plan, user) < placed.placed) & happens(
        stream(plan.seed, "addressed", placed.first, count)[0], 0, known.chances["uses_second_address"]
    )
    rows = {
        "orders": {
            "t": placed.placed,
            "order": numbers,
            "cart": filled.first + placed.cart,
            "user_id": user + 1,
            "address_no": np.where(second, 2, 1),
            "tenant_id": tenant + 1,
            "currency_code": currency,
            "status": status,
            "shipping": shipping,
            "placed_at": placed.placed,
            "updated_at": changed,
        },
        "order_lines": {
            "t": placed.placed[lines.order],
            "order": numbers[lines.order],
            "line_no": lines.number,
            "product_id": lines.product + 1,
            "quantity": lines.quantity,
            "unit_price": lines.price,
            "discount": lines.discount,
            "promotion_id": lines.promotion,
        },
        "payments": _payments(plan, placed, attempts, captured, total, come.habits.method[visit]),
        "shipments": _shipments(plan, placed, stores, left, arrived),
        "audit_log": _audit(numbers, steps, reached),
    }
    came = arrived[lines.order, store_slot]
    came = np.where(good[lines.order], came, END)
    back = _returns(plan, lines, came, currency)
    rows |= back.rows(numbers, lines, attempts, captured)
    rows["reviews"] = _reviews(lines, numbers, came, of_region("language", region), back.asked < END)
    rows["ledger"] = _ledger(lines, numbers, captured_or_end, total, shipping, currency, tenant, back)
    rows["moves"] = _moves(lines, numbers, np.where(good[lines.order], left[lines.order, store_slot], END), back)
    return rows


def _lines(plan: Plan, filled: Carts, placed: Orders, currency: Ints) -> Lines:
    of = catalogue(plan)
    kept = filled.filled[placed.cart] & (filled.removed[placed.cart] == NULL)
    order, column = np.nonzero(kept)
    number = kept.cumsum(axis=1)[kept]
    product = filled.product[placed.cart[order], column]
    quantity = filled.quantity[placed.cart[order], column]
    times = placed.placed[order]
    price = of.price(product, currency[order], np.minimum(times, END - 1))
    offer = of.promoted[np.minimum(day_of(times), len(of.promoted) - 1)]
    leaves = np.array([each.leaf for each in of.promotions])
    percents = np.array([each.percent for each in of.promotions])
    holds = (offer >= 0) & (leaves[offer] == of.leaf[product])
    unit = units()[currency[order]]
    discount = np.where(holds, quantity * price * percents[offer] // (100 * unit) * unit, 0)
    holds &= discount > 0
    # Four words of chance for each line that a cart could have, of which those are read that it has.
    chance = stream(plan.seed, "fates", placed.first * LINES, len(placed.placed) * LINES)[:, order * LINES + column]
    return Lines(
        order, number, product, quantity, price, np.where(holds, discount, 0), np.where(holds, offer + 1, NULL), chance
    )


def _sum_by(groups: Ints, values: Ints, count: int) -> Ints:
    sums = np.zeros(count, dtype=np.int64)
    np.add.at(sums, groups, values)
    return sums


@functools.cache
def _warehouse_countries() -> Ints:
    places = words().places
    regions = [region["name"] for region in places["regions"]]
    found = [of_region("country", np.array([regions.index(each["region"])]))[0] for each in places["warehouses"]]
    # One more for "no warehouse", which is read at NULL and then left out.
    return np.array([*found, -1])


def _stores(warehouse: Ints, lines: Lines, count: int) -> tuple[Ints, Ints]:
    """Return the warehouses of each order in rows as wide as there are warehouses, and the column of each line."""
    width = len(words().places["warehouses"])
    used = np.zeros((count, width), dtype=np.bool_)
    used[lines.order, warehouse] = True
    stores = np.where(used, np.arange(width), width)
    return stores, warehouse


def _shipping(goods: Ints, currency: Ints, abroad: Flags) -> Ints:
    known = words()
    rates = np.array([each["rate"] for each in known.places["currencies"]])[currency]
    unit = units()[currency]
    money = known.weights["money"]
    euro = np.where(abroad, money["shipping_abroad_euro_cents"], money["shipping_euro_cents"])
    charge = euro * rates // (1000 * unit) * 10 * unit
    free = goods >= money["shipping_free_from_euro_cents"] * rates // 100
    return np.where(free & ~abroad, 0, charge)


def _attempts(plan: Plan, placed: Orders) -> tuple[Ints, Ints]:
    """Return when each attempt to pay was made (NULL where none was), and when the money came (NULL if never)."""
    known = words()
    word = stream(plan.seed, "payments", placed.first, len(placed.placed))
    times = np.full((len(placed.placed), ATTEMPTS), NULL, dtype=np.int64)
    captured = np.full(len(placed.placed), NULL, dtype=np.int64)
    times[:, 0] = placed.placed + SECOND + part(word[0], 0, 24)
    trying = np.ones(len(captured), dtype=np.bool_)
    for number in range(ATTEMPTS):
        chance = known.chances["declined_again" if number else "declined"]
        paid = trying & ~happens(word[1], 8 * number, chance)
        captured[paid] = times[paid, number]
        trying &= ~paid & happens(word[1], 32 + 8 * number, known.chances["tries_again"])
        if number + 1 < ATTEMPTS:
            wait = quantile(known.quantiles["retry"], word[2], 20 * number) * SECOND + part(word[3], 20 * number, 19)
            times[trying, number + 1] = (times[:, number] + wait)[trying]
    # The bank answers no more.
    return times, np.where(captured < END, captured, NULL)


def _payments(plan: Plan, placed: Orders, times: Ints, captured: Ints, total: Ints, method: Ints) -> dict[str, Ints]:
    order, number = np.nonzero((times != NULL) & (times < END))
    when = times[order, number]
    paid = captured[order] == when
    word = stream(plan.seed, "declines", placed.first, len(total))[0][order]
    return {
        "t": when,
        "order": placed.first + order,
        "attempt_no": number + 1,
        "method": method[order],
        "amount": total[order],
        "status": np.where(paid, 0, 1),
        "decline_reason": np.where(paid, NULL, below(word >> (number * 8).astype(np.uint64), 0, 5)),
        "attempted_at": when,
    }


def _parcels(plan: Plan, first: int, captured: Ints, stores: Ints, abroad: Flags) -> tuple[Ints, Ints]:
    """Return when the parcel of each warehouse left and when it was handed over; 0 where there is no parcel."""
    known = words()
    count, width = stores.shape
    left, arrived = np.zeros(stores.shape, dtype=np.int64), np.zeros(stores.shape, dtype=np.int64)
    for store in range(width):
        at = np.flatnonzero((stores[:, store] == store) & (captured != NULL))
        word = stream(plan.seed, f"parcels {store}", first, count)[:, at]
        day = day_of(captured[at]) + quantile(known.quantiles["handling_days"], word[0], 0)
        # The first of January 2024 was a Monday; nothing is sent on Sundays.
        day = np.where(day % 7 == _SUNDAY, day + 1, day)
        left[at, store] = (
            BEGIN + day * DAY + 8 * HOUR + below(word[0], 16, 9 * HOUR // 4096) * 4096 + part(word[2], 0, 12)
        )
        home = quantile(known.quantiles["transit_home_hours"], word[1], 0)
        far = quantile(known.quantiles["transit_abroad_hours"], word[1], 0)
        hours = np.where(abroad[at, store], far, home)
        arrived[at, store] = left[at, store] + hours * HOUR + below(word[1], 16, HOUR)
    return left, arrived


@functools.cache
def _carriers() -> Ints:
    return cumulative(words().weights["customers"]["carriers"])


def _shipments(plan: Plan, placed: Orders, stores: Ints, left: Ints, arrived: Ints) -> dict[str, Ints]:
    order, store = np.nonzero((left > 0) & (left < END))
    word = stream(plan.seed, "carriers", placed.first, len(stores))[0][order]
    handed = arrived[order, store]
    return {
        "t": left[order, store],
        "order": placed.first + order,
        "warehouse_id": store + 1,
        "carrier": np.searchsorted(_carriers(), part(word >> (store * 8).astype(np.uint64), 0, 8), side="right") - 1,
        "shipped_at": left[order, store],
        "delivered_at": np.where(handed < END, handed, NULL),
    }


def _audit(numbers: Ints, steps: Ints, reached: Flags) -> dict[str, Ints]:
    order, step = np.nonzero(reached)
    before = np.array([NULL, PLACED, PAID, SHIPPED, PLACED])
    return {
        "t": steps[order, step],
        "actor": np.array([CUSTOMER, BANK, WAREHOUSE, CARRIER, SHOP])[step],
        "subject": np.zeros(len(order), dtype=np.int64),
        "order": numbers[order],
        "old_status": before[step],
        "new_status": step,
        "occurred_at": steps[order, step],
    }


@dataclass(frozen=True)
class Back:
    """What comes back of lines: when it was asked for, received and refunded (END where not), and how much."""

    asked: Ints
    received: Ints
    refunded: Ints
    quantity: Ints
    amount: Ints
    reason: Ints

    def rows(self, numbers: Ints, lines: Lines, attempts: Ints, captured: Ints) -> dict[str, dict[str, Ints]]:
        """Return the rows of ``returns`` and ``refunds``."""
        asked, paid = self.asked < END, self.refunded < END
        attempt = (attempts == captured[:, None]).argmax(axis=1) + 1
        return {
            "returns": {
                "t": self.asked[asked],
                "order": numbers[lines.order[asked]],
                "line_no": lines.number[asked],
                "quantity": self.quantity[asked],
                "reason": self.reason[asked],
                "requested_at": self.asked[asked],
                "received_at": np.where(self.received < END, self.received, NULL)[asked],
            },
            "refunds": {
                "t": self.refunded[paid],
                "order": numbers[lines.order[paid]],
                "line_no": lines.number[paid],
                "attempt_no": attempt[lines.order[paid]],
                "amount": self.amount[paid],
                "refunded_at": self.refunded[paid],
            },
        }


def _returns(plan: Plan, lines: Lines, came: Ints, currency: Ints) -> Back:
    known, of = words(), catalogue(plan)
    chance = np.array([leaf["returns"] for leaf in known.categories["leaves"]])[of.leaf[lines.product]]
    word = lines.word
    returned = (came < END) & happens(word[0], 0, chance)
    asked = came + quantile(known.quantiles["ask_back_hours"], word[0], 8) * HOUR + part(word[0], 24, 31)
    received = asked + quantile(known.quantiles["bring_back_hours"], word[0], 48) * HOUR + part(word[1], 0, 31)
    refunded = received + quantile(known.quantiles["refund_hours"], word[1], 32) * HOUR + part(word[1], 0, 31)
    few = happens(word[1], 48, known.chances["keeps_a_return_short"])
    quantity = np.where(few, 1, lines.quantity)
    unit = units()[currency[lines.order]]
    amount = lines.total * quantity // (lines.quantity * unit) * unit
    none = ~returned
    return Back(
        asked=np.where(none, END, asked),
        received=np.where(none | (asked >= END), END, received),
        refunded=np.where(none | (received >= END), END, refunded),
        quantity=quantity,
        amount=amount,
        reason=below(word[1] >> np.uint64(8), 24, len(known.trade["words"]["reasons"])),
    )


def _reviews(lines: Lines, numbers: Ints, came: Ints, language: Ints, returned: Flags) -> dict[str, Ints]:
    known = words()
    word = lines.word
    written = came + quantile(known.quantiles["review_hours"], word[2], 0) * HOUR + below(word[2], 16, HOUR)
    there = (came < END) & (written < END) & happens(word[2], 40, known.chances["reviews"])
    happy = np.array([1, 3, 4, 4, 4, 5, 5, 5])[part(word[2], 48, 3)]
    sad = np.array([1, 1, 1, 2, 2, 2, 3, 4])[part(word[2], 48, 3)]
    rating = np.where(returned, sad, happy)
    mood = np.array([0, 0, 0, 1, 2, 2])[rating]
    speaks = language[lines.order]
    edited = written + 1 + part(word[3], 0, 40)
    edited = np.where(happens(word[3], 40, known.chances["edits_review"]) & (edited < END), edited, written)
    body = np.array(known.span("review"))[speaks, 0] + 2 * mood + part(word[3], 48, 1)
    rows = {
        "t": written,
        "order": numbers[lines.order],
        "line_no": lines.number,
        "rating": rating,
        "language_code": speaks,
        "body": body,
        "created_at": written,
        "updated_at": edited,
    }
    return {name: values[there] for name, values in rows.items()}


def _ledger(
    lines: Lines, numbers: Ints, captured: Ints, total: Ints, shipping: Ints, currency: Ints, tenant: Ints, back: Back
) -> dict[str, Ints]:
    """Return captures and refunds, with what each takes from or gives to the four accounts that it can touch."""
    percent = words().weights["money"]["commission_percent"]
    first = lines.number == 1
    of = lines.order
    unit = units()[currency]
    fee = (total - shipping) * percent // (100 * unit) * unit
    returned = back.amount * percent // (100 * unit[of]) * unit[of]
    zeros = np.zeros(len(of), dtype=np.int64)
    # A row for each line, with two places: the capture of the whole order stands at its first line.
    times = np.stack([np.where(first, captured[of], END), back.refunded], axis=1)
    there = times < END
    values = {
        "order": np.stack([numbers[of]] * 2, axis=1),
        "kind": np.stack([zeros, zeros + 1], axis=1),
        "currency": np.stack([currency[of]] * 2, axis=1),
        "tenant": np.stack([tenant[of]] * 2, axis=1),
        "cash": np.stack([total[of], -back.amount], axis=1),
        "payable": np.stack([-(total - shipping - fee)[of], back.amount - returned], axis=1),
        "commission": np.stack([-fee[of], returned], axis=1),
        "shipping": np.stack([-shipping[of], zeros], axis=1),
    }
    return {"t": times[there], **{name: both[there] for name, both in values.items()}}


def _moves(lines: Lines, numbers: Ints, left: Ints, back: Back) -> dict[str, Ints]:
    """Return what sales and returns do to the shelves."""
    times = np.stack([left, back.received], axis=1)
    there = times < END
    quantity = np.stack([-lines.quantity, back.quantity], axis=1)
    values = {
        "product": np.stack([lines.product] * 2, axis=1),
        "quantity": quantity,
        "reason": np.broadcast_to(np.array([1, 2]), times.shape),
        "order": np.stack([numbers[lines.order]] * 2, axis=1),
        "line_no": np.stack([lines.number] * 2, axis=1),
    }
    return {"t": times[there], **{name: both[there] for name, both in values.items()}}
