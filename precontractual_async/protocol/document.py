"""JSON documents: read strictly, looked into tolerantly.

Knows UTF-8, names in other letter cases, and one value where a list may stand. Refuses to know what a
document is about.

The standard library's parser is used, not a faster one: only it shows duplicate names, and of two
contradicting values no parser may silently pick one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NoReturn, cast

from ..errors import BrokenAnswer

Json = object
JsonObject = Mapping[str, Json]


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("duplicate names")
    return document


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and infinities are not JSON")


def parse(body: bytes) -> Json:
    """The JSON value in `body`: UTF-8, a BOM tolerated, whatever the content type said.

    Raises:
        BrokenAnswer: it is not JSON, nested too deeply, or names a member twice. The error is raised
            outside the handler, because the parser's own errors carry the whole body.
    """
    try:
        return cast(
            Json, json.loads(body.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_no_constant)
        )
    except (ValueError, RecursionError):
        pass
    raise BrokenAnswer("the answer is not the JSON document that was promised")


def member(document: JsonObject, name: str) -> Json:
    """A member by its exact name, else by its name in any letter case, else None."""
    if name in document:
        return document[name]
    folded = name.casefold()
    return next((value for key, value in document.items() if key.casefold() == folded), None)


def text(value: Json) -> str | None:
    """Text without the stray blanks of the manual's examples; None for anything else."""
    return (clean(value).strip() or None) if isinstance(value, str) else None


def clean(words: str) -> str:
    """Words that can be written to a file: JSON can spell half a character (``\\ud800``), UTF-8 cannot."""
    return words if words.isascii() else words.encode("utf-8", "replace").decode("utf-8")


def texts(value: Json) -> tuple[str, ...]:
    """One value or a list of them, each once, in order; what is no text is kept as something like it."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(dict.fromkeys(_as_text(each) for each in values))


def _as_text(value: Json) -> str:
    """Text as it is, numbers and the like as JSON; containers not at all: they can be deeper than we."""
    if isinstance(value, str):
        return clean(value)
    return "(a list or an object)" if isinstance(value, list | dict) else json.dumps(value)
