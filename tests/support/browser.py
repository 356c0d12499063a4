"""Pages in a real browser: Chromium as the system has it, headless, without a network.

Whatever a page says on its console, asks for, or is refused by its policy is heard. Playwright is imported
when the first page is opened: only these tests need it (extra `browser`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from attrs import define, field

from .programs import cannot_run, program

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_QUIET = (
    "--no-sandbox",  # there is none for root, as CI is
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, to its end."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        cannot_run("playwright is not installed: pip install -e '.[browser]'")
    path = program(*_NAMES, hint="apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_QUIET))
        yield browser
        browser.close()


@define
class Opened:
    """A page, and what was heard of it."""

    page: Page
    heard: list[str] = field(factory=list)
    asked_for: list[str] = field(factory=list)

    def hear_dialog(self, dialog: Dialog) -> None:
        self.heard.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    @property
    def shown(self) -> list[str]:
        """The numbers of the citizens in the table that can be seen, in their order."""
        rows = "tbody => Array.from(tbody).filter(each => !each.hidden).map(each => each.rows[0].cells[0].textContent)"
        return list(self.page.eval_on_selector_all("#rows > tbody", rows))

    def column(self, at: int) -> list[str]:
        """Of each of them, a cell of the first row; counted from its end."""
        cell = f"row.cells[row.cells.length - {at}].textContent"
        rows = f"tbody => Array.from(tbody).filter(each => !each.hidden).map(({{rows: [row]}}) => {cell})"
        return list(self.page.eval_on_selector_all("#rows > tbody", rows))

    def told(self, selector: str) -> str:
        return str(self.page.inner_text(selector))


@contextmanager
def opened(
    browser: Browser,
    path: Path,
    *,
    width: int = 1280,
    scheme: Literal["light", "dark"] = "light",
    media: Literal["screen", "print"] = "screen",
    motion: Literal["no-preference", "reduce"] = "no-preference",
    scripts: bool = True,
) -> Iterator[Opened]:
    """The file in a window of its own; nothing may be heard of it but itself."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion=motion,
        java_script_enabled=scripts,
        offline=True,
    )
    page = context.new_page()
    seen = Opened(page)
    page.on("console", lambda message: seen.heard.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: seen.heard.append(f"error: {error}"))
    page.on("dialog", lambda dialog: seen.hear_dialog(dialog))  # noqa: PLW0108 (playwright marks what it is given)
    page.on("request", lambda request: seen.asked_for.append(request.url))
    page.emulate_media(media=media, color_scheme=scheme, reduced_motion=motion)
    page.goto(path.as_uri())
    yield seen
    context.close()
    assert seen.heard == []
    assert seen.asked_for == [path.as_uri()]
