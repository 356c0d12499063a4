"""Turns an outcome into bytes, and back. Pure.

Knows how each part of an outcome is written in a journal. The gateway's texts repeat in every answer and are
by far the largest part, so `Texts` keeps each of them once. Leaves to others: files and encryption. These
bytes are personal data, and must be encrypted before they are written.

An answer is a list without names of members, written and read by hand: it is written for every call, so
cattrs and the names would take twice the time and twice the room. Everything else, and the answers of older
versions, are documents of cattrs.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Final, Protocol, cast

from cattrs.preconf.json import JsonConverter, make_converter

from ..model.answers import Answer, Block, Description, FlexiJob, Labels, Status, StudentJob
from ..model.errors import Fault, Reach
from ..model.identifiers import EnterpriseNumber, Ssin
from ..model.questions import Answered, Caller, Pending, Query, Rejected, TypeOfWorker
from .recheck import Learned


class Texts(Protocol):
    """Keeps each of the gateway's texts once, under a name."""

    def name_of(self, labels: Labels) -> str: ...

    def labels_of(self, name: str) -> Labels: ...


Shown = tuple[str | int, ...]
"""The fields of an entry that a journal does not encrypt."""

_BlockMembers = tuple[
    str, Sequence[str], str | None, Sequence[tuple[Sequence[str], str | None, str | None]], Sequence[str]
]
"""Status, raw values, reference, the types, cause and text's name of each description, and remarks."""
_BlockParts = tuple[Status, tuple[str, ...], str | None, tuple[Description, ...], tuple[str, ...]]
_Members = tuple[
    Sequence[str | int] | None,
    str,
    str,
    str,
    tuple[str, str | None, str | None],
    str | None,
    str,
    str,
    _BlockMembers,
    _BlockMembers,
    int | None,
]
"""The members of an answer's record, in the order in which `Records` writes them."""

_KINDS: Final[dict[str, type[Learned]]] = {kind.__name__: kind for kind in (Answered, Rejected, Pending)}


class Records:
    """Writes and reads outcomes without their rows, which belong to the list."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._converter = _converter(texts)

    def dumps(self, outcome: Learned, shown: Shown | None) -> bytes:
        """`outcome`, with a copy of its unencrypted fields (`shown`), so that a change of these is detected.
        None: the record comes from the first version, which has no copy.
        """
        if isinstance(outcome, Answered):
            return _ENCODER.encode(self._members(outcome, shown)).encode()
        document = self._converter.unstructure(outcome)
        document.pop("row", None)
        record = {"kind": type(outcome).__name__, "outcome": document, "shown": shown}
        return _ENCODER.encode(record).encode()  # `converter.dumps` would unstructure everything again

    def loads(self, record: bytes) -> tuple[Learned, Shown | None]:
        """The outcome, and the copy of its unencrypted fields; None: a record of the first version."""
        document = _DECODER.decode(record.decode())
        if isinstance(document, list):
            return self._answered(cast("_Members", document))
        kind = _KINDS[str(document["kind"])]
        shown = cast("list[str | int] | None", document.get("shown"))
        outcome = self._converter.structure(document["outcome"], kind)
        return outcome, None if shown is None else tuple(shown)

    def _members(self, outcome: Answered, shown: Shown | None) -> _Members:
        query, answer = outcome.query, outcome.answer
        return (
            shown,
            query.citizen.digits,
            query.start_date.isoformat(),
            query.type_of_worker.value,
            numbers_of(query.caller),
            answer.main_reference,
            answer.asked_at.isoformat(),
            answer.trace_id,
            self._block_members(answer.flexi_job),
            self._block_members(answer.student_job),
            answer.student_job.hours_remaining,
        )

    def _block_members(self, block: Block) -> _BlockMembers:
        name_of = self._texts.name_of
        descriptions = [
            (each.types, each.cause, name_of(each.labels) if each.labels.texts else None)
            for each in block.descriptions
        ]
        return block.status.value, block.allowed, block.reference, descriptions, block.remarks

    def _answered(self, members: _Members) -> tuple[Answered, Shown | None]:
        shown, citizen, start_date, kind, caller, main, asked_at, trace_id, flexi, student, hours = members
        # The number was checked when it was written, and the seal has kept it: it is not parsed again.
        query = Query(Ssin(citizen), date.fromisoformat(start_date), caller_of(*caller), _TYPES[kind])
        answer = Answer(
            FlexiJob(*self._block(flexi)),
            StudentJob(*self._block(student), hours),
            main,
            datetime.fromisoformat(asked_at),
            trace_id,
        )
        return Answered(query, answer), None if shown is None else tuple(shown)

    def _block(self, members: _BlockMembers) -> _BlockParts:
        status, allowed, reference, descriptions, remarks = members
        labels_of = self._texts.labels_of
        described = [
            Description(tuple(types), cause, Labels() if name is None else labels_of(name))
            for types, cause, name in descriptions
        ]
        return _STATUSES[status], tuple(allowed), reference, tuple(described), tuple(remarks)


_DECODER: Final = json.JSONDecoder()
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False)
_TYPES: Final = {each.value: each for each in TypeOfWorker}
_STATUSES: Final = {each.value: each for each in Status}


def numbers_of(caller: Caller) -> tuple[str, str | None, str | None]:
    """The numbers that `caller_of` takes."""
    represented, person = caller.represented_enterprise_number, caller.mandatary_ssin
    return (
        caller.enterprise_number.digits,
        None if represented is None else represented.digits,
        None if person is None else person.digits,
    )


@lru_cache(maxsize=256)
def caller_of(enterprise: str, represented: str | None, person: str | None) -> Caller:
    """The caller with these numbers. Cached: a few callers ask all queries."""
    return Caller(
        EnterpriseNumber.parse(enterprise),
        None if represented is None else EnterpriseNumber.parse(represented),
        None if person is None else Ssin.parse(person),
    )


def _converter(texts: Texts) -> JsonConverter:
    converter = make_converter(omit_if_default=True, detailed_validation=False)
    converter.register_unstructure_hook(Ssin, lambda ssin: ssin.digits)
    converter.register_structure_hook(Ssin, lambda digits, _: Ssin.parse(digits))
    converter.register_unstructure_hook(EnterpriseNumber, lambda number: number.digits)
    converter.register_structure_hook(EnterpriseNumber, lambda digits, _: EnterpriseNumber.parse(digits))
    converter.register_structure_hook(Labels, lambda name, _: texts.labels_of(name))  # of older versions
    converter.register_structure_hook_func(lambda kind: kind in (object, Hashable), lambda value, _: value)
    converter.register_unstructure_hook(Fault, _fault_document)
    converter.register_structure_hook(Fault, lambda document, _: _fault(document))
    return converter


def _fault_document(fault: Fault) -> dict[str, object]:
    return {
        "kind": type(fault).__name__,
        "diagnosis": fault.diagnosis,
        "next_step": fault.next_step,
        "status": fault.status,
        "retry_after": fault.retry_after,
        "trace_id": fault.trace_id,
        "reach": fault.reach.name,
    }


def _fault(document: dict[str, object]) -> Fault:
    """The fault, of its own class; constructors that compose a text are not called."""
    told = dict(document)
    kind = _FAULTS.get(str(told.pop("kind")), Fault)
    reach = Reach[str(told.pop("reach"))]
    fault = kind.__new__(kind)
    Fault.__init__(fault, **told)  # type: ignore[arg-type]
    fault.reach = reach
    return fault


def _all_kinds(kind: type[Fault]) -> Iterator[type[Fault]]:
    yield kind
    for special in kind.__subclasses__():
        yield from _all_kinds(special)


_FAULTS: Final = {kind.__name__: kind for kind in _all_kinds(Fault)}
