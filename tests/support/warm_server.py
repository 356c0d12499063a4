"""The server behind `warm`: it imports what the processes of the tests import, and forks one for each request.

It has one thread, and nothing runs in it but this loop: what is forked finds no lock held. What is forked
finds our package imported as well; but not a program that touches `sys.modules`, for it may hide a library that
we must then look for anew, nor a pytest, which wants to import its plugins itself.
"""

from __future__ import annotations

import atexit
import fcntl
import gc
import marshal
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from io import BufferedReader, BufferedWriter, FileIO, TextIOWrapper
from itertools import dropwhile
from types import ModuleType
from typing import NoReturn, TextIO

from attrs import define

from .launch import circumstances

_PACKAGE = "precontractual_async"
_IMPORTED = (
    *(
        f"{_PACKAGE}.cli.{name}"
        for name in ("demo", "doctor", "journal", "report", "sandbox", "screen", "verify")
    ),
    *(
        f"{_PACKAGE}.{name}"
        for name in (
            "dask.client",
            "sharing.redis",
            "tables.formats.workbook_reader",
            "tables.formats.workbook",
        )
    ),
    *(
        "distributed.nanny",
        "olefile",
        "pyarrow.parquet",
        "pytest",
        "python_calamine",
        "rich.live",
        "rich.progress_bar",
        "xlsxwriter",
    ),
)
"""What imports nearly all that any process does; the others' own are those that we import late."""

_OF_AN_INTERPRETER = ("PYTHON", "LANG", "LC_", "DASK_")
"""How the variables begin that an interpreter heeds when it starts, or Dask when it is imported."""
_HEEDED_LATER = ("PYTHONPATH", "PYTHONASYNCIODEBUG", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
_OF_DASK = ("PYTHONHASHSEED", "6640")
"""So that its workers agree on hashes, which those that are forked here do anyway."""
_SWITCHES = ("-B", "-P")


@define
class _Request:
    """What the stand-in was started with."""

    descriptors: list[int]
    words: list[str]
    environment: dict[str, str]
    folder: str
    numbers: list[int]
    group: int
    circumstances: tuple[object, ...]

    @property
    def is_plain(self) -> bool:
        """Whether what is forked here can be what an interpreter would be."""
        option, named, _ = _program(self.words)
        return (
            self.group in (0, os.getpgrp())
            and self.circumstances == circumstances()
            and option in ("-c", "-m")
            and named != ""
            and {0, 1, 2} <= set(self.numbers)
            and _heeded(self.environment) == _heeded(os.environ)
        )


def _program(words: list[str]) -> tuple[str, str, list[str]]:
    """The option, what it names, and the words behind that; those in front that we know are left out."""
    left = list(dropwhile(_SWITCHES.__contains__, words))
    option = "".join(left[:1])
    if len(option) > 2:
        return option[:2], option[2:], left[1:]
    return option, "".join(left[1:2]), left[2:]


def _heeded(variables: Mapping[str, str]) -> dict[str, str]:
    """Those whose effect cannot be had any more; to speak UTF-8 is none, for an interpreter does so anyway."""
    return {
        name: value
        for name, value in variables.items()
        if name.startswith(_OF_AN_INTERPRETER) and name not in _HEEDED_LATER
        if (name, value) != _OF_DASK and not value.upper().endswith(("UTF-8", "UTF8"))
    }


# --- the loop ---------------------------------------------------------------------------------------


def serve(python: str, listens: int, own_path: list[str]) -> None:
    """Until standard input ends; what still runs then is killed."""
    sys.executable = python  # what a process starts by this name is warm as well
    listening = socket.socket(fileno=listens)
    usual = [path for path in own_path if path not in _given_path(os.environ)]
    running: dict[int, socket.socket] = {}
    woken, waking = socket.socketpair()
    waking.setblocking(False)
    signal.set_wakeup_fd(waking.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is for the tests, which end us
    waiting = selectors.DefaultSelector()
    for source in (0, listening, woken):
        waiting.register(source, selectors.EVENT_READ)
    while True:
        for key, _ in waiting.select():
            if key.fileobj == 0:
                for process in running:
                    os.kill(process, signal.SIGKILL)
                return
            if key.fileobj is listening:
                asking, _ = listening.accept()
                if process := _started(asking, usual):
                    running[process] = asking
                    waiting.register(asking, selectors.EVENT_READ, process)
                else:
                    asking.close()
            elif key.fileobj is woken:
                woken.recv(100)
                for process, status in _ended():
                    asking = running.pop(process)
                    with suppress(KeyError):
                        waiting.unregister(asking)
                    with suppress(OSError):
                        asking.send(str(status).encode())
                    asking.close()
            else:  # whoever waited for it was killed
                waiting.unregister(key.fileobj)
                os.kill(key.data, signal.SIGKILL)


def _ended() -> list[tuple[int, int]]:
    found = []
    with suppress(ChildProcessError):
        while (one := os.waitpid(-1, os.WNOHANG)) != (0, 0):
            found.append(one)
    return found


def _started(asking: socket.socket, usual: list[str]) -> int:
    """The number of the process that does what is asked for, or 0."""
    data, descriptors, _, _ = socket.recv_fds(asking, 1 << 20, 250)
    process = 0
    try:
        request = _Request(descriptors, *marshal.loads(data))  # noqa: S302 (of the tests themselves)
        if request.is_plain:
            _import_all()
            process = os.fork()
            if not process:
                _become(request, _path(request, usual))
        asking.send(str(process).encode())
    except (OSError, EOFError, ValueError):  # whoever asked was killed
        pass
    for each in descriptors:
        os.close(each)
    return process


def _import_all() -> None:
    if _PACKAGE not in sys.modules:
        for name in _IMPORTED:
            import_module(name)
        gc.collect()
        gc.freeze()
        gc.disable()  # the pages that it would write to are shared


# --- the process ------------------------------------------------------------------------------------


def _become(request: _Request, path: list[str]) -> NoReturn:
    """What an interpreter would be that was started so."""
    code = 1
    try:
        os.environ.clear()
        os.environ.update(request.environment)
        time.tzset()
        _take_over(request.descriptors, request.numbers)
        if request.group == 0:
            os.setsid()
        os.chdir(request.folder)
        is_told = "-B" in request.words[:2] or os.environ.get("PYTHONDONTWRITEBYTECODE")
        sys.dont_write_bytecode = bool(is_told)
        code = _closed(_run(*_program(request.words), path))
    finally:
        os._exit(code)  # taking everything down that was imported takes longer than most programs


def _take_over(descriptors: list[int], numbers: list[int]) -> None:
    """Its descriptors under their numbers and no others, its streams, and the signals as they are at a start."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    aside = [fcntl.fcntl(each, fcntl.F_DUPFD, 500) for each in descriptors]
    os.closerange(0, 500)
    for each, number in zip(aside, numbers, strict=True):
        os.dup2(each, number)
    os.closerange(500, max(aside) + 1)
    sys.stdin = sys.__stdin__ = _stream(sys.__stdin__, 0, "<stdin>")  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = _stream(sys.__stdout__, 1, "<stdout>")  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _stream(sys.__stderr__, 2, "<stderr>")  # type: ignore[misc]


def _stream(usual: TextIO | None, number: int, name: str) -> TextIOWrapper:
    """As the interpreter opens it, to speak as ours does."""
    assert usual is not None
    raw = FileIO(number, "w" if number else "r", closefd=False)
    raw.name = name
    is_direct = bool(number and os.environ.get("PYTHONUNBUFFERED"))
    return TextIOWrapper(
        BufferedReader(raw) if not number else raw if is_direct else BufferedWriter(raw),
        encoding=usual.encoding,
        errors=usual.errors,
        newline="\n" if number else None,
        line_buffering=not is_direct and (number == 2 or raw.isatty()),
        write_through=is_direct,
    )


def _run(option: str, named: str, words: list[str], path: list[str]) -> int:
    """Run the program; the code by which it ends."""
    gc.enable()
    sys.path[:] = path
    sys.argv[:] = [option, *words]
    if named == "pytest" or "sys.modules" in named:
        _forget()
    main = sys.modules["__main__"] = ModuleType("__main__")
    try:
        if option == "-m":
            runpy._run_module_as_main(named)  # type: ignore[attr-defined]
        else:
            exec(named, vars(main))  # noqa: S102 (what it is for)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        sys.stderr.write(f"{end.code}\n")
        return 1
    except BaseException as error:  # noqa: BLE001 (as the interpreter does)
        assert error.__traceback__ is not None
        sys.excepthook(type(error), error.with_traceback(error.__traceback__.tb_next), None)
        if isinstance(error, KeyboardInterrupt):
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        return 1
    return 0


def _forget() -> None:
    """What is ours; what is imported of it from now on is imported anew."""
    for name in [name for name in sys.modules if name.partition(".")[0] in (_PACKAGE, "support")]:
        del sys.modules[name]


def _path(request: _Request, usual: list[str]) -> list[str]:
    """Where modules are looked for."""
    option, _, _ = _program(request.words)
    here = [] if "-P" in request.words[:2] else [""] if option == "-c" else [request.folder]
    return [*here, *_given_path(request.environment), *usual]


def _given_path(variables: Mapping[str, str]) -> list[str]:
    return [path for path in variables.get("PYTHONPATH", "").split(os.pathsep) if path]


def _closed(code: int) -> int:
    """The code, when all is done that an interpreter does at its end."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        if sys.stdout is not None and not sys.stdout.closed:
            sys.stdout.flush()
    except OSError as error:
        sys.stderr.write(f"Exception ignored in: {sys.stdout!r}\n{type(error).__name__}: {error}\n")
        code = 120
    if sys.stderr is not None and not sys.stderr.closed:
        with suppress(OSError):
            sys.stderr.flush()
    return code & 0xFF
