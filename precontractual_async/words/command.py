"""What the command says to whoever runs it, but for errors. English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    # --- before and while it asks (cli.screen, batch.list_screening, batch.progress)
    ("the list: {said}", "de lijst: {said}", "la liste : {said}", "die Liste: {said}"),
    ("citizen in {column}", "burger in {column}", "citoyen dans {column}", "Bürger in {column}"),
    (
        "start date in {column}",
        "startdatum in {column}",
        "date de début dans {column}",
        "Startdatum in {column}",
    ),
    (
        "represented enterprise number in {column}",
        "nummer van de vertegenwoordigde onderneming in {column}",
        "numéro de l'entreprise représentée dans {column}",
        "Nummer des vertretenen Unternehmens in {column}",
    ),
    (
        "type of worker in {column}",
        "type werknemer in {column}",
        "type de travailleur dans {column}",
        "Art in {column}",
    ),
    (
        "start dates as given by --start-date",
        "startdatums zoals in --start-date",
        "dates de début données par --start-date",
        "Startdaten wie in --start-date",
    ),
    (
        "hidden rows: {count} screened like the others",
        "verborgen rijen: {count}, behandeld zoals de andere",
        "lignes masquées : {count}, traitées comme les autres",
        "ausgeblendete Zeilen: {count}, behandelt wie die anderen",
    ),
    (
        "above the header: {count} left out",
        "regels boven de koppen weggelaten: {count}",
        "lignes au-dessus de l'en-tête omises : {count}",
        "Zeilen über dem Kopf weggelassen: {count}",
    ),
    (
        "the list was changed since the last run: {before} rows then, {count} now",
        "de lijst is gewijzigd sinds de vorige keer: toen {before} rijen, nu {count}",
        "la liste a changé depuis la dernière fois : {before} lignes alors, {count} maintenant",
        "die Liste wurde seit dem letzten Mal geändert: damals {before} Zeilen, jetzt {count}",
    ),
    (
        "new rows are asked, those that are gone are left out",
        "nieuwe rijen worden gevraagd, verdwenen rijen vallen weg",
        "les nouvelles lignes sont demandées, celles qui ont disparu sont omises",
        "neue Zeilen werden angefragt, verschwundene entfallen",
    ),
    (
        "stopping: what is under way may end",
        "stoppen: wat onderweg is mag eindigen",
        "arrêt : ce qui est en cours peut se terminer",
        "wird beendet: was unterwegs ist, darf enden",
    ),
    (
        "once more to stop at once",
        "nog eens om meteen te stoppen",
        "encore une fois pour arrêter tout de suite",
        "noch einmal, um sofort zu beenden",
    ),
    (
        "{count} of {rows} rows",
        "{count} van {rows} rijen",
        "{count} lignes sur {rows}",
        "{count} von {rows} Zeilen",
    ),
    (
        "{pace} of {limit} calls/s",
        "{pace} van {limit} vragen/s",
        "{pace} demandes/s sur {limit}",
        "{pace} von {limit} Anfragen/s",
    ),
    ("{time} left", "nog {time}", "encore {time}", "noch {time}"),
    ("{count} calls", "{count} vragen", "{count} demandes", "{count} Anfragen"),
    ("{count} answered", "{count} beantwoord", "{count} avec réponse", "{count} beantwortet"),
    ("{count} rejected", "{count} geweigerd", "{count} rejetées", "{count} abgelehnt"),
    ("{count} refused", "{count} te verbeteren", "{count} à corriger", "{count} zu berichtigen"),
    ("{count} deferred", "{count} voor later", "{count} pour plus tard", "{count} für später"),
    ("{count} pending", "{count} zonder antwoord", "{count} sans réponse", "{count} ohne Antwort"),
    (
        "{count} retries among them",
        "waarvan {count} herhaald",
        "dont {count} répétées",
        "davon {count} wiederholt",
    ),
    ("waiting: {why}", "wacht: {why}", "en attente : {why}", "wartet: {why}"),
    (
        "next attempt in {time}",
        "volgende poging over {time}",
        "prochain essai dans {time}",
        "nächster Versuch in {time}",
    ),
    # --- what became of the list (batch.summary)
    (
        "{some} of {rows} can start ({flexi} as flexi-jobber, {student} as student)",
        "{some} van de {rows} kunnen beginnen ({flexi} als flexi-jobber, {student} als student)",
        "{some} sur {rows} peuvent commencer ({flexi} en flexi-job, {student} comme étudiant)",
        "{some} von {rows} können anfangen ({flexi} als Flexi-Jobber, {student} als Student)",
    ),
    ("{none} cannot", "{none} niet", "{none} ne peuvent pas", "{none} können nicht"),
    (
        "{open} not known",
        "{open} niet bekend",
        "{open} pas connus",
        "{open} nicht bekannt",
    ),
    ("{count} row: {said}", "{count} rij: {said}", "{count} ligne : {said}", "{count} Zeile: {said}"),
    ("{count} rows: {said}", "{count} rijen: {said}", "{count} lignes : {said}", "{count} Zeilen: {said}"),
    (
        "correct them (the column with the reason), or decide on them",
        "verbeter ze (kolom met de reden) of beslis erover",
        "corrigez-les (colonne de la raison), ou décidez",
        "berichtigen Sie sie (Spalte mit dem Grund) oder entscheiden Sie",
    ),
    (
        "have the citizen give the mandate, then run it again",
        "laat de burger het mandaat geven en start dan opnieuw",
        "faites donner le mandat par le citoyen, puis relancez",
        "lassen Sie den Bürger das Mandat erteilen und starten Sie dann erneut",
    ),
    (
        "look at them (the column with the next step)",
        "bekijk ze (kolom met de volgende stap)",
        "regardez-les (colonne de l'étape suivante)",
        "sehen Sie sie an (Spalte mit dem nächsten Schritt)",
    ),
    ("run it again later", "start later opnieuw", "relancez plus tard", "starten Sie später erneut"),
    (
        "not known for good: nothing more to ask",
        "definitief niet bekend: niets meer te vragen",
        "définitivement inconnu : plus rien à demander",
        "endgültig nicht bekannt: nichts mehr zu fragen",
    ),
    (
        "to correct, line {line}: {said}",
        "te verbeteren, regel {line}: {said}",
        "à corriger, ligne {line} : {said}",
        "zu berichtigen, Zeile {line}: {said}",
    ),
    ("column {name}, {said}", "kolom {name}, {said}", "colonne {name}, {said}", "Spalte {name}, {said}"),
    (
        "{said} (and {count} lines more)",
        "{said} (en nog {count} regels)",
        "{said} (et {count} lignes de plus)",
        "{said} (und {count} weitere Zeilen)",
    ),
    (
        "{said} (and {count} line more)",
        "{said} (en nog {count} regel)",
        "{said} (et {count} ligne de plus)",
        "{said} (und {count} weitere Zeile)",
    ),
    (
        "calls: {calls}, retries among them: {retries}",
        "vragen: {calls}, waarvan herhaald: {retries}",
        "demandes : {calls}, dont répétées : {retries}",
        "Anfragen: {calls}, davon wiederholt: {retries}",
    ),
    (
        "tokens: {tokens}, pauses: {pauses}",
        "tokens: {tokens}, pauzes: {pauses}",
        "jetons : {tokens}, pauses : {pauses}",
        "Token: {tokens}, Pausen: {pauses}",
    ),
    ("stopped: {why}", "gestopt: {why}", "arrêté : {why}", "beendet: {why}"),
    (
        "not everybody was asked: {why}",
        "niet over iedereen is gevraagd: {why}",
        "la demande n'a pas été faite pour tous : {why}",
        "nicht für alle wurde angefragt: {why}",
    ),
    (
        "nobody was answered: {why}",
        "voor niemand kwam een antwoord: {why}",
        "il n'y a eu de réponse pour personne : {why}",
        "für niemanden kam eine Antwort: {why}",
    ),
    (
        "{said} (precontractual doctor tells more)",
        "{said} (precontractual doctor zegt meer)",
        "{said} (precontractual doctor en dit plus)",
        "{said} (precontractual doctor sagt mehr)",
    ),
    # --- the next run, and where the result is (batch.summary, cli.files, cli.report)
    ("next run: {said}", "volgende keer: {said}", "prochaine fois : {said}", "nächstes Mal: {said}"),
    (
        "not needed for this list",
        "niet nodig voor deze lijst",
        "inutile pour cette liste",
        "für diese Liste nicht nötig",
    ),
    (
        "useful at any time, for the rows whose answer is not known",
        "nuttig wanneer u wilt, voor de rijen waarvan het antwoord niet bekend is",
        "utile à tout moment, pour les lignes dont la réponse n'est pas connue",
        "jederzeit sinnvoll, für die Zeilen, deren Antwort nicht bekannt ist",
    ),
    (
        "useful from {moment} (Brussels)",
        "nuttig vanaf {moment} (Brussel)",
        "utile à partir du {moment} (Bruxelles)",
        "sinnvoll ab {moment} (Brüssel)",
    ),
    *(
        (
            f"{english}, for {{count}} {row} without an answer",
            f"{dutch}, voor {{count}} {rij} zonder antwoord",
            f"{french}, pour {{count}} {ligne} sans réponse",
            f"{german}, für {{count}} {zeile} ohne Antwort",
        )
        for english, dutch, french, german in (
            ("at any time", "wanneer u wilt", "à tout moment", "jederzeit"),
            ("later", "later", "plus tard", "später"),
            (
                "from {moment} (Brussels)",
                "vanaf {moment} (Brussel)",
                "à partir du {moment} (Bruxelles)",
                "ab {moment} (Brüssel)",
            ),
            ("when that is mended", "als dat hersteld is", "quand ce sera réparé", "wenn das behoben ist"),
        )
        for row, rij, ligne, zeile in (
            ("row", "rij", "ligne", "Zeile"),
            ("rows", "rijen", "lignes", "Zeilen"),
        )
    ),
    (
        "it asks every row again and replaces the result, with --journal FILE only what is due",
        "dan wordt elke rij opnieuw gevraagd en het resultaat vervangen; met --journal FILE enkel wat moet",
        "chaque ligne est redemandée et le résultat remplacé ; avec --journal FICHIER, que ce qui est dû",
        "jede Zeile wird erneut angefragt und das Ergebnis ersetzt; mit --journal DATEI nur, was fällig ist",
    ),
    (
        "the result is not written",
        "het resultaat is niet geschreven",
        "le résultat n'est pas écrit",
        "das Ergebnis ist nicht geschrieben",
    ),
    (
        "known: {known} of {rows} rows",
        "bekend: {known} van {rows} rijen",
        "connu : {known} lignes sur {rows}",
        "bekannt: {known} von {rows} Zeilen",
    ),
    (
        "what was answered is in the journal; run it again to go on",
        "wat beantwoord is staat in het logboek; start opnieuw om verder te gaan",
        "ce qui a reçu une réponse est dans le journal ; relancez pour continuer",
        "was beantwortet ist, steht im Journal; starten Sie erneut, um fortzufahren",
    ),
    (
        "what was answered is gone; run with --journal FILE, it would be kept",
        "wat beantwoord was is weg; met --journal BESTAND zou het bewaard zijn",
        "ce qui avait reçu une réponse est perdu ; avec --journal FICHIER, ce serait gardé",
        "was beantwortet war, ist weg; mit --journal DATEI bliebe es erhalten",
    ),
    (
        "{name} is kept as it was: it may hold answers that this run did not get",
        "{name} blijft zoals het was: er kunnen antwoorden in staan die er nu niet kwamen",
        "{name} reste tel quel : il peut contenir des réponses qui ne sont pas venues cette fois",
        "{name} bleibt, wie es war: darin können Antworten stehen, die diesmal nicht kamen",
    ),
    (
        "what this run knows is beside it, in {name}",
        "wat deze keer bekend werd staat ernaast, in {name}",
        "ce qui a été appris cette fois est à côté, dans {name}",
        "was diesmal bekannt wurde, steht daneben, in {name}",
    ),
    (
        "written: {name} ({count} questions, {citizens} citizens)",
        "geschreven: {name} ({count} vragen, {citizens} burgers)",
        "écrit : {name} ({count} questions, {citizens} citoyens)",
        "geschrieben: {name} ({count} Anfragen, {citizens} Bürger)",
    ),
    (
        "written: {name} ({count} rows)",
        "geschreven: {name} ({count} rijen)",
        "écrit : {name} ({count} lignes)",
        "geschrieben: {name} ({count} Zeilen)",
    ),
)
