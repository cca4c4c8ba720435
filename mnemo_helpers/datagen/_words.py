"""The shop's vocabularies and distributions, as they stand in ``datasets/shop``."""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnemo_helpers.datagen._copy import Vocabulary
from mnemo_helpers.datagen._files import folder

_VOCABULARIES = ("categories", "names", "places", "reviews", "trade")
# Of each country's reserved numbers, these many are in use.
_PHONES = 100


@dataclass(frozen=True)
class Words:
    """What is written in the files, and the vocabularies that rows refer to.

    Attributes:
        places: countries, regions and their like.
        categories: the tree of goods.
        trade: sellers, brands, promotions, and words of trade.
        quantiles: distributions by 17 quantiles.
        chances: of 256.
        weights: the other tables of the distributions.
        languages: codes, in the order of the places.
    """

    places: dict[str, Any]
    categories: dict[str, Any]
    trade: dict[str, Any]
    quantiles: dict[str, list[int]]
    chances: dict[str, int]
    weights: dict[str, dict[str, Any]]
    languages: tuple[str, ...]
    vocabularies: dict[str, Vocabulary]
    spans: dict[str, tuple[tuple[int, int], ...]]

    def span(self, name: str) -> tuple[tuple[int, int], ...]:
        """Return where in a vocabulary the texts of each language begin, and how many there are."""
        return self.spans[name]


@functools.cache
def words() -> Words:
    """Read the files, once."""
    return _read(folder())


def _read(where: Path) -> Words:
    read = {name: _toml(where / "vocabulary" / f"{name}.toml") for name in _VOCABULARIES}
    tables = _toml(where / "distributions.toml")
    quantiles, chances = tables.pop("quantiles"), tables.pop("chances")
    languages = tuple(language["code"] for language in read["places"]["languages"])
    names, reviews, trade = read["names"], read["reviews"], read["trade"]
    leaves = read["categories"]["leaves"]

    by_language: dict[str, list[list[str]]] = {
        "given": [names[code]["given"] for code in languages],
        "family": [names[code]["family"] for code in languages],
        "street": [names["streets"][code] for code in languages],
        "search": [trade["search"][code] for code in languages],
        # A leaf has as many nouns in each language as in the others, except in English.
        "noun": [[noun for leaf in leaves for noun in leaf["nouns"][code][:2]] for code in languages],
        "review": [
            [line for mood in ("bad", "fair", "good") for line in reviews[code][mood][:2]] for code in languages
        ],
        "phone": [_phones(names["phones"].get(country["code"])) for country in read["places"]["countries"]],
        "city": [region["cities"] for region in read["places"]["regions"]],
    }
    flat = {
        "language": languages,
        "currency": [currency["code"] for currency in read["places"]["currencies"]],
        "handle first": names["handles"]["first"],
        "handle second": names["handles"]["second"],
        "domain": names["handles"]["domains"],
        "device": trade["words"]["devices"],
        "carrier": trade["words"]["carriers"],
        "method": trade["words"]["methods"],
        "decline": trade["words"]["declines"],
        "return reason": trade["words"]["reasons"],
    }
    spans = {}
    vocabularies = {name: Vocabulary(texts) for name, texts in flat.items()}
    for name, lists in by_language.items():
        begins, texts = [], list[str]()
        for each in lists:
            begins.append((len(texts), len(each)))
            texts += each
        vocabularies[name], spans[name] = Vocabulary(texts), tuple(begins)
    return Words(
        places=read["places"],
        categories=read["categories"],
        trade=trade,
        quantiles=quantiles,
        chances=chances,
        weights=tables,
        languages=languages,
        vocabularies=vocabularies,
        spans=spans,
    )


def _phones(reserved: dict[str, Any] | None) -> list[str]:
    if reserved is None:
        return []
    return [f"{reserved['prefix']}{number:0{reserved['digits']}}" for number in range(_PHONES)]


def _toml(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)
