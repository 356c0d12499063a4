"""``precontractual guide``: the guides that come with the package, as a terminal shows them.

Knows that a guide is a Markdown file whose first line is its title. Leaves to others: what a guide says.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import os
import sys
from importlib.resources import files

from ..batch.exits import COMPLETE
from .console import in_language, tell
from .values import Refusal


def run(arguments: argparse.Namespace) -> int:
    """List the guides, or show one; needs neither settings nor a network."""
    folder = files(__package__.partition(".")[0]) / "guides"
    names = sorted(each.name.removesuffix(".md") for each in folder.iterdir() if each.name.endswith(".md"))
    guides = {name: folder.joinpath(f"{name}.md").read_text(encoding="utf-8") for name in names}
    if arguments.name is None:
        _list(guides)
    elif arguments.name not in guides:  # the name is not repeated: it may be a citizen's number
        raise Refusal("there is no guide of this name", f"The guides are: {', '.join(guides)}.")
    else:
        _show(guides[arguments.name], is_raw=arguments.raw or not importlib.util.find_spec("rich"))
    return COMPLETE


def _list(guides: dict[str, str]) -> None:
    width = max(map(len, guides)) + 2
    for name, text in guides.items():
        title = text.partition("\n")[0].removeprefix("# ")
        tell(f"{name:{width}}{in_language(title)}")
    tell("precontractual guide NAME shows one, in English")


def _show(text: str, *, is_raw: bool) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # an encoding may lack some characters
    if is_raw:
        print(text, end="")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console, page = Console(), Markdown(text, hyperlinks=False)
    if not sys.stdout.isatty():
        console.print(page)
        return
    os.environ.setdefault("LESS", "FRX")  # as git does: colours, and no pager for text that fits the screen
    with console.pager(styles=True):
        console.print(page)
