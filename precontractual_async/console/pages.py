"""HTML replies: the templates of this package, and the static files that they load.

Knows the parts that every page has. Leaves to others: the content of a page.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Final

from aiohttp import web

from ..report import page as report_page
from ..report.speech import Speech
from ..report.templates import environment, text_of
from ..settings.version import USER_AGENT
from ..words import LANGUAGES, translated_parts
from .rows import ShownRow
from .state import Console

CONSOLE: Final = web.AppKey("console", Console)
_REPORT: Final = report_page.__package__ or ""
_FILES: Final[Mapping[str, tuple[str, str]]] = {
    "style.css": (_REPORT, "text/css"),
    "script.js": (_REPORT, "text/javascript"),
    "console.css": (__package__ or "", "text/css"),
    "console.js": (__package__ or "", "text/javascript"),
    "icon.svg": (__package__ or "", "image/svg+xml"),
}
"""The static files; style and script are those of the report, so that both look and filter alike."""
_PLACES: Final = re.compile(r"/(?:lists/\d+|runs/\d+|person|doctor)?")
"""Pages that can be opened again, for example after a change of language."""

_IN_A_PIECE: Final = 2_000
"""Parts of a template that are sent together: a page without a long table is one piece."""
_OPTION: Final = re.compile(r"\s*\([^()]*--[a-z-]+\)")
"""The part of a sentence for people who type commands; in each language it stands in brackets."""
_NAMES: Final = {"nl": "Nederlands", "fr": "Français", "de": "Deutsch", "en": "English"}


def place(path: str) -> str:
    """The path, if it is one of our pages; else the first page."""
    return path if _PLACES.fullmatch(path) else "/"


def rows_as_html(rows: Iterable[ShownRow]) -> str:
    """The rows of a table, as a page has them."""
    made = environment(__package__ or "").get_template("macros.html").module
    return "".join(made.row(row) for row in rows)  # type: ignore[attr-defined]


def page(
    request: web.Request, console: Console, template: str, *, status: int = 200, **told: object
) -> web.Response:
    """A page in the console's language; an error in its first part is raised."""
    say = Speech(console.language)
    pieces = (
        environment(__package__ or "")
        .get_template(template)
        .stream(
            say=say,
            line=lambda text: _OPTION.sub("", translated_parts(text.strip(), say.language)),
            token=console.gate.form_token,
            here=place(request.path),
            languages=[(each, _NAMES[each]) for each in LANGUAGES],
            is_demo=console.made_up is not None,
            made_by=USER_AGENT,
            **told,
        )
    )
    pieces.enable_buffering(_IN_A_PIECE)
    body = _in_pieces(next(pieces), pieces)
    return web.Response(status=status, body=body, content_type="text/html", charset="utf-8")


async def _in_pieces(first: str, others: Iterable[str]) -> AsyncIterator[bytes]:
    """A long page: its beginning is shown while the rest is made, and other tasks get a turn meanwhile."""
    yield first.encode(errors="replace")  # a cell or a name may hold half a character
    try:
        for each in others:
            yield each.encode(errors="replace")
            await asyncio.sleep(0)
    except Exception as error:  # noqa: BLE001 (as in `guard`: its text could hold a number)
        yield type(error).__name__.encode()


async def file(request: web.Request) -> web.Response:
    """One of the static files."""
    name = request.match_info["name"]
    if name not in _FILES:
        raise web.HTTPNotFound
    package, kind = _FILES[name]
    return web.Response(text=text_of(package, name), content_type=kind)


async def labels(request: web.Request) -> web.Response:
    """Labels of the cells where a row is too narrow for columns, in the console's language."""
    say = Speech(request.app[CONSOLE].language)
    return web.Response(text=report_page.labels(say), content_type="text/css")
