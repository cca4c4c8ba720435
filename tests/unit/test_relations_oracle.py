"""The theory against its definitions: what it says of random relations is what every possible set of rows says."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator

import all_instances as brute
import pytest
from all_instances import Rule, Set

from mnemo_helpers.relations import Dependency, Relation, Table

LETTERS = "ABCDEFG"
SEED = 20_260_101


def names(some: Iterable[int]) -> frozenset[str]:
    """Return attributes by their letters."""
    return frozenset(LETTERS[i] for i in some)


def numbers(some: Iterable[str]) -> Set:
    """Return attributes by their places."""
    return frozenset(LETTERS.index(letter) for letter in some)


def rule(dependency: Dependency) -> Rule:
    """Return a dependency as the oracle has it."""
    return numbers(dependency.left), numbers(dependency.right), dependency.multivalued


def dependency(rule: Rule) -> Dependency:
    """Return a dependency as the library has it."""
    return Dependency(names(rule[0]), names(rule[1]), rule[2])


def relation(width: int, rules: list[Rule]) -> Relation:
    """Return a relation."""
    return Relation(LETTERS[:width], [dependency(rule) for rule in rules])


def schemas(count: int, *, multivalued: bool, widths: tuple[int, ...] = (3, 4, 4)) -> Iterator[tuple[int, list[Rule]]]:
    """Yield random relations, the same at each run."""
    rng = random.Random(SEED + multivalued)
    for _ in range(count):
        width = rng.choice(widths)
        yield width, brute.random_rules(rng, width, multivalued)


def every_rule(width: int) -> Iterator[Rule]:
    """Yield every functional and multivalued dependency."""
    for left in brute.subsets(range(width)):
        for right in brute.subsets(range(width)):
            yield left, right, False
            yield left, right, True


BOTH = pytest.mark.parametrize("multivalued", [False, True], ids=["functional", "mixed"])


@BOTH
def test_implication_is_what_every_instance_says(multivalued: bool) -> None:
    """A dependency follows where no instance keeps the given ones and breaks it; else two rows show that."""
    for width, rules in schemas(100, multivalued=multivalued):
        asked, legal = relation(width, rules), brute.legal(width, rules)
        for one in every_rule(width):
            answer = asked.implies(dependency(one))
            assert answer == (not legal & ~brute.keeping(width, one)), (rules, one)
            if not answer:
                assert answer.counterexample is not None
                shown = answer.counterexample.rows
                assert len(shown) == 2
                assert all(brute.keeps(shown, given) for given in rules), (rules, one)
                assert not brute.keeps(shown, one), (rules, one)


@BOTH
def test_closures_and_keys_are_what_every_instance_says(multivalued: bool) -> None:
    """Closures, candidate keys and prime attributes, by definition."""
    for width, rules in schemas(700, multivalued=multivalued):
        asked, closed = relation(width, rules), brute.determined(width, rules)
        for left, right in closed.items():
            assert asked.closure(names(left)) == names(right), (rules, left)
        everything = frozenset(range(width))
        supers = [left for left, right in closed.items() if right == everything]
        keys = {left for left in supers if not any(other < left for other in supers)}
        assert asked.keys() == {names(key) for key in keys}, rules
        assert asked.prime() == names(frozenset().union(*keys)), rules
        for left in closed:
            assert asked.is_superkey(names(left)) == (left in supers)
            answer = asked.is_key(names(left))
            assert answer == (left in keys)
            if left not in supers:
                assert answer.counterexample is not None
                shown = answer.counterexample.rows
                assert all(brute.keeps(shown, given) for given in rules)
                assert not brute.keeps(shown, (left, everything, False))


def in_form(form: str, part: Set, determines: Callable[[Set], Set], blocks: Callable[[Set, Set], bool]) -> bool:
    """Tell whether a part is in a normal form, word for word as it is defined."""
    lefts = [(left, determines(left) & part) for left in brute.subsets(part)]
    supers = {left for left, right in lefts if right == part}
    keys = {left for left in supers if not any(other < left for other in supers)}
    prime = frozenset().union(*keys)
    if form == "2NF":
        return not any(right - left - prime for left, right in lefts if any(left < key for key in keys))
    if form == "3NF":
        return not any(right - left - prime for left, right in lefts if left not in supers)
    if form == "BCNF":
        return not any(right - left for left, right in lefts if left not in supers)
    return not any(
        blocks(left, right)
        for left, _ in lefts
        if left not in supers
        for right in brute.subsets(part - left)
        if right and right != part - left
    )


@BOTH
@pytest.mark.parametrize("form", ["2NF", "3NF", "BCNF", "4NF"])
def test_a_normal_form_is_its_definition(form: str, multivalued: bool) -> None:
    """Something breaks it exactly where the definition is broken, and what is named does break it."""
    for width, rules in schemas(500, multivalued=multivalued):
        closed, asked = brute.determined(width, rules), relation(width, rules)
        whole, legal = frozenset(range(width)), brute.legal(width, rules)
        found = asked.violations(form)
        expected = in_form(form, whole, closed.__getitem__, blocks_within(width, legal, whole))
        assert bool(found) != expected, rules
        answer = asked.is_in(form)
        assert answer == expected
        if not expected:
            check_repetition(rules, rule(next(iter(found))), answer.counterexample)
        for one in found:
            left, right, many = rule(one)
            assert not legal & ~brute.keeping(width, (left, right, many)), (rules, one)
            assert closed[left] != whole, (rules, one)
            assert right - left, (rules, one)
        assert len(found.steps) == len(found)


def check_repetition(rules: list[Rule], broken: Rule, table: Table | None) -> None:
    """Check that rows keep what is given and say the same thing in more rows than one."""
    assert table is not None
    left, right, many = broken
    assert all(brute.keeps(table.rows, one) for one in rules), (rules, table)
    parts = [tuple(row[c] for c in sorted(left | right)) for row in table.rows]
    assert len({*table.rows}) == len(table) in ((2, 4) if many else (2,))
    assert len({*parts}) == len(table) // 2


def kept_by_parts(width: int, rules: list[Rule], parts: list[Set]) -> list[Rule]:
    """Return which functional dependencies follow from all that hold within the parts."""
    closed = brute.determined(width, rules)
    within = [
        (left, closed[left] & part, False)
        for part in parts
        for left in brute.subsets(part)
        if closed[left] & part - left
    ]
    return [one for one in rules if brute.implied(width, within, one)]


def test_preservation_is_its_definition() -> None:
    """A dependency is kept where it follows from those within the parts; else legal parts show that it is not."""
    rng = random.Random(SEED)
    for width, rules in schemas(1200, multivalued=False):
        parts = brute.random_parts(rng, width)
        asked = relation(width, rules)
        answer = asked.preserves([names(part) for part in parts])
        kept = kept_by_parts(width, rules, parts)
        assert answer == (len(kept) == len(rules)), (rules, parts)
        assert {rule(one) for one in asked.split([names(part) for part in parts]).lost} == {*rules} - {*kept}
        if not answer:
            check_parts(width, rules, parts, answer.counterexamples)


def test_preservation_with_multivalued_dependencies_is_what_every_legal_pair_of_parts_says() -> None:
    """Every pair of parts over two values that keeps what holds in each: a yes is broken by none, a no has its rows."""
    rng = random.Random(SEED)
    seen = set()
    for width, rules in schemas(250, multivalued=True, widths=(3, 3, 4)):
        parts = brute.random_parts(rng, width)
        answer = relation(width, rules).preserves([names(part) for part in parts])
        seen.add(answer.holds)
        if not answer:
            check_parts(width, rules, parts, answer.counterexamples)
        elif width == 3 and len(parts) == 2:
            legal = [legal_in_part(width, rules, part) for part in parts]
            for held in itertools.product(*legal):
                joined = list(brute.join(list(zip(parts, held, strict=True)), width))
                assert all(brute.keeps(joined, one) for one in rules), (rules, parts, held)
    assert seen == {True, False}


def local_rules(width: int, rules: list[Rule], part: Set) -> list[Rule]:
    """Return all that holds in a part, with its columns numbered from 0."""
    closed, place = brute.determined(width, rules), {c: i for i, c in enumerate(sorted(part))}
    holds = blocks_within(width, brute.legal(width, rules), part)

    def numbered(some: Set) -> Set:
        return frozenset(place[c] for c in some)

    lefts = brute.subsets(part)
    found = [(numbered(x), numbered(closed[x] & part), False) for x in lefts]
    return found + [(numbered(x), numbered(y), True) for x in lefts for y in lefts if holds(x, y)]


def legal_in_part(width: int, rules: list[Rule], part: Set) -> list[set[tuple[object, ...]]]:
    """Return every set of rows of zeros and ones that keeps all that holds in a part."""
    local, rows = local_rules(width, rules, part), brute.rows(len(part))
    some = (list(itertools.compress(rows, chosen)) for chosen in itertools.product((0, 1), repeat=len(rows)))
    return [set(held) for held in some if all(brute.keeps(held, one) for one in local)]


def check_parts(width: int, rules: list[Rule], parts: list[Set], tables: tuple[Table, ...]) -> None:
    """Check rows for each part: each keeps all that holds in it; joined they break what is given."""
    held = [(numbers(table.columns), {tuple(row) for row in table.rows}) for table in tables]
    assert [columns for columns, _ in held] == list(dict.fromkeys(parts))
    for columns, rows in held:
        assert all(brute.keeps(list(rows), one) for one in local_rules(width, rules, columns)), (rules, parts)
    joined = brute.join(held, width)
    assert not all(brute.keeps(list(joined), one) for one in rules), (rules, parts)


@BOTH
def test_losslessness_is_what_every_instance_says(multivalued: bool) -> None:
    """A yes is refuted by no instance of two values, nor of three rows; a no has rows that show it."""
    rng = random.Random(SEED)
    small = {width: [*brute.few_rows(width, 2), *brute.few_rows(width, 3)] for width in (3, 4)}
    for width, rules in schemas(400, multivalued=multivalued):
        parts = brute.random_parts(rng, width)
        answer = relation(width, rules).is_lossless([names(part) for part in parts])
        if answer:
            assert not brute.legal(width, rules) & ~brute.rejoining(width, frozenset(parts)), (rules, parts)
            # Three parts may need three rows, with more than two values.
            if len(parts) == 3 and not multivalued:
                assert not any(lossy(rows, rules, parts) for rows in small[width]), (rules, parts)
        else:
            shown, new = answer.counterexamples
            assert lossy(shown.rows, rules, parts), (rules, parts)
            cut = [(part, {tuple(row[c] for c in sorted(part)) for row in shown.rows}) for part in parts]
            assert {*new.rows} == brute.join(cut, width) - {*shown.rows}
            if not multivalued or len(shown) <= 3:
                fewer = itertools.chain.from_iterable(brute.few_rows(width, k) for k in range(2, len(shown)))
                assert not any(lossy(rows, rules, parts) for rows in fewer), (rules, parts)


def lossy(rows: Iterable[tuple[object, ...]], rules: list[Rule], parts: list[Set]) -> bool:
    """Tell whether rows keep the dependencies and are not the join of their parts."""
    there = set(rows)
    if not all(brute.keeps(list(there), one) for one in rules):
        return False
    cut = [(part, {tuple(row[c] for c in sorted(part)) for row in there}) for part in parts]
    return brute.join(cut, len(next(iter(there)))) != there


@BOTH
@pytest.mark.parametrize("form", ["BCNF", "4NF", "3NF"])
def test_a_decomposition_is_in_its_form_and_loses_no_row(form: str, multivalued: bool) -> None:
    """Each part is in the form by definition; joined they are the relation; synthesis loses no dependency either."""
    for width, rules in schemas(500, multivalued=multivalued):
        asked = relation(width, rules)
        made = asked.synthesize() if form == "3NF" else asked.decompose(form)
        parts = [numbers(part) for part in made.parts]
        closed, legal = brute.determined(width, rules), brute.legal(width, rules)
        assert frozenset().union(*parts) == frozenset(range(width))
        assert not legal & ~brute.rejoining(width, frozenset(parts)), (rules, parts)
        for part in parts:
            assert in_form(form, part, closed.__getitem__, blocks_within(width, legal, part)), (rules, parts)
        if not multivalued:
            assert {rule(one) for one in made.lost} == {*rules} - {*kept_by_parts(width, rules, parts)}, (rules, parts)
            assert form != "3NF" or not made.lost
        assert len(made.steps) >= 1


def blocks_within(width: int, legal: int, part: Set) -> Callable[[Set, Set], bool]:
    """Return what tells whether ``x ->> y`` holds in the part: some ``x ->> z`` of the whole is y in the part."""
    outside = brute.subsets(frozenset(range(width)) - part)
    return lambda x, y: any(not legal & ~brute.keeping(width, (x, y | more, True)) for more in outside)


@BOTH
def test_a_projection_says_all_that_holds_in_it(multivalued: bool) -> None:
    """Every dependency over the part follows from the projection's exactly where it holds."""
    rng = random.Random(SEED)
    for width, rules in schemas(200, multivalued=multivalued):
        part = frozenset(rng.sample(range(width), rng.randint(1, width - 1)))
        legal, projected = brute.legal(width, rules), relation(width, rules).project(names(part))
        holds = blocks_within(width, legal, part)
        assert projected.attributes == names(part)
        for left in brute.subsets(part):
            for right in brute.subsets(part):
                expected = not legal & ~brute.keeping(width, (left, right, False))
                assert projected.implies(dependency((left, right, False))) == expected, (rules, part)
                assert projected.implies(dependency((left, right, True))) == holds(left, right), (rules, part)


@BOTH
def test_a_minimal_cover_says_the_same_and_nothing_in_it_could_go(multivalued: bool) -> None:
    """By definition: as many legal instances, and more of them with anything less."""
    for width, rules in schemas(700, multivalued=multivalued):
        asked, legal = relation(width, rules), brute.legal(width, rules)
        found = asked.minimal_cover()
        cover = [rule(one) for one in found]
        assert brute.legal(width, cover) == legal, rules
        for i, (left, right, many) in enumerate(cover):
            rest = cover[:i] + cover[i + 1 :]
            assert many or len(right) == 1
            assert brute.legal(width, rest) != legal, (rules, cover)
            for one in left:
                assert legal & ~brute.keeping(width, (left - {one}, right, many)), (rules, cover)
        assert asked.is_minimal_cover(found)
        assert asked.equivalent(found)


@BOTH
def test_every_line_of_a_derivation_follows_from_the_lines_it_names(multivalued: bool) -> None:
    """Each rule is sound where it is used, and the last line is what was asked."""
    rng = random.Random(SEED)
    for width, rules in schemas(150, multivalued=multivalued):
        asked, legal = relation(width, rules), brute.legal(width, rules)
        implied = [one for one in every_rule(width) if not legal & ~brute.keeping(width, one)]
        for one in rng.sample(implied, 8):
            lines = asked.derive(dependency(one)).rows
            held: list[Rule] = []
            for place, said, by in lines:
                name, _, of = by.partition(" of ")
                line = rule(next(iter(Relation(LETTERS[:width], said).dependencies)))
                sources = [held[int(number) - 1] for number in of.split(" and ")] if of else []
                if name == "given":
                    assert line in rules, (rules, lines)
                else:
                    assert brute.implied(width, sources, line), (rules, lines)
                held.append(line)
                assert place == len(held)
            assert held[-1] == one
            if not multivalued and not one[2]:
                check_armstrong(lines)


def check_armstrong(lines: Iterable[tuple[int, str, str]]) -> None:
    """Check that each line has the very form of one of the three axioms."""
    held: list[tuple[frozenset[str], frozenset[str]]] = []
    for _, said, by in lines:
        one = next(iter(Relation(LETTERS, said).dependencies))
        name, _, of = by.partition(" of ")
        sources = [held[int(number) - 1] for number in of.split(" and ")] if of else []
        if name == "reflexivity":
            assert one.right <= one.left
        elif name == "augmentation":
            ((x, y),) = sources
            assert x <= one.left
            assert one.right == y | one.left
        elif name == "transitivity":
            (x, y), (y2, z) = sources
            assert (one.left, y, one.right) == (x, y2, z)
        else:
            assert name == "given"
        held.append((one.left, one.right))


def test_wider_relations_agree_with_every_pair_of_rows() -> None:
    """Of functional dependencies two rows say all: six attributes, every set of columns in which two rows may agree."""
    for width, rules in schemas(1200, multivalued=False, widths=(5, 6)):
        whole = frozenset(range(width))
        agreeing = [z for z in brute.subsets(whole) if all(not x <= z or y <= z for x, y, _ in rules)]
        closed = {x: frozenset.intersection(*(z for z in agreeing if x <= z)) for x in brute.subsets(whole)}
        supers = [x for x in closed if closed[x] == whole]
        asked = relation(width, rules)
        assert asked.keys() == {names(x) for x in supers if not any(y < x for y in supers)}, rules
        for form in ("2NF", "3NF", "BCNF"):
            expected = in_form(form, whole, closed.__getitem__, lambda *_: False)
            assert bool(asked.violations(form)) != expected, (rules, form)
        for made, form in ((asked.decompose("BCNF"), "BCNF"), (asked.synthesize(), "3NF")):
            for part in made.parts:
                assert in_form(form, numbers(part), closed.__getitem__, lambda *_: False), (rules, made)
