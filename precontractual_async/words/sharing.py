"""What is said of the Redis that processes share, in four languages. English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    (
        "no connection to Redis",
        "geen verbinding met Redis",
        "pas de connexion à Redis",
        "keine Verbindung zu Redis",
    ),
    (
        "Redis does not let us in: user, password, or what they may do",
        "Redis laat ons niet toe: gebruiker, wachtwoord, of wat die mogen",
        "Redis ne nous laisse pas entrer : utilisateur, mot de passe, ou leurs droits",
        "Redis lässt uns nicht herein: Benutzer, Passwort oder deren Rechte",
    ),
    (
        "Redis' certificate is not valid",
        "het certificaat van Redis is niet geldig",
        "le certificat de Redis n'est pas valable",
        "das Zertifikat von Redis ist nicht gültig",
    ),
    (
        "Redis is still starting",
        "Redis is nog aan het opstarten",
        "Redis est encore en train de démarrer",
        "Redis startet noch",
    ),
    (
        "Redis is a replica, which takes no writes",
        "Redis is een replica, die niets wegschrijft",
        "Redis est une réplique, qui n'accepte pas d'écriture",
        "Redis ist eine Replik, die nichts schreibt",
    ),
    (
        "Redis has no memory left",
        "Redis heeft geen geheugen meer",
        "Redis n'a plus de mémoire",
        "Redis hat keinen Speicher mehr",
    ),
    (
        "Redis does not answer in time",
        "Redis antwoordt niet op tijd",
        "Redis ne répond pas à temps",
        "Redis antwortet nicht rechtzeitig",
    ),
    (
        "Redis does not do what is asked of it",
        "Redis doet niet wat ervan gevraagd wordt",
        "Redis ne fait pas ce qui lui est demandé",
        "Redis tut nicht, was von ihm verlangt wird",
    ),
    ("Redis failed", "Redis is mislukt", "Redis a échoué", "Redis ist gescheitert"),
    (
        "Redis answers too slowly to keep a pace by its clock",
        "Redis antwoordt te traag om er het tempo mee te houden",
        "Redis répond trop lentement pour tenir une cadence d'après son horloge",
        "Redis antwortet zu langsam, um nach seiner Uhr ein Throughput zu halten",
    ),
    (
        "Put it nearer: within 20 milliseconds there and back.",
        "Zet Redis dichterbij: binnen 20 milliseconden heen en terug.",
        "Rapprochez Redis : 20 millisecondes au plus pour l'aller-retour.",
        "Stellen Sie Redis näher auf: höchstens 20 Millisekunden hin und zurück.",
    ),
    (
        "Check REDIS_URL: user, password, scheme and port; it must be a Redis 5 or later.",
        "Kijk REDIS_URL na: gebruiker, wachtwoord, schema en poort; het moet Redis 5 of later zijn.",
        "Vérifiez REDIS_URL : utilisateur, mot de passe, schéma et port ; il faut Redis 5 ou plus récent.",
        "Prüfen Sie REDIS_URL: Benutzer, Passwort, Schema und Port; es muss Redis 5 oder neuer sein.",
    ),
    (
        "Start Redis again; with PROCESSES set, each process goes on with its share meanwhile.",
        "Start Redis opnieuw; met PROCESSES ingesteld gaat elk proces intussen door met zijn deel.",
        "Redémarrez Redis ; si PROCESSES est défini, chaque processus continue entre-temps avec sa part.",
        "Starten Sie Redis neu; mit PROCESSES macht jeder Prozess inzwischen mit seinem Anteil weiter.",
    ),
)
