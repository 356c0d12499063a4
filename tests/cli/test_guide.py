"""The guides in a terminal: the command as people run it, without settings."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest
from support.command import COMMAND, clean_environment, run
from support.readme import GUIDES

from precontractual_async.words import LANGUAGES, guides, translated

TITLES = {name: text.partition("\n")[0].removeprefix("# ") for name, text in GUIDES.items()}
WITHOUT_RICH = """
import sys
sys.modules["rich"] = None
from precontractual_async.cli import main
sys.exit(main(["guide", "faults"]))
"""


def test_the_words_know_every_title() -> None:
    """In four languages; and no other."""
    assert {english for english, *_ in guides.TITLES} == set(TITLES.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_guides_are_listed(language: str) -> None:
    """Each in a line, in the reader's language, on a screen of eighty columns."""
    done = run("guide", "--lang", language)
    assert (done.code, done.err) == (0, "")
    *lines, last = done.out.decode().splitlines()
    told = dict(line.split(maxsplit=1) for line in lines)
    assert told == {name: translated(title, language) for name, title in TITLES.items()}
    assert max(map(len, lines)) <= 80
    assert last.startswith("precontractual guide ")


@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_is_shown(name: str) -> None:
    """Without colours where nobody sees them, with all its words; as it is when it is asked for."""
    assert run("guide", name, "--raw").out.decode() == GUIDES[name]
    done = run("guide", name)
    shown = done.out.decode()
    assert (done.code, done.err) == (0, "")
    assert "\x1b" not in shown
    assert TITLES[name] in shown
    assert "```" not in shown
    assert not re.search(r"\]\(\w+\.md", shown)


def test_a_guide_on_a_terminal() -> None:
    """In colours, through the reader's pager."""
    ours, theirs = pty.openpty()
    variables = clean_environment() | {"PAGER": "sed s/survives/lives/", "TERM": "xterm", "COLUMNS": "80"}
    variables.pop("NO_COLOR", None)
    with subprocess.Popen(
        [*COMMAND, "guide", "batches"], stdin=theirs, stdout=theirs, stderr=theirs, env=variables
    ) as process:
        os.close(theirs)
        written = b"".join(iter(lambda: _read(ours), b"")).decode()
    os.close(ours)
    assert process.returncode == 0
    assert "\x1b[" in written
    assert "A batch that lives" in written


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65_536)
    except OSError:  # how Linux says that the other side was closed
        return b""


def test_a_guide_without_rich() -> None:
    """Is Markdown, which can be read as well."""
    done = subprocess.run([sys.executable, "-c", WITHOUT_RICH], capture_output=True, text=True, check=True)
    assert done.stdout == GUIDES["faults"]


def test_a_guide_where_characters_are_missing() -> None:
    """An encoding that lacks some costs these alone."""
    for more in ((), ("--raw",)):
        assert run("guide", "telemetry", *more, variables={"PYTHONIOENCODING": "ascii"}).code == 0


def test_a_name_that_no_guide_has() -> None:
    """The guides are named; what was typed may be a number, and is not."""
    done = run("guide", "07010189901", "--lang", "fr")
    assert (done.code, done.out) == (2, b"")
    assert done.err.splitlines() == [
        "precontractual: il n'y a pas de guide de ce nom",
        f"  -> Les guides sont : {', '.join(GUIDES)}.",
    ]
