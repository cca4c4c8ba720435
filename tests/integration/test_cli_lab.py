"""``mnemo lab``: JupyterLab on the learner's copies, for one machine alone, and gone when it is ended."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import small_course
import websocket

from mnemo_helpers import build, course, server

DEADLINE_S = 60


@dataclass
class Lab:
    """A JupyterLab that ``mnemo lab`` has opened, and what it has said so far."""

    process: subprocess.Popen[str]
    said: list[str]
    taken: int

    @property
    def address(self) -> re.Match[str]:
        """Its address in parts: everything up to the path, the port, the path, the token."""
        found = re.search(r"(http://127\.0\.0\.1:(\d+))(/\S*)\?token=(\w+)", "".join(self.said))
        assert found is not None, self.said
        return found

    def ask(self, path: str, method: str = "GET") -> Any:
        """Ask its interface."""
        base, _, _, token = self.address.groups()
        request = urllib.request.Request(f"{base}{path}", method=method, headers={"Authorization": f"token {token}"})
        with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
            return json.load(answer)

    def run(self, kernel: str, code: str) -> str:
        """Run code on a kernel, as the browser does, and return what it prints."""
        base, _, _, token = self.address.groups()
        url = f"{base.replace('http', 'ws', 1)}/api/kernels/{kernel}/channels?token={token}"
        header = {"msg_id": "1", "msg_type": "execute_request", "username": "", "session": "1", "version": "5.3"}
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        asked = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        channel = websocket.create_connection(url, timeout=DEADLINE_S)
        try:
            channel.send(json.dumps(asked))
            while True:
                message = json.loads(channel.recv())
                if message["msg_type"] == "stream":
                    return str(message["content"]["text"])
        finally:
            channel.close()


@pytest.fixture(params=["terminal", "script"])
def lab(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """The small course, opened at a terminal or by a script, on a port that is taken."""
    server.ensure()
    monkeypatch.setenv("MNEMO_COURSE", str(small_course.write(tmp_path)))
    for lesson in course.lessons().values():
        build.write(build.source(lesson), tmp_path / "notebooks" / lesson.notebook)
    for name in ("CONFIG", "DATA", "RUNTIME"):
        monkeypatch.setenv(f"JUPYTER_{name}_DIR", str(tmp_path / name))
    main, side = os.openpty()
    try:
        with socket.create_server(("127.0.0.1", 0)) as other:
            taken = other.getsockname()[1]
            process = subprocess.Popen(
                [sys.executable, "-m", "mnemo_helpers.cli", "lab", "--no-browser", f"--port={taken}"],
                stdin=side if request.param == "terminal" else subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            assert process.stdout is not None
            said: list[str] = []
            while not said or (said[-1] and "http://" not in said[-1]):
                said.append(process.stdout.readline())
            yield Lab(process, said, taken)
    finally:
        process.kill()
        process.communicate()
        os.close(main)
        os.close(side)


def test_it_opens_the_learners_copy_for_this_machine_alone_and_ends_with_ctrl_c(lab: Lab, tmp_path: Path) -> None:
    """The address is printed; nothing listens elsewhere, asks elsewhere or stays behind; no question is asked."""
    base, port, path, token = lab.address.groups()
    assert int(port) != lab.taken
    copy = small_course.notebook_file(tmp_path, folder="workbook").relative_to(tmp_path / "workbook").as_posix()
    assert path == f"/lab/tree/{copy}"
    assert f"Your copy of lesson {small_course.FIRST}: workbook/{copy}\n" in lab.said
    assert lab.ask(f"/api/contents/{copy}")["type"] == "notebook"

    with urllib.request.urlopen(f"{base}/lab?token={token}", timeout=DEADLINE_S) as answer:
        page = answer.read().decode()
    assert '"news": {"disabled": true}' in page
    assert lab.ask("/lab/api/update") == {"notification": None}

    kernel = lab.ask("/api/kernels", "POST")
    assert kernel["name"] == "python3"
    assert lab.run(kernel["id"], "print(6 * 7)") == "42\n"
    here = psutil.Process(lab.process.pid)
    children = here.children(recursive=True)
    words, listening = list[str](), set[str]()
    for process in (here, *children):
        # What prepares the data may end at any moment.
        with contextlib.suppress(psutil.NoSuchProcess):
            words += process.cmdline()
            listening |= {one.laddr.ip for one in process.net_connections() if one.status == psutil.CONN_LISTEN}
    assert any("ipykernel" in word for word in words)
    assert listening == {"127.0.0.1"}

    lab.process.send_signal(signal.SIGINT)
    out, err = lab.process.communicate(timeout=DEADLINE_S)
    assert lab.process.returncode == 0, err
    assert "Traceback" not in err
    assert "y/[n]" not in out
    assert psutil.wait_procs(children, timeout=DEADLINE_S)[1] == []
