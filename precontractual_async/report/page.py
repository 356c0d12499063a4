"""A report as one self-contained page of HTML, which loads nothing from elsewhere.

Knows the template and its data. Content security policy: the page may use only its own style and script, by
their hashes. Needs Jinja2 (extra `report`). Leaves to others: what the page says, and in which words.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Final
from xml.etree.ElementTree import Element, tostring

from jinja2 import Environment
from markupsafe import Markup

from ..journal.runs import Run
from ..settings.version import USER_AGENT
from .fold import Fold
from .kinds import KINDS
from .pictures import pictures
from .speech import Speech
from .templates import environment, text_of
from .view import blocks, cut_short, employers, facts, quotes, status_changes, tasks

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
"""The labels of the cells on a screen that is too narrow for columns."""


def page(
    fold: Fold,
    runs: Sequence[Run] = (),
    *,
    made_at: datetime,
    show_citizens: bool = False,
    since: datetime | None = None,
) -> Iterator[str]:
    """The page in pieces, in the language of the fold.

    `runs`: the runs in the journal. `made_at`: now, with a time zone. `show_citizens`: do not mask SSINs.
    `since`: the beginning of a run: the page shows what changed since then; None: it does not.

    >>> from datetime import UTC, date
    >>> "".join(page(Fold(date(2026, 11, 24)), made_at=datetime(2026, 11, 24, tzinfo=UTC)))[:15]
    '<!doctype html>'
    """
    say, citizens = Speech(fold.language), fold.citizens()
    styles, script = (text_of(__package__, "style.css"), labels(say)), text_of(__package__, "script.js")
    quoted, more = quotes(fold, say)
    changed, fresh = (
        ([], 0)
        if since is None
        else status_changes(citizens, since, fold.today, say, show_citizens=show_citizens)
    )
    return (
        _environment()
        .get_template("report.html")
        .generate(
            say=say,
            facts=list(facts(fold, citizens, runs, made_at, say)),
            cut_short=cut_short(runs, say),
            tasks=tasks(citizens, say),
            since=since and say.instant(since),
            changed=changed,
            fresh=fresh,
            pictures=pictures(fold, runs, say),
            blocks=blocks(citizens, fold.today, say, show_citizens=show_citizens),
            has_employers=len(employers(citizens)) > 1,
            show_citizens=show_citizens,
            quotes=quoted,
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
    made = environment(__package__)
    made.filters["svg"] = _markup_of
    made.filters["ours"] = Markup  # style and script, which are files beside this one
    return made


def _markup_of(chart: Element) -> Markup:
    return Markup(tostring(chart, encoding="unicode"))  # noqa: S704 (ElementTree escaped the texts)


def labels(say: Speech) -> str:
    """The labels as variables for the style sheet."""
    values = (f"--{name}:{json.dumps(say(word), ensure_ascii=False)}" for name, word in _LABELS)
    return f":root{{{';'.join(values)}}}"


def _policy(styles: Iterable[str], script: str) -> str:
    """The content security policy: these styles and this script, and nothing else."""
    allowed = " ".join(map(_hash, styles))
    return (
        f"default-src 'none'; style-src {allowed}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"
