"""One token for several processes, in virtual time: fetched once, renewed once, dropped once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest
from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st
from support import virtual
from support.shared import Line, Machine
from support.virtual import elapsed
from support.ways import Way

from precontractual_async import (
    BearerToken,
    CredentialsRefused,
    Fault,
    PrecontractualClient,
    Settings,
    SharingRefused,
    TokenUnavailable,
)
from precontractual_async.calls.shared_token import SharedToken
from precontractual_async.sharing.allocator import SECOND
from precontractual_async.sharing.encryption import TokenCipher, namespace
from precontractual_async.sharing.redis_tokens import RedisTokens
from precontractual_async.sharing.token_lease import LEASE, Kept

SECRET = b"s" * 32
NAME = namespace("https://oauth.example/token", "client")
LIFE = 100.0


@define
class OAuth:
    """Gives t1, t2, ...; notes who asked when."""

    delay: float = 0.2
    fails: Fault | None = None
    given: int = 0
    asked: list[tuple[float, int]] = field(factory=list)
    ends: dict[str, float] = field(factory=dict)
    """When each token really expires."""

    def for_process(self, index: int) -> Own:
        return Own(self, index)


@define
class Own:
    oauth: OAuth
    index: int

    async def fetch(self, _: BearerToken | None) -> BearerToken:
        oauth = self.oauth
        oauth.asked.append((elapsed(), self.index))
        since = asyncio.get_running_loop().time()
        await asyncio.sleep(oauth.delay)
        if oauth.fails is not None:
            raise oauth.fails
        oauth.given += 1
        value = f"t{oauth.given}"
        oauth.ends[value] = since + LIFE
        return BearerToken.lasting(value, LIFE, since=since)


@define
class Crowd:
    """Processes, each with a shared token of its tasks in front."""

    machine: Machine = field(factory=Machine)
    oauth: OAuth = field(factory=OAuth)
    lines: list[Line] = field(factory=list)
    providers: list[RedisTokens] = field(factory=list)
    tokens: list[SharedToken] = field(factory=list)

    def start(self, count: int, secret: bytes = SECRET) -> None:
        for _ in range(count):
            line = Line(self.machine)
            provider = RedisTokens(line, TokenCipher(secret, NAME), self.oauth.for_process(len(self.lines)))
            self.lines.append(line)
            self.providers.append(provider)
            self.tokens.append(SharedToken(provider.fetch))

    async def values(self) -> list[str]:
        """What each process would use now; none has expired when its process gets it."""

        async def value_of(shared: SharedToken) -> str:
            value = (await shared.get()).value
            assert asyncio.get_running_loop().time() < self.oauth.ends[value]
            return value

        return await asyncio.gather(*map(value_of, self.tokens))

    async def use_for(self, seconds: float) -> None:
        """As busy processes do, many times a second."""
        end = elapsed() + seconds
        while elapsed() < end:
            await self.values()
            await asyncio.sleep(0.05)


def ran(crowd: Crowd, story: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        try:
            await story()
        finally:
            for each in crowd.tokens:
                await each.close()

    virtual.run(main())


def test_one_token_for_all() -> None:
    """Twenty processes that start at once fetch one; whoever comes later finds it."""
    crowd = Crowd()

    async def story() -> None:
        crowd.start(20)
        assert await crowd.values() == ["t1"] * 20
        assert elapsed() < 1
        await asyncio.sleep(20)
        crowd.start(1)
        assert await crowd.values() == ["t1"] * 21

    ran(crowd, story)
    assert len(crowd.oauth.asked) == 1


def test_one_process_renews_it_ahead_of_time() -> None:
    """While all go on with the old one; a second after at most they have the new."""
    crowd = Crowd()

    async def story() -> None:
        crowd.start(5)
        await crowd.use_for(10 * LIFE)

    ran(crowd, story)
    times = [at for at, _ in crowd.oauth.asked]
    assert [round(later - earlier) for earlier, later in pairwise(times)] == [80] * 12


def test_whoever_comes_while_it_is_renewed_uses_the_old_one() -> None:
    """It is good for some time."""
    crowd = Crowd()

    async def story() -> None:
        crowd.start(1)
        await crowd.values()
        await asyncio.sleep(81)
        crowd.oauth.delay = 5.0
        await crowd.values()
        await asyncio.sleep(1)
        crowd.start(1)
        began = elapsed()
        assert await crowd.values() == ["t1", "t1"]
        assert elapsed() - began < 0.1

    ran(crowd, story)


def test_a_rejected_token_is_dropped_once() -> None:
    """However many processes were told; a late word on the old one does not touch the new."""
    crowd = Crowd()

    async def story() -> None:
        crowd.start(5)
        old = await asyncio.gather(*(each.get() for each in crowd.tokens))
        for shared, token in list(zip(crowd.tokens, old, strict=True))[:4]:
            shared.reject(token)
        assert (await crowd.values())[:4] == ["t2"] * 4
        await asyncio.sleep(1)
        crowd.tokens[4].reject(old[4])
        assert await crowd.values() == ["t2"] * 5

    ran(crowd, story)
    assert len(crowd.oauth.asked) == 2


def test_what_was_asked_for_before_the_rejection_is_given_to_nobody_else() -> None:
    """It may be as old as what was rejected. Whoever rejected it fetches the next, and does not wait for the other."""
    crowd = Crowd()

    async def story() -> None:
        crowd.start(2)
        old, _ = await asyncio.gather(*(each.get() for each in crowd.tokens))
        await asyncio.sleep(81)
        crowd.oauth.delay = 5.0
        await crowd.tokens[1].get()  # which renews it in the background
        await asyncio.sleep(1)
        crowd.oauth.delay = 0.2
        crowd.tokens[0].reject(old)
        began = elapsed()
        assert (await crowd.tokens[0].get()).value == "t2"
        assert elapsed() - began < 1
        await asyncio.sleep(5)
        crowd.start(1)
        assert await crowd.values() == ["t2", "t3", "t2"]

    ran(crowd, story)


def test_the_same_token_again_is_not_taken_from_the_shelf() -> None:
    """An OAuth server that reuses tokens gave it to another process, which does not know of the rejection."""
    crowd = Crowd()

    async def story() -> None:
        crowd.start(2)
        old, _ = await asyncio.gather(*(each.get() for each in crowd.tokens))
        await asyncio.sleep(81)
        crowd.oauth.given = 0
        await crowd.tokens[1].get()
        await asyncio.sleep(1)
        assert crowd.oauth.given == 1
        crowd.tokens[0].reject(old)
        assert (await crowd.tokens[0].get()).value == "t2"

    ran(crowd, story)
    assert len(crowd.oauth.asked) == 3


def test_the_wait_for_the_others_is_not_that_for_a_provider_that_hangs(settings: Settings) -> None:
    """Between what is shared and whoever hangs there are slots to be waited for."""
    crowd = Crowd(oauth=OAuth(delay=100.0))

    async def story() -> None:
        crowd.start(1)
        way = Way()
        async with PrecontractualClient(
            settings, transport=way, now=virtual.now, tokens=crowd.providers[0]
        ) as client:
            assert (await client._session.bearer()).value == "t1"

    ran(crowd, story)


def test_a_failing_server_is_asked_once_a_second_by_all_together() -> None:
    """Whatever the number of processes; and when it is back, one fetch serves them all."""
    crowd = Crowd(oauth=OAuth(fails=TokenUnavailable("503")))

    async def story() -> None:
        crowd.start(10)
        tries = [asyncio.create_task(_insisting(each)) for each in crowd.tokens]
        await asyncio.sleep(60)
        assert 10 <= len(crowd.oauth.asked) <= 60
        crowd.oauth.fails = None
        await asyncio.sleep(40)
        assert {task.result() for task in tries} == {"t1"}

    ran(crowd, story)
    assert crowd.oauth.given == 1


async def _insisting(shared: SharedToken) -> str:
    while True:
        try:
            return (await shared.get()).value
        except Fault:
            await asyncio.sleep(0.1)


def test_a_refusal_is_each_ones_own() -> None:
    """One process is refused and says so; another tries for itself."""
    crowd = Crowd(oauth=OAuth(fails=CredentialsRefused("no")))

    async def story() -> None:
        crowd.start(2)
        told = await asyncio.gather(*(each.get() for each in crowd.tokens), return_exceptions=True)
        assert [type(each) for each in told] == [CredentialsRefused] * 2

    ran(crowd, story)


def test_a_process_that_dies_while_it_fetches_holds_the_others_up_for_ten_seconds() -> None:
    """Then its lease ends, and another fetches."""
    crowd = Crowd(oauth=OAuth(delay=1000))

    async def story() -> None:
        crowd.start(3)
        dying = asyncio.create_task(crowd.tokens[0].get())
        await asyncio.sleep(0.1)
        crowd.oauth.delay = 0.2
        crowd.lines[0].is_cut = True
        dying.cancel()
        await crowd.tokens[0].close()
        assert (await crowd.tokens[1].get()).value == "t1"
        assert LEASE / SECOND < elapsed() < LEASE / SECOND + 2

    ran(crowd, story)


def test_one_that_is_closed_while_it_fetches_lets_the_others_go_on() -> None:
    """After a second."""
    crowd = Crowd(oauth=OAuth(delay=1000))

    async def story() -> None:
        crowd.start(2)
        leaving = asyncio.create_task(crowd.tokens[0].get())
        await asyncio.sleep(0.1)
        crowd.oauth.delay = 0.2
        await crowd.tokens[0].close()
        with pytest.raises(Fault):
            await leaving
        assert (await crowd.tokens[1].get()).value == "t1"
        assert elapsed() < 4

    ran(crowd, story)


def test_a_late_token_changes_nothing() -> None:
    """A fetch that outlasts its lease: by then another has brought a newer one, which stays."""
    crowd = Crowd(oauth=OAuth(delay=15))

    async def story() -> None:
        crowd.start(2)
        late = asyncio.create_task(crowd.tokens[0].get())
        await asyncio.sleep(1)
        crowd.oauth.delay = 0.5
        assert (await crowd.tokens[1].get()).value == "t1"
        assert (await late).value == "t2"
        crowd.start(1)
        assert await crowd.values() == ["t2", "t1", "t1"]

    ran(crowd, story)
    assert crowd.oauth.given == 2


def test_without_redis_the_token_at_hand_is_used_up() -> None:
    """Then each process fetches one for itself: one, not one a call. With Redis they share again."""
    crowd = Crowd()

    async def story() -> None:
        crowd.start(3)
        await crowd.use_for(10)
        crowd.machine.is_down = True
        await crowd.use_for(88)
        assert crowd.oauth.given == 1
        await crowd.use_for(20)
        assert crowd.oauth.given == 4
        assert len(set(await crowd.values())) == 3
        crowd.machine.is_down = False
        await crowd.use_for(LIFE)
        assert set(await crowd.values()) == {"t5"}

    ran(crowd, story)
    assert crowd.oauth.given == 5


def test_redis_that_fails_while_a_token_is_fetched_costs_it_nobody() -> None:
    """Whoever fetched it uses it."""
    crowd = Crowd(oauth=OAuth(delay=1))

    async def story() -> None:
        crowd.start(1)
        getting = asyncio.create_task(crowd.tokens[0].get())
        await asyncio.sleep(0.5)
        crowd.machine.is_down = True
        assert (await getting).value == "t1"

    ran(crowd, story)


def test_redis_that_refuses_us_stops_the_run() -> None:
    crowd = Crowd(Machine(refuses=SharingRefused("no")))

    async def story() -> None:
        crowd.start(1)
        with pytest.raises(SharingRefused):
            await crowd.values()

    ran(crowd, story)
    assert crowd.oauth.asked == []


@pytest.mark.parametrize("change", ["sealed", "serial", "refresh_at", "expires_at", "short"])
def test_a_token_that_was_changed_is_none(change: str) -> None:
    """Whoever can write Redis plants nothing, and makes no token last longer: another is fetched."""
    crowd = Crowd()
    changes: dict[str, Callable[[Kept], object]] = {
        "sealed": lambda kept: kept.sealed[:-1] + bytes([kept.sealed[-1] ^ 1]),
        "serial": lambda _: "00",
        "refresh_at": lambda kept: kept.refresh_at + SECOND,
        "expires_at": lambda kept: kept.expires_at + SECOND,
        "short": lambda _: b"",
    }

    async def story() -> None:
        crowd.start(1)
        await crowd.values()
        kept = crowd.machine.shelf.kept
        assert kept is not None
        name = "sealed" if change == "short" else change
        crowd.machine.shelf.kept = evolve(kept, **{name: changes[change](kept)})  # type: ignore[arg-type]
        crowd.start(1)
        assert await crowd.values() == ["t1", "t2"]
        crowd.start(1)
        assert (await crowd.values())[2] == "t2"

    ran(crowd, story)


@given(
    out=st.floats(0, 0.9),
    back=st.floats(0, 0.9),
    ahead=st.floats(-1e6, 1e6),
)
def test_no_token_lasts_longer_elsewhere(out: float, back: float, ahead: float) -> None:
    """Whatever the messages take and whatever Redis' clock says."""
    crowd = Crowd(Machine((min(out, back), max(out, back)), ahead=1_790_000_000 + ahead))

    async def story() -> None:
        crowd.start(2)
        for shared in crowd.tokens:
            token = await shared.get()
            end = crowd.oauth.ends[token.value]
            assert end - 5 <= token.expires_at <= end + 1e-5

    ran(crowd, story)


def test_what_lies_in_redis_tells_nothing() -> None:
    """Nor does it open with another secret, or lie under the same name."""
    cipher, other = TokenCipher(SECRET, NAME), TokenCipher(b"o" * 32, NAME)
    one, same = (cipher.encrypt("t0ken", refresh_at=1, expires_at=2) for _ in range(2))
    assert cipher.decrypt(one) == cipher.decrypt(same) == "t0ken"
    assert (one.sealed, one.serial) != (same.sealed, same.serial)
    assert b"t0ken" not in one.sealed
    assert other.decrypt(one) is None
    assert cipher.name != other.name
    assert cipher.decrypt(Kept("", b"", 0, 0)) is None


def test_names_tell_nothing_and_apart_whom_they_should() -> None:
    """One for each client id at each OAuth server; neither can be read in it."""
    names = {namespace(url, who) for url in ("https://a/t", "https://b/t") for who in ("me", "you")}
    assert len(names) == 4
    assert not [name for name in names if "me" in name or "https" in name]
