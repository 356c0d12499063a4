"""The scripts within Redis and their twins in Python decide alike, whatever is asked of them, and when."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator

import pytest
from attrs import asdict, evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from support.redis_server import RedisServer

from precontractual_async.sharing import redis
from precontractual_async.sharing.allocator import ALONE, GAP, HEARD, HORIZON, SECOND, Ask, SlotAllocator
from precontractual_async.sharing.redis import RedisSlots, RedisTokenStore, Server
from precontractual_async.sharing.token_lease import Kept, TokenLease


@pytest.fixture(scope="module", autouse=True)
def _a_machine_that_is_busy() -> Iterator[None]:
    """What is decided counts here, and not how soon Redis answers."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(redis, "_PATIENCE", 30.0)
        yield


START = 1_790_000_000 * SECOND
"""A day of 2026, in Redis' time: with fewer digits a script could not go wrong in writing them."""

steps = st.one_of(
    st.integers(0, 3000),
    st.integers(0, 2 * SECOND),
    st.integers(-2 * SECOND, 0),
    st.integers(0, 700 * SECOND),
    st.sampled_from([round(s * SECOND) for s in (HORIZON, GAP, HEARD, HEARD + ALONE)]),  # to the edge
)


@st.composite
def asks(draw: st.DrawFn) -> Ask:
    """What processes say that know the same rate and number of processes, in any order."""
    return Ask(
        rate=0,
        member=draw(st.sampled_from(["", "a", "b", "c", "d"])),
        said=draw(st.sampled_from([0, 0, 0, -2 * SECOND, -SECOND, -1])),  # before it arrives
        wanted=draw(st.one_of(st.just(0), st.integers(1, 60))),
        lead=draw(st.integers(0, 300_000)),
        is_appointed=draw(st.booleans()),
        pause=draw(st.one_of(st.just(0), st.integers(1, 5 * SECOND))),
        is_slower=draw(st.booleans()),
        is_fresh=draw(st.integers(0, 20)) == 0,
        is_leaving=draw(st.integers(0, 10)) == 0,
    )


pool_talks = st.tuples(
    st.sampled_from([0.01, 1, 5, 7.5, 100, 333.3, 1000, 9999]),
    st.sampled_from([0, 1, 2, 3, 4, 8]),
    st.lists(st.tuples(asks(), steps, st.sampled_from(["run", "run", "run", "run", "another"])), max_size=40),
)


@settings(max_examples=100, deadline=None)
@given(pool_talks)
def test_the_pool_and_its_script(
    redis_server: RedisServer, talk: tuple[float, int, list[tuple[Ask, int, str]]]
) -> None:
    """The same replies to the same messages at the same instants, to the microsecond."""
    rate, processes, messages = talk

    async def main() -> None:
        server, twin, now = Server(redis_server.url), SlotAllocator(), START
        script = RedisSlots(server, f"test:{uuid.uuid4()}")
        for ask, step, run in messages:
            now += step
            asked = evolve(ask, rate=rate, processes=processes, said=ask.said and now + ask.said)
            assert await script.serve_at(asked, now, run) == twin.serve(asked, now, run)
        await server.close()

    asyncio.run(main())


shelf_talks = st.lists(
    st.tuples(
        st.sampled_from(["take", "take", "put", "fail"]),
        st.sampled_from(["one", "another"]),
        st.sampled_from(["", "s1", "s2"]),
        st.booleans(),
        st.sampled_from([0, 1, SECOND // 3, SECOND, 9 * SECOND, 10 * SECOND]),
        st.sampled_from([0, 1, 30]),
        st.binary(max_size=9),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(shelf_talks)
def test_the_shelf_and_its_script(
    redis_server: RedisServer, talk: list[tuple[str, str, str, bool, int, int, bytes]]
) -> None:
    """Who may fetch, whose token counts, and what each is given."""

    async def main() -> None:
        server, twin, now = Server(redis_server.url), TokenLease(), START
        script = RedisTokenStore(server, f"test:{uuid.uuid4()}")
        for what, owner, serial, is_served, step, life, sealed in talk:
            now += step
            kept = Kept(serial, sealed, now + life * SECOND // 2, now + life * SECOND)
            if what == "take":
                taken = await script.take(owner, rejected=serial, is_served=is_served, now=now)
                assert taken == twin.take(now, owner, rejected=serial, is_served=is_served)
            elif what == "put":
                assert await script.put(owner, kept, now=now) == twin.put(now, owner, kept)
            else:
                assert await script.fail(owner, now=now) == twin.fail(now, owner)
        await server.close()

    asyncio.run(main())


def test_redis_own_time_and_name(redis_server: RedisServer) -> None:
    """Without an instant it is now, there, and the server is the one that was started."""

    async def main() -> None:
        server = Server(redis_server.url)
        name = f"test:{uuid.uuid4()}"
        reply = await RedisSlots(server, name).serve(Ask(rate=5, wanted=1))
        seconds, micros = await server._client.time()
        assert 0 <= seconds * SECOND + micros - reply.now < 10 * SECOND
        state = await server._client.hgetall(f"{name}:pace")
        info = await server._client.info("server")
        assert state[b"run"].decode() == info["run_id"]
        assert 0 < await server._client.ttl(f"{name}:pace") <= 8 * 86_400
        taken = await RedisTokenStore(server, name).take("me", rejected="", is_served=False)
        assert taken.is_mine
        assert 0 < await server._client.pttl(f"{name}:lease") <= 10_000
        assert asdict(taken)["kept"] is None
        await server.close()

    asyncio.run(main())
