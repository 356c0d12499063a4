"""The page on which one person is asked about, and the one that checks what asking needs.

The number stands in no address and is kept nowhere.
"""

from __future__ import annotations

from aiohttp import web

from ..report.speech import Speech
from .pages import CONSOLE, page
from .people import said_of


async def ask(request: web.Request) -> web.Response:
    """The empty form."""
    return page(request, request.app[CONSOLE], "person.html", said=None, day="")


async def answer(request: web.Request) -> web.Response:
    """What the gateway says of this person, on the page that asked."""
    console, form = request.app[CONSOLE], await request.post()
    number, day = str(form.get("citizen", "")).strip(), str(form.get("date", "")).strip()
    outcome = await console.client.outcome(number, day)
    said = said_of(outcome, Speech(console.language), console.client.now())
    return page(request, console, "person.html", said=said, day=day)


async def check(request: web.Request) -> web.Response:
    """The page before anything is checked."""
    return page(request, request.app[CONSOLE], "doctor.html", findings=[])


async def checked(request: web.Request) -> web.Response:
    """What the doctor finds; nobody's data is consulted."""
    console = request.app[CONSOLE]
    findings = [finding async for finding in console.checks()]
    return page(request, console, "doctor.html", findings=findings)
