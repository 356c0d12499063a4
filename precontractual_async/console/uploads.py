"""File uploads: read into memory, up to a size limit, and from our own forms only.

Leaves to others: lists.
"""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import BodyPartReader, MultipartReader, web

from .gate import Gate
from .lists import MOST_BYTES

_PIECE: Final = 1 << 16
_PATIENCE: Final = 120.0
"""Seconds that a browser has for an upload: other uploads wait meanwhile."""
_MOST_OF_A_TOKEN: Final = 200


class TooLarge(Exception):
    """The file is larger than a list may be."""


async def read_upload(request: web.Request, gate: Gate, most: int = MOST_BYTES) -> tuple[str, bytes] | None:
    """The name and the content of the file; None: no file was chosen.

    Raises:
        HTTPException: the form is not ours, or comes too slowly.
        TooLarge: the file is larger than `most` bytes.
    """
    if request.content_type != "multipart/form-data":
        raise web.HTTPUnsupportedMediaType
    try:
        async with asyncio.timeout(_PATIENCE):
            return await _read(await request.multipart(), gate, most)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except ValueError:  # the body is not the form that its header promises
        raise web.HTTPBadRequest from None


async def _read(form: MultipartReader, gate: Gate, most: int) -> tuple[str, bytes] | None:
    """The token is the first field, so that nothing else of a foreign form is read."""
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
