"""JSON documents: read strictly, looked into tolerantly.

Knows UTF-8, names in any letter case, and one value where a list may stand. Refuses to know what a
document is about.

Of two values under one name no parser may silently pick one: the standard library's is used, not a faster
one, because only it shows names that come twice. The manual writes the same names in several letter cases,
so an object is folded before it is looked into; then names that differ in nothing else are the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NoReturn, cast

from ..model.errors import BrokenAnswer

Json = object
JsonObject = Mapping[str, Json]


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a name comes twice")
    return document


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and infinities are not JSON")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant)


def parse(body: bytes) -> Json:
    """The JSON value in `body`: UTF-8, a BOM tolerated, whatever the content type said.

    Raises:
        BrokenAnswer: it is not JSON, nested too deeply, or names a member twice. The error is raised
            outside the handler, because the parser's own errors carry the whole body.
    """
    try:
        return cast(Json, _DECODER.decode(body.decode().removeprefix("\ufeff")))
    except (ValueError, RecursionError):
        pass
    raise BrokenAnswer("the answer is not the JSON document that was promised")


_FOLDED: Final[dict[tuple[str, ...], tuple[str, ...]]] = {}
"""The same few lists of names come with every document."""
_MOST_FOLDED: Final = 64


def _folded(names: tuple[str, ...]) -> tuple[str, ...]:
    folded = _FOLDED.get(names)
    if folded is None:
        folded = tuple(name.casefold() for name in names)
        if len(_FOLDED) < _MOST_FOLDED and sum(map(len, names)) < _LONGEST_TEXT:
            _FOLDED[names] = folded
    return folded


def fold(document: JsonObject) -> JsonObject:
    """An object by its names in one letter case: ``flexijobresult``.

    Raises:
        BrokenAnswer: two names differ in nothing else.
    """
    folded = dict(zip(_folded(tuple(document)), document.values(), strict=True))
    if len(folded) != len(document):
        raise BrokenAnswer("the answer names a member twice, in two letter cases")
    return folded


def text(value: Json) -> str | None:
    """Text without the stray blanks of the manual's examples; None for anything else."""
    return (as_text(value).strip() or None) if isinstance(value, str) else None


def clean(words: str) -> str:
    """Words that can be written to a file: JSON can spell half a character (``\\ud800``), UTF-8 cannot."""
    return words if words.isascii() else words.encode("utf-8", "replace").decode("utf-8")


def texts(value: Json) -> tuple[str, ...]:
    """One value or a list of them, each once, in order; what is no text is kept as something like it."""
    if isinstance(value, str):
        return _alone(value) if len(value) < _LONGEST_TEXT else (as_text(value),)
    values = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(dict.fromkeys(as_text(each) for each in values))[:_MOST_VALUES]


@lru_cache(maxsize=64)
def _alone(word: str) -> tuple[str]:
    """The same few words come with every document: each is kept once."""
    return (as_text(word),)


_MOST_VALUES: Final = 16
_LONGEST_TEXT: Final = 500
"""Of what is kept as it was said; more would only fill the memory."""


def as_text(value: Json) -> str:
    """Text as it is, numbers and the like as JSON; containers not at all: they can be deeper than we."""
    if isinstance(value, str):
        return clean(value)[:_LONGEST_TEXT]
    return "(a list or an object)" if isinstance(value, list | dict) else json.dumps(value)[:_LONGEST_TEXT]
