"""The one converter between JSON and the model.

Knows the shape of the gateway's documents and every odd reading of them (API contract §7): names in
other letter cases, one value or a list, one description or several, numbers as text. Refuses to know
HTTP. Two rules hold throughout: a document that cannot be read answers nothing, and a block is `ok`
only when the gateway wrote exactly `ok`, once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, TypeVar

from attrs import evolve, frozen
from cattrs import Converter

from ..answers import LANGUAGES, Answer, Block, Description, FlexiJob, Labels, Status, StudentJob
from ..errors import BrokenAnswer, InvalidIdentifier
from ..identifiers import Ssin
from ..model import Issue, Problem, TypeOfWorker
from .document import Json, JsonObject, clean, member, parse, text, texts

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


_LabelTexts = tuple[tuple[str, str], ...]


def _label_texts(value: Json) -> _LabelTexts:
    if not isinstance(value, dict):
        return ()
    found = ((language, member(value, language)) for language in LANGUAGES)
    return tuple((language, clean(words)) for language, words in found if isinstance(words, str))


def _made(types: tuple[str, ...], cause: str | None, labels: _LabelTexts) -> Description:
    return Description(types, cause, Labels(dict(labels)))


# The same few disclaimers come with every answer: each is kept once. Long texts are not those.
_shared: Final = lru_cache(maxsize=64)(_made)
_LONGEST_SHARED: Final = 16_384


def _description(value: JsonObject, _: type[Description]) -> Description:
    types, cause = texts(member(value, "type")), text(member(value, "cause"))
    labels = _label_texts(member(value, "label"))
    length = len(cause or "") + sum(map(len, types)) + sum(len(words) for _, words in labels)
    return (_shared if length < _LONGEST_SHARED else _made)(types, cause, labels)


def _descriptions(value: Json) -> tuple[Description, ...]:
    """An object, a list of them, null or nothing."""
    values = value if isinstance(value, list) else [value]
    return tuple(converter.structure(v, Description) for v in values if isinstance(v, dict))


def _status(
    allowed: tuple[str, ...], descriptions: tuple[Description, ...]
) -> tuple[Status, tuple[str, ...]]:
    """What the raw values mean, with a remark where they mean nothing we know."""
    if any(len(description.types) > 1 for description in descriptions):
        return Status.UNRECOGNISED, ("description.type has several values",)
    if len(allowed) != 1:
        return Status.UNRECOGNISED, ("allowed has several values" if allowed else "allowed is missing",)
    status = _STATUSES.get(allowed[0])
    return (status, ()) if status else (Status.UNRECOGNISED, ("allowed has an unknown value",))


def _block(kind: type[_B], value: Json, reference: str) -> _B:
    if not isinstance(value, dict):
        return kind(Status.UNRECOGNISED, remarks=("the block is not an object",))
    allowed = texts(member(value, "allowed"))
    descriptions = _descriptions(member(value, "description"))
    status, remarks = _status(allowed, descriptions)
    return kind(status, allowed, text(member(value, reference)), descriptions, remarks)


def _flexi_job(value: Json, _: type[FlexiJob]) -> FlexiJob:
    return _block(FlexiJob, value, "flexiJobReference")


def _student_job(value: Json, _: type[StudentJob]) -> StudentJob:
    block = _block(StudentJob, value, "studentJobReference")
    raw = member(value, "hoursRemaining") if isinstance(value, dict) else None
    if raw is None:
        return block
    hours = whole_number(raw)
    if hours is None:
        return evolve(block, remarks=(*block.remarks, "hoursRemaining is not a whole number"))
    if not 0 <= hours <= _MOST_HOURS:
        block = evolve(block, remarks=(*block.remarks, f"hoursRemaining lies outside 0..{_MOST_HOURS}"))
    return evolve(block, hours_remaining=hours)


@frozen
class _AnswerDocument:
    main_reference: str | None
    flexi_job: FlexiJob | None
    student_job: StudentJob | None


def _answer_document(value: JsonObject, _: type[_AnswerDocument]) -> _AnswerDocument:
    flexi, student = member(value, "flexiJobResult"), member(value, "studentJobResult")
    return _AnswerDocument(
        main_reference=text(member(value, "precontractualMainReference")),
        flexi_job=None if flexi is None else converter.structure(flexi, FlexiJob),
        student_job=None if student is None else converter.structure(student, StudentJob),
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


def _issue(value: JsonObject, _: type[Issue]) -> Issue:
    """A belgif issue: the parameter stands in it, or in its (first) input."""
    inputs = member(value, "inputs")
    first = inputs[0] if isinstance(inputs, list) and inputs and isinstance(inputs[0], dict) else value
    detail = member(value, "detail") or member(value, "reason") or member(value, "title")
    return Issue(
        name=text(member(first, "name")),
        detail=text(detail) or "",
        where=text(member(first, "in")),
        value=member(first, "value"),
    )


def _issues(document: JsonObject) -> tuple[JsonObject, ...]:
    """The issues, or belgif's older ``invalidParams``."""
    values = member(document, "issues") or member(document, "invalidParams")
    return tuple(v for v in values if isinstance(v, dict)) if isinstance(values, list) else ()


def _replacement(issues: tuple[JsonObject, ...]) -> Ssin | None:
    for issue in issues:
        try:
            return Ssin.parse(member(issue, "replacedBy"))
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
    seconds = whole_number(member(document, "retryAfterSec"))
    return Problem(
        status=status,
        type=text(member(document, "type")) or "",
        title=text(member(document, "title")) or "",
        detail=text(member(document, "detail")) or "",
        instance=text(member(document, "instance")),
        issues=tuple(converter.structure(issue, Issue) for issue in issues),
        replaced_by=_replacement(issues),
        retry_after=float(seconds) if seconds is not None and seconds >= 0 else None,
        trace_id=trace_id,
    )


# --- the converter ----------------------------------------------------------------------------------


def _make_converter() -> Converter:
    made = Converter()
    made.register_structure_hook(int, _strict_int)
    made.register_structure_hook(Description, _description)
    made.register_structure_hook(FlexiJob, _flexi_job)
    made.register_structure_hook(StudentJob, _student_job)
    made.register_structure_hook(_AnswerDocument, _answer_document)
    made.register_structure_hook(Issue, _issue)
    return made


converter: Final = _make_converter()
