"""The pins: what the course is proven with can be had on every Python that it promises."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parents[2]
OLDEST = "3.11.0"
PINS = dict(re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), re.M))


def test_the_oldest_python_is_the_promised_one() -> None:
    """What these tests hold the pins to is what pyproject.toml says."""
    assert 'requires-python = ">=3.11"' in (ROOT / "pyproject.toml").read_text()
    assert len(PINS) > 100


@pytest.mark.parametrize("name", PINS)
def test_a_pin_can_be_had_on_the_oldest_python(name: str) -> None:
    """Debian 12 has Python 3.11.2, so a package that wants 3.11.5 stops the installation there."""
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        pytest.skip(f"{name} is not installed on this system")
    assert found.version == PINS[name]
    assert SpecifierSet(found.metadata.get("Requires-Python", "")).contains(OLDEST)
