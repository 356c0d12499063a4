"""What the pages of the console say before a run, and its command (cli.serve). English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    # --- around every page (console/base.html)
    ("Console", "Console", "Console", "Konsole"),
    (
        "flexi-jobs and student jobs",
        "flexi-jobs en studentenjobs",
        "flexi-jobs et jobs d'étudiant",
        "Flexi-Jobs und Studentenjobs",
    ),
    (
        "This console does not know this browser.",
        "Deze console kent deze browser niet.",
        "Cette console ne connaît pas ce navigateur.",
        "Diese Konsole kennt diesen Browser nicht.",
    ),
    (
        "The terminal in which it runs shows the address to open; each address opens once.",
        "De terminal waarin ze draait, toont het adres om te openen; elk adres opent één keer.",
        "Le terminal dans lequel elle tourne montre l'adresse à ouvrir ; chaque adresse ne s'ouvre qu'une fois.",
        "Das Terminal, in dem sie läuft, zeigt die Adresse zum Öffnen; jede Adresse öffnet sich einmal.",
    ),
    ("To the content", "Naar de inhoud", "Aller au contenu", "Zum Inhalt"),
    ("Pages", "Pagina's", "Pages", "Seiten"),
    ("Lists", "Lijsten", "Listes", "Listen"),
    ("One person", "Eén persoon", "Une personne", "Eine Person"),
    ("Language", "Taal", "Langue", "Sprache"),
    (
        "A demonstration: everybody is made up, and so are the answers.",
        "Een demonstratie: iedereen is verzonnen, en de antwoorden ook.",
        "Une démonstration : tout le monde est inventé, et les réponses aussi.",
        "Eine Vorführung: Alle sind erfunden, und die Antworten auch.",
    ),
    # --- the first page (console.list_pages)
    (
        "May these people work for us?",
        "Mogen deze mensen bij ons werken?",
        "Ces personnes peuvent-elles travailler chez nous ?",
        "Dürfen diese Menschen bei uns arbeiten?",
    ),
    (
        "As a flexi-jobber or a student, from a date on. The list has a row for each person and a column with their national number.",
        "Als flexi-jobber of student, vanaf een datum. De lijst heeft een rij per persoon en een kolom met het rijksregisternummer (INSZ).",
        "Comme flexi-jobber ou étudiant, à partir d'une date. La liste a une ligne par personne et une colonne avec le numéro national (NISS).",
        "Als Flexi-Jobber oder Student, ab einem Datum. Die Liste hat eine Zeile je Person und eine Spalte mit der Nationalregisternummer.",
    ),
    (
        "The last run did not get to its end.",
        "De laatste verwerking kwam niet tot haar einde.",
        "Le dernier traitement n'est pas arrivé à son terme.",
        "Die letzte Verarbeitung kam nicht zu ihrem Ende.",
    ),
    (
        "Give the same list again to go on: what is known is not asked again. It ended so: {why}",
        "Geef dezelfde lijst opnieuw om verder te gaan: wat bekend is, wordt niet opnieuw gevraagd. Zo eindigde ze: {why}",
        "Donnez à nouveau la même liste pour continuer : ce qui est connu n'est pas redemandé. Il s'est terminé ainsi : {why}",
        "Geben Sie dieselbe Liste erneut, um fortzufahren: Was bekannt ist, wird nicht erneut angefragt. So endete sie: {why}",
    ),
    (
        "A list (Excel, CSV, ...): choose a file, or drop it here",
        "Een lijst (Excel, CSV, ...): kies een bestand, of sleep het hierheen",
        "Une liste (Excel, CSV, ...) : choisissez un fichier, ou déposez-le ici",
        "Eine Liste (Excel, CSV, ...): Wählen Sie eine Datei, oder legen Sie sie hier ab",
    ),
    ("Look at it", "Bekijken", "Examiner", "Ansehen"),
    (
        "Nothing is asked yet. You see first how the list is understood.",
        "Er wordt nog niets gevraagd. U ziet eerst hoe de lijst begrepen wordt.",
        "Rien n'est encore demandé. Vous voyez d'abord comment la liste est comprise.",
        "Es wird noch nichts angefragt. Sie sehen zuerst, wie die Liste verstanden wird.",
    ),
    (
        "Take a list of made-up people",
        "Neem een lijst met verzonnen mensen",
        "Prendre une liste de personnes inventées",
        "Eine Liste erfundener Menschen nehmen",
    ),
    (
        "Runs since this console was started",
        "Verwerkingen sinds deze console gestart is",
        "Traitements depuis le démarrage de cette console",
        "Verarbeitungen seit dem Start dieser Konsole",
    ),
    ("has ended", "is klaar", "est terminé", "ist beendet"),
    ("is under way", "loopt", "est en cours", "läuft"),
    ("waits for its turn", "wacht op haar beurt", "attend son tour", "wartet, bis sie an der Reihe ist"),
    (
        "Choose a file first.",
        "Kies eerst een bestand.",
        "Choisissez d'abord un fichier.",
        "Wählen Sie zuerst eine Datei.",
    ),
    (
        "The file is too large for this page. The command takes it: precontractual screen.",
        "Het bestand is te groot voor deze pagina. De opdracht neemt het wel: precontractual screen.",
        "Le fichier est trop grand pour cette page. La commande l'accepte : precontractual screen.",
        "Die Datei ist zu groß für diese Seite. Der Befehl nimmt sie: precontractual screen.",
    ),
    (
        "By its name this is no list. Give a workbook, a CSV, JSON lines or Parquet.",
        "Aan de naam te zien is dit geen lijst. Geef een werkmap, een CSV, JSON lines of Parquet.",
        "D'après son nom, ce n'est pas une liste. Donnez un classeur, un CSV, JSON lines ou Parquet.",
        "Dem Namen nach ist das keine Liste. Geben Sie eine Arbeitsmappe, CSV, JSON lines oder Parquet.",
    ),
    (
        "Too many lists are waiting. Start this one when another has ended.",
        "Er wachten te veel lijsten. Start deze wanneer een andere klaar is.",
        "Trop de listes attendent. Démarrez celle-ci quand une autre sera terminée.",
        "Zu viele Listen warten. Starten Sie diese, wenn eine andere beendet ist.",
    ),
    # --- how a list is understood (console/list.html)
    (
        "How the list is understood",
        "Hoe de lijst begrepen wordt",
        "Comment la liste est comprise",
        "Wie die Liste verstanden wird",
    ),
    ("Start", "Starten", "Démarrer", "Starten"),
    (
        "No call is needed.",
        "Er is geen vraag nodig.",
        "Aucune demande n'est nécessaire.",
        "Es ist keine Anfrage nötig.",
    ),
    ("What is what", "Wat is wat", "Qu'est-ce qui est quoi", "Was ist was"),
    ("Sheet", "Blad", "Feuille", "Blatt"),
    ("as recognised", "zoals herkend", "comme reconnu", "wie erkannt"),
    ("no column", "geen kolom", "aucune colonne", "keine Spalte"),
    ("Citizen's number", "Nummer van de burger", "Numéro du citoyen", "Nummer des Bürgers"),
    ("Employer's number", "Nummer van de werkgever", "Numéro de l'employeur", "Nummer des Arbeitgebers"),
    ("Kind of work", "Soort werk", "Type de travail", "Art der Arbeit"),
    (
        "One start date for all",
        "Eén startdatum voor iedereen",
        "Une date de début pour tous",
        "Ein Beginndatum für alle",
    ),
    (
        "Which work, where no column says so",
        "Welk werk, waar geen kolom het zegt",
        "Quel travail, là où aucune colonne ne le dit",
        "Welche Arbeit, wo keine Spalte es sagt",
    ),
    ("both", "beide", "les deux", "beide"),
    ("Show the effect", "Toon het effect", "Montrer l'effet", "Wirkung zeigen"),
    (
        "Choose below, then show the effect.",
        "Kies hieronder, en toon dan het effect.",
        "Choisissez ci-dessous, puis montrez l'effet.",
        "Wählen Sie unten, und zeigen Sie dann die Wirkung.",
    ),
    ("What stands where", "Wat waar staat", "Ce qui se trouve où", "Was wo steht"),
    (
        "What becomes of the rows",
        "Wat er met de rijen gebeurt",
        "Ce que deviennent les lignes",
        "Was aus den Zeilen wird",
    ),
    ("The first rows", "De eerste rijen", "Les premières lignes", "Die ersten Zeilen"),
    # --- one person (console/person.html)
    ("Ask", "Vragen", "Demander", "Anfragen"),
    (
        "Asking is a consultation, which the government keeps. The number stands in no address and is not kept here.",
        "Vragen is een raadpleging, die de overheid bijhoudt. Het nummer staat in geen adres en wordt hier niet bewaard.",
        "Demander est une consultation, que l'administration conserve. Le numéro n'apparaît dans aucune adresse et n'est pas conservé ici.",
        "Anfragen ist eine Abfrage, die die Behörde aufbewahrt. Die Nummer steht in keiner Adresse und wird hier nicht aufbewahrt.",
    ),
    # --- the doctor (console/doctor.html)
    ("Check the set-up", "Instellingen nakijken", "Vérifier l'installation", "Einrichtung prüfen"),
    (
        "Looks at settings, key, clock, token and connection. Nobody's data is consulted.",
        "Kijkt naar instellingen, sleutel, klok, token en verbinding. Niemands gegevens worden geraadpleegd.",
        "Examine les paramètres, la clé, l'horloge, le jeton et la connexion. Aucune donnée n'est consultée.",
        "Prüft Einstellungen, Schlüssel, Uhr, Token und Verbindung. Niemandes Daten werden abgefragt.",
    ),
    ("Check now", "Nu nakijken", "Vérifier maintenant", "Jetzt prüfen"),
    ("What was found", "Wat gevonden werd", "Ce qui a été trouvé", "Was gefunden wurde"),
    # --- the command (cli.serve)
    (
        "--demo keeps nothing, and needs no --journals",
        "--demo bewaart niets en heeft geen --journals nodig",
        "--demo ne conserve rien et n'a pas besoin de --journals",
        "--demo bewahrt nichts auf und braucht kein --journals",
    ),
    (
        "Leave one of them out.",
        "Laat een van beide weg.",
        "Omettez l'un des deux.",
        "Lassen Sie eines davon weg.",
    ),
    (
        "the console needs the jinja2 package",
        "de console heeft het pakket jinja2 nodig",
        "la console a besoin du paquet jinja2",
        "die Konsole braucht das Paket jinja2",
    ),
    (
        "the console cannot serve there: {said}",
        "de console kan daar niet werken: {said}",
        "la console ne peut pas servir là : {said}",
        "die Konsole kann dort nicht dienen: {said}",
    ),
    ("the console runs", "de console loopt", "la console tourne", "die Konsole läuft"),
    ("Ctrl-C ends it", "Ctrl-C beëindigt ze", "Ctrl-C y met fin", "Ctrl-C beendet sie"),
    (
        "open it, once, at {name}",
        "open ze, één keer, op {name}",
        "ouvrez-la, une fois, à {name}",
        "öffnen Sie sie, einmal, unter {name}",
    ),
    (
        "the console has locked itself: nobody looked for half an hour",
        "de console heeft zichzelf vergrendeld: een half uur keek niemand",
        "la console s'est verrouillée : personne n'a regardé pendant une demi-heure",
        "die Konsole hat sich gesperrt: Eine halbe Stunde sah niemand hin",
    ),
)
