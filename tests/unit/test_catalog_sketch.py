"""Sketches and models: what is written is read, drawn, and told again as it was."""

from __future__ import annotations

import pytest

from mnemo_helpers.catalog import Entity, Model, Relationship, sketch
from mnemo_helpers.errors import MnemoError


def test_a_sketch_is_read_line_by_line() -> None:
    """Counts in several spellings, a label, an entity alone, names in quotes and other scripts, comments."""
    read = sketch(
        """
        customers 1 -- 0..* orders : places   # a comment
        orders 1--* "order # lines"
        Straße n -- m 顧客
        warehouses
        warehouses
        """
    )
    assert read.relationships == (
        Relationship("customers", "1", "0..*", "orders", "places"),
        Relationship("orders", "1", "0..*", "order # lines"),
        Relationship("Straße", "0..*", "0..*", "顧客"),
    )
    assert [entity.name for entity in read.entities] == [
        *("customers", "orders", "order # lines", "Straße", "顧客", "warehouses")
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The sketch is empty"),
        ("# nothing but a comment", "The sketch is empty"),
        ("customers have orders", "Line 1 of the sketch cannot be read: customers have orders"),
        ("a 1 -- 1 b\ncustomers 1 -> 0..* orders", "Line 2 of the sketch cannot be read"),
        ("customers 1 -- 2..3 orders", "Line 1 of the sketch has the count '2..3'"),
        ("order lines 1 -- 1 orders", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_quoted(text: str, said: str) -> None:
    """One clear message, with what to write instead."""
    with pytest.raises(MnemoError, match=said.replace("?", r"\?")) as raised:
        sketch(text)
    assert raised.value.remedy


def test_the_text_of_a_model_is_a_sketch_of_it() -> None:
    """Quotes in names included; keys are told, and passed over when it is read."""
    model = Model(
        (
            Entity('the "best" customers', (("integer", "id", ("PK",)), ("text", "E-Mail", ("FK", "UK")))),
            Entity("orders"),
        ),
        (Relationship('the "best" customers', "0..1", "1..*", "orders", "id, E-Mail"),),
    )
    assert str(model).splitlines() == [
        '"the ""best"" customers" (id PK, "E-Mail" FK UK)',
        "orders",
        '"the ""best"" customers" 0..1 -- 1..* orders : id, E-Mail',
    ]
    again = sketch(str(model))
    assert again.relationships == model.relationships
    assert [entity.name for entity in again.entities] == ['the "best" customers', "orders"]


def test_the_drawing_has_what_the_text_has() -> None:
    """Each count has its sign on its side, and each key column its line."""
    mermaid = Model(
        (Entity("a", (("numeric(12,2)", "x", ("PK", "FK")),)), Entity("b")),
        (
            Relationship("a", "1", "0..*", "b", "one"),
            Relationship("a", "0..1", "0..1", "b", "two"),
            Relationship("a", "1..*", "1", "b"),
            Relationship("a", "0..*", "1..*", "a"),
        ),
    ).mermaid
    assert mermaid.splitlines() == [
        "erDiagram",
        '    "a" {',
        "        numeric x PK, FK",
        "    }",
        '    "b"',
        '    "a" ||--o{ "b" : "one"',
        '    "a" |o--o| "b" : "two"',
        '    "a" }|--|| "b" : ""',
        '    "a" }o--|{ "a" : ""',
    ]


def test_names_that_mermaid_cannot_hold_stay_apart() -> None:
    """What would end its quotes is replaced by what looks alike, and two names never become one."""
    mermaid = Model(
        (
            Entity('50 "% \\', (("timestamp with time zone", "2nd try!", ("UK",)), ("bigint", "?", ("FK",)))),
            Entity("50 ″％ ＼"),
            Entity("two\nlines"),
        ),
        (Relationship('50 "% \\', "1", "1", "50 ″％ ＼", '"now"'),),
    ).mermaid
    assert mermaid.splitlines() == [
        "erDiagram",
        '    "50 ″％ ＼" {',
        "        timestamptz _2nd_try UK",
        "        bigint _ FK",
        "    }",
        '    "50 ″％ ＼′"',
        '    "two lines"',
        '    "50 ″％ ＼" ||--|| "50 ″％ ＼′" : "″now″"',
    ]


def test_a_notebook_gets_both() -> None:
    """JupyterLab draws the one and everybody reads the other."""
    model = sketch("a 1 -- * b")
    assert model._repr_mimebundle_() == {"text/vnd.mermaid": model.mermaid, "text/plain": str(model)}
