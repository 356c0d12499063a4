"""Results by employer, and what changed in a list. English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    # --- a result for each employer (cli.lists, cli.split, cli.files, cli.report, tables.employers)
    (
        "the name of the result has a place for the employer's number",
        "in de naam van het resultaat is er plaats voor het nummer van de werkgever",
        "le nom du résultat a une place pour le numéro de l'employeur",
        "im Namen des Ergebnisses ist Platz für die Nummer des Arbeitgebers",
    ),
    (
        "Add --split-by represented, or give another name after -o.",
        "Voeg --split-by represented toe, of geef een andere naam na -o.",
        "Ajoutez --split-by represented, ou donnez un autre nom après -o.",
        "Fügen Sie --split-by represented hinzu, oder geben Sie nach -o einen anderen Namen an.",
    ),
    (
        "one result for each employer needs the employer's number in the name of its file",
        "één resultaat per werkgever vraagt het nummer van de werkgever in de naam van het bestand",
        "un résultat par employeur demande le numéro de l'employeur dans le nom du fichier",
        "ein Ergebnis je Arbeitgeber braucht dessen Nummer im Namen der Datei",
    ),
    (
        "Put {enterprise} into the name of the file after -o.",
        "Zet {enterprise} in de naam van het bestand na -o.",
        "Mettez {enterprise} dans le nom du fichier après -o.",
        "Setzen Sie {enterprise} in den Namen der Datei nach -o.",
    ),
    (
        "the list was changed while it was read: there are employers that were not there before",
        "de lijst is veranderd terwijl ze gelezen werd: er staan werkgevers in die er eerst niet waren",
        "la liste a changé pendant sa lecture : il y a des employeurs qui n'y étaient pas avant",
        "die Liste wurde geändert, während sie gelesen wurde: es gibt Arbeitgeber, die vorher nicht da waren",
    ),
    (
        "one result for each employer: {count} of them",
        "één resultaat per werkgever: {count}",
        "un résultat par employeur : {count}",
        "ein Ergebnis je Arbeitgeber: {count}",
    ),
    (
        "rows whose employer cannot be told: {count} (in {name})",
        "rijen waarvan de werkgever niet te bepalen is: {count} (in {name})",
        "lignes dont l'employeur ne peut être déterminé : {count} (dans {name})",
        "Zeilen, deren Arbeitgeber nicht zu bestimmen ist: {count} (in {name})",
    ),
    (
        "the results that were there are kept: they may hold answers that this run did not get",
        "de resultaten die er waren blijven staan: ze kunnen antwoorden bevatten die deze verwerking niet kreeg",
        "les résultats qui s'y trouvaient sont gardés : ils peuvent contenir des réponses que ce traitement n'a pas eues",
        "die vorhandenen Ergebnisse bleiben: Sie können Antworten enthalten, die dieser Lauf nicht bekam",
    ),
    (
        "what this run knows is beside each, in a file with .partial in its name",
        "wat deze verwerking weet staat naast elk ervan, in een bestand met .partial in de naam",
        "ce que sait ce traitement est à côté de chacun, dans un fichier dont le nom contient .partial",
        "was dieser Lauf weiß, steht neben jedem, in einer Datei mit .partial im Namen",
    ),
    ("--represented: {said}", "--represented: {said}", "--represented : {said}", "--represented: {said}"),
    (
        "Give the employer's number: ten digits.",
        "Geef het nummer van de werkgever: tien cijfers.",
        "Donnez le numéro de l'employeur : dix chiffres.",
        "Geben Sie die Nummer des Arbeitgebers an: zehn Ziffern.",
    ),
    # --- what changed (cli.changes, cli.values, tables.formats.change_sheet)
    ("Changes", "Wijzigingen", "Changements", "Änderungen"),
    ("flexi-job: {said}", "flexi-job: {said}", "flexi-job : {said}", "Flexi-Job: {said}"),
    ("student job: {said}", "studentenjob: {said}", "job d'étudiant : {said}", "Studentenjob: {said}"),
    (
        "line {line}, {day}: {before} -> {now}",
        "regel {line}, {day}: {before} -> {now}",
        "ligne {line}, {day} : {before} -> {now}",
        "Zeile {line}, {day}: {before} -> {now}",
    ),
    (
        "line {line}, {day}: new, {now}",
        "regel {line}, {day}: nieuw, {now}",
        "ligne {line}, {day} : nouveau, {now}",
        "Zeile {line}, {day}: neu, {now}",
    ),
    (
        "line {line}: new, {now}",
        "regel {line}: nieuw, {now}",
        "ligne {line} : nouveau, {now}",
        "Zeile {line}: neu, {now}",
    ),
    (
        "line {line}, {day}: {count} student hours left",
        "regel {line}, {day}: nog {count} studentenuren",
        "ligne {line}, {day} : encore {count} heures d'étudiant",
        "Zeile {line}, {day}: noch {count} Studentenstunden",
    ),
    (
        "line {line}, {day}: no mandate since {moment}, asked {count} times",
        "regel {line}, {day}: geen mandaat sinds {moment}, {count} keer gevraagd",
        "ligne {line}, {day} : pas de mandat depuis le {moment}, demandé {count} fois",
        "Zeile {line}, {day}: kein Mandat seit {moment}, {count} Mal angefragt",
    ),
    (
        "a row for {day} has left the list: {before}",
        "een rij voor {day} staat niet meer in de lijst: {before}",
        "une ligne pour le {day} n'est plus dans la liste : {before}",
        "eine Zeile für den {day} steht nicht mehr in der Liste: {before}",
    ),
    (
        "a row has left the list: {before}",
        "een rij staat niet meer in de lijst: {before}",
        "une ligne n'est plus dans la liste : {before}",
        "eine Zeile steht nicht mehr in der Liste: {before}",
    ),
    (
        "changes since they were last told: {said}",
        "wijzigingen sinds ze laatst gemeld zijn: {said}",
        "changements depuis la dernière communication : {said}",
        "Änderungen seit der letzten Mitteilung: {said}",
    ),
    ("none", "geen", "aucun", "keine"),
    ("{count} new", "{count} nieuw", "{count} nouveaux", "{count} neu"),
    ("{count} changed", "{count} gewijzigd", "{count} changés", "{count} geändert"),
    (
        "{count} can be asked now",
        "{count} kunnen nu gevraagd worden",
        "{count} peuvent être demandés maintenant",
        "{count} können jetzt angefragt werden",
    ),
    (
        "{count} with other hours",
        "{count} met andere uren",
        "{count} avec d'autres heures",
        "{count} mit anderen Stunden",
    ),
    (
        "{count} still waiting for a mandate",
        "{count} wachten nog op een mandaat",
        "{count} attendent toujours un mandat",
        "{count} warten noch auf ein Mandat",
    ),
    (
        "{count} no longer in the list",
        "{count} niet meer in de lijst",
        "{count} ne sont plus dans la liste",
        "{count} nicht mehr in der Liste",
    ),
    (
        "the changes are not told: the journal could not remember it",
        "de wijzigingen worden niet gemeld: het logboek zou het niet kunnen onthouden",
        "les changements ne sont pas communiqués : le journal ne pourrait pas le retenir",
        "die Änderungen werden nicht mitgeteilt: Das Journal könnte es nicht behalten",
    ),
    (
        "hours are told among the changes",
        "uren worden bij de wijzigingen gemeld",
        "les heures sont communiquées avec les changements",
        "Stunden werden bei den Änderungen mitgeteilt",
    ),
    (
        "Add --changes FILE.",
        "Voeg --changes BESTAND toe.",
        "Ajoutez --changes FICHIER.",
        "Fügen Sie --changes DATEI hinzu.",
    ),
    (
        "changes are told by what a journal remembers",
        "wijzigingen worden gemeld door wat een logboek onthoudt",
        "les changements sont communiqués d'après ce qu'un journal retient",
        "Änderungen werden nach dem mitgeteilt, was ein Journal behält",
    ),
    (
        "Add --journal FILE.",
        "Voeg --journal BESTAND toe.",
        "Ajoutez --journal FICHIER.",
        "Fügen Sie --journal DATEI hinzu.",
    ),
    (
        "the changes would stand among the result",
        "de wijzigingen zouden tussen het resultaat staan",
        "les changements se trouveraient dans le résultat",
        "die Änderungen stünden mitten im Ergebnis",
    ),
    (
        "Give one of them the name of a file.",
        "Geef een van beide de naam van een bestand.",
        "Donnez à l'un des deux le nom d'un fichier.",
        "Geben Sie einem von beiden den Namen einer Datei.",
    ),
    (
        "Give the name of a file after --changes.",
        "Geef na --changes de naam van een bestand.",
        "Donnez le nom d'un fichier après --changes.",
        "Geben Sie nach --changes den Namen einer Datei an.",
    ),
    (
        "the changes would overwrite the result",
        "de wijzigingen zouden het resultaat overschrijven",
        "les changements écraseraient le résultat",
        "die Änderungen würden das Ergebnis überschreiben",
    ),
    (
        "Give another name after --changes.",
        "Geef een andere naam na --changes.",
        "Donnez un autre nom après --changes.",
        "Geben Sie nach --changes einen anderen Namen an.",
    ),
    ("--changes: {said}", "--changes: {said}", "--changes : {said}", "--changes: {said}"),
    (
        "hours are a whole number from 1 to 9999",
        "uren zijn een geheel getal van 1 tot 9999",
        "les heures sont un nombre entier de 1 à 9999",
        "Stunden sind eine ganze Zahl von 1 bis 9999",
    ),
)
