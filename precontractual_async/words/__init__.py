"""Our own words in the four languages of the gateway. Pure.

Knows each sentence that a result can hold: what an answer means, what is wrong with a row, why it is not
answered yet, what to do; and the machine's words as people read them. English is the key, as the code says
everything in English, so what is missing here is told in English rather than not at all. Refuses to know
who says a sentence and where it is shown; the gateway's own texts come in its own four languages.

A sentence with parts that vary is a row with placeholders, which its translations have too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain
from typing import Final

from attrs import frozen

from . import (
    blocks,
    cluster,
    command,
    console,
    console_runs,
    doctor,
    dryrun,
    faults,
    guides,
    history,
    journal,
    journal_command,
    lists,
    monitoring,
    nightly,
    opening,
    options,
    pictures,
    report,
    runs,
    settings,
    sharing,
    sheets,
    steps,
    tables,
)
from .labels import LABELS

LANGUAGES: Final = ("nl", "fr", "de", "en")
"""Of the gateway, and of all that we say."""
_SENTENCES: Final = re.compile(r"(?<=\.) (?=[A-Z])")
_PLACEHOLDER: Final = re.compile(r"{([a-z]+)}")

_QUOTED: Final = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""

# What can stand in a place. Anything may in those that are not here.
_SHAPES: Final[Mapping[str, str]] = {
    "number": r"(?:represented )?enterprise number|SSIN|\w*(?i:_number|_ssin|_file)(?: \(in the profile\))?",
    "part": "(?:represented )?enterprise number|SSIN|start date|type of worker",
    "day": r"\d{4}-\d\d-\d\d",
    "status": r"\d+",
    "count": r"[\d,]+",
    "lines": r"[\d, ]+",
    "format": r"[A-Za-z ]+",
    "column": rf"{_QUOTED}(?: / {_QUOTED})*\??",
    "needed": r"\d+",
    "seconds": r"-?[\d.]+",
    "line": r"\d+",
    "most": r"[\d,]+",
    "known": r"[\d,]+",
    "pace": r"[\d.]+",
    "limit": r"[\d.]+",
    "time": r"\d[\da-z ]*",
    "moment": r"[\d/: ]+",
    "rows": r"[\d,]+",
    "setting": r"[\w.-]+",
    "option": r"--[\w-]+",
    "role": r"[a-z ]+",
    **dict.fromkeys(("some", "flexi", "student", "none", "open"), r"\d+"),
}
_DAYS: Final[Mapping[str, str]] = {
    "nl": "{2}/{1}/{0}",
    "fr": "{2}/{1}/{0}",
    "de": "{2}.{1}.{0}",
    "en": "{0}-{1}-{2}",
}
"""How a day reads in a sentence, from its year, month and day. English keeps that of the cells beside it."""
_OURS: Final = ("number", "part", "role", "why", "said", "before", "now")
"""Places in which words of ours stand, which are translated in their turn."""


@frozen
class _Row:
    """One sentence: its shape in English, and what it is in each language."""

    key: re.Pattern[str]
    texts: Mapping[str, str]

    def has(self, mark: str, found: re.Match[str]) -> bool:
        """Whether it stands in what was found in a place, other than one with words of ours."""
        return any(mark in part for name, part in found.groupdict().items() if name not in _OURS)

    def said(self, found: re.Match[str], language: str) -> str:
        """The sentence with what was found in its places."""
        parts = found.groupdict()
        ours = {name: translated_parts(parts[name], language) for name in _OURS if name in parts}
        days = {"day": _DAYS[language].format(*parts["day"].split("-"))} if "day" in parts else {}
        return self.texts[language].format_map(parts | ours | days)


def _pattern(english: str) -> re.Pattern[str]:
    """What fits a sentence: its words as they stand, and in each place what can stand there."""
    words = re.split(_PLACEHOLDER, english)
    for position, word in enumerate(words):
        words[position] = f"(?P<{word}>{_SHAPES.get(word, '.+?')})" if position % 2 else re.escape(word)
    return re.compile("".join(words))


def _catalogue() -> Iterator[tuple[str, tuple[str, str, str, str]]]:
    """Each row by its key: Dutch, French, German, English."""
    rooms = (
        blocks,
        cluster,
        command,
        console,
        console_runs,
        doctor,
        dryrun,
        lists,
        faults,
        runs,
        sharing,
        sheets,
        steps,
        report,
        pictures,
        tables,
        monitoring,
        opening,
        journal,
        journal_command,
        options,
        settings,
        guides,
        nightly,
        history,
    )
    for english, dutch, french, german in chain.from_iterable(room.SENTENCES for room in rooms):
        yield english, (dutch, french, german, english)
    for word, english, dutch, french, german in LABELS:
        yield word, (dutch, french, german, english)


CATALOGUE: Final[Mapping[str, Mapping[str, str]]] = {
    key: dict(zip(LANGUAGES, texts, strict=True)) for key, texts in _catalogue()
}
"""What each sentence is in each of `LANGUAGES`, by its English."""


@cache
def _rows() -> tuple[_Row, ...]:
    """The sentences with places, when one is first looked for: to compile them takes longer than to import."""
    return tuple(_Row(_pattern(key), texts) for key, texts in CATALOGUE.items() if "{" in key)


def check_language(language: str) -> None:
    """Return when it is one of ``nl``, ``fr``, ``de``, ``en``.

    Raises:
        ValueError: it is none of them.
    """
    if language not in LANGUAGES:
        raise ValueError(f"a language is one of {', '.join(LANGUAGES)}, in small letters")


@lru_cache(maxsize=1024)
def translated(text: str, language: str) -> str:
    """A sentence of ours in `language`, one of ``nl``, ``fr``, ``de``, ``en``; in English when it is unknown.

    >>> translated("conditions not met", "nl")
    'voorwaarden niet vervuld'
    >>> translated("SSIN: 3 digits where 11 are needed", "fr")
    'NISS : 3 chiffres au lieu de 11'
    >>> translated("Ask again from 2027-03-01.", "de")
    'Fragen Sie ab dem 01.03.2027 erneut an.'
    >>> translated("no_grant", "en")
    'no mandate'
    """
    check_language(language)
    whole = _as_whole(text, language)
    return text if whole is None else whole


def _as_whole(text: str, language: str, mark: str | None = None) -> str | None:
    """A sentence of ours; None: it is none, or has `mark` in a place, where it stands between two."""
    if text in CATALOGUE:
        return CATALOGUE[text][language]
    for row in _rows():
        found = row.key.fullmatch(text)
        if found and not (mark and row.has(mark, found)):
            return row.said(found, language)
    return None


def translated_parts(text: str, language: str, between: Sequence[str] = ("; ", ", ")) -> str:
    """A line of ours as a whole, or else part by part; what is not known stays English.

    >>> translated_parts("12 answered, 3 refused", "nl")
    '12 beantwoord, 3 te verbeteren'
    >>> translated_parts("Check KEY_FILE. Run it again later.", "nl")
    'Controleer KEY_FILE. Start de verwerking later opnieuw.'
    """
    sentences = _SENTENCES.split(text)
    if len(sentences) > 1 and text not in CATALOGUE:  # a place in one sentence could hold the next as well
        each = [translated_parts(sentence, language) for sentence in sentences]
        if not set(each).intersection(sentences):
            return " ".join(each)
    mark, *others = between
    if mark in text and (whole := _as_whole(text, language, mark)) is not None:
        return whole
    if mark not in text:
        told = translated(text, language)
        return told if told != text or not others else translated_parts(text, language, others)
    return mark.join(translated_parts(part, language, others or between) for part in text.split(mark))
