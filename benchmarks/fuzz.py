"""Mutated responses: each is an answer or a fault of ours, and a block is `ok` only when the bytes say so.

    python benchmarks/fuzz.py [--count 100000] [--seed 1]

Takes good answers, problems and tokens apart, the same for a seed: cuts, doubles and changes bytes; removes,
replaces and renames JSON values, some of them deep; changes statuses and headers. What came of it must go
through the journal's records and through pickle. Exit 1 when something else than a typed outcome came, a word
or a token that the bytes do not hold, or an outcome that cannot be kept.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from math import isfinite

from attrs import define, field

from precontractual_async import (
    Answer,
    Answered,
    Caller,
    EnterpriseNumber,
    Fault,
    Labels,
    Pending,
    Query,
    Rejected,
    RequestRejected,
    Ssin,
    Status,
)
from precontractual_async.journal.record import Records
from precontractual_async.protocol.access_token import decipher_token
from precontractual_async.protocol.wire import HttpResponse, decipher

QUERY = Query(
    Ssin.parse("07010189901"), date(2026, 12, 1), Caller.enterprise(EnterpriseNumber.parse("0880820673"))
)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LABEL = {"nl": "<i>nl</i>", "fr": "<i>fr</i>", "de": "<i>de</i>", "en": "<i>en</i>"}
DEEP = 900
"""Lists in lists, objects in objects: so deep is a value now and then."""


def _deep(kind: type[list[object] | dict[str, object]]) -> object:
    value: object = "ok"
    for _ in range(DEEP):
        value = [value] if kind is list else {"value": value}
    return value


BASES: tuple[dict[str, object], ...] = (
    {
        "precontractualMainReference": " 070101899010112202615",
        "flexiJobResult": {"allowed": "ok", "description": {"type": "disclaimer", "label": LABEL}},
        "studentJobResult": {"allowed": "nok", "hoursRemaining": 0, "description": [{"type": "disclaimer"}]},
    },
    {
        "flexiJobResult": {"allowed": "noGrant"},
        "studentJobResult": {
            "allowed": "unknown",
            "description": {"type": "error", "cause": "errorStudentRequirements", "label": LABEL},
        },
    },
    {
        "type": "urn:problem-type:belgif:badRequest",
        "title": "Bad Request",
        "status": 400,
        "issues": [{"type": "x", "in": "query", "name": "citizen", "detail": "not existing", "value": "1"}],
    },
    {
        "type": "urn:problem-type:belgif:badRequest",
        "issues": [
            {"name": "citizen", "value": _deep(list)},
            {"detail": "both", "inputs": [{"name": "citizen", "value": _deep(dict)}]},
        ],
    },
)
TOKENS: tuple[dict[str, object], ...] = (
    {"access_token": "eyJ0.eyJ1-_~+/==", "token_type": "Bearer", "expires_in": 300, "scope": "a b"},
    {"access_token": "t", "token_type": "bearer", "expires_in": "3600"},
    {"error": "invalid_client", "error_description": "no", "error_uri": "https://nobody.invalid"},
)
STATUSES = (200, 200, 200, 200, 400, 401, 403, 404, 429, 500, 503, 302, 204, 999)
VALUES: tuple[object, ...] = (
    None, True, False, 0, -1, 1e308, 10**30, "", "ok", "OK", "nok", "Ok ", ["ok"], ["ok", "nok"], {}, [],
    [[]], {"allowed": "ok"}, "\u0000", "\ud800", "07010189902", "x" * 500, {"nl": 5},
    ["ok", "ok"], ["ok", "Ok"], [["ok"]], ["ok", None], " ok", 300.0, -1e308, 10**18, "1e999", "\u0663",
    "b\r\nX: y",
    _deep(list), _deep(dict),
)  # fmt: skip
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {"retry-after": "5"},
    {"retry-after": "Wed, 21 Oct 2099 07:28:00 GMT"},
    {"retry-after": "\u0663"},
    {"belgov-trace-id": "\r\nx"},
    {"content-type": "text/html"},
)

Mutation = Callable[[bytes, random.Random], bytes]


def _places(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if len(path) > 10:
        return [path]  # a deep value is taken whole
    return [path, *(place for name, each in inner for place in _places(each, (*path, name)))]


def in_json(body: bytes, draw: random.Random) -> bytes:
    """Another value at a random place, or none."""
    document = json.loads(body)
    *way, last = draw.choice(_places(document)[1:] or [(0,)])
    holder = document
    for name in way:
        holder = holder[name]
    if draw.random() < 0.3:
        del holder[last]
    elif draw.random() < 0.3 and isinstance(holder, dict):
        written = draw.choice((str.upper, str.title, str.lower, str.swapcase))
        moved = holder.pop(last) if draw.random() < 0.5 else draw.choice(VALUES)
        holder[written(str(last))] = moved
    else:
        holder[last] = draw.choice(VALUES)
    return json.dumps(document).encode()


def in_bytes(body: bytes, draw: random.Random) -> bytes:
    """Cut, doubled, deep beyond all bounds, or some bytes changed."""
    kind, at = draw.random(), draw.randrange(len(body) + 1)
    if kind < 0.3:
        return body[:at]
    if kind < 0.4:
        return body[:at] + body[draw.randrange(at + 1) :]
    if kind < 0.42:
        return body[:at] + draw.choice((b"[", b'{"a":')) * 20_000 + body[at:]
    changed = bytearray(body)
    for _ in range(draw.randint(1, 4)):
        changed[draw.randrange(len(changed))] = draw.choice(b'\x00\xff"{}[],:0ok\\')
    return bytes(changed)


# --- what the bytes say, read as strictly as can be, and not by the code that is tried


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError
    return dict(pairs)


def plain(body: bytes) -> object:
    """The document; None when it is none, or ambiguous."""
    try:
        return json.loads(body.decode("utf-8-sig"), object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return None


def named(document: object, name: str) -> object:
    """The member of exactly this name, or the only one of it in other letter cases; else None."""
    if not isinstance(document, dict):
        return None
    if name in document:
        return document[name]
    alike = [value for key, value in document.items() if key.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None


def says(body: bytes, block: str, word: str) -> bool:
    """Whether a block says exactly this word: as text, or as all there is in a list."""
    value = named(named(plain(body), block), "allowed")
    values = value if isinstance(value, list) else [value]
    return bool(values) and all(isinstance(each, str) and each == word for each in values)


WORDS = {
    Status.OK: "ok",
    Status.NOK: "nok",
    Status.UNKNOWN: "unknown",
    Status.NO_GRANT: "noGrant",
    Status.ERROR_GRANT: "errorGrant",
}


def is_said(answer: Answer, body: bytes) -> bool:
    """Whether each block that has one of the contract's statuses has it from the bytes."""
    blocks = ((answer.flexi_job, "flexiJobResult"), (answer.student_job, "studentJobResult"))
    return all(says(body, name, WORDS[block.status]) for block, name in blocks if block.status in WORDS)


# --- what is done with each


@define
class Kept:
    """The journal's texts, in memory."""

    labels: dict[str, Labels] = field(factory=dict)

    def name_of(self, labels: Labels) -> str:
        name = json.dumps(dict(labels.texts))
        self.labels[name] = labels
        return name

    def labels_of(self, name: str) -> Labels:
        return self.labels[name]


@define
class Tally:
    """What came, and what was wrong with it."""

    kinds: Counter[str] = field(factory=Counter)
    strange: int = 0
    wrong: int = 0
    unkept: int = 0
    records: Records = field(factory=lambda: Records(Kept()))

    def answer(self, response: HttpResponse) -> None:
        """A response of the gateway: a typed outcome that can be kept, and says what the bytes say."""
        outcome: Answered | Rejected | Pending
        try:
            answer = decipher(response, query=QUERY, asked_at=NOW, trace_id="ours")
        except RequestRejected as rejected:
            self.pickled(rejected)
            outcome = Rejected(QUERY, rejected.problem)
        except Fault as fault:
            outcome = Pending(QUERY, fault)
        except Exception as error:  # noqa: BLE001 (this is what is looked for)
            self.unclassified(error, response.body)
            return
        else:
            outcome = Answered(QUERY, answer)
            self.wrong += not is_said(answer, response.body)
        name = type(outcome.fault if isinstance(outcome, Pending) else outcome).__name__
        self.kinds[name] += 1
        self.kept(outcome)

    def token(self, response: HttpResponse) -> None:
        """A response of the OAuth server: a token that stands in it, with a life, or a fault."""
        try:
            token = decipher_token(response, requested_at=1000.0, pause=None)
        except Fault as fault:
            self.kinds[f"{type(fault).__name__} of a token"] += 1
            self.pickled(fault)
        except Exception as error:  # noqa: BLE001 (as above)
            self.unclassified(error, response.body)
        else:
            self.kinds["Token"] += 1
            lives = 1000.0 < token.refresh_at < token.expires_at and isfinite(token.expires_at)
            is_there = named(plain(response.body), "access_token") == token.value
            self.wrong += not (lives and is_there and response.status == 200 and token.value.isprintable())

    def kept(self, outcome: Answered | Rejected | Pending) -> None:
        """The journal gives back what it was given."""
        self.pickled(outcome)
        try:
            again, _ = self.records.loads(self.records.dumps(outcome, ()))
        except Exception as error:  # noqa: BLE001 (as above)
            self.unkept += 1
            print(f"not kept: {type(outcome).__name__}: {type(error).__name__}")
        else:
            self.unkept += type(again) is not type(outcome) or (
                not isinstance(outcome, Pending) and again != outcome
            )

    def pickled(self, value: object) -> None:
        try:
            self.unkept += type(pickle.loads(pickle.dumps(value))) is not type(value)  # noqa: S301 (our own)
        except Exception as error:  # noqa: BLE001 (as above)
            self.unkept += 1
            print(f"not pickled: {type(value).__name__}: {type(error).__name__}")

    def unclassified(self, error: Exception, body: bytes) -> None:
        self.strange += 1
        print(f"unclassified: {type(error).__name__} for {body[:200]!r}")


def mutated(base: dict[str, object], draw: random.Random) -> bytes:
    body = json.dumps(base).encode()
    for _ in range(draw.randint(0, 2)):
        body = in_json(body, draw)
    return in_bytes(body, draw) if draw.random() < 0.5 else body


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    draw = random.Random(arguments.seed)
    tally = Tally()
    for turn in range(arguments.count):
        bases, take = (TOKENS, tally.token) if turn % 5 == 4 else (BASES, tally.answer)
        body = mutated(draw.choice(bases), draw)
        take(HttpResponse(draw.choice(STATUSES), draw.choice(HEADERS), body))
    print(", ".join(f"{count} {kind}" for kind, count in tally.kinds.most_common()))
    print(
        f"{arguments.count} mutated responses: {tally.strange} unclassified exceptions, "
        f"{tally.wrong} words or tokens that nobody said, {tally.unkept} outcomes that were not kept"
    )
    return 1 if tally.strange or tally.wrong or tally.unkept else 0


if __name__ == "__main__":
    sys.exit(main())
