"""The command with REDIS_URL: two runs at once on two lists, as on two machines; and what the doctor says."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.command import Done, RunningSandbox, run, running_sandbox
from support.redis_server import RedisServer

from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import generate_ssins

DAY = StartDateWindow.at(utc_now()).last


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox("--limit", "50") as running:
        yield running


def test_two_runs_share_the_rate_and_the_token(
    sandbox: RunningSandbox, redis_server: RedisServer, tmp_path: Path
) -> None:
    """Each is told the whole rate; together they make no more calls than that."""
    sharing = {"PRECONTRACTUAL_REDIS_URL": redis_server.url, "PRECONTRACTUAL_PROCESSES": "2"}
    numbers = list(generate_ssins(160))

    def screened(which: int) -> Done:
        folder = tmp_path / str(which)
        folder.mkdir()
        (folder / "list.csv").write_text(
            "insz;start\n" + "".join(f"{each};{DAY}\n" for each in numbers[which::2])
        )
        variables = sandbox.variables | sharing
        return run("screen", "list.csv", "-o", "out.csv", "-q", variables=variables, cwd=str(folder))

    with ThreadPoolExecutor(2) as two:
        done = list(two.map(screened, range(2)))
    assert [(each.code, each.err) for each in done] == [(0, ""), (0, "")]
    with urllib.request.urlopen(f"{sandbox.url}/_sandbox/statistics") as reply:
        seen = json.load(reply)
    assert seen["token_requests"] == 1
    assert seen["most_in_one_second"] <= 50
    assert set(seen["statuses"]) <= {"200", "400"}


def test_the_doctor_looks_at_redis(sandbox: RunningSandbox, redis_server: RedisServer) -> None:
    """Whether it lets us in and does what is needed; its password is not told."""
    sharing = {"PRECONTRACTUAL_REDIS_URL": redis_server.url, "PRECONTRACTUAL_PROCESSES": "3"}
    done = run("doctor", variables=sandbox.variables | sharing)
    assert done.code == 0
    assert "ok  sharing: Redis answers; the rate and the token are shared by 3 clients" in done.out.decode()
    nobody = {"PRECONTRACTUAL_REDIS_URL": "redis://:s3cret@127.0.0.1:9"}
    done = run("doctor", variables=sandbox.variables | nobody)
    assert done.code == 5
    assert "!!  sharing: no connection to Redis" in done.out.decode()
    assert "s3cret" not in done.out.decode() + done.err
