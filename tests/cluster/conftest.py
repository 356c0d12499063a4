"""A real Redis for the tests of this folder."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.redis_server import RedisServer


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One for all tests that do not kill it; each uses a name of its own in it."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """One for a test that kills it."""
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module", autouse=True)
def _the_process_as_it_was() -> Iterator[None]:
    """A worker in this process ignores signals, and Dask sets variables that every later process would inherit."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
    variables = dict(os.environ)
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
    for name in os.environ.keys() - variables.keys():
        del os.environ[name]
    os.environ.update(variables)
