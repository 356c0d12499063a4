"""The security checks of every request, and the security headers of every reply.

Knows hosts, origins, cookies and headers. Refuses foreign pages in the same browser (CSRF), foreign names
that point at this machine (DNS rebinding), and other users of the machine. Leaves to others: what is served.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from ..model.errors import InternalFault, PrecontractualError
from ..words import LANGUAGES, translated_parts
from .gate import Gate

GATE: Final = web.AppKey("gate", Gate)
PORT: Final = web.AppKey("port", int)

ENTER: Final = "/enter"
"""The only address that is served without the cookie: it sets the cookie."""
UPLOAD: Final = "/lists"
"""Takes a file, and checks the form's token itself, before the file is read."""
EVENTS: Final = "/events"
"""The end of addresses that a page polls by itself: such a request does not prove that a person is there."""

MOST_OF_A_FORM: Final = 64 * 1024
"""The largest size, in bytes, of a form without a file."""

_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # with "no-referrer" browsers would send forms with the origin "null"
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "precontractual-console",
}
_REFUSED: Final = (
    "This console does not know this browser. "
    "The terminal in which it runs shows the address to open; each address opens once."
)
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def cookie_name(port: int) -> str:
    """A cookie name for each port: browsers send the cookies of a host to all of its ports."""
    return f"precontractual-console-{port}"


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Add the security headers to every reply, including aiohttp's own."""
    response.headers.update(_HEADERS)


def refused(status: int = 403, text: str = _REFUSED) -> web.Response:
    """A refusal that gives no details, in each language: nobody knows who reads it."""
    told = dict.fromkeys(translated_parts(text, language) for language in LANGUAGES)
    return web.Response(status=status, text="\n\n".join(told))


@web.middleware
async def guard(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Serve only requests that the gate admits; an unexpected error shows nobody's data."""
    try:
        if not _is_meant_for_us(request) or not await _is_let_in(request):
            return refused()
        return await handler(request)
    except web.HTTPException as reply:
        return web.Response(status=reply.status, text=reply.reason, headers=_place_of(reply))
    except ConnectionError:  # the browser has closed the connection: nobody reads this
        return refused()
    except PrecontractualError as error:
        return refused(500, f"{error.diagnosis}. {error.next_step}")
    except Exception as error:  # noqa: BLE001 (a traceback could show numbers; the name of the class cannot)
        return refused(500, InternalFault.of(error).diagnosis)


def _place_of(reply: web.HTTPException) -> dict[str, str]:
    return {name: reply.headers[name] for name in ("Location", "Allow") if name in reply.headers}


def _is_meant_for_us(request: web.Request) -> bool:
    """Check the host, which a page under another name cannot fake, and the origin of the request."""
    host = f"127.0.0.1:{request.app[PORT]}"
    if request.headers.getall("Host", []) != [host]:
        return False
    origins = request.headers.getall("Origin", [])
    if origins not in ([], [f"http://{host}"]):
        return False
    if request.method in ("GET", "HEAD"):
        site = request.headers.get("Sec-Fetch-Site", "none")
        return request.path == ENTER or site in ("none", "same-origin")
    return request.method == "POST" and bool(origins)


async def _is_let_in(request: web.Request) -> bool:
    if request.path == ENTER:
        return request.method == "GET"
    gate = request.app[GATE]
    cookie = request.cookies.get(cookie_name(request.app[PORT]), "")
    if not gate.admits(cookie, is_a_look=not request.path.endswith(EVENTS)):
        return False
    if request.method != "POST" or request.path == UPLOAD:
        return True
    form = await request.post()
    return gate.takes(str(form.get("token", "")))


async def enter(request: web.Request) -> web.Response:
    """Exchange the one-time secret for the cookie, and go on to the first page, whose address has no secret.

    Goes on by a page and not by an HTTP redirect: the address is opened from a local file, and after a
    redirect from there a browser does not send a SameSite=Strict cookie.
    """
    session = request.app[GATE].enter(request.query.get("once", ""))
    if session is None:
        return refused()
    reply = web.Response(
        text='<!doctype html><html lang="en"><meta http-equiv="refresh" content="0;url=/">'
        '<link rel="icon" href="/static/icon.svg"><title>precontractual</title>'
        '<p><a href="/">precontractual</a></p></html>',
        content_type="text/html",
    )
    name = cookie_name(request.app[PORT])
    reply.set_cookie(name, session, httponly=True, samesite="Strict", path="/")
    return reply
