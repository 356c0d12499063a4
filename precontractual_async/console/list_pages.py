"""The pages on which a person gives a list, sees how it is understood, and starts it.

Knows the forms. Leaves to others: how a list is understood.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from aiohttp import web

from ..batch.outlook import calls_line, list_lines, row_lines
from ..model.dates import StartDateWindow
from ..model.errors import InvalidList
from ..model.planning import folded
from ..model.privacy import masked
from ..model.questions import TypeOfWorker
from ..report.speech import Speech
from ..report.view import cut_short
from ..tables import SUFFIXES
from ..tables.column_names import shown
from ..tables.columns import ROLES
from .lists import Choices, GivenList, Look
from .pages import CONSOLE, page
from .state import Console
from .uploads import TooLarge, read_upload

ROLE_NAMES: Final[Mapping[str, str]] = {
    "citizen": "Citizen's number",
    "start_date": "Start date",
    "represented_enterprise_number": "Employer's number",
    "type_of_worker": "Kind of work",
}
TYPES: Final = {TypeOfWorker.FLEXI_JOB.value: "Flexi-job", TypeOfWorker.STUDENT_JOB.value: "Student job"}
_ACCEPTED: Final = ",".join(SUFFIXES)
_BY_OPTION: Final = "--"
"""Marks a next step that names options of the command: the page has a form for the same."""
_CHOOSE: Final = "Choose below, then show the effect."


async def home(request: web.Request) -> web.Response:
    """The first page: takes a list, and shows current runs."""
    return _home(request)


def _home(request: web.Request, problem: str = "", status: int = 200) -> web.Response:
    console = request.app[CONSOLE]
    before = console.before
    cut = "" if before is None else cut_short([before], Speech(console.language))
    runs = list(console.queue.newest_first())
    return page(
        request,
        console,
        "home.html",
        status=status,
        problem=problem,
        cut=cut,
        runs=runs,
        accepted=_ACCEPTED,
        masked=masked,
    )


async def give(request: web.Request) -> web.Response:
    """Take a file, and redirect to the page that shows how the list is understood."""
    console = request.app[CONSOLE]
    try:
        async with console.uploading:
            given = await read_upload(request, console.gate)
            if given is None:
                return _home(request, "Choose a file first.", 400)
            number = await console.take(GivenList.named(*given))
    except TooLarge:
        return _home(
            request,
            "The file is too large for this page. The command takes it: precontractual screen.",
            413,
        )
    except InvalidList:
        return _home(
            request, "By its name this is no list. Give a workbook, a CSV, JSON lines or Parquet.", 400
        )
    raise web.HTTPSeeOther(f"/lists/{number}")


async def make_up(request: web.Request) -> web.Response:
    """Make a list of made-up people, in a demonstration only."""
    console = request.app[CONSOLE]
    if console.made_up is None:
        raise web.HTTPNotFound
    day = StartDateWindow.at(console.client.now()).first + timedelta(days=7)
    given = GivenList("made-up people.csv", console.made_up, "csv", Choices(start_dates=(day.isoformat(),)))
    raise web.HTTPSeeOther(f"/lists/{await console.take(given)}")


def _found(request: web.Request) -> tuple[Console, int, GivenList, Look]:
    console, number = request.app[CONSOLE], int(request.match_info["number"])
    if number not in console.lists:
        raise web.HTTPSeeOther("/")
    return console, number, *console.lists[number]


async def understood(request: web.Request) -> web.Response:
    """The page that shows how a list is understood, what is wrong with it, and what a run would do."""
    console, number, given, look = _found(request)
    outlook, choices = look.outlook, given.choices
    of_list, of_rows = [], []
    if outlook is not None and outlook.understood is not None:
        of_list = [each for each in list_lines(outlook.understood) if _BY_OPTION not in each]
        of_rows = list(row_lines(outlook, outlook.understood))
    return page(
        request,
        console,
        "list.html",
        number=number,
        name=masked(given.name),
        look=look,
        problems=list(_problems(look)),
        of_list=of_list,
        of_rows=of_rows,
        calls=calls_line(outlook) if outlook is not None and outlook.inspection.calls else "",
        columns=list(map(shown, look.columns)),
        sheets=list(map(shown, look.sheets)),
        sheet=look.sheets.index(choices.sheet) if choices.sheet in look.sheets else None,
        chosen={role: _position(look.columns, choices.columns.get(role)) for role in ROLES},
        names=ROLE_NAMES,
        types=TYPES,
        choices=choices,
    )


def _problems(look: Look) -> Iterator[tuple[str, str]]:
    """What prevents a run, and what to do."""
    told: Sequence[object] = look.outlook.problems if look.outlook is not None else [look.problem]
    for problem in told:
        if isinstance(problem, InvalidList):
            yield problem.diagnosis, _CHOOSE if _BY_OPTION in problem.next_step else problem.next_step


def _position(columns: Sequence[str], name: str | None) -> int | None:
    wanted = folded(name) if name else None
    return next((at for at, each in enumerate(columns) if folded(each) == wanted), None)


async def choose(request: web.Request) -> web.Response:
    """Take the choices of the form, and show their effect."""
    console, number, given, look = _found(request)
    form = await request.post()
    sheet = _picked(look.sheets, form.get("sheet")) or None
    columns = {role: name for role in ROLES if (name := _picked(look.columns, form.get(role))) is not None}
    if sheet != given.choices.sheet:  # another sheet has other columns
        columns = {}
    day, kind = str(form.get("date", "")).strip(), str(form.get("type", ""))
    choices = Choices(sheet, columns, (day,) if day else (), kind if kind in TYPES else None)
    await console.choose(number, choices)
    raise web.HTTPSeeOther(f"/lists/{number}")


def _picked(names: Sequence[str], position: object) -> str | None:
    """The name at the position that the form gave; empty: no column; None: nothing was chosen."""
    if position == "none":
        return ""
    at = int(position) if isinstance(position, str) and position.isdecimal() else len(names)
    return names[at] if at < len(names) else None


async def start(request: web.Request) -> web.Response:
    """Start the list, or queue it behind the current run."""
    console, number, given, look = _found(request)
    if not look.can_start:
        raise web.HTTPSeeOther(f"/lists/{number}")
    run = console.queue.start(given)
    if run is None:
        return _home(request, "Too many lists are waiting. Start this one when another has ended.", 429)
    del console.lists[number]
    raise web.HTTPSeeOther(f"/runs/{run.number}")
