"""The sessions of a notebook by name: which there are, and which one a cell without a name gets."""

from __future__ import annotations

import os
import re
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from mnemo_helpers.errors import MnemoError, UnknownName
from mnemo_helpers.sql._session import Opener, Session

_CONNECT_TIMEOUT_S = 10
# A password with a bare @, / or ? would be cut in the wrong place, and a piece of it shown as the name of a host.
_ADDRESS = re.compile(r"postgres(?:ql)?(?:\+\w+)?://((?:[^@/?\s]*@)?[^@/?\s]*(?:/[^@/?\s]*)?(?:\?[^@\s]*)?)")


class Sessions:
    """Every session of this process by name."""

    def __init__(self) -> None:
        """Begin with none."""
        self._known: dict[str, Session] = {}
        self._addressed: dict[str, Session] = {}
        self._main: Session | None = None
        self._opener: Opener | None = None
        self._of_lesson = False

    def use(self, opener: Opener, main: str) -> None:
        """Forget what was open; from now on ``opener`` opens sessions, and a cell that names none runs in ``main``."""
        self.close_all()
        self._known.clear()
        self._addressed.clear()
        self._opener, self._of_lesson = opener, True
        self._main = self._known[main] = Session(main, opener, label="")

    def named(self, name: str | None) -> Session:
        """Return the session that a cell asks for: None for the main one, a name, ``@name``, or an address.

        Raises:
            UnknownName: there is no such session (``@name`` would open it).
            MnemoError: nothing is open, or the address cannot be read.
        """
        if name is not None and "://" in name:
            return self._by_address(os.path.expandvars(name))
        if self._main is None or self._opener is None:
            raise _nothing_open()
        if name is None:
            return self._main
        wanted = name.removeprefix("@")
        if wanted in self._known:
            return self._known[wanted]
        if not name.startswith("@"):
            raise UnknownName("session", wanted, self._known)
        if not wanted.isidentifier():
            raise MnemoError(f"{name} cannot name a session.", remedy="Use letters and digits, as in %%sql @bob.")
        self._known[wanted] = Session(wanted, self._opener, label=wanted)
        return self._known[wanted]

    def connect(self, name: str) -> psycopg.Connection[Any]:
        """Open a connection that is no session, where a cell that names none runs.

        Raises:
            MnemoError: nothing is open.
        """
        if self._opener is None:
            raise _nothing_open()
        return self._opener(name)

    def all(self) -> tuple[Session, ...]:
        """Return the sessions, in the order in which they were named."""
        return tuple(self._known.values())

    def by_pid(self) -> dict[int, str]:
        """Return the names by the server's process."""
        return {session.pid: session.name for session in self.all() if session.pid is not None}

    def close(self, name: str) -> Session:
        """Close one; the main one stays known, and the next cell opens it anew.

        Raises:
            UnknownName: there is none of that name.
        """
        session = self._known.get(name.removeprefix("@"))
        if session is None:
            raise UnknownName("session", name.removeprefix("@"), self._known)
        if session is not self._main:
            del self._known[session.name]
            self._addressed = {address: of for address, of in self._addressed.items() if of is not session}
        session.close()
        return session

    def close_all(self) -> None:
        """Close every connection; a session is opened anew when it is next used."""
        for session in self.all():
            session.close()

    def _by_address(self, address: str) -> Session:
        if address not in self._addressed:
            opener, name = _read(address)
            alike = sum(name in (known, known.rpartition("-")[0]) for known in self._known)
            name = f"{name}-{alike + 1}" if alike else name
            session = Session(name, opener, label=name)
            session.connection()
            self._known[name] = self._addressed[address] = session
        session = self._addressed[address]
        if not self._of_lesson:
            # Without a lesson the address named last is where a bare cell runs, as in ipython-sql.
            if self._main is not None:
                self._main.label = self._main.name
            self._main, self._opener, session.label = session, _read(address)[0], ""
        return session


def _nothing_open() -> MnemoError:
    return MnemoError(
        "No database is open.",
        remedy='Open a lesson: from mnemo_helpers import lesson, then lesson.open("…"). '
        "Or name a database of your own: %%sql postgresql://USER@HOST/DATABASE",
    )


def _read(address: str) -> tuple[Opener, str]:
    found = _ADDRESS.fullmatch(address)
    try:
        parameters = conninfo_to_dict(f"postgresql://{found[1]}") if found else {}
    except psycopg.Error:
        parameters = {}
    if found is None or not parameters:
        # Nothing of the address is shown: what cannot be read may hold a password anywhere.
        raise MnemoError(
            "The address of the database cannot be read.",
            remedy="Write postgresql://USER@HOST:PORT/DATABASE, and in a password %40 for @, %2F for /, %3F for ?.",
        )
    settings: dict[str, Any] = {"application_name": "mnemo", "connect_timeout": _CONNECT_TIMEOUT_S, **parameters}

    def opener(name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(**settings, autocommit=True, prepare_threshold=None)

    return opener, f"{parameters.get('user', '')}@{parameters.get('dbname', '')}"
