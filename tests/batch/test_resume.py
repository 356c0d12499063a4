"""Answers, failures, cancellations, crashes and resumptions in any order: the journal equals the model."""

from __future__ import annotations

import tempfile
from contextlib import aclosing
from pathlib import Path

from hypothesis import settings as limits
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from support import virtual
from support.journals import InlineJournal
from support.numbers import ENTERPRISE, generated
from support.virtual import now
from support.ways import GOOD, Way, parameters, reply

from precontractual_async import (
    Answered,
    Caller,
    Candidate,
    Credentials,
    EnterpriseNumber,
    Fault,
    JournalFailed,
    Outcome,
    PrecontractualClient,
    Settings,
    verify_many,
)
from precontractual_async.protocol.wire import HttpRequest, HttpResponse

NUMBERS = list(generated(12))
DAY = "2026-12-01"
KEY: list[str] = []


class Resuming(RuleBasedStateMachine):
    """One journal, one list, a gateway with moods, and runs that end in every way."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.journal = InlineJournal.at(Path(self.folder.name) / "journal.db")
        self.moods: list[int] = []
        self.given: dict[str, set[str]] = {}
        self.told: dict[str, str] = {}
        self.calls = 0

    def teardown(self) -> None:
        self.journal.store.close()
        self.folder.cleanup()

    @initialize()
    def begin(self) -> None:
        caller = Caller.enterprise(EnterpriseNumber.parse(ENTERPRISE))
        self.settings = Settings(
            caller=caller,
            credentials=Credentials(client_id="c", private_key=_pem()),
            api_url="http://127.0.0.1:9",
            token_url="http://127.0.0.1:9/token",
            audience="a",
            rate=1000,
            concurrency=3,
        )

    def api(self, request: HttpRequest) -> HttpResponse:
        """The next mood: an answer with a trace of its own, or a failure."""
        self.calls += 1
        status = self.moods.pop(0) if self.moods else 200
        if status != 200:
            return reply(status)
        citizen = parameters(request)["citizen"]
        mark = f"{citizen}-{self.calls}"
        self.given.setdefault(citizen, set()).add(mark)
        return reply(200, GOOD | {"precontractualMainReference": mark})

    @rule(moods=st.lists(st.sampled_from([200, 200, 200, 401, 429, 500, 503]), max_size=25))
    def weather(self, moods: list[int]) -> None:
        """What the gateway will say next."""
        self.moods = moods

    @rule()
    def run_to_the_end(self) -> None:
        """An undisturbed run: afterwards everything is answered, and nothing settled was asked."""
        self.moods = [mood for mood in self.moods if mood != 401]
        settled = {*self.told}
        before = {citizen: len(marks) for citizen, marks in self.given.items()}
        self._run(None)
        assert {*self.told} == {*NUMBERS}
        assert all(len(self.given[citizen]) == before[citizen] for citizen in settled)

    @rule(after=st.integers(1, 12))
    def run_and_cancel(self, after: int) -> None:
        """The consumer goes away after some outcomes; what was answered is kept."""
        self._run(after)
        with_answer = [citizen for citizen in self.given if self._found(citizen) is not None]
        assert {*self.told} <= {*with_answer}

    @rule(commits=st.integers(0, 3))
    def run_and_crash(self, commits: int) -> None:
        """The process dies at a commit; the file is opened anew."""
        left = [commits]

        def before_keep() -> None:
            left[0] -= 1
            if left[0] < 0:
                raise JournalFailed("the process is gone")

        self.journal.before_keep = before_keep
        self._run(None)
        self.journal.store.close()
        self.journal = InlineJournal.at(Path(self.folder.name) / "journal.db")

    @invariant()
    def the_journal_equals_the_model(self) -> None:
        """What was told is there, as it was told; what is there was said by the gateway."""
        for citizen in NUMBERS:
            found = self._found(citizen)
            assert found is None or found in self.given[citizen]
            if citizen in self.told:
                assert found == self.told[citizen]

    def _found(self, citizen: str) -> str | None:
        client = PrecontractualClient(self.settings, transport=Way(), now=lambda: virtual.START)
        query = client.planner().plan(Candidate(citizen, DAY))
        (entry,) = self.journal.store.find([query])  # type: ignore[list-item]
        outcome = entry.outcome if entry else None
        return outcome.answer.main_reference if isinstance(outcome, Answered) else None

    def _run(self, leave_after: int | None) -> None:
        outcomes: list[Outcome] = []

        async def main() -> None:
            way = Way(self.api)
            async with PrecontractualClient(
                self.settings, transport=way, now=now, jitter=lambda: 0.5
            ) as client:
                questions = [Candidate(number, DAY) for number in NUMBERS]
                stream = verify_many(client, questions, journal=self.journal)
                async with aclosing(stream):
                    async for outcome in stream:
                        outcomes.append(outcome)
                        if len(outcomes) == leave_after:
                            return

        try:
            virtual.run(main())
        except Fault:
            pass  # 401 twice, or the crash: the run stopped
        finally:
            for outcome in outcomes:
                if isinstance(outcome, Answered):
                    self.told[outcome.query.citizen.digits] = str(outcome.answer.main_reference)


def _pem() -> str:
    if not KEY:
        from cryptography.hazmat.primitives import serialization as forms
        from cryptography.hazmat.primitives.asymmetric import rsa

        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        plain = forms.NoEncryption()
        KEY.append(key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, plain).decode())
    return KEY[0]


Resuming.TestCase.settings = limits(max_examples=20, stateful_step_count=10, deadline=None)
TestResuming = Resuming.TestCase
