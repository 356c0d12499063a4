"""What the tests start instead of the interpreter: nobody can tell it from one, but by what it costs."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.warm import PYTHON, REAL

pytestmark = pytest.mark.skipif(PYTHON == REAL, reason="processes are only forked on Linux")

SURROUNDINGS = """
import locale, os, signal, sys, threading
print(sys.argv, sys.path, sys.stdin.read(), os.getcwd(), sorted(os.environ.items()))
print([(each.name, each.encoding, each.errors, each.line_buffering) for each in (sys.stdout, sys.stderr)])
print(os.listdir("/proc/self/fd"), signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGCHLD))
print(os.getsid(0) == os.getpid(), threading.active_count(), sys.dont_write_bytecode, __name__)
"""
ENDING = """
import atexit, sys, threading, time
atexit.register(print, "at the end")
threading.Thread(target=lambda: (time.sleep(0.01), print("in a thread"))).start()
print("first")
"""


@pytest.mark.parametrize(
    "words",
    [
        ("-c", SURROUNDINGS, "a word", ""),
        ("-B", "-P", "-c", SURROUNDINGS),
        ("-c", ENDING),
        ("-c", ENDING + "raise SystemExit('a word')"),
        ("-c", ENDING + "sys.exit(259)"),
        ("-c", ENDING + "1 / 0"),
        ("-c", "raise KeyboardInterrupt"),
        ("-c", "import os; os.abort()"),
        ("-c", "import os, sys; print('x'); sys.stdout.flush(); os.kill(os.getpid(), 15)"),
        ("-m", "json.tool", "--compact"),
        ("-mjson.tool", "--odd"),
        ("-m", "nowhere"),
        ("-V",),
        ("-c",),
    ],
)
def test_it_is_as_the_interpreter(words: tuple[str, ...], tmp_path: Path) -> None:
    """Words, path, folder, variables, streams, descriptors, signals; exit codes and last words."""

    def done(python: str) -> tuple[int, str, str]:
        found = subprocess.run(
            [python, *words],
            input='{"a": 1}',
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            start_new_session="-B" in words,
        )
        return found.returncode, found.stdout, found.stderr.replace(REAL, PYTHON)

    assert done(PYTHON) == done(REAL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_arrives(number: signal.Signals) -> None:
    """Whoever is killed takes along what does the work: its end closes what can be read."""
    program = "import time; print('ready', flush=True); time.sleep(60)"
    with subprocess.Popen(
        [PYTHON, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert process.stdout.read() == b""
    assert process.returncode == -number


def test_it_is_warm() -> None:
    """What most of them import is there before their first line, and is ours as the tests have it."""
    program = (
        "import sys; known = dict(sys.modules); print('aiohttp' in known, 'precontractual_async' in known)"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert told == "True False\n"
    program = "import precontractual_async.cli as ours; print(ours.__file__)"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert Path(told.strip()).is_file()
