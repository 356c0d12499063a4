"""What is wrong with a journal or a cluster (journal, cluster). English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    (
        "the journal cannot be used: {said}",
        "het logboek is niet te gebruiken: {said}",
        "le journal ne peut pas être utilisé : {said}",
        "das Journal ist nicht verwendbar: {said}",
    ),
    (
        "the file is no journal",
        "het bestand is geen logboek",
        "le fichier n'est pas un journal",
        "die Datei ist kein Journal",
    ),
    (
        "Give another name for the journal.",
        "Geef een andere naam voor het logboek.",
        "Donnez un autre nom au journal.",
        "Geben Sie dem Journal einen anderen Namen.",
    ),
    (
        "there is no journal of that name",
        "er is geen logboek met die naam",
        "il n'y a pas de journal de ce nom",
        "es gibt kein Journal dieses Namens",
    ),
    (
        "Check the name after journal.",
        "Controleer de naam na journal.",
        "Vérifiez le nom après journal.",
        "Prüfen Sie den Namen nach journal.",
    ),
    (
        "the journal was replaced while it was opened",
        "het logboek werd vervangen terwijl het open was",
        "le journal a été remplacé pendant qu'il était ouvert",
        "das Journal wurde ersetzt, während es offen war",
    ),
    ("the journal is empty", "het logboek is leeg", "le journal est vide", "das Journal ist leer"),
    (
        "Run `precontractual screen` with it first.",
        "Voer er eerst `precontractual screen` mee uit.",
        "Lancez d'abord `precontractual screen` avec lui.",
        "Führen Sie zuerst `precontractual screen` damit aus.",
    ),
    (
        "the journal is of a newer version ({name}) than this program knows ({other})",
        "het logboek is van een nieuwere versie ({name}) dan dit programma kent ({other})",
        "le journal est d'une version plus récente ({name}) que celle que ce programme connaît ({other})",
        "das Journal hat eine neuere Version ({name}), als dieses Programm kennt ({other})",
    ),
    (
        "Update precontractual-async.",
        "Werk precontractual-async bij.",
        "Mettez precontractual-async à jour.",
        "Aktualisieren Sie precontractual-async.",
    ),
    (
        "the place of the journal's key begins with ~, and there is no such home",
        "de plaats van de sleutel van het logboek begint met ~, en die thuismap is er niet",
        "l'emplacement de la clé du journal commence par ~, et ce dossier personnel n'existe pas",
        "der Ort des Journalschlüssels beginnt mit ~, und diesen Heimatordner gibt es nicht",
    ),
    (
        "Write PRECONTRACTUAL_JOURNAL_KEY_FILE without it.",
        "Schrijf PRECONTRACTUAL_JOURNAL_KEY_FILE zonder dat teken.",
        "Écrivez PRECONTRACTUAL_JOURNAL_KEY_FILE sans ce signe.",
        "Schreiben Sie PRECONTRACTUAL_JOURNAL_KEY_FILE ohne dieses Zeichen.",
    ),
    (
        "the journal's key is not there",
        "de sleutel van het logboek is er niet",
        "la clé du journal n'est pas là",
        "der Schlüssel des Journals ist nicht da",
    ),
    (
        "Give the one that it was made with: JOURNAL_KEY, JOURNAL_KEYRING or JOURNAL_KEY_FILE.",
        "Geef die waarmee het gemaakt is: JOURNAL_KEY, JOURNAL_KEYRING of JOURNAL_KEY_FILE.",
        "Donnez celle avec laquelle il a été fait : JOURNAL_KEY, JOURNAL_KEYRING ou JOURNAL_KEY_FILE.",
        "Geben Sie den an, mit dem es gemacht wurde: JOURNAL_KEY, JOURNAL_KEYRING oder JOURNAL_KEY_FILE.",
    ),
    (
        "the journal's key would stand beside the journal",
        "de sleutel van het logboek zou naast het logboek staan",
        "la clé du journal serait à côté du journal",
        "der Schlüssel des Journals stünde neben dem Journal",
    ),
    (
        "Put the journal elsewhere, or name another place in {setting}.",
        "Zet het logboek elders, of noem een andere plaats in {setting}.",
        "Mettez le journal ailleurs, ou nommez un autre endroit dans {setting}.",
        "Legen Sie das Journal woanders ab, oder nennen Sie in {setting} einen anderen Ort.",
    ),
    (
        "the journal's key cannot be made ({said})",
        "de sleutel van het logboek kan niet gemaakt worden ({said})",
        "la clé du journal ne peut pas être faite ({said})",
        "der Schlüssel des Journals kann nicht angelegt werden ({said})",
    ),
    (
        "Name another place in {setting}.",
        "Noem een andere plaats in {setting}.",
        "Nommez un autre endroit dans {setting}.",
        "Nennen Sie in {setting} einen anderen Ort.",
    ),
    (
        "JOURNAL_KEYRING needs the keyring package",
        "JOURNAL_KEYRING heeft het pakket keyring nodig",
        "JOURNAL_KEYRING a besoin du paquet keyring",
        "JOURNAL_KEYRING braucht das Paket keyring",
    ),
    (
        "the keyring cannot be used ({name})",
        "de keyring is niet bruikbaar ({name})",
        "le trousseau n'est pas utilisable ({name})",
        "der Schlüsselbund ist nicht nutzbar ({name})",
    ),
    (
        "the journal, or a file beside it, is a link",
        "het logboek, of een bestand ernaast, is een link",
        "le journal, ou un fichier à côté, est un lien",
        "das Journal oder eine Datei daneben ist ein Link",
    ),
    (
        "the journal, or a file beside it, is no file",
        "het logboek, of iets ernaast, is geen bestand",
        "le journal, ou ce qui est à côté, n'est pas un fichier",
        "das Journal oder etwas daneben ist keine Datei",
    ),
    (
        "the journal, or a file beside it, belongs to somebody else",
        "het logboek, of een bestand ernaast, is van iemand anders",
        "le journal, ou un fichier à côté, appartient à quelqu'un d'autre",
        "das Journal oder eine Datei daneben gehört jemand anderem",
    ),
    (
        "Give the journal a place in a folder where only you can write.",
        "Geef het logboek een plaats in een map waarin enkel u kunt schrijven.",
        "Donnez au journal une place dans un dossier où vous seul pouvez écrire.",
        "Legen Sie das Journal in einen Ordner, in dem nur Sie schreiben können.",
    ),
    (
        "the journal is in use by {said}",
        "het logboek is in gebruik door {said}",
        "le journal est utilisé par {said}",
        "das Journal wird benutzt von {said}",
    ),
    ("another process", "een ander proces", "un autre processus", "einem anderen Prozess"),
    (
        "process {known} on {name} since {when} UTC",
        "proces {known} op {name} sinds {when} UTC",
        "le processus {known} sur {name} depuis {when} UTC",
        "Prozess {known} auf {name} seit {when} UTC",
    ),
    (
        "Wait until it has ended, or end it; or use a journal of its own for each run.",
        "Wacht tot het gedaan heeft, of beëindig het; of gebruik per uitvoering een eigen logboek.",
        "Attendez qu'il ait fini, ou arrêtez-le ; ou utilisez un journal par exécution.",
        "Warten Sie, bis es fertig ist, oder beenden Sie es; oder nehmen Sie für jeden Lauf ein eigenes Journal.",
    ),
    (
        "the journal was made with another key",
        "het logboek is met een andere sleutel gemaakt",
        "le journal a été fait avec une autre clé",
        "das Journal wurde mit einem anderen Schlüssel gemacht",
    ),
    (
        "Give the key it was made with (PRECONTRACTUAL_JOURNAL_KEY_FILE), or begin a new journal.",
        "Geef de sleutel waarmee het gemaakt is (PRECONTRACTUAL_JOURNAL_KEY_FILE), of begin een nieuw logboek.",
        "Donnez la clé avec laquelle il a été fait (PRECONTRACTUAL_JOURNAL_KEY_FILE), ou commencez un nouveau journal.",
        "Geben Sie den Schlüssel an, mit dem es gemacht wurde (PRECONTRACTUAL_JOURNAL_KEY_FILE), oder beginnen Sie ein neues Journal.",
    ),
    (
        "what was replaced or deleted still stands beside the journal, as another program reads it",
        "wat vervangen of gewist is staat nog naast het logboek, omdat een ander programma het leest",
        "ce qui a été remplacé ou effacé est encore à côté du journal, car un autre programme le lit",
        "was ersetzt oder gelöscht wurde, steht noch neben dem Journal, weil ein anderes Programm es liest",
    ),
    (
        "Do the same once more when that has ended.",
        "Doe hetzelfde nog eens als dat gedaan heeft.",
        "Refaites la même chose quand il aura fini.",
        "Tun Sie dasselbe noch einmal, wenn das fertig ist.",
    ),
    (
        "a Dask cluster needs the distributed package",
        "een Dask-cluster heeft het pakket distributed nodig",
        "un cluster Dask a besoin du paquet distributed",
        "ein Dask-Cluster braucht das Paket distributed",
    ),
    (
        "the address of the Dask cluster is none",
        "het adres van het Dask-cluster is er geen",
        "l'adresse du cluster Dask n'en est pas une",
        "die Adresse des Dask-Clusters ist keine",
    ),
    (
        "a Dask cluster without TLS is accepted on this machine only",
        "een Dask-cluster zonder TLS mag enkel op deze machine",
        "un cluster Dask sans TLS n'est accepté que sur cette machine",
        "ein Dask-Cluster ohne TLS geht nur auf dieser Maschine",
    ),
    (
        "Have its scheduler and workers use TLS, and give tls://host:port.",
        "Laat scheduler en workers TLS gebruiken, en geef tls://host:port.",
        "Faites utiliser TLS au scheduler et aux workers, et donnez tls://host:port.",
        "Lassen Sie Scheduler und Worker TLS verwenden, und geben Sie tls://host:port an.",
    ),
)
