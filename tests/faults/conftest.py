"""Every fault is watched by the canary: nothing that must stay secret slips anywhere."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.canary import Canary, Collector
from support.numbers import CITIZEN, generated

from precontractual_async import Answer, PrecontractualClient, PrecontractualError


@pytest.fixture
def secrets(pem: str) -> dict[str, str]:
    """What must not be seen: numbers of several citizens, the key, what becomes tokens and references."""
    return {
        "citizen": CITIZEN,
        **{f"citizen {row}": number for row, number in enumerate(generated(5))},
        "private key": pem.splitlines()[3],
        "token": "canary-t0ken",
        "reference": f"{CITIZEN}0112202612",
        "assertion": "eyJhbGciOiJSUzI1NiIs",
        "body": "canary-of-a-body",
    }


@pytest.fixture(autouse=True)
def canary(
    secrets: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Iterator[Canary]:
    """Watches the test; fails it when something slipped."""
    watching = Canary(secrets, folders=[tmp_path])
    made = PrecontractualError.__init__

    def noted(error: PrecontractualError, *given: object) -> None:
        made(error, *given)  # type: ignore[arg-type]
        watching.errors.append(error)

    verify = PrecontractualClient.verify

    async def watched(client: PrecontractualClient, *given: object, **options: object) -> Answer:
        try:
            return await verify(client, *given, **options)  # type: ignore[arg-type]
        except PrecontractualError as error:
            watching.escaped.append(error)
            raise

    monkeypatch.setattr(PrecontractualError, "__init__", noted)
    monkeypatch.setattr(PrecontractualClient, "verify", watched)
    monkeypatch.setenv("PYTHONASYNCIODEBUG", "1")
    root, collector = logging.getLogger(), Collector(watching)
    level = root.level
    root.addHandler(collector)
    root.setLevel(logging.DEBUG)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        yield watching
    root.removeHandler(collector)
    root.setLevel(level)
    out, err = capfd.readouterr()
    watching.texts |= {
        "stdout": out,
        "stderr": err,
        "warnings": "\n".join(str(each.message) for each in told),
    }
    assert watching.hits() == []
    assert [str(each.message) for each in told] == []
