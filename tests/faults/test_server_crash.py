"""What can befall a server that runs, and what its next user finds."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from server_room import Room, ask, ended, until

from mnemo_helpers import places, server
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.server import _server

_STAY = "from mnemo_helpers import server\nserver.ensure()\nprint(server.status().pid, flush=True)\ninput()\n"


def _kill(process: psutil.Process) -> None:
    process.kill()
    until(lambda: ended(process), "the process has ended")


def test_crash_recovery_is_waited_for_and_its_progress_is_told(room: Room) -> None:
    """After kill -9 of the server the next opener waits for the recovery; what was committed is there."""
    running = room.open()
    ask(running, "ALTER SYSTEM SET log_startup_progress_interval = '1ms'")
    ask(running, "DROP TABLE IF EXISTS kept")
    ask(running, "CREATE TABLE kept AS SELECT n, repeat('x', 200) FROM generate_series(1, 400000) AS n")
    _kill(room.found().process)
    room.told.clear()
    assert ask(room.open(), "SELECT count(*) FROM kept") == 400000
    assert "ended without warning" in room.told[0]
    assert any("redo in progress" in line for line in room.told), room.told
    assert not [line for line in room.told if room.cluster.passfile.read_text().split(":")[-1].strip() in line]


def test_a_dead_server_that_its_parent_never_collected_is_told_apart(room: Room) -> None:
    """The pid in postmaster.pid is a zombie's, since the kernel that started the server lives on: a new one starts."""
    with room.start(_STAY) as opener:
        assert opener.stdout
        dead = psutil.Process(int(opener.stdout.readline()))
        _kill(dead)
        assert dead.status() == psutil.STATUS_ZOMBIE
        assert ask(room.open(), "SELECT 1", "learner") == 1
        assert room.found().pid != dead.pid
        opener.communicate("\n")


def test_a_query_that_outlives_its_server_does_not_block_the_next(room: Room) -> None:
    """A session in the middle of a long computation does not notice that its server is dead; it is ended."""
    running = room.open()
    with psycopg.connect(server.conninfo(running), autocommit=True) as busy:
        backend = psutil.Process(busy.info.backend_pid)

        def compute() -> None:
            with contextlib.suppress(psycopg.OperationalError):
                busy.execute("DO $$ BEGIN LOOP END LOOP; END $$")

        thread = threading.Thread(target=compute)
        thread.start()
        until(lambda: ask(running, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'DO%'"), "a computation")
        _kill(room.found().process)
        assert ask(room.open(), "SELECT 1", "learner") == 1
        assert ended(backend)
        thread.join()


@contextlib.contextmanager
def _stranger(room: Room, name: str, cwd: Path) -> Iterator[psutil.Process]:
    # A process of the server's own account, so that PostgreSQL itself would take its pid for a server's.
    program = room.cluster.home / name
    shutil.copy(shutil.which("sleep") or "", program)
    account = {"user": "nobody", "group": "nogroup", "extra_groups": []} if places.as_root() else {}
    process = subprocess.Popen([program, "600"], cwd=cwd, **account)  # type: ignore[call-overload]
    try:
        until(lambda: psutil.Process(process.pid).name() == name, "the stranger runs")
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


def _write_pidfile(data: Path, pid: int, started: float) -> None:
    pidfile = data / "postmaster.pid"
    pidfile.write_text(f"{pid}\n{data}\n{int(started)}\n5432\n\n127.0.0.1\n0\nready   \n")
    pidfile.chmod(0o600)
    if places.as_root():
        shutil.chown(pidfile, "nobody", "nogroup")


@pytest.mark.parametrize("name", ["sleep", "postgres"])
def test_a_reused_pid_is_left_alone(room: Room, name: str) -> None:
    """When the pid in postmaster.pid is another program's now, a new server starts and nobody signals that program."""
    room.open()
    server.stop()
    with _stranger(room, name, Path("/")) as other:
        _write_pidfile(room.cluster.data, other.pid, other.create_time())
        assert not server.status().running
        assert server.stop() is False
        assert ask(room.open(), "SELECT 1", "learner") == 1
        assert server.stop()
        assert not ended(other)


def test_a_process_that_began_at_another_time_is_not_signalled(room: Room) -> None:
    """Even a process of the right name in the right directory is not stopped when it is not as old as it should be."""
    room.open()
    server.stop()
    with _stranger(room, "postgres", room.cluster.data) as other:
        _write_pidfile(room.cluster.data, other.pid, other.create_time() - 3600)
        with pytest.raises(MnemoError, match="began at another time"):
            server.stop()
        assert not ended(other)
        (room.cluster.data / "postmaster.pid").unlink()


def test_an_empty_pid_file_does_not_prevent_the_start(room: Room) -> None:
    """A postmaster.pid that a full disk or a power cut has left empty is swept."""
    room.open()
    server.stop()
    _write_pidfile(room.cluster.data, 1, 0)
    (room.cluster.data / "postmaster.pid").write_text("")
    assert ask(room.open(), "SELECT 1") == 1


def test_a_server_asked_to_stop_when_its_clients_have_left_comes_back(room: Room) -> None:
    """A plain kill leaves a server that takes no new session while kernels hold it: the next opener renews it."""
    with room.start(_STAY) as opener:
        assert opener.stdout
        old = psutil.Process(int(opener.stdout.readline()))
        old.send_signal(signal.SIGTERM)
        until(lambda: room.found().state.startswith("stopping"), "the server is stopping")
        assert ask(room.open(), "SELECT 1") == 1
        assert room.found().pid != old.pid
        opener.communicate("\n")


def test_lost_passwords_are_made_anew_and_the_data_stay(room: Room) -> None:
    """Without its passfile a running server is started again with new passwords."""
    ask(room.open(), "DROP TABLE IF EXISTS kept")
    ask(room.open(), "CREATE TABLE kept AS SELECT 42 AS n")
    before = room.cluster.passfile.read_text()
    room.cluster.passfile.unlink()
    _server._let_go()
    assert ask(room.open(), "SELECT n FROM kept") == 42
    assert room.cluster.passfile.read_text() != before


def test_a_learner_who_changes_their_role_is_not_locked_out(room: Room) -> None:
    """After ALTER ROLE learner, or answer, the next opener puts the roles right."""
    running = room.open()
    ask(running, "ALTER ROLE learner PASSWORD 'forgotten' NOLOGIN")
    ask(running, "DROP OWNED BY answer")
    ask(running, "DROP ROLE answer")
    _server._let_go()
    running = room.open()
    assert ask(running, "SELECT session_user::text", "learner") == "learner"
    ask(running, "GRANT CONNECT ON DATABASE postgres TO answer")
    assert ask(running, "SELECT session_user::text", "answer") == "answer"


@pytest.mark.parametrize(
    "lack", [f"DROP ROLE {', '.join(server.CAST)}", "DROP ROLE shop_web", "REVOKE shop_login FROM answer"]
)
def test_a_server_without_the_cast_gets_it(room: Room, lack: str) -> None:
    """A server that an older version of the course has made, or somebody changed, is put right by the next opener."""
    running = room.open()
    ask(running, lack)
    with pytest.raises(MnemoError, match="lacks roles"):
        server.cast()
    _server._let_go()
    before = ask(running, "SELECT max(oid::int) FROM pg_roles")
    running = room.open()
    assert server.cast() == server.CAST
    _server._let_go()
    assert (ask(room.open(), "SELECT max(oid::int) FROM pg_roles") == before) is lack.startswith("REVOKE")


def test_a_wrong_password_of_the_owner_is_said_with_the_remedy(room: Room) -> None:
    """When the owner's password was changed the error says so at once, and what it says helps."""
    ask(room.open(), "ALTER ROLE mnemo PASSWORD 'forgotten'")
    _server._let_go()
    with pytest.raises(MnemoError, match="refuses Mnemo's password") as caught:
        room.open()
    assert str(room.cluster.passfile) in str(caught.value)
    room.cluster.passfile.unlink()
    assert ask(room.open(), "SELECT 1") == 1


def test_a_lost_server_is_opened_again_by_the_same_process(room: Room) -> None:
    """ensure() does not return a server that is gone."""
    assert room.open() is room.open()
    room.run("from mnemo_helpers import server; server.stop()")
    assert ask(room.open(), "SELECT 1") == 1


# --- the keeper ---

_KEEPER_LOOKS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mnemo keeper'"


def test_the_keeper_stops_a_server_that_nobody_uses(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a process holds the server it stays; when that was killed, server and keeper end by themselves."""
    monkeypatch.setenv("MNEMO_KEEP_S", "0.4")
    room.environment["MNEMO_KEEP_S"] = "0.4"
    server.stop()
    until(lambda: not room.keepers(), "no keeper is left that would keep it longer")
    with room.start(_STAY) as user:
        assert user.stdout
        process = psutil.Process(int(user.stdout.readline()))
        looked = (
            "SELECT extract(epoch FROM query_start - backend_start) > 1.5 FROM pg_stat_activity"
            " WHERE application_name = 'mnemo keeper'"
        )
        until(lambda: ask(_look(room), looked), "the keeper has looked for longer than it keeps an unused server")
        assert not ended(process)
        user.kill()
    until(lambda: ended(process), "the server has ended")
    until(lambda: not room.keepers(), "the keeper has ended")
    assert "shutting down" in room.cluster.log.read_text()


def _look(room: Room) -> server.Server:
    # As the server is, without holding it.
    running = room.open()
    _server._let_go()
    return running


def test_a_killed_keeper_is_replaced_by_the_next_opener(room: Room) -> None:
    """An opener that finds no keeper starts one, and one that finds one does not."""
    room.open()
    until(room.keepers, "a keeper")
    _server._let_go()
    room.open()
    until(lambda: len(room.keepers()) == 1, "one keeper")
    (first,) = room.keepers()
    _kill(first)
    _server._let_go()
    room.open()
    (second,) = until(room.keepers, "another keeper")
    assert second.pid != first.pid


def test_the_keeper_ends_with_its_server(room: Room) -> None:
    """A server that was stopped, or killed, leaves no keeper."""
    room.open()
    until(lambda: ask(room.open(), _KEEPER_LOOKS), "the keeper looks")
    (keeper,) = until(lambda: len(room.keepers()) == 1 and room.keepers(), "one keeper")
    server.stop()
    until(lambda: ended(keeper), "the keeper of a stopped server has ended")
    room.open()
    until(lambda: ask(room.open(), _KEEPER_LOOKS), "the keeper looks")
    (keeper,) = until(lambda: len(room.keepers()) == 1 and room.keepers(), "one keeper")
    _kill(room.found().process)
    until(lambda: ended(keeper), "the keeper of a killed server has ended")


def test_a_vanished_state_directory_ends_server_and_keeper(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """When somebody removes the state directory, passwords included, nothing of it goes on running."""
    monkeypatch.setenv("MNEMO_KEEP_S", "2")
    server.stop()
    until(lambda: not room.keepers(), "no keeper is left that looks seldom")
    room.open()
    process = room.found().process
    until(lambda: ask(room.open(), _KEEPER_LOOKS), "the keeper looks")
    (keeper,) = until(lambda: len(room.keepers()) == 1 and room.keepers(), "one keeper")
    shutil.rmtree(room.cluster.control)
    _server._let_go()
    until(lambda: ended(keeper), "the keeper has ended")
    until(lambda: ended(process), "the server has ended")
