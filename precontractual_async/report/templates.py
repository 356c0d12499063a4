"""Pages as templates: how they are found, and that all that is put into them is escaped.

For the report and the console. Needs Jinja2 (extras `report` and `console`). Refuses to know what is in them.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


def text_of(package: str, name: str) -> str:
    """A file that stands beside the modules of `package`."""
    return (resources.files(package) / name).read_text(encoding="utf-8")


@cache
def environment(package: str) -> Environment:
    """One for all pages of a room, which may use the report's parts: it compiles each template once."""
    return Environment(
        loader=ChoiceLoader([PackageLoader(each, ".") for each in (package, __package__)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
