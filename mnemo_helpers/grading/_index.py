"""The kind ``index``: what to index or how to ask, judged by the plans and pages of a workload, and what writes cost.

Nothing in it goes by time. The same workload is measured without the answer and with it, on every state of the data
that the exercise has, and the demands are shown before there is an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from mnemo_helpers.errors import MnemoError
from mnemo_helpers.grading._exercise import FreeAnswer, Wrong

Decides = Literal["indexes", "data", "question"]


@dataclass(frozen=True)
class Read:
    """A question of the workload, and how it is to be answered.

    Attributes:
        sql: the question, in which values may stand as ``:name``.
        values: what it is asked with, once with each; without values it is asked once.
        most_pages: how many pages it may ask for, whatever it is asked with; None where it is enough not to get worse.
        by: how tables must be read, as ``{"orders": ("Index Only Scan",)}``; any of the ways will do.
        sorts: False where no sort may be left.
    """

    sql: str
    values: tuple[Mapping[str, str | int], ...] = ()
    most_pages: int | None = None
    by: Mapping[str, tuple[str, ...]] | None = None
    sorts: bool = True

    @property
    def asked(self) -> bool:
        """Whether something is asked of it beyond not getting worse."""
        return self.most_pages is not None or bool(self.by) or not self.sorts


@dataclass(frozen=True, kw_only=True, eq=False)
class Indexed(FreeAnswer):
    """A question about indexes, or about the data that decide on their use.

    Attributes:
        states: statements that make the tables and their rows, by what these are; a verdict is one on all of them.
        given: statements that follow, such as the indexes that there are.
        reads: the workload's questions, by name.
        writes: its changes, by name.
        most_bytes: how much larger all indexes may be than they are without the answer; below 0, how much smaller they
            must be.
        most_records: how many records of WAL a write may take for each that it takes without the answer; of all
            writes, or of each by its name.
        decides: whether the answer makes and drops ``indexes`` and statistics, changes ``data``, or asks the
            ``question`` in other words.
    """

    kind: ClassVar[str] = "index"

    states: Mapping[str, str]
    given: str
    reads: Mapping[str, Read]
    writes: Mapping[str, str]
    most_bytes: int | None
    most_records: float | Mapping[str, float] | None
    decides: Decides

    def most_of(self, write: str) -> float | None:
        """How many records of WAL a write may take for each that it takes without the answer; None where any may."""
        return self.most_records.get(write) if isinstance(self.most_records, Mapping) else self.most_records


def index(
    id: str,
    *,
    minutes: int,
    states: Mapping[str, str],
    reads: Mapping[str, Read],
    reference: str,
    hints: tuple[str, ...],
    given: str = "",
    writes: Mapping[str, str] | None = None,
    most_bytes: int | None = None,
    most_records: float | Mapping[str, float] | None = None,
    decides: Decides = "indexes",
    accepts: tuple[str, ...] = (),
    rejects: Mapping[str, Wrong] | None = None,
    optional: bool = False,
    timeout_s: float = 10.0,
) -> Indexed:
    """Describe a question about indexes; ``none`` is an answer too.

    Args:
        id: the lesson's id and a number.
        minutes: how long it takes.
        states: statements that make the tables and their rows, by what these are.
        reads: the workload's questions, by name; one that has no demand of its own must not get worse.
        reference: a right answer: ``CREATE INDEX``, ``DROP INDEX``, ``CREATE STATISTICS``, ``ANALYZE``; or ``none``.
        hints: three, each nearer to the answer.
        given: statements that follow the states, such as the indexes that there are.
        writes: the workload's changes, by name.
        most_bytes: by how much all indexes together may grow; below 0, by how much they must shrink.
        most_records: how many records of WAL a write may take for each that it takes without the answer; of all
            writes, or of each by its name.
        decides: ``indexes``; or ``data``: then the answer is INSERT, UPDATE and DELETE, and ANALYZE follows it; or
            ``question``: then it is a query that gives the same rows as the only one of ``reads``, in any order.
        accepts: other right answers.
        rejects: wrong answers by misconception; an answer that fails the same demands is known by it.
        optional: True where the lesson goes on without it.
        timeout_s: seconds that one statement may take.

    Raises:
        MnemoError: the parts do not fit together.
    """
    if not states or (not any(read.asked for read in reads.values()) and most_bytes is None and most_records is None):
        raise MnemoError("An exercise on indexes has a state of the data, and something that it demands.")
    if most_records is not None and not writes:
        raise MnemoError("What writes may cost is measured on writes.")
    if isinstance(most_records, Mapping) and not most_records.keys() <= (writes or {}).keys():
        raise MnemoError("What writes may cost names a write that is not there.")
    if decides == "question" and (len(reads) != 1 or writes):
        raise MnemoError("A question that is to be asked in other words stands alone.")
    return Indexed(
        id=id,
        minutes=minutes,
        hints=tuple(hints),
        optional=optional,
        reference=reference,
        accepts=tuple(accepts),
        rejects=rejects or {},
        timeout_s=timeout_s,
        states=states,
        given=given,
        reads=reads,
        writes=writes or {},
        most_bytes=most_bytes,
        most_records=most_records,
        decides=decides,
    )
