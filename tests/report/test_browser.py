"""A report in a browser: what works, what is heard, and what those meet who see, point or read otherwise."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.batch import RUNS, batch
from support.browser import Opened, chromium, opened
from support.command import run
from support.hostile import TEXTS, hostile
from support.journals import KEY
from support.pages import folded, page_of, read

from precontractual_async.journal.store import Store
from precontractual_async.report.fold import Fold
from precontractual_async.report.kinds import KINDS
from precontractual_async.words import LANGUAGES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

CITIZENS = 5000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report that the command makes of a journal with five thousand citizens and every kind of outcome."""
    folder = tmp_path_factory.mktemp("large")
    store = Store(folder / "journal.db", KEY)
    store.keep(list(batch(CITIZENS)))
    for each in RUNS:
        store.note_run(each)
    store.close()
    key = {"PRECONTRACTUAL_JOURNAL_KEY": base64.b64encode(KEY).decode()}
    done = run("report", str(folder / "journal.db"), "-o", str(folder / "report.html"), variables=key)
    assert done.code == 0, done.err
    return folder / "report.html"


@pytest.fixture(scope="module")
def fold() -> Fold:
    """The same, folded by itself."""
    return folded(batch(CITIZENS))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Small ones in each language, of a seed with every kind, and one of a hostile gateway."""
    folder = tmp_path_factory.mktemp("small")
    pages = {language: page_of(batch(40, seed=8), language) for language in LANGUAGES}
    pages["hostile"] = page_of(hostile(), show_citizens=True)
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text)
    return {name: folder / f"{name}.html" for name in pages}


def expected(fold: Fold, flexi: str = "", student: str = "", group: str = "") -> int:
    """How many citizens a filter leaves."""
    return sum(
        (not group or citizen.group.mark == group)
        and any(
            (not flexi or (row.flexi is not None and row.flexi.kind.mark == flexi))
            and (not student or (row.student is not None and row.student.kind.mark == student))
            for row in citizen.rows
        )
        for citizen in fold.citizens()
    )


def count(seen: Opened) -> int:
    """How many it says that it shows; that is how many there are to see."""
    said = int(re.findall(r"\d+", seen.told("#shown"))[0])
    assert said == len(seen.shown)
    return said


# --- five thousand citizens


def test_a_large_report(browser: Browser, large: Path, fold: Fold) -> None:
    """It opens without a word on the console and a request, and everybody is there."""
    assert large.stat().st_size < 3_000_000
    with opened(browser, large) as seen:
        assert seen.shown == [str(number) for number in range(1, CITIZENS + 1)]
        assert seen.page.locator("#rows > tbody > tr").count() == 2 * CITIZENS
        assert count(seen) == CITIZENS
        assert seen.page.locator("figure").count() == 6


def test_filter_by_keyboard(browser: Browser, large: Path, fold: Fold) -> None:
    """By answer, by whose move, by text, all together, and back to all."""
    with opened(browser, large) as seen:
        keyboard = seen.page.keyboard
        seen.page.focus("#flexi-kind")
        keyboard.press("ArrowDown")
        assert count(seen) == expected(fold, flexi="k")
        keyboard.press("Tab")
        keyboard.press("ArrowDown")
        keyboard.press("ArrowDown")
        assert count(seen) == expected(fold, flexi="k", student="n")
        keyboard.press("Tab")
        keyboard.type(seen.column(7)[0])
        seen.page.keyboard.press("Enter")
        assert count(seen) == expected(fold, flexi="k", student="n")
        keyboard.type("x")
        keyboard.press("Enter")
        assert count(seen) == 0
        keyboard.press("Tab")
        keyboard.press("Space")
        seen.page.wait_for_selector("#rows > tbody[hidden]", state="detached")
        assert count(seen) == CITIZENS


def test_the_tasks_lead_to_their_rows(browser: Browser, large: Path, fold: Fold) -> None:
    """Each link shows those it counts, and no others, and goes there."""
    with opened(browser, large) as seen:
        for link in seen.page.locator("a[data-group]").all():
            link.focus()
            seen.page.keyboard.press("Enter")
            group = str(link.get_attribute("data-group"))
            told = int(re.sub(r"\D", "", link.inner_text()))
            assert count(seen) == told == expected(fold, group=group)
            assert seen.page.url.endswith(f"#{group}")
            assert seen.page.locator(f"#{group}").is_visible()


def test_sort_by_keyboard(browser: Browser, large: Path) -> None:
    """Up, down, by number, by day, by answer, by text; and what is sorted is said."""
    with opened(browser, large) as seen:
        headers = seen.page.locator("#rows thead th[data-sort]")
        assert headers.count() == 8
        hours = seen.page.locator("th.c-hours")
        hours.locator("button").focus()
        seen.page.keyboard.press("Enter")
        assert hours.get_attribute("aria-sort") == "ascending"
        told = [int(hour) if hour else -1 for hour in seen.column(4)]
        assert told == sorted(told)
        assert len(set(told)) > 100
        seen.page.keyboard.press("Space")
        assert hours.get_attribute("aria-sort") == "descending"
        told = [int(hour) if hour else -1 for hour in seen.column(4)]
        assert told == sorted(told, reverse=True)
        seen.page.locator("th.c-asked button").press("Enter")
        assert hours.get_attribute("aria-sort") is None
        assert seen.column(1) == sorted(seen.column(1))
        seen.page.locator("th.c-flexi button").press("Enter")
        kinds = [{"conditions met": 0, "conditions not met": 1}.get(cell, 2) for cell in seen.column(6)]
        assert kinds == sorted(kinds)
        seen.page.locator("th.c-number button").press("Enter")
        assert seen.shown == [str(number) for number in range(1, CITIZENS + 1)]


def test_without_scripts_all_is_there(browser: Browser, large: Path) -> None:
    """The same words and rows; what would not work is not offered, and the links lead to the rows."""
    words = read(large.read_text()).text
    with opened(browser, large, scripts=False) as seen:
        assert not seen.page.locator("#filter").is_visible()
        assert seen.page.locator("th button").count() == 0
        assert seen.page.locator("#rows > tbody > tr").count() == 2 * CITIZENS
        assert " ".join(seen.told("h1").split()) in words
        told = " ".join(str(seen.page.text_content("#rows")).split())
        assert "".join(told.split()) in "".join(words.split())
        seen.page.locator("a[data-group=mandate]").click()
        assert seen.page.locator("#mandate").is_visible()
        assert seen.page.locator("#mandate").bounding_box()


# --- what nobody may do with it


def test_a_hostile_gateway(browser: Browser, small: dict[str, Path]) -> None:
    """Its texts are read as they are; nothing runs, nothing is fetched, nothing is turned around."""
    with opened(browser, small["hostile"]) as seen:
        assert seen.page.evaluate("window.pwned") is None
        assert seen.page.locator("img, iframe, base, main script, main style, blockquote a").count() == 0
        quotes = seen.told(".quotes")
        for text in TEXTS[:7]:
            tail = re.sub(r"<[^<>]*>", "", text).strip()
            assert tail in quotes
        assert "{{ 7 * 7 }}" in quotes
        assert seen.page.locator("main").is_visible()
        assert set(
            seen.page.locator(".quotes bdi").evaluate_all(
                "all => all.map(e => getComputedStyle(e).unicodeBidi)"
            )
        ) == {"isolate"}
        for link in seen.page.locator("a").all():
            assert str(link.get_attribute("href")).startswith("#")


def test_the_policy_holds(browser: Browser, small: dict[str, Path], tmp_path: Path) -> None:
    """Were something to get in all the same, it would not run and not be fetched."""
    smuggled = (
        "<script>window.pwned=1</script><img src=http://127.0.0.1:9/x><p style='color:red' onclick='x()'>"
    )
    (tmp_path / "smuggled.html").write_text(small["en"].read_text().replace("<main>", f"<main>{smuggled}"))
    with pytest.raises(AssertionError), opened(browser, tmp_path / "smuggled.html") as seen:
        assert seen.page.evaluate("window.pwned") is None
        assert [said for said in seen.heard if "Content Security Policy" in said]
        assert len(seen.asked_for) == 1


# --- for everybody


@pytest.mark.parametrize(
    ("name", "options"),
    [
        *((language, {}) for language in LANGUAGES),
        ("en", {"scheme": "dark"}),
        ("en", {"media": "print"}),
        ("nl", {"width": 360}),
        ("fr", {"width": 360, "scheme": "dark"}),
        ("hostile", {}),
    ],
    ids=str,
)
def test_accessible(browser: Browser, small: dict[str, Path], name: str, options: dict[str, object]) -> None:
    """No violation of any rule of axe, with the figures' tables open."""
    from axe_playwright_python.sync_playwright import Axe

    with opened(browser, small[name], **options) as seen:  # type: ignore[arg-type]
        for details in seen.page.locator("details").all():
            details.evaluate("each => { each.open = true }")
        found = Axe().run(seen.page)
        assert [
            (each["id"], [node["html"] for node in each["nodes"]][:3])
            for each in found.response["violations"]
        ] == []
        assert len(found.response["passes"]) > 25


def test_the_keyboard_reaches_everything(browser: Browser, small: dict[str, Path]) -> None:
    """The way past all of it first, then every link, field, button and table; and it is seen where one is."""
    with opened(browser, small["en"]) as seen:
        wanted = seen.page.locator("a, select, input, button, summary, [tabindex='0']").evaluate_all(
            "all => all.filter(each => each.checkVisibility()).length"
        )
        reached = []
        for _ in range(wanted):
            seen.page.keyboard.press("Tab")
            reached.append(seen.page.evaluate("document.activeElement.outerHTML.slice(0, 60)"))
            style = "getComputedStyle(document.activeElement)"
            assert seen.page.evaluate(f"{style}.outlineStyle + parseFloat({style}.outlineWidth)") == "solid3"
        assert "skip" in reached[0]
        assert len(reached) == wanted > 25
        assert seen.page.evaluate("document.activeElement.textContent") == "Asked"


@pytest.mark.parametrize("name", [*LANGUAGES, "hostile"])
def test_nothing_sticks_out(browser: Browser, small: dict[str, Path], name: str) -> None:
    """No page is wider than its window, whatever its language, and nothing in it is cut off."""
    out = "all => all.filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
    with opened(browser, small[name]) as seen:
        for width in (320, 360, 700, 1000, 1600):
            seen.page.set_viewport_size({"width": width, "height": 900})
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
            assert seen.page.locator("main *:not(.scroll *)").evaluate_all(out) == []


def test_who_wants_no_motion_gets_none(browser: Browser, small: dict[str, Path]) -> None:
    """The page glides to its anchors unless told otherwise."""
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    with opened(browser, small["en"]) as seen:
        assert seen.page.evaluate(behaviour) == "smooth"
    with opened(browser, small["en"], motion="reduce") as seen:
        assert seen.page.evaluate(behaviour) == "auto"


def test_nothing_hangs_on_colour(browser: Browser, small: dict[str, Path]) -> None:
    """Each kind has a symbol and a word in the table, and a pattern of its own in the pictures."""
    with opened(browser, small["en"]) as seen:
        symbols = set()
        for kind in KINDS:
            cell = seen.page.locator(f"#rows td.{kind.mark}").first
            symbols.add(cell.evaluate("each => getComputedStyle(each, '::before').content"))
            assert cell.inner_text()
        assert len(symbols) == len(KINDS)
        patterns = seen.page.locator("pattern path").evaluate_all(
            "all => all.map(each => each.getAttribute('d'))"
        )
        assert len(set(patterns[:-1])) == len(KINDS)


def test_on_paper(browser: Browser, small: dict[str, Path], tmp_path: Path) -> None:
    """Black on white also from a dark screen, the headers on each page, and nothing that wants a click."""
    with opened(browser, small["en"], scheme="dark", media="print") as seen:
        look = "getComputedStyle(document.body)"
        assert seen.page.evaluate(f"[{look}.color, {look}.backgroundColor]") == [
            "rgb(0, 0, 0)",
            "rgb(255, 255, 255)",
        ]
        for hidden in ("#filter", "summary", ".skip"):
            assert not seen.page.locator(hidden).first.is_visible()
        assert seen.page.locator("#rows").is_visible()
        display = "getComputedStyle(document.querySelector('#rows thead')).display"
        assert seen.page.evaluate(display) == "table-header-group"
        assert seen.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
