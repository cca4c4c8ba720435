"""Specs in PostgreSQL's isolation test language: line for line what isolationtester prints."""

from __future__ import annotations

import isolationtester
import pytest
from isolation_specs import SPECS

from mnemo_helpers import database, server
from mnemo_helpers.errors import MnemoError, UnknownName
from mnemo_helpers.stage import Stage
from mnemo_helpers.stage._cast import Cast


@pytest.fixture(scope="module")
def dsn(scratch_db: str) -> str:
    """Where the stage is."""
    return server.conninfo(server.ensure(), "learner", scratch_db)


def test_there_are_enough_specs() -> None:
    """Every kind of lock is there, and at least forty specs."""
    assert len(SPECS) >= 40
    written = "\n".join(SPECS.values())
    for word in (
        "FOR KEY SHARE",
        "ACCESS EXCLUSIVE",
        "advisory",
        "EXCLUDE",
        "CONCURRENTLY",
        "DEFERRABLE",
        "COMMENT ON",
    ):
        assert word in written


@pytest.mark.skipif(isolationtester.program() is None, reason="WARNING: this server came without isolationtester")
@pytest.mark.parametrize("name", SPECS)
def test_line_for_line_as_isolationtester(name: str, dsn: str) -> None:
    """The transcript of a spec is the program's own."""
    assert Stage.from_spec(SPECS[name], dsn).transcript() == isolationtester.transcript(SPECS[name], dsn)


IMPOSSIBLE = """
setup { CREATE TABLE t (n int); }
teardown { DROP TABLE t; }
session a step a1 { BEGIN; LOCK TABLE t; } step a2 { COMMIT; }
session b step b1 { SELECT count(*) FROM t; } step b2 { SELECT 2; }
permutation a1 b1 b2 a2
permutation a1 b1 a2 b2
"""


def test_an_order_that_cannot_happen(dsn: str) -> None:
    """Where the program would hang, the order is told to be impossible, and the next is played."""
    assert (
        Stage.from_spec(IMPOSSIBLE, dsn).transcript()
        == """\
Parsed test spec with 2 sessions

starting permutation: a1 b1 b2 a2
step a1: BEGIN; LOCK TABLE t;
step b1: SELECT count(*) FROM t; <waiting ...>
step b1: waits for session a; this order cannot happen

starting permutation: a1 b1 a2 b2
step a1: BEGIN; LOCK TABLE t;
step b1: SELECT count(*) FROM t; <waiting ...>
step a2: COMMIT;
step b1: <... completed>
count
-----
    0
(1 row)

step b2: SELECT 2;
?column?
--------
       2
(1 row)

"""
    )


def test_steps_that_hold_each_other_back(dsn: str) -> None:
    """Annotations can wait for each other too; that is told, and nothing hangs."""
    text = "session a step a1 { SELECT 1; } step a2 { SELECT 2; } session b step b1 { SELECT 3; }"
    told = Stage.from_spec(f"{text} permutation a1(*, b1) b1(a1)", dsn).transcript()
    assert told.endswith("step a1: steps hold each other back; this order cannot happen\n")
    told = Stage.from_spec(f"{text} permutation a1(b1) a2 b1", dsn).transcript()
    assert "this order cannot happen" not in told
    told = Stage.from_spec(f"{text} permutation a1(b1 notices 1) a2 b1", dsn).transcript()
    assert told.endswith("step a1: held back by b1; this order cannot happen\n")


def test_a_spec_as_a_stage_shows_it(dsn: str) -> None:
    """The same orders as runs, with pictures; the text tells them one after the other."""
    impossible, played = Stage.from_spec(IMPOSSIBLE, dsn).runs()
    assert impossible.impossible.startswith("Step 3 (b: SELECT 2;) cannot happen here: b still waits for a")
    assert played.value(2) == "0"
    assert Stage.from_spec(IMPOSSIBLE, dsn).transcript("text") == f"{impossible.text}\n\n{played.text}"
    with pytest.raises(UnknownName, match="style"):
        Stage.from_spec(IMPOSSIBLE, dsn).transcript("html")


def test_a_spec_that_fails(dsn: str, outside: database.Connection) -> None:
    """A set-up that fails, a step that never returns: told, and nothing stays."""
    with pytest.raises(MnemoError, match='The setup failed: table "none" does not exist'):
        Stage.from_spec("setup { DROP TABLE none; } session a step a1 { SELECT 1; }", dsn).transcript()
    with pytest.raises(MnemoError, match="setup of session a failed: ERROR:  division by zero"):
        Stage.from_spec("session a setup { SELECT 1 / 0; } step a1 { SELECT 1; }", dsn).transcript()
    with pytest.raises(MnemoError, match=r"Step a1 did not return within 0\.1 s"):
        Stage.from_spec("session a step a1 { SELECT pg_sleep(600); }", dsn, limit_s=0.1).transcript()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "ends too early in line 1"),
        ("session a", "ends too early in line 1"),
        ("setup { SELECT 1; }\n\nstep a1 { }", "unexpected 'step' in line 3"),
        ("session a step a1 { SELECT 1;", "unexpected character '{' in line 1"),
        ("session a step { }", "unexpected block in line 1"),
        ("session a step a1 { } permutation", "ends too early"),
        ("session a step a1 { } permutation a1(a1 notices)", "unexpected '\\)'"),
        ("session a step a1 { } step a1 { }", "two steps 'a1'"),
        ("session a step a1 { } permutation a2", "no step 'a2'"),
        ("session a step a1 { } permutation a1(b1)", "no step in this order 'b1'"),
        ("session a step a1 { } step a2 { } permutation a1 a2(a1)", "cannot wait for a1 of its own session"),
    ],
)
def test_what_is_no_spec(text: str, told: str) -> None:
    """What cannot be read is told with its line."""
    with pytest.raises(MnemoError, match=told):
        Stage.from_spec(text, "")


def test_a_cast_closes_what_it_opened(outside: database.Connection, dsn: str) -> None:
    """A session that cannot be opened leaves none of the others open."""
    opened: list[database.Connection] = []

    def open(name: str) -> database.Connection:
        if name == "bob":
            raise MnemoError("no room")
        opened.append(database.connect(outside.info.dbname, name=name))
        return opened[-1]

    with pytest.raises(MnemoError, match="no room"):
        Cast(["alice", "bob"], open)
    assert [connection.closed for connection in opened] == [True, True]
