"""Writes sentences, numbers, days and instants of a report in one of four languages. Pure.

Knows how each language writes numbers and days. Instants are in the time of Brussels, with the day first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from attrs import frozen

from ..model.dates import BRUSSELS
from ..words import translated

_THOUSANDS: Final[Mapping[str, str]] = {"nl": ".", "fr": "\N{NARROW NO-BREAK SPACE}", "de": ".", "en": ","}
_DAY: Final[Mapping[str, str]] = {"nl": "%d/%m/%Y", "fr": "%d/%m/%Y", "de": "%d.%m.%Y", "en": "%d/%m/%Y"}


@frozen
class Speech:
    """Writes in `language`, one of ``nl``, ``fr``, ``de``, ``en``.

    >>> say = Speech("en")
    >>> say("{count} citizens", count=say.number(5000)), say.day(date(2026, 12, 1))
    ('5,000 citizens', '01/12/2026')
    """

    language: str

    def __call__(self, english: str, **parts: str) -> str:
        """The translation of our English sentence, with its placeholders filled."""
        return self.ours(english).format(**parts)

    def ours(self, sentence: str) -> str:
        """The translation of our sentence from the journal, whose placeholders are already filled."""
        return translated(sentence, self.language)

    def number(self, count: int) -> str:
        return f"{count:,}".replace(",", _THOUSANDS[self.language])

    def day(self, day: date) -> str:
        return day.strftime(_DAY[self.language])

    def day_of(self, at: datetime) -> str:
        return self.day(at.astimezone(BRUSSELS))

    def month(self, day: date) -> str:
        return day.strftime(_DAY[self.language].removeprefix("%d")[1:])

    def instant(self, at: datetime) -> str:
        """An instant with hours and minutes.

        >>> from datetime import UTC
        >>> Speech("de").instant(datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
        '24.11.2026 10:30'
        """
        return at.astimezone(BRUSSELS).strftime(f"{_DAY[self.language]} %H:%M")
