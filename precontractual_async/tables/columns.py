"""Which column holds what: by the names that lists really use, in Dutch, French, English and German.

Compared without regard to case, accents, blanks and punctuation. A name with more words around it
("INSZ van de kandidaat") counts for the citizen and the start date when no other is known. Two columns that
could hold the same are asked about, never guessed. A plain "date" is the start date when no other column
speaks of a date. All that is wrong is told at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from attrs import frozen

from ..model.errors import InvalidList
from ..model.identifiers import EnterpriseNumber, Ssin
from ..model.planning import folded, type_of_worker_in
from .column_names import listed
from .table import ABSENT, Row, insist

_CITIZEN: Final = """
    citizen ssin insz inszNummer niss numeroNiss nis rijksregisternummer rijksregisternr rijksregister rrn
    rijksnummer rijksregOfBis bisnummer inszBis numeroNational numeroDeRegistreNational numeroRegistreNational
    registreNational numeroRegistre nrn nationalNumber nationalRegisterNumber nationaalNummer
    socialSecurityNumber nationalregisternummer
    inszNr nissNr inszNiss nissInsz nNational noNational nrNational nRegistreNational noRegistreNational
    numeroDeRegistreNationalNiss enss enssNummer enssNr nNiss noNiss numNiss numRegistreNational
    rrNummer rrNr rijksregNr nationaleNummer nationalregisterNr nationalRegisterNo nationalRegistryNumber
    identificatienummerVanDeSocialeZekerheid numeroDIdentificationALaSecuriteSociale
    erkennungsnummerDerSozialenSicherheit identifikationsnummerDerSozialenSicherheit
"""
_START_DATE: Final = """
    startDate start startdatum datumStart begindatum datumInDienst indienst indiensttreding
    datumIndiensttreding dateDebut dateDeDebut debut dateDEntree dateEntree entree dateEnService
    entreeEnService dateDEntreeEnService dateDeCommencement datumVanIndiensttreding
    beginDate plannedStart startdag eintrittsdatum beginn startdatumContract startContract datumStartContract
    begindatumContract dateDebutContrat dateDeDebutDeContrat dateDeDebutDuContrat contractStartDate
    eersteWerkdag datumEersteWerkdag eersteDag premierJour premierJourDeTravail ersterArbeitstag firstDay
    firstWorkingDay
    dateDEngagement dateEngagement aanvangsdatum dienstantritt datumDesDienstantritts
    vanaf vanafDatum datumVanaf startVanaf aPartirDu aPartirDe aCompterDu eintritt eintrittDatum datumEintritt
    abDatum startTermin tewerkstellingVanaf inDienstVanaf inDienstOp enServiceLe enServiceAPartirDu beginDatum
    arbeitsbeginn ersterTag startsOn startingDate hireDate aanwervingsdatum datumAanwerving dateDEmbauche
    embauche dateDePriseDeFonction priseDeFonction einstellungsdatum beginDerBeschaftigung
    begin beginndatum abDem dienstbeginn einsatzbeginn tatigkeitsbeginn desLe 1erJour 1steDag 1steWerkdag
    1eWerkdag aanvang datumAanvang indienstneming datumIndienstneming datumVanIndienstneming
    entryDate joiningDate dateOfHire startDay
"""
_REPRESENTED: Final = """
    representedEnterpriseNumber representedEnterprise ondernemingsnummer ondernemingsnr kbo kboNummer
    numeroDEntreprise numeroEntreprise bce numeroBce enterpriseNumber cbe cbeNumber werkgever employeur
    employer unternehmensnummer unternehmensnr arbeitgeber zdu zduNummer zduNr nDEntreprise noDEntreprise
    noEntreprise nrEntreprise nBce noBce nrBce bceNr kboNr enterpriseNr enterpriseNo cbeNr cbeNo
"""
_TYPE_BY_CONTENT: Final = """
    type statuut statut status soort soortWerk typeWerk typeDeTravail artDerArbeit beschaftigungsart
    contracttype typeContract soortContract typeContrat typeDeContrat vertragsart categorie kategorie category
    job
"""
"""What a column of types may be called as well, when there is nothing else in its cells."""
# Not "statuut" or "statut": lists have blue or white collar there, and every row would be refused.
_TYPE: Final = """
    typeOfWorker workerType typeWerknemer soortWerknemer typeTravailleur typeDeTravailleur artDesArbeitnehmers
    flexiOfStudent flexiOuEtudiant flexiOderStudent flexiOrStudent flexiStudent flexiEtudiant
"""

_SYNONYMS: Final[Mapping[str, frozenset[str]]] = {
    role: frozenset(folded(name) for name in names.split())
    for role, names in (
        ("citizen", _CITIZEN),
        ("start_date", _START_DATE),
        ("represented_enterprise_number", _REPRESENTED),
        ("type_of_worker", _TYPE),
    )
}
_OF_TYPES: Final = frozenset(folded(name) for name in _TYPE_BY_CONTENT.split())
_EMPLOYER: Final = "represented_enterprise_number"
_WITH_MORE: Final = ("citizen", "start_date")
"""What is looked for by words in a name too. Not an employer: it would be asked for another one's sake."""
_WORDS: Final = re.compile(r"[^\W_]+")
_MOST_WORDS: Final = 12
_LOOKED_AT: Final = 100
"""Rows whose cells are tried as numbers of citizens and enterprises."""
_PLAIN_DATES: Final = ("date", "datum")
"""Names that say too little: taken for the start date where no other column speaks of a date."""

OPTIONS: Final[Mapping[str, str]] = {
    "citizen": "--citizen-column",
    "start_date": "--date-column",
    "represented_enterprise_number": "--represented-column",
    "type_of_worker": "--type-column",
    "all_dates": "--start-date",
}
"""How the command's user says which column holds what, and with which dates the list needs none."""
ROLES: Final = tuple(_SYNONYMS)


@frozen
class Columns:
    """The position of each column we need; None where there is none."""

    citizen: int | None
    """There always is one, once all problems are solved."""
    start_date: int | None = None
    represented_enterprise_number: int | None = None
    type_of_worker: int | None = None


def speaks_of_a_citizen(name: str) -> bool:
    """Whether a name that we know stands in it, with more words around it."""
    return _speaks_of("citizen", name)


def _speaks_of(role: str, name: str) -> bool:
    words = [folded(word) for word in _WORDS.findall(name)][:_MOST_WORDS]
    parts = (
        "".join(words[first:last]) for first in range(len(words)) for last in range(first + 1, len(words) + 1)
    )
    return not _SYNONYMS[role].isdisjoint(parts)


def is_citizen(name: str) -> bool:
    """Whether a column of this name holds citizens' numbers, as far as names tell."""
    return bool(_readings(name) & _SYNONYMS["citizen"])


@frozen
class Findings:
    """What the names of a list tell."""

    matching: Mapping[str, tuple[int, ...]]
    """By role the positions of all columns that could hold it."""
    problems: tuple[InvalidList, ...]
    """Everything that stands against screening it, each with its next step."""
    remarks: tuple[str, ...] = ()
    """What may be otherwise than whoever made the list meant it."""

    @property
    def columns(self) -> Columns:
        """What is clear of it: where one column alone could hold something."""
        return Columns(**{role: at[0] if len(at) == 1 else None for role, at in self.matching.items()})


def find_columns(
    names: tuple[str, ...],
    chosen: Mapping[str, str],
    *,
    needs_date: bool,
    options: Mapping[str, str] = OPTIONS,
    rows: Iterable[Row] = (),
) -> Columns:
    """Where the citizen, the date and the rest stand; `chosen` gives names by role and wins.

    `needs_date`: False when every row is asked for the same dates, so that the list's own do not count.
    `options`: what whoever gave the list calls the ways to choose. `rows`: see `look_for_columns`.

    Raises:
        InvalidList: columns are missing or ambiguous; of all of them the names and the option to choose.
    """
    findings = look_for_columns(names, chosen, needs_date=needs_date, options=options, rows=rows)
    insist(findings.problems)
    return findings.columns


def look_for_columns(
    names: tuple[str, ...],
    chosen: Mapping[str, str],
    *,
    needs_date: bool,
    options: Mapping[str, str] = OPTIONS,
    rows: Iterable[Row] = (),
) -> Findings:
    """What `find_columns` finds, and all that it would complain about. `rows`: the list's; the cells of the
    first tell which column holds types of work, or numbers of citizens or enterprises, when no name says so.
    """
    roles = [role for role in ROLES if needs_date or role != "start_date"]
    matching = {role: _matching(role, names, chosen.get(role)) for role in roles}
    for role in _WITH_MORE:
        if role in roles and role not in chosen and not matching[role]:
            matching[role] = tuple(at for at, name in enumerate(names) if _speaks_of(role, name))
    if needs_date and not matching["start_date"] and "start_date" not in chosen:
        matching["start_date"] = _plain_dates(names)
    untold = {role for role in roles if not matching[role] and role not in chosen}
    may_be_types = _OF_TYPES if "type_of_worker" in untold else frozenset()
    types = [at for at, name in enumerate(names) if folded(name) in may_be_types]
    is_needed = types or untold & {"citizen", _EMPLOYER}
    looked_at = islice(rows, _LOOKED_AT) if is_needed else ()
    cells = [row.cells for row in looked_at if row.problem is None]
    matching["type_of_worker"] = matching["type_of_worker"] or _read_as(type_of_worker_in, types, cells)
    types = [] if matching["type_of_worker"] else types
    absent = [role for role in roles if not matching[role]]
    problems = (
        *_without_column([chosen[role] for role in absent if role in chosen], names),
        *(_several(role, at, names, options) for role, at in matching.items() if len(at) > 1),
        *_missing([role for role in absent if role in _NEEDED and role not in chosen], names, options),
    )
    numbers = _read_as(Ssin.parse, range(len(names)), cells) if "citizen" in untold else ()
    if len(numbers) == 1:
        told = listed((names[numbers[0]],))
        problems += (
            InvalidList(
                f"the column {told} holds numbers of citizens", f"Confirm that with {options['citizen']}."
            ),
        )
    rest = set(range(len(names))).difference(*matching.values(), numbers) if _EMPLOYER in untold else ()
    return Findings(matching, problems, tuple(_passed_over(names, rest, types, cells, options)))


def _passed_over(
    names: tuple[str, ...],
    rest: Iterable[int],
    types: Iterable[int],
    cells: Sequence[Sequence[object]],
    options: Mapping[str, str],
) -> Iterator[str]:
    """Columns that are not taken for what most of their cells hold. In silence everybody would be asked for
    another employer, or about both kinds of work.
    """
    for at in _read_as(EnterpriseNumber.parse, rest, cells, least=0.5):
        yield (
            f"the column {listed((names[at],))} holds enterprise numbers and is not asked for: "
            f"if they are the employers', name it with {options[_EMPLOYER]}"
        )
    for at in _read_as(type_of_worker_in, types, cells, least=0.5):
        yield (
            f"the column {listed((names[at],))} does not hold types of work alone and is not asked by: "
            f"to use it name it with {options['type_of_worker']}"
        )


def _read_as(
    read: Callable[[object], object],
    positions: Iterable[int],
    cells: Sequence[Sequence[object]],
    *,
    least: float = 1.0,
) -> tuple[int, ...]:
    """The columns of `positions` that hold something; `least`: the share of it that `read` has to take."""

    def is_read(cell: object) -> bool:
        try:
            read(cell)
        except ValueError:
            return False
        return True

    def fits(at: int) -> bool:
        told = [is_read(row[at]) for row in cells if row[at] not in ("", None, ABSENT)]
        return bool(told) and sum(told) >= least * len(told)

    return tuple(filter(fits, positions))


def _matching(role: str, names: tuple[str, ...], chosen: str | None) -> tuple[int, ...]:
    if chosen is None:
        return tuple(at for at, name in enumerate(names) if _readings(name) & _SYNONYMS[role])
    return tuple(at for at, name in enumerate(names) if folded(name) == folded(chosen))


def _readings(name: str) -> frozenset[str]:
    """A name as it is, without what stands in brackets, and that alone: ``Rijksregisternr. (INSZ)``."""
    bare, _, rest = name.partition("(")
    return frozenset(map(folded, (name, bare, rest))) - {""}


def _plain_dates(names: tuple[str, ...]) -> tuple[int, ...]:
    plain = list(map(folded, names))
    if not set(plain).intersection(_PLAIN_DATES):
        return ()
    return tuple(at for at, name in enumerate(plain) if any(word in name for word in _PLAIN_DATES))


def _without_column(chosen: list[str], names: tuple[str, ...]) -> Iterator[InvalidList]:
    if chosen:
        yield InvalidList(f"there is no column {listed(tuple(chosen))}", f"The columns are: {listed(names)}.")


def _several(
    role: str, matching: tuple[int, ...], names: tuple[str, ...], options: Mapping[str, str]
) -> InvalidList:
    told = listed(tuple(names[at] for at in matching))
    return InvalidList(
        f"several columns could hold the {role.replace('_', ' ')}: {told}",
        f"Choose one with {options[role]}, or rename the others.",
    )


_NEEDED: Final = {
    "citizen": "with the citizens' numbers",
    "start_date": "with start dates (or {all_dates})",
}


def _missing(roles: list[str], names: tuple[str, ...], options: Mapping[str, str]) -> Iterator[InvalidList]:
    if roles:
        wanted = " and none ".join(_NEEDED[role].format_map(options) for role in roles)
        is_file = options is OPTIONS  # records and frames have nothing above their names
        above = "; if these are not the names, take away what stands above them" if is_file else ""
        yield InvalidList(
            f"no column {wanted} was found among: {listed(names)}",
            f"Name it with {' and '.join(options[role] for role in roles)}{above}.",
        )


def described(names: tuple[str, ...], found: Columns) -> str:
    """How the list was understood, in one line."""
    told = (
        f"{role.replace('_', ' ')} in {listed((names[position],))}"
        for role in ROLES
        if (position := getattr(found, role)) is not None
    )
    return "; ".join(told)


# What a violation is about (its first words), and what a complaint of the gateway is (manual §3.2.1.1).
_ABOUT: Final[Mapping[str, str]] = {
    "SSIN": "citizen",
    "citizen": "citizen",
    "start date": "start_date",
    "startDate": "start_date",
    "represented enterprise number": "represented_enterprise_number",
    "representedEnterpriseNumber": "represented_enterprise_number",
    "type of worker": "type_of_worker",
    "typeOfWorker": "type_of_worker",
}


def column_of(complaint: str, columns: Columns) -> int | None:
    """The position of the column that a violation, or a parameter of the gateway's, is about."""
    role = _ABOUT.get(complaint.partition(":")[0])
    return None if role is None else getattr(columns, role)
