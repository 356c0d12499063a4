"""The guide to the code is true of the code: its rooms, its files, its tests, and the commits that it names."""

from __future__ import annotations

import ast
import re
import subprocess

import pytest
from support.house import PACKAGE
from support.readme import GUIDES, ROOT
from support.source import tree_of
from test_house import ROOMS

GUIDE = GUIDES["architecture"]
FILES = set(re.findall(r"(?<![\w./])(?:[\w.]+/)+(?:\w+\.\w+)?", GUIDE))
TESTS = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", GUIDE)


def table(title: str) -> list[list[str]]:
    """The cells of each row below a heading."""
    text = GUIDE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return rows[2:]


def test_every_room_is_told() -> None:
    """In the order in which they may import."""
    assert tuple(name.strip("`") for name, _ in table("The rooms")) == ROOMS


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_file_is_there(name: str) -> None:
    """Within the package, or from the top."""
    assert (PACKAGE / name).exists() or (ROOT / name).exists()


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_every_test_is_there(file: str, name: str) -> None:
    """A function of this name, in this file."""
    tree = tree_of((ROOT / file).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    assert name in {node.name for node in tree.body if isinstance(node, functions)}


def test_every_invariant_has_a_test() -> None:
    """None is only said."""
    assert len(TESTS) == len(table("What must always hold"))


def test_every_change_was_made_before() -> None:
    """The subjects are those of commits; a copy without all of its history cannot tell."""
    command = ["git", "log", "--format=%s"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    subjects = set(done.stdout.splitlines())
    if len(subjects) < 100:
        pytest.skip("needs the repository's history")
    assert not [row[-1] for row in table("To change X, go to Y") if row[-1] not in subjects]
