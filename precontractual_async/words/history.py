"""The history of a row in a report (report.view). English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    (
        "Since the last run",
        "Sinds de laatste verwerking",
        "Depuis le dernier traitement",
        "Seit dem letzten Lauf",
    ),
    (
        "What is answered otherwise than before the run of {moment}, the last one that got an answer.",
        "Wat anders beantwoord is dan voor de verwerking van {moment}, de laatste die een antwoord kreeg.",
        "Ce qui a une autre réponse qu'avant le traitement du {moment}, le dernier qui ait eu une réponse.",
        "Was anders beantwortet ist als vor dem Lauf vom {moment}, dem letzten, der eine Antwort bekam.",
    ),
    ("Changed: {count}", "Gewijzigd: {count}", "Changés : {count}", "Geändert: {count}"),
    (
        "Asked for the first time: {count}",
        "Voor het eerst gevraagd: {count}",
        "Demandés pour la première fois : {count}",
        "Zum ersten Mal angefragt: {count}",
    ),
    ("Before", "Voordien", "Avant", "Vorher"),
    ("Now", "Nu", "Maintenant", "Jetzt"),
    ("History: {said}", "Verloop: {said}", "Historique : {said}", "Verlauf: {said}"),
)
