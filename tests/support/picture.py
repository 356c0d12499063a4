"""The pictures that the README shows, made anew of the sandbox's people: of a report, and of the console's page.

``PYTHONPATH=tests python -m support.picture report.png`` (or ``console.png``) needs Chromium. Numbers are masked.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from precontractual_async.calls.session import utc_now
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import SCENARIOS, Faults, Kind, Sandbox, generate_ssins, in_thread

from .browser import chromium, opened
from .command import clean_environment

if TYPE_CHECKING:
    from playwright.sync_api import FloatRect, Page

WIDTH, HEIGHT = 1120, 785
SIZE_OF_CONSOLE = 1280, 960


def command(variables: Mapping[str, str], *arguments: str) -> None:
    """Exit 3 is as good: rows may be pending."""
    environment = clean_environment() | {"LC_ALL": "C.UTF-8"} | dict(variables)
    subprocess.run(
        [sys.executable, "-m", "precontractual_async", *arguments], env=environment, check=False, timeout=120
    )


def made_report(folder: Path) -> Path:
    """Of some hundred people over two start dates."""
    listed, report, key = folder / "list.csv", folder / "report.html", folder / "key.pem"
    listed.write_text("\n".join(["insz", *SCENARIOS.values(), *generate_ssins(240)]) + "\n")
    window = StartDateWindow.at(utc_now())
    days = (window.first + timedelta(days=1), window.last)
    dates = [word for day in days for word in ("--start-date", day.isoformat())]
    (folder / "journal").mkdir(mode=0o700)
    journal, results = str(folder / "journal" / "j.db"), str(folder / "out.csv")
    with in_thread(Sandbox(limit=200, faults=Faults(error_share=0.3))) as sandbox:
        key.touch(0o600)
        key.write_text(sandbox.private_key_pem)
        more = {"JOURNAL_KEY_FILE": str(folder / "journal.key"), "RATE": "100"}
        variables = dict(sandbox.variables(Kind.EMPLOYER, key))
        variables |= {f"PRECONTRACTUAL_{name}": text for name, text in more.items()}
        command(variables, "screen", str(listed), "-o", results, "--journal", journal, *dates)
    command(variables, "report", journal, "-o", str(report))
    return report


def report(picture: Path) -> None:
    with TemporaryDirectory() as folder:
        report = made_report(Path(folder))
        with chromium() as browser, opened(browser, report, width=WIDTH) as seen:
            take(seen.page, picture, "h2", WIDTH, HEIGHT)


def console(picture: Path) -> None:
    """In the middle of a run of the demonstration."""
    from playwright.sync_api import expect

    command = [sys.executable, "-m", "precontractual_async", "console", "--demo", "--lang", "en"]
    environment = clean_environment() | {"LC_ALL": "C.UTF-8", "BROWSER": "true"}
    with (
        chromium() as browser,
        subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as it,
    ):
        assert it.stderr is not None
        told = it.stderr.readline() + it.stderr.readline()
        page = browser.new_page(viewport={"width": SIZE_OF_CONSOLE[0], "height": 900})
        page.goto(told[told.index("http://") :].strip())
        page.click("form[action='/made-up'] button")
        page.click("form.start button")
        expect(page.locator("#bar")).to_have_attribute("value", re.compile("1[0-4]."), timeout=30_000)
        take(page, picture, "h1", *SIZE_OF_CONSOLE)
        it.terminate()


def take(page: Page, picture: Path, first: str, width: int, height: int) -> None:
    """From a bit above the first of these elements on."""
    top = page.evaluate(f"document.querySelector('{first}').getBoundingClientRect().top") - 16
    clip: FloatRect = {"x": 0, "y": top, "width": width, "height": height}
    page.screenshot(path=picture, full_page=True, clip=clip)


PICTURES = {"report": report, "console": console}

if __name__ == "__main__":
    os.umask(0o022)
    file = Path(sys.argv[1])
    PICTURES[file.stem](file)
