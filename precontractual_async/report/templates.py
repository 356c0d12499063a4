"""Pages as templates: how they are found, and that all that is put into them is escaped.

For the report and the console. Needs Jinja2 (extras `report` and `console`). Refuses to know what is in them.
"""

from __future__ import annotations

from functools import cache, partial
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined


def text_of(package: str, name: str) -> str:
    """A file that stands beside the modules of `package`."""
    return (resources.files(package) / name).read_text(encoding="utf-8")


@cache
def environment(package: str) -> Environment:
    """One for all pages of a room: it compiles each template once."""
    return Environment(
        loader=FunctionLoader(partial(text_of, package)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
