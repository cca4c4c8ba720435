"""Chance without floats: the same for the same names, however it is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from mnemo_helpers.datagen import _draw


def test_a_stream_can_be_read_from_any_place() -> None:
    """What an entity draws does not depend on who was asked for with it."""
    whole = _draw.stream(7, "orders", 0, 100)
    assert (_draw.stream(7, "orders", 37, 20) == whole[:, 37:57]).all()
    assert whole.dtype == np.uint64


def test_streams_are_what_they_have_always_been() -> None:
    """A change of library or processor that changed one bit would change every row."""
    assert _draw.stream(7, "orders", 5, 1)[:, 0].tolist() == STREAM
    assert _draw.trait(7, "region", np.array([0, 1, 2**40])).tolist() == TRAIT


STREAM = [
    0x1C4290DDE8301D18,
    0x834B545BD14954E4,
    0xDAA86A1B85C89381,
    0xB69A0351F34822B2,
]
TRAIT = [0xF2542B1507E234CD, 0xCFD85B27EDE84862, 0xD76D2583E69F04B4]


@pytest.mark.parametrize("other", [(8, "orders"), (7, "carts")])
def test_seeds_and_names_have_chance_of_their_own(other: tuple[int, str]) -> None:
    """No value of one is at its place in the other."""
    numbers = np.arange(1000)
    assert not (_draw.stream(7, "orders", 0, 1000) == _draw.stream(*other, 0, 1000)).any()
    assert not (_draw.trait(7, "orders", numbers) == _draw.trait(*other, numbers)).any()


def test_a_trait_belongs_to_its_entity() -> None:
    """In whatever order entities are asked for; neighbours have nothing in common."""
    numbers = np.arange(5000, dtype=np.int64)
    traits = _draw.trait(7, "region", numbers)
    assert (_draw.trait(7, "region", numbers[::-1]) == traits[::-1]).all()
    bits = (traits[1:] ^ traits[:-1]).view(np.uint8)
    assert 31.5 < np.unpackbits(bits).sum() / (len(traits) - 1) < 32.5


def test_values_are_spread_as_their_quantiles_say() -> None:
    """A sixteenth lies between each two; no value beyond the ends."""
    table = [3, *range(10, 160, 10), 500]
    values = _draw.quantile(table, _draw.stream(7, "spread", 0, 64_000)[0], 0)
    assert values.min() >= 3
    assert values.max() < 500
    counts, _ = np.histogram(values, bins=table)
    assert (abs(counts - 4000) < 400).all()


def test_choices_follow_their_weights() -> None:
    """What has no weight is never chosen; twice the weight is twice as often."""
    drawn = _draw.choose(_draw.cumulative([100, 0, 200, 1]), _draw.stream(7, "choice", 0, 60_200)[0])
    counts = np.bincount(drawn, minlength=4)
    assert counts[1] == 0
    assert 1.9 < counts[2] / counts[0] < 2.1
    assert 100 < counts[3] < 320


def test_popularity_is_zipf() -> None:
    """The weight of rank r is the first's over r, where nothing flattens it."""
    weights = _draw.popularity(np.arange(1, 1001), 0, 1 << 20)
    assert weights[0] == 1 << 20
    assert (abs(weights * np.arange(1, 1001) - (1 << 20)) < 1001).all()
