"""The blocks of code in the README and its guides; as a script, their Python as files for type checkers:
``readme.py FOLDER``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "precontractual_async" / "guides"
FIRST = (ROOT / "README.md").read_text()
GUIDES = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.md"))}
README = "\n".join((FIRST, *GUIDES.values()))
BLOCKS: list[tuple[str, str]] = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
CODE = [text for kind, text in BLOCKS if kind == "python"]


def write(folder: Path) -> None:
    """Each block as a module, but for Airflow's: it pins so much that it is not installed beside the rest."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(CODE):
        if "from airflow" not in text:
            (folder / f"block_{number}.py").write_text(text)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
