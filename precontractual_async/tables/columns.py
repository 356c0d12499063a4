"""Which column holds what: by the names that lists really use, in Dutch, French, English and German.

Compared without regard to case, accents, blanks and punctuation. Two columns that could hold the same are
asked about, never guessed. A plain "date" is the start date when no other
column speaks of a date.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

from ..errors import InvalidList
from .names import folded, listed

_CITIZEN: Final = """
    citizen ssin insz inszNummer niss numeroNiss nis rijksregisternummer rijksregisternr rijksregister rrn
    rijksregOfBis bisnummer inszBis numeroNational numeroDeRegistreNational numeroRegistreNational
    registreNational numeroRegistre nrn nationalNumber nationalRegisterNumber nationaalNummer
    socialSecurityNumber nationalregisternummer
    inszNr nissNr inszNiss nissInsz nNational noNational nRegistreNational noRegistreNational
    numeroDeRegistreNationalNiss
"""
_START_DATE: Final = """
    startDate start startdatum datumStart begindatum datumInDienst indienst indiensttreding
    datumIndiensttreding dateDebut dateDeDebut debut dateDEntree dateEntree entree dateEnService
    entreeEnService dateDEntreeEnService dateDeCommencement datumVanIndiensttreding
    beginDate plannedStart startdag eintrittsdatum beginn startdatumContract startContract datumStartContract
    begindatumContract dateDebutContrat dateDeDebutDeContrat dateDeDebutDuContrat contractStartDate
"""
_REPRESENTED: Final = """
    representedEnterpriseNumber representedEnterprise ondernemingsnummer ondernemingsnr kbo kboNummer
    numeroDEntreprise numeroEntreprise bce numeroBce enterpriseNumber cbe cbeNumber werkgever employeur
    employer unternehmensnummer
"""
# Not "statuut" or "statut": lists have blue or white collar there, and every row would be refused.
_TYPE: Final = "typeOfWorker workerType typeWerknemer typeTravailleur"

_SYNONYMS: Final[Mapping[str, frozenset[str]]] = {
    role: frozenset(folded(name) for name in names.split())
    for role, names in (
        ("citizen", _CITIZEN),
        ("start_date", _START_DATE),
        ("represented_enterprise_number", _REPRESENTED),
        ("type_of_worker", _TYPE),
    )
}
_PLAIN_DATES: Final = ("date", "datum")
"""Names that say too little: taken for the start date where no other column speaks of a date."""

_OPTIONS: Final = {
    "citizen": "--citizen-column",
    "start_date": "--date-column",
    "represented_enterprise_number": "--represented-column",
    "type_of_worker": "--type-column",
}


@frozen
class Columns:
    """The position of each column we need; None where there is none."""

    citizen: int
    start_date: int | None = None
    represented_enterprise_number: int | None = None
    type_of_worker: int | None = None


def find_columns(columns: tuple[str, ...], chosen: Mapping[str, str], *, needs_date: bool) -> Columns:
    """Where the citizen, the date and the rest stand; `chosen` gives names by role and wins.

    Raises:
        InvalidList: a column is missing or ambiguous; the names and the option to choose are told.
    """
    found = {role: _position(role, columns, chosen.get(role)) for role in _SYNONYMS}
    if needs_date and found["start_date"] is None:
        found["start_date"] = _plain_date(columns)
    needed = ("citizen", "start_date") if needs_date else ("citizen",)
    missing = [role for role in needed if found[role] is None]
    if missing or found["citizen"] is None:
        raise _missing(missing, columns)
    return Columns(
        found["citizen"],
        found["start_date"],
        found["represented_enterprise_number"],
        found["type_of_worker"],
    )


def _position(role: str, columns: tuple[str, ...], chosen: str | None) -> int | None:
    if chosen is None:
        matching = [at for at, name in enumerate(columns) if _readings(name) & _SYNONYMS[role]]
        return _the_one(role, columns, matching)
    matching = [at for at, name in enumerate(columns) if folded(name) == folded(chosen)]
    if not matching:
        raise InvalidList(f"there is no column {listed((chosen,))}", f"The columns are: {listed(columns)}.")
    return _the_one(role, columns, matching)


def _plain_date(columns: tuple[str, ...]) -> int | None:
    names = list(map(folded, columns))
    if not set(names).intersection(_PLAIN_DATES):
        return None
    matching = [at for at, name in enumerate(names) if any(word in name for word in _PLAIN_DATES)]
    return _the_one("start_date", columns, matching)


def _the_one(role: str, columns: tuple[str, ...], matching: list[int]) -> int | None:
    """The column that can hold it; None when there is none.

    Raises:
        InvalidList: there are several.
    """
    if len(matching) > 1:
        names = listed(tuple(columns[at] for at in matching))
        raise InvalidList(
            f"several columns could hold the {role.replace('_', ' ')}: {names}",
            f"Choose one with {_OPTIONS[role]}, or rename the others.",
        )
    return matching[0] if matching else None


def _readings(name: str) -> frozenset[str]:
    """A name as it is, without what stands in brackets, and that alone: ``Rijksregisternr. (INSZ)``."""
    bare, _, rest = name.partition("(")
    return frozenset(map(folded, (name, bare, rest))) - {""}


_WANTED: Final = {
    "citizen": "with the citizens' numbers",
    "start_date": "with start dates (or --start-date)",
}


def _missing(roles: list[str], columns: tuple[str, ...]) -> InvalidList:
    wanted = " and none ".join(_WANTED[role] for role in roles)
    return InvalidList(
        f"no column {wanted} was found among: {listed(columns)}",
        f"Name it with {' and '.join(_OPTIONS[role] for role in roles)}; "
        "if these are not the names, take away what stands above them.",
    )


def described(columns: tuple[str, ...], found: Columns) -> str:
    """How the list was understood, in one line."""
    told = (
        f"{role.replace('_', ' ')} in {listed((columns[position],))}"
        for role in _SYNONYMS
        if (position := getattr(found, role)) is not None
    )
    return "; ".join(told)
