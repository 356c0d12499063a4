"""Reports for tests: folded without a journal, as pages and as what a person reads of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from html.parser import HTMLParser

from attrs import define, field

from precontractual_async import Entry
from precontractual_async.journal.runs import Run
from precontractual_async.report.fold import Fold
from precontractual_async.report.page import page

from .batch import BEGAN, RUNS, TODAY


def folded(entries: Iterable[Entry], language: str = "en", today: date = TODAY) -> Fold:
    """As from a journal: question by question, the oldest word first."""
    histories: dict[object, list[Entry]] = {}
    for entry in entries:
        histories.setdefault(entry.outcome.query, []).append(entry)
    fold = Fold(today, language)
    for history in histories.values():
        fold.add(history)
    return fold


def page_of(
    entries: Iterable[Entry],
    language: str = "en",
    *,
    runs: Sequence[Run] = RUNS,
    today: date = TODAY,
    show_citizens: bool = False,
) -> str:
    fold = folded(entries, language, today)
    since = fold.last_run(runs)
    return "".join(page(fold, runs, made_at=BEGAN, show_citizens=show_citizens, since=since))


@define
class Read(HTMLParser):
    """A page as it is read: its elements with their attributes, and its words."""

    elements: list[tuple[str, dict[str, str | None]]] = field(factory=list)
    words: list[str] = field(factory=list)
    styles_and_scripts: list[str] = field(factory=list)

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    def __attrs_post_init__(self) -> None:
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag if tag in ("style", "script") else None

    def handle_endtag(self, tag: str) -> None:
        self._inside = None

    def handle_data(self, data: str) -> None:
        (self.styles_and_scripts if self._inside else self.words).append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def attributes(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.elements if name in attrs]


def read(text: str) -> Read:
    reader = Read()
    reader.feed(text)
    reader.close()
    return reader


def rows_of(text: str) -> list[list[str]]:
    """The cells of each row of the big table, as text; those of the first row of a citizen have two more."""
    table = text.partition('<table id="rows"')[2].partition("</table>")[0]
    rows = []
    for row in table.partition("</thead>")[2].split("<tr>")[1:]:
        reader = read(row.replace("<td", "\x1e<td").replace("<th", "\x1e<th"))
        cells = "".join(reader.words).split("\x1e")[1:]
        rows.append([cell.strip() for cell in cells])
    return rows
