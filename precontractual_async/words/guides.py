"""The titles of the guides, and what the command says of them. English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

TITLES: Final = (
    (
        "How it is built, and where to change what",
        "Hoe het gebouwd is, en waar u wat wijzigt",
        "Comment c'est construit, et où changer quoi",
        "Wie es gebaut ist, und wo man was ändert",
    ),
    (
        "A batch that survives",
        "Een verwerking die overleeft",
        "Un traitement qui survit",
        "Eine Verarbeitung, die überlebt",
    ),
    (
        "A page for the office",
        "Een pagina voor het kantoor",
        "Une page pour le bureau",
        "Eine Seite für das Büro",
    ),
    (
        "What happens when something fails",
        "Wat er gebeurt als iets misgaat",
        "Ce qui se passe quand quelque chose échoue",
        "Was geschieht, wenn etwas fehlschlägt",
    ),
    (
        "A simulated gateway for your own tests",
        "Een gesimuleerde gateway voor uw eigen tests",
        "Une passerelle simulée pour vos propres tests",
        "Ein simuliertes Gateway für Ihre eigenen Tests",
    ),
    (
        "In a service, and in code without asyncio",
        "In een service, en in code zonder asyncio",
        "Dans un service, et dans du code sans asyncio",
        "In einem Dienst, und in Code ohne asyncio",
    ),
    (
        "One rate and one token over processes and machines",
        "Eén tempo en één token voor processen en machines",
        "Un rythme et un jeton pour plusieurs processus et machines",
        "Ein Takt und ein Token für Prozesse und Maschinen",
    ),
    (
        "Metrics and traces with OpenTelemetry",
        "Metingen en traces met OpenTelemetry",
        "Mesures et traces avec OpenTelemetry",
        "Messwerte und Traces mit OpenTelemetry",
    ),
    (
        "Lists and results: CSV, workbooks, Parquet, frames",
        "Lijsten en resultaten: CSV, werkmappen, Parquet, frames",
        "Listes et résultats : CSV, classeurs, Parquet, frames",
        "Listen und Ergebnisse: CSV, Arbeitsmappen, Parquet, Frames",
    ),
    (
        "Settings, and why these defaults",
        "Instellingen, en waarom deze standaardwaarden",
        "Paramètres, et pourquoi ces valeurs par défaut",
        "Einstellungen, und warum diese Vorgaben",
    ),
    (
        "What is protected, and what is not",
        "Wat beschermd is, en wat niet",
        "Ce qui est protégé, et ce qui ne l'est pas",
        "Was geschützt ist, und was nicht",
    ),
    (
        "What limits the speed, and how it is measured",
        "Wat de snelheid begrenst, en hoe ze gemeten wordt",
        "Ce qui limite la vitesse, et comment elle est mesurée",
        "Was die Geschwindigkeit begrenzt, und wie sie gemessen wird",
    ),
)
"""The first line of each guide."""

SENTENCES: Final = (
    *TITLES,
    (
        "precontractual guide NAME shows one, in English",
        "precontractual guide NAAM toont er een, in het Engels",
        "precontractual guide NOM en montre un, en anglais",
        "precontractual guide NAME zeigt einen davon, auf Englisch",
    ),
    (
        "there is no guide of this name",
        "er is geen gids met deze naam",
        "il n'y a pas de guide de ce nom",
        "es gibt keinen Leitfaden dieses Namens",
    ),
    (
        "The guides are: {names}.",
        "De gidsen zijn: {names}.",
        "Les guides sont : {names}.",
        "Die Leitfäden sind: {names}.",
    ),
)
