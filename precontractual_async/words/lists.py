"""What is said of a list's rows: refused, deferred or rejected, and why. English, Dutch, French, German.

`{number}` is the name of one of the two numbers, `{part}` that of any part of a row; both are in this table.
"""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    # --- the numbers (model.identifiers)
    ("SSIN", "INSZ", "NISS", "ENSS"),
    ("enterprise number", "ondernemingsnummer", "numéro d'entreprise", "Unternehmensnummer"),
    (
        "represented enterprise number",
        "ondernemingsnummer van de vertegenwoordigde onderneming",
        "numéro de l'entreprise représentée",
        "Nummer des vertretenen Unternehmens",
    ),
    ("{number}: empty", "{number}: leeg", "{number} : vide", "{number}: leer"),
    (
        "{number}: a truth value, not a number",
        "{number}: waar of onwaar, geen nummer",
        "{number} : vrai ou faux, pas un numéro",
        "{number}: ein Wahrheitswert, keine Nummer",
    ),
    (
        "{number}: neither text nor a whole number",
        "{number}: geen tekst en geen geheel getal",
        "{number} : ni du texte ni un nombre entier",
        "{number}: weder Text noch eine ganze Zahl",
    ),
    (
        "{number}: in scientific notation, so digits are lost",
        "{number}: in wetenschappelijke notatie, waardoor cijfers verloren zijn",
        "{number} : en notation scientifique, des chiffres sont donc perdus",
        "{number}: in wissenschaftlicher Schreibweise, dabei gehen Ziffern verloren",
    ),
    (
        "{number}: something else than digits in it",
        "{number}: bevat iets anders dan cijfers",
        "{number} : contient autre chose que des chiffres",
        "{number}: enthält etwas anderes als Ziffern",
    ),
    (
        "{number}: {count} digits where {needed} are needed",
        "{number}: {count} cijfers waar er {needed} nodig zijn",
        "{number} : {count} chiffres au lieu de {needed}",
        "{number}: {count} Ziffern statt {needed}",
    ),
    (
        "{number}: the check digits do not fit: a typing mistake?",
        "{number}: de controlecijfers kloppen niet: een tikfout?",
        "{number} : les chiffres de contrôle ne correspondent pas : une faute de frappe ?",
        "{number}: die Prüfziffern stimmen nicht: ein Tippfehler?",
    ),
    (
        "{number}: no such month: a typing mistake?",
        "{number}: die maand bestaat niet: een tikfout?",
        "{number} : ce mois n'existe pas : une faute de frappe ?",
        "{number}: diesen Monat gibt es nicht: ein Tippfehler?",
    ),
    (
        "{number}: it does not begin with 0 or 1",
        "{number}: begint niet met 0 of 1",
        "{number} : ne commence pas par 0 ou 1",
        "{number}: beginnt nicht mit 0 oder 1",
    ),
    (
        "Format the column as text and copy the numbers again.",
        "Maak van de kolom een tekstkolom en kopieer de nummers opnieuw.",
        "Mettez la colonne au format texte et recopiez les numéros.",
        "Formatieren Sie die Spalte als Text und kopieren Sie die Nummern erneut.",
    ),
    (
        "Correct the number in the list.",
        "Verbeter het nummer in de lijst.",
        "Corrigez le numéro dans la liste.",
        "Berichtigen Sie die Nummer in der Liste.",
    ),
    # --- the start date (model.dates, model.planning)
    ("start date: empty", "startdatum: leeg", "date de début : vide", "Beginndatum: leer"),
    (
        "start date: in the past",
        "startdatum: in het verleden",
        "date de début : dans le passé",
        "Beginndatum: in der Vergangenheit",
    ),
    (
        "start date: a moment of the day, not a day",
        "startdatum: een tijdstip, geen dag",
        "date de début : une heure de la journée, pas un jour",
        "Beginndatum: eine Uhrzeit, kein Tag",
    ),
    (
        "start date: a number; if it was a date, its cell has lost the format of one",
        "startdatum: een getal; was het een datum, dan is de cel haar opmaak kwijt",
        "date de début : un nombre ; si c'était une date, la cellule en a perdu le format",
        "Beginndatum: eine Zahl; war es ein Datum, so hat die Zelle dessen Format verloren",
    ),
    (
        "start date: neither text nor a date",
        "startdatum: geen tekst en geen datum",
        "date de début : ni du texte ni une date",
        "Beginndatum: weder Text noch ein Datum",
    ),
    (
        "start date: not a date such as 2026-12-01 or 1/12/2026",
        "startdatum: geen datum zoals 2026-12-01 of 1/12/2026",
        "date de début : n'est pas une date du type 2026-12-01 ou 1/12/2026",
        "Beginndatum: kein Datum wie 2026-12-01 oder 1/12/2026",
    ),
    (
        "start date: no such day on the calendar (it is read day first, then month)",
        "startdatum: die dag bestaat niet (eerst de dag, dan de maand)",
        "date de début : ce jour n'existe pas (le jour d'abord, puis le mois)",
        "Beginndatum: diesen Tag gibt es nicht (erst der Tag, dann der Monat)",
    ),
    (
        "this start date can be asked from {day}",
        "deze startdatum kan worden nagevraagd vanaf {day}",
        "cette date de début peut être demandée à partir du {day}",
        "dieses Beginndatum kann ab dem {day} abgefragt werden",
    ),
    (
        "Ask again on or after {day}.",
        "Vraag het opnieuw op of na {day}.",
        "Refaites la demande le {day} ou plus tard.",
        "Fragen Sie am {day} oder danach erneut an.",
    ),
    (
        "the start date can be asked from {day}",
        "de startdatum kan worden nagevraagd vanaf {day}",
        "la date de début peut être demandée à partir du {day}",
        "das Beginndatum kann ab dem {day} abgefragt werden",
    ),
    (
        "Ask again from {day}.",
        "Vraag het opnieuw vanaf {day}.",
        "Refaites la demande à partir du {day}.",
        "Fragen Sie ab dem {day} erneut an.",
    ),
    # --- the type of worker (model.planning)
    ("start date", "startdatum", "date de début", "Beginndatum"),
    ("type of worker", "type werknemer", "type de travailleur", "Art des Arbeitnehmers"),
    (
        "{part}: a formula without a value (not calculated, or empty)",
        "{part}: een formule zonder waarde (niet berekend, of leeg)",
        "{part} : une formule sans valeur (non calculée, ou vide)",
        "{part}: eine Formel ohne Wert (nicht berechnet oder leer)",
    ),
    (
        "Open the workbook in Excel, save it and ask again; or write the value itself.",
        "Open de werkmap in Excel, bewaar ze en vraag het opnieuw; of vul de waarde zelf in.",
        "Ouvrez le classeur dans Excel, enregistrez-le et refaites la demande ; ou écrivez la valeur "
        "elle-même.",
        "Öffnen Sie die Arbeitsmappe in Excel, speichern Sie sie und fragen Sie erneut an; oder tragen Sie "
        "den Wert selbst ein.",
    ),
    (
        "start date: the word for the month may mean several; write the month as a number",
        "startdatum: het woord voor de maand kan er meer dan één betekenen; schrijf de maand als getal",
        "date de début : le mot pour le mois peut en désigner plusieurs ; écrivez le mois en chiffres",
        "Beginndatum: das Wort für den Monat kann mehrere bedeuten; schreiben Sie den Monat als Zahl",
    ),
    (
        "start date: it is not on the day of the week that stands with it",
        "startdatum: die valt niet op de weekdag die erbij staat",
        "date de début : elle ne tombe pas sur le jour de la semaine indiqué",
        "Beginndatum: sie fällt nicht auf den angegebenen Wochentag",
    ),
    (
        "type of worker: none of the words flexi, student, both",
        "type werknemer: geen van de woorden flexi, student, beide",
        "type de travailleur : aucun des mots flexi, étudiant, les deux",
        "Art des Arbeitnehmers: keines der Wörter Flexi, Student, beide",
    ),
    # --- a row that cannot be read (tables)
    (
        "line {line} has more than {most} cells beyond the header",
        "regel {line} heeft meer dan {most} cellen naast de koppen",
        "la ligne {line} a plus de {most} cellules au-delà de l'en-tête",
        "Zeile {line} hat mehr als {most} Zellen über die Kopfzeile hinaus",
    ),
    (
        "line {line} has a name twice",
        "regel {line} heeft een naam twee keer",
        "la ligne {line} a deux fois le même nom",
        "Zeile {line} hat einen Namen zweimal",
    ),
    (
        "line {line} is not a JSON object",
        "regel {line} is geen JSON-object",
        "la ligne {line} n'est pas un objet JSON",
        "Zeile {line} ist kein JSON-Objekt",
    ),
    (
        "line {line} has names beyond the {most} that rows may add to those of the first",
        "regel {line} heeft namen boven op de {most} die rijen aan die van de eerste mogen toevoegen",
        "la ligne {line} a des noms au-delà des {most} que les lignes peuvent ajouter à ceux de la première",
        "Zeile {line} hat Namen über die {most} hinaus, die Zeilen denen der ersten hinzufügen dürfen",
    ),
    (
        "Correct the row and ask again.",
        "Verbeter de rij en vraag het opnieuw.",
        "Corrigez la ligne et refaites la demande.",
        "Berichtigen Sie die Zeile und fragen Sie erneut an.",
    ),
    (
        "Correct it and ask again.",
        "Verbeter het en vraag het opnieuw.",
        "Corrigez et refaites la demande.",
        "Berichtigen Sie es und fragen Sie erneut an.",
    ),
    # --- what the gateway rejects (tables.results)
    (
        "the gateway does not know this SSIN",
        "de gateway kent dit INSZ niet",
        "la passerelle ne connaît pas ce NISS",
        "das Gateway kennt diese ENSS nicht",
    ),
    (
        "Check the number with the citizen.",
        "Controleer het nummer bij de burger.",
        "Vérifiez le numéro auprès du citoyen.",
        "Prüfen Sie die Nummer mit dem Bürger.",
    ),
    (
        "the gateway finds the start date in the past",
        "volgens de gateway ligt de startdatum in het verleden",
        "selon la passerelle, la date de début est dans le passé",
        "laut Gateway liegt das Beginndatum in der Vergangenheit",
    ),
    (
        "Correct the start date.",
        "Verbeter de startdatum.",
        "Corrigez la date de début.",
        "Berichtigen Sie das Beginndatum.",
    ),
    (
        "the gateway does not take this start date yet",
        "de gateway aanvaardt deze startdatum nog niet",
        "la passerelle n'accepte pas encore cette date de début",
        "das Gateway nimmt dieses Beginndatum noch nicht an",
    ),
    (
        "Ask again nearer to it.",
        "Vraag het opnieuw als de datum dichterbij is.",
        "Refaites la demande à l'approche de cette date.",
        "Fragen Sie kurz vor diesem Datum erneut an.",
    ),
    (
        "the SSIN was replaced by another",
        "het INSZ werd door een ander vervangen",
        "le NISS a été remplacé par un autre",
        "die ENSS wurde durch eine andere ersetzt",
    ),
    (
        "Ask the citizen for the new number.",
        "Vraag de burger om het nieuwe nummer.",
        "Demandez le nouveau numéro au citoyen.",
        "Fragen Sie den Bürger nach der neuen Nummer.",
    ),
    (
        "the gateway says about it: {detail}",
        "de gateway zegt hierover: {detail}",
        "la passerelle dit à ce propos : {detail}",
        "das Gateway sagt dazu: {detail}",
    ),
    (
        "the gateway says about {parameter}: {detail}",
        "de gateway zegt over {parameter}: {detail}",
        "la passerelle dit à propos de {parameter} : {detail}",
        "das Gateway sagt zu {parameter}: {detail}",
    ),
)
