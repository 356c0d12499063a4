"""What to do about a row that is not answered yet. English, Dutch, French, German.

Names of settings stay what they are.
"""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    # --- errors, batch, batch.list_screening, journal
    (
        "Run it again later.",
        "Start de verwerking later opnieuw.",
        "Relancez le traitement plus tard.",
        "Starten Sie die Verarbeitung später erneut.",
    ),
    (
        "Run it again.",
        "Start de verwerking opnieuw.",
        "Relancez le traitement.",
        "Starten Sie die Verarbeitung erneut.",
    ),
    (
        "Run it again later; without --journal it asks everybody again and replaces the result.",
        "Start de verwerking later opnieuw; zonder --journal wordt over iedereen opnieuw gevraagd en wordt "
        "het resultaat vervangen.",
        "Relancez le traitement plus tard ; sans --journal, la demande est refaite pour tous et le résultat "
        "est remplacé.",
        "Starten Sie die Verarbeitung später erneut; ohne --journal wird jeder erneut abgefragt und das "
        "Ergebnis ersetzt.",
    ),
    (
        "The start date has passed: choose a new one, and ask for that.",
        "De startdatum is voorbij: kies een nieuwe en vraag die.",
        "La date de début est passée : choisissez-en une autre et demandez celle-là.",
        "Das Startdatum ist vorbei: wählen Sie ein neues und fragen Sie dafür an.",
    ),
    (
        "Run it again after that.",
        "Start de verwerking daarna opnieuw.",
        "Relancez ensuite le traitement.",
        "Starten Sie die Verarbeitung danach erneut.",
    ),
    (
        "Run it again when the gateway is back.",
        "Start de verwerking opnieuw als de gateway terug is.",
        "Relancez le traitement quand la passerelle sera de retour.",
        "Starten Sie die Verarbeitung erneut, wenn das Gateway wieder da ist.",
    ),
    (
        "Run it again later; when it stays, report it with the trace id.",
        "Start de verwerking later opnieuw; blijft het zo, meld het dan met de trace-id.",
        "Relancez le traitement plus tard ; si cela persiste, signalez-le avec l'identifiant de trace.",
        "Starten Sie die Verarbeitung später erneut; bleibt es so, melden Sie es mit der Trace-ID.",
    ),
    (
        "Run it again later; when it stays, ask the gateway's helpdesk, with the trace id.",
        "Start de verwerking later opnieuw; blijft het zo, vraag het dan aan de helpdesk van de gateway, "
        "met de trace-id.",
        "Relancez le traitement plus tard ; si cela persiste, adressez-vous au helpdesk de la passerelle, "
        "avec l'identifiant de trace.",
        "Starten Sie die Verarbeitung später erneut; bleibt es so, fragen Sie den Helpdesk des Gateways, "
        "mit der Trace-ID.",
    ),
    (
        "Report it to the gateway's helpdesk at once, with the trace id.",
        "Meld het meteen aan de helpdesk van de gateway, met de trace-id.",
        "Signalez-le tout de suite au helpdesk de la passerelle, avec l'identifiant de trace.",
        "Melden Sie es sofort dem Helpdesk des Gateways, mit der Trace-ID.",
    ),
    (
        "Report it to the maintainers of precontractual-async, with the version.",
        "Meld het aan de beheerders van precontractual-async, met de versie.",
        "Signalez-le aux responsables de precontractual-async, avec la version.",
        "Melden Sie es den Betreuern von precontractual-async, mit der Version.",
    ),
    (
        "Check ENTERPRISE_NUMBER and REPRESENTED_ENTERPRISE_NUMBER against the registration in Chaman, and that "
        "the list leaves no employer out.",
        "Vergelijk ENTERPRISE_NUMBER en REPRESENTED_ENTERPRISE_NUMBER met de registratie in Chaman, en kijk of "
        "de lijst geen werkgever weglaat.",
        "Comparez ENTERPRISE_NUMBER et REPRESENTED_ENTERPRISE_NUMBER à l'enregistrement dans Chaman, et "
        "vérifiez que la liste n'omet aucun employeur.",
        "Vergleichen Sie ENTERPRISE_NUMBER und REPRESENTED_ENTERPRISE_NUMBER mit der Registrierung in "
        "Chaman, und prüfen Sie, dass die Liste keinen Arbeitgeber auslässt.",
    ),
    (
        "MANDATARY_SSIN is the number of the person who asks by the web portal's channel: leave it out when you "
        "ask through the gateway, and at the portal set and check it.",
        "MANDATARY_SSIN is het nummer van wie via het kanaal van het webportaal vraagt: laat het weg als u via "
        "de gateway vraagt, en stel het in het portaal in en controleer het.",
        "MANDATARY_SSIN est le numéro de la personne qui demande par le canal du portail web : ne le donnez pas "
        "si vous demandez par la passerelle ; au portail, réglez-le et vérifiez-le.",
        "MANDATARY_SSIN ist die Nummer der Person, die über den Kanal des Webportals fragt: lassen Sie sie weg, "
        "wenn Sie über das Gateway fragen; am Portal setzen und prüfen Sie sie.",
    ),
    (
        "Check CLIENT_ID, the AUDIENCE, and whether key and certificate are those registered in Chaman.",
        "Controleer CLIENT_ID, AUDIENCE, en of sleutel en certificaat die zijn die in Chaman geregistreerd "
        "zijn.",
        "Vérifiez CLIENT_ID, AUDIENCE, et si la clé et le certificat sont ceux enregistrés dans Chaman.",
        "Prüfen Sie CLIENT_ID, AUDIENCE, und ob Schlüssel und Zertifikat die in Chaman registrierten sind.",
    ),
    (
        "Ask for the missing scope or permission on the API in Chaman.",
        "Vraag in Chaman de ontbrekende scope of toestemming op de API aan.",
        "Demandez dans Chaman le scope ou l'autorisation qui manque sur l'API.",
        "Beantragen Sie in Chaman den fehlenden Scope oder die fehlende Berechtigung für die API.",
    ),
    (
        "Check API_URL and TOKEN_URL; the path is verifyPrecontractualData, in exactly these letter cases.",
        "Controleer API_URL en TOKEN_URL; het pad is verifyPrecontractualData, met precies deze "
        "hoofdletters.",
        "Vérifiez API_URL et TOKEN_URL ; le chemin est verifyPrecontractualData, avec exactement ces "
        "majuscules.",
        "Prüfen Sie API_URL und TOKEN_URL; der Pfad ist verifyPrecontractualData, in genau dieser "
        "Schreibung.",
    ),
    (
        "Check the address and the clock; behind a company proxy that inspects TLS, set CA_FILE to its CA.",
        "Controleer het adres en de klok; achter een bedrijfsproxy die TLS inspecteert: zet CA_FILE op "
        "diens CA.",
        "Vérifiez l'adresse et l'horloge ; derrière un proxy d'entreprise qui inspecte TLS, mettez son AC "
        "dans CA_FILE.",
        "Prüfen Sie Adresse und Uhr; hinter einem Firmenproxy, der TLS prüft, setzen Sie CA_FILE auf "
        "dessen CA.",
    ),
    (
        "Make room on the disk, check its rights, and run it again: it goes on where it was.",
        "Maak plaats op de schijf, controleer de rechten en start de verwerking opnieuw: ze gaat verder "
        "waar ze was.",
        "Libérez de la place sur le disque, vérifiez les droits et relancez le traitement : il reprend où il "
        "était.",
        "Schaffen Sie Platz auf dem Datenträger, prüfen Sie die Rechte und starten Sie die Verarbeitung "
        "erneut: sie geht dort weiter, wo sie war.",
    ),
    (
        "Check the clock of this machine; when it is right, tell the gateway's helpdesk.",
        "Controleer de klok van deze machine; klopt die, meld het dan aan de helpdesk van de gateway.",
        "Vérifiez l'horloge de cette machine ; si elle est juste, prévenez le helpdesk de la passerelle.",
        "Prüfen Sie die Uhr dieses Rechners; geht sie richtig, melden Sie es dem Helpdesk des Gateways.",
    ),
    (
        "Check API_URL and TOKEN_URL: another server answers there.",
        "Controleer API_URL en TOKEN_URL: daar antwoordt een andere server.",
        "Vérifiez API_URL et TOKEN_URL : un autre serveur y répond.",
        "Prüfen Sie API_URL und TOKEN_URL: dort antwortet ein anderer Server.",
    ),
    (
        "Behind a company proxy that inspects TLS, set CA_FILE to its CA; else ask who runs your network.",
        "Achter een bedrijfsproxy die TLS inspecteert: zet CA_FILE op diens CA; vraag het anders aan wie uw "
        "netwerk beheert.",
        "Derrière un proxy d'entreprise qui inspecte TLS, mettez son AC dans CA_FILE ; sinon, demandez à qui "
        "gère votre réseau.",
        "Hinter einem Firmenproxy, der TLS prüft, setzen Sie CA_FILE auf dessen CA; fragen Sie sonst, wer "
        "Ihr Netz betreut.",
    ),
    (
        "Make room on the disk, and run it again: it goes on where it was.",
        "Maak plaats op de schijf en start de verwerking opnieuw: ze gaat verder waar ze was.",
        "Libérez de la place sur le disque et relancez le traitement : il reprend où il était.",
        "Schaffen Sie Platz auf dem Datenträger und starten Sie die Verarbeitung erneut: sie geht dort "
        "weiter, wo sie war.",
    ),
    (
        "Look into the system's log, at the quota and the limit of a file's size; then run it again: it "
        "goes on where it was.",
        "Kijk in het logboek van het systeem, naar het quotum en de grens voor een bestand; start de "
        "verwerking dan opnieuw: ze gaat verder waar ze was.",
        "Regardez le journal du système, le quota et la limite de taille d'un fichier ; relancez ensuite le "
        "traitement : il reprend où il était.",
        "Sehen Sie ins Protokoll des Systems, auf das Kontingent und die Grenze für eine Datei; starten Sie "
        "die Verarbeitung dann erneut: sie geht dort weiter, wo sie war.",
    ),
    (
        "Give whoever runs this the right to write there, and run it again: it goes on where it was.",
        "Geef wie dit uitvoert het recht om daar te schrijven en start opnieuw: de verwerking gaat verder "
        "waar ze was.",
        "Donnez à qui exécute ceci le droit d'y écrire et relancez : le traitement reprend où il était.",
        "Geben Sie dem, der dies ausführt, dort Schreibrecht und starten Sie erneut: die Verarbeitung geht "
        "dort weiter, wo sie war.",
    ),
    (
        "Run it again when that has ended.",
        "Start opnieuw als dat gedaan is.",
        "Relancez quand celui-ci sera terminé.",
        "Starten Sie erneut, wenn das beendet ist.",
    ),
    (
        "Take a copy of it from before, or begin a new one.",
        "Neem een kopie van vroeger of begin een nieuw.",
        "Prenez une copie antérieure, ou commencez-en un nouveau.",
        "Nehmen Sie eine frühere Kopie oder beginnen Sie ein neues.",
    ),
    (
        "Ask who runs your network about a proxy or a login page between you and the gateway.",
        "Vraag wie uw netwerk beheert naar een proxy of een aanmeldpagina tussen u en de gateway.",
        "Interrogez le responsable de votre réseau sur un proxy ou une page de connexion entre vous et la "
        "passerelle.",
        "Fragen Sie, wer Ihr Netz betreibt, nach einem Proxy oder einer Anmeldeseite zwischen Ihnen und dem "
        "Gateway.",
    ),
    (
        "Ask who runs your network about firewalls and proxies, then the gateway's helpdesk.",
        "Vraag wie uw netwerk beheert naar firewalls en proxy's, en dan de helpdesk van de gateway.",
        "Interrogez le responsable de votre réseau sur les pare-feu et les proxys, puis le helpdesk de la "
        "passerelle.",
        "Fragen Sie, wer Ihr Netz betreibt, nach Firewalls und Proxys, dann den Helpdesk des Gateways.",
    ),
    (
        "Ask again with a client that stays open.",
        "Vraag het opnieuw met een client die open blijft.",
        "Refaites la demande avec un client qui reste ouvert.",
        "Fragen Sie erneut mit einem Client, der offen bleibt.",
    ),
    (
        "Ask again later, or with more time.",
        "Vraag het later opnieuw, of met meer tijd.",
        "Refaites la demande plus tard, ou en laissant plus de temps.",
        "Fragen Sie später erneut, oder mit mehr Zeit.",
    ),
    (
        "Put a copy of it back.",
        "Zet er een kopie van terug.",
        "Remettez-en une copie.",
        "Spielen Sie eine Kopie zurück.",
    ),
    (
        "Put a copy of the journal back, or begin a new one.",
        "Zet een kopie van het logboek terug, of begin een nieuw.",
        "Remettez une copie du journal, ou commencez-en un nouveau.",
        "Spielen Sie eine Kopie des Journals zurück oder beginnen Sie ein neues.",
    ),
)
