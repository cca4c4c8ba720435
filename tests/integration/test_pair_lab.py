"""The pair lab of lesson 3.3 in a class: two learners of a shared server meet in one database."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator

import played_together
import psycopg
import pytest
from played_together import Played
from psycopg import sql

from mnemo_helpers import course, database

LESSON = "3.3"
MEET = """
import getpass, os
os.environ |= {{"MNEMO_STATE": {state!r}, "MNEMO_SERVER": {own!r}}}
getpass.getpass = lambda asked: {pair!r}
"""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Both notebooks, played by two learners who were given one connection string for the two of them."""
    pair, *learners = (f"{name}{secrets.token_hex(3)}" for name in ("pair", "alice", "bob"))
    with database.connect("postgres", "owner") as owner:

        def dsn(role: str, name: str = "postgres") -> str:
            return f"postgresql://{role}:a%40b@127.0.0.1:{owner.info.port}/{name}"

        def before(who: str) -> str:
            (own,) = (role for role in learners if role.startswith(who))
            state = str(tmp_path_factory.mktemp("home"))
            return MEET.format(state=state, own=dsn(own), pair=dsn(pair)) + as_told(who)

        for role in (pair, *learners):
            makes = "CREATE ROLE {0} LOGIN CREATEDB PASSWORD 'a@b'; GRANT CONNECT ON DATABASE postgres TO {0}"
            owner.execute(sql.SQL(makes).format(sql.Identifier(role)))
        try:
            shared = dsn(pair, f"{pair}_3_3")
            yield played_together.play(course.lesson(LESSON), before, lambda: psycopg.connect(shared, autocommit=True))
        finally:
            for role in (pair, *learners):
                remove(owner, role)


def as_told(who: str) -> str:
    """Return the Python that the page tells the reader to run in a class."""
    text = (course.lesson(LESSON).folder / f"{who}.md").read_text(encoding="utf-8")
    (told,) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return str(told)


def remove(owner: database.Connection, role: str) -> None:
    """Drop a role, and every database that it has."""
    for (name,) in owner.execute("SELECT datname FROM pg_database WHERE datdba = %s::regrole", [role]).fetchall():
        owner.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(name)))
        owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    owner.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(sql.Identifier(role)))


def test_both_open_one_database(played: Played) -> None:
    """Who comes second finds what the first has made, and no password is shown."""
    first, second = (played.opened(who) for who in ("alice", "bob"))
    names = {re.search(r"Database (pair\w+_3_3)", shown)[1] for shown in (first, second)}  # type: ignore[index]
    assert len(names) == 1
    assert (", new:" in first, "as you left it" in second) == (True, True)
    assert "a@b" not in "".join(cell.shown for cell in played.cells)


def test_alice_sees_whom_bob_waits_for(played: Played) -> None:
    """By name, from her own notebook."""
    assert re.search(r"^bob +\| alice +\| transactionid$", played.shown(6), re.MULTILINE)


def test_what_the_pages_tell_comes_about(played: Played) -> None:
    """Bob reads without waiting; he is ended with 40P01 and his COMMIT says ROLLBACK; five lamps, three shelves go."""
    assert [numbers(played.shown(step)) for step in (4, 8, 15, 20)] == [[10], [8], [7, 9], [5, 7]]
    assert "SQLSTATE:  40P01" in played.shown(12)
    assert "ROLLBACK" in played.shown(14)


def test_the_stage_says_the_same(played: Played) -> None:
    """One is ended, and as many pieces go as by hand: one of each in the circle, two of each in the line.

    Which one is the server's choice here, since these learners may not say who looks first.
    """
    circle, line = played.shown(21), played.shown(22)
    assert circle.count("✘ 40P01 deadlock detected: alice waits for bob, bob waits for alice") == 1
    assert len(re.findall(r"(?:alice|bob): COMMIT\n +ROLLBACK\n", circle)) == 1
    assert "✘" not in line
    by_hand = [numbers(played.shown(step)) for step in (8, 15, 20)]
    gone_by_hand = [by_hand[0][0] - by_hand[1][0], by_hand[1][0] - by_hand[2][0]]
    assert [10 - left for left in (numbers(circle)[-2], numbers(line)[-2])] == gone_by_hand == [1, 2]


def numbers(shown: str) -> list[int]:
    """Return the numbers at the ends of lines, where values stand."""
    return [int(found) for found in re.findall(r"(?:^|[| ])(\d+)$", shown, re.MULTILINE)]
