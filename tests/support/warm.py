"""An interpreter that starts warm: what it runs is forked from a server that has imported it all before.

Most of what a process of a test costs is what it imports. `PYTHON` takes the words of an interpreter,
``-m module ...`` or ``-c program ...``, and gives a process of its own with the environment, the folder, the
descriptors and the end that it should have. What is out of the ordinary (other options, another process
group, other limits, signals that are ignored) the interpreter itself does, and all of it where there is no
Linux.
Where a test looks at the process as such, or at what it imports, it takes `REAL`.
"""

from __future__ import annotations

import multiprocessing
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

REAL = sys.executable
_FOLDER = Path(tempfile.gettempdir(), f"warm-{os.getpid()}-{secrets.token_hex(4)}")
PYTHON = str(_FOLDER / "python") if sys.platform == "linux" else REAL
_SERVER = """
import sys
own, sys.path[:] = sys.path[1:], sys.argv[3:]
from support import warm_server
warm_server.serve(sys.argv[1], int(sys.argv[2]), own)
"""
"""What it imports comes from where the tests have it; what it starts has the path of an interpreter."""


@contextmanager
def warm_python() -> Iterator[None]:
    """Within the block `PYTHON` is there, and is `sys.executable` for what starts processes by that name."""
    if PYTHON in (REAL, sys.executable):  # also within a pytest within ours
        yield
        return
    _FOLDER.mkdir(mode=0o700)
    program = Path(PYTHON)
    program.write_text(f"#!{REAL} -IS\n" + Path(__file__).with_name("launch.py").read_text())
    program.chmod(0o700)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(str(_FOLDER / "server"))
        listening.listen(64)
        server = subprocess.Popen(
            [REAL, "-c", _SERVER, PYTHON, str(listening.fileno()), *filter(None, sys.path)],
            stdin=subprocess.PIPE,  # it ends with us, however we end
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},  # numpy starts none
            pass_fds=[listening.fileno()],
        )
    sys.executable = PYTHON
    multiprocessing.set_executable(PYTHON)
    try:
        yield
    finally:
        sys.executable = REAL
        multiprocessing.set_executable(REAL)
        server.communicate()
        for path in _FOLDER.iterdir():
            path.unlink()
        _FOLDER.rmdir()
