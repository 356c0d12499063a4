"""Months and days of the week as lists write them, whole or shortened, in Dutch, French, German and English.

A shortened word is the beginning of a word, of three letters or more (two for a day of the week). It may have
several meanings: ``mar`` begins both *mars* and *mardi*, ``jui`` begins both *juin* and *juillet*.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

_MONTHS: Final = """
    januari janvier januar january jaenner
    februari fevrier februar february feber
    maart mars maerz march mrt mrz
    april avril
    mei mai may
    juni juin june
    juli juillet july
    augustus aout august
    september septembre
    oktober octobre october
    november novembre
    december decembre dezember
"""
"""A line for each month."""
_DAYS: Final = """
    maandag lundi montag monday
    dinsdag mardi dienstag tuesday
    woensdag mercredi mittwoch wednesday
    donderdag jeudi donnerstag thursday
    vrijdag vendredi freitag friday
    zaterdag samedi samstag sonnabend saturday
    zondag dimanche sonntag sunday
"""
"""A line for each day, from Monday on."""


def _table(lines: str) -> dict[str, int]:
    return {word: at for at, line in enumerate(lines.strip().splitlines()) for word in line.split()}


_MONTH_OF: Final = _table(_MONTHS)
_DAY_OF: Final = _table(_DAYS)


@lru_cache(maxsize=256)
def months_of(word: str) -> frozenset[int]:
    """The months, from 1, that `word` may mean; also 0 when it may be a day of the week instead.

    >>> [sorted(months_of(word)) for word in ("D\u00e9c", "M\u00e4r", "jui", "x")], len(months_of("mar"))
    ([[12], [3], [6, 7], []], 2)
    """
    plain = _plain(word)
    months = _begins(plain, _MONTH_OF, least=3)
    is_a_day_too = bool(_begins(plain, _DAY_OF, least=3)) and plain not in _MONTH_OF
    return frozenset(at + 1 for at in months) | (frozenset({0}) if months and is_a_day_too else frozenset())


@lru_cache(maxsize=256)
def days_of_the_week(word: str) -> frozenset[int]:
    """The days of the week, from 0 for Monday, that `word` may mean.

    >>> sorted(days_of_the_week("Di")), sorted(days_of_the_week("ma"))
    ([1, 6], [0, 1])
    """
    return _begins(_plain(word), _DAY_OF, least=2)


def _begins(word: str, table: dict[str, int], *, least: int) -> frozenset[int]:
    if word in table:
        return frozenset({table[word]})
    if len(word) < least:
        return frozenset()
    return frozenset(at for whole, at in table.items() if whole.startswith(word))


def _plain(word: str) -> str:
    """The word in one case, without accents; German a-umlaut becomes ae, as it does in the tables above."""
    composed = unicodedata.normalize("NFC", word).casefold().replace("\u00e4", "ae")
    return "".join(c for c in unicodedata.normalize("NFKD", composed) if not unicodedata.combining(c))
