"""For whom a result is written."""

from __future__ import annotations

from attrs import frozen

from .columns import Columns


@frozen
class Reader:
    """The language that they read, and what the columns of their list mean to us."""

    language: str = "en"
    columns: Columns | None = None
