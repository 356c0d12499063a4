"""A file that a browser sends: read into memory, no larger than it may be, and by none but our own form.

Refuses to know lists.
"""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import BodyPartReader, MultipartReader, web

from .gate import Gate
from .lists import MOST_BYTES

_PIECE: Final = 1 << 16
_PATIENCE: Final = 120.0
"""Seconds that a browser has for sending it: others wait meanwhile."""
_MOST_OF_A_TOKEN: Final = 200


class TooLarge(Exception):
    """The file is larger than a list may be."""


async def read_upload(request: web.Request, gate: Gate, most: int = MOST_BYTES) -> tuple[str, bytes] | None:
    """The name and the content of the file; None: no file was chosen.

    Raises:
        HTTPException: it is no form of ours, or comes too slowly.
        TooLarge: the file is larger than `most` bytes.
    """
    if request.content_type != "multipart/form-data":
        raise web.HTTPUnsupportedMediaType
    try:
        async with asyncio.timeout(_PATIENCE):
            return await _read(await request.multipart(), gate, most)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except ValueError:  # no such form as it says
        raise web.HTTPBadRequest from None


async def _read(form: MultipartReader, gate: Gate, most: int) -> tuple[str, bytes] | None:
    """The token stands first, so that nothing of a form is read that is not ours."""
    token = await form.next()
    if not isinstance(token, BodyPartReader) or token.name != "token":
        raise web.HTTPForbidden
    if not gate.takes((await _content(token, _MOST_OF_A_TOKEN)).decode(errors="replace")):
        raise web.HTTPForbidden
    file = await form.next()
    if not isinstance(file, BodyPartReader) or file.name != "file":
        raise web.HTTPBadRequest
    data = await _content(file, most)
    return (file.filename, data) if file.filename else None


async def _content(part: BodyPartReader, most: int) -> bytes:
    data = bytearray()
    while piece := await part.read_chunk(_PIECE):
        data += piece
        if len(data) > most:
            raise TooLarge
    return bytes(data)
