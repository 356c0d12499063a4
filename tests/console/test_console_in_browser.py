"""The console in a real browser: a list from drop to download, by keyboard, with a page that closes; axe."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from attrs import define, field
from support.browser import chromium
from support.console import Clock, HeldBack, Visitor, console
from support.hostile import TEXTS
from support.journals import KEY
from support.numbers import CITIZEN
from support.workbooks import of_rows, workbook

from precontractual_async.calls.session import utc_now
from precontractual_async.console.gate import IDLE
from precontractual_async.console.rows import AT_FIRST, MOST_RECENT
from precontractual_async.journal.durable import SqliteJournal
from precontractual_async.model.dates import StartDateWindow
from precontractual_async.sandbox import SCENARIOS, generate_ssins
from precontractual_async.sandbox.made_up import made_up_list
from precontractual_async.words import LANGUAGES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

DAY = StartDateWindow.at(utc_now()).last.isoformat()
PEOPLE = [*SCENARIOS.values(), *generate_ssins(12)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@define
class Office:
    """A console that runs in a loop of its own, and a window that was let in."""

    context: BrowserContext
    page: Page
    sandbox: HeldBack
    home: str
    heard: list[str] = field(factory=list)
    addresses: list[str] = field(factory=list)

    def window(self) -> Page:
        """One more, of the same browser."""
        page = self.context.new_page()
        page.on(
            "console", lambda message: self.heard.append(f"{message.type}: {message.text} {message.location}")
        )
        page.on("pageerror", lambda error: self.heard.append(f"error: {error}"))
        page.on("request", lambda request: self.addresses.append(request.url))
        return page

    def give(self, name: str, data: bytes) -> None:
        file: Any = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        self.page.set_input_files("#file", file)
        self.page.click("#give button")
        self.page.wait_for_url("**/lists/*")

    def choose_day(self) -> None:
        self.page.fill("input[name=date]", DAY)
        self.page.click(".choices button")

    def start(self) -> None:
        self.page.click("button:text-is('Start')")
        self.page.wait_for_url("**/runs/*")

    def wait_for_the_end(self) -> None:
        self.page.wait_for_selector("h1:text-is('What came of it')", timeout=60_000)


@contextmanager
def served_in_a_thread(sandbox: HeldBack, **options: Any) -> Iterator[Visitor]:
    """The console beside code that blocks, as Playwright's does."""
    ready, ending, there = threading.Event(), asyncio.Event(), list[Visitor]()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        with TemporaryDirectory() as folder:
            async with (
                sandbox,
                SqliteJournal(Path(folder) / "console.db", KEY) as journal,
                console(sandbox, journal=journal, **options) as visitor,
            ):
                there.append(visitor)
                ready.set()
                await ending.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(30)
        yield there[0]
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join(30)
        loop.close()


@contextmanager
def office(
    browser: Browser, pem: str, *, width: int = 1280, scheme: Any = "light", **options: Any
) -> Iterator[Office]:
    """Opened as the command opens it: from a file that leads to the one-time address."""
    sandbox = HeldBack(private_key_pem=pem, limit=500)
    with served_in_a_thread(sandbox, **options) as visitor:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        one = Office(context, context.new_page(), sandbox, visitor.home)
        one.page.close()
        one.page = one.window()
        one.page.goto(str(visitor.there.address))
        one.page.wait_for_url(f"{visitor.home}/")
        try:
            yield one
        finally:
            sandbox.let_go()
        context.close()
        assert one.heard == []
        assert not [each for each in one.addresses if not each.startswith((visitor.home, "blob:", "data:"))]


def a_list(people: list[str] = PEOPLE) -> bytes:
    rows = [f"Kandidaat {number};{digits};kassa" for number, digits in enumerate(people, 1)]
    return "\n".join(["naam;insz;functie", *rows]).encode()


# --- from drop to download


def test_the_address_is_gone(browser: Browser, pem: str, tmp_path: Path) -> None:
    """It is opened from a file, as by the command; the secret is in neither the address nor the history."""
    sandbox = HeldBack(private_key_pem=pem)
    with served_in_a_thread(sandbox) as visitor:
        leading = tmp_path / "open.html"
        leading.write_text(f'<meta http-equiv="refresh" content="0;url={visitor.there.address}">')
        context = browser.new_context()
        page = context.new_page()
        page.goto(leading.as_uri())
        page.wait_for_selector("text=May these people work for us?")
        assert page.url == f"{visitor.home}/"
        assert "once" not in page.content()
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0
        assert page.evaluate("document.cookie") == ""
        context.close()


def test_a_messy_workbook_from_question_to_download(browser: Browser, pem: str, tmp_path: Path) -> None:
    """Two columns could be it; one date for all is given; the result has every row and the list's names."""
    rows: list[list[object]] = [
        ["Naam", "INSZ", "NISS partner"],
        *([f"Jan {n}", int(each), ""] for n, each in enumerate(PEOPLE)),
    ]
    data = workbook(("Lijst", of_rows(["Starters december"], [], *rows)))
    with office(browser, pem) as seen:
        seen.give("starters.xlsx", data)
        assert seen.page.locator("[role=alert]").count() > 0
        if seen.page.locator("text=several columns").count():
            seen.page.select_option("select[name=citizen]", "1")
        seen.choose_day()
        assert CITIZEN not in seen.page.content()
        seen.start()
        seen.wait_for_the_end()
        assert seen.page.locator("#rows > tbody").count() == len(PEOPLE)
        with seen.page.expect_download() as caught:
            seen.page.click("text=Result as a workbook")
        assert caught.value.suggested_filename == "starters results.xlsx"
        kept = tmp_path / "kept.xlsx"
        caught.value.save_as(kept)
        assert kept.read_bytes().startswith(b"PK")


def test_a_file_is_dropped(browser: Browser, pem: str) -> None:
    """As from a folder: it is looked at without another click."""
    drop = """([form, text]) => {
        const moved = new DataTransfer();
        moved.items.add(new File([text], "list.csv"));
        form.dispatchEvent(new DragEvent("drop", {dataTransfer: moved, bubbles: true, cancelable: true}));
    }"""
    with office(browser, pem) as seen:
        form = seen.page.query_selector("#give")
        seen.page.evaluate(drop, [form, a_list().decode()])
        seen.page.wait_for_url("**/lists/1")
        assert seen.page.inner_text("#understood") == "What stands where"


def test_a_page_is_closed_and_opened_in_the_middle(browser: Browser, pem: str) -> None:
    """It shows how it goes by itself; another window finds the run, and the result when it has ended."""
    with office(browser, pem) as seen:
        seen.sandbox.hold(after=100)
        seen.give("list.csv", a_list(list(generate_ssins(300))))
        seen.choose_day()
        seen.start()
        seen.page.wait_for_selector("#bar:not([value='0'])")
        assert "of 300 rows" in seen.page.inner_text("#lines")
        seen.page.close()
        seen.page = seen.window()
        seen.page.goto(seen.home)
        seen.page.click("text=list.csv")
        seen.page.wait_for_selector("#bar")
        seen.sandbox.let_go()
        seen.wait_for_the_end()


def test_rows_come_while_the_run_goes_on(browser: Browser, pem: str) -> None:
    """To filter by whose move it is; what comes later is filtered too, and the table stays short."""
    from playwright.sync_api import expect

    with office(browser, pem) as seen:
        seen.sandbox.hold(after=150)
        seen.give("list.csv", a_list(list(generate_ssins(400))))
        seen.choose_day()
        seen.start()
        rows = "#rows > tbody"
        expect(seen.page.locator("#bar")).to_have_attribute("value", re.compile("1[45]."), timeout=30_000)
        link = seen.page.locator("a[data-group=mandate]")
        before = int(link.inner_text().split()[0])
        link.click()
        of_citizens = seen.page.locator(f"{rows}:not([hidden])").count()
        assert of_citizens == min(before, 50) == seen.page.locator(f"{rows}.mandate").count()
        assert of_citizens < seen.page.locator(rows).count()
        assert "Kandidaat" in seen.page.inner_text(f"{rows}.mandate")
        link.focus()
        seen.sandbox.hold(after=150)
        expect(seen.page.locator("#bar")).to_have_attribute("value", re.compile("2[89].|30."), timeout=30_000)
        assert int(link.inner_text().split()[0]) > before
        assert seen.page.locator(f"{rows}:not([hidden]):not(.mandate)").count() == 0
        for mark in ("mandate", "decide", "later", "final"):
            assert seen.page.locator(f"{rows}.{mark}").count() <= 50
        assert link.evaluate("link => link === document.activeElement")
        seen.sandbox.let_go()
        seen.wait_for_the_end()
        assert seen.page.locator(rows).count() == 400


def test_an_outage_and_its_end_are_seen(browser: Browser, pem: str) -> None:
    with office(browser, pem) as seen:
        seen.sandbox.faults.error_share = 1.0
        seen.give("list.csv", a_list())
        seen.choose_day()
        seen.start()
        seen.page.wait_for_selector("#lines li:has-text('waiting: ')", timeout=30_000)
        seen.sandbox.faults.error_share = 0.0
        seen.page.click("text=Stop gently")
        seen.wait_for_the_end()


def test_by_keyboard_alone(browser: Browser, pem: str) -> None:
    """A list from the page to the table, its filter and its download, without a pointer."""
    with office(browser, pem, made_up=made_up_list(40, seed=1).encode("cp1252")) as seen:
        press = seen.page.keyboard.press
        _tab_to(seen.page, "Take a list of made-up people")
        press("Enter")
        seen.page.wait_for_url("**/lists/1")
        _tab_to(seen.page, "Start")
        press("Enter")
        seen.wait_for_the_end()
        _tab_to(seen.page, "row")  # a number of what there is to do leads to its rows
        press("Enter")
        shown = seen.page.locator("#rows > tbody:not([hidden])").count()
        assert 0 < shown < seen.page.locator("#rows > tbody").count()
        seen.page.evaluate("scrollTo(0, 0)")
        seen.page.focus(".skip")
        _tab_to(seen.page, "Result as a workbook")
        with seen.page.expect_download() as caught:
            press("Enter")
        assert caught.value.suggested_filename == "made-up people results.xlsx"


def _tab_to(page: Page, words: str) -> None:
    """Press Tab until something with these words has the focus, which is seen."""
    for _ in range(60):
        text = page.evaluate("document.activeElement.textContent")
        if words in text and page.evaluate("document.activeElement !== document.body"):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            return
        page.keyboard.press("Tab")
    pytest.fail(f"no way to {words}")


def test_five_thousand_rows_stay_usable(browser: Browser, pem: str) -> None:
    """Few of them are laid out at once, sorted and searched or not; a click shows more, and paper has them all."""
    with office(browser, pem) as seen:
        seen.sandbox.limit = None
        seen.give("list.csv", a_list(list(generate_ssins(5_000))))
        seen.choose_day()
        seen.start()
        rows = seen.page.locator("#rows > tbody")
        seen.page.wait_for_selector("#rows > tbody")
        assert 0 < rows.count() <= 7 * MOST_RECENT
        seen.page.wait_for_selector("h1:text-is('What came of it')", timeout=120_000)
        seen.page.wait_for_load_state()
        visible = seen.page.locator("#rows > tbody:not([hidden])")
        assert (rows.count(), visible.count()) == (5_000, AT_FIRST)
        assert seen.page.inner_text("#shown") == f"Rows shown: {AT_FIRST} of 5000"
        seen.page.click("th.c-number button")
        assert (visible.count(), visible.first.locator("td").first.inner_text()) == (AT_FIRST, "2")
        seen.page.click("#more")
        assert visible.count() == 2 * AT_FIRST
        seen.page.fill("#text", "Kandidaat 4999")
        seen.page.wait_for_selector("#shown:text-is('Rows shown: 1 of 5000')")
        assert seen.page.is_hidden("#more")
        seen.page.click("text=Show all")
        seen.page.pdf()
        assert visible.count() == 5_000


def test_hostile_texts_do_nothing(browser: Browser, pem: str) -> None:
    """In headers, cells and names of sheets and files; also in rows that come while the run goes on."""
    plain = ["".join(each for each in text if each.isprintable())[:31] for text in TEXTS]
    rows = [["insz", *plain]] + [[each, *plain] for each in PEOPLE]
    with office(browser, pem) as seen:
        seen.give("<script>window.pwned = 1<.xlsx", workbook(("<script>x", of_rows(*rows))))
        seen.choose_day()
        seen.sandbox.hold(after=5)
        seen.start()
        seen.page.wait_for_selector("#rows > tbody")
        assert "<script>" in seen.page.inner_text("#rows")
        seen.sandbox.let_go()
        seen.wait_for_the_end()
        assert seen.page.evaluate("window.pwned") is None
        assert "<script>" in seen.page.inner_text("#rows")


def test_a_page_that_nobody_looks_at_is_cleared(browser: Browser, pem: str) -> None:
    """When the console locks itself: neither names nor numbers stay on a screen that somebody left."""
    clock = Clock()
    with office(browser, pem, clock=clock) as seen:
        seen.page.clock.install()
        seen.give("list.csv", a_list())
        seen.choose_day()
        seen.start()
        seen.wait_for_the_end()
        assert "Kandidaat" in seen.page.content()
        seen.page.clock.fast_forward("29:00")
        assert "Kandidaat" in seen.page.content()
        clock.ahead += IDLE
        seen.page.clock.fast_forward("02:00")
        assert "Kandidaat" not in seen.page.content()
        seen.heard.clear()
        seen.page.click("text=Look again")
        seen.page.wait_for_selector("text=does not know this browser")
        seen.heard.clear()  # Chromium tells of the 403


# --- for everybody


def pages_of(seen: Office) -> Iterator[str]:
    """Each page there is, with something on it."""
    yield seen.page.url
    seen.page.goto(f"{seen.home}/doctor")
    seen.page.click("main button")
    seen.page.wait_for_selector("#found")
    yield "doctor"
    seen.page.goto(f"{seen.home}/person")
    yield seen.page.url
    seen.page.fill("input[name=citizen]", SCENARIOS["bothOk"])
    seen.page.fill("input[name=date]", DAY)
    seen.page.click("form[action='/person'] button.main")
    seen.page.wait_for_selector("#answer")
    yield "answer"
    seen.page.goto(seen.home)
    file: Any = {"name": "list.csv", "mimeType": "text/csv", "buffer": a_list() + b"\nZonder;123;bar"}
    seen.page.set_input_files("#file", file)
    seen.page.click("#give button")
    seen.page.wait_for_url("**/lists/*")
    yield "questions"
    seen.page.fill("input[name=date]", DAY)
    with seen.page.expect_navigation():
        seen.page.click(".choices button")
    yield "understood"
    seen.sandbox.hold(after=5)
    seen.page.click(".start button")
    seen.page.wait_for_url("**/runs/*")
    seen.page.wait_for_selector("#rows > tbody")
    yield "running"
    seen.sandbox.let_go()
    seen.page.wait_for_selector("#downloads", timeout=60_000)
    seen.page.wait_for_load_state()
    yield "results"
    seen.page.goto(seen.home)
    seen.give("list.csv", a_list(PEOPLE[3:]))
    seen.page.fill("input[name=date]", DAY)
    with seen.page.expect_navigation():
        seen.page.click(".choices button")
    seen.page.click(".start button")
    seen.page.wait_for_selector("table.told", timeout=60_000)
    seen.page.wait_for_load_state()
    yield "results with changes"
    seen.page.goto(seen.home)
    yield "home with runs"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_accessible(browser: Browser, pem: str, language: str, scheme: str) -> None:
    """No violation of any rule of axe on any page; and none is wider than a narrow window."""
    from axe_playwright_python.sync_playwright import Axe

    with office(browser, pem, language=language, scheme=scheme) as seen:
        for name in pages_of(seen):
            found = Axe().run(seen.page).response
            violations = [
                (each["id"], [node["html"] for node in each["nodes"]][:3]) for each in found["violations"]
            ]
            assert violations == [], name
            seen.page.set_viewport_size({"width": 390, "height": 844})
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390, name
            seen.page.set_viewport_size({"width": 1280, "height": 900})
