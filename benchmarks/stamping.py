"""A server that answers every request at once and notes when it arrived, tokens included.

Run in its own process. Prints its port; then, for every line on its standard input, the arrivals since the
line before, as JSON, in seconds of its monotonic clock. Ends when its standard input is closed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from array import array

from server import TOKEN, answer_to, response

STAMPS = array("d")


TOKEN_RESPONSE = response(TOKEN)


class Stamping(asyncio.Protocol):
    """Looks at nothing but the path. The body of a token request may stay behind, before the next head."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._buffer = b""

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            STAMPS.append(now)
            self._transport.write(TOKEN_RESPONSE if b"POST /token" in head else answer_to(head))


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Stamping, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(STAMPS.tolist()), flush=True)
        del STAMPS[:]
    server.close()


if __name__ == "__main__":
    asyncio.run(main())
