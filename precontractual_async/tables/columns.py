"""Finds the role of each column by the names that real lists use, in Dutch, French, English and German.

Names are compared without regard to case, accents, blanks and punctuation. A known name among other words
("INSZ van de kandidaat") counts for the citizen and the start date when no exact name is found. When two
columns could have the same role, the user must choose: nothing is guessed. A plain "date" is the start date
when no other column has a date in its name. All problems are reported together.
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
"""More names of the column with types of work; they count only when all its cells are such types."""
# Not "statuut" or "statut": they mean blue or white collar in lists, and every row would be refused.
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
"""Roles that are also found by words in a name. Not the employer: a wrong match would ask for another one."""
_WORDS: Final = re.compile(r"[^\W_]+")
_MOST_WORDS: Final = 12
_LOOKED_AT: Final = 100
"""Rows whose cells are tested for numbers of citizens and enterprises."""
_PLAIN_DATES: Final = ("date", "datum")
"""Vague names: the start date only when no other column has a date in its name."""

OPTIONS: Final[Mapping[str, str]] = {
    "citizen": "--citizen-column",
    "start_date": "--date-column",
    "represented_enterprise_number": "--represented-column",
    "type_of_worker": "--type-column",
    "all_dates": "--start-date",
}
"""The command's options that choose a column, and the option that replaces the start dates."""
ROLES: Final = tuple(_SYNONYMS)


@frozen
class Columns:
    """The position of each column that we need; None: there is no such column."""

    citizen: int | None
    """Never None once all problems are solved."""
    start_date: int | None = None
    represented_enterprise_number: int | None = None
    type_of_worker: int | None = None


def speaks_of_a_citizen(name: str) -> bool:
    """Whether the name contains a known name of the citizen's column among other words."""
    return _speaks_of("citizen", name)


def _speaks_of(role: str, name: str) -> bool:
    words = [folded(word) for word in _WORDS.findall(name)][:_MOST_WORDS]
    parts = (
        "".join(words[first:last]) for first in range(len(words)) for last in range(first + 1, len(words) + 1)
    )
    return not _SYNONYMS[role].isdisjoint(parts)


def is_citizen(name: str) -> bool:
    """Whether a column of this name should hold citizens' numbers."""
    return bool(_readings(name) & _SYNONYMS["citizen"])


@frozen
class Findings:
    """What was found by the names of a list."""

    matching: Mapping[str, tuple[int, ...]]
    """For each role the positions of all columns that could have it."""
    problems: tuple[InvalidList, ...]
    """Everything that prevents the screening of the list, each with its next step."""
    remarks: tuple[str, ...] = ()
    """What the author of the list may have meant differently."""

    @property
    def columns(self) -> Columns:
        """The clear roles: those with exactly one possible column."""
        return Columns(**{role: at[0] if len(at) == 1 else None for role, at in self.matching.items()})


def find_columns(
    names: tuple[str, ...],
    chosen: Mapping[str, str],
    *,
    needs_date: bool,
    options: Mapping[str, str] = OPTIONS,
    rows: Iterable[Row] = (),
) -> Columns:
    """The position of each role; `chosen` gives names by role and takes precedence; an empty name: no column.

    `needs_date`: False when all rows get the same start dates, so that the list's own dates do not count.
    `options`: the names of the options that choose a column, for messages. `rows`: see `look_for_columns`.

    Raises:
        InvalidList: columns are missing or ambiguous; it names all of them, and the options to choose.
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
    """What `find_columns` finds, and all its problems. `rows`: when no name tells which column holds types of
    work, or numbers of citizens or enterprises, the cells of the first rows are tested.
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
        *_without_column([chosen[role] for role in absent if chosen.get(role)], names),
        *(_several(role, at, names, options) for role, at in matching.items() if len(at) > 1),
        *_missing([role for role in absent if role in _NEEDED and not chosen.get(role)], names, options),
    )
    numbers = _read_as(Ssin.parse, range(len(names)), cells) if "citizen" in untold else ()
    if len(numbers) == 1:
        name = listed((names[numbers[0]],))
        problems += (
            InvalidList(
                f"the column {name} holds numbers of citizens", f"Confirm that with {options['citizen']}."
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
    """Remarks on columns that are not used for what most of their cells hold. Without a remark the user might
    ask for the wrong employer, or about both kinds of work.
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
    """The columns with content in `positions` whose cells `read` accepts; `least`: their minimum share."""

    def is_read(cell: object) -> bool:
        try:
            read(cell)
        except ValueError:
            return False
        return True

    def fits(at: int) -> bool:
        accepted = [is_read(row[at]) for row in cells if row[at] not in ("", None, ABSENT)]
        return bool(accepted) and sum(accepted) >= least * len(accepted)

    return tuple(filter(fits, positions))


def _matching(role: str, names: tuple[str, ...], chosen: str | None) -> tuple[int, ...]:
    if chosen is None:
        return tuple(at for at, name in enumerate(names) if _readings(name) & _SYNONYMS[role])
    return tuple(at for at, name in enumerate(names) if chosen and folded(name) == folded(chosen))


def _readings(name: str) -> frozenset[str]:
    """A name, the name without the part in brackets, and that part: ``Rijksregisternr. (INSZ)``."""
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
    columns = listed(tuple(names[at] for at in matching))
    return InvalidList(
        f"several columns could hold the {role.replace('_', ' ')}: {columns}",
        f"Choose one with {options[role]}, or rename the others.",
    )


_NEEDED: Final = {
    "citizen": "with the citizens' numbers",
    "start_date": "with start dates (or {all_dates})",
}


def _missing(roles: list[str], names: tuple[str, ...], options: Mapping[str, str]) -> Iterator[InvalidList]:
    if roles:
        wanted = " and none ".join(_NEEDED[role].format_map(options) for role in roles)
        is_file = options is OPTIONS  # records and frames have no title above their names
        above = "; if these are not the names, take away what stands above them" if is_file else ""
        yield InvalidList(
            f"no column {wanted} was found among: {listed(names)}",
            f"Name it with {' and '.join(options[role] for role in roles)}{above}.",
        )


def described(names: tuple[str, ...], found: Columns) -> str:
    """The columns that were recognised, in one line."""
    parts = (
        f"{role.replace('_', ' ')} in {listed((names[position],))}"
        for role in ROLES
        if (position := getattr(found, role)) is not None
    )
    return "; ".join(parts)


# Roles by the first words of a violation, and by the parameters of the gateway (manual §3.2.1.1).
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
    """The position of the column that a violation or a parameter of the gateway is about."""
    role = _ABOUT.get(complaint.partition(":")[0])
    return None if role is None else getattr(columns, role)
