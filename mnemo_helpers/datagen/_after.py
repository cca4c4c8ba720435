"""What follows a delivery, and what it all does to shelves and books."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnemo_helpers.datagen._catalogue import catalogue, units
from mnemo_helpers.datagen._clock import END, HOUR
from mnemo_helpers.datagen._copy import NULL
from mnemo_helpers.datagen._draw import Ints, below, happens, part, quantile
from mnemo_helpers.datagen._lines import Lines
from mnemo_helpers.datagen._plan import Plan
from mnemo_helpers.datagen._visits import Flags
from mnemo_helpers.datagen._words import words


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


def returns(plan: Plan, lines: Lines, came: Ints, currency: Ints) -> Back:
    """Return what comes back of lines that were handed over at a time (``END`` where they were not).

    The chance depends on the category, as shoes have to fit.
    """
    known, of = words(), catalogue(plan)
    chance = np.array([leaf["returns"] for leaf in known.categories["leaves"]])[of.leaf[lines.product]]
    word = lines.word
    returned = (came < END) & happens(word[0], 0, chance)
    asked = came + quantile(known.quantiles["ask_back_hours"], word[0], 8) * HOUR + part(word[0], 24, 24)
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
        reason=part(word[2], 51, 10) * len(known.trade["words"]["reasons"]) >> 10,
    )


def reviews(lines: Lines, numbers: Ints, came: Ints, language: Ints, returned: Flags) -> dict[str, Ints]:
    """Return the rows of ``reviews``; who sends something back is not pleased."""
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


def ledger(
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


def moves(lines: Lines, numbers: Ints, left: Ints, back: Back) -> dict[str, Ints]:
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
