"""The machine's words as people read them: outcomes, statuses, and whose move it is.

The only rows with an English of their own. Columns of a result keep the machine's words: a label is for a
page or a terminal. Each row: the word; English, Dutch, French, German.
"""

from __future__ import annotations

from typing import Final

LABELS: Final = (
    # --- what became of a row (model.moves)
    ("answered", "answered", "beantwoord", "répondu", "beantwortet"),
    (
        "rejected",
        "rejected by the gateway",
        "geweigerd door de gateway",
        "rejeté par la passerelle",
        "vom Gateway abgelehnt",
    ),
    (
        "refused",
        "not asked: to be corrected",
        "niet gevraagd: te verbeteren",
        "non demandé : à corriger",
        "nicht angefragt: zu berichtigen",
    ),
    ("deferred", "to be asked later", "later te vragen", "à demander plus tard", "später anzufragen"),
    ("pending", "not answered yet", "nog niet beantwoord", "pas encore de réponse", "noch nicht beantwortet"),
    # --- what a block says (model.answers)
    ("ok", "conditions met", "voorwaarden vervuld", "conditions remplies", "Voraussetzungen erfüllt"),
    (
        "nok",
        "conditions not met",
        "voorwaarden niet vervuld",
        "conditions non remplies",
        "Voraussetzungen nicht erfüllt",
    ),
    ("unknown", "not known", "niet bekend", "inconnu", "nicht bekannt"),
    ("no_grant", "no mandate", "geen mandaat", "pas de mandat", "kein Mandat"),
    (
        "error_grant",
        "mandate not available",
        "mandaat niet beschikbaar",
        "mandat indisponible",
        "Mandat nicht verfügbar",
    ),
    (
        "missing",
        "left out by the gateway",
        "weggelaten door de gateway",
        "omis par la passerelle",
        "vom Gateway weggelassen",
    ),
    ("unrecognised", "not understood", "niet begrepen", "non compris", "nicht verstanden"),
    ("not_requested", "not asked for", "niet gevraagd", "non demandé", "nicht angefragt"),
    # --- whose move it is (model.errors)
    ("employer", "employer", "werkgever", "employeur", "Arbeitgeber"),
    ("citizen", "citizen", "burger", "citoyen", "Bürger"),
    ("operator", "operator", "beheerder", "gestionnaire", "Betreiber"),
    (
        "later",
        "ask again later",
        "later opnieuw vragen",
        "refaire la demande plus tard",
        "später erneut anfragen",
    ),
    ("nobody", "nobody: final", "niemand: definitief", "personne : définitif", "niemand: endgültig"),
    # --- why a question is told among the changes (journal.list_changes)
    ("new", "new", "nieuw", "nouveau", "neu"),
    (
        "askable",
        "can be asked now",
        "kan nu gevraagd worden",
        "peut être demandé maintenant",
        "kann jetzt angefragt werden",
    ),
    ("changed", "changed", "gewijzigd", "changé", "geändert"),
    ("hours", "other hours", "andere uren", "autres heures", "andere Stunden"),
    (
        "waiting",
        "still waiting for the mandate",
        "wacht nog op het mandaat",
        "attend toujours le mandat",
        "wartet noch auf das Mandat",
    ),
    (
        "left",
        "no longer in the list",
        "niet meer in de lijst",
        "n'est plus dans la liste",
        "nicht mehr in der Liste",
    ),
)
