"""Yes or no to a claim about dependencies, keys and splits, each no with the rows that show it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from mnemo_helpers.relations import _chase, _say
from mnemo_helpers.relations._dependency import Dependency, Masks, write
from mnemo_helpers.relations._derive import derivation
from mnemo_helpers.relations._heading import Heading, bits
from mnemo_helpers.relations._instance import Values, broken
from mnemo_helpers.relations._preserve import preserves
from mnemo_helpers.relations._theory import Theory
from mnemo_helpers.relations._values import Answer, Table


def follows(heading: Heading, theory: Theory, asked: Sequence[Masks]) -> Answer:
    """Tell whether dependencies follow: a yes has the derivation of the last, a no has two rows."""
    for masks in asked:
        rows = _chase.breaks_in_two(theory, *masks)
        if rows is not None:
            because = (
                f"{write(heading, masks)} does not follow: these two rows keep every given dependency and break it."
            )
            return Answer(False, because, None, partial(_say.values, heading, rows))
    text = "; ".join(str(write(heading, masks)) for masks in asked)
    because = f"{text} follows from the given dependencies."
    return Answer(True, because, lambda: _say.lines(heading, derivation(theory, *asked[-1])))


def equivalent(heading: Heading, given: Sequence[Masks], yours: Sequence[Masks]) -> Answer:
    """Tell whether two lists of dependencies say the same; two rows show which one says more."""
    for some, others, words in (
        (given, yours, "{0} is given, and does not follow from yours"),
        (yours, given, "{0} is yours, and does not follow from the given ones"),
    ):
        theory = Theory.of(heading.full, others)
        for masks in some:
            rows = _chase.breaks_in_two(theory, *masks)
            if rows is not None:
                because = f"{words.format(write(heading, masks))}: these two rows keep those and break it."
                return Answer(False, because, None, partial(_say.values, heading, rows))
    return Answer(True, "each follows from the others.")


def minimal(heading: Heading, given: Sequence[Masks], yours: Sequence[Masks]) -> Answer:
    """Tell whether dependencies are a minimal cover of the given ones."""
    answer = equivalent(heading, given, yours)
    if not answer:
        return answer
    theory = Theory.of(heading.full, given)
    for x, y, many in yours:
        said = write(heading, (x, y, many))
        if not many and y.bit_count() != 1:
            return Answer(False, f"{said} has more than one attribute on its right side.")
        for one in bits(x):
            if theory.implies(x & ~one, y, many):
                return Answer(False, f"{said} holds without {heading.text(one)} on its left side.")
        rest = [masks for masks in yours if masks != (x, y, many)]
        if Theory.of(heading.full, rest).implies(x, y, many):
            return Answer(False, f"{said} follows from the others and could go.")
    return Answer(True, "it says the same as the given dependencies, and nothing in it could go.")


def superkey(heading: Heading, theory: Theory, left: int) -> Answer:
    """Tell whether attributes determine all others; two rows that agree on them show a no."""
    said, missing = heading.text(left), heading.full & ~theory.closure(left)
    steps = partial(_say.closing, heading, theory, left)
    rows = _chase.breaks_in_two(theory, left, heading.full, False)
    if rows is None:
        return Answer(True, f"{said} determines every attribute.", steps)
    return Answer(
        False,
        f"{said} does not determine {heading.text(missing)}: these two rows agree on {said} and are not the same.",
        steps,
        partial(_say.values, heading, rows),
    )


def key(heading: Heading, theory: Theory, left: int) -> Answer:
    """Tell whether attributes are a candidate key: two rows show that it is none, a closure that a part would do."""
    answer = superkey(heading, theory, left)
    if not answer:
        return answer
    said = heading.text(left)
    for one in bits(left):
        rest = left & ~one
        if theory.closure(rest) == heading.full:
            return Answer(
                False,
                f"{said} determines every attribute, but so does {heading.text(rest)} alone: "
                f"{heading.text(one)} could go.",
                partial(_say.closing, heading, theory, rest),
            )
    return Answer(True, f"{said} determines every attribute, and no part of it does.", answer._steps)


def in_form(heading: Heading, theory: Theory, form: str, found: Sequence[Dependency], steps: Table) -> Answer:
    """Tell whether nothing was found that breaks a form; else rows say the same thing more than once."""
    if not found:
        return Answer(True, f"nothing breaks {form}.", lambda: steps)
    first = found[0]
    return Answer(
        False,
        f"{form} is broken by {'; '.join(map(str, found))}. In these rows {first} is said more than once.",
        lambda: steps,
        lambda: _say.values(heading, _chase.repeats(theory, heading.mask(first.left), heading.mask(first.right))),
    )


def lossless(heading: Heading, theory: Theory, parts: Sequence[int]) -> Answer:
    """Tell whether parts join to the whole again; else rows, and what the join of their parts has besides."""
    holds, start, forced = _chase.is_lossless(theory, parts)
    steps = partial(_say.chasing, heading, parts, start, forced)
    if holds:
        return Answer(True, "the chase makes a row that was in every part: joined, they are the relation.", steps)
    return Answer(
        False,
        "these rows keep every dependency, and the join of their parts has rows that were never there.",
        steps,
        lambda: _say.invented(heading, parts, _chase.invented(theory, parts)),
    )


def preserved(heading: Heading, theory: Theory, given: Sequence[Masks], parts: Sequence[int]) -> Answer:
    """Tell whether checks within the parts keep every dependency; else rows that pass them all and break one."""
    judged = [(one, *preserves(theory, parts, *one)) for one in given]
    lost = [(one, held) for one, is_kept, held in judged if not is_kept]
    steps = partial(_say.preserving, heading, [(one, is_kept) for one, is_kept, _ in judged], parts)
    if not lost:
        return Answer(True, "every dependency follows from what holds within the parts.", steps)
    one, held = lost[0]
    said = ", ".join(str(write(heading, masks)) for masks, _ in lost)
    return Answer(
        False,
        f"{said} cannot be checked within the parts: each of these keeps what holds in it, "
        f"and joined they break {write(heading, one)}.",
        steps,
        partial(_say.held, heading, parts, held),
    )


def kept(heading: Heading, given: Sequence[Masks], rows: Sequence[Values]) -> Answer:
    """Tell whether rows keep every dependency; else the two that break one."""
    for masks in given:
        found = broken(rows, *masks)
        if found is not None:
            left, right = heading.text(masks[0]), heading.text(masks[1])
            what = (
                f"there is no row with the {right} of the first and the rest of the second"
                if masks[2]
                else f"they differ on {right}"
            )
            because = f"{write(heading, masks)} is broken: two rows agree on {left}, and {what}."
            return Answer(False, because, None, partial(Table, heading.names, tuple(found)))
    return Answer(True, "the rows keep every dependency.")
