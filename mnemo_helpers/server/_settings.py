"""What Mnemo's own servers are set to: the one table of settings that need a restart, and who may log in."""

from __future__ import annotations

import sys

FILE = "mnemo.conf"

# name -> value. A lesson about one of these switches it for itself where a session can.
_ALWAYS: dict[str, str] = {
    # What lessons need from the start, since only a restart changes it.
    "wal_level": "logical",
    "max_prepared_transactions": "10",
    "shared_preload_libraries": "pg_stat_statements",
    "max_connections": "100",
    "fsync": "on",
    "temp_file_limit": "2GB",
    # The same cell answers the same on every machine.
    "autovacuum": "off",
    "synchronize_seqscans": "off",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "datestyle": "ISO, MDY",
    "password_encryption": "scram-sha-256",
    # The log tells of the server, not of the learner's errors and statements (which may hold passwords).
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    "log_startup_progress_interval": "500ms",
}

# Nobody gets in without a password, from nowhere but this machine.
HBA = """\
local all         all              scram-sha-256
local replication all              scram-sha-256
host  all         all 127.0.0.1/32 scram-sha-256
host  replication all 127.0.0.1/32 scram-sha-256
"""


def configuration(without: tuple[str, ...] = ()) -> str:
    """Return the file that ``postgresql.conf`` includes; what identifies the server stands on its command line.

    Args:
        without: names of settings that this server cannot have.
    """
    settings = dict(_ALWAYS)
    if sys.platform != "win32":
        # Work for a client that is gone ends within a second. Windows cannot look.
        settings["client_connection_check_interval"] = "1s"
    lines = ["# Written anew by Mnemo at every start. Use ALTER SYSTEM for settings of your own."]
    lines += [f"{name} = '{value}'" for name, value in settings.items() if name not in without]
    return "\n".join(lines) + "\n"


def locale_arguments(version: int, ctype: str) -> list[str]:
    """Return initdb's locale flags: one order everywhere, that of code points, and letters of every language."""
    flags = ["--encoding=UTF8", "--lc-collate=C", f"--lc-ctype={ctype}", "--lc-messages=C", "--lc-monetary=C"]
    flags += ["--lc-numeric=C", "--lc-time=C", "--text-search-config=english"]
    if version >= 170000:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", *flags]
    # 15 knows libc and ICU only; with LC_CTYPE=C, lower('É') and text search would fail on non-ASCII letters.
    return ["--locale-provider=libc", *flags]
