"""Names and headings of the sheets beside a result in a workbook. English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    # --- the sheets: no name has more than 31 characters (tables.formats.sheets)
    ("Results", "Resultaten", "Résultats", "Ergebnisse"),
    ("Summary", "Overzicht", "Résumé", "Übersicht"),
    ("To correct", "Te verbeteren", "À corriger", "Zu berichtigen"),
    ("To ask the citizen", "Te vragen aan de burger", "À demander au citoyen", "Beim Bürger zu erfragen"),
    # --- their headings (tables.formats.xlsx)
    ("row here", "rij hier", "ligne ici", "Zeile hier"),
    ("start date", "startdatum", "date de début", "Startdatum"),
    (
        "start date that was asked for",
        "gevraagde startdatum",
        "date de début demandée",
        "angefragtes Startdatum",
    ),
    ("answer: flexi-job", "antwoord: flexi-job", "réponse : flexi-job", "Antwort: Flexi-Job"),
    ("answer: student job", "antwoord: studentenjob", "réponse : job d'étudiant", "Antwort: Studentenjob"),
    ("why it is so", "waarom het zo is", "pourquoi il en est ainsi", "warum es so ist"),
    (
        "student hours left",
        "studentenuren over",
        "heures d'étudiant restantes",
        "verbleibende Studentenstunden",
    ),
    ("trace id", "trace-id", "identifiant de trace", "Trace-ID"),
    ("reference: flexi-job", "referentie: flexi-job", "référence : flexi-job", "Referenz: Flexi-Job"),
    (
        "reference: student job",
        "referentie: studentenjob",
        "référence : job d'étudiant",
        "Referenz: Studentenjob",
    ),
    (
        "reference of the consultation",
        "referentie van de raadpleging",
        "référence de la consultation",
        "Referenz der Abfrage",
    ),
    ("row in the list", "rij in de lijst", "ligne de la liste", "Zeile der Liste"),
    ("column to correct", "te verbeteren kolom", "colonne à corriger", "zu berichtigende Spalte"),
    ("what became of it", "wat ervan werd", "ce qu'il en est", "was daraus wurde"),
    ("what changed", "wat veranderde", "ce qui a changé", "was sich geändert hat"),
    ("answer before", "antwoord voordien", "réponse avant", "Antwort vorher"),
    ("answer now", "antwoord nu", "réponse maintenant", "Antwort jetzt"),
    (
        "since (time in Brussels)",
        "sinds (tijd in Brussel)",
        "depuis (heure de Bruxelles)",
        "seit (Brüsseler Zeit)",
    ),
    ("times asked", "aantal keer gevraagd", "nombre de demandes", "Zahl der Anfragen"),
    (
        "student hours before",
        "studentenuren voordien",
        "heures d'étudiant avant",
        "Studentenstunden vorher",
    ),
    (
        "student hours now",
        "studentenuren nu",
        "heures d'étudiant maintenant",
        "Studentenstunden jetzt",
    ),
    ("next step", "volgende stap", "étape suivante", "nächster Schritt"),
    # --- the summary (tables.counts)
    ("rows of the result", "rijen van het resultaat", "lignes du résultat", "Zeilen des Ergebnisses"),
    ("can start", "kunnen beginnen", "peuvent commencer", "können anfangen"),
    ("as flexi-jobber", "als flexi-jobber", "en flexi-job", "als Flexi-Jobber"),
    ("as student", "als student", "comme étudiant", "als Student"),
    ("cannot", "kunnen niet", "ne peuvent pas", "können nicht"),
    ("not known", "niet bekend", "pas connu", "nicht bekannt"),
    (
        "{some} of {rows} can start ({flexi} as flexi-jobber, {student} as student); {none} cannot; "
        "{open} not known",
        "{some} van de {rows} kunnen beginnen ({flexi} als flexi-jobber, {student} als student); {none} "
        "niet; {open} niet bekend",
        "{some} sur {rows} peuvent commencer ({flexi} en flexi-job, {student} comme étudiant) ; {none} "
        "ne peuvent pas ; {open} pas connus",
        "{some} von {rows} können anfangen ({flexi} als Flexi-Jobber, {student} als Student); {none} "
        "können nicht; {open} nicht bekannt",
    ),
    ("flexi-job", "flexi-job", "flexi-job", "Flexi-Job"),
    ("student job", "studentenjob", "job d'étudiant", "Studentenjob"),
    ("whose move it is", "wie aan zet is", "qui doit agir", "wer am Zug ist"),
    (
        "asked (time in Brussels)",
        "gevraagd (tijd in Brussel)",
        "demandé (heure de Bruxelles)",
        "angefragt (Brüsseler Zeit)",
    ),
    ("the first", "de eerste", "la première", "die erste"),
    ("the last", "de laatste", "la dernière", "die letzte"),
)
