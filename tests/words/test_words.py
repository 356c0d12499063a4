"""Our words in four languages: found by their English, whole, and with the same places in each."""

from __future__ import annotations

import re

import pytest

from precontractual_async.words import CATALOGUE, LANGUAGES, translated


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_row_has_the_same_places_in_each_language(language: str) -> None:
    """Nothing is lost, and nothing is asked for that the sentence does not tell."""
    rows = {key: row[language] for key, row in CATALOGUE.items()}
    assert {key: told for key, told in rows.items() if _places(told) != _places(key)} == {}
    assert [key for key, told in rows.items() if not told.strip()] == []


def _places(sentence: str) -> list[str]:
    return sorted(re.findall("{[^}]*}", sentence))


@pytest.mark.parametrize(
    ("english", "language", "told"),
    [
        ("SSIN: empty", "nl", "INSZ: leeg"),
        ("represented enterprise number: empty", "fr", "numéro de l'entreprise représentée : vide"),
        ("the start date can be asked from 2027-03-01", "de", "das Beginndatum kann ab dem 01.03.2027 abgefragt werden"),
        ("this start date can be asked from 2027-03-01", "nl", "deze startdatum kan worden nagevraagd vanaf 01/03/2027"),
        ("Ask again on or after 2027-03-01.", "fr", "Refaites la demande le 01/03/2027 ou plus tard."),
        ("Ask again from 2027-03-01.", "en", "Ask again from 2027-03-01."),
        ("not answered yet: the journal failed: the disk is full", "nl", "nog niet beantwoord: het logboek gaf een fout: de schijf is vol"),
        ("the gateway answered 503", "fr", "la passerelle a répondu 503"),
        ("the gateway says about it: SSIN {day} {} empty", "de", "das Gateway sagt dazu: SSIN {day} {} empty"),
        ("Kandidaat 3", "nl", "Kandidaat 3"),
        ("", "fr", ""),
        ("SSIN: empty", "en", "SSIN: empty"),
        ("no_grant", "en", "no mandate"),
        ("no_grant", "nl", "geen mandaat"),
    ],
)  # fmt: skip
def test_translated(english: str, language: str, told: str) -> None:
    """Our words in every place that is ours; what others said stays, and what is unknown stays English."""
    assert translated(english, language) == told


def test_a_language_that_there_is_not() -> None:
    """It is the caller's mistake, and not taken for English."""
    with pytest.raises(ValueError, match="one of"):
        translated("SSIN: empty", "es")
