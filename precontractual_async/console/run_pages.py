"""The pages of a run: its progress, its results and their downloads.

Knows the forms, and the event stream (SSE) of a page. Leaves to others: how the gateway is asked.
"""

from __future__ import annotations

import json
from contextlib import suppress
from urllib.parse import quote

from aiohttp import web

from ..batch.list_screening import Screening
from ..batch.summary import next_run
from ..model.errors import Interrupted
from ..model.privacy import masked
from ..report.kinds import GROUPS
from ..report.kinds import KINDS as KINDS_OF_ANSWERS
from ..report.speech import Speech
from ..words import translated_parts
from .pages import CONSOLE, page, rows_as_html
from .results import KINDS, name_of, report, written
from .rows import AT_FIRST, MOST_RECENT, MOST_SHOWN, ShownTable, shown
from .runs import ListRun
from .security import GATE, PORT, cookie_name
from .state import Console


def _found(request: web.Request) -> tuple[Console, ListRun]:
    console = request.app[CONSOLE]
    run = console.queue.runs.get(int(request.match_info["number"]))
    if run is None:
        raise web.HTTPSeeOther("/")
    return console, run


async def watch(request: web.Request) -> web.Response:
    """The progress of a run; after its end, its results."""
    console, run = _found(request)
    name = masked(run.given.name)
    if not run.is_ended:
        return page(
            request,
            console,
            "running.html",
            run=run,
            name=name,
            table=_so_far(console, run),
            groups=GROUPS,
            kinds=KINDS_OF_ANSWERS,
            most=MOST_RECENT,
        )
    if run.table is None or run.screening is None:
        return page(request, console, "nothing.html", run=run, name=name)
    screening = run.screening
    say = Speech(console.language)
    shows_citizens = _shows_citizens(console, run)
    table = shown(run.table, say, shows_citizens=shows_citizens)
    return page(
        request,
        console,
        "results.html",
        run=run,
        name=name,
        table=table,
        changes=run.changes and run.changes.shown(say, shows_citizens=shows_citizens),
        shows_citizens=shows_citizens,
        kinds=KINDS_OF_ANSWERS,
        starts=str(screening.tally.counts().starts),
        stopped=_why_it_ended(screening),
        next_lines=list(next_run(screening, console.client.now(), has_journal=True)),
        is_due=bool(screening.unanswered),
        at_first=AT_FIRST,
        left_out=max(0, table.total - MOST_SHOWN),
        downloads=list(KINDS),
    )


def _why_it_ended(screening: Screening) -> tuple[str, str] | None:
    """Why the run ended early or brought no answer, and what to do; None: neither happened.

    Steps that need the command are left out: the page has a button for them.
    """
    fault = screening.reason
    if fault is None:
        return None
    is_ours = isinstance(fault, Interrupted) or "--" in fault.next_step
    return fault.diagnosis, "" if is_ours else fault.next_step


async def events(request: web.Request) -> web.StreamResponse:
    """The event stream of a run, until the run ends, the page is closed, or the console locks itself.

    The first event has all rows of the table; each other event has the rows that became known since.
    """
    _, run = _found(request)
    reply = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
    await reply.prepare(request)
    with suppress(ConnectionError):  # the page was closed
        await _tell(request, run, reply)
    return reply


async def _tell(request: web.Request, run: ListRun, reply: web.StreamResponse) -> None:
    console, known = request.app[CONSOLE], 0
    cookie = request.cookies.get(cookie_name(request.app[PORT]), "")
    while request.app[GATE].admits(cookie, is_a_look=False):
        done, total = run.done
        lines = [translated_parts(each, console.language) for each in run.lines]
        table = _so_far(console, run, known)
        known = table.total
        counts = {group.mark: words for group, words in table.counts.items()}
        told = {"done": done, "total": total, "lines": lines, "is_ended": run.is_ended}
        told |= {"counts": counts, "rows": rows_as_html(table.rows)}
        await reply.write(f"data: {json.dumps(told)}\n\n".encode())
        if run.is_ended:
            return
        await run.news()


def _so_far(console: Console, run: ListRun, known: int = 0) -> ShownTable:
    """The last rows of a run that goes on; without the first `known`."""
    if run.recent is None:
        return ShownTable()
    return run.recent.since(known, console.client.now(), Speech(console.language))


async def stop(request: web.Request) -> web.Response:
    """End the run gently."""
    _, run = _found(request)
    if not run.is_stopping:  # a second stop would end calls under way at once
        run.stop()
    raise web.HTTPSeeOther(f"/runs/{run.number}")


async def again(request: web.Request) -> web.Response:
    """Ask again what is due in the same list; known answers come from the journal."""
    console, run = _found(request)
    if not run.is_ended or (new := console.queue.start(run.given)) is None:
        raise web.HTTPSeeOther(f"/runs/{run.number}")
    raise web.HTTPSeeOther(f"/runs/{new.number}")


async def show_citizens(request: web.Request) -> web.Response:
    """Show the numbers in full, or mask them again."""
    console, run = _found(request)
    run.shown_to = "" if _shows_citizens(console, run) else console.gate.form_token
    raise web.HTTPSeeOther(f"/runs/{run.number}")


def _shows_citizens(console: Console, run: ListRun) -> bool:
    return run.shown_to == console.gate.form_token


async def download(request: web.Request) -> web.Response:
    """The result in one of its formats, or the report; made on request."""
    console, run = _found(request)
    kind = request.match_info["kind"]
    client, screening = console.client, run.screening
    if kind not in KINDS or not run.is_ended or screening is None or run.table is None:
        raise web.HTTPNotFound
    async with console.working:
        if kind == "html":
            shows = _shows_citizens(console, run)
            data = await report(
                run, screening, client, console.journal, console.language, show_citizens=shows
            )
        else:
            data = await written(run, screening, kind, client, console.language)
    name = quote(name_of(run.given.name, kind), safe="")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Content-Type": KINDS[kind]}
    return web.Response(body=data, headers=headers)
