"""The one converter between JSON and the model.

Knows the shape of the gateway's documents and every odd reading of them (API contract §7): names in
other letter cases, one value or a list, one description or several, numbers as text. Refuses to know
HTTP. Two rules hold throughout: a document that cannot be read answers nothing, and a block is `ok`
only when the gateway wrote exactly `ok`, once.

The standard library's parser is used, not a faster one: only it shows duplicate names, and of two
contradicting values no parser may silently pick one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NoReturn, TypeVar, cast

from attrs import evolve, frozen
from cattrs import Converter

from ..answers import LANGUAGES, Answer, Block, Description, FlexiJob, Labels, Status, StudentJob
from ..errors import BrokenAnswer, InvalidIdentifier
from ..identifiers import Ssin
from ..model import Issue, Problem, TypeOfWorker

_B = TypeVar("_B", bound=Block)
Json = object
JsonObject = Mapping[str, Json]

# --- JSON -------------------------------------------------------------------------------------------


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("duplicate names")
    return document


def _no_constant(_: str) -> NoReturn:
    raise ValueError("NaN and infinities are not JSON")


def parse(body: bytes) -> Json:
    """The JSON value in `body`: UTF-8, a BOM tolerated, whatever the content type said.

    Raises:
        BrokenAnswer: it is not JSON, nested too deeply, or names a member twice. The error is raised
            outside the handler, because the parser's own errors carry the whole body.
    """
    try:
        return cast(
            Json, json.loads(body.decode("utf-8-sig"), object_pairs_hook=_unique, parse_constant=_no_constant)
        )
    except (ValueError, RecursionError):
        pass
    raise BrokenAnswer("the answer is not the JSON document that was promised")


def _member(document: JsonObject, name: str) -> Json:
    """A member by its exact name, else by its name in any letter case, else None."""
    if name in document:
        return document[name]
    folded = name.casefold()
    return next((value for key, value in document.items() if key.casefold() == folded), None)


# --- primitives: strict, so that nothing becomes a number or a text by accident -------------------------


def _text(value: Json) -> str | None:
    """Text without the stray blanks of the manual's examples; None for anything else."""
    return (value.strip() or None) if isinstance(value, str) else None


def _texts(value: Json) -> tuple[str, ...]:
    """One value or a list of them, each once, in order; what is no text is kept as its JSON."""
    values = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(dict.fromkeys(v if isinstance(v, str) else json.dumps(v)[:80] for v in values))


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


def _labels(value: Json, _: type[Labels]) -> Labels:
    if not isinstance(value, dict):
        return Labels()
    texts = {language: _member(value, language) for language in LANGUAGES}
    return Labels({language: text for language, text in texts.items() if isinstance(text, str)})


def _description(value: JsonObject, _: type[Description]) -> Description:
    return Description(
        types=_texts(_member(value, "type")),
        cause=_text(_member(value, "cause")),
        labels=converter.structure(_member(value, "label"), Labels),
    )


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
    allowed = _texts(_member(value, "allowed"))
    descriptions = _descriptions(_member(value, "description"))
    status, remarks = _status(allowed, descriptions)
    return kind(status, allowed, _text(_member(value, reference)), descriptions, remarks)


def _flexi_job(value: Json, _: type[FlexiJob]) -> FlexiJob:
    return _block(FlexiJob, value, "flexiJobReference")


def _student_job(value: Json, _: type[StudentJob]) -> StudentJob:
    block = _block(StudentJob, value, "studentJobReference")
    raw = _member(value, "hoursRemaining") if isinstance(value, dict) else None
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
    flexi, student = _member(value, "flexiJobResult"), _member(value, "studentJobResult")
    return _AnswerDocument(
        main_reference=_text(_member(value, "precontractualMainReference")),
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
    inputs = _member(value, "inputs")
    first = inputs[0] if isinstance(inputs, list) and inputs and isinstance(inputs[0], dict) else value
    detail = _member(value, "detail") or _member(value, "reason") or _member(value, "title")
    return Issue(
        name=_text(_member(first, "name")),
        detail=_text(detail) or "",
        where=_text(_member(first, "in")),
        value=_member(first, "value"),
    )


def _issues(document: JsonObject) -> tuple[JsonObject, ...]:
    """The issues, or belgif's older ``invalidParams``."""
    values = _member(document, "issues") or _member(document, "invalidParams")
    return tuple(v for v in values if isinstance(v, dict)) if isinstance(values, list) else ()


def _replacement(issues: tuple[JsonObject, ...]) -> Ssin | None:
    for issue in issues:
        try:
            return Ssin.parse(_member(issue, "replacedBy"))
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
    seconds = whole_number(_member(document, "retryAfterSec"))
    return Problem(
        status=status,
        type=_text(_member(document, "type")) or "",
        title=_text(_member(document, "title")) or "",
        detail=_text(_member(document, "detail")) or "",
        instance=_text(_member(document, "instance")),
        issues=tuple(converter.structure(issue, Issue) for issue in issues),
        replaced_by=_replacement(issues),
        retry_after=float(seconds) if seconds is not None and seconds >= 0 else None,
        trace_id=trace_id,
    )


# --- the converter ----------------------------------------------------------------------------------


def _make_converter() -> Converter:
    made = Converter()
    made.register_structure_hook(int, _strict_int)
    made.register_structure_hook(Labels, _labels)
    made.register_structure_hook(Description, _description)
    made.register_structure_hook(FlexiJob, _flexi_job)
    made.register_structure_hook(StudentJob, _student_job)
    made.register_structure_hook(_AnswerDocument, _answer_document)
    made.register_structure_hook(Issue, _issue)
    return made


converter: Final = _make_converter()
