"""An outcome as bytes, and back. Pure.

Knows how each part of an outcome is written in a journal. The gateway's texts repeat on every answer and
are by far the largest part, so they are kept once, by whoever keeps the records. Refuses to know files
and secrets: these bytes are personal data, and are sealed before they are written.
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
    """Keeps the gateway's texts, each once."""

    def name_of(self, labels: Labels) -> str: ...

    def labels_of(self, name: str) -> Labels: ...


Shown = tuple[str | int, ...]
"""What a journal shows of an entry without its key."""

_KINDS: Final[dict[str, type[Learned]]] = {kind.__name__: kind for kind in (Answered, Rejected, Pending)}


class Records:
    """Writes and reads outcomes; their rows are a list's own affair and left out."""

    def __init__(self, texts: Texts) -> None:
        self._converter = _converter(texts)

    def dumps(self, outcome: Learned, shown: Shown | None) -> bytes:
        """`outcome`, with what is `shown` beside it unsealed: whoever changes that there is found out.
        None: of a record that never said it.
        """
        document = self._converter.unstructure(outcome)
        document.pop("row", None)
        record = {"kind": type(outcome).__name__, "outcome": document, "shown": shown}
        return json.dumps(record).encode()  # not the converter's: it would unstructure it all once more

    def loads(self, record: bytes) -> tuple[Learned, Shown | None]:
        """The outcome, and what was shown of it; None: by its record's first version, which did not say."""
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
    number = lru_cache(maxsize=256)(EnterpriseNumber.parse)  # the same few callers ask everything
    converter.register_structure_hook(EnterpriseNumber, lambda digits, _: number(digits))
    # Texts need no look at each, which is what cattrs takes most of its time for.
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
    """The fault again, of its own kind; constructors that compose their texts are passed by."""
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
