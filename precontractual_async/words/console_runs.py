"""What the console says of a run and its results (console.run_pages). English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    # --- a run (console.run_pages)
    ("A run", "Een verwerking", "Un traitement", "Eine Verarbeitung"),
    ("How it goes", "Hoe het loopt", "Où en est-on", "Wie es läuft"),
    (
        "It waits for its turn.",
        "Ze wacht op haar beurt.",
        "Il attend son tour.",
        "Sie wartet, bis sie an der Reihe ist.",
    ),
    (
        "This page may be closed and opened again; the run goes on.",
        "Deze pagina mag dicht en weer open; de verwerking gaat door.",
        "Cette page peut être fermée et rouverte ; le traitement continue.",
        "Diese Seite darf geschlossen und wieder geöffnet werden; die Verarbeitung läuft weiter.",
    ),
    (
        "It is stopping: what is under way may end.",
        "Ze stopt: wat onderweg is, mag eindigen.",
        "Il s'arrête : ce qui est en cours peut se terminer.",
        "Sie wird beendet: Was unterwegs ist, darf enden.",
    ),
    ("What is known so far", "Wat al bekend is", "Ce qui est déjà connu", "Was schon bekannt ist"),
    (
        "The newest come first, the last {count} of each group above. When the run has ended, all rows are here.",
        "De nieuwste staan bovenaan, de laatste {count} van elke groep hierboven. Wanneer de verwerking klaar is, staan alle rijen hier.",
        "Les plus récentes d'abord, les {count} dernières de chaque groupe ci-dessus. Quand le traitement est terminé, toutes les lignes sont ici.",
        "Die neuesten zuerst, die letzten {count} jeder Gruppe oben. Wenn die Verarbeitung beendet ist, stehen alle Zeilen hier.",
    ),
    ("Stop gently", "Rustig stoppen", "Arrêter en douceur", "Sanft anhalten"),
    ("Look again", "Opnieuw kijken", "Regarder à nouveau", "Noch einmal ansehen"),
    (
        "The run came to nothing",
        "De verwerking leverde niets op",
        "Le traitement n'a rien donné",
        "Die Verarbeitung ergab nichts",
    ),
    (
        "It was stopped before its turn came.",
        "Ze werd gestopt voor ze aan de beurt was.",
        "Il a été arrêté avant son tour.",
        "Sie wurde angehalten, bevor sie an der Reihe war.",
    ),
    ("Start it again", "Opnieuw starten", "Redémarrer", "Erneut starten"),
    # --- what came of it (console/results.html)
    ("What came of it", "Wat het opleverde", "Ce que cela a donné", "Was dabei herauskam"),
    (
        "What is known is kept. Start it again to go on.",
        "Wat bekend is, blijft bewaard. Start opnieuw om verder te gaan.",
        "Ce qui est connu est conservé. Redémarrez pour continuer.",
        "Was bekannt ist, bleibt erhalten. Starten Sie erneut, um fortzufahren.",
    ),
    (
        "What changed since the last run of this list",
        "Wat veranderde sinds de vorige verwerking van deze lijst",
        "Ce qui a changé depuis le dernier traitement de cette liste",
        "Was sich seit der letzten Verarbeitung dieser Liste änderte",
    ),
    (
        "This list has not been run here before under this name. The next run tells what changed.",
        "Deze lijst is hier onder deze naam nog niet verwerkt. De volgende verwerking meldt wat veranderde.",
        "Cette liste n'a pas encore été traitée ici sous ce nom. Le prochain traitement dira ce qui a changé.",
        "Diese Liste wurde hier unter diesem Namen noch nicht verarbeitet. Die nächste Verarbeitung meldet, was sich änderte.",
    ),
    (
        "A row that was corrected counts as new; as it was before, it is no longer in the list.",
        "Een rij die verbeterd werd, telt als nieuw; zoals ze was, staat ze niet meer in de lijst.",
        "Une ligne corrigée compte comme nouvelle ; telle qu'elle était, elle n'est plus dans la liste.",
        "Eine berichtigte Zeile zählt als neu; so wie sie war, steht sie nicht mehr in der Liste.",
    ),
    ("Each change", "Elke wijziging", "Chaque changement", "Jede Änderung"),
    ("Nothing changed.", "Er veranderde niets.", "Rien n'a changé.", "Es änderte sich nichts."),
    (
        "Changes that are not shown here: {count}",
        "Wijzigingen die hier niet staan: {count}",
        "Changements qui ne sont pas affichés ici : {count}",
        "Änderungen, die hier nicht stehen: {count}",
    ),
    ("Since", "Sinds", "Depuis", "Seit"),
    ("one row", "één rij", "une ligne", "eine Zeile"),
    ("{count} rows", "{count} rijen", "{count} lignes", "{count} Zeilen"),
    ("Download", "Downloaden", "Télécharger", "Herunterladen"),
    (
        "Results hold the citizens' numbers in full. Keep them where only those can read them who need them.",
        "Resultaten bevatten de volledige nummers van de burgers. Bewaar ze waar alleen wie ze nodig heeft ze kan lezen.",
        "Les résultats contiennent les numéros complets des citoyens. Conservez-les là où seules les personnes qui en ont besoin peuvent les lire.",
        "Ergebnisse enthalten die vollständigen Nummern der Bürger. Bewahren Sie sie dort auf, wo nur die sie lesen können, die sie brauchen.",
    ),
    (
        "Result as a workbook (Excel)",
        "Resultaat als werkmap (Excel)",
        "Résultat en classeur (Excel)",
        "Ergebnis als Arbeitsmappe (Excel)",
    ),
    ("Result as CSV", "Resultaat als CSV", "Résultat en CSV", "Ergebnis als CSV"),
    ("Result as JSON lines", "Resultaat als JSON lines", "Résultat en JSON lines", "Ergebnis als JSON lines"),
    ("Report", "Rapport", "Rapport", "Bericht"),
    (
        "Ask again what is due",
        "Opnieuw vragen wat nodig is",
        "Redemander ce qui est dû",
        "Erneut anfragen, was fällig ist",
    ),
    ("Show the numbers", "Toon de nummers", "Montrer les numéros", "Nummern zeigen"),
    ("Mask the numbers", "Maskeer de nummers", "Masquer les numéros", "Nummern maskieren"),
    ("Row by row", "Rij per rij", "Ligne par ligne", "Zeile für Zeile"),
    (
        "Rows that only the downloads have: {count}",
        "Rijen die alleen in de downloads staan: {count}",
        "Lignes qui ne sont que dans les téléchargements : {count}",
        "Zeilen, die nur in den Downloads stehen: {count}",
    ),
    (
        "Show more rows ({left})",
        "Toon meer rijen ({left})",
        "Montrer plus de lignes ({left})",
        "Mehr Zeilen zeigen ({left})",
    ),
    (
        "Rows shown: {shown} of {all}",
        "Getoonde rijen: {shown} van {all}",
        "Lignes affichées : {shown} sur {all}",
        "Gezeigte Zeilen: {shown} von {all}",
    ),
    (
        "What is known about each row of the list, and whose move it is",
        "Wat bekend is over elke rij van de lijst, en wie aan zet is",
        "Ce qui est connu de chaque ligne de la liste, et à qui d'agir",
        "Was über jede Zeile der Liste bekannt ist, und wer am Zug ist",
    ),
    ("Line", "Regel", "Ligne", "Zeile"),
)
