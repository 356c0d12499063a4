"""The requests and replies of the sandbox: plain values, and belgif's problems.

Knows the forms of belgif's REST guide. Leaves to others: sockets.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

_GUIDE: Final = "https://www.belgif.be/specification/rest/api-guide/problems"


@frozen(repr=False)
class SandboxRequest:
    """One request; header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes = b""


@frozen(repr=False)
class SandboxReply:
    """One reply, sent after `delay` seconds; or a connection that is dropped, at once or half-way."""

    status: int
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes = b""
    delay: float = 0.0
    is_dropped: bool = False
    is_cut: bool = False


def json_reply(status: int, document: object, headers: Mapping[str, str] | None = None) -> SandboxReply:
    """A reply in JSON; a problem has its own media type."""
    is_problem = status >= 400 and isinstance(document, dict) and "type" in document
    kind = "application/problem+json" if is_problem else "application/json"
    return SandboxReply(status, {"Content-Type": kind, **(headers or {})}, json.dumps(document).encode())


def problem(
    name: str, title: str, status: int, detail: str, members: Mapping[str, object] | None = None
) -> dict[str, object]:
    """A belgif problem document."""
    return {
        "type": f"urn:problem-type:belgif:{name}",
        "href": f"{_GUIDE}/{name}.html",
        "title": title,
        "status": status,
        "detail": detail,
        **(members or {}),
    }
