"""What is said of answers: reasons, next steps and remarks. English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    # --- why (model.answers)
    (
        "the pension register cannot be consulted for now",
        "het pensioenkadaster kan tijdelijk niet worden geraadpleegd",
        "le cadastre des pensions ne peut pas être consulté pour le moment",
        "das Pensionskataster kann derzeit nicht abgefragt werden",
    ),
    (
        "the student data cannot be fetched for now",
        "de studentengegevens kunnen tijdelijk niet worden opgehaald",
        "les données de l'étudiant ne peuvent pas être récupérées pour le moment",
        "die Studentendaten können derzeit nicht abgerufen werden",
    ),
    (
        "older than 30 when asked",
        "ouder dan 30 jaar op het moment van de aanvraag",
        "plus de 30 ans au moment de la demande",
        "älter als 30 Jahre zum Zeitpunkt der Anfrage",
    ),
    (
        "turns less than 15 this calendar year",
        "wordt dit kalenderjaar nog geen 15 jaar",
        "n'atteint pas 15 ans pendant cette année civile",
        "wird in diesem Kalenderjahr noch keine 15 Jahre alt",
    ),
    ("conditions met", "voorwaarden vervuld", "conditions remplies", "Voraussetzungen erfüllt"),
    (
        "conditions not met",
        "voorwaarden niet vervuld",
        "conditions non remplies",
        "Voraussetzungen nicht erfüllt",
    ),
    (
        "conditions met, but no hours are left: the limit is reached",
        "voorwaarden vervuld, maar er zijn geen uren over: de limiet is bereikt",
        "conditions remplies, mais il ne reste plus d'heures : la limite est atteinte",
        "Voraussetzungen erfüllt, aber es sind keine Stunden übrig: die Grenze ist erreicht",
    ),
    (
        "conditions not met: no hours are left, the limit is reached",
        "voorwaarden niet vervuld: er zijn geen uren over, de limiet is bereikt",
        "conditions non remplies : il ne reste plus d'heures, la limite est atteinte",
        "Voraussetzungen nicht erfüllt: es sind keine Stunden übrig, die Grenze ist erreicht",
    ),
    (
        "the gateway does not know for now",
        "de gateway weet het voorlopig niet",
        "la passerelle ne le sait pas pour le moment",
        "das Gateway weiß es derzeit nicht",
    ),
    (
        "no active citizen mandate: none was found, it is still pending, or it was refused",
        "geen actief burgermandaat: er is er geen gevonden, het is nog in behandeling of het werd geweigerd",
        "pas de mandat citoyen actif : aucun n'a été trouvé, il est encore en traitement ou il a été refusé",
        "kein aktives Bürgermandat: es wurde keines gefunden, es ist noch in Bearbeitung oder wurde "
        "abgelehnt",
    ),
    (
        "the citizen mandate could not be fetched",
        "het burgermandaat kon niet worden opgehaald",
        "le mandat citoyen n'a pas pu être récupéré",
        "das Bürgermandat konnte nicht abgerufen werden",
    ),
    (
        "the gateway left this part out",
        "de gateway heeft dit deel weggelaten",
        "la passerelle a omis cette partie",
        "das Gateway hat diesen Teil weggelassen",
    ),
    (
        "the gateway said something that this version does not know",
        "de gateway antwoordde iets wat deze versie niet kent",
        "la passerelle a répondu quelque chose que cette version ne connaît pas",
        "das Gateway hat etwas geantwortet, das diese Version nicht kennt",
    ),
    # --- what to do (model.answers)
    (
        "Ask again later.",
        "Vraag het later opnieuw.",
        "Refaites la demande plus tard.",
        "Fragen Sie später erneut an.",
    ),
    (
        "Final: the gateway says nothing about a student job above 30.",
        "Definitief: boven de 30 jaar zegt de gateway niets over een studentenjob.",
        "Définitif : au-delà de 30 ans, la passerelle ne dit rien d'un job d'étudiant.",
        "Endgültig: über 30 Jahre gibt das Gateway keine Auskunft zu einem Studentenjob.",
    ),
    (
        "Final for this calendar year; for a start date in the next one, ask again from 1 January.",
        "Definitief voor dit kalenderjaar; vraag het voor een startdatum in het volgende opnieuw vanaf "
        "1 januari.",
        "Définitif pour cette année civile ; pour une date de début dans la suivante, refaites la demande à "
        "partir du 1er janvier.",
        "Endgültig für dieses Kalenderjahr; für ein Beginndatum im nächsten fragen Sie ab dem 1. Januar "
        "erneut an.",
    ),
    (
        "Final for this start date.",
        "Definitief voor deze startdatum.",
        "Définitif pour cette date de début.",
        "Endgültig für dieses Beginndatum.",
    ),
    (
        "Decide; sector, function and other conditions of the employer are not checked.",
        "U beslist; sector, functie en andere voorwaarden waaraan de werkgever moet voldoen, worden niet "
        "nagegaan.",
        "À vous de décider ; le secteur, la fonction et les autres conditions que l'employeur doit remplir "
        "ne sont pas vérifiés.",
        "Die Entscheidung liegt bei Ihnen; Sektor, Funktion und andere Voraussetzungen, die der "
        "Arbeitgeber erfüllen muss, werden nicht geprüft.",
    ),
    (
        "Have the citizen give (or confirm) the mandate, then ask again.",
        "Laat de burger het mandaat geven (of bevestigen) en vraag het dan opnieuw.",
        "Demandez au citoyen de donner (ou de confirmer) le mandat, puis refaites la demande.",
        "Bitten Sie den Bürger, das Mandat zu erteilen (oder zu bestätigen), und fragen Sie dann erneut an.",
    ),
    (
        "Have the citizen give (or confirm) the mandate to {enterprise}, then ask again.",
        "Laat de burger het mandaat aan {enterprise} geven (of bevestigen) en vraag het dan opnieuw.",
        "Demandez au citoyen de donner (ou de confirmer) le mandat à {enterprise}, puis refaites la demande.",
        "Bitten Sie den Bürger, das Mandat an {enterprise} zu erteilen (oder zu bestätigen), und fragen Sie "
        "dann erneut an.",
    ),
    ("trace id:", "trace-id:", "identifiant de trace :", "Trace-ID:"),
    (
        "Decide; that there is a student contract, that the work lies outside school hours, and that the "
        "student is 15 and has ended the first grade of secondary school is not checked.",
        "U beslist; dat er een studentenovereenkomst is, dat het werk buiten de lesuren valt en dat de "
        "student 15 is en de eerste graad van het secundair heeft beëindigd, is niet nagegaan.",
        "À vous de décider ; ne sont pas vérifiés : le contrat d'étudiant, le travail en dehors des heures "
        "de cours, les 15 ans et la fin du premier degré du secondaire.",
        "Die Entscheidung liegt bei Ihnen; nicht geprüft sind: der Studentenvertrag, die Arbeit außerhalb "
        "der Schulzeit, die 15 Jahre und der Abschluss der ersten Stufe der Sekundarschule.",
    ),
    (
        "Read the gateway's own text; update precontractual-async or report it.",
        "Lees de tekst van de gateway zelf; werk precontractual-async bij of meld het.",
        "Lisez le texte de la passerelle elle-même ; mettez precontractual-async à jour ou signalez-le.",
        "Lesen Sie den Text des Gateways selbst; aktualisieren Sie precontractual-async oder melden Sie es.",
    ),
    # --- what is odd (protocol.codec); the names are those of the gateway's JSON
    (
        "description.type has several values",
        "description.type heeft meerdere waarden",
        "description.type a plusieurs valeurs",
        "description.type hat mehrere Werte",
    ),
    (
        "allowed has several values",
        "allowed heeft meerdere waarden",
        "allowed a plusieurs valeurs",
        "allowed hat mehrere Werte",
    ),
    ("allowed is missing", "allowed ontbreekt", "allowed manque", "allowed fehlt"),
    (
        "allowed has an unknown value",
        "allowed heeft een onbekende waarde",
        "allowed a une valeur inconnue",
        "allowed hat einen unbekannten Wert",
    ),
    (
        "the block is not an object",
        "het blok is geen object",
        "le bloc n'est pas un objet",
        "der Block ist kein Objekt",
    ),
    (
        "hoursRemaining is not a whole number",
        "hoursRemaining is geen geheel getal",
        "hoursRemaining n'est pas un nombre entier",
        "hoursRemaining ist keine ganze Zahl",
    ),
    (
        "hoursRemaining lies outside 0..{most}",
        "hoursRemaining ligt buiten 0..{most}",
        "hoursRemaining est en dehors de 0..{most}",
        "hoursRemaining liegt außerhalb von 0..{most}",
    ),
    # --- one citizen on a terminal (cli.verify)
    ("flexi-job:", "flexi-job:", "flexi-job :", "Flexi-Job:"),
    ("student job:", "studentenjob:", "job d'étudiant :", "Studentenjob:"),
    ("hours remaining:", "resterende uren:", "heures restantes :", "verbleibende Stunden:"),
    ("reference:", "referentie:", "référence :", "Referenz:"),
    (
        "reference of the call:",
        "referentie van de raadpleging:",
        "référence de la consultation :",
        "Referenz der Abfrage:",
    ),
    # --- how both blocks stand in one cell (tables.results)
    ("flexi:", "flexi-job:", "flexi-job :", "Flexi-Job:"),
    ("student:", "studentenjob:", "job d'étudiant :", "Studentenjob:"),
    ("Flexi:", "Flexi-job:", "Flexi-job :", "Flexi-Job:"),
    ("Student:", "Studentenjob:", "Job d'étudiant :", "Studentenjob:"),
    ("; ", "; ", " ; ", "; "),
)
