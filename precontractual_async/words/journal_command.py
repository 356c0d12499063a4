"""What ``precontractual journal`` says, but for errors (cli.journal). English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    # --- status
    ("empty", "leeg", "vide", "leer"),
    (
        "distinct questions, not rows: the same citizen, date, employer and type of worker is one",
        "verschillende vragen, geen rijen: zelfde burger, datum, werkgever en type werknemer is er één",
        "questions distinctes, pas des lignes : mêmes citoyen, date, employeur et type n'en font qu'une",
        "verschiedene Anfragen, keine Zeilen: gleicher Bürger, Tag, Arbeitgeber und Art sind eine",
    ),
    ("questions", "vragen", "questions", "Anfragen"),
    ("due", "te vragen", "dues", "fällig"),
    ("learned (UTC)", "vernomen (UTC)", "appris (UTC)", "erfahren (UTC)"),
    ("together", "samen", "ensemble", "zusammen"),
    ("pending: not answered yet", "nog niet beantwoord", "pas encore de réponse", "noch nicht beantwortet"),
    (
        "complete: ok or nok, or partly final",
        "volledig: ok of nok, of deels definitief",
        "complet : ok ou nok, ou en partie définitif",
        "vollständig: ok oder nok, oder teils endgültig",
    ),
    # --- runs
    (
        "no runs are noted",
        "er zijn geen uitvoeringen genoteerd",
        "aucune exécution n'est notée",
        "es sind keine Läufe vermerkt",
    ),
    ("began (Brussels)", "begin (Brussel)", "début (Bruxelles)", "Beginn (Brüssel)"),
    ("ended", "einde", "fin", "Ende"),
    ("rows", "rijen", "lignes", "Zeilen"),
    ("known", "bekend", "connues", "bekannt"),
    ("calls", "vragen", "demandes", "Anfragen"),
    ("retries", "herhaald", "répétées", "wiederholt"),
    ("pauses", "pauzes", "pauses", "Pausen"),
    ("tokens", "tokens", "jetons", "Token"),
    (
        "under way, or killed",
        "bezig, of afgebroken",
        "en cours, ou interrompue",
        "im Gange, oder abgebrochen",
    ),
    # --- purge
    (
        "{count} entries deleted and overwritten",
        "{count} vermeldingen gewist en overschreven",
        "{count} entrées effacées et écrasées",
        "{count} Einträge gelöscht und überschrieben",
    ),
    (
        "{count} entries would be deleted and overwritten",
        "{count} vermeldingen zouden gewist en overschreven worden",
        "{count} entrées seraient effacées et écrasées",
        "{count} Einträge würden gelöscht und überschrieben",
    ),
    # --- backup
    (
        "written: {name} ({count} entries)",
        "geschreven: {name} ({count} vermeldingen)",
        "écrit : {name} ({count} entrées)",
        "geschrieben: {name} ({count} Einträge)",
    ),
    # --- export
    (
        "the export holds national numbers, and would be shown on this terminal",
        "de export bevat INSZ-nummers, en zou op deze terminal getoond worden",
        "l'export contient des numéros NISS, et serait affiché sur ce terminal",
        "der Export enthält ENSS-Nummern und würde auf diesem Terminal gezeigt",
    ),
    (
        "Give a file after -o; -o - shows it all the same.",
        "Geef een bestand na -o; -o - toont het toch.",
        "Donnez un fichier après -o ; -o - l'affiche quand même.",
        "Geben Sie nach -o eine Datei an; -o - zeigt es trotzdem.",
    ),
    (
        "{count} entries would be exported, with the citizens' numbers",
        "{count} vermeldingen zouden geëxporteerd worden, met de nummers van de burgers",
        "{count} entrées seraient exportées, avec les numéros des citoyens",
        "{count} Einträge würden exportiert, mit den Nummern der Bürger",
    ),
    # --- rekey
    (
        "{count} entries would be encrypted with the new key",
        "{count} vermeldingen zouden met de nieuwe sleutel versleuteld worden",
        "{count} entrées seraient chiffrées avec la nouvelle clé",
        "{count} Einträge würden mit dem neuen Schlüssel verschlüsselt",
    ),
    (
        "{count} entries encrypted with the new key; give it from now on: JOURNAL_KEY_FILE={name}",
        "{count} vermeldingen met de nieuwe sleutel versleuteld; geef voortaan die: JOURNAL_KEY_FILE={name}",
        "{count} entrées chiffrées avec la nouvelle clé ; donnez désormais celle-ci : JOURNAL_KEY_FILE={name}",
        "{count} Einträge mit dem neuen Schlüssel verschlüsselt; geben Sie nun diesen: JOURNAL_KEY_FILE={name}",
    ),
    (
        "lists noted by an older program, which count as new at the next run: {count}",
        "lijsten genoteerd door een ouder programma, die de volgende keer als nieuw gelden: {count}",
        "listes notées par un programme plus ancien, qui seront nouvelles la prochaine fois : {count}",
        "von einem älteren Programm vermerkte Listen, die beim nächsten Lauf als neu gelten: {count}",
    ),
    (
        "the journal has the key in --new-key-file already: give that one from now on",
        "het logboek heeft de sleutel in --new-key-file al: geef voortaan die",
        "le journal a déjà la clé de --new-key-file : donnez désormais celle-ci",
        "das Journal hat schon den Schlüssel in --new-key-file: geben Sie nun diesen",
    ),
    (
        "the journal has the key in --new-key-file already, and it is the one that is set",
        "het logboek heeft de sleutel in --new-key-file al, en het is de ingestelde",
        "le journal a déjà la clé de --new-key-file, et c'est celle qui est réglée",
        "das Journal hat schon den Schlüssel in --new-key-file, und er ist der eingestellte",
    ),
    (
        "For another key, name a file that is not there yet: it is made.",
        "Noem voor een andere sleutel een bestand dat er nog niet is: het wordt gemaakt.",
        "Pour une autre clé, nommez un fichier qui n'existe pas encore : il sera créé.",
        "Nennen Sie für einen anderen Schlüssel eine Datei, die es noch nicht gibt: sie wird angelegt.",
    ),
)
