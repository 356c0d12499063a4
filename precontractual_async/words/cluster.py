"""What is said of a Dask cluster that asks a batch, in four languages. English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    (
        "{count} workers of the cluster were lost while they asked it",
        "{count} workers van de cluster vielen weg terwijl ze het vroegen",
        "{count} workers du cluster ont été perdus pendant la demande",
        "{count} Worker des Clusters gingen verloren, während sie danach fragten",
    ),
    (
        "a worker of the cluster cannot ask: {why}",
        "een worker van de cluster kan niet vragen: {why}",
        "un worker du cluster ne peut pas demander : {why}",
        "ein Worker des Clusters kann nicht fragen: {why}",
    ),
    (
        "a worker of the cluster has other settings than this process: another key, client id or address",
        "een worker van de cluster heeft andere instellingen: andere sleutel, client-id of adres",
        "un worker du cluster a d'autres réglages : une autre clé, un autre identifiant ou une autre adresse",
        "ein Worker des Clusters hat andere Einstellungen: Schlüssel, Client-ID oder Adresse",
    ),
    (
        "Give every worker the same PRECONTRACTUAL_* variables, and the same key.",
        "Geef elke worker dezelfde PRECONTRACTUAL_*-variabelen en dezelfde sleutel.",
        "Donnez à chaque worker les mêmes variables PRECONTRACTUAL_* et la même clé.",
        "Geben Sie jedem Worker dieselben PRECONTRACTUAL_*-Variablen und denselben Schlüssel.",
    ),
    (
        "the Dask cluster cannot be used ({error})",
        "de Dask-cluster kan niet worden gebruikt ({error})",
        "le cluster Dask ne peut pas être utilisé ({error})",
        "das Dask-Cluster kann nicht benutzt werden ({error})",
    ),
    (
        "Install the same precontractual-async[dask] for its scheduler and its workers as here.",
        "Installeer voor zijn scheduler en zijn workers dezelfde precontractual-async[dask] als hier.",
        "Installez pour son scheduler et ses workers le même precontractual-async[dask] qu'ici.",
        "Installieren Sie für seinen Scheduler und seine Worker dasselbe precontractual-async[dask].",
    ),
    (
        "the Dask cluster has no workers",
        "de Dask-cluster heeft geen workers",
        "le cluster Dask n'a pas de workers",
        "das Dask-Cluster hat keine Worker",
    ),
    (
        "Run it again when it has.",
        "Probeer het opnieuw wanneer die er zijn.",
        "Recommencez quand il en aura.",
        "Starten Sie es erneut, wenn es welche hat.",
    ),
    (
        "the connection to the Dask cluster is lost",
        "de verbinding met de Dask-cluster is verbroken",
        "la connexion au cluster Dask est perdue",
        "die Verbindung zum Dask-Cluster ist verloren",
    ),
    (
        "Run it again when the cluster is there.",
        "Probeer het opnieuw wanneer de cluster er is.",
        "Recommencez quand le cluster sera là.",
        "Starten Sie es erneut, wenn das Cluster da ist.",
    ),
    (
        "the scheduler of the Dask cluster is out of reach",
        "de scheduler van de Dask-cluster is onbereikbaar",
        "le scheduler du cluster Dask est hors de portée",
        "der Scheduler des Dask-Clusters ist nicht erreichbar",
    ),
)
