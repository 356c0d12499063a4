"""What is wrong with an option or a file (cli.options, cli.files). English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    (
        "there is no standard output for {name}",
        "er is geen standaarduitvoer voor {name}",
        "il n'y a pas de sortie standard pour {name}",
        "es gibt keine Standardausgabe für {name}",
    ),
    (
        "the list cannot be read ({said})",
        "de lijst kan niet gelezen worden ({said})",
        "la liste est illisible ({said})",
        "die Liste ist nicht lesbar ({said})",
    ),
    (
        "Check the name and the rights of the file.",
        "Controleer de naam en de rechten van het bestand.",
        "Vérifiez le nom et les droits du fichier.",
        "Prüfen Sie Namen und Rechte der Datei.",
    ),
    (
        "the result would overwrite the list",
        "het resultaat zou de lijst overschrijven",
        "le résultat écraserait la liste",
        "das Ergebnis würde die Liste überschreiben",
    ),
    (
        "Give another name after -o.",
        "Geef een andere naam na -o.",
        "Donnez un autre nom après -o.",
        "Geben Sie nach -o einen anderen Namen an.",
    ),
    (
        "the result cannot be written there ({said})",
        "het resultaat kan daar niet geschreven worden ({said})",
        "le résultat ne peut pas être écrit là ({said})",
        "das Ergebnis kann dort nicht geschrieben werden ({said})",
    ),
    (
        "Give another place or name after -o.",
        "Geef een andere plaats of naam na -o.",
        "Donnez un autre endroit ou un autre nom après -o.",
        "Geben Sie nach -o einen anderen Ort oder Namen an.",
    ),
    (
        "the result would overwrite {name}",
        "het resultaat zou {name} overschrijven",
        "le résultat écraserait {name}",
        "das Ergebnis würde {name} überschreiben",
    ),
    (
        "the report would overwrite {name}",
        "het rapport zou {name} overschrijven",
        "le rapport écraserait {name}",
        "der Bericht würde {name} überschreiben",
    ),
    (
        "the folder of the journal is not there: {name}",
        "de map van het logboek bestaat niet: {name}",
        "le dossier du journal n'existe pas : {name}",
        "den Ordner des Journals gibt es nicht: {name}",
    ),
    (
        "Make it, as the user that runs this: {name}",
        "Maak ze, als de gebruiker die dit uitvoert: {name}",
        "Créez-le, sous l'utilisateur qui lance ceci : {name}",
        "Legen Sie ihn an, als der Benutzer, der dies ausführt: {name}",
    ),
    (
        "the journal cannot be there: {name} is no folder",
        "het logboek kan daar niet staan: {name} is geen map",
        "le journal ne peut pas être là : {name} n'est pas un dossier",
        "das Journal kann dort nicht sein: {name} ist kein Ordner",
    ),
    (
        "Give another name.",
        "Geef een andere naam.",
        "Donnez un autre nom.",
        "Geben Sie einen anderen Namen an.",
    ),
    ("See {name} --help.", "Zie {name} --help.", "Voyez {name} --help.", "Siehe {name} --help."),
    (
        "a report needs the jinja2 package",
        "een rapport heeft het pakket jinja2 nodig",
        "un rapport a besoin du paquet jinja2",
        "ein Bericht braucht das Paket jinja2",
    ),
    (
        "--outage takes two numbers of seconds, such as 10:40",
        "--outage wil twee getallen in seconden, zoals 10:40",
        "--outage prend deux nombres de secondes, comme 10:40",
        "--outage nimmt zwei Zahlen in Sekunden, wie 10:40",
    ),
    (
        "the sandbox cannot serve there: {said}",
        "de sandbox kan daar niet draaien: {said}",
        "le bac à sable ne peut pas tourner là : {said}",
        "die Sandbox kann dort nicht laufen: {said}",
    ),
    (
        "Choose another --port, or none.",
        "Kies een andere --port, of geen.",
        "Choisissez un autre --port, ou aucun.",
        "Wählen Sie einen anderen --port, oder keinen.",
    ),
    (
        "the result needs a place: -o OUT",
        "het resultaat heeft een plaats nodig: -o UIT",
        "il faut un endroit pour le résultat : -o SORTIE",
        "das Ergebnis braucht einen Ort: -o AUSGABE",
    ),
    (
        "Or look at the list first, with --dry-run.",
        "Of bekijk eerst de lijst, met --dry-run.",
        "Ou regardez d'abord la liste, avec --dry-run.",
        "Oder sehen Sie sich erst die Liste an, mit --dry-run.",
    ),
    (
        "a duration without a unit: {name} what?",
        "een duur zonder eenheid: {name} wat?",
        "une durée sans unité : {name} quoi ?",
        "eine Dauer ohne Einheit: {name} was?",
    ),
    ("Write {name}.", "Schrijf {name}.", "Écrivez {name}.", "Schreiben Sie {name}."),
    ("--start-date: {said}", "--start-date: {said}", "--start-date : {said}", "--start-date: {said}"),
    ("in the past", "in het verleden", "dans le passé", "in der Vergangenheit"),
    # --- what the operating system says
    (
        "No such file or directory",
        "bestand of map bestaat niet",
        "fichier ou dossier inexistant",
        "Datei oder Ordner gibt es nicht",
    ),
    ("Permission denied", "geen toegang", "accès refusé", "Zugriff verweigert"),
    ("Is a directory", "is een map", "est un dossier", "ist ein Ordner"),
    ("Not a directory", "is geen map", "n'est pas un dossier", "ist kein Ordner"),
    ("File name too long", "bestandsnaam te lang", "nom de fichier trop long", "Dateiname zu lang"),
    ("File exists", "bestaat al", "existe déjà", "gibt es schon"),
    ("Address already in use", "adres al in gebruik", "adresse déjà utilisée", "Adresse schon belegt"),
    (
        "No space left on device",
        "geen plaats meer op de schijf",
        "plus de place sur le disque",
        "kein Platz mehr auf dem Datenträger",
    ),
    (
        "Read-only file system",
        "schijf is alleen te lezen",
        "disque en lecture seule",
        "Datenträger ist nur lesbar",
    ),
    ("File too large", "bestand te groot", "fichier trop grand", "Datei zu groß"),
    (
        "Disk quota exceeded",
        "schijfquotum overschreden",
        "quota de disque dépassé",
        "Plattenkontingent überschritten",
    ),
    ("Input/output error", "in- of uitvoerfout", "erreur d'entrée ou de sortie", "Ein-/Ausgabefehler"),
)
