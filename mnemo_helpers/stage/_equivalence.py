"""Which orders of the same steps must end alike: those that differ only in steps that have nothing in common.

Two neighbouring steps of different sessions may change places, and nothing that anybody can see changes, unless one of
these holds (after Mazurkiewicz's traces; the rules are those of PostgreSQL's manual, chapters 13.2 and 13.3):

- their locks on a table are such that one could wait for the other, rows included: both are more than a plain read, or
  one shuts out everything;
- one ends a transaction that has written a table, and the other reads it: at READ COMMITTED in this statement, above it
  where the snapshot is taken;
- at SERIALIZABLE, their transactions are tied by tables that one reads and another writes, since then the order of
  reads, writes and commits decides who fails; two reads of what nobody has written yet are no such case;
- one is a step whose locks do not tell all that it does: one that fails, DDL, functions that are not known to be
  harmless, tables with triggers, row security or deferred constraints.

A step with which another goes on does what that one does as well. All that a step touched stays what it was when two
such steps change places, so the rule may be used again on the order that results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from mnemo_helpers.stage._touched import Known, Locks, Touched

_SERIALIZABLE = "serializable"
_SNAPSHOT_ONCE = ("repeatable read", _SERIALIZABLE)
_WRITES = 3  # RowExclusiveLock and stronger
_SHUTS_OUT = 8

# A step by its session and its place among that session's steps, from 0.
Place = tuple[str, int]


@dataclass
class _Transaction:
    level: str
    steps: list[int] = field(default_factory=list)
    opaque: bool = False
    failed: bool = False  # Then it may have touched more than its locks still tell.

    def tables(self, touched: Mapping[int, Touched], least: int = 1) -> set[int]:
        return {table for number in self.steps for table, mode in touched[number].locks if mode >= least}


@dataclass(frozen=True)
class _Effect:
    number: int
    touched: Touched
    transaction: _Transaction
    locks: Locks
    commits: frozenset[int]
    sees: frozenset[int] | None  # None: everything
    opaque: bool


@dataclass(frozen=True)
class Class:
    """All orders that must end as one that was played.

    Attributes:
        steps: how many were played.
        before: pairs of steps of which the first must stay before the second.
    """

    steps: int
    before: tuple[tuple[Place, Place], ...]

    def holds(self, places: Mapping[Place, int]) -> bool:
        """Tell whether an order, given by where each step stands in it, is one of them."""
        return all(places[first] < places[second] for first, second in self.before)


def places(order: Sequence[str]) -> dict[Place, int]:
    """Return where each step stands in an order."""
    counts: dict[str, int] = {}
    found = {}
    for at, session in enumerate(order):
        place = counts.get(session, 0)
        counts[session] = place + 1
        found[session, place] = at
    return found


def class_of(order: Sequence[str], touched: Mapping[int, Touched], default: str, known: Known) -> Class:
    """Return the class of an order that was played.

    Args:
        order: whose turn it was, step by step.
        touched: what each step did, by its number.
        default: the isolation level that BEGIN alone means.
        known: the tables.
    """
    effects = _effects(touched, default, known)
    ties = _ties(touched, effects)
    at = {number: place for place, number in ((p, i + 1) for p, i in places(order).items())}
    before = [
        (at[first], at[second])
        for first, second in combinations(sorted(touched), 2)
        if touched[first].session != touched[second].session
        and any(
            one.touched.session == other.touched.session or _depend(one, other, effects, ties, touched, known)
            for one in effects[first]
            for other in effects[second]
        )
    ]
    return Class(len(touched), tuple(before))


def _effects(touched: Mapping[int, Touched], default: str, known: Known) -> dict[int, list[_Effect]]:
    """Return what happens with each step: its own effect, and those of steps that end with it."""
    transactions = _transactions(touched, default)
    own: dict[int, _Effect] = {}
    for number, step in touched.items():
        transaction = transactions[number]
        earlier = [touched[n].locks for n in transaction.steps if n < number]
        ends = step.kind in ("end", "neutral")
        locks = step.locks.union(*earlier) if ends else step.locks
        commits = step.kind == "end" or step.alone
        opaque = (
            step.kind == "opaque"
            or step.failed
            or (transaction.opaque and step.kind != "begin")
            or not all(known.table(table).plain for table, _ in locks)
        )
        own[number] = _Effect(
            number,
            step,
            transaction,
            locks,
            frozenset(transaction.tables(touched, _WRITES)) if commits else frozenset(),
            _seen(number, transaction, touched),
            opaque,
        )
    return {
        number: [own[number], *(own[n] for n, step in touched.items() if step.ended == number and n != number)]
        for number in touched
    }


def _transactions(touched: Mapping[int, Touched], default: str) -> dict[int, _Transaction]:
    found: dict[int, _Transaction] = {}
    open_: dict[str, _Transaction] = {}
    for number in sorted(touched):
        step = touched[number]
        transaction = open_.get(step.session)
        if transaction is None or step.level is not None:
            transaction = _Transaction(step.level or default)
        transaction.steps.append(number)
        transaction.opaque |= step.kind == "opaque"
        transaction.failed |= step.failed
        found[number] = transaction
        if step.kind == "end" or (step.level is None and step.session not in open_):
            open_.pop(step.session, None)
        else:
            open_[step.session] = transaction
    return found


def _seen(number: int, transaction: _Transaction, touched: Mapping[int, Touched]) -> frozenset[int] | None:
    """Return the tables in which a step sees what others have committed; None for any."""
    step = touched[number]
    if step.kind != "statement":
        return frozenset() if step.kind in ("begin", "end", "neutral") else None
    if transaction.level not in _SNAPSHOT_ONCE:
        return frozenset(table for table, _ in step.locks)
    # The snapshot is taken by the first statement; LOCK takes none, so until one does, each might be the first.
    earlier = [touched[n] for n in transaction.steps if n < number and touched[n].kind == "statement"]
    if any(before.reads for before in earlier):
        return frozenset()
    return None if transaction.opaque or transaction.failed else frozenset(transaction.tables(touched))


def _depend(
    one: _Effect,
    other: _Effect,
    effects: Mapping[int, list[_Effect]],
    ties: Mapping[int, int],
    touched: Mapping[int, Touched],
    known: Known,
) -> bool:
    if "begin" in (one.touched.kind, other.touched.kind):
        return False
    if one.opaque or other.opaque or _collide(one.locks, other.locks, known):
        return True
    if _sees(one, other) or _sees(other, one):
        return True
    if ties.get(id(one.transaction), -1) != ties.get(id(other.transaction), -2):
        return False
    return not (one.touched.reads and other.touched.reads and not _written_before(one, other, effects, touched))


def _collide(one: Locks, other: Locks, known: Known) -> bool:
    modes: dict[int, list[int]] = {}
    for table, mode in other:
        modes.setdefault(table, []).append(mode)
    for table, mode in one:
        for theirs in modes.get(table, ()):
            low, high = sorted((mode, theirs))
            if low > 1 or high == _SHUTS_OUT or (high >= _WRITES and known.table(table).sequence):
                return True
    return False


def _sees(reader: _Effect, writer: _Effect) -> bool:
    return bool(writer.commits) and (reader.sees is None or bool(reader.sees & writer.commits))


def _ties(touched: Mapping[int, Touched], effects: Mapping[int, list[_Effect]]) -> dict[int, int]:
    """Return, for each serializable transaction, the group in which the order of steps may decide who fails."""
    found: list[_Transaction] = []
    for number in sorted(effects):
        transaction = effects[number][0].transaction
        if transaction.level == _SERIALIZABLE and transaction not in found:
            found.append(transaction)
    group = {id(transaction): at for at, transaction in enumerate(found)}
    for one, other in combinations(found, 2):
        tied = one.tables(touched, _WRITES) & other.tables(touched) or one.tables(touched) & other.tables(
            touched, _WRITES
        )
        if tied or one.opaque or other.opaque or one.failed or other.failed:
            old, new = group[id(other)], group[id(one)]
            group = {key: new if at == old else at for key, at in group.items()}
    return group


def _written_before(
    one: _Effect, other: _Effect, effects: Mapping[int, list[_Effect]], touched: Mapping[int, Touched]
) -> bool:
    read = {table for table, _ in one.locks | other.locks}
    last = max(one.number, other.number)
    return any(mode >= _WRITES and table in read for n in touched if n < last for table, mode in touched[n].locks)
