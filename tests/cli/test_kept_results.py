"""A result that is worth more than the new one stays, whatever the run that failed came to."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command import Done, RunningSandbox, run, running_sandbox

from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import generate_ssins

DAY = StartDateWindow.at(utc_now()).last.isoformat()
REFUSED = {"PRECONTRACTUAL_CLIENT_ID": "somebody_else"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


def screened(folder: Path, sandbox: RunningSandbox, *more: str, **variables: str) -> Done:
    (folder / "list.csv").write_text("insz\n" + "\n".join(generate_ssins(5, seed=4)) + "\n")
    words = ("screen", "list.csv", "-o", "out.csv", "--start-date", DAY, *more)
    key = {"PRECONTRACTUAL_JOURNAL_KEY_FILE": str(folder / "keys" / "journal.key")}
    return run(*words, variables=sandbox.variables | key | variables, cwd=str(folder))


def outcomes(path: Path) -> list[str]:
    return [row["outcome"] for row in csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))]


def test_a_run_that_is_refused_replaces_no_result(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """The old one stays, byte for byte; what the new one knows is beside it, each time under a free name."""
    assert screened(tmp_path, sandbox).code == 0
    good = (tmp_path / "out.csv").read_bytes()
    for name in ("out.partial.csv", "out.partial2.csv"):
        done = screened(tmp_path, sandbox, **REFUSED)
        assert done.code == 4
        assert (tmp_path / "out.csv").read_bytes() == good
        assert outcomes(tmp_path / name) == ["pending"] * 5
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
        assert "out.csv is kept as it was" in done.err
        assert f"in {name}" in done.err
    assert screened(tmp_path, sandbox).code == 0
    assert (tmp_path / "out.csv").read_bytes() != good


def test_where_there_was_no_result_it_is_written(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """There is nothing to lose."""
    assert screened(tmp_path, sandbox, **REFUSED).code == 4
    assert outcomes(tmp_path / "out.csv") == ["pending"] * 5
    assert not list(tmp_path.glob("out.partial*"))


def test_a_journal_knows_what_the_old_result_knew(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """So the new result has all that the old one had, however the run ends; a new journal knows nothing of it."""
    journal = ("--journal", "j.db", "--fresh-for", "0s")
    assert screened(tmp_path, sandbox).code == 0
    good = (tmp_path / "out.csv").read_bytes()
    for _ in range(2):
        done = screened(tmp_path, sandbox, *journal, "--json", **REFUSED)
        assert (done.code, json.loads(done.out)["written"]) == (4, False)
        assert (tmp_path / "out.csv").read_bytes() == good
        assert [path.name for path in tmp_path.glob("out.p*")] == [
            "out.partial.csv"
        ]  # the journal has it all
    (tmp_path / "out.partial.csv").write_text("insz\n")  # somebody works with it
    assert screened(tmp_path, sandbox, *journal, **REFUSED).code == 4
    assert (tmp_path / "out.partial.csv").read_text() == "insz\n"
    assert outcomes(tmp_path / "out.partial2.csv") == ["pending"] * 5
    assert screened(tmp_path, sandbox, *journal).code == 0
    kept = [path.name for path in tmp_path.glob("out.*")]
    assert screened(tmp_path, sandbox, *journal, **REFUSED).code == 4
    assert outcomes(tmp_path / "out.csv") == ["answered"] * 5
    assert [path.name for path in tmp_path.glob("out.*")] == kept
