"""Decodes the gateway's JSON into the values of the model.

Knows the shape of the gateway's documents and each of its variants (API contract §7): one value or a list,
one description or several, numbers as text. Leaves to others: HTTP. Two rules hold everywhere: a document
that cannot be read is no answer, and a block is `ok` only when the gateway wrote `ok` and nothing else.

This code is written by hand: each member needs a decision, and it runs once for every call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from itertools import chain, zip_longest
from typing import Final, TypeVar

from ..model.answers import MOST_HOURS, Answer, Block, Description, FlexiJob, Labels, Status, StudentJob
from ..model.errors import BrokenAnswer, InvalidIdentifier
from ..model.identifiers import Ssin
from ..model.problems import Issue, Problem
from ..model.questions import TypeOfWorker
from ..words import LANGUAGES
from .document import Json, JsonObject, as_text, clean, fold, parse, text, texts

_B = TypeVar("_B", bound=Block)

# --- primitives: strict, so that no other value is read as a number ------------------------------------

_WHOLE = re.compile(r"-?[0-9]{1,18}")


def whole_number(value: Json) -> int | None:
    """The whole number (within 64 bits) in a number or a text; None for others: 412.7, true, "abc"."""
    match value:
        case bool():
            return None
        case int():
            return value if -(2**63) <= value < 2**63 else None
        case str() if _WHOLE.fullmatch(value.strip()):
            return int(value)
        case _:
            return None


# --- the answer -------------------------------------------------------------------------------------

_STATUSES: Final[Mapping[str, Status]] = {
    "ok": Status.OK,
    "nok": Status.NOK,
    "unknown": Status.UNKNOWN,
    "noGrant": Status.NO_GRANT,
    "errorGrant": Status.ERROR_GRANT,
}

_MOST_DESCRIPTIONS: Final = 16
_LONGEST_LABEL: Final = 16_384
"""The most characters of a label; the longest in the manual has about two thousand."""


_Members = tuple[tuple[str, Json], ...]


def _description(members: _Members, words: _Members) -> tuple[Description]:
    """A description, from its members without ``label`` and from those of ``label``, in any letter case."""
    document = fold(dict(members) | ({"label": dict(words)} if words else {}))
    label = document.get("label")
    by_language = fold(label) if isinstance(label, dict) else {}
    cut = {
        language: clean(word[:_LONGEST_LABEL])
        for language in LANGUAGES
        if isinstance(word := by_language.get(language), str)
    }
    return (Description(texts(document.get("type")), text(document.get("cause")), Labels(cut)),)


_cached_description: Final = lru_cache(maxsize=64)(_description)
"""The same few disclaimers come with every answer: each is decoded and stored once."""
_LONGEST_SHARED: Final = 16_384


def _described(value: JsonObject) -> tuple[Description]:
    label = value.get("label")
    words = tuple(label.items()) if isinstance(label, dict) else ()
    members = tuple([each for each in value.items() if not words or each[0] != "label"])
    parts = [each for _, each in (*members, *words)]
    is_usual = len(parts) <= 16 and set(map(type, parts)) <= {str} and sum(map(len, parts)) < _LONGEST_SHARED
    return (_cached_description if is_usual else _description)(members, words)


def _descriptions(value: Json) -> tuple[Description, ...]:
    """The descriptions in an object, a list of objects, null or nothing."""
    if isinstance(value, dict):
        return _described(value)
    values = value[:_MOST_DESCRIPTIONS] if isinstance(value, list) else ()
    return tuple(_described(each)[0] for each in values if isinstance(each, dict))


def _status(
    allowed: tuple[str, ...], descriptions: tuple[Description, ...]
) -> tuple[Status, tuple[str, ...]]:
    """The status for the raw values, with a remark when they are not in the contract."""
    for description in descriptions:
        if len(description.types) > 1:
            return Status.UNRECOGNISED, ("description.type has several values",)
    if len(allowed) != 1:
        return Status.UNRECOGNISED, ("allowed has several values" if allowed else "allowed is missing",)
    status = _STATUSES.get(allowed[0])
    return (status, ()) if status else (Status.UNRECOGNISED, ("allowed has an unknown value",))


_Parts = tuple[Status, tuple[str, ...], str | None, tuple[Description, ...], tuple[str, ...]]


def _parts(value: JsonObject, reference: str) -> _Parts:
    """What both blocks have: status, raw values, reference, descriptions and remarks. `value` is folded."""
    allowed = texts(value.get("allowed"))
    descriptions = _descriptions(value.get("description"))
    status, remarks = _status(allowed, descriptions)
    return status, allowed, text(value.get(reference)), descriptions, remarks


def _unreadable(kind: type[_B]) -> _B:
    return kind(Status.UNRECOGNISED, remarks=("the block is not an object",))


def _flexi_job(value: Json) -> FlexiJob:
    if not isinstance(value, dict):
        return _unreadable(FlexiJob)
    return FlexiJob(*_parts(fold(value), "flexijobreference"))


def _student_job(value: Json) -> StudentJob:
    if not isinstance(value, dict):
        return _unreadable(StudentJob)
    block = fold(value)
    status, allowed, reference, descriptions, remarks = _parts(block, "studentjobreference")
    hours, remark = _hours(block.get("hoursremaining"))
    return StudentJob(status, allowed, reference, descriptions, remarks + remark, hours)


def _hours(value: Json) -> tuple[int | None, tuple[str, ...]]:
    """The hours that are left, and a remark when they are not valid.

    A number outside the range is not kept: it may be anything, even the citizen's number.
    """
    if value is None:
        return None, ()
    hours = whole_number(value)
    if hours is None:
        return None, ("hoursRemaining is not a whole number",)
    if not 0 <= hours <= MOST_HOURS:
        return None, (f"hoursRemaining lies outside 0..{MOST_HOURS}",)
    return hours, ()


def _absent(wanted: TypeOfWorker, kind: TypeOfWorker) -> Status:
    return Status.MISSING if wanted in (kind, TypeOfWorker.ALL) else Status.NOT_REQUESTED


_REFERENCE: Final = re.compile(rb'" {0,9}([0-9]{20,30}) {0,9}"')
"""A reference: the SSIN, a date and a serial number; the manual's examples begin with a blank. With hundreds
of blanks it would be cut: see `text`."""


def decode_answer(body: bytes, *, wanted: TypeOfWorker, asked_at: datetime, trace_id: str) -> Answer:
    """The answer in the body of a 200 response.

    A block that was wanted but is absent is `missing`. A body without a reference and without any block is
    no answer.

    Raises:
        BrokenAnswer: the body cannot be read as an answer.
    """
    pieces = _REFERENCE.split(body)
    if len(pieces) > 1 and len(body) < _LONGEST_SHARED:
        shape = _shape(tuple(pieces[::2]), wanted)
        if shape is not None:
            flexi, student, places = shape
            main, of_flexi, of_student = [
                None if place is None else pieces[place].decode() for place in places
            ]
            return Answer(
                FlexiJob(flexi.status, flexi.allowed, of_flexi, flexi.descriptions, flexi.remarks),
                StudentJob(
                    student.status,
                    student.allowed,
                    of_student,
                    student.descriptions,
                    student.remarks,
                    student.hours_remaining,
                ),
                main,
                asked_at,
                trace_id,
            )
    return Answer(*_decoded(body, wanted), asked_at, trace_id)


@lru_cache(maxsize=512)
def _shape(
    texts_between: tuple[bytes, ...], wanted: TypeOfWorker
) -> tuple[FlexiJob, StudentJob, tuple[int | None, ...]] | None:
    """A cache: answers differ in little but their references, so the texts between these are decoded once.

    Returns both blocks, and where in the split body the references stand: the main one, that of the flexi-job
    and that of the student job. None when a reference has another form, or something else has this form or
    could be taken for a mark: such a body is decoded by itself.
    """
    if any(rb"\u0001" in each for each in texts_between):  # JSON has no other way to write a mark
        return None
    marks = [f"\x01{place}" for place in range(1, 2 * len(texts_between) - 1, 2)]
    quoted = [json.dumps(mark).encode() for mark in marks]
    body = b"".join(chain.from_iterable(zip_longest(texts_between, quoted, fillvalue=b"")))
    try:
        flexi, student, main = _decoded(body, wanted)
    except BrokenAnswer:
        return None
    found = [main, flexi.reference, student.reference]
    if sorted(each for each in found if each is not None) != sorted(marks):
        return None
    return flexi, student, tuple(None if each is None else int(each[1:]) for each in found)


def _decoded(body: bytes, wanted: TypeOfWorker) -> tuple[FlexiJob, StudentJob, str | None]:
    """Both blocks, and the main reference."""
    value = parse(body)
    if not isinstance(value, dict):
        raise BrokenAnswer("the answer is JSON, but not an object")
    document = fold(value)
    reference = text(document.get("precontractualmainreference"))
    flexi, student = document.get("flexijobresult"), document.get("studentjobresult")
    if reference is None and flexi is None and student is None:
        raise BrokenAnswer("the answer holds neither a reference nor a result")
    return (
        FlexiJob(_absent(wanted, TypeOfWorker.FLEXI_JOB)) if flexi is None else _flexi_job(flexi),
        StudentJob(_absent(wanted, TypeOfWorker.STUDENT_JOB)) if student is None else _student_job(student),
        reference,
    )


# --- problems ---------------------------------------------------------------------------------------


_MOST_ISSUES: Final = 32


def _issue(value: JsonObject) -> Issue:
    """A belgif issue: it names the parameter itself, or in its first input."""
    issue = fold(value)
    inputs = issue.get("inputs")
    first = fold(inputs[0]) if isinstance(inputs, list) and inputs and isinstance(inputs[0], dict) else issue
    detail = issue.get("detail") or issue.get("reason") or issue.get("title")
    quoted = first.get("value")
    return Issue(
        name=text(first.get("name")),
        detail=text(detail) or "",
        where=text(first.get("in")),
        value=None if quoted is None else as_text(quoted),
    )


def _issues(document: JsonObject) -> tuple[JsonObject, ...]:
    """The issues of a problem, or belgif's older ``invalidParams``."""
    values = document.get("issues") or document.get("invalidparams")
    first = values[:_MOST_ISSUES] if isinstance(values, list) else ()
    return tuple(each for each in first if isinstance(each, dict))


def _replacement(issues: tuple[JsonObject, ...]) -> Ssin | None:
    for issue in issues:
        try:
            return Ssin.parse(fold(issue).get("replacedby"))
        except InvalidIdentifier:
            continue
    return None


def decode_problem(body: bytes, *, status: int) -> Problem:
    """What can be read from an error's body. Never raises, because the status alone is enough."""
    try:
        return _problem(parse(body), status)
    except BrokenAnswer:
        return Problem(status=status)


def _problem(value: Json, status: int) -> Problem:
    document = fold(value) if isinstance(value, dict) else {}
    issues = _issues(document)
    seconds = whole_number(document.get("retryaftersec"))
    return Problem(
        status=status,
        type=text(document.get("type")) or "",
        title=text(document.get("title")) or "",
        detail=text(document.get("detail")) or "",
        instance=text(document.get("instance")),
        issues=tuple(_issue(issue) for issue in issues),
        replaced_by=_replacement(issues),
        retry_after=float(seconds) if seconds is not None and seconds >= 0 else None,
    )
