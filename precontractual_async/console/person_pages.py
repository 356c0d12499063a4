"""The page that asks about one person, and the page that runs the doctor's checks.

The citizen's number appears in no address and is kept nowhere.
"""

from __future__ import annotations

from aiohttp import web

from ..report.speech import Speech
from .lists import citizen_in_words
from .pages import CONSOLE, page
from .people import said_of


async def ask(request: web.Request) -> web.Response:
    """The empty form."""
    return page(request, request.app[CONSOLE], "person.html", said=None, day="")


async def answer(request: web.Request) -> web.Response:
    """The gateway's answer about this person, on the page with the form."""
    console, form = request.app[CONSOLE], await request.post()
    number, day = str(form.get("citizen", "")).strip(), str(form.get("date", "")).strip()
    outcome = await console.client.outcome(number, day)
    said = said_of(outcome, Speech(console.language), console.client.now())
    return page(request, console, "person.html", said=said, day=day, about=citizen_in_words(number))


async def check(request: web.Request) -> web.Response:
    """The page before the checks."""
    return page(request, request.app[CONSOLE], "doctor.html", findings=[])


async def checked(request: web.Request) -> web.Response:
    """The findings of the doctor; no citizen's data is consulted."""
    console = request.app[CONSOLE]
    findings = [finding async for finding in console.checks()]
    return page(request, console, "doctor.html", findings=findings)
