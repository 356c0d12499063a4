"""The one converter between JSON and the model.

Knows the shape of the gateway's documents and every odd reading of them (API contract §7): one value or a
list, one description or several, numbers as text. Refuses to know HTTP. Two rules hold throughout: a
document that cannot be read answers nothing, and a block is `ok` only when the gateway wrote `ok` and
nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, TypeVar

from attrs import frozen
from cattrs import Converter

from ..answers import LANGUAGES, Answer, Block, Description, FlexiJob, Labels, Status, StudentJob
from ..errors import BrokenAnswer, InvalidIdentifier
from ..identifiers import Ssin
from ..model import Issue, Problem, TypeOfWorker
from .document import Json, JsonObject, as_text, clean, parse, text, texts

_B = TypeVar("_B", bound=Block)

# --- primitives: strict, so that nothing becomes a number by accident ----------------------------------

_WHOLE = re.compile(r"-?[0-9]{1,18}")


def _strict_int(value: Json, _: type[int]) -> int:
    """An integer, or its text. 412.7, true and "abc" are none, and a plain converter takes all three."""
    match value:
        case bool():
            raise TypeError("a truth value is not a number")
        case int():
            return value
        case str() if _WHOLE.fullmatch(value.strip()):
            return int(value)
        case _:
            raise TypeError("not a whole number")


def whole_number(value: Json) -> int | None:
    """The whole number that `value` is or spells (within 64 bits), else None."""
    try:
        number = converter.structure(value, int)
    except TypeError:
        return None
    return number if -(2**63) <= number < 2**63 else None


# --- the answer -------------------------------------------------------------------------------------

_STATUSES: Final[Mapping[str, Status]] = {
    "ok": Status.OK,
    "nok": Status.NOK,
    "unknown": Status.UNKNOWN,
    "noGrant": Status.NO_GRANT,
    "errorGrant": Status.ERROR_GRANT,
}

_MOST_HOURS: Final = 9999


_MOST_DESCRIPTIONS: Final = 16
_LONGEST_LABEL: Final = 16_384
"""Characters; the longest of the manual has some two thousand."""


def _made(types: Json, cause: Json, labels: tuple[tuple[str, Json], ...]) -> Description:
    found = dict(labels)
    words = {language: found.get(language) for language in LANGUAGES}
    cleaned = {name: clean(said[:_LONGEST_LABEL]) for name, said in words.items() if isinstance(said, str)}
    return Description(texts(types), text(cause), Labels(cleaned))


_shared: Final = lru_cache(maxsize=64, typed=True)(_made)
"""The same few disclaimers come with every answer: each is decoded and kept once."""


def _description(value: JsonObject) -> Description:
    label = value.get("label")
    said = value.get("type"), value.get("cause"), tuple(label.items()) if isinstance(label, dict) else ()
    try:
        return _shared(*said)
    except TypeError:  # a list or an object where a text is usual: it cannot be looked up
        return _made(*said)


def _descriptions(value: Json) -> tuple[Description, ...]:
    """An object, a list of them, null or nothing."""
    if isinstance(value, dict):
        return (_description(value),)
    values = value[:_MOST_DESCRIPTIONS] if isinstance(value, list) else ()
    return tuple(_description(each) for each in values if isinstance(each, dict))


def _status(
    allowed: tuple[str, ...], descriptions: tuple[Description, ...]
) -> tuple[Status, tuple[str, ...]]:
    """What the raw values mean, with a remark where they mean nothing we know."""
    for description in descriptions:
        if len(description.types) > 1:
            return Status.UNRECOGNISED, ("description.type has several values",)
    if len(allowed) != 1:
        return Status.UNRECOGNISED, ("allowed has several values" if allowed else "allowed is missing",)
    status = _STATUSES.get(allowed[0])
    return (status, ()) if status else (Status.UNRECOGNISED, ("allowed has an unknown value",))


_Parts = tuple[Status, tuple[str, ...], str | None, tuple[Description, ...], tuple[str, ...]]


def _parts(value: JsonObject, reference: str) -> _Parts:
    """What both blocks have: status, raw values, reference, descriptions and remarks."""
    allowed = texts(value.get("allowed"))
    descriptions = _descriptions(value.get("description"))
    status, remarks = _status(allowed, descriptions)
    return status, allowed, text(value.get(reference)), descriptions, remarks


def _unreadable(kind: type[_B]) -> _B:
    return kind(Status.UNRECOGNISED, remarks=("the block is not an object",))


def _flexi_job(value: Json) -> FlexiJob:
    if not isinstance(value, dict):
        return _unreadable(FlexiJob)
    return FlexiJob(*_parts(value, "flexijobreference"))


def _student_job(value: Json) -> StudentJob:
    if not isinstance(value, dict):
        return _unreadable(StudentJob)
    status, allowed, reference, descriptions, remarks = _parts(value, "studentjobreference")
    hours, odd = _hours(value.get("hoursremaining"))
    return StudentJob(status, allowed, reference, descriptions, remarks + odd, hours)


def _hours(value: Json) -> tuple[int | None, tuple[str, ...]]:
    """The hours that are left, and what is odd about them: kept all the same when it is a number."""
    if value is None:
        return None, ()
    hours = whole_number(value)
    if hours is None:
        return None, ("hoursRemaining is not a whole number",)
    if not 0 <= hours <= _MOST_HOURS:
        return hours, (f"hoursRemaining lies outside 0..{_MOST_HOURS}",)
    return hours, ()


@frozen
class _AnswerDocument:
    main_reference: str | None
    flexi_job: FlexiJob | None
    student_job: StudentJob | None


def _answer_document(value: JsonObject, _: type[_AnswerDocument]) -> _AnswerDocument:
    flexi, student = value.get("flexijobresult"), value.get("studentjobresult")
    return _AnswerDocument(
        text(value.get("precontractualmainreference")),
        None if flexi is None else _flexi_job(flexi),
        None if student is None else _student_job(student),
    )


def _absent(wanted: TypeOfWorker, kind: TypeOfWorker) -> Status:
    return Status.MISSING if wanted in (kind, TypeOfWorker.ALL) else Status.NOT_REQUESTED


def decode_answer(body: bytes, *, wanted: TypeOfWorker, asked_at: datetime, trace_id: str) -> Answer:
    """The answer in the body of a 200.

    A block that was wanted and is not there is `missing`; a body without a reference and without any
    block is no answer at all.

    Raises:
        BrokenAnswer: it cannot be read as an answer.
    """
    value = parse(body)
    if not isinstance(value, dict):
        raise BrokenAnswer("the answer is JSON, but not an object")
    document = converter.structure(value, _AnswerDocument)
    if document == _AnswerDocument(None, None, None):
        raise BrokenAnswer("the answer holds neither a reference nor a result")
    return Answer(
        flexi_job=document.flexi_job or FlexiJob(_absent(wanted, TypeOfWorker.FLEXI_JOB)),
        student_job=document.student_job or StudentJob(_absent(wanted, TypeOfWorker.STUDENT_JOB)),
        main_reference=document.main_reference,
        asked_at=asked_at,
        trace_id=trace_id,
    )


# --- problems ---------------------------------------------------------------------------------------


_MOST_ISSUES: Final = 32


def _issue(value: JsonObject, _: type[Issue]) -> Issue:
    """A belgif issue: the parameter stands in it, or in its (first) input."""
    inputs = value.get("inputs")
    first = inputs[0] if isinstance(inputs, list) and inputs and isinstance(inputs[0], dict) else value
    detail = value.get("detail") or value.get("reason") or value.get("title")
    quoted = first.get("value")
    return Issue(
        name=text(first.get("name")),
        detail=text(detail) or "",
        where=text(first.get("in")),
        value=None if quoted is None else as_text(quoted),
    )


def _issues(document: JsonObject) -> tuple[JsonObject, ...]:
    """The issues, or belgif's older ``invalidParams``."""
    values = document.get("issues") or document.get("invalidparams")
    some = values[:_MOST_ISSUES] if isinstance(values, list) else ()
    return tuple(each for each in some if isinstance(each, dict))


def _replacement(issues: tuple[JsonObject, ...]) -> Ssin | None:
    for issue in issues:
        try:
            return Ssin.parse(issue.get("replacedby"))
        except InvalidIdentifier:
            continue
    return None


def decode_problem(body: bytes, *, status: int, trace_id: str) -> Problem:
    """What can be read of an error's body. Never raises: the status alone says most of it."""
    try:
        document = parse(body)
    except BrokenAnswer:
        document = None
    if not isinstance(document, dict):
        return Problem(status=status, trace_id=trace_id)
    issues = _issues(document)
    seconds = whole_number(document.get("retryaftersec"))
    return Problem(
        status=status,
        type=text(document.get("type")) or "",
        title=text(document.get("title")) or "",
        detail=text(document.get("detail")) or "",
        instance=text(document.get("instance")),
        issues=tuple(converter.structure(issue, Issue) for issue in issues),
        replaced_by=_replacement(issues),
        retry_after=float(seconds) if seconds is not None and seconds >= 0 else None,
        trace_id=trace_id,
    )


# --- the converter ----------------------------------------------------------------------------------


def _make_converter() -> Converter:
    made = Converter()
    made.register_structure_hook(int, _strict_int)
    made.register_structure_hook(_AnswerDocument, _answer_document)
    made.register_structure_hook(Issue, _issue)
    return made


converter: Final = _make_converter()
