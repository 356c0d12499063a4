"""What a report says around its pictures. English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    # --- its head (report.page, report.view)
    (
        "Report on precontractual consultations: flexi-jobs and student jobs",
        "Rapport over precontractuele raadplegingen: flexi-jobs en studentenjobs",
        "Rapport sur les consultations précontractuelles : flexi-jobs et jobs d'étudiant",
        "Bericht zu vorvertraglichen Abfragen: Flexi-Jobs und Studentenjobs",
    ),
    ("To the table", "Naar de tabel", "Aller au tableau", "Zur Tabelle"),
    ("Made", "Gemaakt", "Établi", "Erstellt"),
    ("Asked", "Gevraagd", "Demandé", "Angefragt"),
    ("Asked by", "Gevraagd door", "Demandé par", "Angefragt von"),
    ("Start dates", "Startdatums", "Dates de début", "Beginndaten"),
    ("Citizens", "Burgers", "Citoyens", "Bürger"),
    ("Questions", "Vragen", "Questions", "Anfragen"),
    (
        "This page shows national numbers. Keep it where only those can read it who need it, and delete it "
        "when it has served.",
        "Deze pagina toont INSZ-nummers. Bewaar ze waar alleen wie ze nodig heeft ze kan lezen, en "
        "verwijder ze zodra ze gediend heeft.",
        "Cette page montre des numéros NISS. Conservez-la là où seules les personnes qui en "
        "ont besoin peuvent la lire, et supprimez-la dès qu'elle a servi.",
        "Diese Seite zeigt ENSS-Nummern. Bewahren Sie sie dort auf, wo nur die sie lesen können, "
        "die sie brauchen, und löschen Sie sie, sobald sie ihren Zweck erfüllt hat.",
    ),
    (
        "National numbers are masked. A report with --show-citizens, made of the same journal, gives each "
        "citizen the same number in the table.",
        "INSZ-nummers zijn gemaskeerd. Een rapport met --show-citizens van hetzelfde logboek geeft "
        "elke burger hetzelfde nummer in de tabel.",
        "Les numéros NISS sont masqués. Un rapport avec --show-citizens du même journal "
        "donne à chaque citoyen le même numéro dans le tableau.",
        "ENSS-Nummern sind maskiert. Ein Bericht mit --show-citizens aus demselben Journal gibt "
        "jedem Bürger dieselbe Nummer in der Tabelle.",
    ),
    # --- what to do (report.kinds, report.view)
    ("What to do now", "Wat u nu moet doen", "Que faire maintenant", "Was jetzt zu tun ist"),
    ("Last run", "Laatste verwerking", "Dernier traitement", "Letzte Verarbeitung"),
    (
        "{known} of {rows} rows",
        "{known} van {rows} rijen",
        "{known} sur {rows} lignes",
        "{known} von {rows} Zeilen",
    ),
    (
        "{rows} rows in its list",
        "{rows} rijen in haar lijst",
        "{rows} lignes dans sa liste",
        "{rows} Zeilen in ihrer Liste",
    ),
    (
        "This may not be the whole list.",
        "Dit is misschien niet de hele lijst.",
        "Ceci n'est peut-être pas toute la liste.",
        "Dies ist vielleicht nicht die ganze Liste.",
    ),
    (
        "The last run did not get to its end, and what it did not ask is missing here: {why}. Once no run is "
        "under way, run the list again; what is known is not asked again.",
        "De laatste verwerking kwam niet tot haar einde, en wat ze niet vroeg, ontbreekt hier: {why}. "
        "Verwerk de lijst opnieuw zodra er geen verwerking meer loopt; wat bekend is, wordt niet "
        "opnieuw gevraagd.",
        "Le dernier traitement n'est pas arrivé à son terme, et ce qu'il n'a pas demandé manque ici : {why}. "
        "Dès qu'aucun traitement n'est en cours, relancez le traitement de la liste ; ce qui est connu n'est "
        "pas redemandé.",
        "Die letzte Verarbeitung kam nicht zu ihrem Ende, und was sie nicht anfragte, fehlt hier: {why}. "
        "Verarbeiten Sie die Liste erneut, sobald keine Verarbeitung mehr läuft; was bekannt ist, wird nicht "
        "erneut angefragt.",
    ),
    ("one citizen", "één burger", "un citoyen", "ein Bürger"),
    ("{count} citizens", "{count} burgers", "{count} citoyens", "{count} Bürger"),
    (
        "Everybody is counted once, by what comes first. A number leads to the rows of the table.",
        "Iedereen telt één keer mee, bij wat eerst komt. Een aantal leidt naar de rijen van de tabel.",
        "Chacun est compté une fois, selon ce qui vient en premier. Un nombre mène aux lignes du tableau.",
        "Jeder zählt einmal, bei dem, was zuerst kommt. Eine Zahl führt zu den Zeilen der Tabelle.",
    ),
    (
        "The journal holds nothing yet. Run precontractual screen with it first.",
        "Het logboek bevat nog niets. Voer er eerst precontractual screen mee uit.",
        "Le journal ne contient encore rien. Lancez d'abord precontractual screen avec lui.",
        "Das Journal enthält noch nichts. Starten Sie zuerst precontractual screen damit.",
    ),
    (
        "Look into them: settings, or an answer that was not understood.",
        "Kijk ze na: instellingen, of een antwoord dat niet werd begrepen.",
        "Examinez-les : des paramètres, ou une réponse qui n'a pas été comprise.",
        "Sehen Sie sie an: Einstellungen oder eine Antwort, die nicht verstanden wurde.",
    ),
    (
        "Correct them in the list, then run it again: something is missing or wrong.",
        "Verbeter ze in de lijst en verwerk die dan opnieuw: er ontbreekt iets of er klopt iets niet.",
        "Corrigez-les dans la liste, puis relancez le traitement : une donnée manque ou n'est pas correcte.",
        "Berichtigen Sie sie in der Liste und verarbeiten Sie diese dann erneut: etwas fehlt oder stimmt nicht.",
    ),
    (
        "Have them give or confirm their mandate, then run the list again.",
        "Laat hen hun mandaat geven of bevestigen, en verwerk de lijst dan opnieuw.",
        "Demandez-leur de donner ou de confirmer leur mandat, puis relancez le traitement de la liste.",
        "Bitten Sie sie, ihr Mandat zu erteilen oder zu bestätigen, und verarbeiten Sie die Liste dann "
        "erneut.",
    ),
    (
        "Run the list again later: it could not be told yet.",
        "Verwerk de lijst later opnieuw: er is nog geen uitsluitsel.",
        "Relancez le traitement de la liste plus tard : pas encore de réponse possible.",
        "Verarbeiten Sie die Liste später erneut: es liegt noch keine Auskunft vor.",
    ),
    (
        "Decide: they meet the conditions of at least one job.",
        "U beslist: ze vervullen de voorwaarden van minstens één job.",
        "À vous de décider : ils remplissent les conditions d'au moins un job.",
        "Die Entscheidung liegt bei Ihnen: sie erfüllen die Voraussetzungen mindestens eines Jobs.",
    ),
    (
        "Nothing more to ask: the answers are final.",
        "Niets meer te vragen: de antwoorden zijn definitief.",
        "Plus rien à demander : les réponses sont définitives.",
        "Nichts mehr zu fragen: die Antworten sind endgültig.",
    ),
    (
        "Their start dates are past: they cannot be asked any more.",
        "Hun startdatum is voorbij: hij kan niet meer worden nagevraagd.",
        "Leur date de début est passée : elle ne peut plus être demandée.",
        "Ihr Beginndatum ist vorbei: es kann nicht mehr abgefragt werden.",
    ),
    ("Decide.", "U beslist.", "À vous de décider.", "Die Entscheidung liegt bei Ihnen."),
    ("Nothing more to ask.", "Niets meer te vragen.", "Plus rien à demander.", "Nichts mehr zu fragen."),
    (
        "The start date is past.",
        "De startdatum is voorbij.",
        "La date de début est passée.",
        "Das Beginndatum ist vorbei.",
    ),
    # --- the table (report.page)
    ("Citizen by citizen", "Burger per burger", "Citoyen par citoyen", "Bürger für Bürger"),
    (
        "Which rows are shown",
        "Welke rijen te zien zijn",
        "Quelles lignes sont montrées",
        "Welche Zeilen zu sehen sind",
    ),
    ("all", "alle", "tous", "alle"),
    ("Text", "Tekst", "Texte", "Text"),
    ("Show all", "Alles tonen", "Tout montrer", "Alle zeigen"),
    (
        "Citizens shown: {shown} of {all}",
        "Getoonde burgers: {shown} van {all}",
        "Citoyens montrés : {shown} sur {all}",
        "Gezeigte Bürger: {shown} von {all}",
    ),
    (
        "What is known about each citizen, for each start date, and whose move it is",
        "Wat over elke burger bekend is, per startdatum, en wie aan zet is",
        "Ce que l'on sait de chaque citoyen, par date de début, et qui doit agir",
        "Was über jeden Bürger bekannt ist, je Beginndatum, und wer am Zug ist",
    ),
    ("No.", "Nr.", "N°", "Nr."),
    ("Citizen", "Burger", "Citoyen", "Bürger"),
    ("Employer", "Werkgever", "Employeur", "Arbeitgeber"),
    ("Start date", "Startdatum", "Date de début", "Beginndatum"),
    ("Flexi-job", "Flexi-job", "Flexi-job", "Flexi-Job"),
    ("Student job", "Studentenjob", "Job d'étudiant", "Studentenjob"),
    ("Hours left", "Uren over", "Heures restantes", "Stunden übrig"),
    ("Whose move", "Wie aan zet is", "Qui doit agir", "Wer am Zug ist"),
    ("Next step", "Volgende stap", "Étape suivante", "Nächster Schritt"),
    # --- the gateway's own words (report.page)
    (
        "What the gateway adds",
        "Wat de gateway toevoegt",
        "Ce que la passerelle ajoute",
        "Was das Gateway hinzufügt",
    ),
    (
        "In its own words, each text once. Numbers that could be somebody's are left out.",
        "In haar eigen woorden, elke tekst één keer. Nummers die van iemand kunnen zijn, zijn weggelaten.",
        "Dans ses propres mots, chaque texte une fois. Les numéros qui pourraient être ceux de quelqu'un "
        "sont omis.",
        "In seinen eigenen Worten, jeder Text einmal. Nummern, die jemandem gehören könnten, sind "
        "weggelassen.",
    ),
    ("reservation", "voorbehoud", "réserve", "Vorbehalt"),
    ("explanation", "uitleg", "explication", "Erläuterung"),
    (
        "How often other texts came: {count}",
        "Hoe vaak andere teksten kwamen: {count}",
        "Nombre de fois que d'autres textes sont venus : {count}",
        "So oft kamen andere Texte: {count}",
    ),
    # --- how to read it (report.page, report.kinds)
    ("How to read this", "Leeswijzer", "Guide de lecture", "Lesehilfe"),
    ("not known for now", "voorlopig niet bekend", "inconnu pour le moment", "vorerst nicht bekannt"),
    ("not known: final", "niet bekend: definitief", "inconnu : définitif", "nicht bekannt: endgültig"),
    (
        "The conditions of the law are met. Sector and function are yours to check.",
        "De wettelijke voorwaarden zijn vervuld. Sector en functie gaat u zelf na.",
        "Les conditions légales sont remplies. Le secteur et la fonction sont à vérifier par vous.",
        "Die gesetzlichen Voraussetzungen sind erfüllt. Sektor und Funktion prüfen Sie selbst.",
    ),
    (
        "The conditions are not met on this start date.",
        "De voorwaarden zijn niet vervuld op deze startdatum.",
        "Les conditions ne sont pas remplies à cette date de début.",
        "Die Voraussetzungen sind an diesem Beginndatum nicht erfüllt.",
    ),
    (
        "The citizen has given no mandate, or it has ended.",
        "De burger heeft geen mandaat gegeven, of het is afgelopen.",
        "Le citoyen n'a pas donné de mandat, ou celui-ci a pris fin.",
        "Der Bürger hat kein Mandat erteilt, oder es ist abgelaufen.",
    ),
    (
        "It could not be told when it was asked. That is never a “no”.",
        "Bij de raadpleging was dit niet bekend. Dat is nooit een “neen”.",
        "La réponse n'était pas connue au moment de la demande. Ce n'est jamais un « non ».",
        "Dazu lag zum Zeitpunkt der Anfrage keine Auskunft vor. Das ist nie ein „Nein“.",
    ),
    (
        "It will not be told: too old, or too young. That is never a “no”.",
        "Hierover komt geen antwoord: te oud of te jong. Dat is nooit een “neen”.",
        "Aucune réponse ne sera donnée : trop âgé, ou trop jeune. Ce n'est jamais un « non ».",
        "Dazu wird keine Auskunft erteilt: zu alt oder zu jung. Das ist nie ein „Nein“.",
    ),
    (
        "The gateway said something that this version does not know.",
        "De gateway antwoordde iets wat deze versie niet kent.",
        "La passerelle a répondu quelque chose que cette version ne connaît pas.",
        "Das Gateway hat etwas geantwortet, das diese Version nicht kennt.",
    ),
    (
        "The gateway did not take the question: the number or the date.",
        "De gateway aanvaardde de vraag niet: het nummer of de datum.",
        "La passerelle n'a pas accepté la question : le numéro ou la date.",
        "Das Gateway hat die Anfrage nicht angenommen: die Nummer oder das Datum.",
    ),
    (
        "There is no answer yet. That is never a “no”.",
        "Er is nog geen antwoord. Dat is nooit een “neen”.",
        "Il n'y a pas encore de réponse. Ce n'est jamais un « non ».",
        "Es gibt noch keine Antwort. Das ist nie ein „Nein“.",
    ),
    (
        "Only “conditions met” and “conditions not met” are answers. Whatever is not known is never a “no”.",
        "Alleen “voorwaarden vervuld” en “voorwaarden niet vervuld” zijn antwoorden. Wat niet bekend is, is "
        "nooit een “neen”.",
        "Seuls « conditions remplies » et « conditions non remplies » sont des réponses. Ce qui est inconnu "
        "n'est jamais un « non ».",
        "Nur „Voraussetzungen erfüllt“ und „Voraussetzungen nicht erfüllt“ sind Antworten. Was nicht "
        "bekannt ist, ist nie ein „Nein“.",
    ),
    (
        "Each start date says what was last known of it. Hours left are those at the moment of asking: "
        "others hire too.",
        "Bij elke startdatum staat wat er het laatst over bekend was. De uren zijn die op het moment van de "
        "vraag: ook anderen werven aan.",
        "Chaque date de début indique ce que l'on en savait en dernier. Les heures sont celles du moment de "
        "la demande : d'autres engagent aussi.",
        "Jedes Beginndatum sagt, was zuletzt darüber bekannt war. Die Stunden sind die zum Zeitpunkt der "
        "Anfrage: auch andere stellen ein.",
    ),
    (
        "The report tells what the journal holds. Rows of a list that are missing here were refused because "
        "of a mistake, deferred because it is too early, or not asked yet: the result of the list tells "
        "them, and precontractual screen --dry-run does without a call.",
        "Het rapport zegt wat het logboek bevat. Rijen van een lijst die hier ontbreken, zijn geweigerd "
        "omdat er een fout in zit, uitgesteld omdat het te vroeg is, of nog niet gevraagd: het resultaat van "
        "de lijst noemt ze, en precontractual screen --dry-run doet dat zonder aanvraag.",
        "Le rapport dit ce que le journal contient. Les lignes d'une liste qui manquent ici ont été refusées "
        "à cause d'une erreur, reportées parce que c'est trop tôt, ou pas encore demandées : le résultat de "
        "la liste les donne, et precontractual screen --dry-run le fait sans appel.",
        "Der Bericht sagt, was das Journal enthält. Zeilen einer Liste, die hier fehlen, wurden wegen eines "
        "Fehlers abgewiesen, aufgeschoben, weil es zu früh ist, oder noch nicht angefragt: das Ergebnis der "
        "Liste nennt sie, und precontractual screen --dry-run tut es ohne Aufruf.",
    ),
    (
        "Your proof of each consultation (the reference) and what to quote to the helpdesk (the trace id) "
        "stand in the result of the list.",
        "Uw bewijs van elke raadpleging (de referentie) en wat u aan de helpdesk opgeeft (de trace-id) staan "
        "in het resultaat van de lijst.",
        "Votre preuve de chaque consultation (la référence) et ce qu'il faut citer au helpdesk "
        "(l'identifiant de trace) figurent dans le résultat de la liste.",
        "Ihr Nachweis jeder Abfrage (die Referenz) und was Sie dem Helpdesk angeben (die Trace-ID) stehen im "
        "Ergebnis der Liste.",
    ),
    (
        "Times are those of Brussels. Sorting goes by the first start date of each citizen.",
        "Tijden zijn die van Brussel. Sorteren gaat volgens de eerste startdatum van elke burger.",
        "Les heures sont celles de Bruxelles. Le tri suit la première date de début de chaque citoyen.",
        "Zeiten sind die von Brüssel. Sortiert wird nach dem ersten Beginndatum jedes Bürgers.",
    ),
)
