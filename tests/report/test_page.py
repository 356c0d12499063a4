"""The page as a file: what it may do, what it holds, and what never gets into it."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import timedelta

import pytest
from attrs import evolve
from support.batch import BEGAN, RUNS, TODAY, answered, batch, several
from support.canary import Canary
from support.hostile import hostile
from support.journals import query_for
from support.numbers import CITIZEN, VALID_SSINS
from support.pages import Read, page_of, read, rows_of

from precontractual_async import Description, Entry, Labels, Status
from precontractual_async.journal.runs import Run
from precontractual_async.words import LANGUAGES, translated

BATCH = list(batch(120))
PAGES = {language: page_of(BATCH, language) for language in LANGUAGES}
DUTCH = ("De gegevens kunnen niet worden geraadpleegd.", "Er is geen actief mandaat.")
"""Of the gateway, which has no English for them."""


def policy_of(page: Read) -> str:
    (policy,) = [attrs["content"] for tag, attrs in page.elements if "http-equiv" in attrs]
    assert policy
    return policy


# --- what it may do


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_runs_its_own_style_and_script_and_nothing_else(language: str) -> None:
    """By their hashes; no address, no image, no form, no frame, no style or handler on an element."""
    page = read(PAGES[language])
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'"
        for each in page.styles_and_scripts
    ]
    assert policy_of(page) == (
        f"default-src 'none'; style-src {hashes[0]} {hashes[1]}; script-src {hashes[2]}; "
        "base-uri 'none'; form-action 'none'"
    )
    names = {name for _, attrs in page.elements for name in attrs}
    assert not [
        name for name in names if name.startswith("on") or name in ("style", "src", "srcset", "action")
    ]
    assert all(link.startswith("#") for link in page.attributes("href"))
    assert set(page.attributes("fill")) <= {f"url(#p-{mark})" for mark in "knmlforph"}
    assert "http://" not in PAGES[language]
    assert "https://" not in PAGES[language]
    assert not re.search(r"@import|url\((?!#)", "".join(page.styles_and_scripts))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_pointed_at_is_there(language: str) -> None:
    """Once each."""
    page = read(PAGES[language])
    ids = page.attributes("id")
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in page.attributes("href")} <= set(ids)
    assert set(page.attributes("aria-labelledby")) <= set(ids)


def test_hostile_texts_are_inert() -> None:
    """They make no element and no attribute: the page has the same as without them."""
    entries = list(hostile())
    page, text = read(page_of(entries)), page_of(entries)
    harmless = read(PAGES["en"])
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in harmless.elements}
    assert {name for _, attrs in page.elements for name in attrs} <= {
        name for _, attrs in harmless.elements for name in attrs
    }
    assert len(page.styles_and_scripts) == 3
    assert policy_of(page).count("sha256") == 3
    assert "{{ 7 * 7 }}" in page.text
    assert "49" not in page.text.replace("{{ 7 * 7 }}", "").split("What the gateway adds")[1]
    assert "<script>window" not in text
    assert not re.search("[\0\x07\ud800]", text)
    text.encode()


def test_what_could_turn_words_around_stands_alone() -> None:
    """Each text of the gateway's in an element of its own that isolates it."""
    text = page_of(hostile())
    apart = r"<bdi>.*?</bdi>|<title>.*?</title>|<td[^>]*>[^<]*|<[^>]*>"  # a cell and a title are as well
    assert re.search("[\u202a-\u202e]", text)
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", re.sub(apart, "", text, flags=re.DOTALL))


# --- what it holds


def test_every_citizen_and_start_date_has_a_row() -> None:
    """With what is known of both jobs, whose move it is, and the day of asking."""
    rows = rows_of(PAGES["en"])
    assert len(rows) == 240
    whole = [row for row in rows if len(row) == 9]
    assert [int(row[0]) for row in whole] == list(range(1, 121))
    assert {row[-7] for row in rows} == {"01/12/2026", "15/12/2026"}
    assert {row[-3] for row in rows} == {
        "operator",
        "employer",
        "citizen",
        "ask again later",
        "nobody: final",
    }
    assert {row[-1] for row in rows} == {"24/11/2026", "25/11/2026"}
    assert all(row[-2] for row in rows)
    told = {row[-6] for row in rows} | {row[-5] for row in rows}
    assert {
        "conditions met",
        "conditions not met",
        "no active citizen mandate: none was found, it is still pending, or it was refused",
        "older than 30 when asked",
    } <= told
    assert {"not answered yet", "rejected by the gateway", "not asked for"} <= told


def test_tasks_count_everybody_once_and_lead_to_the_rows() -> None:
    """The counts are those of the table, whose first row of each is what the link leads to."""
    page = PAGES["en"]
    tasks = re.findall(r'data-group="(\w+)">(\d+|one) citizens?<', page)
    classes = re.findall(r"<tbody class=(\w+)", page)
    counts = {mark: "one" if (count := classes.count(mark)) == 1 else str(count) for mark in classes}
    assert counts == dict(tasks)
    assert sum(classes.count(mark) for mark, _ in tasks) == 120
    assert re.findall(r"<tbody class=(\w+) id=\1>", page) == [mark for mark, _ in tasks]


def test_it_says_first_who_can_start() -> None:
    """In as many citizens as there are, by what the rows of the table say of them."""
    said = re.search(
        r"(\d+) of 120 can start \((\d+) as .*?, (\d+) as .*?\); (\d+) cannot; (\d+) not known", PAGES["en"]
    )
    assert said is not None
    some, flexi, student, none, not_known = map(int, said.groups())
    assert some + none + not_known == 120
    assert max(flexi, student) <= some <= flexi + student
    assert min(some, none, not_known) > 0


def test_each_reservation_is_said_once() -> None:
    """Plainly, however many answers it stands on; without its tags."""
    text = read(PAGES["en"]).text
    assert text.count("This answer holds at the moment of asking & with reservations.") == 1
    assert "<i>" not in PAGES["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages(language: str) -> None:
    """The page says which it is in; a text that the gateway has not in it says its own."""
    page = PAGES[language]
    assert page.startswith(f'<!doctype html>\n<html lang="{language}">')
    other = [attrs["lang"] for tag, attrs in read(page).elements if tag == "blockquote" and "lang" in attrs]
    assert other == {"nl": [], "fr": ["nl"], "de": ["nl", "nl"], "en": ["nl", "nl"]}[language]
    title = {"nl": "Rapport over", "fr": "Rapport sur", "de": "Bericht zu", "en": "Report on"}
    assert title[language] in read(page).text
    assert ("{" in read(page).text) is False
    decimals = {"nl": "1.200", "fr": "1\N{NARROW NO-BREAK SPACE}200", "de": "1.200", "en": "1,200"}
    assert decimals[language] in page_of(batch(600), language)


def test_a_text_in_another_case_of_languages() -> None:
    """In the first language that there is, said so; empty ones are passed over."""
    one = answered(query_for(CITIZEN), BEGAN, Status.OK, Status.OK)
    texts = ({"de": "<b>Vorbehalt</b>", "nl": ""}, {"xx": "unknown"}, {"en": "<p></p>"})
    told = tuple(Description(("disclaimer",), None, Labels(each)) for each in texts)
    flexi = evolve(one.answer.flexi_job, descriptions=told)
    student = evolve(one.answer.student_job, descriptions=())
    one = evolve(one, answer=evolve(one.answer, flexi_job=flexi, student_job=student))
    page = page_of([Entry.of(one, BEGAN)], "fr")
    assert re.findall(r"<blockquote[^>]*>.*", page) == [
        '<blockquote lang="de"><p><bdi>Vorbehalt</bdi></p></blockquote></li>'
    ]


def test_texts_without_end_do_not_fill_the_page() -> None:
    """Those that came most often are told, and how many more there are."""
    page = page_of(several())
    assert page.count("<blockquote") == 40
    assert "How often other texts came: 21" in page


def test_employers_have_a_column_when_there_are_several() -> None:
    """A mandatary's list is of many; one for whom all is asked stands at the top."""
    entries = list(several())
    assert [row[-8] for row in rows_of(page_of(entries[:2]))] == ["0400.000.086", "0880.820.673"]
    alone = page_of(entries[:1])
    assert "Asked by 0400.000.086 Employer 0880.820.673" in read(alone).text
    assert len(rows_of(alone)[0]) == 9


def test_an_empty_journal() -> None:
    """It says so, and what to do."""
    text = page_of((), runs=())
    assert "The journal holds nothing yet." in text
    assert "<table" not in text
    assert "<figure" not in text


def test_dates_that_are_past_are_nobodys_move() -> None:
    """They stay to be read; nothing is to be done about them."""
    page = page_of(BATCH, today=TODAY + timedelta(days=60))
    assert re.findall(r'data-group="(\w+)"', page) == ["past"]
    assert {row[-2].partition("  ")[0] for row in rows_of(page)} >= {"The start date is past."}


# --- what never gets into it


@pytest.mark.parametrize("entries", [BATCH, list(hostile())], ids=["batch", "hostile"])
def test_no_number_and_no_reference(entries: list[Entry]) -> None:
    """In no form, whatever the gateway quoted of them; the rows can be told apart by their own number."""
    canary = Canary({f"citizen {number}": number for number in VALID_SSINS})
    for entry in entries:
        canary.learn("citizen", entry.outcome.query.citizen.digits)
        canary.learn("reference", f"{entry.outcome.query.citizen:digits}0112202612")
    canary.hear("page", page_of(entries))
    canary.hear("words", read(page_of(entries)).text)
    assert canary.hits() == []
    whole = [row for row in rows_of(page_of(entries)) if len(row) == 9]
    assert all(re.fullmatch(r"\*{9}\d\d", row[1]) for row in whole)


def test_numbers_are_shown_when_they_are_asked_for() -> None:
    """Each under the number that it has in a masked page; what the gateway quotes stays hidden, and references do."""
    shown = [row for row in rows_of(page_of(BATCH, show_citizens=True)) if len(row) == 9]
    masked = [row for row in rows_of(PAGES["en"]) if len(row) == 9]
    assert [(row[0], row[1][-2:]) for row in shown] == [(row[0], row[1][-2:]) for row in masked]
    numbers = {re.sub(r"\D", "", row[1]) for row in shown}
    assert numbers == {entry.outcome.query.citizen.digits for entry in BATCH}
    page = page_of(hostile(), show_citizens=True)
    assert "0112202612" not in page
    assert len(re.findall(r"07\.?01\.?01-?899\.?01", page)) <= 1


def test_a_large_batch_is_a_small_file() -> None:
    """Five thousand citizens over two start dates, with their numbers, in the longest language."""
    assert len(page_of(batch(5000), "fr", show_citizens=True).encode()) < 3_000_000


def test_words_of_the_catalogue_alone() -> None:
    """In another language nothing of ours is left in English."""
    english = {words for words in read(PAGES["en"]).words if len(words.split()) > 2}
    for language in ("nl", "fr", "de"):
        alike = english & set(read(PAGES[language]).words)
        assert not [words for words in alike if not words[0].isdigit() and words not in DUTCH]


@pytest.mark.parametrize("hours", [int(CITIZEN), -5, 10_000])
def test_what_cannot_be_hours_is_not_shown(hours: int) -> None:
    """A journal of an earlier program may hold any number as hours, the citizen's own included."""
    one = Entry.of(answered(query_for(CITIZEN), BEGAN, Status.OK, Status.OK, hours), BEGAN)
    page = page_of([one])
    (row,) = rows_of(page)
    assert row[-4] == ""
    assert str(hours) not in read(page).text
    assert "Student hours left" not in read(page).text


INVISIBLE = (
    "\u200b",
    "\u00ad",
    "\u2060",
    "\ufe0f\u20e3",
    "\u0332",
    "\x07",
    "\u3000",
    "\u3164",
    "\U000e0020",
    "\n",
)


@pytest.mark.parametrize("zero", "0\uff10\u0660\u2070\U0001d7ce")
def test_a_number_between_what_nobody_sees(zero: str) -> None:
    """A reader would see the digits alone, in whatever script: they are a number all the same."""
    one = answered(query_for(CITIZEN), BEGAN, Status.OK, Status.OK)
    zeros = "⁰¹²³⁴⁵⁶⁷⁸⁹" if zero == "\u2070" else "".join(chr(ord(zero) + digit) for digit in range(10))
    digits = [zeros[int(digit)] for digit in CITIZEN]
    between = [*(each * 4 for each in INVISIBLE), "-\u200b\u200b\u200b.", "&#8203;" * 4]
    told = tuple(
        Description(("disclaimer",), None, Labels({"en": f"No. {chr(97 + at)}: {each.join(digits)} of 2026"}))
        for at, each in enumerate(between)
    )
    flexi = evolve(one.answer.flexi_job, descriptions=told)
    text = read(page_of([Entry.of(evolve(one, answer=evolve(one.answer, flexi_job=flexi)), BEGAN)])).text
    assert re.findall(r"No\. (.): \*\*\* of 2026", text) == [chr(97 + at) for at in range(len(between))]
    assert not re.search("\\D*".join(digits[:7]), text)


STOPPED = Run(BEGAN, BEGAN, rows=2000, known=60, stopped="the run was asked to stop")
KILLED = Run(BEGAN, rows=2000)
CUT = {
    "en": ("the run was asked to stop (60 of 2,000 rows)", "(2,000 rows in its list)"),
    "nl": ("er werd gevraagd om te stoppen (60 van 2.000 rijen)", "(2.000 rijen in haar lijst)"),
    "fr": ("l'arrêt a été demandé (60 sur 2 000 lignes)", "(2 000 lignes dans sa liste)"),
    "de": ("der Abbruch wurde verlangt (60 von 2.000 Zeilen)", "(2.000 Zeilen in ihrer Liste)"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_run_that_was_cut_short_looks_so(language: str) -> None:
    """At the top, and where it is said what to do; also when nothing is known yet."""
    for entries in ([], BATCH):
        for run, told in zip((STOPPED, KILLED), CUT[language], strict=True):
            page = page_of(entries, language, runs=(*RUNS, run))
            head, _, rest = page.partition("<main>")
            assert told in read(head).text
            assert told in read(rest.partition("</section>")[0]).text
            assert translated("This may not be the whole list.", language) in read(page).text
            whole = page_of(entries, language, runs=(run, *RUNS))
            assert told not in read(whole).text
            assert 'class="cut"' not in whole


def test_runs_of_older_programs_are_cut_short_too() -> None:
    """They did not note how long their list was."""
    text = read(page_of(BATCH, runs=[Run(BEGAN)])).text
    assert "24/11/2026 10:00: no end is known: it runs still, or was killed Asked" in text
