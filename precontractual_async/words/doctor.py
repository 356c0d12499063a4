"""What doctor, verify and the demo say. English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    # --- one person, and the demo (cli.verify, cli.demo, cli.sandbox)
    (
        "SSIN of the citizen (not shown):",
        "INSZ van de burger (niet getoond):",
        "NISS du citoyen (masqué) :",
        "INSZ des Bürgers (wird nicht gezeigt):",
    ),
    (
        "screening {rows} rows at {limit} calls a second",
        "{rows} rijen worden gevraagd, {limit} per seconde",
        "{rows} lignes sont demandées, {limit} par seconde",
        "{rows} Zeilen werden angefragt, {limit} in der Sekunde",
    ),
    (
        "3 % fail, tokens live 5 s",
        "3 % mislukt, tokens leven 5 s",
        "3 % échouent, les jetons vivent 5 s",
        "3 % schlagen fehl, Token leben 5 s",
    ),
    (
        "one candidate of each kind: flexi-job/student job on each start date",
        "één kandidaat van elke soort: flexi-job/studentenjob op elke startdatum",
        "un candidat de chaque sorte : flexi-job/job étudiant à chaque date de début",
        "ein Bewerber jeder Art: Flexi-Job/Studentenjob an jedem Startdatum",
    ),
    ("candidate", "kandidaat", "candidat", "Bewerber"),
    ("whose move", "wie is aan zet", "à qui d'agir", "wer ist dran"),
    ("alike", "zo", "ainsi", "so"),
    ("complete", "volledig", "complet", "vollständig"),
    ("from {moment}", "vanaf {moment}", "dès {moment}", "ab {moment}"),
    (
        "... and {count} more kinds",
        "... en nog {count} soorten",
        "... et {count} autres sortes",
        "... und {count} weitere",
    ),
    (
        "the sandbox runs at {name}",
        "de sandbox draait op {name}",
        "le bac à sable tourne sur {name}",
        "die Sandbox läuft auf {name}",
    ),
    (
        "export the lines above elsewhere, Ctrl-C stops it",
        "exporteer de regels hierboven elders, Ctrl-C stopt haar",
        "exportez ailleurs les lignes ci-dessus, Ctrl-C l'arrête",
        "exportieren Sie die Zeilen oben anderswo, Ctrl-C beendet sie",
    ),
    # --- names that are none (settings.loading)
    (
        "{name} is not a setting",
        "{name} is geen instelling",
        "{name} n'est pas un paramètre",
        "{name} ist keine Einstellung",
    ),
    (
        "{name} is read from the environment only",
        "{name} wordt alleen uit de omgeving gelezen",
        "{name} n'est lu que dans l'environnement",
        "{name} wird nur aus der Umgebung gelesen",
    ),
    # --- why a run waits (calls.shared_token)
    ("no token: {said}", "geen token: {said}", "pas de jeton : {said}", "kein Token: {said}"),
    # --- what is wrong with the settings or the way (sharing.checks)
    (
        "settings: {name}, {pace} calls a second",
        "instellingen: {name}, {pace} vragen per seconde",
        "paramètres : {name}, {pace} demandes par seconde",
        "Einstellungen: {name}, {pace} Anfragen in der Sekunde",
    ),
    (
        "key: {count} bits, signs {name}",
        "sleutel: {count} bits, tekent {name}",
        "clé : {count} bits, signe {name}",
        "Schlüssel: {count} Bits, signiert {name}",
    ),
    (
        "settings and key: {said}",
        "instellingen en sleutel: {said}",
        "paramètres et clé : {said}",
        "Einstellungen und Schlüssel: {said}",
    ),
    ("certificate: {said}", "certificaat: {said}", "certificat : {said}", "Zertifikat: {said}"),
    ("until {day}", "tot {day}", "jusqu'au {day}", "bis {day}"),
    ("ended on {day}", "verlopen op {day}", "expiré le {day}", "abgelaufen am {day}"),
    ("ends on {day}", "verloopt op {day}", "expire le {day}", "läuft ab am {day}"),
    (
        "Register a new certificate in Chaman.",
        "Registreer een nieuw certificaat in Chaman.",
        "Enregistrez un nouveau certificat dans Chaman.",
        "Registrieren Sie ein neues Zertifikat in Chaman.",
    ),
    (
        "Register a new certificate in Chaman before that day.",
        "Registreer voor die dag een nieuw certificaat in Chaman.",
        "Enregistrez un nouveau certificat dans Chaman avant ce jour.",
        "Registrieren Sie vor diesem Tag ein neues Zertifikat in Chaman.",
    ),
    ("gateway: {said}", "gateway: {said}", "passerelle : {said}", "Gateway: {said}"),
    ("token: {said}", "token: {said}", "jeton : {said}", "Token: {said}"),
    ("clock: {said}", "klok: {said}", "horloge : {said}", "Uhr: {said}"),
    ("sharing: {said}", "delen: {said}", "partage : {said}", "Teilen: {said}"),
    (
        "{said} ({name}, without a proxy)",
        "{said} ({name}, zonder proxy)",
        "{said} ({name}, sans proxy)",
        "{said} ({name}, ohne Proxy)",
    ),
    (
        "{said} ({name}, through the proxy {proxy})",
        "{said} ({name}, via de proxy {proxy})",
        "{said} ({name}, par le proxy {proxy})",
        "{said} ({name}, über den Proxy {proxy})",
    ),
    (
        "it answers, and wants a token, as it should",
        "ze antwoordt en vraagt een token, zoals het hoort",
        "elle répond et demande un jeton, comme il se doit",
        "es antwortet und verlangt ein Token, wie es soll",
    ),
    (
        "it answered {status} where 401 was expected",
        "antwoordde {status} waar 401 verwacht werd",
        "a répondu {status} au lieu de 401",
        "antwortete {status} statt 401",
    ),
    (
        "Check API_URL, and whether a proxy stands in between.",
        "Controleer API_URL, en of er een proxy tussen staat.",
        "Vérifiez API_URL, et si un proxy se trouve entre les deux.",
        "Prüfen Sie API_URL, und ob ein Proxy dazwischensteht.",
    ),
    (
        "the OAuth server gave one",
        "de OAuth-server gaf er een",
        "le serveur OAuth en a donné un",
        "der OAuth-Server gab eines",
    ),
    (
        "Check the network, the name server and the firewall between this machine and there",
        "Controleer het netwerk, de naamserver en de firewall tussen deze machine en daar",
        "Vérifiez le réseau, le serveur de noms et le pare-feu entre cette machine et là-bas",
        "Prüfen Sie Netz, Nameserver und Firewall zwischen dieser Maschine und dort",
    ),
    (
        "set PROXY when only a proxy may go there.",
        "stel PROXY in als alleen een proxy daarheen mag.",
        "réglez PROXY si seul un proxy peut y aller.",
        "setzen Sie PROXY, wenn nur ein Proxy dorthin darf.",
    ),
    (
        "Check the network, the name server and the firewall between this machine and there, "
        "and that the proxy of PROXY may go there.",
        "Controleer het netwerk, de naamserver en de firewall tussen deze machine en daar, "
        "en of de proxy van PROXY daarheen mag.",
        "Vérifiez le réseau, le serveur de noms et le pare-feu entre cette machine et là-bas, "
        "et que le proxy de PROXY puisse y aller.",
        "Prüfen Sie Netz, Nameserver und Firewall zwischen dieser Maschine und dort, "
        "und ob der Proxy von PROXY dorthin darf.",
    ),
    (
        "{drift} seconds against the gateway's",
        "{drift} seconden tegenover die van de gateway",
        "{drift} secondes par rapport à celle de la passerelle",
        "{drift} Sekunden gegenüber der des Gateways",
    ),
    (
        "Set the clock (NTP); assertions are refused when it is off by minutes.",
        "Zet de klok juist (NTP); assertions worden geweigerd als ze minuten verkeerd loopt.",
        "Réglez l'horloge (NTP) ; les assertions sont refusées si elle se trompe de minutes.",
        "Stellen Sie die Uhr (NTP); Assertions werden abgelehnt, wenn sie Minuten falsch geht.",
    ),
    (
        "agrees with the gateway's",
        "gelijk met die van de gateway",
        "d'accord avec celle de la passerelle",
        "stimmt mit der des Gateways überein",
    ),
    (
        "the gateway does not tell the time",
        "de gateway zegt niet hoe laat het is",
        "la passerelle ne donne pas l'heure",
        "das Gateway sagt die Zeit nicht",
    ),
    ("Redis answers", "Redis antwoordt", "Redis répond", "Redis antwortet"),
    (
        "the rate and the token are shared by {name} clients",
        "het tempo en het token worden gedeeld door {name} clients",
        "le débit et le jeton sont partagés par {name} clients",
        "Takt und Token teilen sich {name} Clients",
    ),
    (
        "the rate and the token are shared by an unknown number of clients",
        "het tempo en het token worden gedeeld door een onbekend aantal clients",
        "le débit et le jeton sont partagés par un nombre inconnu de clients",
        "Takt und Token teilen sich unbekannt viele Clients",
    ),
)
