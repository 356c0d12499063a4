"""Ways to a gateway without a network: what goes out is noted, what comes back is written in the test.

What comes back carries values that the leak canary looks for: tokens, references and texts of a body.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from urllib.parse import parse_qs, urlsplit

from attrs import define, evolve, field

from precontractual_async.protocol.wire import HttpRequest, HttpResponse

from .virtual import elapsed

TOKEN = "canary-t0ken"
BODY = "canary-of-a-body"
REFERENCE = "canary-reference-of-the-call"


def reference_of(number: str) -> str:
    """As the manual writes one: it begins with the number."""
    return f"{number}0112202612"


GOOD = {
    "precontractualMainReference": f" {REFERENCE}",
    "flexiJobResult": {
        "allowed": "nok",
        "description": {"type": "disclaimer", "label": {"nl": f"<i>{BODY}</i>"}},
    },
    "studentJobResult": {
        "allowed": "ok",
        "hoursRemaining": 50,
        "description": {"type": "disclaimer", "label": {"nl": f"<i>{BODY}</i>"}},
    },
}
"""An answer about anybody; a `Way` gives it the reference of whom the call asks for."""

Handler = Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]


def reply(status: int = 200, document: object = GOOD, **headers: str) -> HttpResponse:
    """A response with a JSON body; header names are written with underscores."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(status, names, json.dumps(document).encode())


def parameters(request: HttpRequest) -> Mapping[str, str]:
    """The query parameters of a request."""
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


@define
class Way:
    """A transport that counts: `api` answers calls, `oauth` token requests, each after its delay."""

    api: Handler = field(default=lambda _: reply())
    token_life: float = 300
    delay: float = 0.01
    token_delay: float = 0.05
    calls: list[HttpRequest] = field(factory=list)
    stamps: list[float] = field(factory=list)
    token_calls: int = 0
    token_stamps: list[float] = field(factory=list)
    tokens_in_flight: int = 0
    most_tokens_in_flight: int = 0
    oauth: Handler | None = None
    _serial: count[int] = field(factory=lambda: count(1))

    async def send(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            return await self._token(request)
        self.calls.append(request)
        self.stamps.append(elapsed())
        await asyncio.sleep(self.delay)
        return _about(parameters(request).get("citizen", ""), await _result(self.api(request)))

    async def _token(self, request: HttpRequest) -> HttpResponse:
        self.token_calls += 1
        self.token_stamps.append(elapsed())
        self.tokens_in_flight += 1
        self.most_tokens_in_flight = max(self.most_tokens_in_flight, self.tokens_in_flight)
        try:
            await asyncio.sleep(self.token_delay)
            if self.oauth is not None:
                return await _result(self.oauth(request))
            return self.fresh_token()
        finally:
            self.tokens_in_flight -= 1

    def fresh_token(self) -> HttpResponse:
        token = f"{TOKEN}-{next(self._serial)}"
        return reply(200, {"access_token": token, "token_type": "Bearer", "expires_in": self.token_life})


async def _result(made: HttpResponse | Awaitable[HttpResponse]) -> HttpResponse:
    return made if isinstance(made, HttpResponse) else await made


def _about(number: str, response: HttpResponse) -> HttpResponse:
    return evolve(response, body=response.body.replace(REFERENCE.encode(), reference_of(number).encode()))


def most_in_one_second(stamps: list[float]) -> int:
    """The most stamps in any window of one second, its end excluded."""
    most, first = 0, 0
    for last, stamp in enumerate(stamps):
        while stamp - stamps[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most
