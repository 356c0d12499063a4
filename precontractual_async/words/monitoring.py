"""What is said of metrics and telemetry (cli.metrics_file, cli.telemetry). English, Dutch, French, German."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    (
        "--metrics-label is of no use without --metrics",
        "--metrics-label dient nergens toe zonder --metrics",
        "--metrics-label ne sert à rien sans --metrics",
        "--metrics-label nützt nichts ohne --metrics",
    ),
    (
        "Give --metrics FILE as well.",
        "Geef ook --metrics BESTAND.",
        "Donnez aussi --metrics FICHIER.",
        "Geben Sie auch --metrics DATEI an.",
    ),
    (
        "the metrics would overwrite {said}",
        "de metingen zouden {said} overschrijven",
        "les mesures écraseraient {said}",
        "die Messwerte würden {said} überschreiben",
    ),
    ("the list", "de lijst", "la liste", "die Liste"),
    ("the result", "het resultaat", "le résultat", "das Ergebnis"),
    ("the journal", "het logboek", "le journal", "das Journal"),
    ("a journal's key", "de sleutel van een logboek", "la clé d'un journal", "den Schlüssel eines Journals"),
    (
        "the metrics cannot be written to {name} ({said})",
        "de metingen kunnen niet geschreven worden in {name} ({said})",
        "les mesures ne peuvent pas être écrites dans {name} ({said})",
        "die Messwerte können nicht nach {name} geschrieben werden ({said})",
    ),
    (
        "the metrics could not be written ({said})",
        "de metingen konden niet geschreven worden ({said})",
        "les mesures n'ont pas pu être écrites ({said})",
        "die Messwerte konnten nicht geschrieben werden ({said})",
    ),
    (
        "a label has 1 to 100 printable characters",
        "een label heeft 1 tot 100 afdrukbare tekens",
        "une étiquette a de 1 à 100 caractères imprimables",
        "ein Label hat 1 bis 100 druckbare Zeichen",
    ),
    (
        "a label holds no number that could be a person's",
        "een label bevat geen nummer dat van een persoon kan zijn",
        "une étiquette ne contient pas de numéro qui pourrait être celui d'une personne",
        "ein Label enthält keine Nummer, die die einer Person sein könnte",
    ),
    (
        "OpenTelemetry gets nothing ({said})",
        "OpenTelemetry krijgt niets te horen ({said})",
        "rien n'est communiqué à OpenTelemetry ({said})",
        "OpenTelemetry erfährt nichts ({said})",
    ),
    (
        "OTLP over {name} needs a package that is not installed",
        "OTLP over {name} heeft een pakket nodig dat niet geïnstalleerd is",
        "OTLP sur {name} a besoin d'un paquet qui n'est pas installé",
        "OTLP über {name} braucht ein Paket, das nicht installiert ist",
    ),
    (
        "the collector did not take all traces and metrics",
        "de collector heeft niet alle traces en metrieken aangenomen",
        "le collecteur n'a pas pris toutes les traces et métriques",
        "der Collector hat nicht alle Traces und Metriken angenommen",
    ),
)
