"""The service behind the gateway: it checks a question as strictly as the manual says, and answers it.

Knows manual §3.2.1 and §3.3.1-14. Leaves to others: tokens (it gets their registration), rates and sockets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from itertools import count
from typing import Final
from urllib.parse import parse_qsl

from attrs import define, evolve, field, frozen

from ..model.dates import BRUSSELS, StartDateWindow
from ..model.errors import InvalidIdentifier
from ..model.identifiers import EnterpriseNumber, Ssin
from .faults import REJECTIONS
from .messages import SandboxReply, json_reply, problem
from .oauth import Kind, Registration
from .population import Citizen, Population

_PARAMETERS: Final = (
    "mandataryEnterpriseNumber",
    "citizen",
    "startDate",
    "representedEnterpriseNumber",
    "typeOfWorker",
    "mandatarySsin",
)
_REQUIRED: Final = ("mandataryEnterpriseNumber", "citizen", "startDate")
_TYPES: Final = ("flexiJob", "studentJob", "all")

_NOT_THE_TOKENS: Final = REJECTIONS["another_enterprise"][1]

_LABELS: Final[Mapping[str, Mapping[str, str]]] = {
    "disclaimer": {
        "nl": "<i>Verzonnen antwoord van de sandbox: sector en functie zijn niet nagegaan.</i>",
        "fr": "<i>Réponse fictive du bac à sable : secteur et fonction non vérifiés.</i>",
        "de": "<i>Erfundene Antwort der Sandbox: Sektor und Funktion wurden nicht geprüft.</i>",
        "en": "<i>Made-up answer of the sandbox: sector and function were not checked.</i>",
    },
    "error": {
        "nl": "<i>Verzonnen melding van de sandbox: hier valt nu niets over te zeggen.</i>",
        "fr": "<i>Message fictif du bac à sable : rien à dire pour le moment.</i>",
        "de": "<i>Erfundene Meldung der Sandbox: dazu ist jetzt nichts zu sagen.</i>",
        "en": "<i>Made-up message of the sandbox: nothing can be said about this now.</i>",
    },
}


@frozen(repr=False)
class Complaint:
    """One issue of a 400."""

    name: str
    detail: str
    value: str = ""


@define
class Service:
    """Answers questions about a population."""

    population: Population
    _serial: count[int] = field(factory=lambda: count(10), init=False)

    def handle(self, query: str, registration: Registration, now: datetime) -> SandboxReply:
        """The reply to the query string of a call by `registration`."""
        asked = parse_qsl(query, keep_blank_values=True)
        complaints = [*_form_complaints(asked)]
        parameters = dict(asked)  # with blanks: the real service trims nothing
        complaints = complaints or [*_caller_complaints(parameters, registration)]
        complaints = complaints or [*self._content_complaints(parameters, now)]
        if complaints:
            return bad_request(complaints)
        types = {value for name, value in asked if name == "typeOfWorker"}
        reply = json_reply(200, self._answer(parameters, types, now))
        return evolve(reply, delay=self.population[parameters["citizen"]].latency)

    def _content_complaints(self, parameters: Mapping[str, str], now: datetime) -> list[Complaint]:
        found = []
        number, citizen = parameters["mandataryEnterpriseNumber"], parameters["citizen"]
        if not _is_number(EnterpriseNumber, number):
            found.append(Complaint(*REJECTIONS["unknown_enterprise"], number))
        if not (_is_number(Ssin, citizen) and self.population[citizen].exists):
            found.append(Complaint(*REJECTIONS["unknown_citizen"], citizen))
        if complaint := _window_complaint(parameters["startDate"], now):
            found.append(complaint)
        return found

    def _answer(self, parameters: Mapping[str, str], types: set[str], now: datetime) -> dict[str, object]:
        digits = parameters["citizen"]
        citizen = self.population[digits]
        if citizen.mandates is not None and parameters["mandataryEnterpriseNumber"] not in citizen.mandates:
            citizen = Citizen(flexi="noGrant", student="noGrant")
        is_all = not types or "all" in types or types == {"flexiJob", "studentJob"}
        answer: dict[str, object] = {"precontractualMainReference": self._reference(digits, now)}
        if is_all or "flexiJob" in types:
            answer["flexiJobResult"] = self._flexi(digits, citizen, now)
        if is_all or "studentJob" in types:
            answer["studentJobResult"] = self._student(digits, citizen, now)
        return answer

    def _flexi(self, digits: str, citizen: Citizen, now: datetime) -> dict[str, object]:
        block: dict[str, object] = {"allowed": citizen.flexi}
        if citizen.flexi in ("ok", "nok"):
            block["flexiJobReference"] = self._reference(digits, now)
        block["description"] = _description(citizen.flexi, citizen.flexi_cause)
        return block

    def _student(self, digits: str, citizen: Citizen, now: datetime) -> dict[str, object]:
        block: dict[str, object] = {"allowed": citizen.student}
        if citizen.student in ("ok", "nok"):
            block["studentJobReference"] = self._reference(digits, now)
            if citizen.hours is not None:
                block["hoursRemaining"] = citizen.hours
        block["description"] = _description(citizen.student, citizen.student_cause)
        return block

    def _reference(self, digits: str, now: datetime) -> str:
        """A reference with a leading blank and with the SSIN, as in the manual's examples."""
        return f" {digits}{now.astimezone(BRUSSELS):%d%m%Y}{next(self._serial) % 100:02}"


def _description(allowed: str, cause: str | None) -> dict[str, object]:
    kind = "disclaimer" if allowed in ("ok", "nok") else "error"
    description: dict[str, object] = {"type": kind, "label": dict(_LABELS[kind])}
    if cause is not None:
        description["cause"] = cause
    return description


def _form_complaints(asked: list[tuple[str, str]]) -> list[Complaint]:
    """Complaints about unknown, repeated and missing parameters."""
    names = [name for name, _ in asked]
    found = [Complaint(name, "Unknown parameter") for name in names if name not in _PARAMETERS]
    found += [
        Complaint(name, "Parameter is repeated")
        for name in dict.fromkeys(names)
        if names.count(name) > 1 and name != "typeOfWorker"
    ]
    found += [Complaint(name, "Parameter is required") for name in _REQUIRED if name not in names]
    found += [
        Complaint(name, "Value is not one of the accepted values", value)
        for name, value in asked
        if name == "typeOfWorker" and value not in _TYPES
    ]
    return found


def _caller_complaints(parameters: Mapping[str, str], registration: Registration) -> list[Complaint]:
    """Complaints about a caller that does not fit its token (manual §3.3.7-10)."""
    kind, own = registration.kind, parameters["mandataryEnterpriseNumber"]
    if _is_number(EnterpriseNumber, own) and own != registration.enterprise_number:
        return [Complaint("mandataryEnterpriseNumber", _NOT_THE_TOKENS, own)]
    return [*_represented_complaints(parameters, kind), *_person_complaints(parameters, kind)]


def _represented_complaints(parameters: Mapping[str, str], kind: Kind) -> list[Complaint]:
    represented = parameters.get("representedEnterpriseNumber")
    if kind is Kind.EMPLOYER and represented is not None:
        return [Complaint(*REJECTIONS["represented_not_allowed"], represented)]
    if kind is Kind.PROVIDER and represented is None:
        return [Complaint(*REJECTIONS["represented_missing"])]
    if represented is not None and not _is_number(EnterpriseNumber, represented):
        detail = "The representedEnterpriseNumber is not valid or does not exist"
        return [Complaint("representedEnterpriseNumber", detail, represented)]
    return []


def _person_complaints(parameters: Mapping[str, str], kind: Kind) -> list[Complaint]:
    person = parameters.get("mandatarySsin")
    if kind is Kind.PORTAL and not _is_number(Ssin, person or ""):
        return [Complaint("mandatarySsin", _NOT_THE_TOKENS, person or "")]
    if kind is not Kind.PORTAL and person is not None:
        return [Complaint("mandatarySsin", "Parameter is not applicable through the gateway", person)]
    return []


def _is_number(kind: type[Ssin | EnterpriseNumber], text: str) -> bool:
    """Whether `text` is exactly the digits of a number: the gateway adds no zeros."""
    length = 11 if kind is Ssin else 10
    if not re.fullmatch(rf"[0-9]{{{length}}}", text):
        return False
    try:
        kind.parse(text)
    except InvalidIdentifier:
        return False
    return True


def _window_complaint(text: str, now: datetime) -> Complaint | None:
    """A complaint about the start date: manual §3.3.11-12, or not a date."""
    try:
        start_date = date.fromisoformat(text if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) else "")
    except ValueError:
        return Complaint("startDate", "StartDate is not a date of the form YYYY-MM-DD", text)
    window = StartDateWindow.at(now)
    if start_date < window.first:
        return Complaint(*REJECTIONS["past_start_date"], text)
    if start_date > window.last:
        return Complaint(*REJECTIONS["start_date_not_open"], text)
    return None


def bad_request(complaints: list[Complaint]) -> SandboxReply:
    """A 400 with these issues (manual §3.3.7-14)."""
    issues = [
        {"detail": each.detail, "in": "query", "name": each.name, "value": each.value} for each in complaints
    ]
    detail = "The input message is incorrect"
    return json_reply(400, problem("badRequest", "Bad Request", 400, detail, {"issues": issues}))
