"""What befalls the databases of a lesson: an answer that changes its own role, a server that dies in the middle."""

from __future__ import annotations

import secrets
from pathlib import Path

import psycopg
import pytest
import small_data
from psycopg import sql
from server_room import Room

from mnemo_helpers import database, server
from mnemo_helpers.errors import ServerUnavailable


@pytest.fixture
def data(room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A small data set on a server of the test's own: what is changed here belongs to the whole server."""
    name = f"stones{secrets.token_hex(4)}"
    small_data.write(tmp_path, name)
    monkeypatch.setenv("MNEMO_COURSE", str(tmp_path))
    return name


def test_what_an_answer_has_set_for_its_role_is_undone(data: str) -> None:
    """Settings, settings in one database, and the password; what is set is what the server stores of the password."""
    name = database.grading(data)
    with database.connect(name, "answer") as answer, database.connect(name, "owner") as inside:
        inside.execute("SET default_transaction_read_only = off")
        answer.execute("SET default_transaction_read_only = off")
        answer.execute(
            sql.SQL(
                "ALTER ROLE answer SET search_path = mine; ALTER ROLE answer SET statement_timeout = 0;"
                "ALTER ROLE answer IN DATABASE {} SET work_mem = '1GB'"
            ).format(sql.Identifier(name))
        )
        database.secure_answer()
        assert answer.execute("SELECT FROM pg_db_role_setting WHERE setrole = 'answer'::regrole").rowcount == 0
        answer.execute("ALTER ROLE answer PASSWORD 'mine'")
        with pytest.raises(ServerUnavailable, match="password authentication failed"):
            database.connect(name, "answer")
        database.secure_answer()
        with database.connect(name, "answer") as again:
            assert again.execute("SHOW search_path").fetchone() == ('"$user", public',)
        passfile = psycopg.conninfo.conninfo_to_dict(server.conninfo(server.ensure(), "answer"))["passfile"]
        passwords = [line.rsplit(":", 1)[1] for line in Path(str(passfile)).read_text().splitlines()]
        seen = str(inside.execute("SELECT query FROM mnemo.pg_stat_statements").fetchall())
        assert "ALTER ROLE" in seen
        assert passwords
        assert not any(password in seen for password in passwords)
        # Checks by the hundred leave no dead rows in the server's table of roles.
        version = "SELECT xmin::text FROM pg_authid WHERE rolname = 'answer'"
        before = inside.execute(version).fetchone()
        database.secure_answer()
        assert inside.execute(version).fetchone() == before


def test_a_server_that_dies_while_a_template_is_built(data: str, room: Room, tmp_path: Path) -> None:
    """Whoever builds is told that it was broken off; the next opening starts the server and builds anew."""
    code = (
        "from mnemo_helpers import database\n"
        "from mnemo_helpers.errors import MnemoError\n"
        f"try: database.template({data!r})\n"
        "except MnemoError as problem: print(problem)"
    )
    server.ensure()
    builder = room.start(code, env={"HOLD": "1", "MNEMO_COURSE": str(tmp_path)})
    assert builder.stdout is not None
    assert builder.stdout.readline() == "loading\n"
    room.found().process.kill()
    said = builder.communicate(timeout=60)[0]
    assert said.startswith(f"Preparing the data set {data} was broken off.")
    assert said.endswith("What to do: Run the cell again: nothing half-made is kept.\n")
    assert database.open_lesson(small_data.lesson(data)).rows == small_data.ROWS
    with database.connect("postgres", "owner") as owner:
        assert owner.execute("SELECT FROM pg_database WHERE datname LIKE '%\\_new'").rowcount == 0
