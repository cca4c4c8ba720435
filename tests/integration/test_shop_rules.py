"""The shop's rules: all hold in what is made, and each is broken by what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from mnemo_helpers import database, datagen
from mnemo_helpers.errors import MnemoError

Connection = psycopg.Connection[Any]
RULES = {rule["name"]: rule for rule in datagen.rules()["rules"]}


def quiet(_done: int, _total: int) -> None:
    """Do not say how far it has come."""


@pytest.fixture(scope="module")
def shop() -> Iterator[Connection]:
    """The tiny shop, in a database of the learner's that is dropped afterwards."""
    with datagen.loaded(datagen.plan("tiny"), quiet) as connection:
        yield connection


def one(connection: Connection, query: str) -> Any:
    """Return the one value that a query gives."""
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize(("size", "seed"), [("tiny", 7), ("tiny", 1), ("0.1", 42)])
def test_every_rule_and_figure_holds(size: str, seed: int) -> None:
    """For other seeds and between the sizes that have names too."""
    with datagen.loaded(datagen.plan(size, seed), quiet) as connection:
        found = list(datagen.check(connection))
    assert [finding.line() for finding in found if finding.verdict == "ERROR"] == []
    assert len(found) == sum(map(len, datagen.rules().values()))


def test_the_figures_of_the_size_that_lessons_use_are_judged() -> None:
    """In ``small`` no figure is too small to tell, and each is within its bounds; it is the same shop everywhere."""
    with datagen.loaded(datagen.plan("small"), quiet) as connection:
        found = [datagen.compare(connection, datagen.plan("small")), *datagen.check(connection)]
    assert [finding.line() for finding in found if finding.verdict != "ok"] == []


# What breaks each rule: the smallest thing that somebody could do by mistake. Constraints that would stop it are gone.
BREAKS = {
    "payment is the order's total": "UPDATE payments SET amount = amount + 0.01 WHERE order_id = 1",
    "orders have lines": "DELETE FROM order_lines WHERE order_id = 1",
    "paid once": """INSERT INTO payments SELECT order_id, 3, method, amount, status, decline_reason, attempted_at
        FROM payments WHERE status = 'captured' AND attempt_no = 1 LIMIT 1""",
    "status follows the money": "UPDATE orders SET status = 'placed' WHERE order_id = 1",
    "status follows the parcels": "UPDATE shipments SET delivered_at = NULL WHERE order_id = 1",
    "double entry": "DELETE FROM ledger_entries WHERE (transaction_id, account_id) = (1, (SELECT min(account_id) "
    "FROM ledger_entries WHERE transaction_id = 1))",
    "books and bank agree": "UPDATE refunds SET amount = amount - 0.01",
    "right account": "UPDATE orders SET tenant_id = 18 WHERE order_id = 1",
    "no fractions of a yen": "UPDATE orders SET shipping = 0.5 WHERE currency_code = 'JPY'",
    "stock never negative": "UPDATE stock_moves SET quantity = 1 WHERE move_id = 1",
    "stock adds up": "UPDATE inventory SET on_hand = on_hand + 1",
    "what is sent leaves the shelf": "DELETE FROM stock_moves WHERE reason = 'sale' AND order_id = 1",
    "what comes back lies on the shelf": "DELETE FROM stock_moves WHERE reason = 'return'",
    "every change of state is legal": "DELETE FROM audit_log WHERE subject_id = 1 AND new_status = 'paid'",
    "the log ends in the present": "UPDATE orders SET updated_at = updated_at + interval '1 s' WHERE order_id = 1",
    "an order is a visitor's": "UPDATE orders SET user_id = user_id + 1 WHERE order_id = 1",
    "an order is its cart": "DELETE FROM cart_lines WHERE cart_id = (SELECT cart_id FROM orders WHERE order_id = 1)",
    "one seller": "UPDATE orders SET tenant_id = 18 WHERE order_id = 1",
    "prices as they were": "UPDATE order_lines SET unit_price = unit_price + 0.01 WHERE order_id = 1",
    "no gaps between prices": "DELETE FROM prices WHERE valid_to IS NULL AND product_id = 1",
    "priced where sold": "DELETE FROM prices WHERE product_id = 1 AND currency_code = 'EUR'",
    "discounts have a reason": "UPDATE order_lines SET discount = discount + 0.01 WHERE promotion_id IS NOT NULL",
    "products on leaves": "UPDATE products SET category_id = 1 WHERE product_id = 1",
    "a visit runs forward": "UPDATE sessions SET ended_at = started_at",
    "nobody acts before joining": "UPDATE users SET created_at = '2025-12-31', updated_at = '2025-12-31'",
    "nothing is seen before it is offered": "UPDATE products SET created_at = '2025-12-31', updated_at = '2025-12-31'",
    "what happens to money runs forward": "UPDATE payments SET attempted_at = '2024-01-01' WHERE order_id = 1",
    "nothing comes back before it came": "UPDATE reviews SET created_at = '2024-01-01', updated_at = '2024-01-01'",
    "no more back than was sold": "UPDATE returns SET quantity = 9",
    "parcels from where the goods lie": """INSERT INTO shipments SELECT 1, warehouse_id, 'x', '2025-01-01', NULL
        FROM warehouses WHERE warehouse_id NOT IN (SELECT warehouse_id FROM shipments WHERE order_id = 1)""",
    "events tell what was done": "DELETE FROM events WHERE kind = 'add to cart'",
    "numbers follow time": "UPDATE events SET occurred_at = '2024-01-01' WHERE event_id = 100",
    "history has an end": "UPDATE orders SET updated_at = '2026-01-01' WHERE order_id = 1",
    "nobody can be reached": "UPDATE users SET email = 'somebody@mail.test' WHERE user_id = 1",
}


def test_every_rule_has_something_that_breaks_it() -> None:
    """No rule is there that nothing was tried against."""
    assert set(BREAKS) == set(RULES)


@pytest.fixture(scope="module")
def unguarded(shop: Connection) -> Connection:
    """The same shop without its constraints."""
    for table, name in shop.execute(
        "SELECT conrelid::regclass::text, conname FROM pg_constraint WHERE contype IN ('p', 'u', 'f', 'c')"
        " AND connamespace = 'public'::regnamespace ORDER BY contype = 'f' DESC"
    ).fetchall():
        shop.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
    return shop


@pytest.mark.parametrize("name", BREAKS)
def test_a_rule_sees_what_breaks_it(unguarded: Connection, name: str) -> None:
    """Nothing is counted before, something after."""
    query = RULES[name]["broken"]
    assert one(unguarded, query) == 0
    with unguarded.transaction(force_rollback=True):
        changed = unguarded.execute(BREAKS[name].encode()).rowcount
        assert changed > 0
        assert one(unguarded, query) > 0


def test_a_broken_rule_is_an_error(shop: Connection) -> None:
    """With its count, and what should hold."""
    with shop.transaction(force_rollback=True):
        shop.execute("UPDATE payments SET amount = amount + 1 WHERE order_id IN (1, 2)")
        found = {finding.name: finding for finding in datagen.check(shop)}["payment is the order's total"]
    assert found.verdict == "ERROR"
    assert int(found.seen.removesuffix(" broken")) >= 2
    assert found.line().startswith("ERROR  payment is the order's total: ")


def test_a_figure_out_of_bounds_is_an_error_in_a_large_shop_only(
    shop: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where chance decides, it is too small to tell."""
    rules = {**datagen.rules(), "rules": []}
    rules["figures"] = [{**rules["figures"][0], "low": 90, "high": 91, "least_orders": least} for least in (1, 10**9)]
    monkeypatch.setattr("mnemo_helpers.datagen._check.rules", lambda: rules)
    assert [finding.verdict for finding in datagen.check(shop)][:2] == ["ERROR", "too small to tell"]


def test_a_database_without_a_shop_says_so() -> None:
    """And not that a relation does not exist."""
    with (
        database.scratch("learner") as name,
        database.connect(name) as connection,
        pytest.raises(MnemoError, match=r"no whole shop in this database: it has no table"),
    ):
        list(datagen.check(connection))
