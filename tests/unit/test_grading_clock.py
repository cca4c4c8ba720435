"""Questions for the time, put to the clock that a history sets."""

from __future__ import annotations

import pytest

from mnemo_helpers.grading import _clock


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("CHECK (until > now())", "CHECK (until > mnemo_clock.now())"),
        ("SELECT NOW ( ), Current_Date", "SELECT mnemo_clock.now ( ), mnemo_clock.current_date()"),
        ("DEFAULT CURRENT_TIMESTAMP(3)", "DEFAULT mnemo_clock.current_timestamp(3)"),
        ('pg_catalog.now(), "pg_catalog" . clock_timestamp()', "mnemo_clock.now(), mnemo_clock.clock_timestamp()"),
        (
            "AS $f$ BEGIN NEW.at := localtimestamp; END $f$ LANGUAGE plpgsql",
            "AS $f$ BEGIN NEW.at := mnemo_clock.localtimestamp(); END $f$ LANGUAGE plpgsql",
        ),
        (
            "CREATE FUNCTION f() RETURNS bool AS 'SELECT now() > t' LANGUAGE sql",
            "CREATE FUNCTION f() RETURNS bool AS 'SELECT mnemo_clock.now() > t' LANGUAGE sql",
        ),
        ("AS $$SELECT $q$ $q$, now()", "AS $$SELECT $q$ $q$, mnemo_clock.now()"),
    ],
)
def test_what_asks_for_the_time_asks_the_clock(written: str, read: str) -> None:
    """As a function or a keyword, in any spelling, with a precision, in a body, even an unclosed one."""
    assert _clock.rewritten(written) == read


@pytest.mark.parametrize(
    "text",
    [
        "'now()' || \"now\" -- now()\n/* current_date */",
        "SELECT 'a' AS x, 'now()' AS function",
        "SELECT now FROM t",
        "SELECT app.now(), t.current_date",
        "",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    """Strings, names, comments, columns, and functions of another schema."""
    assert _clock.rewritten(text) == text
