"""The shop's bytes: the same whatever the pieces and the processor, others for another seed."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from mnemo_helpers import datagen
from mnemo_helpers.datagen import _make, _tables
from mnemo_helpers.errors import MnemoError, UnknownName

TINY = datagen.plan("tiny")


def test_every_public_name_is_there() -> None:
    """Though each is looked up only when it is asked for."""
    assert all(getattr(datagen, name) is not None for name in datagen.__all__)
    with pytest.raises(AttributeError, match="no attribute 'shops'"):
        _ = datagen.shops


def digests(plan: datagen.Plan, at_once: int) -> dict[str, str]:
    """Return a hash of the bytes of each table."""
    found: dict[str, hashlib._Hash] = {}
    for table, _, rows in _make.make(plan, at_once):
        found.setdefault(table, hashlib.sha256()).update(rows)
    return {table: digest.hexdigest() for table, digest in found.items()}


@pytest.fixture(scope="module")
def whole() -> dict[str, str]:
    """The hashes of the shop that is made in one piece."""
    return digests(TINY, TINY.orders)


@pytest.mark.parametrize("at_once", [1, 37, 250])
def test_pieces_change_no_byte(whole: dict[str, str], at_once: int) -> None:
    """However many orders are made at once."""
    assert digests(TINY, at_once) == whole


def test_every_table_is_made(whole: dict[str, str]) -> None:
    """None is left empty, and none is unknown."""
    assert set(whole) == set(datagen.tables())


def test_another_seed_is_another_shop(whole: dict[str, str]) -> None:
    """What the seed decides differs; places, sellers and the like do not depend on it."""
    other = digests(datagen.plan("tiny", 8), 500)
    same = {table for table in whole if whole[table] == other[table]}
    assert same == set(_tables.FEW) - {"products", "product_texts"}


ELSEWHERE = """
import numpy._core._multiarray_umath as numpy_core
from test_datagen_make import TINY, digests
used = [name for name in numpy_core.__cpu_dispatch__ if numpy_core.__cpu_features__[name]]
print(len(used), sorted(digests(TINY, TINY.orders).items()))
"""


def test_the_processor_changes_no_byte(whole: dict[str, str]) -> None:
    """With everything switched off that numpy chooses by processor, AVX-512 first of all."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    has = [name for name in __cpu_dispatch__ if __cpu_features__[name]]
    there = {"NPY_DISABLE_CPU_FEATURES": " ".join(has), "PYTHONPATH": os.path.dirname(__file__)}
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], env=os.environ | there, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == f"0 {sorted(whole.items())}"


def test_no_float_reaches_a_row() -> None:
    """Columns are integers from the draw to the byte."""
    for table, columns in _make._many(TINY, 100):
        for name, values in columns.items():
            assert values.dtype in (np.int64, np.int8, np.int32), f"{table}.{name} is {values.dtype}"


TIMES = {
    "users": "created_at",
    "addresses": "created_at",
    "prices": "valid_from",
    "sessions": "started_at",
    "search_queries": "searched_at",
    "carts": "created_at",
    "cart_lines": "added_at",
    "orders": "placed_at",
    "payments": "attempted_at",
    "shipments": "shipped_at",
    "returns": "requested_at",
    "refunds": "refunded_at",
    "reviews": "created_at",
    "stock_moves": "moved_at",
    "ledger_transactions": "posted_at",
    "events": "occurred_at",
    "audit_log": "occurred_at",
}


def test_rows_come_in_the_order_of_time() -> None:
    """In every table that has a time, and over the borders of the pieces too."""
    last: dict[str, int] = {}
    for table, columns in _make._many(TINY, 40):
        if table in TIMES and len(times := columns[TIMES[table]]):
            assert (np.diff(times, prepend=last.get(table, times[0])) >= 0).all(), table
            last[table] = int(times[-1])
    assert set(last) == set(TIMES)


@pytest.mark.parametrize(
    ("size", "orders"), [("tiny", 500), ("small", 27_000), ("0.5", 13_500), ("1/54", 500), ("large", 5_670_000)]
)
def test_sizes_have_names_or_are_factors_of_small(size: str, orders: int) -> None:
    """And what else there is grows with the orders."""
    plan = datagen.plan(size)
    assert plan.orders == orders
    assert plan.users < plan.orders < plan.carts < plan.sessions


@pytest.mark.parametrize("size", ["huge", "", "1e", "nan", "1/0"])
def test_an_unknown_size_names_the_nearest(size: str) -> None:
    """As every unknown name does."""
    with pytest.raises(UnknownName, match=r"There are: large, small, tiny\."):
        datagen.plan(size)


@pytest.mark.parametrize("size", ["-1", "0", "0.001", "1e9"])
def test_a_factor_out_of_range_says_the_range(size: str) -> None:
    """A negative one, one of nothing, one that no disk holds."""
    with pytest.raises(MnemoError, match=r"Choose a factor from 0\.008 to 210"):
        datagen.plan(size)


@pytest.mark.parametrize(("seed", "said"), [("x", "no whole number"), ("1.5", "no whole number"), (-1, "out of range")])
def test_a_seed_is_a_whole_number(seed: str | int, said: str) -> None:
    """And says so."""
    with pytest.raises(MnemoError, match=said):
        datagen.plan("tiny", seed)
    assert datagen.plan("tiny", 2**63 - 1).seed == 2**63 - 1
