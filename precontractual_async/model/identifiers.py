"""The two numbers of the API: the citizen's SSIN and the enterprise number.

Knows how people, spreadsheets and payroll exports write both numbers, and how check digits work. Leaves to
others: whether a number exists, which the gateway decides. No birth date, age or sex is ever derived from an
SSIN.

Both numbers mask themselves in every text; only `digits` gives the number itself. A refused value is not
shown either, not even in the frames of the error's traceback.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import ClassVar, Self

from attrs import field, frozen

from .errors import InvalidIdentifier
from .privacy import without_frames

_SEPARATORS = re.compile(r"[\s.\-/_ \u00a0\u2007\u2009\u202f\u2010-\u2015]")
_INTEGRAL_FLOAT = re.compile(r"([0-9]{1,11})[.,]0{1,2}")
_SCIENTIFIC = re.compile(r"[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]+")
# BIS numbers add 20 or 40; 00 is an unknown month. Days are not looked at: 00 and above 31 occur.
_MONTHS = frozenset({*range(13), *range(20, 33), *range(40, 53)})
_DIGITS = re.compile(r"[0-9]+")  # not str.isdigit, which accepts digits of every script


def _written(value: object, name: str) -> str:
    """The number as text without separators, from the value of a cell or a caller.

    A float or a decimal must be integral: a spreadsheet stores 11 digits exactly. Text such as
    ``7010189901.0`` is such a float that went through a text file. It is recognised before dots are removed
    as separators, because it would become another number otherwise.
    """
    match value:
        case None:
            raise InvalidIdentifier(f"{name}: empty")
        case bool():
            raise InvalidIdentifier(f"{name}: a truth value, not a number")
        case int():
            return str(value) if 0 <= value < 10**11 else "?"
        case float() | Decimal() if math.isfinite(value) and 0 <= value < 10**11 and int(value) == value:
            return str(int(value))
        case None:
            text = ""
        case str():
            text = value.strip().strip("'\"\u200e\u200f\ufeff").strip()
        case _:
            raise InvalidIdentifier(f"{name}: neither text nor a whole number")
    if not text:
        raise InvalidIdentifier(f"{name}: empty")
    if _SCIENTIFIC.fullmatch(text):
        raise InvalidIdentifier(
            f"{name}: in scientific notation, so digits are lost",
            "Format the column as text and copy the numbers again.",
        )
    if integral := _INTEGRAL_FLOAT.fullmatch(text):
        return integral[1]
    return _SEPARATORS.sub("", text)


def _padded(text: str, name: str, shortest: int, length: int) -> str:
    """The number in full length: with the leading zeros that a spreadsheet dropped."""
    if not _DIGITS.fullmatch(text):
        raise InvalidIdentifier(f"{name}: something else than digits in it")
    if not shortest <= len(text) <= length:
        raise InvalidIdentifier(f"{name}: {len(text)} digits where {length} are needed")
    return text.zfill(length)


@frozen(repr=False, order=False)
class _Number:
    """A number that is shown only on request: by ``digits``, or by ``f"{number:digits}"``."""

    digits: str = field()
    """The bare digits. Personal data: never put them in a log, an error text or a file for others."""

    name: ClassVar[str]

    @property
    def masked(self) -> str:
        """The check digits, after a star for each other digit: enough to distinguish two rows."""
        return "*" * (len(self.digits) - 2) + self.digits[-2:]

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.masked})"

    def __format__(self, spec: str) -> str:
        return self.digits if spec == "digits" else format(self.masked, spec)


@frozen(repr=False, order=False)
class Ssin(_Number):
    """A citizen's number: national register number or BIS number, 11 digits.

    Make it with `Ssin.parse`, which checks the length, the digits and the check digits. The check digits
    may follow the rule of either century: the manual's own test citizens, born in 2007 and 2010, have
    check digits by the older rule.

    >>> citizen = Ssin.parse("07.01.01-899.01")
    >>> citizen, f"{citizen}", f"{citizen:digits}"
    (Ssin(*********01), '*********01', '07010189901')
    >>> Ssin.parse(7010189901.0) == citizen
    True
    """

    name: ClassVar[str] = "SSIN"

    @classmethod
    @without_frames
    def parse(cls, value: object) -> Self:
        """Read an SSIN: text with or without separators, an int, an integral float or decimal, an `Ssin`.

        Leading zeros that a spreadsheet dropped are added again to numbers of seven digits or more: a
        shorter number is probably a row number or a staff number.

        Raises:
            InvalidIdentifier: it cannot be an SSIN; the text does not repeat the value.

        Source: manual §3.2.1.1; check digits as in belgif's openapi-data-types (person-identifier).
        """
        if isinstance(value, cls):
            return value
        if type(value) is str and len(value) == 11 and value.isascii() and value.isdigit():
            digits = value  # the usual form in a list: there is nothing to convert
        else:
            digits = _padded(_written(value, cls.name), cls.name, 7, 11)
        body, check = divmod(int(digits), 100)
        if check not in (97 - body % 97, 97 - (2_000_000_000 + body) % 97):
            raise InvalidIdentifier(f"{cls.name}: the check digits do not fit: a typing mistake?")
        if body // 100_000 % 100 not in _MONTHS:
            raise InvalidIdentifier(f"{cls.name}: no such month: a typing mistake?")
        return cls(digits)


@frozen(repr=False, order=False)
class EnterpriseNumber(_Number):
    """An enterprise's number in the Crossroads Bank for Enterprises (CBE, KBO, BCE), 10 digits.

    >>> f"{EnterpriseNumber.parse('BE 0880.820.673'):digits}"
    '0880820673'
    """

    name: ClassVar[str] = "enterprise number"

    @property
    def written(self) -> str:
        """As people write it: ``0880.820.673``."""
        return f"{self.digits[:4]}.{self.digits[4:7]}.{self.digits[7:]}"

    @classmethod
    @without_frames
    def parse(cls, value: object) -> Self:
        """Read an enterprise number: ``BE 0880.820.673``, ``880820673``, an int, an integral float.

        Raises:
            InvalidIdentifier: it cannot be an enterprise number; the text does not repeat the value.

        Source: manual §3.2.1.1; check digits by the CBE: 97 minus the first eight modulo 97.
        """
        if isinstance(value, cls):
            return value
        text = _written(value, cls.name)
        digits = _padded(text.upper().removeprefix("BE"), cls.name, 9, 10)
        if digits[0] not in "01":
            raise InvalidIdentifier(f"{cls.name}: it does not begin with 0 or 1")
        if int(digits[8:]) != 97 - int(digits[:8]) % 97:
            raise InvalidIdentifier(f"{cls.name}: the check digits do not fit: a typing mistake?")
        return cls(digits)
