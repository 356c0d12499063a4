"""Options that several commands share, so that their names and help are the same everywhere."""

from __future__ import annotations

import argparse

from ..words import LANGUAGES
from .values import duration


def add_journal_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("journal", metavar="J", help="the file that was given to screen --journal")


def add_fresh_for(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--fresh-for",
        type=duration,
        metavar="T",
        help="ask ok and nok again after this, such as 7d (default: never)",
    )


def add_lang(parser: argparse.ArgumentParser, more: str = "") -> None:
    text = f"language of what is said{more} (default: the locale's)"
    parser.add_argument("--lang", choices=LANGUAGES, help=text)
