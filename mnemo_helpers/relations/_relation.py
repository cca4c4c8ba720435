"""A relation and what follows from its dependencies: the reader's view of the theory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from mnemo_helpers import render
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.relations import _answers, _cover, _ddl, _decompose, _normal, _say
from mnemo_helpers.relations._decomposition import Decomposition
from mnemo_helpers.relations._dependency import Dependencies, Dependency, Masks, read, single, write
from mnemo_helpers.relations._heading import Heading
from mnemo_helpers.relations._instance import rows_of
from mnemo_helpers.relations._keys import keys
from mnemo_helpers.relations._preserve import preserves
from mnemo_helpers.relations._theory import Pair, Theory
from mnemo_helpers.relations._values import Answer, Listed, Table


class Relation:
    """The attributes of a relation and the dependencies that its rows keep.

    Functional dependencies are written ``A -> B``, multivalued ones ``A ->> B``; every answer takes both into account.

    Attributes:
        name: what its tables are called by.
    """

    def __init__(self, attributes: str | Iterable[str], dependencies: Dependencies = "", *, name: str = "r") -> None:
        """Read the attributes and the dependencies.

        Args:
            attributes: ``"ABC"`` for one-letter names, ``"flight, carrier"``, or one string a name.
            dependencies: ``"A -> B; BC ->> D | E"``, or one string or ``Dependency`` each.
            name: what its tables are called by.

        Raises:
            MnemoError: there is no attribute, one twice or too many; a dependency is malformed or names an attribute
                that is not there.
        """
        self.name = name
        self._heading = Heading(attributes)
        self._given = list(dict.fromkeys(read(self._heading, dependencies)))
        self._theory = Theory.of(self._heading.full, self._given)

    @property
    def attributes(self) -> Listed[str]:
        """The names of its attributes, in order."""
        return self._heading.set(self._heading.full)

    def subset(self, attributes: str | Iterable[str]) -> Listed[str]:
        """Return the attributes that a text or names stand for, in order.

        Raises:
            MnemoError: there is no such attribute.
        """
        return self._heading.set(self._heading.mask(attributes, "a set of attributes"))

    @property
    def dependencies(self) -> Listed[Dependency]:
        """The dependencies as given."""
        return Listed(write(self._heading, masks) for masks in self._given)

    # What follows

    def closure(self, attributes: str | Iterable[str]) -> Listed[str]:
        """Return every attribute that the given ones determine.

        Raises:
            MnemoError: there is no such attribute.
        """
        left = self._heading.mask(attributes, "the attributes to close")
        found = self._theory.closure(left)
        return Listed(self._heading.listed(found), lambda: _say.closing(self._heading, self._theory, left))

    def basis(self, attributes: str | Iterable[str]) -> Listed[Listed[str]]:
        """Return the dependency basis: the blocks that vary independently once the given attributes are fixed.

        ``X ->> Y`` holds where Y, less X, is a union of blocks.

        Raises:
            MnemoError: there is no such attribute.
        """
        left = self._heading.mask(attributes, "the attributes to fix")
        return Listed(map(self._heading.set, sorted(self._theory.basis(left), key=lambda b: b & -b)))

    def implies(self, dependency: str | Dependency) -> Answer:
        """Tell whether a dependency holds in every relation that keeps the given ones.

        A yes has its derivation as steps; a no has two rows that keep the given dependencies and break this one.

        Raises:
            MnemoError: the dependency is malformed or names an unknown attribute.
        """
        return _answers.follows(self._heading, self._theory, single(self._heading, dependency))

    def derive(self, dependency: str | Dependency) -> Table:
        """Return the derivation of an implied dependency by Armstrong's axioms, a rule a row.

        Where multivalued dependencies are needed, the rules are Beeri's.

        Raises:
            MnemoError: the dependency does not follow, or is malformed.
        """
        answer = self.implies(dependency)
        if not answer:
            raise MnemoError(
                f"There is no derivation: {answer.because}",
                tried=str(answer.counterexample).splitlines(),
                remedy="Ask implies() whether a dependency follows before you derive it.",
            )
        return answer.steps

    def equivalent(self, dependencies: Dependencies) -> Answer:
        """Tell whether other dependencies say the same as the given ones; rows show where they do not.

        Raises:
            MnemoError: they are malformed or name an unknown attribute.
        """
        return _answers.equivalent(self._heading, self._given, read(self._heading, dependencies))

    # Keys

    def keys(self) -> Listed[Listed[str]]:
        """Return every candidate key, the shortest first.

        Raises:
            TooMany: there are more than a thousand.
        """
        return Listed(map(self._heading.set, self._keys), lambda: _say.keys(self._heading, self._theory, self._keys))

    def prime(self) -> Listed[str]:
        """Return the prime attributes: those in some candidate key.

        Raises:
            TooMany: there are more than a thousand keys.
        """
        return self._heading.set(self._prime)

    def is_superkey(self, attributes: str | Iterable[str]) -> Answer:
        """Tell whether attributes determine all others; two rows that agree on them and differ show a no.

        Raises:
            MnemoError: there is no such attribute.
        """
        return _answers.superkey(self._heading, self._theory, self._heading.mask(attributes, "the key"))

    def is_key(self, attributes: str | Iterable[str]) -> Answer:
        """Tell whether attributes are a candidate key: they determine all others, and none of them could go.

        Where one could go, the steps show that the others still determine everything.

        Raises:
            MnemoError: there is no such attribute.
        """
        return _answers.key(self._heading, self._theory, self._heading.mask(attributes, "the key"))

    # Covers

    def minimal_cover(self) -> Listed[Dependency]:
        """Return a minimal cover: one attribute on each right side, nothing that could go.

        Multivalued dependencies that are still needed stand after the functional ones.
        """
        functional, multivalued, done = _cover.minimal_cover(self._theory)
        masks = [(x, y, False) for x, y in functional] + [(x, y, True) for x, y in multivalued]
        return Listed((write(self._heading, m) for m in masks), lambda: _say.covering(self._heading, done, len(masks)))

    def is_minimal_cover(self, dependencies: Dependencies) -> Answer:
        """Tell whether dependencies are a minimal cover of the given ones; any that is one will do.

        Raises:
            MnemoError: they are malformed or name an unknown attribute.
        """
        yours = list(dict.fromkeys(read(self._heading, dependencies)))
        return _answers.minimal(self._heading, self._given, yours)

    def project(self, attributes: str | Iterable[str], *, name: str | None = None) -> Relation:
        """Return the relation of some attributes with a minimal cover of the dependencies that hold in it.

        Args:
            attributes: which to keep.
            name: what it is called by.

        Raises:
            MnemoError: there is no such attribute, or none is named.
            TooMany: there are too many dependencies to look at.
        """
        part = self._part(attributes, "the attributes to keep")
        return self._projected(part, name or self.name)

    # Normal forms

    def violations(self, form: str) -> Listed[Dependency]:
        """Return the dependencies that break a normal form, none where the relation is in it.

        Args:
            form: ``"2NF"``, ``"3NF"``, ``"BCNF"`` or ``"4NF"``.

        Raises:
            UnknownName: there is no such form.
            TooMany: there are more than a thousand keys.
        """
        form = _normal.known_form(form)
        here = self._theory.within(self._heading.full)
        found: list[Masks]
        if form == "2NF":
            found = [(x, y, False) for x, y in _normal.on_part_of_key(self._keys, self._prime, here)]
        elif form == "3NF":
            found = [(x, y, False) for x, y in _normal.transitive(self._functional, self._prime, here)]
        else:
            found = [(x, y, False) for x, y in _normal.without_key(self._functional, here)]
        if form == "4NF":
            found += [(x, y, True) for x, y in _normal.independent(self._theory.multivalued, here)]
        return Listed(
            (write(self._heading, masks) for masks in found),
            lambda: _say.violating(self._heading, self._theory, found, form, self._keys if form != "4NF" else []),
        )

    def is_in(self, form: str) -> Answer:
        """Tell whether the relation is in a normal form; the steps name what breaks it, and why.

        A no comes with rows that keep every dependency and say the same thing more than once.

        Raises:
            UnknownName: there is no such form.
            TooMany: there are more than a thousand keys.
        """
        form, found = _normal.known_form(form), self.violations(form)
        return _answers.in_form(self._heading, self._theory, form, list(found), found.steps)

    def decompose(self, form: str = "BCNF") -> Decomposition:
        """Split the relation into parts that are in Boyce-Codd or fourth normal form; the split loses no row.

        Args:
            form: ``"BCNF"`` or ``"4NF"``.

        Raises:
            UnknownName: it is neither.
            TooMany: a part has too many dependencies to look at.
        """
        form = _normal.known_form(form, ("BCNF", "4NF"))
        parts, steps = _decompose.decompose(self._theory, form)
        return self._decomposition(parts, lambda: _say.splitting(self._heading, steps, form))

    def synthesize(self) -> Decomposition:
        """Put the relation together from a minimal cover: in third normal form, no row and no dependency lost.

        Raises:
            TooMany: there are too many dependencies to look at.
        """
        theory = Theory(self._heading.full, tuple(self._functional))
        cover, _, _ = _cover.minimal_cover(theory)
        parts, groups, key = _decompose.synthesize(theory, cover)
        return self._decomposition(parts, lambda: _say.synthesizing(self._heading, groups, key, parts))

    def split(self, parts: Iterable[str | Iterable[str]]) -> Decomposition:
        """Return a split of your own, as ``decompose`` would.

        Raises:
            MnemoError: a part names an unknown attribute or is empty, or an attribute is in no part.
        """
        return self._decomposition(self._parts(parts), None)

    def is_lossless(self, parts: Iterable[str | Iterable[str]]) -> Answer:
        """Tell whether the parts, joined, are always the relation again: by the chase.

        A no comes with as few rows as can be that keep the dependencies, and with those that the join invents.

        Raises:
            MnemoError: a part names an unknown attribute or is empty, or an attribute is in no part.
            TooMany: the chase grows too large.
        """
        return _answers.lossless(self._heading, self._theory, self._parts(parts))

    def preserves(self, parts: Iterable[str | Iterable[str]]) -> Answer:
        """Tell whether checks within the parts keep every dependency.

        A no comes with rows for each part that no check within it refuses, and that joined break a dependency.

        Raises:
            MnemoError: a part names an unknown attribute or is empty, or an attribute is in no part.
        """
        return _answers.preserved(self._heading, self._theory, self._given, self._parts(parts))

    # Rows, tables and pictures

    def satisfied_by(self, rows: Any) -> Answer:
        """Tell whether rows keep every dependency; the rows that break one are shown.

        Args:
            rows: one sequence of values a row, in the order of the attributes; or a ``Table`` or a result of a query.

        Raises:
            MnemoError: a row has not one value for each attribute.
        """
        return _answers.kept(self._heading, self._given, rows_of(rows, self._heading.names))

    def to_sql(self, types: Mapping[str, str] | None = None) -> str:
        """Return the statement that makes its table, with its keys.

        Args:
            types: a type for a column; text where none is given.

        Raises:
            TooMany: there are more than a thousand keys.
        """
        return _ddl.create([self._table(self._heading.full, self.name)], types or {})

    def diagram(self) -> render.Shown:
        """Draw the dependencies: an arrow for each, from its left side to its right."""
        arrows = [(self._heading.listed(x), self._heading.listed(y & ~x), many) for x, y, many in self._given]
        return render.dependency_diagram(self._heading.names, arrows)

    def __repr__(self) -> str:
        """Return it as one would write it."""
        return f"{self.name}({', '.join(self._heading.names)}): " + (
            "; ".join(map(str, self.dependencies)) or "no dependencies"
        )

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        # The picture's text says what the line above it says.
        said = render.pre(repr(self))
        return render.Shown(said.text, render.stack(said, self.diagram()).html)._repr_mimebundle_()

    @cached_property
    def _functional(self) -> list[Pair]:
        """Functional dependencies from which every other one follows, with or without multivalued ones."""
        given = list(self._theory.functional)
        if not self._theory.multivalued:
            return given
        return _cover.functional_cover(self._theory.within(self._heading.full), given)

    @cached_property
    def _keys(self) -> list[int]:
        return keys(self._heading.full, self._functional)

    @cached_property
    def _prime(self) -> int:
        found = 0
        for key in self._keys:
            found |= key
        return found

    def _part(self, attributes: str | Iterable[str], where: str) -> int:
        part = self._heading.mask(attributes, where)
        if not part:
            raise MnemoError(f"There is no attribute in {where}.", remedy="Name at least one.")
        return part

    def _parts(self, parts: Iterable[str | Iterable[str]]) -> list[int]:
        if isinstance(parts, Decomposition):
            parts = parts.parts
        if isinstance(parts, str):
            raise MnemoError(
                f"The parts are given as one text: {parts!r}.", remedy='Give one a part, as in ["AB", "BC"].'
            )
        if not isinstance(parts, Iterable):
            raise MnemoError(f"Parts cannot be {parts!r}.", remedy='Give one a part, as in ["AB", "BC"].')
        masks = [self._part(part, f"part number {i}") for i, part in enumerate(parts, start=1)]
        missing = self._heading.full
        for mask in masks:
            missing &= ~mask
        if missing:
            raise MnemoError(
                f"No part has {', '.join(self._heading.listed(missing))}.",
                remedy="Each attribute belongs in at least one part.",
            )
        return list(dict.fromkeys(masks))

    def _projected(self, part: int, name: str) -> Relation:
        here = self._theory.within(part)
        given = [(x, here.closure(x)) for x, _ in self._theory.functional if not x & ~part]
        functional = _cover.functional_cover(here, given)
        multivalued = _cover.multivalued_cover(here, functional) if self._theory.multivalued else []
        functional, multivalued, _ = _cover.minimal_cover(Theory(part, tuple(functional), tuple(multivalued)))
        masks = [(x, y, False) for x, y in functional] + [(x, y, True) for x, y in multivalued]
        return Relation(self._heading.listed(part), [write(self._heading, m) for m in masks], name=name)

    def _decomposition(self, masks: Sequence[int], steps: Callable[[], Table] | None) -> Decomposition:
        lost = [one for one in self._given if not preserves(self._theory, masks, *one)[0]]
        return Decomposition(
            Listed(map(self._heading.set, masks)),
            Listed(write(self._heading, one) for one in lost),
            self,
            steps,
        )

    def _table(self, part: int, name: str) -> _ddl.Part:
        here = self._theory.within(part)
        given = [(x, here.closure(x)) for x, _ in self._theory.functional if not x & ~part]
        if part != self._heading.full or self._theory.multivalued:
            given = _cover.functional_cover(here, given)
        return _ddl.Part(
            name, self._heading.listed(part), tuple(self._heading.listed(key) for key in keys(part, given))
        )
