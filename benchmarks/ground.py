"""What the benchmarks stand on: a server in its own process, settings that reach it, a list, pinned cores.

The server is nginx with a static answer where it is installed, else `server.py`. On a machine with several
cores it gets the last one, and what is measured the first: then neither waits for the other's turn.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from server import ANSWER, CITIZEN, TOKEN

from precontractual_async.sandbox import generate_ssins

ENTERPRISE = "0880820673"
START_DATE = date.today() + timedelta(days=1)  # noqa: DTZ011 (any day near today will do)

_NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 1024; }}
http {{
    access_log off; keepalive_requests 1000000000; keepalive_timeout 600; default_type application/json;
    client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
    server {{
        listen 127.0.0.1:{port};
        location /v1/ {{ return 200 '{answer}'; }}
        location /token {{ return 200 '{token}'; }}
    }}
}}
"""


def pin(core: int, process: int = 0) -> None:
    """A process (0: this one), and what it starts from then on, to one core; where that can be done."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(process))
        os.sched_setaffinity(process, {cores[core]})


@contextmanager
def server() -> Iterator[int]:
    """The port of a server that costs as little as there is."""
    with _nginx() if shutil.which("nginx") else _python() as port:
        yield port


def server_name() -> str:
    """Which one that is."""
    return "nginx" if shutil.which("nginx") else "asyncio"


@contextmanager
def _python() -> Iterator[int]:
    command = [sys.executable, str(Path(__file__).with_name("server.py"))]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603
    pin(-1, process.pid)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


@contextmanager
def _nginx() -> Iterator[int]:
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        answer = ANSWER.replace(CITIZEN, "${arg_citizen}")
        told = _NGINX.format(folder=folder, port=port, answer=answer, token=TOKEN.decode())
        (folder / "nginx.conf").write_text(told)
        command = ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "errors")]
        process = subprocess.Popen(command)  # noqa: S603
        pin(-1, process.pid)
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("the server does not start")


def pem() -> str:
    """A new private key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def variables(port: int, folder: Path, *, concurrency: int = 64) -> dict[str, str]:
    """An environment that reaches the server, with a key of its own in `folder`."""
    key = folder / "key.pem"
    if not key.exists():
        key.touch(0o600)
        key.write_text(pem())
    url = f"http://127.0.0.1:{port}"
    given: Mapping[str, str] = {
        "API_URL": f"{url}/v1",
        "TOKEN_URL": f"{url}/token",
        "CLIENT_ID": "benchmark",
        "KEY_FILE": str(key),
        "ENTERPRISE_NUMBER": ENTERPRISE,
        "RATE": "1000000",
        "CONCURRENCY": str(concurrency),
        "JOURNAL_KEY_FILE": str(folder / "keys" / "journal.key"),
    }
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PRECONTRACTUAL_")}
    return clean | {f"PRECONTRACTUAL_{name}": value for name, value in given.items()}


def write_list(path: Path, rows: int) -> None:
    """A list of so many distinct citizens."""
    with path.open("w") as file:
        file.write("insz;naam;startdatum\n")
        for row, number in enumerate(generate_ssins(rows)):
            file.write(f"{number};name {row};{START_DATE:%d/%m/%Y}\n")
