"""The leak canary: secrets are searched, in every form, wherever a program lets something slip.

It learns what goes over the wire (numbers, tokens, references, assertions, the client id): all of that is
secret from then on. It hears log records at DEBUG (aiohttp's and asyncio's too, with their extra fields and
the locals behind their exc_info), output, warnings, the environment, the words that processes are started
with, and files with their names. It looks through every error of ours that was made, every error at all that
left the client, and every outcome: text, repr, arguments, attributes, causes, contexts, notes, pickle, and
the locals of our own frames.
"""

from __future__ import annotations

import base64
import json
import logging
import pickle
import re
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

from attrs import define, evolve, field

import precontractual_async
from precontractual_async import InvalidIdentifier, Outcome, Pending, PrecontractualError, Refused, Ssin
from precontractual_async.protocol.wire import HttpRequest, HttpResponse

PACKAGE = str(Path(precontractual_async.__file__).parent)

SHORTEST = 8
"""Bytes: what is shorter stands in any text by chance. A shorter secret is refused, and a number that lost so
many zeros that fewer digits are left is not looked for in that form."""

# --- the forms --------------------------------------------------------------------------------------

_DEPTH = 2
_HEX = re.compile(rb"[0-9a-fA-F]{%d,}" % (2 * SHORTEST))
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{%d,}" % (SHORTEST * 4 // 3 + 1))
_DIGITS = re.compile(rb"[0-9]{%d,}" % SHORTEST)
_SEPARATOR = re.compile(rb"(?<=[0-9])[ ./-](?=[0-9])")


def readings(data: bytes, depth: int = _DEPTH) -> Iterator[bytes]:
    """What `data` may be read as: itself (in UTF-16 too), and what its escapes, hex and base64 stand for.

    Forms in forms as well, such as base64 that is escaped for a URL.
    """
    text = data.replace(b"\\x00", b"").replace(b"\0", b"")
    yield text
    if depth and text:
        for decoded in (*_unescaped(text), *_from_hex(text), *_from_base64(text)):
            yield from readings(decoded, depth - 1)


def _unescaped(text: bytes) -> Iterator[bytes]:
    if b"%" in text:
        yield unquote_to_bytes(text)


def _from_hex(text: bytes) -> Iterator[bytes]:
    """In either case; a run may begin with half a byte that is its neighbour's."""
    runs = {run.decode() for run in _HEX.findall(text)}
    for start in range(2 if runs else 0):
        yield b"\n".join(bytes.fromhex(run[start : len(run) - (len(run) - start) % 2]) for run in runs)


def _from_base64(text: bytes) -> Iterator[bytes]:
    """Standard or for URLs; a run may begin anywhere in a group of four."""
    runs = {run.translate(bytes.maketrans(b"-_", b"+/")) for run in _BASE64.findall(text)}
    for start in range(4 if runs else 0):
        yield b"\n".join(_whole_groups(run[start:]) for run in runs)


def _whole_groups(run: bytes) -> bytes:
    odd = len(run) % 4
    return base64.b64decode(run[:-1] if odd == 1 else run + b"=" * (-odd % 4))


def numbers_in(text: bytes) -> Iterator[str]:
    """Whatever could be a citizen's number: eleven digits anywhere, separated or not, or without its zeros."""
    for written in {text, _SEPARATOR.sub(b"", text)}:
        for run in set(_DIGITS.findall(written)):
            digits = run.decode().zfill(11)
            yield from (digits[at : at + 11] for at in range(len(digits) - 10))


# --- the canary -------------------------------------------------------------------------------------


@define
class Canary:
    """Secrets, and where they were seen."""

    secrets: dict[str, str]
    errors: list[BaseException] = field(factory=list)
    """Those that were made, wherever they went."""
    escaped: list[BaseException] = field(factory=list)
    """Those that reached a caller or a log: their tracebacks are looked at as well."""
    outcomes: list[Outcome] = field(factory=list)
    folders: list[Path] = field(factory=list)
    allowed_files: tuple[str, ...] = ("list.csv", "out.csv")
    due: set[str] = field(factory=set)
    """The kinds of secrets that the traffic must carry."""
    carried: set[str] = field(factory=set)
    """The kinds that it did carry."""
    _heard: dict[str, set[bytes]] = field(factory=dict)

    # --- what it listens to

    def hear(self, place: str, said: str | bytes) -> None:
        data = said if isinstance(said, bytes) else said.encode(errors="replace")
        self._heard.setdefault(place, set()).add(data)

    def hear_record(self, record: logging.LogRecord) -> None:
        """Not what asyncio tells of the output of a process, which may belong there."""
        if record.name == "asyncio" and _OF_A_PROCESS.search(record.getMessage()):
            return
        extra = {name: value for name, value in vars(record).items() if name not in _OF_EVERY_RECORD}
        place = f"log {record.name}"
        for said in (record.getMessage(), repr(record.args), repr(extra), record.stack_info or ""):
            self.hear(place, said)
        if record.exc_info and record.exc_info[1]:
            self.escaped.append(record.exc_info[1])

    # --- what it learns from the wire

    def learn(self, kind: str, secret: str) -> None:
        """A secret went by. What is shorter than `SHORTEST` is not kept."""
        self.carried.add(kind)
        if len(secret) >= SHORTEST:
            self.secrets[f"{kind} {secret}"] = secret

    def learn_numbers(self, given: str | bytes) -> None:
        """The citizens' numbers in a list or another input."""
        text = given if isinstance(given, bytes) else given.encode()
        for digits in re.findall(rb"(?<![0-9])[0-9]{10,11}(?![0-9])", text):
            with suppress(InvalidIdentifier):
                self.learn("number", f"{Ssin.parse(digits.decode()):digits}")

    def learn_key(self, pem: str) -> None:
        """Every line of a private key."""
        for line in pem.splitlines():
            if not line.startswith("-----"):
                self.learn("private key", line)

    def see_request(self, request: HttpRequest) -> None:
        if request.method == "POST":
            self.due.add("assertion")
            for assertion in parse_qs((request.body or b"").decode()).get("client_assertion", ()):
                self._see_assertion(assertion)
            return
        self.due |= {"number", "token"}
        for number in parse_qs(urlsplit(request.url).query).get("citizen", ()):
            self.learn("number", number)
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme == "Bearer":
            self.learn("token", token)

    def _see_assertion(self, assertion: str) -> None:
        _, claims, signature = assertion.split(".")
        self.learn("assertion", claims)
        self.learn("assertion", signature)
        self.learn("client id", json.loads(_whole_groups(claims.encode()))["iss"])

    def see_response(self, request: HttpRequest, response: HttpResponse) -> None:
        if response.status != 200:
            return
        for kind, name in (("token", b"access_token"), ("reference", b"[a-zA-Z]+Reference")):
            if re.search(b'"%s"' % name, response.body):
                self.due.add(kind)
            for value in re.findall(rb'"%s": *" *([^"]+)"' % name, response.body):
                self.learn(kind, value.decode(errors="replace"))

    def not_carried(self) -> list[str]:
        """What the traffic must have carried and did not: then a leak of it would not be noticed."""
        return sorted(self.due - self.carried)

    # --- what it finds

    def hits(self) -> list[tuple[str, str]]:
        """Where, and which."""
        short = [name for name, secret in self.secrets.items() if len(secret) < SHORTEST]
        if short:
            raise ValueError(f"too short to be looked for: {short}")
        numbers = {secret: name for name, secret in self.secrets.items() if re.fullmatch("[0-9]{11}", secret)}
        words = _by_their_ends(
            {secret.encode(): name for name, secret in self.secrets.items() if secret not in numbers}
        )
        return [
            (place, name)
            for place, data in self._places()
            for name in sorted({name for text in readings(data) for name in _names_in(text, numbers, words)})
        ]

    def _places(self) -> Iterator[tuple[str, bytes]]:
        """All that was said in a place is searched as one."""
        for seen in (self._of_errors(), self._of_outcomes()):
            for place, said in seen:
                self.hear(place, said)
        for place, told in self._heard.items():
            yield place, b"\n".join(told)
        for folder in self.folders:
            yield from self._of_files(folder)

    def _of_errors(self) -> Iterator[tuple[str, str | bytes]]:
        faults = [outcome.fault for outcome in self.outcomes if isinstance(outcome, Pending)]
        for error in _chained([*self.errors, *self.escaped, *faults]):
            for place, said in _of_error(error):
                yield f"{type(error).__name__} {place}", said
        for error in _chained([*self.escaped, *faults]):
            for place, said in _of_locals(error):
                yield f"{type(error).__name__} {place}", said

    def _of_outcomes(self) -> Iterator[tuple[str, str]]:
        for outcome in self.outcomes:
            yield f"{type(outcome).__name__} repr", repr(_without_row(outcome))

    def _of_files(self, folder: Path) -> Iterator[tuple[str, bytes]]:
        for path in folder.rglob("*"):
            yield "file name", str(path.relative_to(folder)).encode()
            if path.is_file() and not any(fnmatch(path.name, each) for each in self.allowed_files):
                yield f"file {path.name}", path.read_bytes()


def _without_row(outcome: Outcome) -> Outcome:
    """A row is whatever the caller chose, also a number."""
    if isinstance(outcome, Refused):
        outcome = evolve(outcome, candidate=evolve(outcome.candidate, row=None))
    return evolve(outcome, row=None)


def _by_their_ends(names: dict[bytes, str]) -> dict[bytes, dict[bytes, str]]:
    """The words by a piece of each: of its two ends the one that more of them have, as references and tokens do."""
    shared = Counter(end for word in names for end in {word[:SHORTEST], word[-SHORTEST:]})
    found: dict[bytes, dict[bytes, str]] = {}
    for word, name in names.items():
        end = max(word[:SHORTEST], word[-SHORTEST:], key=shared.__getitem__)
        found.setdefault(end, {})[word] = name
    return found


def _names_in(text: bytes, numbers: dict[str, str], words: dict[bytes, dict[bytes, str]]) -> Iterator[str]:
    for end in filter(text.__contains__, words):
        yield from (name for word, name in words[end].items() if word in text)
    yield from (numbers[number] for number in numbers_in(text) if number in numbers)


# --- errors -----------------------------------------------------------------------------------------


def _chained(errors: Iterable[BaseException]) -> Iterator[BaseException]:
    """Each of them once, with the causes, contexts and members of a group, to any depth."""
    left, seen = list(errors), set[int]()
    while left:
        error = left.pop()
        if id(error) in seen:
            continue
        seen.add(id(error))
        yield error
        left += [linked for linked in (error.__cause__, error.__context__) if linked is not None]
        left += error.exceptions if isinstance(error, BaseExceptionGroup) else ()


def _of_error(error: BaseException) -> Iterator[tuple[str, str | bytes]]:
    yield "text", str(error)
    yield "repr", repr(error)
    yield "args", repr(error.args)
    yield "notes", repr(getattr(error, "__notes__", None))
    yield "attributes", repr(vars(error))
    if isinstance(error, PrecontractualError):
        yield "pickle", pickle.dumps(error)


def _of_locals(error: BaseException) -> Iterator[tuple[str, str]]:
    """What an error tracker shows of our own frames."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename.startswith(PACKAGE):
            for name, value in frame.f_locals.items():
                yield f"locals of {frame.f_code.co_name}", f"{name} {_shown(value)}"


def _shown(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 (half-made objects have no repr yet)
        return ""


# --- logs -------------------------------------------------------------------------------------------

_OF_A_PROCESS = re.compile(r"SubprocessStreamProtocol|coro=<Process\.")
_OF_EVERY_RECORD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}


class Collector(logging.Handler):
    """Lets a canary hear every record."""

    def __init__(self, canary: Canary) -> None:
        super().__init__(logging.DEBUG)
        self._canary = canary

    def emit(self, record: logging.LogRecord) -> None:
        self._canary.hear_record(record)
