"""What the columns of each table are, for writing them; the tables themselves stand in ``schema.sql``."""

from __future__ import annotations

import functools

from mnemo_helpers.datagen._copy import Columns, Digits, Text, Vocabulary
from mnemo_helpers.datagen._orders import ACTORS, STATUSES
from mnemo_helpers.datagen._pages import SCREENS
from mnemo_helpers.datagen._words import words

# Written by rows of Python, since they are few; the kinds of their columns.
FEW: dict[str, tuple[str, ...]] = {
    "languages": ("text", "text", "text"),
    "currencies": ("text", "text", "int2"),
    "countries": ("text", "text", "text", "text"),
    "regions": ("int4", "text", "text", "text"),
    "warehouses": ("int4", "int4", "text"),
    "tenants": ("int4", "text", "text", "time"),
    "tenant_currencies": ("int4", "text"),
    "brands": ("int4", "text", "int2"),
    "categories": ("int4", "int4", "text", "text"),
    "products": ("int4", "int4", "int4", "int4", "text", "text", "text", "int4", "time", "time"),
    "product_texts": ("int4", "text", "text"),
    "promotions": ("int4", "text", "int4", "int2", "time", "time"),
    "accounts": ("int4", "text", "int4", "text"),
}


@functools.cache
def many() -> dict[str, Columns]:
    """Return the columns of the tables that are written by numpy."""
    known = words().vocabularies
    language, currency = known["language"], known["currency"]
    name = (known["given"], " ", known["family"])
    typo = Vocabulary(["", "zx"])
    return {
        "prices": {
            "product_id": "int4",
            "currency_code": currency,
            "valid_from": "time",
            "valid_to": "time",
            "amount": "money",
        },
        "users": {
            "user_id": "int4",
            "email": Text((known["handle first"], ".", known["handle second"], Digits(9), "@", known["domain"])),
            "display_name": Text(name),
            "region_id": "int4",
            "created_at": "time",
            "updated_at": "time",
        },
        "credentials": {
            "user_id": "int4",
            "scheme": Vocabulary(["argon2id", "bcrypt", "scrypt"]),
            "secret": Text(("no secret ", Digits(10, 10))),
            "changed_at": "time",
        },
        "addresses": {
            "user_id": "int4",
            "address_no": "int2",
            "recipient": Text(name),
            "street": Text((known["street"], " ", Digits(3))),
            "city": known["city"],
            "postal_code": Text((Digits(5, 5),)),
            "region_id": "int4",
            "phone": known["phone"],
            "created_at": "time",
        },
        "sessions": {
            "session_id": "int8",
            "user_id": "int4",
            "region_id": "int4",
            "device": known["device"],
            "started_at": "time",
            "ended_at": "time",
        },
        "search_queries": {
            "search_id": "int8",
            "session_id": "int8",
            "language_code": language,
            "query": Text((known["search"], " ", known["noun"], typo)),
            "results": "int4",
            "searched_at": "time",
        },
        "carts": {"cart_id": "int8", "session_id": "int8", "created_at": "time", "updated_at": "time"},
        "cart_lines": {
            "cart_id": "int8",
            "product_id": "int4",
            "quantity": "int2",
            "added_at": "time",
            "removed_at": "time",
        },
        "orders": {
            "order_id": "int8",
            "cart_id": "int8",
            "user_id": "int4",
            "address_no": "int2",
            "tenant_id": "int4",
            "currency_code": currency,
            "status": Vocabulary(STATUSES),
            "shipping": "money",
            "placed_at": "time",
            "updated_at": "time",
        },
        "order_lines": {
            "order_id": "int8",
            "line_no": "int2",
            "product_id": "int4",
            "quantity": "int2",
            "unit_price": "money",
            "discount": "money",
            "promotion_id": "int4",
        },
        "payments": {
            "order_id": "int8",
            "attempt_no": "int2",
            "method": known["method"],
            "amount": "money",
            "status": Vocabulary(["captured", "declined"]),
            "decline_reason": known["decline"],
            "attempted_at": "time",
        },
        "shipments": {
            "order_id": "int8",
            "warehouse_id": "int4",
            "carrier": known["carrier"],
            "shipped_at": "time",
            "delivered_at": "time",
        },
        "returns": {
            "order_id": "int8",
            "line_no": "int2",
            "quantity": "int2",
            "reason": known["return reason"],
            "requested_at": "time",
            "received_at": "time",
        },
        "refunds": {
            "order_id": "int8",
            "line_no": "int2",
            "attempt_no": "int2",
            "amount": "money",
            "refunded_at": "time",
        },
        "reviews": {
            "order_id": "int8",
            "line_no": "int2",
            "rating": "int2",
            "language_code": language,
            "body": known["review"],
            "created_at": "time",
            "updated_at": "time",
        },
        "inventory": {"warehouse_id": "int4", "product_id": "int4", "on_hand": "int4", "updated_at": "time"},
        "stock_moves": {
            "move_id": "int8",
            "warehouse_id": "int4",
            "product_id": "int4",
            "quantity": "int4",
            "reason": Vocabulary(["receipt", "sale", "return"]),
            "order_id": "int8",
            "line_no": "int2",
            "moved_at": "time",
        },
        "ledger_transactions": {
            "transaction_id": "int8",
            "order_id": "int8",
            "kind": Vocabulary(["capture", "refund"]),
            "posted_at": "time",
        },
        "ledger_entries": {"transaction_id": "int8", "account_id": "int4", "amount": "money"},
        "events": {
            "event_id": "int8",
            "session_id": "int8",
            "kind": Vocabulary(SCREENS),
            "product_id": "int4",
            "occurred_at": "time",
        },
        "audit_log": {
            "audit_id": "int8",
            "actor": Vocabulary(ACTORS),
            "subject": Vocabulary(["order"]),
            "subject_id": "int8",
            "old_status": Vocabulary(STATUSES),
            "new_status": Vocabulary(STATUSES),
            "occurred_at": "time",
        },
    }
