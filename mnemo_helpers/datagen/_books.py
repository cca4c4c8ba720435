"""Time passes: what was foreseen becomes rows when its time has come, in the order in which it happened.

The only part with a state: what is still to come, the numbers given so far, and what lies on the shelves. Shelves move
by whole days, so that it makes no difference how many orders are handed over at once.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mnemo_helpers.datagen._catalogue import catalogue
from mnemo_helpers.datagen._clock import BEGIN, DAY, HOUR
from mnemo_helpers.datagen._copy import NULL
from mnemo_helpers.datagen._draw import Ints, below, trait
from mnemo_helpers.datagen._plan import Plan
from mnemo_helpers.datagen._reference import accounts
from mnemo_helpers.datagen._words import words

Columns = dict[str, Ints]

# The tables in the order in which a day's rows are written, and the column that numbers them.
_SERIAL = {
    "sessions": None,
    "search_queries": "search_id",
    "carts": "cart_id",
    "cart_lines": None,
    "orders": "order_id",
    "order_lines": None,
    "payments": None,
    "shipments": None,
    "returns": None,
    "refunds": None,
    "reviews": None,
    "events": "event_id",
    "audit_log": "audit_id",
    "moves": None,
    "ledger": None,
}
# More than there are in three days of the largest shop, or in the most orders that are made at once.
_CARTS = 1 << 17
_KINDS = ("cash", "payable", "commission", "shipping")


class Books:
    """What is still to come, and what must be remembered of what was.

    Args:
        plan: what is made.
    """

    def __init__(self, plan: Plan) -> None:
        """Open empty books."""
        self._plan = plan
        self._waiting: dict[str, list[Columns]] = {name: [] for name in _SERIAL}
        self._given = dict.fromkeys((*_SERIAL, "stock_moves", "ledger_transactions"), 0)
        # What the simulation's own numbers have become; 0 as long as it is not known.
        self._named = {
            # A cart is spoken of during its visit only, so that its place can be another's some days later.
            "carts": np.zeros(min(plan.carts, _CARTS), dtype=np.int32),
            "orders": np.zeros(plan.orders, dtype=np.int32),
        }
        self._shelf = _Shelf(plan)
        self._account = _accounts()

    def foresee(self, rows: dict[str, Columns]) -> None:
        """Take rows that happen at their time ``t``; each table's in the order of its orders or visits."""
        for name, columns in rows.items():
            self._waiting[name].append(columns)

    def close(self, before: int) -> Iterator[tuple[str, Columns]]:
        """Yield the rows of what happened before an instant, by table, each in the order of time.

        Whatever is foreseen later must happen at that instant or after it.
        """
        whole_days = (before - BEGIN) // DAY * DAY + BEGIN
        for name, serial in _SERIAL.items():
            due = self._due(name, whole_days if name == "moves" else before)
            count = len(due["t"]) if due else 0
            if not count:
                continue
            if name in self._named:
                number = self._given[name] + 1 + np.arange(count, dtype=np.int64)
                names = self._named[name]
                names[due["cart" if name == "carts" else "order"] % len(names)] = number
            if serial is not None:
                due[serial] = self._given[name] + 1 + np.arange(count, dtype=np.int64)
                self._given[name] += count
            self._name(name, due)
            if name == "moves":
                yield "stock_moves", self._moves(due)
            elif name == "ledger":
                yield from self._post(due)
            else:
                yield name, due

    def inventory(self) -> Columns:
        """Return the rows of ``inventory``: what lies on the shelves now."""
        return self._shelf.rows()

    def _due(self, name: str, until: int) -> Columns:
        waiting = self._waiting[name]
        if not waiting:
            return {}
        whole = waiting[0] if len(waiting) == 1 else _joined(waiting)
        due = whole["t"] < until
        self._waiting[name] = [{column: values[~due] for column, values in whole.items()}]
        happened = {column: values[due] for column, values in whole.items()}
        # What happens at the same instant stays in the order of orders or visits.
        order = np.argsort(happened["t"], kind="stable")
        return {column: values[order] for column, values in happened.items()}

    def _name(self, name: str, due: Columns) -> None:
        if "order" in due and name != "orders":
            due["subject_id" if name == "audit_log" else "order_id"] = self._named["orders"][due["order"]].astype(
                np.int64
            )
        if "cart" in due and name != "carts":
            due["cart_id"] = self._named["carts"][due["cart"] % len(self._named["carts"])].astype(np.int64)

    def _moves(self, due: Columns) -> Columns:
        received = self._shelf.fill(due)
        whole = _joined([received, due])
        order = np.argsort(whole["t"], kind="stable")
        rows = {column: values[order] for column, values in whole.items()}
        rows["move_id"] = self._number("stock_moves", len(order))
        rows["warehouse_id"] = catalogue(self._plan).warehouse[rows["product"]] + 1
        rows["product_id"] = rows["product"] + 1
        rows["moved_at"] = rows["t"]
        return rows

    def _post(self, due: Columns) -> Iterator[tuple[str, Columns]]:
        number = self._number("ledger_transactions", len(due["t"]))
        yield "ledger_transactions", {**due, "transaction_id": number, "posted_at": due["t"]}
        amounts = np.stack([due[kind] for kind in _KINDS], axis=1)
        places = np.stack(
            [self._account[index, due["tenant"], due["currency"]] for index in range(len(_KINDS))], axis=1
        )
        there = amounts != 0
        yield (
            "ledger_entries",
            {
                "transaction_id": np.broadcast_to(number[:, None], there.shape)[there],
                "account_id": places[there],
                "amount": amounts[there],
            },
        )

    def _number(self, name: str, count: int) -> Ints:
        self._given[name] += count
        return self._given[name] - count + 1 + np.arange(count, dtype=np.int64)


class _Shelf:
    """How many pieces of each product there are; each morning brings what the day will need and more."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._pieces = np.zeros(plan.products, dtype=np.int64)
        self._changed = np.full(plan.products, NULL, dtype=np.int64)
        self._stock = words().weights["stock"]

    def fill(self, due: Columns) -> Columns:
        """Return the receipts that keep these sales possible, and put it all into the count."""
        days = (due["t"] - BEGIN) // DAY
        begins = np.flatnonzero(np.diff(days, prepend=-1))
        received: list[Columns] = []
        for begin, end in zip(begins, [*begins[1:], len(days)], strict=True):
            today = slice(begin, end)
            received.append(self._day(int(days[begin]), due["product"][today], due["quantity"][today], due["t"][today]))
        return _joined(received)

    def _day(self, day: int, product: Ints, quantity: Ints, times: Ints) -> Columns:
        sold = product[quantity < 0]
        need = np.zeros(len(self._pieces), dtype=np.int64)
        np.subtract.at(need, sold, quantity[quantity < 0])
        short = np.flatnonzero(need > self._pieces)
        carton, (least, most) = self._stock["carton"], self._stock["cartons"]
        missing = -(-(need[short] - self._pieces[short]) // carton)
        word = trait(self._plan.seed, "receipts", day * len(self._pieces) + short)
        bought = carton * (missing + least + below(word, 0, most - least + 1))
        self._pieces[short] += bought
        np.add.at(self._pieces, product, quantity)
        morning = BEGIN + day * DAY + 5 * HOUR + np.sort(below(word, 24, HOUR))
        self._changed[short] = morning
        np.maximum.at(self._changed, product, times)
        nothing = np.full(len(short), NULL, dtype=np.int64)
        return {
            "t": morning,
            "product": short,
            "quantity": bought,
            "reason": np.zeros(len(short), dtype=np.int64),
            "order": nothing,
            "order_id": nothing,
            "line_no": nothing,
        }

    def rows(self) -> Columns:
        known = np.flatnonzero(self._changed != NULL)
        return {
            "warehouse_id": catalogue(self._plan).warehouse[known] + 1,
            "product_id": known + 1,
            "on_hand": self._pieces[known],
            "updated_at": self._changed[known],
        }


def _accounts() -> Ints:
    """Return the number of the account for a kind, seller and currency."""
    known = words()
    shape = (len(_KINDS), len(known.trade["tenants"]), len(known.places["currencies"]))
    found = np.zeros(shape, dtype=np.int64)
    for number, (kind, tenant, currency) in enumerate(accounts(), 1):
        found[_KINDS.index(kind), slice(None) if tenant is None else tenant, currency] = number
    return found


def _joined(parts: list[Columns]) -> Columns:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
