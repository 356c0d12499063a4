"""A report as one page of HTML, which asks nothing of anybody else.

Knows the template and what goes into it, and lets the page run its own style and script, by their hashes, and
nothing else. Needs Jinja2 (extra `report`). Refuses to know what is told, and in which words.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Final
from xml.etree.ElementTree import Element, tostring

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from ..journal.runs import Run
from ..settings.version import USER_AGENT
from .fold import Fold
from .kinds import KINDS
from .pictures import pictures
from .speech import Speech
from .view import blocks, cut_short, employers, facts, quotes, tasks

_LABELS: Final = (
    ("date", "Start date"),
    ("flexi", "Flexi-job"),
    ("student", "Student job"),
    ("hours", "Hours left"),
    ("who", "Whose move"),
    ("step", "Next step"),
    ("asked", "Asked"),
    ("employer", "Employer"),
)
"""What stands before the cells where a row is too narrow for columns."""


def page(
    fold: Fold, runs: Sequence[Run] = (), *, made_at: datetime, show_citizens: bool = False
) -> Iterator[str]:
    """The page, piece by piece, in the language of the fold.

    `runs`: those that the journal noted. `made_at`: now, aware. `show_citizens`: with their numbers in full.

    >>> from datetime import UTC, date
    >>> "".join(page(Fold(date(2026, 11, 24)), made_at=datetime(2026, 11, 24, tzinfo=UTC)))[:15]
    '<!doctype html>'
    """
    say, citizens = Speech(fold.language), fold.citizens()
    styles, script = (_text_of("style.css"), _labels(say)), _text_of("script.js")
    told, more = quotes(fold, say)
    return (
        _environment()
        .get_template("report.html")
        .generate(
            say=say,
            facts=list(facts(fold, citizens, runs, made_at, say)),
            cut_short=cut_short(runs, say),
            tasks=tasks(citizens, say),
            pictures=pictures(fold, runs, say),
            blocks=blocks(citizens, fold.today, say, show_citizens=show_citizens),
            has_employers=len(employers(citizens)) > 1,
            show_citizens=show_citizens,
            quotes=told,
            more_quotes=more,
            kinds=KINDS,
            styles=styles,
            script=script,
            policy=_policy(styles, script),
            made_by=USER_AGENT,
        )
    )


@cache
def _environment() -> Environment:
    """One for all pages: it compiles the template once."""
    environment = Environment(
        loader=FunctionLoader(_text_of),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["svg"] = _markup_of
    environment.filters["ours"] = Markup  # style and script, which are files beside this one
    return environment


def _markup_of(chart: Element) -> Markup:
    return Markup(tostring(chart, encoding="unicode"))  # noqa: S704 (ElementTree has escaped what is in it)


def _text_of(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def _labels(say: Speech) -> str:
    """The labels as values for the style sheet."""
    values = (f"--{name}:{json.dumps(say(word), ensure_ascii=False)}" for name, word in _LABELS)
    return f":root{{{';'.join(values)}}}"


def _policy(styles: Iterable[str], script: str) -> str:
    """What the page may do: run these, and nothing else."""
    allowed = " ".join(map(_hash, styles))
    return (
        f"default-src 'none'; style-src {allowed}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
