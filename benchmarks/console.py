"""A list of 5,000 rows on the page of the console: how soon it shows, what holds it up, what it takes.

    python benchmarks/console.py [--rows 5000] [--quick]

Needs the extra `browser` and a Chromium. The sandbox and the console are processes of their own, as an office
has them. Milliseconds from the request of a page to its first paint, and the longest task of the page's main
thread (script, style and layout) while the rows come, while the results are shown, and while they are
searched, filtered and sorted; megabytes of the console's process after the first run, after the page was
opened again and again, and after the list was run again and again. Exit 1 when the first paint takes more
than a second, any task more than 200 ms, or the process grew by more than 10 MB.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bench import ssins, verdict

from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import StartDateWindow

if TYPE_CHECKING:
    from playwright.sync_api import Page

COMMAND = [sys.executable, "-m", "precontractual_async"]
MOST_TO_PAINT, MOST_OF_A_TASK, MOST_GROWTH = 1_000.0, 200.0, 10.0
TIMES = 5
KEPT = 8
"""Runs that a console remembers."""

WATCH = """
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) took(each.duration, document.getElementById("run") !== null);
}).observe({type: "longtask", buffered: true});
"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
SETTLED = (
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 60))))"
)


@contextmanager
def process(*arguments: str, variables: Mapping[str, str], stream: str) -> Iterator[subprocess.Popen[str]]:
    pipes: Any = {stream: subprocess.PIPE}
    pipes |= {"stderr": pipes.get("stderr", subprocess.DEVNULL)}
    started = subprocess.Popen([*COMMAND, *arguments], env=os.environ | dict(variables), text=True, **pipes)  # noqa: S603
    try:
        yield started
    finally:
        started.terminate()
        started.wait()


@contextmanager
def console(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The console with a sandbox that answers as fast as it can, and its one-time address."""
    with process("sandbox", "--limit", "100000", variables={}, stream="stdout") as sandbox:
        assert sandbox.stdout is not None
        lines = iter(sandbox.stdout.readline, "\n")
        told = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
        variables = {name: value.strip("'") for name, value in told.items()}
        variables |= {"PRECONTRACTUAL_JOURNAL_KEY_FILE": str(folder / "journal.key"), "BROWSER": "true"}
        journals = folder / "journals"
        journals.mkdir(mode=0o700)
        arguments = ("console", "--journals", str(journals), "--lang", "en")
        with process(*arguments, variables=variables, stream="stderr") as served:
            assert served.stderr is not None
            for line in served.stderr:
                if found := re.search(r"http://127\.0\.0\.1:\d+/enter\?once=\S+", line):
                    yield served, found[0]
                    return


def resident(served: subprocess.Popen[str]) -> float:
    """Megabytes of the process (Linux)."""
    pages = int(Path(f"/proc/{served.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Tasks:
    """The milliseconds of tasks that held a page up; each has more than 50, or it is not told."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._of_runs: list[float] = []
        self._of_others: list[float] = []
        page.expose_function("took", self._took)
        page.add_init_script(WATCH)

    def _took(self, duration: float, is_run: bool) -> None:
        (self._of_runs if is_run else self._of_others).append(duration)

    def longest(self) -> float:
        """The longest since this was last asked, of pages other than a run's; 50: none was longer."""
        self._page.evaluate(SETTLED)
        told, self._of_others = max(self._of_others, default=50.0), []
        return told

    @property
    def longest_of_runs(self) -> float:
        return max(self._of_runs, default=50.0)


def run(page: Page) -> None:
    page.wait_for_selector("#downloads", timeout=600_000)
    page.wait_for_load_state()


def measured(
    page: Page, tasks: Tasks, served: subprocess.Popen[str], address: str, rows: int
) -> Iterator[tuple[str, float, float]]:
    """What was measured, its figure, and the most that it may be."""
    day = StartDateWindow.at(utc_now()).last - timedelta(days=1)
    text = "\n".join(
        [
            "naam;insz;functie",
            *(f"Kandidaat {n};{each};kassa" for n, each in enumerate(islice(ssins(), rows))),
        ]
    )
    page.goto(address)
    page.wait_for_selector("#give")
    page.set_input_files("#file", {"name": "list.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.click("#give button")
    page.wait_for_url("**/lists/*")
    page.fill("input[name=date]", day.isoformat())
    page.click(".choices button")
    page.click(".start button")
    page.wait_for_selector("#rows > tbody", timeout=60_000)
    run(page)
    yield "rows come: longest task, ms", tasks.longest_of_runs, MOST_OF_A_TASK
    tasks.longest()
    before = resident(served)
    page.reload()
    yield "results: longest task, ms", tasks.longest(), MOST_OF_A_TASK
    yield "results: first paint, ms", float(page.evaluate(PAINTED)), MOST_TO_PAINT
    for what, text in (("search", "Kandidaat 49"), ("show all", "")):
        page.fill("#text", text)
        page.wait_for_timeout(300)
        yield f"{what}: longest task, ms", tasks.longest(), MOST_OF_A_TASK
    page.select_option("#group", "decide")
    yield "filter: longest task, ms", tasks.longest(), MOST_OF_A_TASK
    page.click("button[type=reset]")
    page.click("th.c-flexi button")
    yield "sort: longest task, ms", tasks.longest(), MOST_OF_A_TASK
    for _ in range(TIMES):
        page.reload()
    yield f"page opened {TIMES} times: growth, MB", resident(served) - before, MOST_GROWTH
    for count in range(KEPT + TIMES):
        if count == KEPT:
            before = resident(served)
        with page.expect_navigation():
            page.click("form[action$='/again'] button")
        run(page)
    yield (
        f"list run {TIMES} times more than the console keeps runs: growth, MB",
        resident(served) - before,
        MOST_GROWTH,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows")
    arguments = parser.parse_args()
    rows = arguments.rows // 10 if arguments.quick else arguments.rows
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    all_hold = True
    with (
        TemporaryDirectory() as folder,
        console(Path(folder)) as (served, address),
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        tasks = Tasks(page)
        for what, figure, most in measured(page, tasks, served, address, rows):
            holds = figure <= most
            all_hold &= holds
            print(f"{what}: {figure:,.1f} (at most {most:,.0f}) {verdict(holds=holds)}", flush=True)
        browser.close()
    print(f"{rows:,} rows")
    return not all_hold


if __name__ == "__main__":
    sys.exit(main())
