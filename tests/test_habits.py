"""What runs by itself, before a commit and after a push: the README's commands, and the tools of `.ci/run`."""

from __future__ import annotations

import re
import tomllib
from configparser import ConfigParser
from typing import Any

import yaml  # type: ignore[import-untyped]
from support.readme import FIRST, ROOT

CI = (ROOT / ".ci" / "run").read_text()


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


def test_a_commit_is_looked_at_by_the_tools_of_ci() -> None:
    """Three of them, installed by the extra `lint`."""
    (tools,) = read(".pre-commit-config.yaml")["repos"]
    commands = [hook["entry"] for hook in tools["hooks"]]
    assert commands == ["ruff format", "ruff check", "mypy"]
    assert all(re.search(rf"^{command}\b", CI, re.MULTILINE) for command in commands)


def test_a_push_runs_what_the_readme_says() -> None:
    """The demo, the tests and all of `.ci/run` with every Python from the oldest on; the tests alone elsewhere."""
    jobs = read(".github/workflows/ci.yml")["jobs"]
    runs = {name: [step["run"] for step in job["steps"] if "run" in step] for name, job in jobs.items()}
    demo, _, tests = (text.strip() for text in re.findall(r"```sh\n(pip .*?)```", FIRST, re.DOTALL)[:3])
    assert runs["all"][-3:] == [demo, tests, ".ci/run"]
    assert runs["tests"] == [tests]
    oldest, *_ = jobs["all"]["strategy"]["matrix"]["python"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == f">={oldest}"


def test_an_editor_keeps_lines_as_long_as_ruff() -> None:
    """Its file is read as INI, with what stands before the first section."""
    parser = ConfigParser()
    parser.read_string("[top]\n" + (ROOT / ".editorconfig").read_text())
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]
    assert parser.getint("*.{py,toml,lua}", "max_line_length") == ruff["line-length"]
