"""What ``mnemo`` is told, and which function does it; each imports what it needs by itself, to start quickly."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from mnemo_helpers import __version__
from mnemo_helpers.cli import _data as data
from mnemo_helpers.errors import MnemoError, UnknownName

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``mnemo`` and return its exit status: 0, 1 for an error that its lines explain, 2 for wrong usage.

    Args:
        arguments: what follows ``mnemo`` on the command line; the process's own where not given.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    # A terminal that lacks a letter or a sign must not end a command.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        parser, commands = _parser()
        if given and not given[0].startswith("-") and given[0] not in commands:
            raise UnknownName("command", given[0], commands)
        options, rest = parser.parse_known_args(given)
        if rest and options.run is not _lab:
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
        options.rest = rest
        done: int = options.run(options)
        sys.stdout.flush()
        return done
    except MnemoError as problem:
        print("\n".join(problem.lines()), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has gone (mnemo status | head -1); python would say so once more at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser() -> tuple[argparse.ArgumentParser, list[str]]:
    parser = argparse.ArgumentParser(prog="mnemo", description="A course on designing databases, in notebooks.")
    parser.add_argument("--version", action="version", version=f"mnemo {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.")
        added.set_defaults(run=run)
        return added

    command("lab", _lab, "open the course in JupyterLab; further options are JupyterLab's, as --no-browser")
    command("doctor", _doctor, "say what is there, what is missing and what to do about it")
    status = command("status", _status, "say whether the server runs, and which")
    status.add_argument("--dsn", action="store_true", help="start the server if need be and print a connection string")
    status.add_argument("--role", default="learner", choices=("learner", "owner"), help="whose connection string")
    status.add_argument(
        "--database", default="postgres", metavar="NAME", help="to which database; postgres if not given"
    )
    command("stop", _stop, "stop the server")
    reset = command("reset", _reset, "bring a lesson's database back to its start")
    reset.add_argument("lesson", metavar="LESSON", help="its number, as 1.1")
    command("warm", _warm, "prepare the server, the data and the workbook, so that the first lesson opens at once")
    data.add(command("data", _data, "make the shop that the lessons live on: load, export, check"))
    build = command("build", _build, "build notebooks/ from lessons/")
    build.add_argument("--check", action="store_true", help="run nothing; say where notebooks/ and lessons/ differ")
    build.add_argument("lessons", nargs="*", metavar="LESSON", help="their numbers; every lesson if not given")
    return parser, list(commands.choices)


def _say(line: str) -> None:
    print(line, flush=True)


def _lab(options: argparse.Namespace) -> int:
    from mnemo_helpers.cli import _lab as lab

    return lab.run(options.rest, _say)


def _doctor(options: argparse.Namespace) -> int:
    from mnemo_helpers.cli import _doctor as doctor

    return doctor.run(_say)


def _status(options: argparse.Namespace) -> int:
    from mnemo_helpers import server

    if options.dsn:
        # Only the connection string goes to standard output: it is meant for $(…).
        found = server.ensure(say=lambda line: print(line, file=sys.stderr))
        _say(server.conninfo(found, role=options.role, database=options.database))
        return 0
    now = server.status()
    if not now.running and now.kind == "given":
        _say(now.how)  # why it cannot be reached
        return 1
    if not now.running:
        _say(f"No server runs. The next lesson, or mnemo status --dsn, will use {now.how}.")
        return 0
    since = "" if now.uptime_s is None else f", for {_span(now.uptime_s)}"
    _say(f"A server runs{since}: {now.how}.")
    facts = (("port", now.port), ("process", now.pid), ("data", now.data_directory), ("client sessions", now.clients))
    for name, fact in facts:
        if fact is not None:
            _say(f"  {name}: {fact}")
    return 0


def _span(seconds: float) -> str:
    hours, minutes = divmod(int(seconds) // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{int(seconds)} s"


def _stop(options: argparse.Namespace) -> int:
    from mnemo_helpers import server

    if not server.stop(say=_say):
        _say("No server of Mnemo's was running.")
    return 0


def _reset(options: argparse.Namespace) -> int:
    from mnemo_helpers import course, database

    lesson = course.lesson(options.lesson)
    done = database.reset_lesson(lesson, say=_say)
    for ended in done.ended:
        _say(f"ended: {ended}")
    _say(f"The database of lesson {lesson.id}, {lesson.title}, is back at its start.")
    return 0


def _warm(options: argparse.Namespace) -> int:
    from mnemo_helpers import build, course, database

    for dataset in sorted({lesson.data for lesson in course.lessons().values()}):
        database.template(dataset, "full", say=_say)
        _say(f"The data set {dataset} is ready.")
    build.update_workbook()
    return 0


def _data(options: argparse.Namespace) -> int:
    return data.run(options, _say)


def _build(options: argparse.Namespace) -> int:
    from mnemo_helpers import build

    if options.check:
        problems = build.check(options.lessons)
        for problem in problems:
            print(problem, file=sys.stderr)
        if problems:
            print("What to do: mnemo build, after mending what is wrong in lessons/.", file=sys.stderr)
        else:
            _say("notebooks/ is what lessons/ builds.")
        return 1 if problems else 0
    build.build(options.lessons, say=_say)
    return 0
