"""Scripts of a stage: what a step is, and what is refused before anything is sent."""

from __future__ import annotations

import pytest

from mnemo_helpers.errors import MnemoError, UnknownName
from mnemo_helpers.stage._script import Step, read


def test_a_step_a_line() -> None:
    """Each line is a session's step, and lines that are set in go on with the one above."""
    script = read("""
        -- two people
        setup: CREATE TABLE t (n int)
        alice: BEGIN
        bob:   UPDATE t
                 SET n = 1
               WHERE n = 0

        # the end
        alice: COMMIT;
        teardown: DROP TABLE t
    """)
    assert script.steps == (
        Step("alice", "BEGIN"),
        Step("bob", "UPDATE t\n  SET n = 1\nWHERE n = 0"),
        Step("alice", "COMMIT;"),
    )
    assert script.sessions == ("alice", "bob")
    assert (script.setup, script.teardown) == (("CREATE TABLE t (n int)",), ("DROP TABLE t",))


def test_what_is_written_reads_as_it_was() -> None:
    """A script's text is the script."""
    script = read("setup: SELECT 0\nalice: BEGIN\nbob: SELECT 1,\n       2\nalice: COMMIT\nteardown: SELECT 9")
    assert read(script.text) == script


def test_a_cast_is_no_session() -> None:
    """A colon inside a statement ends no name."""
    assert read("a: SELECT x::int\n   , y::int").steps == (Step("a", "SELECT x::int\n, y::int"),)
    with pytest.raises(MnemoError, match="no step: x::int"):
        read("a: SELECT 1\nx::int")


def test_another_order_keeps_each_session_as_it_is() -> None:
    """Steps are dealt out by turns; a session's own keep their order."""
    script = read("a: SELECT 1\na: SELECT 2\nb: SELECT 3")
    assert [step.sql for step in script.ordered("aba").steps] == ["SELECT 1", "SELECT 3", "SELECT 2"]
    with pytest.raises(MnemoError, match="as often as it has steps"):
        script.ordered("abb")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no step to play"),
        ("-- nothing", "no step to play"),
        ("setup: SELECT 1", "no step to play"),
        ("alice SELECT 1", "This line is no step: alice SELECT 1"),
        ("  SELECT 1", "This line is no step: SELECT 1"),
        ("alice:", "A step of alice is empty"),
        ("alice: -- later", "A step of alice is empty"),
        ("alice: SELECT '\0'", "NUL"),
        ("alice: COMMIT", "alice ends a transaction that it never began"),
    ],
)
def test_what_is_no_script(text: str, told: str) -> None:
    """What cannot be played is refused in a sentence."""
    with pytest.raises(MnemoError, match=told):
        read(text)


def test_a_mistyped_session() -> None:
    """A session that ends what it never began is a slip of the pen, and so is one that is not among those named."""
    with pytest.raises(UnknownName, match="no session 'alcie'") as raised:
        read("alice: BEGIN\nbob: BEGIN\nalcie: COMMIT")
    assert "Did you mean 'alice'?" in str(raised.value)
    with pytest.raises(UnknownName, match="Did you mean 'bob'"):
        read("bop: SELECT 1", sessions=("alice", "bob"))
    assert read("bob: COMMIT PREPARED 'x'").sessions == ("bob",)
