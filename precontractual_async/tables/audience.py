"""The readers of a result."""

from __future__ import annotations

from datetime import date

from attrs import frozen

from .columns import Columns


@frozen
class Audience:
    """The readers' language, the roles of the columns in their list, and the day in Brussels."""

    language: str = "en"
    columns: Columns | None = None
    today: date | None = None
