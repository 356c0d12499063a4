"""A server that costs as little as possible: a good answer to every GET, one token to every POST. As at the
gateway, only the references in an answer differ from citizen to citizen.

Run in its own process; prints its port, and serves until its standard input is closed.
"""

from __future__ import annotations

import asyncio
import json
import sys

LABELS = {language: f"<i>{language} {'disclaimer ' * 6}</i>" for language in ("nl", "fr", "de", "en")}
CITIZEN = "{citizen}"
ANSWER = json.dumps(
    {
        "precontractualMainReference": f" {CITIZEN}2411202601",
        "flexiJobResult": {
            "allowed": "nok",
            "flexiJobReference": f"{CITIZEN}2411202602",
            "description": {"type": "disclaimer", "label": LABELS},
        },
        "studentJobResult": {
            "allowed": "ok",
            "studentJobReference": f"{CITIZEN}2411202603",
            "hoursRemaining": 50,
            "description": {"type": "disclaimer", "label": LABELS},
        },
    }
)
TOKEN = json.dumps({"access_token": "benchmark", "token_type": "Bearer", "expires_in": 3600}).encode()


def response(body: bytes) -> bytes:
    """A whole response with this body."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def answer_to(head: bytes) -> bytes:
    """The whole response to a request for one citizen."""
    return ANSWER_RESPONSE.replace(CITIZEN.encode(), head.partition(b"citizen=")[2][:11])


ANSWER_RESPONSE = response(ANSWER.replace(CITIZEN, "0" * 11).encode()).replace(b"0" * 11, CITIZEN.encode())


class Static(asyncio.Protocol):
    """Answers by the first letter of the request; bodies come with their heads on loopback."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            if head.startswith(b"POST"):
                self._buffer = b""
                self._transport.write(response(TOKEN))
            else:
                self._transport.write(answer_to(head))


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Static, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
