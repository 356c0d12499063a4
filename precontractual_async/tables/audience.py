"""For whom a result is written."""

from __future__ import annotations

from datetime import date

from attrs import frozen

from .columns import Columns


@frozen
class Audience:
    """The language that they read, what the columns of their list mean to us, and the day in Brussels."""

    language: str = "en"
    columns: Columns | None = None
    today: date | None = None
