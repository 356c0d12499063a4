"""Mutated responses: each must be an answer or a fault of ours, and no block may read `ok` by itself.

    python benchmarks/fuzz.py [--count 100000] [--seed 1]

Takes good answers and problems apart, the same for a seed: cuts, doubles and changes bytes; removes,
replaces and renames JSON values; changes statuses and headers. Exit 1 when something else than a typed
outcome came, or an `ok` that the bytes do not say.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime

from precontractual_async import Caller, EnterpriseNumber, Fault, Query, Ssin, Status
from precontractual_async.protocol.wire import HttpResponse, decipher

QUERY = Query(
    Ssin.parse("07010189901"), date(2026, 12, 1), Caller.enterprise(EnterpriseNumber.parse("0880820673"))
)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
LABEL = {"nl": "<i>nl</i>", "fr": "<i>fr</i>", "de": "<i>de</i>", "en": "<i>en</i>"}
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
)
STATUSES = (200, 200, 200, 200, 400, 401, 403, 404, 429, 500, 503, 302, 204, 999)
VALUES: tuple[object, ...] = (
    None, True, False, 0, -1, 1e308, 10**30, "", "ok", "OK", "nok", "Ok ", ["ok"], ["ok", "nok"], {}, [],
    [[]], {"allowed": "ok"}, "\u0000", "\ud800", "07010189902", "x" * 500, {"nl": 5},
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
    elif draw.random() < 0.2 and isinstance(holder, dict):
        holder[str(last).upper()] = draw.choice(VALUES)
    else:
        holder[last] = draw.choice(VALUES)
    return json.dumps(document).encode()


def in_bytes(body: bytes, draw: random.Random) -> bytes:
    """Cut, doubled, or some bytes changed."""
    kind, at = draw.random(), draw.randrange(len(body) + 1)
    if kind < 0.3:
        return body[:at]
    if kind < 0.4:
        return body[:at] + body[draw.randrange(at + 1) :]
    changed = bytearray(body)
    for _ in range(draw.randint(1, 4)):
        changed[draw.randrange(len(changed))] = draw.choice(b'\x00\xff"{}[],:0ok\\')
    return bytes(changed)


def says_ok(body: bytes, block: str) -> bool:
    """Whether the bytes say `ok` for a block, read as plainly as can be."""
    try:
        document = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return False
    named = [
        each
        for name, each in (document.items() if isinstance(document, dict) else ())
        if name.casefold() == block
    ]
    return any(
        name.casefold() == "allowed" and value in ("ok", ["ok"])
        for each in named
        if isinstance(each, dict)
        for name, value in each.items()
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    draw = random.Random(arguments.seed)
    kinds: Counter[str] = Counter()
    wrong = strange = 0
    for _ in range(arguments.count):
        body = json.dumps(draw.choice(BASES)).encode()
        for _ in range(draw.randint(0, 2)):
            body = in_json(body, draw)
        if draw.random() < 0.5:
            body = in_bytes(body, draw)
        response = HttpResponse(draw.choice(STATUSES), draw.choice(HEADERS), body)
        try:
            answer = decipher(response, query=QUERY, asked_at=NOW, trace_id="ours")
        except Fault as fault:
            kinds[type(fault).__name__] += 1
        except Exception as error:  # noqa: BLE001 (this is what is looked for)
            strange += 1
            print(f"unclassified: {type(error).__name__} for {body[:200]!r}")
        else:
            kinds["Answer"] += 1
            wrong += answer.flexi_job.status is Status.OK and not says_ok(body, "flexijobresult")
            wrong += answer.student_job.status is Status.OK and not says_ok(body, "studentjobresult")
    print(", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
    print(f"{arguments.count} mutated responses: {strange} unclassified exceptions, {wrong} wrong ok")
    return 1 if strange or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
