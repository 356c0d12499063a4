"""JSON documents: the syntax is read strictly, the members tolerantly.

Knows UTF-8, names in any letter case, and one value in place of a list. Leaves to others: what a document
means.

A parser must not silently choose between two values under one name. So this uses the standard library's
parser and not a faster one: only that parser reports duplicate names. The manual writes the same names in
several letter cases, so the names of an object are folded to one case before a member is read.
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
    """The JSON value in `body`: UTF-8, with or without a BOM. The content type does not matter.

    Raises:
        BrokenAnswer: it is not JSON, is nested too deeply, or names a member twice. The error is raised
            outside the handler, because the parser's own errors hold the whole body.
    """
    try:
        return cast(Json, _DECODER.decode(body.decode().removeprefix("\ufeff")))
    except (ValueError, RecursionError):
        pass
    raise BrokenAnswer("the answer is not the JSON document that was promised")


_FOLDED: Final[dict[tuple[str, ...], tuple[str, ...]]] = {}
"""A cache: the same few lists of names come with every document."""
_MOST_FOLDED: Final = 64


def _folded(names: tuple[str, ...]) -> tuple[str, ...]:
    folded = _FOLDED.get(names)
    if folded is None:
        folded = tuple(name.casefold() for name in names)
        if len(_FOLDED) < _MOST_FOLDED and sum(map(len, names)) < _LONGEST_TEXT:
            _FOLDED[names] = folded
    return folded


def fold(document: JsonObject) -> JsonObject:
    """The object with its names in lower case, such as ``flexijobresult``.

    Raises:
        BrokenAnswer: two names differ only in letter case.
    """
    folded = dict(zip(_folded(tuple(document)), document.values(), strict=True))
    if len(folded) != len(document):
        raise BrokenAnswer("the answer names a member twice, in two letter cases")
    return folded


def text(value: Json) -> str | None:
    """The text without the blanks around it that the manual's examples have; None for any other value."""
    return (as_text(value).strip() or None) if isinstance(value, str) else None


def clean(words: str) -> str:
    """Text that can be written as UTF-8: JSON can hold half a character (``\\ud800``), UTF-8 cannot."""
    return words if words.isascii() else words.encode("utf-8", "replace").decode("utf-8")


def texts(value: Json) -> tuple[str, ...]:
    """The texts in a value or a list: each once, in order. Other values become text: see `as_text`."""
    if isinstance(value, str):
        return _single(value) if len(value) < _LONGEST_TEXT else (as_text(value),)
    values = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(dict.fromkeys(as_text(each) for each in values))[:_MOST_VALUES]


@lru_cache(maxsize=64)
def _single(word: str) -> tuple[str]:
    """One text as a tuple. The same few texts come with every document: each is stored once."""
    return (as_text(word),)


_MOST_VALUES: Final = 16
_LONGEST_TEXT: Final = 500
"""The most characters of a text that is kept: longer texts would only fill the memory."""


def as_text(value: Json) -> str:
    """Text as it is, numbers and similar values as JSON; not containers, whose nesting can be too deep."""
    if isinstance(value, str):
        return clean(value)[:_LONGEST_TEXT]
    return "(a list or an object)" if isinstance(value, list | dict) else json.dumps(value)[:_LONGEST_TEXT]
