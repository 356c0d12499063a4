"""Files that belong together: all appear, or none does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from precontractual_async import InvalidList
from precontractual_async.tables.file_set import written_together

NAMES = ("a.csv", "b.csv", "c.csv")


def write(
    folder: Path, text: str, *, may_replace: bool = True, before_end: Callable[[], None] = lambda: None
) -> list[Path]:
    with written_together(may_replace=lambda: may_replace) as files:
        for name in NAMES:
            with files.adding(folder / name) as file:
                file.write(text.encode())
        before_end()
    return files.paths


def held(folder: Path) -> dict[str, str]:
    return {each.name: each.read_text() for each in sorted(folder.iterdir()) if each.is_file()}


def test_they_appear_together(tmp_path: Path) -> None:
    """For their owner alone, with nothing beside them; and take each other's place."""
    for text in ("old", "new"):
        assert write(tmp_path, text) == [tmp_path / name for name in NAMES]
        assert held(tmp_path) == dict.fromkeys(NAMES, text)
    assert {each.stat().st_mode & 0o777 for each in tmp_path.iterdir()} == {0o600}


def test_one_that_cannot_be_written_keeps_all_back(tmp_path: Path) -> None:
    write(tmp_path, "old")

    def fail() -> None:
        assert held(tmp_path).items() >= dict.fromkeys(NAMES, "old").items()
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write(tmp_path, "new", before_end=fail)
    assert held(tmp_path) == dict.fromkeys(NAMES, "old")


@pytest.mark.parametrize("has_old", [True, False])
def test_one_that_cannot_take_its_place_brings_the_others_back(tmp_path: Path, has_old: bool) -> None:
    """A folder has got its name meanwhile, just before all were to appear."""
    if has_old:
        write(tmp_path, "old")

    def get_in_the_way() -> None:
        (tmp_path / "c.csv").unlink(missing_ok=True)
        (tmp_path / "c.csv").mkdir()

    with pytest.raises(OSError, match="c.csv"):
        write(tmp_path, "new", before_end=get_in_the_way)
    assert held(tmp_path) == (dict.fromkeys(("a.csv", "b.csv"), "old") if has_old else {})


def test_another_run_that_writes_the_same(tmp_path: Path) -> None:
    """Takes away what is unfinished: who comes second writes, and the first writes nothing."""
    with (
        pytest.raises(InvalidList, match="another run writes the same result"),
        written_together(may_replace=lambda: True) as files,
        files.adding(tmp_path / "a.csv") as file,
    ):
        file.write(b"first")
        write(tmp_path, "second")
    assert held(tmp_path) == dict.fromkeys(NAMES, "second")


def test_better_ones_stay_all_of_them(tmp_path: Path) -> None:
    """Also where one is not there: a set is not mixed. Those beside go when a better set comes."""
    write(tmp_path, "old")
    (tmp_path / "b.csv").unlink()
    beside = [f"{name[0]}.partial.csv" for name in NAMES]
    assert write(tmp_path, "less", may_replace=False) == [tmp_path / name for name in beside]
    assert held(tmp_path) == {"a.csv": "old", "c.csv": "old"} | dict.fromkeys(beside, "less")
    write(tmp_path, "new")
    assert held(tmp_path) == dict.fromkeys(NAMES, "new")


KILLED = """
import os, signal, sys
from pathlib import Path
from precontractual_async.tables.file_set import written_together

at = int(sys.argv[2])
moves = 0
def see(event, arguments):
    global moves
    if event == "os.rename":
        moves += 1
        if moves > at:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(see)
with written_together(may_replace=lambda: True) as files:
    for name in ("a.csv", "b.csv", "c.csv"):
        with files.adding(Path(sys.argv[1]) / name) as file:
            file.write(b"new")
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
@pytest.mark.parametrize("moves", range(3))
def test_a_kill_leaves_each_whole_and_the_next_run_makes_all_new(tmp_path: Path, moves: int) -> None:
    """What it left beside them, for its owner alone, goes with the next run."""
    write(tmp_path, "old")
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(moves)], check=False)
    assert done.returncode == -9
    assert [held(tmp_path)[name] for name in NAMES] == ["new"] * moves + ["old"] * (3 - moves)
    assert {each.stat().st_mode & 0o777 for each in tmp_path.iterdir()} == {0o600}
    write(tmp_path, "new")
    assert held(tmp_path) == dict.fromkeys(NAMES, "new")
