"""Results by employer. English, Dutch, French, German."""

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
)
