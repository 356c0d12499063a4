"""What went wrong at the gateway, or on the way to it. English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    (
        "not answered yet: {why}",
        "nog niet beantwoord: {why}",
        "pas encore de réponse : {why}",
        "noch nicht beantwortet: {why}",
    ),
    # --- what is wrong at the gateway (protocol.wire, protocol.codec, protocol.document)
    (
        "the gateway answered {status}",
        "de gateway antwoordde {status}",
        "la passerelle a répondu {status}",
        "das Gateway antwortete {status}",
    ),
    (
        "the gateway answered {status} about {parameters}",
        "de gateway antwoordde {status} over {parameters}",
        "la passerelle a répondu {status} à propos de {parameters}",
        "das Gateway antwortete {status} zu {parameters}",
    ),
    (
        "the gateway does not accept the token ({status})",
        "de gateway aanvaardt de token niet ({status})",
        "la passerelle n'accepte pas le jeton ({status})",
        "das Gateway nimmt das Token nicht an ({status})",
    ),
    (
        "the gateway denies access ({status})",
        "de gateway weigert de toegang ({status})",
        "la passerelle refuse l'accès ({status})",
        "das Gateway verweigert den Zugang ({status})",
    ),
    (
        "the gateway does not know this path (a wrong letter case is enough) ({status})",
        "de gateway kent dit pad niet (een verkeerde hoofdletter volstaat) ({status})",
        "la passerelle ne connaît pas ce chemin (une majuscule erronée suffit) ({status})",
        "das Gateway kennt diesen Pfad nicht (falsche Großschreibung genügt) ({status})",
    ),
    (
        "the gateway does not take this method here ({status})",
        "de gateway aanvaardt deze methode hier niet ({status})",
        "la passerelle n'accepte pas cette méthode ici ({status})",
        "das Gateway nimmt diese Methode hier nicht an ({status})",
    ),
    (
        "the gateway cannot answer in JSON here ({status})",
        "de gateway kan hier niet in JSON antwoorden ({status})",
        "la passerelle ne peut pas répondre en JSON ici ({status})",
        "das Gateway kann hier nicht in JSON antworten ({status})",
    ),
    (
        "the gateway did not get the request in time ({status})",
        "de gateway kreeg de aanvraag niet op tijd ({status})",
        "la passerelle n'a pas reçu la demande à temps ({status})",
        "das Gateway hat die Anfrage nicht rechtzeitig erhalten ({status})",
    ),
    (
        "the gateway finds the request too large ({status})",
        "de gateway vindt de aanvraag te groot ({status})",
        "la passerelle trouve la demande trop grande ({status})",
        "dem Gateway ist die Anfrage zu groß ({status})",
    ),
    (
        "the gateway does not take this kind of request here ({status})",
        "de gateway aanvaardt dit soort aanvraag hier niet ({status})",
        "la passerelle n'accepte pas ce genre de demande ici ({status})",
        "das Gateway nimmt diese Art von Anfrage hier nicht an ({status})",
    ),
    (
        "the gateway redirects, which this API never does",
        "de gateway verwijst door, wat deze API nooit doet",
        "la passerelle redirige, ce que cette API ne fait jamais",
        "das Gateway leitet weiter, was diese API nie tut",
    ),
    (
        "the gateway answered with a status it never uses",
        "de gateway antwoordde met een status die ze nooit gebruikt",
        "la passerelle a répondu avec un statut qu'elle n'utilise jamais",
        "das Gateway antwortete mit einem Status, den es nie verwendet",
    ),
    (
        "the request was refused without a reason ({status})",
        "de aanvraag werd geweigerd zonder reden ({status})",
        "la demande a été refusée sans motif ({status})",
        "die Anfrage wurde ohne Grund abgelehnt ({status})",
    ),
    (
        "the gateway rejects the caller's {parameter}",
        "de gateway weigert {parameter} van de aanvrager",
        "la passerelle rejette {parameter} du demandeur",
        "das Gateway lehnt {parameter} des Anfragenden ab",
    ),
    (
        "the answer is about another citizen",
        "het antwoord gaat over een andere burger",
        "la réponse concerne un autre citoyen",
        "die Antwort betrifft einen anderen Bürger",
    ),
    (
        "the answer is not the JSON document that was promised",
        "het antwoord is niet het beloofde JSON-document",
        "la réponse n'est pas le document JSON promis",
        "die Antwort ist nicht das zugesagte JSON-Dokument",
    ),
    (
        "the answer names a member twice, in two letter cases",
        "het antwoord noemt een veld twee keer, met andere hoofdletters",
        "la réponse nomme un champ deux fois, avec d'autres majuscules",
        "die Antwort nennt ein Feld zweimal, in anderer Großschreibung",
    ),
    (
        "the answer is JSON, but not an object",
        "het antwoord is JSON, maar geen object",
        "la réponse est du JSON, mais pas un objet",
        "die Antwort ist JSON, aber kein Objekt",
    ),
    (
        "the answer holds neither a reference nor a result",
        "het antwoord bevat geen referentie en geen resultaat",
        "la réponse ne contient ni référence ni résultat",
        "die Antwort enthält weder eine Referenz noch ein Ergebnis",
    ),
    # --- on the way (calls.transport)
    (
        "the server's certificate is not valid yet",
        "het certificaat van de server is nog niet geldig",
        "le certificat du serveur n'est pas encore valide",
        "das Zertifikat des Servers ist noch nicht gültig",
    ),
    (
        "the server's certificate has expired",
        "het certificaat van de server is verlopen",
        "le certificat du serveur a expiré",
        "das Zertifikat des Servers ist abgelaufen",
    ),
    (
        "the server's certificate is for another name",
        "het certificaat van de server is voor een andere naam",
        "le certificat du serveur est pour un autre nom",
        "das Zertifikat des Servers ist für einen anderen Namen",
    ),
    (
        "the server's certificate is of an authority that is not trusted here",
        "het certificaat van de server is van een instantie die hier niet wordt vertrouwd",
        "le certificat du serveur vient d'une autorité qui n'est pas reconnue ici",
        "das Zertifikat des Servers stammt von einer Stelle, der hier nicht vertraut wird",
    ),
    (
        "the server's certificate is not valid",
        "het certificaat van de server is niet geldig",
        "le certificat du serveur n'est pas valide",
        "das Zertifikat des Servers ist nicht gültig",
    ),
    (
        "no secure connection to the server",
        "geen beveiligde verbinding met de server",
        "pas de connexion sécurisée avec le serveur",
        "keine sichere Verbindung zum Server",
    ),
    (
        "the server's name cannot be looked up",
        "de naam van de server kan niet worden opgezocht",
        "le nom du serveur ne peut pas être résolu",
        "der Name des Servers kann nicht aufgelöst werden",
    ),
    (
        "no connection to the proxy",
        "geen verbinding met de proxy",
        "pas de connexion avec le proxy",
        "keine Verbindung zum Proxy",
    ),
    (
        "no connection to the server",
        "geen verbinding met de server",
        "pas de connexion avec le serveur",
        "keine Verbindung zum Server",
    ),
    (
        "no complete answer in time",
        "geen volledig antwoord binnen de tijd",
        "pas de réponse complète dans le délai",
        "keine vollständige Antwort innerhalb der Frist",
    ),
    (
        "the connection broke before the answer",
        "de verbinding viel weg vóór het antwoord",
        "la connexion a été coupée avant la réponse",
        "die Verbindung brach vor der Antwort ab",
    ),
    (
        "the connection broke in the middle of the answer",
        "de verbinding viel weg midden in het antwoord",
        "la connexion a été coupée au milieu de la réponse",
        "die Verbindung brach mitten in der Antwort ab",
    ),
    (
        "the connection failed",
        "de verbinding is mislukt",
        "la connexion a échoué",
        "die Verbindung ist fehlgeschlagen",
    ),
    (
        "the answer is not well-formed HTTP",
        "het antwoord is geen geldig HTTP",
        "la réponse n'est pas du HTTP valide",
        "die Antwort ist kein gültiges HTTP",
    ),
    (
        "the answer is larger than any answer can be",
        "het antwoord is groter dan een antwoord kan zijn",
        "la réponse est plus grande qu'une réponse ne peut l'être",
        "die Antwort ist größer, als eine Antwort sein kann",
    ),
)
