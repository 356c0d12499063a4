"""What is said of the token, the run and the journal when a row is not answered yet, in four languages.

Codes of the OAuth server and names of exceptions stay what they are. English, Dutch, French, German.
"""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    # --- the token (protocol.access_token, calls.shared_token, calls.oauth)
    (
        "the OAuth server finds the token request malformed ({code})",
        "de OAuth-server vindt de tokenaanvraag ongeldig ({code})",
        "le serveur OAuth juge la demande de jeton mal formée ({code})",
        "der OAuth-Server hält die Token-Anfrage für fehlerhaft ({code})",
    ),
    (
        "the OAuth server does not accept the client id or its signature ({code})",
        "de OAuth-server aanvaardt de client-id of de handtekening niet ({code})",
        "le serveur OAuth n'accepte pas l'identifiant du client ou sa signature ({code})",
        "der OAuth-Server nimmt die Client-ID oder ihre Signatur nicht an ({code})",
    ),
    (
        "the OAuth server does not accept the assertion ({code})",
        "de OAuth-server aanvaardt de assertion niet ({code})",
        "le serveur OAuth n'accepte pas l'assertion ({code})",
        "der OAuth-Server nimmt die Assertion nicht an ({code})",
    ),
    (
        "the OAuth server does not let this client ask for a token ({code})",
        "de OAuth-server laat deze client geen token aanvragen ({code})",
        "le serveur OAuth ne permet pas à ce client de demander un jeton ({code})",
        "der OAuth-Server lässt diesen Client kein Token anfordern ({code})",
    ),
    (
        "the OAuth server does not take this kind of grant ({code})",
        "de OAuth-server aanvaardt dit soort grant niet ({code})",
        "le serveur OAuth n'accepte pas ce type de grant ({code})",
        "der OAuth-Server nimmt diese Art von Grant nicht an ({code})",
    ),
    (
        "the OAuth server does not know the scope ({code})",
        "de OAuth-server kent de scope niet ({code})",
        "le serveur OAuth ne connaît pas le scope ({code})",
        "der OAuth-Server kennt den Scope nicht ({code})",
    ),
    (
        "the OAuth server refuses ({status})",
        "de OAuth-server weigert ({status})",
        "le serveur OAuth refuse ({status})",
        "der OAuth-Server lehnt ab ({status})",
    ),
    (
        "no answer of the OAuth server can be read ({seen})",
        "geen antwoord van de OAuth-server is leesbaar ({seen})",
        "aucune réponse du serveur OAuth n'est lisible ({seen})",
        "keine Antwort des OAuth-Servers ist lesbar ({seen})",
    ),
    (
        "the signer did not answer in time",
        "de ondertekenaar antwoordde niet op tijd",
        "le signataire n'a pas répondu à temps",
        "der Unterzeichner hat nicht rechtzeitig geantwortet",
    ),
    (
        "the token provider did not answer in time",
        "de tokenleverancier antwoordde niet op tijd",
        "le fournisseur de jetons n'a pas répondu à temps",
        "der Token-Anbieter hat nicht rechtzeitig geantwortet",
    ),
    (
        "the OAuth server answered {status}",
        "de OAuth-server antwoordde {status}",
        "le serveur OAuth a répondu {status}",
        "der OAuth-Server antwortete {status}",
    ),
    (
        "the OAuth server answered {status}: not a token endpoint?",
        "de OAuth-server antwoordde {status}: geen adres voor tokens?",
        "le serveur OAuth a répondu {status} : pas une adresse pour les jetons ?",
        "der OAuth-Server antwortete {status}: keine Adresse für Token?",
    ),
    (
        "the OAuth server's answer holds no usable token",
        "het antwoord van de OAuth-server bevat geen bruikbare token",
        "la réponse du serveur OAuth ne contient pas de jeton utilisable",
        "die Antwort des OAuth-Servers enthält kein brauchbares Token",
    ),
    (
        "the OAuth server gives tokens of a kind that is not Bearer",
        "de OAuth-server geeft tokens die geen Bearer zijn",
        "le serveur OAuth donne des jetons qui ne sont pas de type Bearer",
        "der OAuth-Server vergibt Token, die nicht Bearer sind",
    ),
    (
        "the token cannot be used: no header may hold such characters",
        "de token kan niet worden gebruikt: zulke tekens mogen niet in een header staan",
        "le jeton ne peut pas être utilisé : un en-tête ne peut pas contenir de tels caractères",
        "das Token ist nicht verwendbar: solche Zeichen dürfen in keinem Header stehen",
    ),
    (
        "the token provider failed ({name})",
        "de tokenleverancier faalde ({name})",
        "le fournisseur de jetons a échoué ({name})",
        "der Token-Anbieter ist ausgefallen ({name})",
    ),
    (
        "the signer failed ({name})",
        "de ondertekenaar faalde ({name})",
        "le signataire a échoué ({name})",
        "der Signierdienst ist ausgefallen ({name})",
    ),
    (
        "the gateway rejects every token, also a fresh one",
        "de gateway weigert elke token, ook een nieuwe",
        "la passerelle rejette chaque jeton, même un nouveau",
        "das Gateway lehnt jedes Token ab, auch ein neues",
    ),
    (
        "every token has expired or was revoked by the time it is used",
        "elke token is vervallen of ingetrokken tegen dat hij wordt gebruikt",
        "chaque jeton a expiré ou a été révoqué au moment de son utilisation",
        "jedes Token ist abgelaufen oder widerrufen, bis es verwendet wird",
    ),
    (
        "the OAuth server: {said}",
        "de OAuth-server: {said}",
        "le serveur OAuth : {said}",
        "der OAuth-Server: {said}",
    ),
    # --- the run (calls.circuit_breaker, batch, batch.list_screening)
    (
        "no answer from the gateway for {seconds} seconds",
        "al {seconds} seconden geen antwoord van de gateway",
        "pas de réponse de la passerelle depuis {seconds} secondes",
        "seit {seconds} Sekunden keine Antwort vom Gateway",
    ),
    (
        "no answer from the gateway for {seconds} seconds (last: {said})",
        "al {seconds} seconden geen antwoord van de gateway (het laatst: {said})",
        "pas de réponse de la passerelle depuis {seconds} secondes (en dernier : {said})",
        "seit {seconds} Sekunden keine Antwort vom Gateway (zuletzt: {said})",
    ),
    (
        "no answer of the gateway can be read ({seen})",
        "geen antwoord van de gateway is leesbaar ({seen})",
        "aucune réponse de la passerelle n'est lisible ({seen})",
        "keine Antwort des Gateways ist lesbar ({seen})",
    ),
    (
        "the gateway asks to come back in {seconds} seconds",
        "de gateway vraagt om over {seconds} seconden terug te komen",
        "la passerelle demande de revenir dans {seconds} secondes",
        "das Gateway bittet, in {seconds} Sekunden wiederzukommen",
    ),
    (
        "the run was asked to stop",
        "er werd gevraagd om te stoppen",
        "l'arrêt a été demandé",
        "der Abbruch wurde verlangt",
    ),
    (
        "the list was changed while it was screened",
        "de lijst is gewijzigd tijdens de verwerking",
        "la liste a été modifiée pendant le traitement",
        "die Liste wurde während der Verarbeitung geändert",
    ),
    (
        "the run stopped before",
        "de verwerking stopte eerder",
        "le traitement s'est arrêté avant",
        "die Verarbeitung endete vorher",
    ),
    (
        "the client is closed",
        "de client is gesloten",
        "le client est fermé",
        "der Client ist geschlossen",
    ),
    (
        "the client was closed while this was asked",
        "de client werd gesloten terwijl dit gevraagd werd",
        "le client a été fermé pendant cette demande",
        "der Client wurde während dieser Anfrage geschlossen",
    ),
    (
        "no answer within the {seconds} seconds that the caller gave",
        "geen antwoord binnen de {seconds} seconden die de aanvrager gaf",
        "pas de réponse dans les {seconds} secondes que l'appelant a accordées",
        "keine Antwort innerhalb der {seconds} Sekunden, die der Aufrufer gab",
    ),
    (
        "the client was closed while it was asked",
        "de client werd gesloten tijdens de aanvraag",
        "le client a été fermé pendant la demande",
        "der Client wurde während der Anfrage geschlossen",
    ),
    (
        "the call was cancelled from elsewhere",
        "de aanvraag werd van elders afgebroken",
        "l'appel a été annulé d'ailleurs",
        "der Aufruf wurde von anderer Stelle abgebrochen",
    ),
    (
        "the input was cancelled from elsewhere",
        "de invoer werd van elders afgebroken",
        "l'entrée a été annulée d'ailleurs",
        "die Eingabe wurde von anderer Stelle abgebrochen",
    ),
    (
        "the journal's task was cancelled from elsewhere",
        "de taak van het logboek werd van elders afgebroken",
        "la tâche du journal a été annulée d'ailleurs",
        "die Aufgabe des Journals wurde von anderer Stelle abgebrochen",
    ),
    (
        "answers come mixed up: they are about other citizens",
        "antwoorden worden verwisseld: ze gaan over andere burgers",
        "les réponses sont mélangées : elles concernent d'autres citoyens",
        "Antworten werden verwechselt: sie betreffen andere Bürger",
    ),
    (
        "a defect of precontractual-async ({name})",
        "een fout in precontractual-async ({name})",
        "un défaut de precontractual-async ({name})",
        "ein Fehler in precontractual-async ({name})",
    ),
    # --- the journal (journal.database, journal.encryption, journal.texts)
    (
        "the journal failed: {said}",
        "het logboek gaf een fout: {said}",
        "le journal a échoué : {said}",
        "das Journal ist fehlgeschlagen: {said}",
    ),
    ("the disk is full", "de schijf is vol", "le disque est plein", "der Datenträger ist voll"),
    ("the disk failed", "de schijf faalde", "le disque a échoué", "der Datenträger ist fehlgeschlagen"),
    (
        "it cannot be written",
        "er kan niet in geschreven worden",
        "il est impossible d'y écrire",
        "es kann nicht geschrieben werden",
    ),
    (
        "it cannot be opened there",
        "het kan daar niet geopend worden",
        "il ne peut pas être ouvert à cet endroit",
        "es kann dort nicht geöffnet werden",
    ),
    (
        "its rights do not allow it",
        "de rechten laten het niet toe",
        "ses droits ne le permettent pas",
        "die Rechte erlauben es nicht",
    ),
    (
        "another program holds it",
        "een ander programma gebruikt het",
        "un autre programme l'utilise",
        "ein anderes Programm verwendet es",
    ),
    (
        "the file is damaged",
        "het bestand is beschadigd",
        "le fichier est endommagé",
        "die Datei ist beschädigt",
    ),
    (
        "the file is no journal, or damaged",
        "het bestand is geen logboek, of beschadigd",
        "le fichier n'est pas un journal, ou est endommagé",
        "die Datei ist kein Journal oder beschädigt",
    ),
    (
        "the journal is damaged: a text is missing",
        "het logboek is beschadigd: er ontbreekt een tekst",
        "le journal est endommagé : un texte manque",
        "das Journal ist beschädigt: ein Text fehlt",
    ),
    (
        "an entry of the journal is damaged: it does not fit its seal",
        "een regel van het logboek is beschadigd: hij past niet bij zijn zegel",
        "une entrée du journal est endommagée : elle ne correspond pas à son sceau",
        "ein Eintrag des Journals ist beschädigt: er passt nicht zu seinem Siegel",
    ),
)
