"""What can go wrong when a server is made and started."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from server_room import Room, ask, ended, until

from mnemo_helpers import places, server
from mnemo_helpers.errors import MnemoError
from mnemo_helpers.server import _cluster, _server

root_only = pytest.mark.skipif(not places.as_root(), reason="WARNING: not tested, it takes root")

_OPEN = """
from mnemo_helpers import server
s = server.ensure()
print(server.status().pid, s.host, s.port, flush=True)
"""
_OPEN_AND_STAY = _OPEN + "input()\n"


def test_several_first_starts_at_once_lead_to_one_server(bare: Room) -> None:
    """Four programs that open the server for the first time at once share one server and one keeper."""
    openers = [bare.start(_OPEN_AND_STAY) for _ in range(4)]
    said = [opener.stdout.readline() for opener in openers if opener.stdout]
    assert len(set(said)) == 1, said
    assert until(bare.keepers, "a keeper")
    for opener in openers:
        opener.communicate("\n")
    assert [opener.returncode for opener in openers] == [0] * 4
    until(lambda: len(bare.keepers()) == 1, "one keeper")


def test_an_opener_killed_while_copying_leaves_nothing_that_is_taken_for_whole(room: Room) -> None:
    """A data directory that was half-made when its maker was killed is made anew, and the remains are swept."""
    room.open()
    server.stop()
    shutil.rmtree(room.cluster.data)
    opener = room.start(_OPEN)
    until(lambda: list(room.cluster.home.glob("data.new-*/base")), "a data directory in the making")
    opener.kill()
    opener.communicate()
    assert list(room.cluster.home.glob("data.new-*"))
    assert not room.cluster.data.exists()
    assert ask(room.open(), "SELECT 1", "learner") == 1
    assert not list(room.cluster.home.glob("*.new*"))


@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_a_damaged_template_is_made_anew(room: Room, damage: str) -> None:
    """A template that a power cut has left incomplete, or a disk has changed, is told from a sound one."""
    room.open()
    server.stop()
    shutil.rmtree(room.cluster.data)
    (template,) = room.cluster.control.glob("template-*")
    sound = template.read_bytes()
    middle = len(sound) // 2
    template.write_bytes(sound[:middle] + (b"?" + sound[middle + 1 :] if damage == "changed" else b""))
    assert ask(room.open(), "SELECT 1", "learner") == 1
    assert template.stat().st_size == len(sound)


def test_a_captured_pipe_ends_with_the_program(room: Room) -> None:
    """Neither server nor keeper holds the pipes of the program that started them."""
    printed = room.run(_OPEN)
    assert int(printed.split()[0]) == room.found().pid


def test_an_interrupt_of_the_opener_does_not_reach_the_server(room: Room) -> None:
    """Ctrl-C in the terminal in which a notebook server runs goes to its group of processes, not to PostgreSQL."""
    opener = room.start(_OPEN_AND_STAY, start_new_session=True)
    assert opener.stdout
    pid = opener.stdout.readline().split()[0]
    os.killpg(opener.pid, signal.SIGINT)
    opener.communicate()
    assert opener.returncode != 0
    assert room.found().pid == int(pid)


def test_an_ordinary_user_gets_a_private_server(ordinary: Room) -> None:
    """From nothing, in a HOME with spaces, an apostrophe and an umlaut: one server, its files the user's alone."""
    home = ordinary.base / "Zoë's eigenes Haus"
    code = f"import os; os.makedirs({str(home)!r}, 0o755, exist_ok=True)\n{_OPEN}"
    environment = {"HOME": str(home), "XDG_STATE_HOME": "", "MNEMO_STATE": str(home / "state")}
    pid, rest = ordinary.run(code, env=environment).split(" ", 1)
    assert ordinary.run(_OPEN, env=environment) == f"{pid} {rest}"
    assert rest.startswith(str(home))
    process = psutil.Process(int(pid))
    assert process.uids().real == home.stat().st_uid
    assert Path(process.exe()).is_relative_to(home / "state")
    assert stat.S_IMODE(home.stat().st_mode) == 0o755
    for path in (home / "state", *home.glob("state/server/*/passfile"), *home.glob("state/server/*/data")):
        assert not path.stat().st_mode & 0o077, path
    stopped = ordinary.run("from mnemo_helpers import server; print(server.stop(), server.stop())", env=environment)
    assert stopped == "True False"
    assert ended(process)


def test_a_path_too_long_for_a_socket_leaves_tcp(ordinary: Room) -> None:
    """Where the socket's path would be over 103 bytes, the server listens on 127.0.0.1 alone."""
    environment = {"MNEMO_STATE": str(ordinary.base / ("long" * 20))}
    host = ordinary.run(_OPEN, env=environment).split()[1]
    assert host == "127.0.0.1"
    assert ordinary.run("from mnemo_helpers import server; print(server.stop())", env=environment) == "True"


@root_only
def test_root_runs_the_server_as_nobody_also_from_a_closed_home(bare: Room) -> None:
    """From a HOME of mode 0700 root's server runs as nobody, and HOME stays as it was."""
    home = bare.base / "closed"
    home.mkdir(mode=0o700)
    environment = {"HOME": str(home), "MNEMO_STATE": str(home / ".local" / "state" / "mnemo"), "XDG_STATE_HOME": ""}
    code = "import os; del os.environ['MNEMO_STATE']\nfrom mnemo_helpers import places\nprint(places.server())" + _OPEN
    code += "print(server.stop())"
    where, opened, stopped = bare.run(code, env=environment).splitlines()
    try:
        assert Path(where).parent == Path("/var/tmp")
        assert Path(where).owner() == "nobody"
        assert not Path(where).stat().st_mode & 0o077
        assert opened.split()[1].startswith(where)
        assert stopped == "True"
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert home.owner() == "root"
    finally:
        shutil.rmtree(where)


@root_only
def test_the_server_of_root_runs_as_nobody(room: Room) -> None:
    """The main process of root's server has the account nobody and none of root's groups."""
    room.open()
    process = room.found().process
    assert process.username() == "nobody"
    groups = Path(f"/proc/{process.pid}/status").read_text().split("Groups:")[1].splitlines()[0]
    assert groups.split() == []


@root_only
def test_a_root_that_may_not_look_into_processes_still_knows_its_server(room: Room) -> None:
    """In a container root often lacks the right to trace: the server is found, used, cleared away and stopped."""
    first = room.open()
    code = f"""{_OPEN}
import psutil, psycopg
busy = psycopg.connect(server.conninfo(s), autocommit=True)
busy.pgconn.send_query(b"DO $$ BEGIN LOOP END LOOP; END $$")
psutil.Process(server.status().pid).kill()
server._server._let_go()
server.ensure()
print(server.stop())
"""
    opened, stopped = room.run(code, prefix=["setpriv", "--bounding-set", "-sys_ptrace"]).splitlines()
    assert opened.split()[2] == str(first.port)
    assert stopped == "True"


def test_a_directory_in_the_public_place_that_is_not_ours_is_refused(
    bare: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another user cannot put a directory, or a link, where root's server would be made."""
    if not places.as_root():
        pytest.skip("WARNING: not tested, it takes root")
    bare.home.rmdir()
    bare.home.symlink_to(bare.base)
    try:
        with pytest.raises(MnemoError, match="is not Mnemo's"):
            server.ensure()
    finally:
        bare.home.unlink()


def test_a_port_that_somebody_else_took_is_left_to_them(room: Room) -> None:
    """The port is kept from start to start; when another program has it, the server takes another and keeps that."""
    port = room.open().port
    server.stop()
    assert room.open().port == port
    server.stop()
    with socket.create_server(("127.0.0.1", port)):
        other = room.open().port
        assert other != port
    server.stop()
    assert room.open().port == other


def test_a_state_directory_that_cannot_be_made_is_said(bare: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state directory below a file ends in an error that names it and the variable that moves it."""
    (bare.base / "file").write_text("")
    monkeypatch.setenv("MNEMO_STATE", str(bare.base / "file" / "state"))
    with pytest.raises(MnemoError, match="cannot make its directory") as caught:
        server.ensure()
    assert "MNEMO_STATE" in str(caught.value)


_SAY = """
from mnemo_helpers import server, errors
try:
    server.ensure()
except errors.MnemoError as error:
    print(*error.lines(), sep="\\n")
"""


def test_a_state_directory_that_may_not_be_written_is_said(ordinary: Room) -> None:
    """A state directory that is there but belongs to somebody else ends in an error that says what to do."""
    said = ordinary.run(_SAY, env={"MNEMO_STATE": "/usr"})
    assert "/usr" in said
    assert "What to do: Set MNEMO_STATE" in said


def test_a_directory_that_initdb_cannot_take_is_said(ordinary: Room) -> None:
    """A name that the shell would take apart ends in an error before anything is made."""
    said = ordinary.run(_SAY, env={"MNEMO_STATE": str(ordinary.base / "a $HOME")})
    assert "holds one of the characters" in said
    assert "What to do: Set MNEMO_STATE" in said


@contextlib.contextmanager
def _small_disk(place: Path, mebibytes: int) -> Iterator[None]:
    options = f"size={mebibytes}m,mode=0700,uid=nobody"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip("WARNING: not tested, a small disk cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@root_only
@pytest.mark.parametrize(("what", "mebibytes"), [("programs", 8), ("data", 60), ("template", 20)])
def test_a_full_disk_is_said_and_nothing_half_made_stays(bare: Room, what: str, mebibytes: int) -> None:
    """Whether the programs, the data directory or the template fill the disk: a clear error, and the space is back."""
    place = bare.state if what == "template" else bare.home
    with _small_disk(place, mebibytes):
        with pytest.raises(MnemoError, match="is full") as caught:
            bare.open()
        assert "Make room" in str(caught.value)
        assert not [path for path in (*bare.home.rglob("*"), *bare.state.rglob("*")) if ".new" in path.name]
        assert not bare.cluster.data.exists()
        subprocess.run(["mount", "-o", "remount,size=400m", str(place)], check=True)
        assert ask(bare.open(), "SELECT 1") == 1
        _server._let_go()
        server.stop()


def test_a_setting_that_prevents_the_start_is_said(room: Room) -> None:
    """When ALTER SYSTEM has set what the server cannot start with, the error quotes it and names the file."""
    ask(room.open(), "ALTER SYSTEM SET shared_buffers = '4096GB'")
    server.stop()
    with pytest.raises(MnemoError, match="did not start") as caught:
        room.open()
    assert "memory" in str(caught.value)
    (room.cluster.data / "postgresql.auto.conf").write_text("")
    assert ask(room.open(), "SHOW shared_buffers") == "128MB"


def test_variables_meant_for_another_server_do_not_lead_away(room: Room) -> None:
    """PGPASSWORD, PGHOSTADDR and the like in the reader's shell change nothing."""
    away = {"PGPASSWORD": "other", "PGHOSTADDR": "192.0.2.1", "PGHOST": "example.org", "PGPORT": "1", "PGUSER": "other"}
    away |= {
        "PGOPTIONS": "-c nonsense=1",
        "PGSSLMODE": "require",
        "PGDATA": "/nowhere",
        "LC_ALL": "xx_XX",
        "PGTZ": "Asia/Tokyo",
    }
    code = "import psycopg\nfrom mnemo_helpers import server\ns = server.ensure()\n"
    code += "ask = \"SELECT current_user || ' ' || current_setting('timezone')\"\n"
    code += "print(psycopg.connect(server.conninfo(s)).execute(ask).fetchone()[0])"
    assert room.run(code, env=away) == "learner UTC"


def test_the_server_runs_from_files_of_its_own(room: Room) -> None:
    """Its programs stand in Mnemo's directory, so that a removed environment does not take them away."""
    room.open()
    assert Path(room.found().process.exe()).is_relative_to(room.home)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="WARNING: not tested, there is no fork here")
def test_a_forked_child_holds_the_server_by_itself(room: Room) -> None:
    """After a fork the child opens a connection of its own, and the parent's stays usable."""
    code = """
import os
from mnemo_helpers import server
from mnemo_helpers.server import _server
server.ensure()
before = _server._held.connection.info.backend_pid
child = os.fork()
if child == 0:
    server.ensure()
    os._exit(0 if _server._held.connection.info.backend_pid != before else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
server.ensure()
print(_server._held.connection.info.backend_pid == before)
"""
    assert room.run(code).split() == ["0", "True"]


def test_lock_waiters_are_told(room: Room) -> None:
    """Whoever waits for another program that starts or stops the server is told so."""
    told: list[str] = []
    held = _cluster.locate(room.cluster.key).lock()
    held.acquire()

    def say(text: str) -> None:
        told.append(text)
        held.release()

    with _cluster.locked(room.cluster, say):
        assert told
        assert "waiting" in told[0]
