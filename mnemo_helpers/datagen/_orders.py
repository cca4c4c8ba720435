"""What becomes of orders: their lines, payments, parcels, returns, refunds and reviews, each after its cause.

Nothing happens from ``END`` on: what would is not there, and an order's status is what it was then.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from mnemo_helpers.datagen import _after
from mnemo_helpers.datagen._catalogue import catalogue, units
from mnemo_helpers.datagen._clock import BEGIN, DAY, END, HOUR, SECOND, day_of
from mnemo_helpers.datagen._copy import NULL
from mnemo_helpers.datagen._draw import Ints, below, cumulative, happens, part, quantile, stream
from mnemo_helpers.datagen._lines import Lines, lines_of
from mnemo_helpers.datagen._people import of_region, second_address_at
from mnemo_helpers.datagen._plan import Plan
from mnemo_helpers.datagen._visits import Carts, Orders, Visits
from mnemo_helpers.datagen._words import words

PLACED, PAID, SHIPPED, DELIVERED, CANCELLED = range(5)
STATUSES = ("placed", "paid", "shipped", "delivered", "cancelled")
CUSTOMER, BANK, WAREHOUSE, CARRIER, SHOP = range(5)
ACTORS = ("customer", "bank", "warehouse", "carrier", "shop")
ATTEMPTS = 3
_SUNDAY = 6
Flags = npt.NDArray[np.bool_]


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
    lines = lines_of(plan, filled, placed, currency)

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
    back = _after.returns(plan, lines, came, currency)
    rows |= back.rows(numbers, lines, attempts, captured)
    rows["reviews"] = _after.reviews(lines, numbers, came, of_region("language", region), back.asked < END)
    rows["ledger"] = _after.ledger(lines, numbers, captured_or_end, total, shipping, currency, tenant, back)
    rows["moves"] = _after.moves(lines, numbers, np.where(good[lines.order], left[lines.order, store_slot], END), back)
    return rows


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
