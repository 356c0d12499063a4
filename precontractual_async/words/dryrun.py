"""What a dry run says of a list (batch.outlook, cli.dryrun). English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

from . import lists

_LINE: Final = tuple(
    zip(
        ("line {line}", "regel {line}", "la ligne {line}", "Zeile {line}"),
        ("the row", "de rij", "la ligne", "die Zeile"),
        strict=True,
    )
)

SENTENCES: Final = (
    (
        "citizen in no column",
        "burger in geen kolom",
        "citoyen dans aucune colonne",
        "Bürger in keiner Spalte",
    ),
    (
        "start date in no column",
        "startdatum in geen kolom",
        "date de début dans aucune colonne",
        "Startdatum in keiner Spalte",
    ),
    (
        "represented enterprise number in no column",
        "nummer van de vertegenwoordigde onderneming in geen kolom",
        "numéro de l'entreprise représentée dans aucune colonne",
        "Nummer des vertretenen Unternehmens in keiner Spalte",
    ),
    (
        "type of worker in no column",
        "type werknemer in geen kolom",
        "type de travailleur dans aucune colonne",
        "Art in keiner Spalte",
    ),
    ("list: format {format}", "lijst: formaat {format}", "liste : format {format}", "Liste: Format {format}"),
    ("list: format workbook", "lijst: werkmap", "liste : classeur", "Liste: Arbeitsmappe"),
    ("encoding {said}", "codering {said}", "codage {said}", "Kodierung {said}"),
    ("semicolon", "puntkomma", "point-virgule", "Semikolon"),
    ("comma", "komma", "virgule", "Komma"),
    ("tab", "tab", "tabulation", "Tabulator"),
    ("vertical bar", "verticale streep", "barre verticale", "senkrechter Strich"),
    (
        "UTF-8 with a byte-order mark",
        "UTF-8 met een byte-order mark",
        "UTF-8 avec un marqueur d'ordre des octets",
        "UTF-8 mit Byte-Reihenfolge-Marke",
    ),
    ("delimiter {said}", "scheidingsteken {said}", "séparateur {said}", "Trennzeichen {said}"),
    ("sheet {name}", "blad {name}", "feuille {name}", "Blatt {name}"),
    ("header line {line}", "koppen op regel {line}", "en-tête ligne {line}", "Kopf in Zeile {line}"),
    (
        "above the header {count} left out",
        "regels boven de koppen weggelaten: {count}",
        "lignes au-dessus de l'en-tête omises : {count}",
        "Zeilen über dem Kopf weggelassen: {count}",
    ),
    (
        "hidden rows {count} screened like the others",
        "verborgen rijen: {count}, behandeld zoals de andere",
        "lignes masquées : {count}, traitées comme les autres",
        "ausgeblendete Zeilen: {count}, behandelt wie die anderen",
    ),
    (
        "carried along: {name}",
        "overgenomen: {name}",
        "repris : {name}",
        "übernommen: {name}",
    ),
    (
        "replaced by the result's own: {name}",
        "vervangen door die van het resultaat: {name}",
        "remplacé par celles du résultat : {name}",
        "ersetzt durch die des Ergebnisses: {name}",
    ),
    ("rows: {rows}", "rijen: {rows}", "lignes : {rows}", "Zeilen: {rows}"),
    (
        "each of the list for {count} start dates",
        "elk van de lijst voor {count} startdatums",
        "chacune de la liste pour {count} dates de début",
        "jede der Liste für {count} Startdaten",
    ),
    (
        "as far as the list can be read",
        "voor zover de lijst te lezen is",
        "pour autant que la liste soit lisible",
        "soweit die Liste lesbar ist",
    ),
    *(
        (
            f"{english}: {more}{{rows}}",
            f"{dutch}: {meer}{{rows}}",
            f"{french} : {plus}{{rows}}",
            f"{german}: {mehr}{{rows}}",
        )
        for english, dutch, french, german in (
            ("refused", "te verbeteren", "à corriger", "zu berichtigen"),
            ("deferred", "voor later", "pour plus tard", "für später"),
            (
                "settled in the journal",
                "klaar in het logboek",
                "réglé dans le journal",
                "im Journal erledigt",
            ),
            ("to be asked", "te vragen", "à demander", "anzufragen"),
            ("distinct questions", "verschillende vragen", "questions distinctes", "verschiedene Anfragen"),
            ("duplicates", "dubbele", "doublons", "doppelte"),
        )
        for more, meer, plus, mehr in (
            ("", "", "", ""),
            ("at least ", "minstens ", "au moins ", "mindestens "),
            ("at most ", "hoogstens ", "au plus ", "höchstens "),
        )
    ),
    (
        "by reason (a row may have several):",
        "per reden (een rij kan er meer hebben):",
        "par raison (une ligne peut en avoir plusieurs) :",
        "nach Grund (eine Zeile kann mehrere haben):",
    ),
    (
        "{count}: {said} (line {line})",
        "{count}: {said} (regel {line})",
        "{count} : {said} (ligne {line})",
        "{count}: {said} (Zeile {line})",
    ),
    (
        "{count}: {said} (lines {lines})",
        "{count}: {said} (regels {lines})",
        "{count} : {said} (lignes {lines})",
        "{count}: {said} (Zeilen {lines})",
    ),
    (
        "{count}: {said} (lines {lines} and {more} more)",
        "{count}: {said} (regels {lines} en nog {more})",
        "{count} : {said} (lignes {lines} et {more} de plus)",
        "{count}: {said} (Zeilen {lines} und {more} weitere)",
    ),
    # Of rows that share a reason the lines stand behind it.
    *(
        tuple(text.replace(line, row) for text, (line, row) in zip(texts, _LINE, strict=True))
        for texts in lists.SENTENCES
        if texts[0].startswith("line {line} ")
    ),
    ("... and {more} more", "... en nog {more}", "... et {more} de plus", "... und {more} weitere"),
    ("{count}: from {day}", "{count}: vanaf {day}", "{count} : à partir du {day}", "{count}: ab {day}"),
    (
        "{count} of them again",
        "waarvan {count} opnieuw",
        "dont {count} à nouveau",
        "davon {count} erneut",
    ),
    ("note: {said}", "opmerking: {said}", "remarque : {said}", "Hinweis: {said}"),
    ("problem: {said}", "probleem: {said}", "problème : {said}", "Problem: {said}"),
    (
        "the journal is not there yet: a run makes it",
        "het logboek is er nog niet: het wordt gemaakt",
        "le journal n'existe pas encore : il sera créé",
        "das Journal gibt es noch nicht: es wird angelegt",
    ),
    (
        "ENTERPRISE_NUMBER is not known: {said}",
        "ENTERPRISE_NUMBER is niet bekend: {said}",
        "ENTERPRISE_NUMBER n'est pas connu : {said}",
        "ENTERPRISE_NUMBER ist nicht bekannt: {said}",
    ),
    (
        "rows that name it count as another employer's",
        "rijen die het noemen tellen als die van een andere werkgever",
        "les lignes qui le nomment comptent comme celles d'un autre employeur",
        "Zeilen, die sie nennen, zählen als die eines anderen Arbeitgebers",
    ),
    (
        "what the journal knows cannot be looked up",
        "wat het logboek weet kan niet worden opgezocht",
        "ce que le journal sait ne peut pas être consulté",
        "was das Journal weiß, kann nicht nachgeschlagen werden",
    ),
    ("at most {said}", "hoogstens {said}", "au plus {said}", "höchstens {said}"),
    ("{count} call", "{count} vraag", "{count} demande", "{count} Anfrage"),
    (
        "about {time} at {pace} a second",
        "ongeveer {time} aan {pace} per seconde",
        "environ {time} à {pace} par seconde",
        "etwa {time} bei {pace} in der Sekunde",
    ),
    (
        "more when answers are slow",
        "meer als de antwoorden traag zijn",
        "plus si les réponses sont lentes",
        "mehr, wenn die Antworten langsam sind",
    ),
    (
        "a run would end at once, with exit code {status}",
        "een uitvoering zou meteen eindigen, met exitcode {status}",
        "une exécution finirait tout de suite, avec le code de sortie {status}",
        "ein Lauf würde sofort enden, mit Exitcode {status}",
    ),
    (
        "a run would make no call, and end with exit code {status}",
        "een uitvoering zou niets vragen en eindigen met exitcode {status}",
        "une exécution ne demanderait rien et finirait avec le code de sortie {status}",
        "ein Lauf würde nichts anfragen und mit Exitcode {status} enden",
    ),
    (
        "a run would end with exit code {status}, or 3 when some are not answered",
        "een uitvoering zou eindigen met exitcode {status}, of 3 als er iets niet beantwoord is",
        "une exécution finirait avec le code de sortie {status}, ou 3 s'il manque des réponses",
        "ein Lauf würde mit Exitcode {status} enden, oder 3, wenn Antworten fehlen",
    ),
    (
        "{rows} row would come back refused",
        "{rows} rij zou terugkomen om te verbeteren",
        "{rows} ligne reviendrait à corriger",
        "{rows} Zeile käme zur Berichtigung zurück",
    ),
    (
        "{rows} rows would come back refused",
        "{rows} rijen zouden terugkomen om te verbeteren",
        "{rows} lignes reviendraient à corriger",
        "{rows} Zeilen kämen zur Berichtigung zurück",
    ),
)
