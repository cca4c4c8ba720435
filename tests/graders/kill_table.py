"""One table at the end: each exercise, its right answers that were accepted, its wrong ones that were rejected, named.

Loaded as a plugin (``-p`` in pyproject.toml), since the table is printed by a process that collects nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

PROPERTY = "graded"
COLUMNS = ("right", "accepted", "wrong", "rejected", "named")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the table."""
    reports = [report for group in terminalreporter.stats.values() for report in group if hasattr(report, "when")]
    lines = table(report for report in reports if report.when == "call")
    if lines:
        terminalreporter.section("exercises")
        for line in lines:
            terminalreporter.write_line(line)


def table(reports: Iterable[Any]) -> list[str]:
    """Return the lines of the table, nothing where no exercise was tried.

    Args:
        reports: of tests that have recorded, for an exercise and its kind, counts by column.
    """
    counted: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for report in reports:
        for name, value in report.user_properties:
            if name == PROPERTY:
                id, kind, counts = value
                counted[id, kind].update(counts)
    if not counted:
        return []
    total = sum(counted.values(), Counter())
    rows = [(id, kind, counts) for (id, kind), counts in sorted(counted.items(), key=lambda item: _order(item[0][0]))]
    lines = [f"{'exercise':<10}{'kind':<12}{'right answers accepted':>24}{'wrong rejected':>18}{'named':>12}"]
    for id, kind, counts in [*rows, ("all", str(len(rows)), total)]:
        accepted, rejected, named = (
            f"{counts[got]} of {counts[of]}"
            for got, of in (("accepted", "right"), ("rejected", "wrong"), ("named", "wrong"))
        )
        lines.append(f"{id:<10}{kind:<12}{accepted:>24}{rejected:>18}{named:>12}")
    return lines


def _order(id: str) -> list[int]:
    return [int(part) for part in id.split(".")]
