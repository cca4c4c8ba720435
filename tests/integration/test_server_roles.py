"""What a server of Mnemo's own is like: on every PostgreSQL that this machine has."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import psutil
import psycopg
import pytest
from server_room import ask, kinds, psql

from mnemo_helpers import database, server
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.server import _cluster, _postmaster, _server


@pytest.fixture(scope="module", params=kinds())
def running(request: pytest.FixtureRequest) -> Iterator[server.Server]:
    """A server of the session, of one kind after the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MNEMO_SERVER", request.param)
        yield server.ensure()
    _server._let_go()


def test_three_roles_with_the_rights_of_their_work(running: server.Server) -> None:
    """The owner may everything; the learner makes databases, looks at sessions and ends them; answer may log in."""
    rights = (
        "SELECT rolsuper::int::text || rolcreatedb::int || rolcreaterole::int || rolreplication::int || rolcanlogin"
    )
    rights += "::int FROM pg_roles WHERE rolname = '{}'"
    assert ask(running, rights.format(running.owner)) == "11111"
    assert ask(running, rights.format(running.learner)) == "01001"
    assert ask(running, rights.format(running.answer)) == "00001"
    for role in ("pg_monitor", "pg_signal_backend"):
        assert ask(running, f"SELECT pg_has_role('{running.learner}', '{role}', 'USAGE')")
        assert not ask(running, f"SELECT pg_has_role('{running.answer}', '{role}', 'MEMBER')")


@pytest.mark.parametrize("role", ["learner", "answer"])
def test_learner_and_answer_put_on_each_of_the_cast(running: server.Server, role: Literal["learner", "answer"]) -> None:
    """Each is a role that nobody logs in as and that may nothing by itself; with it on, only its rights count."""
    assert server.cast() == server.CAST
    with database.scratch(role) as name, database.connect(name, role) as connection:
        connection.execute("CREATE TABLE secrets (a int); CREATE TABLE wares (a int)")
        for part in server.CAST:
            connection.execute(f"GRANT SELECT ON wares TO {part}; SET ROLE {part}; SELECT a FROM wares".encode())
            for forbidden in ("SELECT a FROM secrets", "CREATE TABLE t (a int)", "CREATE DATABASE of_the_cast"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(forbidden.encode())
            connection.execute("RESET ROLE")
    may = "rolcanlogin OR rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls"
    for part in server.CAST:
        assert ask(running, f"SELECT {may} FROM pg_roles WHERE rolname = '{part}'") is False


def test_what_the_cast_may_comes_along_only_when_it_is_put_on(running: server.Server) -> None:
    """From PostgreSQL 16 on; before, whoever is a member has the rights of it at any time."""
    for role in (running.learner, running.answer):
        for part in server.CAST:
            along = ask(running, f"SELECT pg_has_role('{role}', '{part}', 'USAGE')")
            assert along is (running.version < 160000)


def test_answers_get_into_no_database_that_was_not_opened_to_them(running: server.Server) -> None:
    """From the first moment of a server, before any data set has been prepared on it."""
    for name in ("postgres", "template1"):
        assert not ask(running, f"SELECT has_database_privilege('{running.answer}', '{name}', 'CONNECT, TEMPORARY')")
        assert ask(running, f"SELECT has_database_privilege('{running.learner}', '{name}', 'CONNECT')")


def test_the_learner_may_set_what_lessons_on_locks_and_plans_set(running: server.Server) -> None:
    """Both settings are a superuser's, unless they are granted."""
    for name in ("deadlock_timeout", "log_lock_waits", "track_io_timing"):
        assert ask(running, f"SELECT has_parameter_privilege('{running.learner}', '{name}', 'SET')")
    # The answer's sessions end their deadlocks at once, too.
    for name in ("deadlock_timeout", "log_lock_waits"):
        assert ask(running, f"SELECT has_parameter_privilege('{running.answer}', '{name}', 'SET')")
    assert not ask(running, f"SELECT has_parameter_privilege('{running.answer}', 'track_io_timing', 'SET')")


def test_nobody_gets_in_without_a_password(running: server.Server) -> None:
    """Every line of pg_hba.conf asks for a password by SCRAM, and only from this machine."""
    assert ask(running, "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules") == "scram-sha-256"
    assert ask(running, "SELECT string_agg(DISTINCT address, ',') FROM pg_hba_file_rules") == "127.0.0.1"
    assert ask(running, "SELECT count(*) FROM pg_authid WHERE rolcanlogin AND rolpassword NOT LIKE 'SCRAM-%'") == 0
    assert ask(running, "SHOW listen_addresses") == "127.0.0.1"
    for host in (running.host, "127.0.0.1"):
        for role in ("mnemo", "learner", "answer", "postgres"):
            with pytest.raises(psycopg.OperationalError, match=r"no password supplied|authentication failed"):
                psycopg.connect(host=host, port=running.port, user=role, dbname="postgres", passfile="/nonexistent")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wal_level", "logical"),
        ("max_prepared_transactions", "10"),
        ("shared_preload_libraries", "pg_stat_statements"),
        ("temp_file_limit", "2GB"),
        ("max_connections", "100"),
        ("fsync", "on"),
        ("autovacuum", "off"),
        ("synchronize_seqscans", "off"),
        ("jit", "off"),
        ("max_parallel_workers_per_gather", "0"),
        ("TimeZone", "UTC"),
        ("client_connection_check_interval", "1s"),
        ("default_text_search_config", "pg_catalog.english"),
        ("lc_messages", "C"),
        ("lc_collate", "C"),
        ("server_encoding", "UTF8"),
    ],
)
def test_settings_are_those_of_the_course(running: server.Server, name: str, value: str) -> None:
    """Each setting that the lessons count on has its value, on every version."""
    if name == "lc_collate":
        assert ask(running, "SELECT datcollate FROM pg_database WHERE datname = current_database()") == value
    else:
        assert ask(running, f"SHOW {name}", "learner") == value


def test_letters_of_every_language_are_letters_and_sort_by_code_point(running: server.Server) -> None:
    """Order, case, patterns and text search are the same on every version."""
    assert ask(running, "SELECT lower('ÉÇ') || upper('ñß')") in ("éçÑß", "éçÑSS")
    assert ask(running, "SELECT string_agg(w, '' ORDER BY w) FROM unnest('{é,b,B,a,Z}'::text[]) AS w") == "BZabé"
    assert ask(running, "SELECT 'ÉTÉ' ILIKE 'été' AND 'Été' ~ '^\\w+$'")
    assert ask(running, "SELECT to_tsvector('english', 'ÉTÉ')::text") == "'été':1"


def test_statements_are_counted(running: server.Server) -> None:
    """pg_stat_statements is loaded: who may create the extension sees what ran."""
    name = f"statements_{uuid.uuid4().hex[:8]}"
    ask(running, f"CREATE DATABASE {name}")
    with psycopg.connect(server.conninfo(running, "owner", name), autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        connection.execute("SELECT 4711 AS told_apart")
        found = connection.execute(
            "SELECT calls FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid"
            " WHERE query = 'SELECT $1 AS told_apart' AND datname = current_database()"
        ).fetchone()
    ask(running, f"DROP DATABASE {name}")
    assert found == (1,)


def test_no_password_is_in_sight(running: server.Server) -> None:
    """Passwords stand in the passfile alone: in no output, no process list, no log, no file of the server."""
    cluster = _cluster.locate(f"{running.kind}-{running.version // 10000}")
    passwords = [line.rsplit(":", 1)[1] for line in cluster.passfile.read_text().split()]
    assert len(set(passwords)) == 3
    assert cluster.passfile.stat().st_mode & 0o077 == 0
    shown = [repr(running), repr(server.status()), *(server.conninfo(running, role) for role in running.reach)]
    with pytest.raises(MnemoError) as caught:
        server.conninfo(running, "admin")
    shown.append(str(caught.value))
    with pytest.raises(psycopg.errors.UndefinedTable):
        ask(running, "SELECT FROM nowhere", "learner")
    for process in psutil.process_iter():
        try:
            shown += [*process.cmdline(), *process.environ().values()]
        except psutil.Error:
            continue
    files = [*cluster.control.iterdir(), *cluster.data.glob("*.conf"), *cluster.data.glob("postmaster.*")]
    files = [path for path in files if path.is_file() and path != cluster.passfile and path.suffix != ".zip"]
    shown += [path.read_text(errors="replace") for path in files]
    for password in passwords:
        assert not [text for text in shown if password in text]


def test_status_looks_and_does_not_touch(running: server.Server) -> None:
    """What status tells agrees with the server."""
    told = server.status()
    assert (told.running, told.kind, told.version, told.port) == (True, running.kind, running.version, running.port)
    assert told.data_directory == ask(running, "SHOW data_directory")
    assert told.clients is not None
    assert told.clients >= 1
    assert told.uptime_s is not None
    assert told.uptime_s >= 0
    found = _postmaster.find(Path(told.data_directory or ""))
    assert found is not None
    assert told.pid == found.pid


def test_psql_takes_the_connection_string(running: server.Server) -> None:
    """What conninfo returns works as it is in psql."""
    done = subprocess.run(
        [psql(), server.conninfo(running), "-Atc", "SELECT session_user"], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("learner", "")


def test_the_same_server_is_returned_again(running: server.Server) -> None:
    """ensure() costs a glance the second time, and holds one session only."""
    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mnemo lease'"
    before = ask(running, count)
    assert server.ensure() is running
    assert ask(running, count) == before
