"""What the pictures of a report say. English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    # --- all of them (report.page)
    ("In pictures", "Grafieken", "En graphiques", "Diagramme"),
    ("The figures as a table", "De cijfers als tabel", "Les chiffres en tableau", "Die Zahlen als Tabelle"),
    # --- by start date, hours, reasons (report.pictures)
    (
        "Flexi-job, by start date",
        "Flexi-job, per startdatum",
        "Flexi-job, par date de début",
        "Flexi-Job, nach Beginndatum",
    ),
    (
        "Student job, by start date",
        "Studentenjob, per startdatum",
        "Job d'étudiant, par date de début",
        "Studentenjob, nach Beginndatum",
    ),
    (
        "How many of what, for each start date; the longest bar is the day with the most.",
        "Hoeveel van wat, per startdatum; de langste balk is de dag met de meeste.",
        "Combien de quoi, par date de début ; la barre la plus longue est le jour qui en compte le plus.",
        "Wie viele wovon, je Beginndatum; der längste Balken ist der Tag mit den meisten.",
    ),
    ("week of {day}", "week van {day}", "semaine du {day}", "Woche vom {day}"),
    (
        "Student hours left",
        "Resterende studentenuren",
        "Heures d'étudiant restantes",
        "Verbleibende Studentenstunden",
    ),
    (
        "Hours left at the moment of asking; below each column where it begins.",
        "Uren over op het moment van de vraag; onder elke kolom waar ze begint.",
        "Heures restantes au moment de la demande ; sous chaque colonne, là où elle commence.",
        "Stunden, die zum Zeitpunkt der Anfrage übrig waren; unter jeder Säule, wo sie beginnt.",
    ),
    ("student job", "studentenjob", "job d'étudiant", "Studentenjob"),
    ("Answers", "Antwoorden", "Réponses", "Antworten"),
    ("Reasons", "Redenen", "Motifs", "Gründe"),
    (
        "Why conditions are not met, or why it is not known whether they are; each once for a start date.",
        "Waarom voorwaarden niet vervuld zijn, of waarom dat niet bekend is; elk één keer per startdatum.",
        "Pourquoi des conditions ne sont pas remplies, ou pourquoi on ne le sait pas ; chacun une fois par "
        "date de début.",
        "Warum Voraussetzungen nicht erfüllt sind oder warum das nicht bekannt ist; jeder einmal je "
        "Beginndatum.",
    ),
    ("Reason", "Reden", "Motif", "Grund"),
    ("all other reasons", "alle andere redenen", "tous les autres motifs", "alle anderen Gründe"),
    # --- over time (report.pictures)
    ("Progress", "Verloop", "Évolution", "Verlauf"),
    (
        "What was known of all questions while they were asked; the totals are those of the end.",
        "Wat van alle vragen bekend was terwijl ze gesteld werden; de totalen zijn die van het einde.",
        "Ce que l'on savait de toutes les questions pendant qu'elles étaient posées ; les totaux sont ceux "
        "de la fin.",
        "Was von allen Anfragen bekannt war, während sie gestellt wurden; die Summen sind die vom Ende.",
    ),
    ("Until", "Tot", "Jusqu'à", "Bis"),
    (
        "conditions met, or not met",
        "voorwaarden vervuld, of niet",
        "conditions remplies, ou non",
        "Voraussetzungen erfüllt oder nicht",
    ),
    (
        "final without either",
        "definitief zonder een van beide",
        "définitif sans l'un ni l'autre",
        "endgültig ohne eines von beiden",
    ),
    (
        "Runs: retries and pauses",
        "Verwerkingen: herhalingen en pauzes",
        "Traitements : nouvelles tentatives et pauses",
        "Verarbeitungen: Wiederholungen und Pausen",
    ),
    (
        "The last runs. A pause is the gateway's wish that everybody waits.",
        "De laatste verwerkingen. Bij een pauze vraagt de gateway iedereen even te wachten.",
        "Les derniers traitements. Lors d'une pause, la passerelle demande à tous d'attendre.",
        "Die letzten Verarbeitungen. Bei einer Pause bittet das Gateway alle zu warten.",
    ),
    (
        "calls: {calls}, retries: {retries}, pauses: {pauses}",
        "aanvragen: {calls}, herhalingen: {retries}, pauzes: {pauses}",
        "appels : {calls}, nouvelles tentatives : {retries}, pauses : {pauses}",
        "Aufrufe: {calls}, Wiederholungen: {retries}, Pausen: {pauses}",
    ),
    ("sent once", "eerste keer verstuurd", "envoyés pour la première fois", "erstmals gesendet"),
    ("sent again", "opnieuw verstuurd", "renvoyés", "erneut gesendet"),
    ("Began", "Begonnen", "Début", "Begonnen"),
    ("Lasted", "Duurde", "Durée", "Dauer"),
    ("Calls", "Aanvragen", "Appels", "Aufrufe"),
    ("Retries", "Herhalingen", "Nouvelles tentatives", "Wiederholungen"),
    ("Pauses", "Pauzes", "Pauses", "Pausen"),
    ("Tokens", "Tokens", "Jetons", "Token"),
    ("How it ended", "Hoe ze eindigde", "Comment il s'est terminé", "Wie sie endete"),
    ("it ran to its end", "volledig uitgevoerd", "exécuté jusqu'au bout", "vollständig ausgeführt"),
    ("no end is known", "geen einde bekend", "pas de fin connue", "kein Ende bekannt"),
    (
        "no end is known: it runs still, or was killed",
        "geen einde bekend: ze loopt nog, of werd afgebroken",
        "pas de fin connue : il est en cours, ou a été interrompu",
        "kein Ende bekannt: sie läuft noch oder wurde abgebrochen",
    ),
)
