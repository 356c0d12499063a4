"""The canary itself: a leak that is planted in each channel is found."""

from __future__ import annotations

import base64
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from support.canary import Canary, Collector
from support.numbers import CITIZEN

from precontractual_async import ServerError, Unreachable

SECRET = "s3cr3t/of=the+tests"


def in_log(canary: Canary, text: str, _: Path) -> None:
    collector = Collector(canary)
    logger = logging.getLogger("aiohttp.client")
    logger.addHandler(collector)
    logger.warning("sent %s", text)
    logger.removeHandler(collector)


def raised(canary: Canary, error: ServerError) -> None:
    canary.errors.append(error)


def in_context(canary: Canary, text: str, _: Path) -> None:
    error = Unreachable("fine")
    error.__context__ = ValueError(text)
    canary.errors.append(error)


def in_notes(canary: Canary, text: str, _: Path) -> None:
    error = ServerError("fine")
    error.add_note(text)
    canary.errors.append(error)


def in_pickle(canary: Canary, text: str, _: Path) -> None:
    error = ServerError("fine")
    error.trace_id = text
    canary.errors.append(error)


def in_file(canary: Canary, text: str, folder: Path) -> None:
    (folder / "journal.db-wal").write_bytes(b"\0" + text.encode() + b"\0")
    canary.folders.append(folder)


PLANTS: list[Callable[[Canary, str, Path], None]] = [
    in_log,
    in_context,
    in_notes,
    in_pickle,
    in_file,
    lambda canary, text, _: canary.texts.update({"stdout": text}),
    lambda canary, text, _: raised(canary, ServerError(text)),
]
WRITINGS: list[Callable[[str], str]] = [
    lambda secret: secret,
    lambda secret: quote(secret, safe=""),
    lambda secret: secret.encode().hex(),
    lambda secret: base64.b64encode(b"Bearer " + secret.encode()).decode(),
    lambda secret: base64.b64encode(b"xx" + secret.encode() + b"yyy").decode(),
]


@pytest.mark.parametrize("plant", PLANTS)
@pytest.mark.parametrize("writing", WRITINGS)
def test_a_planted_leak_is_found(
    plant: Callable[[Canary, str, Path], None],
    writing: Callable[[str], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """In each channel, in each writing."""
    planted = Canary({"secret": SECRET})
    plant(planted, f"before {writing(SECRET)} after", tmp_path_factory.mktemp("plant"))
    assert planted.hits()


def test_a_number_with_dots_or_without_its_zero_is_found() -> None:
    """As people write it, and as a spreadsheet does."""
    for text in ("07.01.01-899.01", "7010189901"):
        assert Canary({"citizen": CITIZEN}, texts={"stdout": text}).hits()


def test_locals_of_our_own_frames_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a traceback with locals would show of our code."""
    monkeypatch.setattr("support.canary.PACKAGE", str(Path(__file__).parent))
    canary = Canary({"secret": SECRET})

    def ours() -> None:
        local = SECRET
        raise ServerError("fine" + local[:0])

    try:
        ours()
    except ServerError as error:
        canary.escaped.append(error)
    assert "ServerError locals of ours" in {place for place, _ in canary.hits()}


def test_what_is_clean_has_no_hits(tmp_path: Path) -> None:
    """No false alarm from an empty channel or the files that must hold the numbers."""
    (tmp_path / "out.csv").write_text(CITIZEN)
    canary = Canary({"citizen": CITIZEN}, folders=[tmp_path], texts={"stderr": "07.*.*-***.**"})
    canary.errors.append(ServerError("the gateway answered 500"))
    assert canary.hits() == []
    assert sys.exc_info() == (None, None, None)
