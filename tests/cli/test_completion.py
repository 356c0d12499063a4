"""``--print-completion``: what a real bash completes with the script that is printed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from support.command import clean_environment, run
from support.warm import REAL

ASK = """
set -u
source "$1"; shift
complete -p precontractual > /dev/null
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMPREPLY=()
_shtab_precontractual 2>/dev/null
printf '%s\\n' "${COMPREPLY[@]}"
"""
"""What bash does when the Tab key is pressed behind these words."""


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    done = run("--print-completion", "bash")
    assert (done.code, done.err) == (0, "")
    path = tmp_path_factory.mktemp("completion") / "precontractual"
    path.write_bytes(done.out)
    return path


def completed(script: Path, folder: Path, *words: str) -> set[str]:
    done = subprocess.run(
        ["/bin/bash", "--norc", "-c", ASK, "bash", str(script), "precontractual", *words],
        capture_output=True,
        text=True,
        cwd=folder,
        env=clean_environment(),
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["s"], {"screen", "sandbox"}),
        (["journal", "r"], {"runs", "rekey"}),
        (["screen", "--metr"], {"--metrics", "--metrics-label"}),
        (["screen", "a.csv", "--type-of-worker", "f"], {"flexiJob"}),
        (["sandbox", "--as", ""], {"employer", "mandatary", "portal"}),
        (["verify", "--lang", ""], {"nl", "fr", "de", "en"}),
        (["--print-completion", ""], {"bash", "zsh", "tcsh"}),
        (["screen", "star"], {"starters.csv", "starters"}),
        (["screen", "starters.csv", "-o", "star"], {"starters.csv", "starters"}),
        (["report", "star"], {"starters.csv", "starters"}),
        (["console", "--journals", "star"], {"starters"}),
    ],
)
def test_what_bash_completes(script: Path, tmp_path: Path, words: list[str], expected: set[str]) -> None:
    """Commands, options, their values; files where a file is meant, and folders where a folder is."""
    (tmp_path / "starters.csv").touch()
    (tmp_path / "starters").mkdir()
    assert completed(script, tmp_path, *words) == expected


@pytest.mark.parametrize(("shell", "begins"), [("zsh", "#compdef precontractual\n"), ("tcsh", "# AUTO")])
def test_other_shells(shell: str, begins: str) -> None:
    """Each with its own script, which knows the commands and their options."""
    done = run("--print-completion", shell)
    assert (done.code, done.err) == (0, "")
    told = done.out.decode()
    assert told.startswith(begins)
    for word in ("screen", "journal", "represented-column", "print-completion"):
        assert word in told


def test_a_shell_that_is_not_known() -> None:
    """It is told which ones are."""
    done = run("--print-completion", "cmd")
    assert done.code == 2
    assert "--print-completion" in done.err


WITHOUT = (
    "import sys\nsys.modules['shtab'] = None\nfrom precontractual_async.cli import main\nsys.exit(main())"
)


def test_without_its_package() -> None:
    """It is told what to install; all other commands go on."""
    guides, done = (
        subprocess.run(
            [REAL, "-c", WITHOUT, *words],
            capture_output=True,
            env=clean_environment(),
            check=False,
            timeout=60,
        )
        for words in (["guide"], ["--print-completion", "bash"])
    )
    assert (guides.returncode, done.returncode) == (0, 2)
    assert done.stderr.decode().splitlines() == [
        "precontractual: --print-completion needs a package that is not installed",
        "  -> pip install 'precontractual-async[completion]'",
    ]
