"""Turns an outcome into bytes, and back. Pure.

Knows how each part of an outcome is written in a journal. The gateway's texts repeat in every answer and are
by far the largest part, so `Texts` keeps each of them once. Leaves to others: files and encryption. These
bytes are personal data, and must be encrypted before they are written.
"""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterator
from functools import lru_cache
from typing import Final, Protocol, cast

from cattrs.preconf.json import JsonConverter, make_converter

from ..model.answers import Labels
from ..model.errors import Fault, Reach
from ..model.identifiers import EnterpriseNumber, Ssin
from ..model.questions import Answered, Pending, Rejected
from .recheck import Learned


class Texts(Protocol):
    """Keeps each of the gateway's texts once, under a name."""

    def name_of(self, labels: Labels) -> str: ...

    def labels_of(self, name: str) -> Labels: ...


Shown = tuple[str | int, ...]
"""The fields of an entry that a journal does not encrypt."""

_KINDS: Final[dict[str, type[Learned]]] = {kind.__name__: kind for kind in (Answered, Rejected, Pending)}


class Records:
    """Writes and reads outcomes without their rows, which belong to the list."""

    def __init__(self, texts: Texts) -> None:
        self._converter = _converter(texts)

    def dumps(self, outcome: Learned, shown: Shown | None) -> bytes:
        """`outcome`, with a copy of its unencrypted fields (`shown`), so that a change of these is detected.
        None: the record comes from the first version, which has no copy.
        """
        document = self._converter.unstructure(outcome)
        document.pop("row", None)
        record = {"kind": type(outcome).__name__, "outcome": document, "shown": shown}
        return json.dumps(record).encode()  # `converter.dumps` would unstructure everything again

    def loads(self, record: bytes) -> tuple[Learned, Shown | None]:
        """The outcome, and the copy of its unencrypted fields; None: a record of the first version."""
        document = json.loads(record)
        kind = _KINDS[str(document["kind"])]
        shown = cast("list[str | int] | None", document.get("shown"))
        outcome = self._converter.structure(document["outcome"], kind)
        return outcome, None if shown is None else tuple(shown)


def _converter(texts: Texts) -> JsonConverter:
    converter = make_converter(omit_if_default=True, detailed_validation=False)
    converter.register_unstructure_hook(Ssin, lambda ssin: ssin.digits)
    converter.register_structure_hook(Ssin, lambda digits, _: Ssin.parse(digits))
    converter.register_unstructure_hook(EnterpriseNumber, lambda number: number.digits)
    number = lru_cache(maxsize=256)(EnterpriseNumber.parse)  # a few callers ask all queries
    converter.register_structure_hook(EnterpriseNumber, lambda digits, _: number(digits))
    # cattrs would spend most of its time on each single text, and none needs a conversion.
    converter.register_unstructure_hook_func(_are_texts, lambda words: words)
    converter.register_structure_hook_func(_are_texts, lambda words, _: tuple(words))
    converter.register_unstructure_hook(Labels, texts.name_of)
    converter.register_structure_hook(Labels, lambda name, _: texts.labels_of(name))
    converter.register_structure_hook_func(lambda kind: kind in (object, Hashable), lambda value, _: value)
    converter.register_unstructure_hook(Fault, _fault_document)
    converter.register_structure_hook(Fault, lambda document, _: _fault(document))
    return converter


def _are_texts(kind: object) -> bool:
    return kind == tuple[str, ...]


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
